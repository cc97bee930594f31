//! Whose address is whose.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use confab_rethink::Address;
use confab_types::Mono;

/// How long an address waits for its owner, when the connection of its last holder is lost.
const KEEP: Duration = Duration::from_secs(60);
/// The most addresses of one owner that wait.
const MOST_KEPT: usize = 4096;

/// Who owns addresses: a user URL, or the name of a session that has no user.
pub(crate) type Owner = String;

/// Owned addresses. The first user that uses an address owns it and everything below it, for as long as a session or a
/// registry entry of that user holds it, and for a while after a loss.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    owned: BTreeMap<String, Claim>,
    /// What nobody holds since a connection was lost, and until when only its owner may take it.
    kept: BTreeMap<Owner, BTreeSet<(Mono, String)>>,
}

#[derive(Debug)]
struct Claim {
    owner: Owner,
    /// Sessions and registry entries that hold it.
    holders: usize,
    /// Until when it waits for its owner, while nobody holds it.
    kept_until: Option<Mono>,
}

/// Whether an address may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// By the one who asks.
    Own,
    /// Nobody's yet.
    Free,
    /// Somebody else's.
    Foreign,
}

impl Claims {
    /// Whose the address is, seen from `owner`.
    pub(crate) fn check(&self, owner: &str, base: &str) -> Ownership {
        match self.owned.get(base) {
            None => Ownership::Free,
            Some(claim) if claim.owner == owner => Ownership::Own,
            Some(_) => Ownership::Foreign,
        }
    }

    /// Whose the address is, when it is somebody's.
    pub(crate) fn owner(&self, base: &str) -> Option<&str> {
        self.owned.get(base).map(|claim| claim.owner.as_str())
    }

    /// One more holder; the caller has checked that the address is not foreign.
    pub(crate) fn hold(&mut self, owner: &str, base: &str) {
        let fresh = || Claim { owner: owner.to_owned(), holders: 0, kept_until: None };
        let claim = self.owned.entry(base.to_owned()).or_insert_with(fresh);
        claim.holders += 1;
        if let Some(until) = claim.kept_until.take()
            && let Some(kept) = self.kept.get_mut(&claim.owner)
        {
            kept.remove(&(until, base.to_owned()));
        }
    }

    /// One holder less; the last one frees the address.
    pub(crate) fn release(&mut self, base: &str) {
        if let Some(claim) = self.owned.get_mut(base) {
            claim.holders -= 1;
            if claim.holders == 0 {
                self.owned.remove(base);
            }
        }
    }

    /// One holder less, because its connection is lost: what the last one held waits for its owner.
    pub(crate) fn lose(&mut self, now: Mono, base: &str) {
        let Some(claim) = self.owned.get_mut(base) else { return };
        claim.holders -= 1;
        if claim.holders > 0 {
            return;
        }
        let until = now + KEEP;
        claim.kept_until = Some(until);
        let kept = self.kept.entry(claim.owner.clone()).or_default();
        kept.insert((until, base.to_owned()));
        if kept.len() > MOST_KEPT
            && let Some((_, oldest)) = kept.pop_first()
        {
            self.owned.remove(&oldest);
        }
    }

    /// When the next address has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.kept.values().filter_map(BTreeSet::first).map(|(until, _)| *until).min()
    }

    /// Frees what has waited long enough.
    pub(crate) fn wake(&mut self, now: Mono) {
        for kept in self.kept.values_mut() {
            while kept.first().is_some_and(|(until, _)| *until <= now) {
                if let Some((_, base)) = kept.pop_first() {
                    self.owned.remove(&base);
                }
            }
        }
        self.kept.retain(|_, kept| !kept.is_empty());
    }
}

/// What is owned as a whole: `scheme://domain/<first path segment>`, or the address itself when it has no such form.
pub(crate) fn base(address: &Address) -> &str {
    let text = address.as_str();
    let Some(authority) = text.find("://").map(|at| at + 3) else { return text };
    let Some(path) = text[authority..].find('/').map(|at| authority + at + 1) else { return text };
    match text[path..].find('/') {
        Some(end) => &text[..path + end],
        None => text,
    }
}

/// What stands behind the [`base`]: `/changes`, `/subscription`, or nothing.
pub(crate) fn below(address: &Address) -> &str {
    &address.as_str()[base(address).len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_owned_with_everything_below_it() {
        for (text, expected, rest) in [
            ("comm://d.test/o1", "comm://d.test/o1", ""),
            ("comm://d.test/o1/changes", "comm://d.test/o1", "/changes"),
            ("comm://d.test/o1/children/", "comm://d.test/o1", "/children/"),
            ("runtime://d.test/r1/token/sm", "runtime://d.test/r1", "/token/sm"),
            ("domain://registry.d.test", "domain://registry.d.test", ""),
            ("mn:/session", "mn:/session", ""),
            ("comm://", "comm://", ""),
            ("comm://é/ü/ö", "comm://é/ü", "/ö"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((base(&address), below(&address)), (expected, rest), "{text}");
        }
    }

    #[test]
    fn an_address_is_free_again_when_its_last_holder_lets_go() {
        let mut claims = Claims::default();
        claims.hold("zoe", "hyperty://d.test/h");
        claims.hold("zoe", "hyperty://d.test/h");
        claims.release("hyperty://d.test/h");
        assert_eq!(claims.check("mallory", "hyperty://d.test/h"), Ownership::Foreign);
        claims.release("hyperty://d.test/h");
        assert_eq!(claims.check("mallory", "hyperty://d.test/h"), Ownership::Free);
    }

    #[test]
    fn an_address_that_a_loss_has_freed_waits_for_its_owner_and_no_longer_once_it_is_held_again() {
        let base = "comm://d.test/o";
        let mut claims = Claims::default();
        claims.hold("zoe", base);
        claims.lose(Mono::ZERO, base);
        assert_eq!(claims.check("zoe", base), Ownership::Own);
        assert_eq!(claims.check("mallory", base), Ownership::Foreign);
        assert_eq!(claims.deadline(), Some(Mono::ZERO + KEEP));
        claims.hold("zoe", base);
        assert_eq!(claims.deadline(), None);
        claims.wake(Mono::ZERO + KEEP);
        assert_eq!(claims.check("mallory", base), Ownership::Foreign, "it is in use");
        claims.release(base);
        assert_eq!(claims.check("mallory", base), Ownership::Free, "a clean end frees at once");
        claims.hold("zoe", base);
        claims.lose(Mono::ZERO, base);
        claims.wake(Mono::ZERO + KEEP);
        assert_eq!(claims.check("mallory", base), Ownership::Free);
    }

    #[test]
    fn no_more_than_so_many_addresses_wait_for_one_owner_and_others_lose_nothing_by_it() {
        let mut claims = Claims::default();
        let base = |number: usize| format!("comm://d.test/{number}");
        claims.hold("zoe", "comm://d.test/o");
        claims.lose(Mono::ZERO, "comm://d.test/o");
        for number in 0..=MOST_KEPT {
            claims.hold("mallory", &base(number));
            claims.lose(Mono::from_millis(number as u64), &base(number));
        }
        assert_eq!(claims.check("bob", &base(0)), Ownership::Free);
        assert_eq!(claims.check("bob", &base(1)), Ownership::Foreign);
        assert_eq!(claims.check("bob", "comm://d.test/o"), Ownership::Foreign);
    }
}
