//! Rooms that people have made, and how doors of rooms are.

use std::collections::BTreeMap;

use confab_rethink::Url;
use confab_rooms::{DoorRecord, RoomRecord};
use rusqlite::params;

use super::{Database, DatabaseError};

impl Database {
    /// Every room with the user whose it is, in the order in which they were made. One whose owner cannot be read belongs to nobody.
    pub fn rooms(&self) -> Result<Vec<(String, Option<Url>)>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT name, owner FROM room ORDER BY created, name")?;
        let rows = statement.query_map([], |row| {
            let (name, owner): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((name, Url::parse(&owner).ok()))
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

    /// Doors that were ever changed, by the name of their room.
    pub fn doors(&self) -> Result<BTreeMap<String, DoorRecord>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT room, lobby, guests, invented FROM door")?;
        let rows = statement.query_map([], |row| {
            let door = DoorRecord { lobby: row.get(1)?, guests: row.get(2)?, invented: row.get(3)? };
            Ok((row.get(0)?, door))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps how a room's door is, in place of what was kept before.
    pub fn put_door(&self, room: &str, door: DoorRecord) -> Result<(), DatabaseError> {
        let sql = "INSERT OR REPLACE INTO door (room, lobby, guests, invented) VALUES (?1, ?2, ?3, ?4)";
        self.lock().execute(sql, params![room, door.lobby, door.guests, door.invented])?;
        Ok(())
    }
}
