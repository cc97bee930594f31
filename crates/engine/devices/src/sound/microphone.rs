//! Microphones: callback → ring → blocks of 10 ms.

use std::sync::atomic::Ordering;
use std::time::Duration;

use confab_media_model::{AudioBlock, AudioSink, DeviceFault, OpenDevice};
use confab_types::{DeviceId, Mono};
use cpal::traits::DeviceTrait;
use cpal::{FromSample, InputCallbackInfo, SizedSample};

use super::ring::{self, Inlet};
use super::stream::{self, OPEN, Shape, Worker, of_format};
use super::{Direction, find};
use crate::fault::Fault;
use crate::system::Clock;

/// A driver's word on its latency is believed up to here.
const MOST_LATENCY: Duration = Duration::from_secs(1);

/// Opens the named microphone, or the default one, and hands every 10 ms to `blocks`.
pub(crate) fn open(
    device: Option<&DeviceId>,
    clock: &Clock,
    blocks: AudioSink,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let device = find(device, Direction::Input)?;
    let shape = stream::shape(&device, Direction::Input)?;
    let (producer, mut consumer, counts) = ring::new();
    let worker = Worker::start("microphone", counts.clone(), fault.clone(), {
        let (clock, counts, mut blocks) = (clock.clone(), counts.clone(), blocks);
        let mut block = AudioBlock::silence(Mono::ZERO);
        move || loop {
            let waited = ring::backlog(consumer.slots())
                + Duration::from_micros(counts.latency.load(Ordering::Relaxed));
            if !ring::next_block(&mut consumer, &mut block) {
                break;
            }
            // Blocks of one callback are told apart by what waits in the ring; time never runs backwards.
            let captured = clock().as_micros().saturating_sub(waited.as_micros() as u64);
            block.captured = block.captured.max(Mono::from_micros(captured));
            blocks(&block);
        }
    })?;
    let inlet =
        Inlet { ring: producer, counts, channels: usize::from(shape.channels), worker: worker.thread() };
    let built = of_format!(shape.format, build(&device, shape, inlet, worker.on_error()));
    stream::play(&device, shape.channels, built, worker, fault)
}

fn build<T: SizedSample>(
    device: &cpal::Device,
    shape: Shape,
    mut inlet: Inlet,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let take = move |samples: &[T], info: &InputCallbackInfo| {
        let times = info.timestamp();
        let latency = times.callback.saturating_duration_since(times.capture).min(MOST_LATENCY);
        inlet.counts.latency.store(latency.as_micros() as u64, Ordering::Relaxed);
        inlet.take(samples);
    };
    device.build_input_stream(shape.config(), take, on_error, Some(OPEN))
}
