//! Who may not come back, and who must be let in again.

use std::collections::BTreeMap;

use confab_rethink::Url;

use crate::port::Stranger;
use crate::role::Role;

/// By what somebody is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    user: String,
    mail: Option<String>,
    address: Option<String>,
}

impl Mark {
    fn of(user: &Url, stranger: Option<&Stranger>) -> Mark {
        let address = stranger.and_then(|stranger| stranger.address.clone());
        Mark { user: user.to_string(), mail: stranger.and_then(mail), address }
    }

    /// Whether both are of one person, as far as can be told.
    fn is_like(&self, other: &Mark) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        self.user == other.user || same(&self.mail, &other.mail) || same(&self.address, &other.address)
    }
}

/// The marks of some people, one for each, so that who is forgiven is forgiven by whatever they are known.
#[derive(Clone, Debug, Default)]
struct Marks(Vec<Mark>);

impl Marks {
    fn add(&mut self, user: &Url, stranger: Option<&Stranger>) {
        let mark = Mark::of(user, stranger);
        if !self.0.contains(&mark) {
            self.0.push(mark);
        }
    }

    fn has(&self, user: &Url, stranger: Option<&Stranger>) -> bool {
        let mark = Mark::of(user, stranger);
        self.0.iter().any(|known| known.is_like(&mark))
    }

    fn remove(&mut self, user: Option<&Url>, mail: Option<&str>) {
        let mail = mail.map(str::to_lowercase);
        let theirs = |mark: &Mark| {
            user.is_some_and(|user| mark.user == user.as_str()) || mail.is_some() && mark.mail == mail
        };
        self.0.retain(|mark| !theirs(mark));
    }
}

fn mail(stranger: &Stranger) -> Option<String> {
    stranger.mail.as_ref().map(|mail| mail.to_lowercase())
}

/// What a room remembers of those who were in it, until the meeting is over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    banned: Marks,
    removed: Marks,
    /// Those who were in.
    were_in: BTreeMap<String, Held>,
    /// Hyperties that were put out and have not confirmed that they know, with the reason.
    unaware: BTreeMap<String, String>,
}

/// What somebody had when they were last seen: coming again changes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) role: Role,
    pub(crate) muted_by_organiser: bool,
    pub(crate) camera_stopped: bool,
}

impl Past {
    /// How many of those who were in are remembered.
    const MOST: usize = 1024;

    /// Somebody is in, and has this now.
    pub(crate) fn hold(&mut self, user: &Url, held: Held) {
        if self.were_in.len() < Past::MOST || self.were_in.contains_key(user.as_str()) {
            self.were_in.insert(user.to_string(), held);
        }
    }

    /// Somebody was put out: they wait when they come again, or are refused.
    pub(crate) fn put_out(&mut self, user: &Url, stranger: Option<&Stranger>, ban: bool) {
        self.were_in.remove(user.as_str());
        let marks = if ban { &mut self.banned } else { &mut self.removed };
        marks.add(user, stranger);
    }

    /// A hyperty is told that it was put out.
    pub(crate) fn tell(&mut self, hyperty: &Url, reason: &str) {
        if self.unaware.len() < Past::MOST {
            self.unaware.insert(hyperty.to_string(), reason.to_owned());
        }
    }

    /// It knows, or is about to be told; the reason when it did not know.
    pub(crate) fn told(&mut self, hyperty: &Url) -> Option<String> {
        self.unaware.remove(hyperty.as_str())
    }

    /// An organiser wants somebody back: they are neither banned nor removed any more.
    pub(crate) fn forgive(&mut self, user: Option<&Url>, mail: Option<&str>) {
        self.banned.remove(user, mail);
        self.removed.remove(user, mail);
    }

    pub(crate) fn is_banned(&self, user: &Url, stranger: Option<&Stranger>) -> bool {
        self.banned.has(user, stranger)
    }

    pub(crate) fn was_removed(&self, user: &Url, stranger: Option<&Stranger>) -> bool {
        self.removed.has(user, stranger)
    }

    /// What somebody had who was in and was not put out.
    pub(crate) fn held(&self, user: &Url) -> Option<Held> {
        self.were_in.get(user.as_str()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_guest_is_known_by_mail_and_place_under_a_new_name() {
        let user = |name: &str| Url::parse(&format!("user://csp.test/{name}@csp.test")).unwrap();
        let guest = |mail: &str, address: Option<&str>| Stranger {
            mail: Some(mail.to_owned()),
            address: address.map(str::to_owned),
            ..Stranger::default()
        };
        let mut past = Past::default();
        past.put_out(&user("guest-1"), Some(&guest("Eve@mail.test", Some("x"))), true);
        for (name, stranger, banned) in [
            ("guest-1", None, true),
            ("guest-2", Some(guest("eve@MAIL.test", None)), true),
            ("guest-3", Some(guest("other@mail.test", Some("x"))), true),
            ("guest-4", Some(guest("other@mail.test", Some("y"))), false),
            ("guest-5", Some(guest("other@mail.test", None)), false),
            ("guest-6", None, false),
        ] {
            assert_eq!(past.is_banned(&user(name), stranger.as_ref()), banned, "{name}");
        }
        past.forgive(None, Some("EVE@mail.test"));
        assert!(!past.is_banned(&user("guest-2"), Some(&guest("eve@mail.test", None))));
        assert!(
            !past.is_banned(&user("guest-3"), Some(&guest("eve@mail.test", Some("x")))),
            "where they are, too"
        );
    }
}
