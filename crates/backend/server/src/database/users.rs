//! Accounts.

use rusqlite::{OptionalExtension, params};

use super::{Database, DatabaseError};

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it signs in with, lower case.
    pub name: String,
    /// What people read.
    pub display: String,
    /// The password's hash in PHC form.
    pub password: String,
}

impl Database {
    /// The account of that name.
    pub fn user(&self, name: &str) -> Result<Option<Account>, DatabaseError> {
        let sql = "SELECT name, display, password FROM user WHERE name = ?1";
        let account = |row: &rusqlite::Row<'_>| {
            Ok(Account { name: row.get(0)?, display: row.get(1)?, password: row.get(2)? })
        };
        Ok(self.lock().query_row(sql, [name], account).optional()?)
    }

    /// Every account, as name and what people read.
    pub fn names(&self) -> Result<Vec<(String, String)>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT name, display FROM user ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes an account; `password` is a hash.
    pub fn add_user(&self, name: &str, display: &str, password: &str) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO user (name, display, password) VALUES (?1, ?2, ?3)";
        self.lock().execute(sql, params![name, display, password])?;
        Ok(())
    }

    /// Gives an account another password and takes its refresh tokens away.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), DatabaseError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("UPDATE user SET password = ?2 WHERE name = ?1", params![name, password])?;
        transaction.execute("DELETE FROM refresh WHERE user = ?1", [name])?;
        Ok(transaction.commit()?)
    }
}
