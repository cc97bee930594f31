//! Tiles that measure instead of showing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use confab_media_model::{SurfaceCaps, SurfaceLayout, SurfaceStats, VideoFrame, VideoSurface};
use confab_types::{Mono, StreamId};

use crate::Clock;
use crate::testcard::{Reading, TestCard};

/// A window that takes every picture, reads its test card and counts. Cloned handles share what was seen.
///
/// Pictures of streams that the layout does not show are measured as well.
#[derive(Clone)]
pub struct MeasuringSurface {
    clock: Clock,
    board: Arc<Mutex<Board>>,
}

#[derive(Default)]
struct Board {
    layout: SurfaceLayout,
    streams: BTreeMap<StreamId, Track>,
}

/// What one stream showed since its first picture, or since [`MeasuringSurface::start_over`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Pictures submitted.
    pub frames: u64,
    /// Pictures whose test card could be read.
    pub readings: u64,
    /// Pictures per second from the first to the last.
    pub fps: f32,
    /// Size of the last picture in pixels.
    pub size: (u32, u32),
    /// The last test card that was read.
    pub last: Option<Reading>,
    /// Every sender that was read; more than one is a mix-up.
    pub senders: BTreeSet<u8>,
    /// Test cards with a number not above the one before.
    pub out_of_order: u64,
    /// Numbers that were never seen between the first and the last.
    pub skipped: u64,
    /// The longest time between two pictures, or since the last one while the stream is shown, in milliseconds.
    pub longest_gap_ms: u32,
    /// Since the last picture, in milliseconds.
    pub since_last_ms: u32,
    /// Whether the stream was cleared and no picture has come since.
    pub cleared: bool,
}

#[derive(Default)]
struct Track {
    seen: Seen,
    first: Option<Mono>,
    last: Option<Mono>,
    gap: Duration,
}

impl MeasuringSurface {
    /// A surface that reads times from `clock`.
    pub fn new(clock: Clock) -> Self {
        MeasuringSurface { clock, board: Arc::default() }
    }

    /// What a stream showed; `None` when it never showed anything.
    pub fn seen(&self, stream: StreamId) -> Option<Seen> {
        let now = (self.clock)();
        self.lock().streams.get(&stream).map(|track| track.report(now))
    }

    /// Every stream that showed something.
    pub fn streams(&self) -> Vec<StreamId> {
        self.lock().streams.keys().copied().collect()
    }

    /// The layout that was set last.
    pub fn layout(&self) -> SurfaceLayout {
        self.lock().layout.clone()
    }

    /// Forgets every stream.
    pub fn start_over(&self) {
        self.lock().streams.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VideoSurface for MeasuringSurface {
    fn set_layout(&self, layout: SurfaceLayout) {
        self.lock().layout = layout;
    }

    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        let now = (self.clock)();
        let reading = TestCard::read(&frame);
        self.lock().streams.entry(stream).or_default().show((frame.width(), frame.height()), reading, now);
    }

    fn clear(&self, stream: StreamId) {
        if let Some(track) = self.lock().streams.get_mut(&stream) {
            track.seen.cleared = true;
        }
    }

    fn caps(&self) -> SurfaceCaps {
        SurfaceCaps { page_over_video: true, max_fps: 60 }
    }

    fn stats(&self, stream: StreamId) -> SurfaceStats {
        let presented = self.lock().streams.get(&stream).map_or(0, |track| track.seen.frames);
        SurfaceStats { presented, dropped: 0 }
    }
}

impl Track {
    fn show(&mut self, size: (u32, u32), reading: Option<Reading>, now: Mono) {
        // The pause after a stream was switched off is no gap.
        if let Some(last) = self.last.filter(|_| !self.seen.cleared) {
            self.gap = self.gap.max(now - last);
        }
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.seen.cleared = false;
        self.seen.frames += 1;
        self.seen.size = size;
        let Some(reading) = reading else { return };
        self.seen.readings += 1;
        self.seen.senders.insert(reading.sender);
        if let Some(before) = self.seen.last.filter(|before| before.sender == reading.sender) {
            match reading.number.checked_sub(before.number) {
                None | Some(0) => self.seen.out_of_order += 1,
                Some(step) => self.seen.skipped += u64::from(step - 1),
            }
        }
        self.seen.last = Some(reading);
    }

