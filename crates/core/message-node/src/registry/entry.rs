//! One registration.

use confab_rethink::Url;
use confab_rethink::registry::{Criteria, Instance, Record};
use confab_types::Mono;
use serde_json::Value;

use crate::iso::iso8601;
use crate::port::StoredEntry;
use crate::session::SessionId;

#[derive(Debug)]
pub(crate) struct Entry {
    /// As registered, with what was merged into it later; its status is written when it is read.
    pub(crate) record: Record,
    /// Who may change it.
    pub(crate) owner: String,
    /// Whose connection it hangs on; `None` after a restart.
    pub(crate) session: Option<SessionId>,
    /// Whether it can be reached.
    pub(crate) live: bool,
    /// Disconnected only because the connection was lost: it comes back with the session.
    pub(crate) lost: bool,
    /// Whether it is kept on disk.
    pub(crate) stored: bool,
    /// Unix time of the last sign of life, in milliseconds.
    pub(crate) last_modified: u64,
    /// When it expires or is forgotten: its timer.
    pub(crate) due: Mono,
}

impl Entry {
    pub(crate) fn url(&self) -> &Url {
        self.record.url()
    }

    /// The addresses that are owned through it.
    pub(crate) fn addresses(&self) -> [&Url; 2] {
        match &self.record {
            Record::Hyperty(record) => [&record.url, &record.runtime],
            Record::Object(record) => [&record.url, &record.runtime],
        }
    }

    pub(crate) fn fits(&self, criteria: &Criteria) -> bool {
        match &self.record {
            Record::Hyperty(record) => {
                criteria.reporter.is_none() && criteria.fits(&record.resources, &record.data_schemes)
            }
            Record::Object(record) => {
                criteria.reporter.as_ref().is_none_or(|reporter| *reporter == record.reporter)
                    && criteria.fits(&record.resources, &record.data_schemes)
            }
        }
    }

    /// As look-ups answer it.
    pub(crate) fn to_value(&self) -> Value {
        let mut instance = Instance::of(&self.record, Some(iso8601(self.last_modified)));
        instance.status = if self.live { "live" } else { "disconnected" }.to_owned();
        instance.to_value()
    }

    pub(crate) fn to_stored(&self) -> StoredEntry {
        StoredEntry {
            url: self.url().clone(),
            owner: self.owner.clone(),
            value: confab_rethink::message::body(self.record.to_value()),
            last_modified: self.last_modified,
        }
    }
}

/// What the record says about itself.
pub(crate) fn status(record: &Record) -> &str {
    match record {
        Record::Hyperty(record) => &record.status,
        Record::Object(record) => &record.status,
    }
}

/// At least one second, at most `most`.
pub(crate) fn cap_expires(record: &mut Record, most: u32) {
    let expires = match record {
        Record::Hyperty(record) => &mut record.expires,
        Record::Object(record) => &mut record.expires,
    };
    *expires = (*expires).clamp(1, most);
}

/// Hyperties and objects tell since when they are there; registering again does not change it.
pub(crate) fn set_starting_time(record: &mut Record, known: Option<&Record>, wall: u64) {
    match (record, known) {
        (Record::Hyperty(record), known) => {
            let known = match known {
                Some(Record::Hyperty(known)) => known.extra.get("startingTime").cloned(),
                _ => None,
            };
            record.extra.insert("startingTime".into(), known.unwrap_or_else(|| iso8601(wall).into()));
        }
        (Record::Object(record), known) if record.starting_time.is_none() => {
            let known = match known {
                Some(Record::Object(known)) => known.starting_time.clone(),
                _ => None,
            };
            record.starting_time = Some(known.unwrap_or_else(|| iso8601(wall)));
        }
        (Record::Object(_), _) => {}
    }
}
