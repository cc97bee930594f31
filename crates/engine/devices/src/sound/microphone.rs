//! Microphones: callback → ring → blocks of 10 ms.

use std::sync::atomic::Ordering;
use std::time::Duration;

use confab_media_model::{AudioBlock, AudioSink, DeviceFault, OpenDevice};
use confab_types::{DeviceId, Mono};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{FromSample, InputCallbackInfo, SampleFormat, SizedSample};

use super::ring::{self, Inlet};
use super::stream::{self, Guard, OPEN, Shape, Worker};
use super::{Direction, find, label};
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
    let opened = build(&device, shape, inlet, worker.on_error()).and_then(|stream| {
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
    inlet: Inlet,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    match shape.format {
        SampleFormat::F32 => build_as::<f32>(device, shape, inlet, on_error),
        SampleFormat::I16 => build_as::<i16>(device, shape, inlet, on_error),
        SampleFormat::I32 => build_as::<i32>(device, shape, inlet, on_error),
        SampleFormat::I24 => build_as::<cpal::I24>(device, shape, inlet, on_error),
        SampleFormat::U16 => build_as::<u16>(device, shape, inlet, on_error),
        _ => build_as::<u8>(device, shape, inlet, on_error),
    }
}

fn build_as<T: SizedSample>(
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