    fn report(&self, now: Mono) -> Seen {
        let (first, last) = (self.first.unwrap_or(now), self.last.unwrap_or(now));
        let millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
        let span = (last - first).as_secs_f32();
        let pause = now - last;
        Seen {
            fps: if span > 0.0 { (self.seen.frames - 1) as f32 / span } else { 0.0 },
            longest_gap_ms: millis(if self.seen.cleared { self.gap } else { self.gap.max(pause) }),
            since_last_ms: millis(pause),
            ..self.seen.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const STREAM: StreamId = StreamId(3);

    struct Stage {
        surface: MeasuringSurface,
        time: Arc<AtomicU64>,
        card: TestCard,
    }

    impl Stage {
        fn new() -> Self {
            let time = Arc::new(AtomicU64::new(0));
            let read = time.clone();
            let clock: Clock = Arc::new(move || Mono::from_millis(read.load(Ordering::Relaxed)));
            Stage { surface: MeasuringSurface::new(clock), time, card: TestCard::camera(9, (320, 180)) }
        }

        fn show(&self, millis: u64, number: u32) -> Seen {
            self.time.store(millis, Ordering::Relaxed);
            self.surface.submit(STREAM, Arc::new(self.card.draw(number, Mono::ZERO)));
            self.surface.seen(STREAM).expect("it was shown")
        }

        fn wait_until(&self, millis: u64) -> Seen {
            self.time.store(millis, Ordering::Relaxed);
            self.surface.seen(STREAM).expect("it was shown")
        }
    }

    #[test]
    fn rate_order_and_gaps_are_measured() {
        let stage = Stage::new();
        assert_eq!(stage.surface.seen(STREAM), None);
        for number in 0..10 {
            stage.show(u64::from(number) * 40, number);
        }
        let seen = stage.show(560, 14);
        assert_eq!((seen.frames, seen.readings, seen.size), (11, 11, (320, 180)));
        assert_eq!(seen.last, Some(Reading { sender: 9, number: 14 }));
        assert_eq!((seen.skipped, seen.out_of_order, seen.longest_gap_ms), (4, 0, 200));
        assert!((seen.fps - 10.0 / 0.56).abs() < 0.01, "{}", seen.fps);
        assert_eq!(stage.show(600, 14).out_of_order, 1, "the same again");
        assert_eq!(stage.show(640, 3).out_of_order, 2);
        assert_eq!(stage.wait_until(1640).longest_gap_ms, 1000, "a gap that lasts counts");
        stage.surface.start_over();
        assert_eq!(stage.surface.seen(STREAM), None);
    }

    #[test]
    fn a_stream_that_was_switched_off_has_no_gap() {
        let stage = Stage::new();
        stage.show(0, 1);
        stage.surface.clear(STREAM);
        let seen = stage.wait_until(5_000);
        assert_eq!((seen.cleared, seen.longest_gap_ms, seen.since_last_ms), (true, 0, 5_000));
        assert_eq!(stage.show(6_000, 2).longest_gap_ms, 0);
    }

    #[test]
    fn pictures_without_a_card_are_counted() {
        let stage = Stage::new();
        stage.surface.submit(STREAM, Arc::new(VideoFrame::black(320, 180, Mono::ZERO)));
        let seen = stage.wait_until(1);
        assert_eq!((seen.frames, seen.readings, seen.last), (1, 0, None));
        assert_eq!(stage.surface.stats(STREAM).presented, 1);
    }
}
