//! Rooms that people have made.

use confab_rethink::Url;
use confab_rooms::RoomRecord;
use rusqlite::params;

use super::{Database, DatabaseError};
use crate::rooms::Opening;

impl Database {
    /// Every room, in the order in which they were made. One whose owner cannot be read belongs to nobody.
    pub fn rooms(&self) -> Result<Vec<Opening>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT name, owner FROM room ORDER BY created, name")?;
        let rows = statement.query_map([], |row| {
            let (name, owner): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(Opening { name, owner: Url::parse(&owner).ok() })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps a room; one of that name that is kept already stays.
    pub fn add_room(&self, room: &RoomRecord) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO room (name, owner, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let created = i64::try_from(room.created).unwrap_or(i64::MAX);
        self.lock().execute(sql, params![room.name, room.owner.as_str(), created])?;
        Ok(())
    }
}
