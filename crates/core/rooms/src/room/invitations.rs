//! Who was asked to come.

use std::collections::BTreeMap;

use confab_rethink::Url;
use serde_json::{Value, json};

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Invitee {
    User(Url),
    /// An e-mail address.
    Mail(String),
}

/// An invitation.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) whom: Invitee,
    pub(crate) name: String,
    /// The inviter's number, and who they are: a number is nobody's in the next meeting.
    pub(crate) by: u32,
    pub(crate) by_user: Url,
    pub(crate) status: &'static str,
    /// ISO 8601.
    pub(crate) at: String,
    /// Good to come in by; of mails only.
    pub(crate) code: Option<String>,
    /// Whether they have come: the list does not show them any more.
    pub(crate) came: bool,
}

/// What an inviter may say of a ring.
const STATES: [&str; 6] = ["ringing", "accepted", "declined", "busy", "no-answer", "unreachable"];

/// The status of a ring, when it is one.
pub(crate) fn status(word: &str) -> Option<&'static str> {
    STATES.into_iter().find(|state| *state == word)
}

/// Everybody who was asked, by the number in their key `i<number>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invitations {
    list: BTreeMap<u32, Invitation>,
    given: u32,
}

impl Invitations {
    /// The most invitations of a room.
    pub(crate) const MOST: usize = 200;

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds one, in place of an older one for the same; its number.
    pub(crate) fn add(&mut self, mut invitation: Invitation) -> u32 {
        let known = self.list.iter().find(|(_, known)| known.whom == invitation.whom);
        if let Some((&number, known)) = known {
            // The link in the first mail goes on working.
            invitation.code = known.code.clone().or(invitation.code);
            self.list.insert(number, invitation);
            return number;
        }
        self.given += 1;
        self.list.insert(self.given, invitation);
        self.given
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Invitation> {
        self.list.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Invitation> {
        self.list.get_mut(&number)
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<Invitation> {
        self.list.remove(&number)
    }

    /// The invitation that somebody comes with, by who they are or by a code.
    pub(crate) fn of(&self, user: &Url, code: Option<&str>) -> Option<u32> {
        let fits = |invitation: &Invitation| {
            invitation.whom == Invitee::User(user.clone())
                || invitation.code.is_some() && invitation.code.as_deref() == code
        };
        self.list.iter().find(|(_, invitation)| fits(invitation)).map(|(&number, _)| number)
    }

    /// Whether an invitation with this code is good.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.list.values().any(|invitation| invitation.code.as_deref() == Some(code))
    }

    /// What is left for the next meeting in the room: codes in mails, which people keep in their calendars.
    pub(crate) fn kept(self) -> Invitations {
        let list = self.list.into_iter().filter(|(_, invitation)| invitation.code.is_some());
        let list = list.map(|(number, invitation)| (number, Invitation { came: true, ..invitation }));
        Invitations { list: list.collect(), given: self.given }
    }
}

impl Invitation {
    /// As everybody in the room sees it: an e-mail address is nobody else's matter.
    pub(crate) fn to_value(&self) -> Value {
        let mut value =
            json!({"name": self.name, "by": format!("p{}", self.by), "status": self.status, "at": self.at});
        if let Invitee::User(user) = &self.whom {
            value["user"] = user.as_str().into();
        }
        value
    }
}

/// An invitation's key.
pub(crate) fn key(number: u32) -> String {
    format!("i{number}")
}

/// The number in a key `i<number>`.
pub(crate) fn number(key: &str) -> Option<u32> {
    key.strip_prefix('i')?.parse().ok()
}

/// An e-mail address that can stand in a header: one `@`, nothing but printable ASCII without quotes, brackets and commas.
pub(crate) fn mail_address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '\\' | '@')
    };
    let fits = text.len() <= 254
        && !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && text.chars().filter(|&c| c != '@').all(plain)
        && domain.chars().all(plain)
        && !domain.starts_with('.')
        && !domain.ends_with('.');
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_cannot_break_a_header() {
        for (text, good) in [
            ("eve@mail.test", true),
            (" eve+x@mail.test ", true),
            ("eve", false),
            ("@mail.test", false),
            ("eve@", false),
            ("eve@a@b", false),
            ("eve@mail.test\r\nBcc: all@mail.test", false),
            ("\"eve\"@mail.test", false),
            ("Eve <eve@mail.test>", false),
            ("a@b.test,c@d.test", false),
            ("ève@mail.test", false),
        ] {
            assert_eq!(mail_address(text).is_some(), good, "{text:?}");
        }
        assert_eq!(mail_address(&format!("{}@mail.test", "x".repeat(65))), None);
    }
}
