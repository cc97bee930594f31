//! The ways to find a registration.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::Url;
use confab_rethink::registry::{Query, Record};

use super::entry::Entry;

/// What an entry is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Owner(String),
    User(String),
    Identifier(String),
    Guid(String),
    Name(String),
    Reporter(Url),
    Hyperty(Url),
    Object(Url),
}

#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<Key, BTreeSet<Url>>);

impl Index {
    pub(super) fn add(&mut self, entry: &Entry) {
        for key in keys(entry) {
            self.0.entry(key).or_default().insert(entry.url().clone());
        }
    }

    pub(super) fn remove(&mut self, entry: &Entry) {
        for key in keys(entry) {
            let Some(urls) = self.0.get_mut(&key) else { continue };
            urls.remove(entry.url());
            if urls.is_empty() {
                self.0.remove(&key);
            }
        }
    }

    pub(super) fn of_owner(&self, owner: &str) -> BTreeSet<Url> {
        self.get(Key::Owner(owner.to_owned()))
    }

    pub(super) fn find(&self, query: &Query) -> BTreeSet<Url> {
        match query {
            // Some runtimes register a bare e-mail as the user.
            Query::User(url) => {
                let mut urls = self.get(Key::User(url.to_string()));
                urls.extend(self.get(Key::User(url.last_segment().to_owned())));
                urls
            }
            Query::Identifier(identifier) => self.get(Key::Identifier(identifier.clone())),
            Query::Guid(guid) => self.get(Key::Guid(guid.clone())),
            Query::Hyperty(url) => self.get(Key::Hyperty(url.clone())),
            Query::Object(url) => self.get(Key::Object(url.clone())),
            Query::Name(name) => self.get(Key::Name(name.clone())),
            Query::Reporter(url) => self.get(Key::Reporter(url.clone())),
        }
    }

    fn get(&self, key: Key) -> BTreeSet<Url> {
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

fn keys(entry: &Entry) -> Vec<Key> {
    let mut keys = vec![Key::Owner(entry.owner.clone())];
    match &entry.record {
        Record::Hyperty(record) => {
            let identifier = record.user.rsplit('/').next().unwrap_or_default();
            keys.push(Key::User(record.user.clone()));
            keys.push(Key::Identifier(identifier.to_owned()));
            keys.push(Key::Hyperty(record.url.clone()));
            keys.extend(record.guid.clone().map(Key::Guid));
        }
        Record::Object(record) => {
            keys.push(Key::Name(record.name.clone()));
            keys.push(Key::Reporter(record.reporter.clone()));
            keys.push(Key::Object(record.url.clone()));
        }
    }
    keys
}
