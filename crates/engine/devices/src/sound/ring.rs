//! The ring between a driver's callback and the thread that works in blocks of 10 ms.
//!
//! Samples are mono in the ring: the callback mixes down or spreads out, which needs no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use confab_media_model::AudioBlock;
use cpal::{FromSample, Sample};
use rtrb::{Consumer, Producer, RingBuffer};

/// Half a second: what a busy computer may leave lying; more is lost, not queued.
const CAPACITY: usize = AudioBlock::RATE as usize / 2;

/// What callback and thread count for each other.
#[derive(Default)]
pub(super) struct Counts {
    /// Samples that found no room (microphone) or were not there in time (speaker).
    pub(super) missed: AtomicU64,
    /// Most samples that one callback asked for.
    pub(super) largest: AtomicUsize,
    /// Callbacks so far: the pulse of the device.
    pub(super) callbacks: AtomicU64,
    /// Microseconds from the microphone to its callback, as the driver last said.
    pub(super) latency: AtomicU64,
}

/// An empty ring and its counters.
pub(super) fn new() -> (Producer<f32>, Consumer<f32>, Arc<Counts>) {
    let (producer, consumer) = RingBuffer::new(CAPACITY);
    (producer, consumer, Arc::default())
}

/// The callback's end of a microphone.
pub(super) struct Inlet {
    pub(super) ring: Producer<f32>,
    pub(super) counts: Arc<Counts>,
    /// Samples of one moment, side by side in the driver's buffer.
    pub(super) channels: usize,
    /// The thread that makes blocks.
    pub(super) worker: Thread,
}

impl Inlet {
    /// Mixes the driver's buffer down and wakes the worker. What finds no room is counted and lost.
    pub(super) fn take<T: Sample>(&mut self, samples: &[T])
    where
        f32: FromSample<T>,
    {
        let moments = samples.len() / self.channels;
        let room = self.ring.slots().min(moments);
        if let Ok(chunk) = self.ring.write_chunk_uninit(room) {
            let mono = samples.chunks_exact(self.channels).map(|moment| {
                let sum: f32 = moment.iter().map(|&sample| f32::from_sample(sample)).sum();
                sum / self.channels as f32
            });
            chunk.fill_from_iter(mono);
        }
        self.counts.missed.fetch_add((moments - room) as u64, Ordering::Relaxed);
        self.counts.callbacks.fetch_add(1, Ordering::Relaxed);
        self.worker.unpark();
    }
}

/// The callback's end of a speaker.
pub(super) struct Outlet {
    pub(super) ring: Consumer<f32>,
    pub(super) counts: Arc<Counts>,
    /// Samples of one moment, side by side in the driver's buffer.
    pub(super) channels: usize,
    /// The thread that fills the ring.
    pub(super) worker: Thread,
}

impl Outlet {
    /// Spreads the ring over all channels of the driver's buffer and wakes the worker. What is not there is silence.
    pub(super) fn give<T: Sample + FromSample<f32>>(&mut self, samples: &mut [T]) {
        let moments = samples.len() / self.channels;
        let ready = self.ring.slots().min(moments);
        let mut slots = samples.chunks_exact_mut(self.channels);
        if let Ok(chunk) = self.ring.read_chunk(ready) {
            // The chunk must come first: zip takes from its first side before it sees that the second is empty.
            for (sample, moment) in chunk.into_iter().zip(slots.by_ref()) {
                moment.fill(T::from_sample(sample.clamp(-1.0, 1.0)));
            }
        }
        slots.for_each(|moment| moment.fill(T::EQUILIBRIUM));
        self.counts.missed.fetch_add((moments - ready) as u64, Ordering::Relaxed);
        self.counts.largest.fetch_max(moments, Ordering::Relaxed);
        self.counts.callbacks.fetch_add(1, Ordering::Relaxed);
        self.worker.unpark();
    }
}

/// The next whole block of the ring, if there is one; its time is left to the caller.
pub(super) fn next_block(ring: &mut Consumer<f32>, block: &mut AudioBlock) -> bool {
    ring.pop_entire_slice(&mut block.samples).is_ok()
}

