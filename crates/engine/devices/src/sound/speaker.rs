//! Speakers: blocks of 10 ms → ring → callback.
//!
//! The worker keeps the ring about three blocks full and is woken by each callback, so the device's own clock paces the
//! caller's function.

use std::sync::atomic::Ordering;

use confab_media_model::{AudioBlock, AudioSource, DeviceFault, OpenDevice};
use confab_types::{DeviceId, Mono};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{FromSample, OutputCallbackInfo, SampleFormat, SizedSample};

use super::ring::{self, Outlet};
use super::stream::{self, Guard, OPEN, Shape, Worker};
use super::{Direction, find, label};
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
    let opened = build(&device, shape, outlet, worker.on_error()).and_then(|stream| {
        stream.play()?;
        Ok(stream)
    });
    match opened {
        Ok(stream) => {
            let description = format!("{}, {} channels", label(&device), shape.channels);
            Ok(Box::new(Guard { description, fault, parts: Some((stream, worker)) }))
        }
        Err(error) => {
            worker.end();
            Err(stream::device_fault(error))
        }
    }
}

fn build(
    device: &cpal::Device,
    shape: Shape,
    outlet: Outlet,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    match shape.format {
        SampleFormat::F32 => build_as::<f32>(device, shape, outlet, on_error),
        SampleFormat::I16 => build_as::<i16>(device, shape, outlet, on_error),
        SampleFormat::I32 => build_as::<i32>(device, shape, outlet, on_error),
        SampleFormat::I24 => build_as::<cpal::I24>(device, shape, outlet, on_error),
        SampleFormat::U16 => build_as::<u16>(device, shape, outlet, on_error),
        _ => build_as::<u8>(device, shape, outlet, on_error),
    }
}

fn build_as<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    shape: Shape,
    mut outlet: Outlet,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    let give = move |samples: &mut [T], _: &OutputCallbackInfo| outlet.give(samples);
    device.build_output_stream(shape.config(), give, on_error, Some(OPEN))
}
