//! `domain://registry.<domain>`: hyperties and data objects by URL, user, name and reporter.
//!
//! | file | holds |
//! |---|---|
//! | `desk` | what a registry message may do, and its answer |
//! | `entry` | one registration |
//! | `index` | the ways to find it |

mod desk;
mod entry;
mod index;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use confab_rethink::registry::{Criteria, Query, Record};
use confab_rethink::{Address, Url};
use confab_types::Mono;

use crate::claims::{self, Claims};
use crate::config::Limits;
use crate::port::{Persist, StoredEntry};
use crate::session::SessionId;
use entry::Entry;
use index::Index;

/// The longest a registration lives without a sign of life, in seconds.
const MAX_EXPIRES: u32 = 3_600;
/// How long a disconnected hyperty is remembered: long enough to tell "offline" from "unknown".
const KEEP_HYPERTY: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long a disconnected data object is remembered. Rooms come back under new URLs, so old ones only pile up.
const KEEP_OBJECT: Duration = Duration::from_secs(24 * 3_600);
/// How long a runtime that opened anew may take to register again what it had registered before.
const PROVE: Duration = Duration::from_secs(15);

/// What the node must do about a change.
#[derive(Debug, PartialEq)]
pub(crate) enum RegistryEvent {
    /// Tell those who watch.
    Status { url: Url, live: bool },
    /// Tell the disk.
    Persist(Persist),
}

/// Who registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registrant<'a> {
    pub(crate) session: SessionId,
    pub(crate) owner: &'a str,
    /// Whether it is worth storing. In-process parts register again at every start, and a session without a user
    /// cannot be told from another one after a restart.
    pub(crate) stored: bool,
}

#[derive(Debug)]
pub(crate) struct Registry {
    entries: BTreeMap<Url, Entry>,
    index: Index,
    /// When each entry expires or, once disconnected, is forgotten.
    timers: BTreeSet<(Mono, Url)>,
    events: VecDeque<RegistryEvent>,
    limits: Limits,
    wall: u64,
}

