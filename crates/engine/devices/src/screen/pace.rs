//! When to look at the screen next.

use std::time::{Duration, Instant};

/// Absolute deadlines, one period apart: a late look does not delay the next, and missed ones are skipped.
pub(super) struct Pace {
    period: Duration,
    next: Instant,
}

impl Pace {
    /// The first look is due at once.
    pub(super) fn new(fps: u32, now: Instant) -> Self {
        Pace { period: Duration::from_secs(1) / fps.max(1), next: now }
    }

    /// How long to wait for the next look.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let due = self.next;
        self.next = due.max(now.checked_sub(self.period).unwrap_or(now)) + self.period;
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_keep_their_rhythm_and_missed_ones_are_skipped() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::new(10, start);
        assert_eq!(pace.wait(at(0)), Duration::ZERO);
        assert_eq!(pace.wait(at(30)), Duration::from_millis(70));
        assert_eq!(pace.wait(at(130)), Duration::from_millis(70), "a look that took 30 ms delays nothing");
        assert_eq!(pace.wait(at(1000)), Duration::ZERO, "too late");
        assert_eq!(pace.wait(at(1000)), Duration::ZERO, "the one that was just missed");
        assert_eq!(pace.wait(at(1000)), Duration::from_millis(100), "the others are skipped");
    }
}
