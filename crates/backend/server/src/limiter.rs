//! How often somebody may guess a password.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use confab_types::Mono;

use crate::serving::network;

/// Failures within [`WINDOW`] after which guessing is refused.
const FAILURES: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// Guessers that are remembered; when there are more, those that guessed longest ago are forgotten.
const MOST: usize = 10_000;

/// Failed tries by name and address, or network of IPv6.
#[derive(Debug, Default)]
pub struct Limiter(BTreeMap<(String, IpAddr), VecDeque<Mono>>);

impl Limiter {
    /// Counts a try as failed before its outcome is known, so that tries at the same time are counted too; after
    /// success [`succeeded`](Self::succeeded) takes it back. `Err` is how long to wait.
    pub fn begin(&mut self, name: &str, peer: IpAddr, now: Mono) -> Result<(), Duration> {
        self.forget_old(now);
        let tries = self.0.entry((name.to_owned(), network(peer))).or_default();
        if tries.len() >= FAILURES {
            let oldest = *tries.front().expect("a full list has a first");
            return Err((oldest + WINDOW).since(now));
        }
        tries.push_back(now);
        Ok(())
    }

    /// The password was right: earlier failures were slips.
    pub fn succeeded(&mut self, name: &str, peer: IpAddr) {
        self.0.remove(&(name.to_owned(), network(peer)));
    }

    fn forget_old(&mut self, now: Mono) {
        self.0.retain(|_, tries| {
            while tries.front().is_some_and(|at| *at + WINDOW <= now) {
                tries.pop_front();
            }
            !tries.is_empty()
        });
        if self.0.len() >= MOST
            && let Some(key) =
                self.0.iter().min_by_key(|(_, tries)| tries.back().copied()).map(|(key, _)| key.clone())
        {
            self.0.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_guess_within_a_minute_waits_and_others_do_not() {
        let mut limiter = Limiter::default();
        let peer = IpAddr::from([127, 0, 0, 1]);
        for second in 0..5 {
            assert_eq!(limiter.begin("zoe", peer, Mono::from_millis(second * 1_000)), Ok(()));
        }
        assert_eq!(limiter.begin("zoe", peer, Mono::from_millis(10_000)), Err(Duration::from_secs(50)));
        assert_eq!(limiter.begin("zoe", IpAddr::from([10, 0, 0, 1]), Mono::from_millis(10_000)), Ok(()));
        assert_eq!(limiter.begin("yan", peer, Mono::from_millis(10_000)), Ok(()));
        assert_eq!(limiter.begin("zoe", peer, Mono::from_millis(60_000)), Ok(()));
    }

    #[test]
    fn the_addresses_of_one_household_are_one() {
        let mut limiter = Limiter::default();
        let peer = |n: u16| IpAddr::from([0x2001_u16, 0xdb8, 0, 0, 0, 0, 0, n]);
        for n in 0..5 {
            assert_eq!(limiter.begin("zoe", peer(n), Mono::ZERO), Ok(()));
        }
        assert!(limiter.begin("zoe", peer(5), Mono::ZERO).is_err());
        assert!(
            limiter.begin("zoe", IpAddr::from([0x2001_u16, 0xdb8, 0, 1, 0, 0, 0, 1]), Mono::ZERO).is_ok()
        );
    }

    #[test]
    fn success_forgives() {
        let mut limiter = Limiter::default();
        let peer = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..20 {
            for _ in 0..5 {
                assert_eq!(limiter.begin("zoe", peer, Mono::ZERO), Ok(()));
            }
            limiter.succeeded("zoe", peer);
        }
    }
}