/// How long the samples in the ring take to play.
pub(super) fn backlog(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(AudioBlock::RATE))
}

/// How many samples a speaker's ring should hold: three blocks, or one more than the device takes at once.
pub(super) fn wanted(largest: usize) -> usize {
    (3 * AudioBlock::LEN).max(largest + AudioBlock::LEN).min(CAPACITY - AudioBlock::LEN)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use confab_types::Mono;

    use super::*;

    fn inlet(channels: usize) -> (Inlet, Consumer<f32>) {
        let (ring, consumer, counts) = new();
        (Inlet { ring, counts, channels, worker: thread::current() }, consumer)
    }

    #[test]
    fn callbacks_of_any_size_become_blocks_without_loss() {
        let (mut inlet, mut ring) = inlet(1);
        let mut block = AudioBlock::silence(Mono::ZERO);
        let (mut next, mut heard) = (0u32, 0u32);
        for size in [1, 24, 479, 480, 481, 1024, 7].into_iter().cycle().take(70) {
            let samples: Vec<f32> = (next..next + size).map(|number| number as f32).collect();
            next += size;
            inlet.take(&samples);
            while next_block(&mut ring, &mut block) {
                for sample in block.samples {
                    assert_eq!(sample, heard as f32);
                    heard += 1;
                }
            }
        }
        assert!(next - heard < 480);
        assert_eq!(inlet.counts.missed.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn channels_are_mixed_down_and_integers_scaled() {
        let (mut inlet, mut ring) = inlet(2);
        let mut block = AudioBlock::silence(Mono::ZERO);
        inlet.take(&[16384i16, 0].repeat(480));
        assert!(next_block(&mut ring, &mut block));
        assert!(block.samples.iter().all(|sample| (sample - 0.25).abs() < 1e-4));
        inlet.take(&[0u16, 65535].repeat(480));
        assert!(next_block(&mut ring, &mut block));
        assert!(block.samples.iter().all(|sample| sample.abs() < 1e-4));
    }

    #[test]
    fn a_full_ring_loses_the_newest_and_counts_it() {
        let (mut inlet, mut ring) = inlet(1);
        inlet.take(&vec![0.5f32; CAPACITY]);
        inlet.take(&[0.25f32; 100]);
        assert_eq!(inlet.counts.missed.load(Ordering::Relaxed), 100);
        let mut block = AudioBlock::silence(Mono::ZERO);
        let blocks = std::iter::from_fn(|| next_block(&mut ring, &mut block).then_some(())).count();
        assert_eq!(blocks, CAPACITY / 480);
    }

    #[test]
    fn a_speaker_hears_the_ring_on_every_channel_and_then_silence() {
        let (mut ring, consumer, counts) = new();
        let mut outlet = Outlet { ring: consumer, counts, channels: 2, worker: thread::current() };
        ring.push_entire_slice(&[0.5, -0.5, 2.0]).expect("room");
        let mut buffer = [7i16; 10];
        outlet.give(&mut buffer);
        assert_eq!(buffer, [16384, 16384, -16384, -16384, 32767, 32767, 0, 0, 0, 0]);
        assert_eq!(outlet.counts.missed.load(Ordering::Relaxed), 2);
        assert_eq!(outlet.counts.largest.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn a_ring_that_is_drained_in_parts_keeps_every_sample() {
        let (mut ring, consumer, counts) = new();
        let mut outlet = Outlet { ring: consumer, counts, channels: 1, worker: thread::current() };
        ring.push_entire_slice(&[0.1, 0.2, 0.3]).expect("room");
        let mut heard = Vec::new();
        for _ in 0..3 {
            let mut buffer = [0f32];
            outlet.give(&mut buffer);
            heard.extend(buffer);
        }
        assert_eq!(heard, [0.1, 0.2, 0.3]);
    }

    #[test]
    fn a_device_that_takes_much_at_once_gets_a_fuller_ring() {
        assert_eq!(wanted(0), 1440);
        assert_eq!(wanted(480), 1440);
        assert_eq!(wanted(1920), 2400);
        assert_eq!(wanted(1_000_000), CAPACITY - 480);
    }
}
