//! What microphone and speaker share: the choice of format, the worker beside the callback, and closing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use confab_media_model::{AudioBlock, CaptureFault, DeviceFault, OpenDevice};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfigRange,
};

use super::ring::Counts;
use super::{Direction, label};
use crate::fault::Fault;

/// Sample formats from best to worst.
const FORMATS: [SampleFormat; 6] = [
    SampleFormat::F32,
    SampleFormat::I16,
    SampleFormat::I32,
    SampleFormat::I24,
    SampleFormat::U16,
    SampleFormat::U8,
];

/// Calls a function that is generic over the type of a sample with the type of one of [`FORMATS`].
macro_rules! of_format {
    ($format:expr, $function:ident($($argument:expr),*)) => {
        match $format {
            cpal::SampleFormat::F32 => $function::<f32>($($argument),*),
            cpal::SampleFormat::I16 => $function::<i16>($($argument),*),
            cpal::SampleFormat::I32 => $function::<i32>($($argument),*),
            cpal::SampleFormat::I24 => $function::<cpal::I24>($($argument),*),
            cpal::SampleFormat::U16 => $function::<u16>($($argument),*),
            _ => $function::<u8>($($argument),*),
        }
    };
}
pub(super) use of_format;

/// How long the system may take to make a stream.
pub(super) const OPEN: Duration = Duration::from_secs(5);
/// Without a callback for so long, the device counts as stalled. Longer than a sink's way out of its sleep (2 s).
const STALL: Duration = Duration::from_secs(5);
/// How long closing may take before it is left to a thread of its own.
const CLOSE: Duration = Duration::from_millis(800);
/// The worker looks at the ring at least so often, should a wake-up be lost.
const LOOK: Duration = Duration::from_millis(20);

/// How a stream is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
    pub(super) buffer: BufferSize,
}

impl Shape {
    pub(super) fn config(self) -> StreamConfig {
        StreamConfig { channels: self.channels, sample_rate: AudioBlock::RATE, buffer_size: self.buffer }
    }
}

/// The shape nearest to what the device does by itself, at 48 kHz.
pub(super) fn shape(device: &cpal::Device, direction: Direction) -> Result<Shape, DeviceFault> {
    let (ranges, default): (Vec<_>, _) = match direction {
        Direction::Input => (collect(device.supported_input_configs())?, device.default_input_config()),
        Direction::Output => (collect(device.supported_output_configs())?, device.default_output_config()),
    };
    let channels = default.map_or(2, |config| config.channels());
    best(&ranges, channels).ok_or_else(|| {
        let rates = ranges.iter().map(|range| (range.min_sample_rate(), range.max_sample_rate()));
        DeviceFault::Format(rates.max().map_or("none".to_owned(), |(low, high)| format!("{low} … {high} Hz")))
    })
}

fn collect(
    ranges: Result<impl Iterator<Item = SupportedStreamConfigRange>, cpal::Error>,
) -> Result<Vec<SupportedStreamConfigRange>, DeviceFault> {
    Ok(ranges.map_err(device_fault)?.collect())
}

fn best(ranges: &[SupportedStreamConfigRange], channels: u16) -> Option<Shape> {
    let fits = |range: &&SupportedStreamConfigRange| {
        (range.min_sample_rate()..=range.max_sample_rate()).contains(&AudioBlock::RATE)
    };
    let rank = |format| FORMATS.iter().position(|&known| known == format);
    let known = ranges.iter().filter(fits).filter_map(|range| Some((range, rank(range.sample_format())?)));
    let (range, _) = known.min_by_key(|(range, rank)| (range.channels().abs_diff(channels), *rank))?;
    let block = AudioBlock::LEN as u32;
    let buffer = match *range.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => BufferSize::Fixed(block.clamp(min, max)),
        _ => BufferSize::Fixed(block),
    };
    Some(Shape { channels: range.channels(), format: range.sample_format(), buffer })
}

/// Why a stream could not be made.
fn device_fault(error: cpal::Error) -> DeviceFault {
    match error.kind() {
        ErrorKind::DeviceBusy => DeviceFault::Busy,
        ErrorKind::PermissionDenied => DeviceFault::Denied,
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => DeviceFault::Missing,
        ErrorKind::UnsupportedConfig => DeviceFault::Format(error.to_string()),
        _ => DeviceFault::Driver(error.to_string()),
    }
}

/// Why a running stream ends, or `None` when it goes on.
fn capture_fault(error: &cpal::Error) -> Option<CaptureFault> {
    match error.kind() {
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => None,
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => Some(CaptureFault::Gone),
        _ => Some(CaptureFault::Driver(error.to_string())),
    }
}

/// The thread beside the callback.
pub(super) struct Worker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    errors: SyncSender<CaptureFault>,
}