impl Registry {
    pub(crate) fn new(limits: Limits, wall: u64) -> Registry {
        Registry {
            entries: BTreeMap::new(),
            index: Index::default(),
            timers: BTreeSet::new(),
            events: VecDeque::new(),
            limits,
            wall,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn poll(&mut self) -> Option<RegistryEvent> {
        self.events.pop_front()
    }

    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.timers.first().map(|(at, _)| *at)
    }

    pub(crate) fn get(&self, url: &Url) -> Option<&Entry> {
        self.entries.get(url)
    }

    /// Whether one more registration of `owner` fits. The oldest disconnected one makes room for it.
    pub(crate) fn make_room(&mut self, owner: &str, claims: &mut Claims) -> bool {
        let urls = self.index.of_owner(owner);
        if urls.len() < self.limits.entries_per_user {
            return true;
        }
        let dead = urls.iter().filter_map(|url| self.entries.get(url)).filter(|entry| !entry.live);
        let Some(url) = dead.min_by_key(|entry| entry.last_modified).map(|entry| entry.url().clone()) else {
            return false;
        };
        self.remove(&url, claims);
        true
    }

    /// Registers, or registers again.
    pub(crate) fn put(&mut self, now: Mono, by: Registrant<'_>, mut record: Record, claims: &mut Claims) {
        entry::cap_expires(&mut record, MAX_EXPIRES);
        let live = entry::status(&record) == "live";
        let url = record.url().clone();
        let was_live = self.entries.get(&url).is_some_and(|entry| entry.live);
        let known = self.detach(&url, claims);
        let wall = self.wall_at(now);
        entry::set_starting_time(&mut record, known.as_ref().map(|entry| &entry.record), wall);
        let due = due(now, &record, live, Duration::ZERO);
        let entry = Entry {
            record,
            owner: by.owner.to_owned(),
            session: Some(by.session),
            live,
            lost: false,
            stored: by.stored,
            last_modified: wall,
            due,
        };
        self.attach(entry, claims);
        self.changed(&url, was_live);
    }

    /// A sign of life: the entry is live, whatever it was, and belongs to this session.
    pub(crate) fn keep_alive(&mut self, now: Mono, session: SessionId, url: &Url) {
        self.set_live(now, url, true, Some(session), false);
    }

    /// What the owner says about it.
    pub(crate) fn set_status(&mut self, now: Mono, session: SessionId, url: &Url, live: bool) {
        self.set_live(now, url, live, Some(session), false);
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, url: &Url, claims: &mut Claims) {
        let Some(entry) = self.detach(url, claims) else { return };
        if entry.live {
            self.events.push_back(RegistryEvent::Status { url: url.clone(), live: false });
        }
        if entry.stored {
            self.events.push_back(RegistryEvent::Persist(Persist::Remove(url.clone())));
        }
    }

    /// The connection of a session is lost: what it registered cannot be reached.
    pub(crate) fn lost(&mut self, session: SessionId) {
        for url in self.of_session(session, |entry| entry.live) {
            let entry = self.entries.get_mut(&url).expect("it was just found");
            // The timer stays: the entry would have expired then anyhow, and is forgotten that much later.
            entry.live = false;
            entry.lost = true;
            self.changed(&url, true);
        }
    }

    /// A session has its connection again, and with it what was lost.
    pub(crate) fn resumed(&mut self, session: SessionId) {
        for url in self.of_session(session, |entry| entry.lost) {
            let entry = self.entries.get_mut(&url).expect("it was just found");
            entry.live = true;
            entry.lost = false;
            self.changed(&url, false);
        }
    }

    /// What one session registered belongs to another one from now on.
    pub(crate) fn moved(&mut self, from: SessionId, to: SessionId) {
        for url in self.of_session(from, |_| true) {
            let entry = self.entries.get_mut(&url).expect("it was just found");
            entry.session = Some(to);
        }
    }

    /// The runtime of a session has opened it anew: it may be another start of the program, which knows nothing of what
    /// was registered before. What it does not register again soon is disconnected.
    pub(crate) fn opened_anew(&mut self, now: Mono, session: SessionId) {
        for url in self.of_session(session, |entry| entry.live) {
            let entry = self.entries.get_mut(&url).expect("it was just found");
            self.timers.remove(&(entry.due, url.clone()));
            entry.due = entry.due.min(now + PROVE);
            self.timers.insert((entry.due, url));
        }
    }

    /// Lets entries expire and forgets old ones.
    pub(crate) fn wake(&mut self, now: Mono, claims: &mut Claims) {
        while let Some((at, url)) = self.timers.first().cloned() {
            if at > now {
                break;
            }
            match self.entries.get(&url).is_some_and(|entry| entry.live || entry.lost) {
                true => self.set_live(now, &url, false, None, true),
                false => self.remove(&url, claims),
            }
        }
    }

    /// Takes an entry back from disk, disconnected.
    pub(crate) fn restore(&mut self, now: Mono, stored: StoredEntry, claims: &mut Claims) {
        let Ok(record) = Record::parse(&serde_json::Value::Object(stored.value)) else { return };
        let url = record.url().clone();
        if self.entries.contains_key(&url) {
            return;
        }
        let age = Duration::from_millis(self.wall_at(now).saturating_sub(stored.last_modified));
        let due = due(now, &record, false, age);
        let entry = Entry {
            record,
            owner: stored.owner,
            session: None,
            live: false,
            lost: false,
            stored: true,
            last_modified: stored.last_modified,
            due,
        };
        self.attach(entry, claims);
    }

    /// The entries that fit, the live ones first, at most as many as one answer may hold.
    pub(crate) fn find(&self, query: &Query, criteria: &Criteria) -> Vec<&Entry> {
        let urls = self.index.find(query);
        let mut found: Vec<&Entry> = urls
            .iter()
            .filter_map(|url| self.entries.get(url))
            .filter(|entry| entry.fits(criteria))
            .collect();
        found.sort_by_key(|entry| (!entry.live, std::cmp::Reverse(entry.last_modified)));
        found.truncate(self.limits.answers_per_query);
        found
    }

    fn set_live(&mut self, now: Mono, url: &Url, live: bool, session: Option<SessionId>, expired: bool) {
        let wall = self.wall_at(now);
        let Some(entry) = self.entries.get_mut(url) else { return };
        let due = due(now, &entry.record, live, Duration::ZERO);
        let was_live = entry.live;
        self.timers.remove(&(entry.due, url.clone()));
        entry.live = live;
        entry.lost = false;
        entry.due = due;
        if !expired {
            entry.last_modified = wall;
        }
        if session.is_some() {
            entry.session = session;
        }
        self.timers.insert((due, url.clone()));
        self.changed(url, was_live);
    }

    fn changed(&mut self, url: &Url, was_live: bool) {
        let Some(entry) = self.entries.get(url) else { return };
        if entry.live != was_live {
            self.events.push_back(RegistryEvent::Status { url: url.clone(), live: entry.live });
        }
        if entry.stored {
            self.events.push_back(RegistryEvent::Persist(Persist::Put(entry.to_stored())));
        }
    }

    fn of_session(&self, session: SessionId, fits: impl Fn(&Entry) -> bool) -> Vec<Url> {
        let entries = self.entries.iter();
        let entries = entries.filter(|(_, entry)| entry.session == Some(session) && fits(entry));
        entries.map(|(url, _)| url.clone()).collect()
    }

    fn attach(&mut self, entry: Entry, claims: &mut Claims) {
        let url = entry.url().clone();
        self.timers.insert((entry.due, url.clone()));
        self.index.add(&entry);
        for address in entry.addresses() {
            claims.hold(&entry.owner, claims::base(&Address::from(address)));
        }
        self.entries.insert(url, entry);
    }

    fn detach(&mut self, url: &Url, claims: &mut Claims) -> Option<Entry> {
        let entry = self.entries.remove(url)?;
        self.timers.remove(&(entry.due, url.clone()));
        self.index.remove(&entry);
        for address in entry.addresses() {
            claims.release(claims::base(&Address::from(address)));
        }
        Some(entry)
    }

    fn wall_at(&self, now: Mono) -> u64 {
        self.wall.saturating_add(now.as_millis())
    }
}

/// When a live entry expires, or a disconnected one of some age is forgotten.
fn due(now: Mono, record: &Record, live: bool, age: Duration) -> Mono {
    match (live, record) {
        (true, _) => now + Duration::from_secs(u64::from(record.expires())),
        (false, Record::Hyperty(_)) => now + KEEP_HYPERTY.saturating_sub(age),
        (false, Record::Object(_)) => now + KEEP_OBJECT.saturating_sub(age),
    }
}
