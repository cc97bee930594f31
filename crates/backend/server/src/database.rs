//! The SQLite file: accounts, refresh tokens, used ID tokens, registry entries, rooms and their invitations. Calls block for a few milliseconds.

mod entries;
mod invitations;
mod refresh;
mod rooms;
mod spent;
mod users;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

pub use entries::EntryWriter;
pub use users::Account;

/// Steps from an empty file to today's tables; the file's `user_version` says how many were taken. A step that was ever
/// released is never changed.
const MIGRATIONS: [&str; 4] = [
    "
    CREATE TABLE user (
        name TEXT PRIMARY KEY NOT NULL,
        display TEXT NOT NULL,
        password TEXT NOT NULL
    ) STRICT;
    CREATE TABLE refresh (
        fingerprint BLOB PRIMARY KEY NOT NULL,
        user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
        family INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX refresh_of_user ON refresh(user);
    CREATE TABLE entry (
        url TEXT PRIMARY KEY NOT NULL,
        owner TEXT NOT NULL,
        value TEXT NOT NULL,
        last_modified INTEGER NOT NULL
    ) STRICT;
",
    "
    CREATE TABLE spent (
        fingerprint BLOB PRIMARY KEY NOT NULL,
        until INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX spent_until ON spent(until);
",
    "
    CREATE TABLE room (
        name TEXT PRIMARY KEY NOT NULL,
        owner TEXT NOT NULL,
        created INTEGER NOT NULL
    ) STRICT;
",
    "
    CREATE TABLE door (
        room TEXT PRIMARY KEY NOT NULL,
        lobby INTEGER NOT NULL,
        guests INTEGER NOT NULL,
        invented INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE invitation (
        uid TEXT PRIMARY KEY NOT NULL,
        room TEXT NOT NULL,
        codes BLOB NOT NULL,
        name TEXT NOT NULL,
        mail TEXT NOT NULL,
        by TEXT NOT NULL,
        by_name TEXT NOT NULL,
        language TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        used INTEGER NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX invitation_to_room ON invitation(room);
    CREATE INDEX invitation_expires ON invitation(expires);
",
];

/// What went wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite says so.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A newer program has written it.
    #[error("database has version {0}, newer than this program")]
    TooNew(u32),
}

/// One connection, shared: everything here is short.
#[derive(Clone, Debug)]
pub struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens the file, making or migrating it.
    pub fn open(path: &Path) -> Result<Database, DatabaseError> {
        Database::prepare(Connection::open(path)?)
    }

    /// A database that is gone when it is dropped.
    pub fn in_memory() -> Result<Database, DatabaseError> {
        Database::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Database, DatabaseError> {
        // A write-ahead log that is synchronised at checkpoints loses at most the last seconds in a power cut.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = MIGRATIONS.len() as u32;
        if version > known {
            return Err(DatabaseError::TooNew(version));
        }
        for (step, sql) in (1..=known).zip(MIGRATIONS).skip(version as usize) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", step)?;
            transaction.commit()?;
        }
        Ok(Database(Arc::new(Mutex::new(connection))))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle of a statement leaves SQLite itself in order.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_migrated_once_and_one_of_a_newer_program_is_refused() {
        let folder = std::env::temp_dir().join(format!("confab-database-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("confab.db");
        Database::open(&path).unwrap().add_user("zoe", "Zoe", "hash").unwrap();
        assert!(Database::open(&path).unwrap().user("zoe").unwrap().is_some());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Database::open(&path), Err(DatabaseError::TooNew(99))));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
