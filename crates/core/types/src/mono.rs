//! Monotonic time as a value.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds since an arbitrary start that is the same for a whole process (or a whole lab run).
///
/// It serialises as a plain number, so that a recorded trace of inputs replays in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(u64);

impl Mono {
    /// The start of time.
    pub const ZERO: Mono = Mono(0);

    /// From microseconds since the start.
    pub const fn from_micros(micros: u64) -> Self {
        Mono(micros)
    }

    /// From milliseconds since the start.
    pub const fn from_millis(millis: u64) -> Self {
        Mono(millis * 1_000)
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Milliseconds since the start, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Mono> for Mono {
    type Output = Duration;
    fn sub(self, earlier: Mono) -> Duration {
        self.since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_moment_is_never_a_negative_span_away() {
        let early = Mono::from_millis(1);
        let late = early + Duration::from_millis(5);
        assert_eq!(late - early, Duration::from_millis(5));
        assert_eq!(early - late, Duration::ZERO);
    }
}
