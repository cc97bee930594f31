//! The one clock of the process.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use confab_types::Mono;

/// Monotonic time since it was made, and the wall time of that moment.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    wall: u64,
}

impl Clock {
    /// Starts at [`Mono::ZERO`].
    pub fn start() -> Clock {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { start: Instant::now(), wall: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Now.
    pub fn now(self) -> Mono {
        Mono::from_micros(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The moment as tokio counts it.
    pub fn instant(self, at: Mono) -> tokio::time::Instant {
        (self.start + at.since(Mono::ZERO)).into()
    }

    /// Milliseconds of Unix time at [`Mono::ZERO`].
    pub fn wall_at_zero(self) -> u64 {
        self.wall
    }

    /// Milliseconds of Unix time now.
    pub fn wall_now(self) -> u64 {
        self.wall.saturating_add(self.now().as_millis())
    }
}
