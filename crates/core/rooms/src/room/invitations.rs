//! Who was asked to come.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::Url;
use serde_json::{Value, json};

use crate::clock::iso;
use crate::keeping::{CodePrint, InvitationRecord};

/// How long the codes of an invitation by mail are good.
const CODE_LIFE: Duration = Duration::from_secs(90 * 24 * 3_600);

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
    /// The inviter's number while this company is together, and who they are: a number is nobody's in the next meeting.
    pub(crate) by: Option<u32>,
    pub(crate) by_user: Url,
    pub(crate) status: &'static str,
    /// ISO 8601.
    pub(crate) at: String,
    /// What mailed ones have besides.
    pub(crate) letter: Option<Letter>,
    /// Whether they have come by it.
    pub(crate) used: bool,
    /// Whether the list does not show them: they have come, or were asked by those who were here before.
    pub(crate) hidden: bool,
}

/// What an invitation by mail has besides.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) uid: String,
    /// Good to come in by, newest last.
    pub(crate) codes: Vec<CodePrint>,
    pub(crate) by_name: String,
    pub(crate) language: String,
    pub(crate) sequence: u32,
    /// Milliseconds of Unix time.
    pub(crate) created: u64,
    pub(crate) expires: u64,
}

impl Letter {
    /// The first one of an invitation, at that moment of Unix time in milliseconds.
    pub(crate) fn new(uid: String, code: &str, by_name: String, language: String, created: u64) -> Letter {
        let life = u64::try_from(CODE_LIFE.as_millis()).expect("some months fit");
        let (codes, expires) = (vec![CodePrint::of(code)], created + life);
        Letter { uid, codes, by_name, language, sequence: 0, created, expires }
    }

    /// One more to the same receiver: links in the earlier ones go on working.
    fn after(self, earlier: &Letter) -> Letter {
        let mut codes = earlier.codes.clone();
        codes.extend(self.codes);
        let old = codes.len().saturating_sub(InvitationRecord::MOST_CODES);
        codes.drain(..old);
        Letter { uid: earlier.uid.clone(), codes, sequence: earlier.sequence.saturating_add(1), ..self }
    }
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
            invitation.letter = match (invitation.letter, &known.letter) {
                (Some(letter), Some(earlier)) => Some(letter.after(earlier)),
                (letter, _) => letter,
            };
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

    /// Numbers of all that the list shows.
    pub(crate) fn shown(&self) -> impl Iterator<Item = u32> {
        self.list.iter().filter(|(_, invitation)| !invitation.hidden).map(|(&number, _)| number)
    }

    /// Forgets those whose codes are good no longer at that moment of Unix time in milliseconds; their numbers.
    pub(crate) fn forget_old(&mut self, unix: u64) -> Vec<u32> {
        let old =
            |invitation: &Invitation| invitation.letter.as_ref().is_some_and(|letter| letter.expires <= unix);
        let gone: Vec<u32> =
            self.list.iter().filter(|(_, known)| old(known)).map(|(&number, _)| number).collect();
        gone.iter().for_each(|number| drop(self.list.remove(number)));
        gone
    }

    /// The invitation that somebody comes with, by who they are or by a code, at that moment of Unix time in milliseconds.
    pub(crate) fn of(&self, user: &Url, code: Option<&str>, unix: u64) -> Option<u32> {
        let code = code.map(CodePrint::of);
        let fits = |invitation: &Invitation| {
            invitation.whom == Invitee::User(user.clone())
                || code.is_some_and(|code| invitation.is_opened_by(code, unix))
        };
        self.list.iter().find(|(_, invitation)| fits(invitation)).map(|(&number, _)| number)
    }

    /// Whether an invitation with this code is good at that moment of Unix time in milliseconds.
    pub(crate) fn has_code(&self, code: &str, unix: u64) -> bool {
        let code = CodePrint::of(code);
        self.list.values().any(|invitation| invitation.is_opened_by(code, unix))
    }

    /// What is left for the next meeting in the room: codes in mails, which people keep in their calendars. Who comes next sees of
    /// them what is `shown`: in a room that belongs to somebody those whom nobody has used.
    pub(crate) fn kept(self, shown: bool) -> Invitations {
        let list = self.list.into_iter().filter(|(_, invitation)| invitation.letter.is_some());
        let later = |invitation: Invitation| {
            let hidden = invitation.hidden || !shown;
            Invitation { by: None, hidden, ..invitation }
        };
        Invitations {
            list: list.map(|(number, invitation)| (number, later(invitation))).collect(),
            given: self.given,
        }
    }

