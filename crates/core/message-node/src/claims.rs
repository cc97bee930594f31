//! Whose address is whose.

use std::collections::BTreeMap;

use confab_rethink::Address;

/// Who owns addresses: a user URL, or the name of a session that has no user.
pub(crate) type Owner = String;

/// Owned addresses. The first user that uses an address owns it and everything below it, for as long as a session or a
/// registry entry of that user holds it.
#[derive(Debug, Default)]
pub(crate) struct Claims(BTreeMap<String, Claim>);

#[derive(Debug)]
struct Claim {
    owner: Owner,
    /// Sessions and registry entries that hold it.
    holders: usize,
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
        match self.0.get(base) {
            None => Ownership::Free,
            Some(claim) if claim.owner == owner => Ownership::Own,
            Some(_) => Ownership::Foreign,
        }
    }

    /// Whose the address is, when it is somebody's.
    pub(crate) fn owner(&self, base: &str) -> Option<&str> {
        self.0.get(base).map(|claim| claim.owner.as_str())
    }

    /// One more holder; the caller has checked that the address is not foreign.
    pub(crate) fn hold(&mut self, owner: &str, base: &str) {
        let claim =
            self.0.entry(base.to_owned()).or_insert_with(|| Claim { owner: owner.to_owned(), holders: 0 });
        claim.holders += 1;
    }

    /// One holder less; the last one frees the address.
    pub(crate) fn release(&mut self, base: &str) {
        if let Some(claim) = self.0.get_mut(base) {
            claim.holders -= 1;
            if claim.holders == 0 {
                self.0.remove(base);
            }
        }
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
}
