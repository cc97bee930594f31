//! What has happened in a room, for its organisers.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Milliseconds of Unix time.
    pub(crate) at: u64,
    /// A word of the protocol page.
    pub(crate) what: &'static str,
    /// Who did it; empty when nobody did.
    pub(crate) by: String,
    /// To whom; empty when to nobody.
    pub(crate) who: String,
    /// A reason, a role, a setting.
    pub(crate) text: String,
}

/// The latest entries, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(VecDeque<Entry>);

impl Log {
    /// The most entries that are kept.
    const MOST: usize = 1024;

    pub(crate) fn add(&mut self, entry: Entry) {
        if self.0.len() == Log::MOST {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(crate) fn to_value(&self) -> Value {
        let line = |entry: &Entry| json!({"at": entry.at, "what": entry.what, "by": entry.by, "who": entry.who, "text": entry.text});
        self.0.iter().map(line).collect()
    }
}
