//! What one types to join a room: its name, or its name and domain.

use confab_rethink::Domain;

/// Where a room is, as far as people say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomAddress {
    /// Its number or name.
    pub name: String,
    /// Its domain.
    pub domain: Domain,
    /// The code of an invitation, from a link.
    pub code: Option<String>,
}

/// What was typed is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to 64 letters, digits, '-', '_' or '.', and perhaps '@' and a domain")]
pub struct RoomAddressError;

impl RoomAddress {
    /// `4711`, a room of the domain `home`, or `4711@other.example`.
    ///
    /// # Errors
    /// When it cannot be the name of a room.
    pub fn parse(typed: &str, home: &Domain) -> Result<RoomAddress, RoomAddressError> {
        let (name, domain) = match typed.trim().split_once('@') {
            Some((name, domain)) => (name, Domain::parse(domain).map_err(|_| RoomAddressError)?),
            None => (typed.trim(), home.clone()),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(1..=64).contains(&name.len()) || !name.chars().all(allowed) {
            return Err(RoomAddressError);
        }
        Ok(RoomAddress { name: name.to_owned(), domain, code: None })
    }

    /// As somebody of the domain `home` types it.
    pub fn typed(&self, home: &Domain) -> String {
        if self.domain == *home { self.name.clone() } else { format!("{}@{}", self.name, self.domain) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_named_alone_or_with_its_domain() {
        let home = Domain::parse("a.example").unwrap();
        let check = |typed: &str, expected: Option<(&str, &str, &str)>| {
            let read = RoomAddress::parse(typed, &home).ok();
            let read =
                read.as_ref().map(|room| (room.name.clone(), room.domain.to_string(), room.typed(&home)));
            let expected =
                expected.map(|(name, domain, typed)| (name.to_owned(), domain.to_owned(), typed.to_owned()));
            assert_eq!(read, expected, "{typed:?}");
        };
        check("4711", Some(("4711", "a.example", "4711")));
        check(" weekly-call ", Some(("weekly-call", "a.example", "weekly-call")));
        check("4711@b.example", Some(("4711", "b.example", "4711@b.example")));
        check("4711@a.example", Some(("4711", "a.example", "4711")));
        check("", None);
        check("@b.example", None);
        check("47 11", None);
        check("4711@b example", None);
        check("4711@", None);
        check(&"x".repeat(65), None);
    }
}
