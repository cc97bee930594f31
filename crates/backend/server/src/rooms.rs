//! The rooms that are open from the start: those of the options, and those that people have made for themselves, with what was
//! kept of them; and the thread that keeps it.

use std::str::FromStr;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use confab_rethink::{Domain, Url};
use confab_rooms::{DoorRecord, InvitationRecord, Keep};

use crate::Config;
use crate::database::{Database, DatabaseError};

/// The room of a backend that is told of none, and whose it is where there is such an account.
const USUAL: (&str, &str) = ("4711", "alice");

/// A room of the options: `4711`, or `4711=alice` with the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomOption {
    /// Its name or number.
    pub name: String,
    /// The account that organises whenever it is there.
    pub owner: Option<String>,
}

/// A room to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its name or number.
    pub name: String,
    /// Whose it is.
    pub owner: Option<Url>,
    /// Its door, where it was ever changed.
    pub door: Option<DoorRecord>,
    /// Invitations by mail that are good.
    pub invitations: Vec<InvitationRecord>,
}

/// Why rooms cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// An owner who cannot sign in.
    #[error("room {room} cannot belong to {owner}: there is no such account")]
    Owner {
        /// Which room.
        room: String,
        /// The account.
        owner: String,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl FromStr for RoomOption {
    type Err = String;

    fn from_str(text: &str) -> Result<RoomOption, String> {
        let (name, owner) = match text.split_once('=') {
            Some((name, owner)) => (name, Some(owner.to_owned())),
            None => (text, None),
        };
        if name.is_empty() || owner.as_ref().is_some_and(String::is_empty) {
            return Err(format!("{text:?} is not a room or room=account"));
        }
        Ok(RoomOption { name: name.to_owned(), owner })
    }
}

/// What is to be opened. A room of the options that says no owner keeps the one that it has.
pub(crate) fn at_start(config: &Config, database: &Database) -> Result<Vec<Opening>, RoomError> {
    let mut rooms = database.rooms()?;
    let (mut doors, mut invitations) = (database.doors()?, database.invitations()?);
    let usual = || {
        let (name, owner) = USUAL;
        let owner = database.user(owner)?.map(|account| account.name);
        Ok::<_, RoomError>(vec![RoomOption { name: name.to_owned(), owner }])
    };
    let wanted = if config.rooms.is_empty() { usual()? } else { config.rooms.clone() };
    for RoomOption { name, owner } in wanted {
        let owner = owner.map(|owner| account(&config.domain, &name, owner, database)).transpose()?;
        match rooms.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = owner.or(known.take()),
            None => rooms.push((name, owner)),
        }
    }
    let opening = |(name, owner): (String, Option<Url>)| {
        let door = doors.remove(&name);
        let invitations = invitations.extract_if(.., |invitation| invitation.room == name).collect();
        Opening { name, owner, door, invitations }
    };
    Ok(rooms.into_iter().map(opening).collect())
}

fn account(domain: &Domain, room: &str, owner: String, database: &Database) -> Result<Url, RoomError> {
    let known = database.user(&owner)?.and_then(|_| Url::user(domain, &format!("{owner}@{domain}")).ok());
    known.ok_or(RoomError::Owner { room: room.to_owned(), owner })
}

/// Orders that may wait for the disk.
const WAITING: usize = 1_024;

/// Keeps what is to be kept of rooms, in order, on a thread that may wait for the disk. Dropping it writes what waits.
#[derive(Debug)]
pub struct RoomKeeper {
    orders: Option<SyncSender<Keep>>,
    thread: Option<JoinHandle<()>>,
}

impl RoomKeeper {
    /// Starts the thread.
    pub fn start(database: Database) -> std::io::Result<RoomKeeper> {
        let (orders, waiting) = sync_channel::<Keep>(WAITING);
        let write = move || {
            for order in waiting {
                if let Err(error) = write(&database, &order) {
                    tracing::error!(%error, ?order, "what is to be kept of a room is not");
                }
            }
        };
        let thread = std::thread::Builder::new().name("confab-rooms".into()).spawn(write)?;
        Ok(RoomKeeper { orders: Some(orders), thread: Some(thread) })
    }

    /// Leaves an order to be carried out soon. Never waits.
    pub fn keep(&self, order: Keep) {
        let Some(orders) = &self.orders else { return };
        if let Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) = orders.try_send(order) {
            tracing::error!(?order, "what is to be kept of a room is not: the disk does not keep up");
        }
    }
}

fn write(database: &Database, order: &Keep) -> Result<(), DatabaseError> {
    match order {
        Keep::Room(room) => database.add_room(room),
        Keep::Door { room, door } => database.put_door(room, *door),
        Keep::Invitation(invitation) => database.put_invitation(invitation),
        Keep::Forget { uid } => database.remove_invitation(uid),
    }
}

impl Drop for RoomKeeper {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the keeper of rooms has panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use confab_rooms::RoomRecord;

    use super::*;

    fn house(users: &[&str], rooms: &[&str]) -> (Config, Database) {
        let database = Database::in_memory().unwrap();
        users.iter().for_each(|name| database.add_user(name, name, "hash").unwrap());
        let rooms = rooms.iter().map(|room| room.parse().unwrap()).collect();
        (Config { rooms, ..Config::on_loopback("data", "secret") }, database)
    }

    fn opened(config: &Config, database: &Database) -> Vec<(String, Option<String>)> {
        let rooms = at_start(config, database).unwrap().into_iter();
        rooms.map(|room| (room.name, room.owner.map(|owner| owner.last_segment().to_owned()))).collect()
    }

    #[test]
    fn the_usual_room_is_alices_where_there_is_an_alice() {
        let alices = ("4711".to_owned(), Some("alice@confab.local".to_owned()));
        let (config, database) = house(&["alice", "bob"], &[]);
        assert_eq!(opened(&config, &database), [alices]);
        let (config, database) = house(&["bob"], &[]);
        assert_eq!(opened(&config, &database), [("4711".to_owned(), None)]);
        let (config, database) = house(&["alice"], &["4711"]);
        assert_eq!(opened(&config, &database), [("4711".to_owned(), None)], "as it was asked for");
    }

    #[test]
    fn rooms_that_people_have_made_are_there_again() {
        let (config, database) = house(&["alice", "bob"], &["4711=bob", "standup"]);
        let owner = Url::user(&config.domain, "alice@confab.local").unwrap();
        let keeper = RoomKeeper::start(database.clone()).unwrap();
        keeper.keep(Keep::Room(RoomRecord { name: "standup".into(), owner, created: 5 }));
        let doors = [true, false].map(|lobby| DoorRecord { lobby, guests: true, invented: false });
        doors.iter().for_each(|&door| keeper.keep(Keep::Door { room: "standup".into(), door }));
        drop(keeper);
        let bobs = ("4711".to_owned(), Some("bob@confab.local".to_owned()));
        let alices = ("standup".to_owned(), Some("alice@confab.local".to_owned()));
        assert_eq!(opened(&config, &database), [alices, bobs]);
        let found = at_start(&config, &database).unwrap();
        assert_eq!((found[0].door, found[1].door), (Some(doors[1]), None));
    }

    #[test]
    fn a_room_belongs_to_somebody_who_can_sign_in() {
        let (config, database) = house(&["alice"], &["4711=zoe"]);
        assert!(matches!(at_start(&config, &database), Err(RoomError::Owner { .. })));
        for bad in ["", "=alice", "4711="] {
            assert!(bad.parse::<RoomOption>().is_err(), "{bad}");
        }
    }
}
