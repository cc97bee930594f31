//! Refresh tokens. Only fingerprints are stored; tokens that came from each other are one family.

use rusqlite::{OptionalExtension, params};

use super::{Database, DatabaseError};
use crate::secret::Fingerprint;

/// The most devices one user stays signed in on; the oldest sign-in gives way.
const MOST_PER_USER: i64 = 64;

impl Database {
    /// Stores a token until `expires` (Unix seconds).
    pub fn add_refresh(
        &self,
        fingerprint: &Fingerprint,
        user: &str,
        family: i64,
        expires: i64,
    ) -> Result<(), DatabaseError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let sql = "INSERT INTO refresh (fingerprint, user, family, expires) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(sql, params![fingerprint, user, family, expires])?;
        let sql = "DELETE FROM refresh WHERE user = ?1 AND fingerprint NOT IN
            (SELECT fingerprint FROM refresh WHERE user = ?1 ORDER BY expires DESC, rowid DESC LIMIT ?2)";
        transaction.execute(sql, params![user, MOST_PER_USER])?;
        Ok(transaction.commit()?)
    }

    /// Takes a token out, so that it is good once: whose it was and its family, unless it is unknown or expired.
    pub fn take_refresh(
        &self,
        fingerprint: &Fingerprint,
        now: i64,
    ) -> Result<Option<(String, i64)>, DatabaseError> {
        let sql = "DELETE FROM refresh WHERE fingerprint = ?1 RETURNING user, family, expires";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?));
        let taken: Option<(String, i64, i64)> = self.lock().query_row(sql, [fingerprint], row).optional()?;
        Ok(taken.filter(|(_, _, expires)| *expires > now).map(|(user, family, _)| (user, family)))
    }

    /// Forgets what has expired.
    pub fn prune_refresh(&self, now: i64) -> Result<(), DatabaseError> {
        self.lock().execute("DELETE FROM refresh WHERE expires <= ?1", [now])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_good_once_and_until_it_expires() {
        let database = Database::in_memory().unwrap();
        database.add_user("zoe", "Zoe", "hash").unwrap();
        database.add_refresh(&[1; 32], "zoe", 7, 100).unwrap();
        database.add_refresh(&[2; 32], "zoe", 8, 100).unwrap();
        assert_eq!(database.take_refresh(&[1; 32], 99).unwrap(), Some(("zoe".to_owned(), 7)));
        assert_eq!(database.take_refresh(&[1; 32], 99).unwrap(), None);
        assert_eq!(database.take_refresh(&[2; 32], 100).unwrap(), None);
    }

    #[test]
    fn another_password_ends_every_sign_in() {
        let database = Database::in_memory().unwrap();
        database.add_user("zoe", "Zoe", "hash").unwrap();
        database.add_refresh(&[1; 32], "zoe", 7, 100).unwrap();
        database.set_password("zoe", "other").unwrap();
        assert_eq!(database.take_refresh(&[1; 32], 0).unwrap(), None);
    }
}
