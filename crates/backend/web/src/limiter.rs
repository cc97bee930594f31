//! How often something may be done: so many times within a while, by whoever does it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use confab_types::Mono;

/// Names that are remembered; when there are more, the one that was quiet longest is forgotten.
const MOST: usize = 10_000;

/// A limit and who has used how much of it.
#[derive(Debug)]
pub(crate) struct Limiter {
    times: usize,
    within: Duration,
    used: BTreeMap<String, VecDeque<Mono>>,
}

impl Limiter {
    /// `times` within any span of `within`, for each name.
    pub(crate) fn new(times: usize, within: Duration) -> Limiter {
        Limiter { times, within, used: BTreeMap::new() }
    }

    /// Whether one more would be counted; `Err` is how long to wait.
    pub(crate) fn check(&mut self, name: &str, now: Mono) -> Result<(), Duration> {
        self.forget_old(now);
        let Some(times) = self.used.get(name).filter(|times| times.len() >= self.times) else {
            return Ok(());
        };
        let oldest = times.front().copied().unwrap_or(now);
        Err((oldest + self.within).since(now))
    }

    /// Counts one more; `Err` is how long to wait, and nothing is counted.
    pub(crate) fn take(&mut self, name: &str, now: Mono) -> Result<(), Duration> {
        self.check(name, now)?;
        if !self.used.contains_key(name) && self.used.len() >= MOST {
            let quiet = self.used.iter().min_by_key(|(_, times)| times.back().copied());
            if let Some(name) = quiet.map(|(name, _)| name.clone()) {
                self.used.remove(&name);
            }
        }
        self.used.entry(name.to_owned()).or_default().push_back(now);
        Ok(())
    }

    fn forget_old(&mut self, now: Mono) {
        let within = self.within;
        self.used.retain(|_, times| {
            while times.front().is_some_and(|at| *at + within <= now) {
                times.pop_front();
            }
            !times.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_within_a_while_and_others_are_not_in_the_way() {
        let mut limiter = Limiter::new(2, Duration::from_secs(10));
        let at = Mono::from_millis;
        assert_eq!(limiter.take("a", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(4_000)), Ok(()));
        for _ in 0..2 {
            assert_eq!(limiter.check("a", at(6_000)), Err(Duration::from_secs(4)));
            assert_eq!(limiter.check("b", at(6_000)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(6_000)), Err(Duration::from_secs(4)));
        assert_eq!(limiter.take("b", at(6_000)), Ok(()));
        assert_eq!(limiter.take("a", at(10_000)), Ok(()));
        assert_eq!(limiter.take("a", at(10_001)), Err(Duration::from_micros(3_999_000)));
    }
}
