//! ID tokens that somebody has signed in with: each is good once, over restarts too. Only fingerprints are stored.

use rusqlite::params;

use super::{Database, DatabaseError};
use crate::secret::Fingerprint;

/// The most tokens that are remembered. They live for minutes, and only those who could sign in have any.
const MOST: i64 = 65_536;

impl Database {
    /// Remembers a token as used until it would be refused for its age; false when it was used before, or when so many are
    /// remembered that one more would be forgotten. Both moments are Unix seconds.
    pub fn spend(&self, fingerprint: &Fingerprint, until: i64, now: i64) -> Result<bool, DatabaseError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM spent WHERE until < ?1", [now])?;
        let sql =
            "INSERT INTO spent (fingerprint, until) SELECT ?1, ?2 WHERE (SELECT count(*) FROM spent) < ?3
            ON CONFLICT DO NOTHING";
        let added = transaction.execute(sql, params![fingerprint, until, MOST])?;
        transaction.commit()?;
        Ok(added == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_spent_once_until_its_age_refuses_it() {
        let database = Database::in_memory().unwrap();
        assert!(database.spend(&[1; 32], 100, 50).unwrap());
        assert!(!database.spend(&[1; 32], 100, 100).unwrap());
        assert!(database.spend(&[2; 32], 200, 100).unwrap());
        assert!(database.spend(&[1; 32], 300, 101).unwrap(), "it is forgotten after that");
    }
}