impl Worker {
    /// Calls `work` after each callback until the device is closed, fails or stalls.
    pub(super) fn start(
        name: &str,
        counts: Arc<Counts>,
        fault: Fault,
        work: impl FnMut() + Send + 'static,
    ) -> Result<Self, DeviceFault> {
        let stop = Arc::new(AtomicBool::new(false));
        let (errors, told) = sync_channel(1);
        let stopped = stop.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&stopped, &told, &counts, &fault, work))
            .map_err(|error| DeviceFault::Driver(format!("no thread: {error}")))?;
        Ok(Worker { stop, thread, errors })
    }

    /// For the callback, to wake the worker.
    pub(super) fn thread(&self) -> Thread {
        self.thread.thread().clone()
    }

    /// Takes what the driver says beside the samples. Called on the driver's thread: hands over and returns.
    pub(super) fn on_error(&self) -> impl FnMut(cpal::Error) + Send + 'static {
        let (errors, thread) = (self.errors.clone(), self.thread());
        move |error| {
            if let Some(fault) = capture_fault(&error) {
                // Only the first fault counts, so a full channel loses nothing.
                let _ = errors.try_send(fault);
                thread.unpark();
            }
        }
    }

    /// Ends the worker; waits for it unless called from it.
    pub(super) fn end(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        if thread::current().id() != self.thread.thread().id() {
            // A panic of the caller's function has been printed; the device is closed either way.
            let _ = self.thread.join();
        }
    }
}

fn run(
    stop: &AtomicBool,
    errors: &Receiver<CaptureFault>,
    counts: &Counts,
    fault: &Fault,
    mut work: impl FnMut(),
) {
    let (mut callbacks, mut last) = (0, Instant::now());
    while !stop.load(Ordering::Acquire) {
        work();
        if let Ok(reason) = errors.try_recv() {
            return fault.tell(reason);
        }
        let now = counts.callbacks.load(Ordering::Relaxed);
        if now != callbacks {
            (callbacks, last) = (now, Instant::now());
        } else if last.elapsed() >= STALL {
            return fault.tell(CaptureFault::Stalled);
        }
        thread::park_timeout(LOOK);
    }
    tracing::debug!(callbacks, missed = counts.missed.load(Ordering::Relaxed), "sound closed");
}

/// An open microphone or speaker.
struct Guard {
    description: String,
    fault: Fault,
    /// Stream and worker; `None` once dropped.
    parts: Option<(cpal::Stream, Worker)>,
}

/// Starts the stream that was built for the worker; without one the worker ends as well.
pub(super) fn play(
    device: &cpal::Device,
    channels: u16,
    built: Result<cpal::Stream, cpal::Error>,
    worker: Worker,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    match built.and_then(|stream| stream.play().map(|()| stream)) {
        Ok(stream) => {
            let description = format!("{}, {channels} channels", label(device));
            Ok(Box::new(Guard { description, fault, parts: Some((stream, worker)) }))
        }
        Err(error) => {
            worker.end();
            Err(device_fault(error))
        }
    }
}

impl OpenDevice for Guard {
    fn describe(&self) -> String {
        self.description.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.fault.disarm();
        let Some((stream, worker)) = self.parts.take() else { return };
        // Closing asks the sound server, which may hang.
        let (closing, closed) = sync_channel::<()>(1);
        let closer = thread::Builder::new().name("sound-close".to_owned()).spawn(move || {
            drop(stream);
            drop(closing);
        });
        if closer.is_ok() && closed.recv_timeout(CLOSE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!(device = %self.description, "sound system does not let go");
        }
        worker.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let buffer = SupportedBufferSize::Range { min: 64, max: 4096 };
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, format)
    }

    #[test]
    fn the_devices_own_channels_and_floating_point_are_preferred() {
        let all = (8_000, 192_000);
        let ranges = [
            range(1, all, SampleFormat::F32),
            range(2, all, SampleFormat::I16),
            range(2, all, SampleFormat::F32),
            range(6, all, SampleFormat::F32),
        ];
        let buffer = BufferSize::Fixed(480);
        assert_eq!(best(&ranges, 2), Some(Shape { channels: 2, format: SampleFormat::F32, buffer }));
        assert_eq!(best(&ranges[..2], 2), Some(Shape { channels: 2, format: SampleFormat::I16, buffer }));
        assert_eq!(best(&ranges, 1), Some(Shape { channels: 1, format: SampleFormat::F32, buffer }));
    }

    #[test]
    fn a_device_without_48_khz_has_no_usable_format() {
        assert_eq!(best(&[range(2, (44_100, 44_100), SampleFormat::F32)], 2), None);
        assert_eq!(best(&[range(2, (48_000, 48_000), SampleFormat::F64)], 2), None);
    }

    #[test]
    fn glitches_and_rerouting_do_not_end_a_stream() {
        let check = |kind: ErrorKind, expected| assert_eq!(capture_fault(&kind.into()), expected);
        check(ErrorKind::Xrun, None);
        check(ErrorKind::DeviceChanged, None);
        check(ErrorKind::DeviceNotAvailable, Some(CaptureFault::Gone));
    }

    #[test]
    fn an_error_of_the_driver_reaches_the_fault_sink() {
        let (told, faults) = sync_channel(1);
        let fault = Fault::new(Box::new(move |fault| drop(told.send(fault))));
        let worker = Worker::start("test", Arc::default(), fault, || {}).expect("a thread");
        let mut on_error = worker.on_error();
        on_error(ErrorKind::Xrun.into());
        on_error(ErrorKind::DeviceNotAvailable.into());
        on_error(ErrorKind::DeviceNotAvailable.into());
        assert_eq!(faults.recv(), Ok(CaptureFault::Gone));
        worker.end();
    }
}
