//! Tokens that are good once, for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_types::Mono;

use crate::secret::{self, Fingerprint, SecretError};

/// Tickets that nobody has used yet; the oldest gives way.
const MOST: usize = 1_024;

/// The keeper: what each stands for.
#[derive(Debug)]
pub(super) struct Tickets<T> {
    life: Duration,
    given: BTreeMap<Fingerprint, (Mono, T)>,
}

impl<T> Tickets<T> {
    pub(super) fn new(life: Duration) -> Tickets<T> {
        Tickets { life, given: BTreeMap::new() }
    }

    /// A new one.
    pub(super) fn give(&mut self, what: T, now: Mono) -> Result<String, SecretError> {
        let token = secret::token()?;
        self.given.retain(|_, (until, _)| *until > now);
        if self.given.len() >= MOST {
            let oldest = self.given.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| *key);
            oldest.map(|key| self.given.remove(&key));
        }
        self.given.insert(secret::fingerprint(&token), (now + self.life, what));
        Ok(token)
    }

    /// Uses one up.
    pub(super) fn take(&mut self, token: &str, now: Mono) -> Option<T> {
        let (until, what) = self.given.remove(&secret::fingerprint(token))?;
        (until > now).then_some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_not_for_ever() {
        let mut tickets = Tickets::new(Duration::from_secs(10));
        let at = Mono::from_millis;
        let one = tickets.give("a", at(0)).unwrap();
        let two = tickets.give("b", at(0)).unwrap();
        assert_eq!(tickets.take(&one, at(9_999)), Some("a"));
        assert_eq!(tickets.take(&one, at(9_999)), None);
        assert_eq!(tickets.take(&two, at(10_000)), None);
        assert_eq!(tickets.take("", at(0)), None);
    }

    #[test]
    fn the_oldest_of_too_many_gives_way() {
        let mut tickets = Tickets::new(Duration::from_secs(10));
        let first = tickets.give(0, Mono::ZERO).unwrap();
        let rest: Vec<String> =
            (1..=MOST).map(|n| tickets.give(n, Mono::from_millis(n as u64)).unwrap()).collect();
        assert_eq!(tickets.take(&first, Mono::from_millis(2_000)), None);
        assert_eq!(tickets.take(&rest[0], Mono::from_millis(2_000)), Some(1));
    }
}
