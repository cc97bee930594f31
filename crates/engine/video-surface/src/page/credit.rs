//! How many frames may be on their way to the page.
//!
//! A stream has credit for one frame, the largest for two, so that the next is travelling while one is being drawn.
//! When the page has been silent about a stream for a while, one more frame is risked, in case the acknowledgement was
//! lost to an error of the page; but never more than [`MOST_FRAMES`] of a stream and [`MOST_BYTES`] of all are
//! unacknowledged. A page that hangs therefore costs a few frames, however long it hangs.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use confab_types::StreamId;

/// Frames of one stream that may be unacknowledged, whatever happens.
pub(super) const MOST_FRAMES: usize = 3;

/// Bytes of all streams that may be unacknowledged. One frame may always travel, however large it is.
pub(super) const MOST_BYTES: usize = 24 << 20;

/// Credits of one connection.
#[derive(Debug)]
pub(super) struct Credits {
    patience: Duration,
    streams: BTreeMap<StreamId, Account>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Account {
    /// Bytes of every unacknowledged frame, oldest first, and whether it counts as presented.
    travelling: VecDeque<(usize, bool)>,
    /// How many of them are believed lost.
    forgiven: usize,
    /// When the last frame was sent or acknowledged.
    moved: Option<Instant>,
}

impl Credits {
    pub fn new(patience: Duration) -> Self {
        Credits { patience, streams: BTreeMap::new(), bytes: 0 }
    }

    /// Whether a frame of `bytes` may be sent. After `patience` of silence one lost frame is forgiven.
    pub fn allows(&mut self, stream: StreamId, bytes: usize, credit: usize, now: Instant) -> bool {
        let fits = self.bytes == 0 || self.bytes + bytes <= MOST_BYTES;
        let Some(account) = self.streams.get_mut(&stream) else { return fits };
        let travelling = account.travelling.len();
        if !fits || travelling >= MOST_FRAMES {
            return false;
        }
        if travelling - account.forgiven < credit {
            return true;
        }
        let silent = account.moved.is_some_and(|moved| now.saturating_duration_since(moved) >= self.patience);
        if silent {
            account.forgiven += 1;
            // Once per span, also if the frame is not sent after all.
            account.moved = Some(now);
        }
        silent
    }

    /// When waiting for `stream` could help although nothing is acknowledged. Patience without end has no such time.
    pub fn deadline(&self, stream: StreamId) -> Option<Instant> {
        let account = self.streams.get(&stream).filter(|account| account.travelling.len() < MOST_FRAMES)?;
        account.moved?.checked_add(self.patience)
    }

    /// A frame is on its way; `new` says that it counts as presented when it arrives.
    pub fn sent(&mut self, stream: StreamId, bytes: usize, new: bool, now: Instant) {
        let account = self.streams.entry(stream).or_default();
        account.travelling.push_back((bytes, new));
        account.moved = Some(now);
        self.bytes += bytes;
    }

    /// The page acknowledges the oldest frame of a stream. Gives whether it counts as presented; `None` when nothing
    /// was on its way.
    pub fn acknowledged(&mut self, stream: StreamId, now: Instant) -> Option<bool> {
        let account = self.streams.get_mut(&stream)?;
        let (bytes, new) = account.travelling.pop_front()?;
        account.forgiven = account.forgiven.saturating_sub(1);
        account.moved = Some(now);
        self.bytes -= bytes;
        if account.travelling.is_empty() {
            self.streams.remove(&stream);
        }
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: StreamId = StreamId(2);
    const THUMB: StreamId = StreamId(3);
    const PATIENCE: Duration = Duration::from_secs(1);

    fn send(credits: &mut Credits, stream: StreamId, bytes: usize, credit: usize, now: Instant) -> bool {
        let allowed = credits.allows(stream, bytes, credit, now);
        if allowed {
            credits.sent(stream, bytes, true, now);
        }
        allowed
    }

    #[test]
    fn a_frame_needs_credit_and_an_acknowledgement_gives_it_back() {
        let (mut credits, now) = (Credits::new(PATIENCE), Instant::now());
        assert!(send(&mut credits, MAIN, 10, 2, now));
        assert!(send(&mut credits, MAIN, 10, 2, now));
        assert!(!send(&mut credits, MAIN, 10, 2, now));
        assert!(send(&mut credits, THUMB, 10, 1, now));
        assert!(!send(&mut credits, THUMB, 10, 1, now));
        assert_eq!(credits.acknowledged(MAIN, now), Some(true));
        assert!(send(&mut credits, MAIN, 10, 2, now));
        assert!(!send(&mut credits, MAIN, 10, 2, now));
    }

    #[test]
    fn a_page_that_hangs_for_an_hour_costs_a_few_frames() {
        let (mut credits, start) = (Credits::new(PATIENCE), Instant::now());
        let sent = (0..3600 * 10)
            .filter(|tick| send(&mut credits, MAIN, 10, 1, start + Duration::from_millis(100) * *tick))
            .count();
        assert_eq!(sent, MOST_FRAMES);
    }

    #[test]
    fn silence_risks_one_more_frame_once_per_span() {
        let (mut credits, now) = (Credits::new(PATIENCE), Instant::now());
        assert!(send(&mut credits, THUMB, 10, 1, now));
        assert_eq!(credits.deadline(THUMB), Some(now + PATIENCE));
        assert!(!send(&mut credits, THUMB, 10, 1, now + PATIENCE / 2));
        assert!(send(&mut credits, THUMB, 10, 1, now + PATIENCE));
        assert!(!send(&mut credits, THUMB, 10, 1, now + PATIENCE * 3 / 2));
    }

    #[test]
    fn endless_patience_waits_for_no_time() {
        let (mut credits, now) = (Credits::new(Duration::MAX), Instant::now());
        assert!(send(&mut credits, THUMB, 10, 1, now));
        assert!(!send(&mut credits, THUMB, 10, 1, now + PATIENCE));
        assert_eq!(credits.deadline(THUMB), None);
    }

    #[test]
    fn late_acknowledgements_pay_the_risk_back() {
        let (mut credits, now) = (Credits::new(PATIENCE), Instant::now());
        assert!(send(&mut credits, THUMB, 10, 1, now));
        assert!(send(&mut credits, THUMB, 10, 1, now + PATIENCE));
        credits.acknowledged(THUMB, now + PATIENCE);
        assert!(!send(&mut credits, THUMB, 10, 1, now + PATIENCE), "one is still travelling");
        credits.acknowledged(THUMB, now + PATIENCE);
        assert!(send(&mut credits, THUMB, 10, 1, now + PATIENCE));
        assert_eq!(credits.acknowledged(MAIN, now), None, "nothing of it was sent");
    }

    #[test]
    fn bytes_are_bounded_but_one_frame_always_fits() {
        let (mut credits, now) = (Credits::new(PATIENCE), Instant::now());
        assert!(send(&mut credits, MAIN, MOST_BYTES * 2, 1, now));
        assert!(!send(&mut credits, THUMB, 1, 1, now));
        credits.acknowledged(MAIN, now);
        assert!(send(&mut credits, THUMB, MOST_BYTES, 1, now));
        assert!(!send(&mut credits, MAIN, 1, 1, now));
    }
}
