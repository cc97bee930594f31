//! Which address goes to which sessions.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::Address;

use crate::session::SessionId;

/// A table from exact addresses to the sessions that receive there: no prefixes, no wildcards, no normalisation.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_address: BTreeMap<Address, BTreeSet<SessionId>>,
    by_session: BTreeMap<SessionId, BTreeSet<Address>>,
}

impl Routes {
    /// Adds a route; twice is the same as once.
    pub(crate) fn add(&mut self, session: SessionId, address: Address) {
        self.by_session.entry(session).or_default().insert(address.clone());
        self.by_address.entry(address).or_default().insert(session);
    }

    /// Removes a route if there is one.
    pub(crate) fn remove(&mut self, session: SessionId, address: &Address) {
        if let Some(addresses) = self.by_session.get_mut(&session) {
            addresses.remove(address);
        }
        self.forget(session, address);
    }

    /// Removes all routes of a session.
    pub(crate) fn remove_session(&mut self, session: SessionId) {
        for address in self.by_session.remove(&session).unwrap_or_default() {
            self.forget(session, &address);
        }
    }

    /// Where the session receives.
    pub(crate) fn of(&self, session: SessionId) -> impl Iterator<Item = &Address> + '_ {
        self.by_session.get(&session).into_iter().flatten()
    }

    /// Whether the session receives at the address.
    pub(crate) fn has(&self, session: SessionId, address: &Address) -> bool {
        self.by_session.get(&session).is_some_and(|addresses| addresses.contains(address))
    }

    /// Whether the session receives at `base` or below it.
    pub(crate) fn has_below(&self, session: SessionId, base: &str) -> bool {
        let Some(addresses) = self.by_session.get(&session) else { return false };
        let Ok(first) = Address::parse(base) else { return false };
        addresses
            .range(first..)
            .take_while(|address| address.as_str().starts_with(base))
            .any(|address| crate::claims::base(address) == base)
    }

    /// How many of `addresses` would be new to the session, on top of how many it has.
    pub(crate) fn count_with(&self, session: SessionId, addresses: &[Address]) -> usize {
        let Some(has) = self.by_session.get(&session) else { return addresses.len() };
        has.len() + addresses.iter().filter(|address| !has.contains(address)).count()
    }

    /// The sessions that receive at the address, in the order in which they began.
    pub(crate) fn receivers(&self, address: &Address) -> impl Iterator<Item = SessionId> + '_ {
        self.by_address.get(address).into_iter().flatten().copied()
    }

    /// How many addresses are routed.
    pub(crate) fn len(&self) -> usize {
        self.by_address.len()
    }

    fn forget(&mut self, session: SessionId, address: &Address) {
        if let Some(sessions) = self.by_address.get_mut(address) {
            sessions.remove(&session);
            if sessions.is_empty() {
                self.by_address.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_exact_and_a_session_takes_its_routes_along() {
        let mut routes = Routes::default();
        let (one, two) = (SessionId(1), SessionId(2));
        let address = |text: &str| Address::parse(text).unwrap();
        routes.add(one, address("comm://d.test/o/changes"));
        routes.add(one, address("comm://d.test/o/changes"));
        routes.add(two, address("comm://d.test/o/changes"));
        assert_eq!(routes.receivers(&address("comm://d.test/o/changes")).collect::<Vec<_>>(), [one, two]);
        assert_eq!(routes.receivers(&address("comm://d.test/o/changes/")).count(), 0);
        routes.remove_session(one);
        routes.remove(two, &address("comm://d.test/o/changes"));
        assert_eq!(routes.len(), 0);
    }
}
