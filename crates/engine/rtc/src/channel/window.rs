//! How much of a file may be on its way at once.
//!
//! SCTP fills whatever queue the path has before it slows down, and sound would wait in that queue. So no more is handed to it
//! than the path carries in a round trip and a little longer: the queue in front of sound stays as short as that.

use std::time::{Duration, Instant};

/// What files may add to the delay of sound.
const QUEUE: Duration = Duration::from_millis(50);
/// And to what waits in one place, in bytes: a socket's buffer holds little more, and what it cannot hold is lost, sound with it.
const HEAP: f64 = 64.0 * 1024.0;
/// The rate is measured over at least this.
const SPAN: Duration = Duration::from_millis(50);
/// Two messages, so that one is on its way while the other one is acknowledged.
const LEAST: usize = 32 * 1024;
/// More would only wait: the far side's window is not larger.
const MOST: usize = 1 << 20;

/// See the module.
pub(super) struct Window {
    bytes: usize,
    since: Instant,
    acknowledged: usize,
    /// The shortest time from us to the far side and back, in seconds: the path without a queue.
    base: f64,
}

impl Window {
    pub(super) fn new(now: Instant) -> Self {
        Window { bytes: 2 * LEAST, since: now, acknowledged: 0, base: f64::INFINITY }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// `bytes` more arrived by now; `round_trip` is the last one that was measured.
    pub(super) fn acknowledged(&mut self, now: Instant, bytes: usize, round_trip: Option<Duration>) {
        self.acknowledged += bytes;
        let span = now.saturating_duration_since(self.since);
        if span < SPAN {
            return;
        }
        let rate = self.acknowledged as f64 / span.as_secs_f64();
        (self.since, self.acknowledged) = (now, 0);
        // A pause says nothing about the path.
        if rate == 0.0 {
            return;
        }
        // What is on its way takes no less than a round trip to be acknowledged, so the latter is no longer than this.
        let measured = round_trip.map_or(f64::INFINITY, |trip| trip.as_secs_f64());
        self.base = self.base.min(measured).min(self.bytes as f64 / rate);
        let carried = rate * self.base + (rate * QUEUE.as_secs_f64()).min(HEAP);
        // Down by a quarter at most, for acknowledgements come in lumps.
        self.bytes = (carried as usize).max(self.bytes / 4 * 3).clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window after 5 s on a path that carries `rate` bytes a second with a round trip of `base`.
    fn settled(rate: usize, base: Duration) -> usize {
        let start = Instant::now();
        let mut window = Window::new(start);
        for step in 1..=100 {
            let trip = base.as_secs_f64().max(window.bytes() as f64 / rate as f64);
            let arrived = (window.bytes() as f64 / trip * SPAN.as_secs_f64()) as usize;
            window.acknowledged(start + SPAN * step, arrived, Some(base));
        }
        window.bytes()
    }

    #[test]
    fn a_fast_path_holds_what_it_carries_and_a_socket_buffer_more() {
        let near = settled(40_000_000, Duration::from_millis(1));
        assert!(near.abs_diff(40_000 + 65_536) < 10_000, "{near}");
        let far = settled(5_000_000, Duration::from_millis(100));
        assert!(far.abs_diff(500_000 + 65_536) < 50_000, "{far}");
        assert_eq!(settled(40_000_000, Duration::from_millis(100)), MOST);
    }

    #[test]
    fn a_slow_path_holds_no_more_than_the_queue_allows() {
        let rate = 1_000_000;
        let base = Duration::from_millis(40);
        let window = settled(rate, base);
        assert!(window.abs_diff(90_000) < 5_000, "{window}");
        assert_eq!(settled(50_000, base), LEAST);
    }

    #[test]
    fn a_pause_changes_nothing() {
        let start = Instant::now();
        let mut window = Window::new(start);
        let before = window.bytes();
        window.acknowledged(start + SPAN * 40, 0, None);
        assert_eq!(window.bytes(), before);
    }
}
