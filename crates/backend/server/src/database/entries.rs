//! Registry entries, and the thread that writes them.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use confab_message_node::{Persist, StoredEntry};
use confab_rethink::Url;
use rusqlite::params;

use super::{Database, DatabaseError};

impl Database {
    /// Every stored entry that can be read.
    pub fn entries(&self) -> Result<Vec<StoredEntry>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT url, owner, value, last_modified FROM entry")?;
        let rows = statement.query_map([], |row| {
            let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((texts, row.get::<_, i64>(3)?))
        })?;
        let mut entries = Vec::new();
        for row in rows {
            let ((url, owner, value), last_modified) = row?;
            let (Ok(url), Ok(value)) = (Url::parse(&url), serde_json::from_str(&value)) else { continue };
            let last_modified = u64::try_from(last_modified).unwrap_or_default();
            entries.push(StoredEntry { url, owner, value, last_modified });
        }
        Ok(entries)
    }

    /// Writes changes, all or none.
    pub fn write_entries(&self, changes: &BTreeMap<Url, Persist>) -> Result<(), DatabaseError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for (url, change) in changes {
            match change {
                Persist::Put(entry) => {
                    let sql = "INSERT OR REPLACE INTO entry (url, owner, value, last_modified) VALUES (?1, ?2, ?3, ?4)";
                    let value = serde_json::Value::Object(entry.value.clone()).to_string();
                    let modified = i64::try_from(entry.last_modified).unwrap_or(i64::MAX);
                    transaction.execute(sql, params![url.as_str(), entry.owner, value, modified])?;
                }
                Persist::Remove(_) => {
                    transaction.execute("DELETE FROM entry WHERE url = ?1", [url.as_str()])?;
                }
            }
        }
        Ok(transaction.commit()?)
    }
}

/// Writes entries on a thread of its own, so that a slow disk never holds up messages. Of many changes of one entry
/// that wait, only the last is written. Dropping it writes what waits.
#[derive(Debug)]
pub struct EntryWriter {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    changes: BTreeMap<Url, Persist>,
    closing: bool,
}

impl EntryWriter {
    /// Starts the thread.
    pub fn start(database: Database) -> std::io::Result<EntryWriter> {
        let desk = Arc::new(Desk::default());
        let shared = desk.clone();
        let thread =
            std::thread::Builder::new().name("confab-entries".into()).spawn(move || shared.run(&database))?;
        Ok(EntryWriter { desk, thread: Some(thread) })
    }

    /// Leaves a change to be written soon.
    pub fn write(&self, change: Persist) {
        let url = match &change {
            Persist::Put(entry) => entry.url.clone(),
            Persist::Remove(url) => url.clone(),
        };
        self.desk.waiting.lock().unwrap_or_else(PoisonError::into_inner).changes.insert(url, change);
        self.desk.woken.notify_one();
    }
}

impl Desk {
    fn run(&self, database: &Database) {
        let mut closing = false;
        while !closing {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            while waiting.changes.is_empty() && !waiting.closing {
                waiting = self.woken.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            let changes = std::mem::take(&mut waiting.changes);
            closing = waiting.closing;
            drop(waiting);
            if let Err(error) = database.write_entries(&changes) {
                tracing::error!(%error, count = changes.len(), "registry entries were not written");
            }
        }
    }
}

impl Drop for EntryWriter {
    fn drop(&mut self) {
        self.desk.waiting.lock().unwrap_or_else(PoisonError::into_inner).closing = true;
        self.desk.woken.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of registry entries has panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_of_an_entry_is_on_disk_when_the_writer_is_gone() {
        let database = Database::in_memory().unwrap();
        let writer = EntryWriter::start(database.clone()).unwrap();
        let entry = |number: u64| StoredEntry {
            url: Url::parse("hyperty://csp.test/h").unwrap(),
            owner: "zoe".into(),
            value: confab_rethink::message::body(serde_json::json!({"number": number})),
            last_modified: number,
        };
        for number in 0..100 {
            writer.write(Persist::Put(entry(number)));
        }
        let gone = Url::parse("hyperty://csp.test/gone").unwrap();
        writer.write(Persist::Put(StoredEntry { url: gone.clone(), ..entry(1) }));
        writer.write(Persist::Remove(gone));
        drop(writer);
        assert_eq!(database.entries().unwrap(), [entry(99)]);
    }
}
