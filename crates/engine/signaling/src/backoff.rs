//! How long to wait before connecting again.

use std::time::Duration;

use confab_types::Chance;

/// Doubling waits with jitter: about 0.5, 1, 2, 4, 8 s and then 15 s each time, so that the clients of a node that was
/// restarted do not all come back in the same moment.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    /// Attempts since the last success.
    tries: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(15);

    /// The wait before the next attempt: three quarters to all of the doubled one.
    pub fn next(&mut self, chance: &mut Chance) -> Duration {
        let wait = (Self::FIRST * 2u32.pow(self.tries.min(10))).min(Self::LONGEST);
        self.tries = self.tries.saturating_add(1);
        let jitter = chance.below(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) / 4);
        wait - Duration::from_millis(jitter)
    }

    /// The connection is up: the next wait is short again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_start_over_after_success() {
        let mut backoff = Backoff::default();
        let mut chance = Chance::from_number(3);
        for limit in [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000] {
            let wait = backoff.next(&mut chance).as_millis();
            assert!(wait <= limit && wait * 4 >= limit * 3, "{wait} of {limit}");
        }
        for _ in 0..100 {
            backoff.next(&mut chance);
        }
        backoff.reset();
        assert!(backoff.next(&mut chance) <= Duration::from_millis(500));
    }
}
