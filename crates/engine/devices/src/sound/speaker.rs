//! Speakers: blocks of 10 ms → ring → callback.
//!
//! The worker keeps the ring about three blocks full and is woken by each callback, so the device's own clock paces the
//! caller's function.

use std::sync::atomic::Ordering;

use confab_media_model::{AudioBlock, AudioSource, DeviceFault, OpenDevice};
use confab_types::{DeviceId, Mono};
use cpal::traits::DeviceTrait;
use cpal::{FromSample, OutputCallbackInfo, SizedSample};

use super::ring::{self, Outlet};
use super::stream::{self, OPEN, Shape, Worker, of_format};
use super::{Direction, find};
use crate::fault::Fault;
use crate::system::Clock;

/// Opens the named speaker, or the default one, and asks `source` for every 10 ms.
///
/// The block it is given is silent and carries the time at which it leaves the ring. An idle sink may take 2 s to wake.
pub(crate) fn open(
    device: Option<&DeviceId>,
    clock: &Clock,
    source: AudioSource,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let device = find(device, Direction::Output)?;
    let shape = stream::shape(&device, Direction::Output)?;
    let (mut producer, consumer, counts) = ring::new();
    let worker = Worker::start("speaker", counts.clone(), fault.clone(), {
        let (clock, counts, mut source) = (clock.clone(), counts.clone(), source);
        let mut block = AudioBlock::silence(Mono::ZERO);
        move || loop {
            let filled = producer.buffer().capacity() - producer.slots();
            if filled >= ring::wanted(counts.largest.load(Ordering::Relaxed)) {
                break;
            }
            block.samples.fill(0.0);
            block.captured = clock() + ring::backlog(filled);
            source(&mut block);
            producer.push_entire_slice(&block.samples).expect("the wanted filling leaves room for a block");
        }
    })?;
    let outlet =
        Outlet { ring: consumer, counts, channels: usize::from(shape.channels), worker: worker.thread() };
    let built = of_format!(shape.format, build(&device, shape, outlet, worker.on_error()));
    stream::play(&device, shape.channels, built, worker, fault)
}

fn build<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    shape: Shape,
    mut outlet: Outlet,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    let give = move |samples: &mut [T], _: &OutputCallbackInfo| outlet.give(samples);
    device.build_output_stream(shape.config(), give, on_error, Some(OPEN))
}
