//! The ways to take part: owning the object, observing it, and a room that passes on.

mod guest;
mod owner;
mod room;

use confab_rethink::{Address, Child, Url};
use serde_json::Value;

pub(crate) use guest::Guest;
pub(crate) use owner::Owner;
pub(crate) use room::{Room, Store, StoreAnswer};

use crate::conversation::Person;

/// Which of them it is.
pub(crate) enum Side {
    /// We have made it.
    Owner(Box<Owner>),
    /// We were invited.
    Guest(Box<Guest>),
    /// It is a room's: participants are known by their roster keys.
    Room(Box<Room>),
}

/// What a side has heard, from somebody who takes part.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Somebody is there (again): what was not acknowledged is worth another try.
    Life,
    /// Something was posted.
    Child(Child),
    /// A transient signal.
    Event(Address, Value),
    /// Somebody has left.
    Left(Address),
    /// It is over for us.
    Closed,
}

impl Side {
    /// Whether somebody would hear us now, the connection given.
    pub(crate) fn has_company(&self) -> bool {
        match self {
            Side::Owner(owner) => owner.has_company(),
            Side::Guest(guest) => guest.is_in(),
            Side::Room(room) => room.is_in(),
        }
    }

    /// Whether this hyperty takes part besides us.
    pub(crate) fn takes_part(&self, hyperty: &Address) -> bool {
        match self {
            Side::Owner(owner) => owner.person(hyperty).is_some(),
            Side::Guest(guest) => guest.takes_part(hyperty),
            Side::Room(room) => room.takes_part(hyperty),
        }
    }

    /// What a participant is called.
    pub(crate) fn name_of(&self, hyperty: &Address) -> String {
        match self {
            Side::Owner(owner) => owner.person(hyperty).map(shown).unwrap_or_default(),
            Side::Guest(guest) => guest.name_of(hyperty),
            Side::Room(room) => room.name_of(hyperty),
        }
    }
}

/// The name of a person; who has none is called by their address.
pub(crate) fn shown(person: &Person) -> String {
    let name = crate::text::clean_word(&person.name);
    if name.is_empty() { person.user.last_segment().to_owned() } else { name }
}

/// The identifier that names our schema.
fn schema(object: &Url) -> String {
    format!("hyperty-catalogue://catalogue.{}/.well-known/dataschema/Communication", object.domain())
}
