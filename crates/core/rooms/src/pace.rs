//! How often somebody may do something.

use std::collections::VecDeque;
use std::time::Duration;

use confab_types::Mono;

/// The latest times at which something was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace(VecDeque<Mono>);

impl Pace {
    /// Whether it may be done now, because it was done less than `most` times within that span. If so, it counts.
    pub(crate) fn allows(&mut self, now: Mono, most: usize, within: Duration) -> bool {
        while self.0.front().is_some_and(|&then| now.since(then) >= within) {
            self.0.pop_front();
        }
        let allowed = self.0.len() < most;
        if allowed {
            self.0.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_tries_do_not_count() {
        let mut pace = Pace::default();
        let mut allowed = Vec::new();
        for tenth in 0..25 {
            let now = Mono::from_millis(tenth * 100);
            if pace.allows(now, 4, Duration::from_secs(1)) {
                allowed.push(tenth);
            }
        }
        assert_eq!(allowed, [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
    }
}
