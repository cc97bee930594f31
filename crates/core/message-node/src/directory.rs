//! The people of the domain, found by a part of their name: whether they were ever online or not, and without saying
//! whether they are.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::{Code, Message, Url};
use confab_types::Mono;
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::node::MessageNode;
use crate::session::SessionId;

/// Most people in one answer: whoever is not among them is found by another letter.
const MOST: usize = 20;
/// Longest searched text in characters.
const LONGEST: usize = 128;
/// Searches of one session at once; one more is allowed after each [`REFILL`].
const BURST: u32 = 20;
const REFILL: Duration = Duration::from_millis(500);

/// Somebody with an account in the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `user://<domain>/<name>@<domain>`.
    pub user: Url,
    /// What people read.
    pub name: String,
}

#[derive(Debug, Default)]
pub(crate) struct Directory(BTreeMap<Url, Listed>);

#[derive(Debug)]
struct Listed {
    name: String,
    /// Both in lower case, for comparing.
    folded: [String; 2],
}

impl Directory {
    /// Lists somebody, or changes their name.
    pub(crate) fn enrol(&mut self, person: Person) {
        let folded = [person.name.to_lowercase(), person.user.last_segment().to_lowercase()];
        self.0.insert(person.user, Listed { name: person.name, folded });
    }

    /// At most [`MOST`] people whose name or user name has the text in it, those first whose begins with it.
    fn search(&self, text: &str) -> Vec<(&Url, &str)> {
        let text = text.to_lowercase();
        let fits = |(_, listed): &(&Url, &Listed)| listed.folded.iter().any(|known| known.contains(&text));
        let mut found: Vec<(&Url, &Listed)> = self.0.iter().filter(fits).collect();
        found.sort_by_key(|(user, listed)| {
            (!listed.folded.iter().any(|known| known.starts_with(&text)), &listed.folded, *user)
        });
        found.into_iter().take(MOST).map(|(user, listed)| (user, listed.name.as_str())).collect()
    }
}

/// How many searches a session may still make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    left: u32,
    /// Until when refills are counted.
    counted: Mono,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance { left: BURST, counted: Mono::ZERO }
    }
}

impl Allowance {
    /// Uses one up; false when none is left.
    fn take(&mut self, now: Mono) -> bool {
        let refills = now.since(self.counted).as_millis() / REFILL.as_millis();
        self.left = u32::try_from(refills).unwrap_or(BURST).saturating_add(self.left).min(BURST);
        if refills > 0 {
            self.counted = now;
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

impl<A: Authority> MessageNode<A> {
    pub(crate) fn directory_answer(&mut self, now: Mono, id: SessionId, message: &Message) -> Message {
        let session = self.sessions.get_mut(id);
        if session.is_visitor(&self.config.domain) || session.is_guest() {
            return message.error(Code::FORBIDDEN, "only users of this domain search its directory");
        }
        if !session.searches.take(now) {
            return message.error(Code::Num(429), "too many searches");
        }
        let text = message.body.get("criteria").and_then(|criteria| criteria.get("text"));
        let text = text.and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if text.is_empty() || text.chars().count() > LONGEST {
            return message.error(Code::BAD_REQUEST, "criteria.text has 1 to 128 characters");
        }
        let found = self.directory.search(text).into_iter();
        let found: Value = found.map(|(user, name)| (user.to_string(), json!({"name": name}))).collect();
        message.ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_searches_on_and_on_is_slowed_to_two_a_second() {
        let mut allowance = Allowance::default();
        let at = Mono::from_millis;
        assert_eq!((0..100).filter(|_| allowance.take(at(0))).count(), BURST as usize);
        let over_ten_seconds = (1..=1_000).filter(|step| allowance.take(at(step * 10))).count();
        assert_eq!(over_ten_seconds, 20);
        assert!((0..100).filter(|_| allowance.take(at(3_600_000))).count() == BURST as usize);
    }
}
