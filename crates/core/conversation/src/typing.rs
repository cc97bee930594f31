//! Who is writing: told at most every three seconds, believed for six.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::Address;
use confab_types::Mono;
use serde_json::Value;

/// How often it is told while somebody writes.
const EVERY: Duration = Duration::from_secs(3);
/// How long it is believed.
const BELIEVED: Duration = Duration::from_secs(6);
/// Most people at once.
const MOST: usize = 16;

/// Who is writing.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    told: Option<Mono>,
    until: BTreeMap<Address, Mono>,
}

impl Typing {
    /// We write: whether it is time to tell.
    pub(crate) fn tell(&mut self, now: Mono) -> bool {
        let due = self.told.is_none_or(|told| now >= told + EVERY);
        if due {
            self.told = Some(now);
        }
        due
    }

    /// We have stopped, or said it: the next letter is told at once.
    pub(crate) fn rest(&mut self) {
        self.told = None;
    }

    /// A transient signal of a participant.
    pub(crate) fn heard(&mut self, now: Mono, from: &Address, value: &Value) {
        let typing = value == "typing" || value["type"] == "typing";
        if typing && (self.until.len() < MOST || self.until.contains_key(from)) {
            self.until.insert(from.clone(), now + BELIEVED);
        }
    }

    /// They have said it, or left.
    pub(crate) fn stopped(&mut self, from: &Address) {
        self.until.remove(from);
    }

    /// Forgets everybody.
    pub(crate) fn clear(&mut self) {
        self.until.clear();
    }

    /// Who writes now.
    pub(crate) fn who(&self) -> impl Iterator<Item = &Address> {
        self.until.keys()
    }

    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.until.values().min().copied()
    }

    pub(crate) fn wake(&mut self, now: Mono) {
        self.until.retain(|_, until| *until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_every_three_seconds_and_believed_for_six() {
        let (mut typing, from) = (Typing::default(), Address::parse("hyperty://a.test/b").unwrap());
        let at = Mono::from_millis;
        assert_eq!([0, 1000, 2999, 3000].map(|ms| typing.tell(at(ms))), [true, false, false, true]);
        typing.heard(at(0), &from, &Value::from("volume"));
        assert_eq!(typing.deadline(), None);
        typing.heard(at(1000), &from, &Value::from("typing"));
        typing.wake(at(6999));
        assert_eq!(typing.who().count(), 1);
        typing.wake(typing.deadline().unwrap());
        assert_eq!(typing.who().count(), 0);
    }
}
