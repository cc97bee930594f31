//! A room that passes on what is said: who is in it, which of them we are, and the key to its file store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use confab_line::Line;
use confab_media_model::StoreAccess;
use confab_media_model::files::MAX_FILE;
use confab_rethink::{Address, Code, Draft, Kind, Message, RequestId, Url};
use confab_types::Mono;
use serde_json::Value;

use crate::text::clean_word;

/// How long a key to the store is used; it lives ten minutes.
const RENEW: Duration = Duration::from_secs(8 * 60);
/// How long until the room is asked again after it gave none.
const AGAIN: Duration = Duration::from_secs(20);
/// How long until it is asked again after the store refused the key it gave.
const REFUSED_AGAIN: Duration = Duration::from_secs(2);
/// Most names that are remembered of people who have left.
const MAX_NAMES: usize = 2000;
/// The longest address or key of a store, bytes.
const MAX_ACCESS: usize = 4096;

/// The file store as the room has opened it to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    pub(crate) access: StoreAccess,
    /// The largest file it takes, bytes.
    pub(crate) limit: u64,
}

/// What the room says of its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreAnswer {
    /// It is open to us.
    Open(Store),
    /// There is none for us.
    No,
    /// It has not said.
    Unknown,
}

/// The room's side.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Whether the room has said, over the present connection, that we are in it.
    inside: bool,
    /// Every key that was ours: after a long absence one gets another.
    mine: BTreeSet<Address>,
    /// Who is there.
    present: BTreeSet<Address>,
    /// What they are called, those who have left included.
    names: BTreeMap<Address, String>,
    /// The question for the store that is on its way.
    asked: Option<RequestId>,
    ask_at: Option<Mono>,
}

impl Room {
    pub(crate) fn is_in(&self) -> bool {
        self.inside
    }

    pub(crate) fn is_me(&self, key: &Address) -> bool {
        self.mine.contains(key)
    }

    pub(crate) fn takes_part(&self, key: &Address) -> bool {
        self.present.contains(key)
    }

    pub(crate) fn name_of(&self, key: &Address) -> String {
        self.names.get(key).cloned().unwrap_or_default()
    }

    /// Somebody else who is there, by their roster key.
    pub(crate) fn present(&self, key: &str) -> Option<Address> {
        let key = Address::parse(key).ok()?;
        self.present.get(&key).filter(|key| !self.is_me(key)).cloned()
    }

    /// The room has let us in.
    pub(crate) fn admitted(&mut self, me: Address) {
        self.inside = true;
        self.mine.insert(me);
        (self.asked, self.ask_at) = (None, Some(Mono::ZERO));
    }

    /// The connection is lost.
    pub(crate) fn disconnected(&mut self) {
        self.inside = false;
        (self.asked, self.ask_at) = (None, None);
    }

    /// The room is elsewhere: nobody is known there yet.
    pub(crate) fn moved(&mut self) {
        self.disconnected();
        self.present.clear();
        self.names.clear();
        self.mine.clear();
    }

    /// Who is there now; returns those who are no longer.
    pub(crate) fn set_people<'a>(
        &mut self,
        people: impl Iterator<Item = (Address, &'a str)>,
    ) -> Vec<Address> {
        let mut present = BTreeSet::new();
        for (key, name) in people {
            if self.names.len() < MAX_NAMES || self.names.contains_key(&key) {
                self.names.insert(key.clone(), clean_word(name));
            }
            present.insert(key);
        }
        let gone = self.present.difference(&present).cloned().collect();
        self.present = present;
        gone
    }

    /// Asks the room for the key to its store, when that is due.
    pub(crate) fn ask_store(&mut self, line: &mut Line<'_>, room: &Url) {
        if !self.inside || self.asked.is_some() || self.ask_at.is_none_or(|at| at > line.now) {
            return;
        }
        let draft = Draft::new(Kind::Execute, line.hyperty, room)
            .with("method", "files")
            .with("params", Value::Array(Vec::new()))
            .with("identity", line.identity.to_value());
        self.ask_at = Some(line.now + AGAIN);
        self.asked = line.request(draft).ok();
    }

    /// The store does not take the key.
    pub(crate) fn store_refused(&mut self, line: &mut Line<'_>, room: &Url) {
        if self.asked.is_none() {
            // Not at once: a store that refuses every key is not asked in circles.
            let at = line.now + REFUSED_AGAIN;
            self.ask_at = Some(self.ask_at.filter(|asked| *asked < at).unwrap_or(at));
        }
        self.ask_store(line, room);
    }

    /// The room's answer. `None` when it is another's.
    pub(crate) fn replied(
        &mut self,
        now: Mono,
        request: RequestId,
        message: &Message,
    ) -> Option<StoreAnswer> {
        if self.asked != Some(request) {
            return None;
        }
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        if code.is_provisional() {
            return Some(StoreAnswer::Unknown);
        }
        self.asked = None;
        if code.is_refusal() || code == Code::NOT_FOUND {
            // A room without a store has none later either: it is asked again when it lets us in again.
            self.ask_at = None;
            return Some(StoreAnswer::No);
        }
        let store = message.value().and_then(Store::read).filter(|_| code.is_ok());
        if store.is_some() {
            self.ask_at = Some(now + RENEW);
        }
        Some(store.map_or(StoreAnswer::Unknown, StoreAnswer::Open))
    }

    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.ask_at.filter(|_| self.inside && self.asked.is_none())
    }
}

impl Store {
    /// The answer to `files`: `{url, token, limit}`.
    fn read(value: &Value) -> Option<Store> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| text.len() <= MAX_ACCESS);
        let url = text("url")?.trim_end_matches('/');
        let web = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let token = text("token").filter(|token| plain(token))?;
        let limit = value.get("limit").and_then(Value::as_u64).unwrap_or(MAX_FILE).min(MAX_FILE);
        let access = StoreAccess { url: url.to_owned(), token: token.to_owned() };
        (web && plain(url)).then_some(Store { access, limit })
    }
}