    /// Takes back what was kept over a restart, unless it is there already.
    pub(crate) fn recall(&mut self, record: InvitationRecord, shown: bool) {
        let whom = Invitee::Mail(record.mail);
        if self.list.len() >= Invitations::MOST || self.list.values().any(|known| known.whom == whom) {
            return;
        }
        let letter = Letter {
            uid: record.uid,
            codes: record.codes,
            by_name: record.by_name,
            language: record.language,
            sequence: record.sequence,
            created: record.created,
            expires: record.expires,
        };
        self.given += 1;
        let invitation = Invitation {
            whom,
            name: record.name,
            by: None,
            by_user: record.by,
            status: "mailed",
            at: iso(record.created),
            letter: Some(letter),
            hidden: record.used || !shown,
            used: record.used,
        };
        self.list.insert(self.given, invitation);
    }
}

impl Invitation {
    fn is_opened_by(&self, code: CodePrint, unix: u64) -> bool {
        self.letter.as_ref().is_some_and(|letter| letter.expires > unix && letter.codes.contains(&code))
    }

    /// As it is written down; only mails are.
    pub(crate) fn record(&self, room: &str) -> Option<InvitationRecord> {
        let (Invitee::Mail(mail), Some(letter)) = (&self.whom, &self.letter) else { return None };
        let Letter { uid, codes, by_name, language, sequence, created, expires } = letter.clone();
        Some(InvitationRecord {
            uid,
            room: room.to_owned(),
            codes,
            name: self.name.clone(),
            mail: mail.clone(),
            by: self.by_user.clone(),
            by_name,
            language,
            sequence,
            used: self.used,
            created,
            expires,
        })
    }

    /// As everybody in the room sees it: an e-mail address is nobody else's matter.
    pub(crate) fn to_value(&self) -> Value {
        let mut value = json!({"name": self.name, "status": self.status, "at": self.at});
        if let Some(by) = self.by {
            value["by"] = format!("p{by}").into();
        }
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

/// The primary tag of a language (RFC 5646, 2.2.1), in lower case; empty when it is none.
pub(crate) fn language(text: &str) -> String {
    let tag = text.split(['-', '_']).next().unwrap_or_default();
    let fits = (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    if fits { tag.to_ascii_lowercase() } else { String::new() }
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

    #[test]
    fn a_language_is_its_primary_tag_or_nothing() {
        let languages =
            [("de", "de"), ("pt-BR", "pt"), ("FR_ca", "fr"), ("", ""), ("x", ""), ("d3", ""), ("../de", "")];
        for (text, expected) in languages {
            assert_eq!(language(text), expected, "{text}");
        }
    }

    #[test]
    fn the_newest_codes_of_somebody_who_is_asked_again_are_good_until_they_are_too_old() {
        let mut invitations = Invitations::default();
        let by = Url::parse("user://csp.test/alice@csp.test").unwrap();
        let ask = |invitations: &mut Invitations, code: &str, at: u64| {
            let letter = Letter::new(format!("uid {code}"), code, "Alice".into(), "de".into(), at);
            let invitation = Invitation {
                whom: Invitee::Mail("eve@mail.test".into()),
                name: "Eve".into(),
                by: Some(1),
                by_user: by.clone(),
                status: "mailed",
                at: String::new(),
                letter: Some(letter),
                used: false,
                hidden: false,
            };
            invitations.add(invitation)
        };
        for code in ["a", "b", "c", "d", "e"] {
            assert_eq!(ask(&mut invitations, code, 5), 1);
        }
        let good = |invitations: &Invitations, unix: u64| {
            ["a", "b", "c", "d", "e", ""].map(|code| invitations.has_code(code, unix))
        };
        assert_eq!(good(&invitations, 5), [false, true, true, true, true, false]);
        let record = invitations.get(1).unwrap().record("4711").unwrap();
        assert_eq!((record.uid.as_str(), record.sequence, record.expires), ("uid a", 4, 7_776_000_005));
        assert_eq!(good(&invitations, record.expires), [false; 6]);

        let mut next = Invitations::default();
        next.recall(record.clone(), true);
        next.recall(record.clone(), true);
        assert_eq!((next.len(), next.shown().collect::<Vec<_>>()), (1, vec![1]));
        assert_eq!(good(&next, 5), good(&invitations, 5));
        assert_eq!(next.forget_old(record.expires - 1), Vec::<u32>::new());
        assert_eq!(next.forget_old(record.expires), [1]);
    }
}
