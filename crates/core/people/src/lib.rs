//! The people of one account: its contact list, the search for others, and the presence of both.
//!
//! Nothing here opens a connection, asks a clock or keeps a file: [`People`] is a machine that speaks through the [`Line`] of
//! its account, and [`PeopleMemory`] is what the shell keeps on the disk.
//!
//! Everybody reports their presence in one Context object (`ctxt://`) per running program and lets in only whom they have
//! allowed. Who wants to see it asks (`execute watch`), and is *invited* when they may. Whoever is no longer allowed is left
//! behind: the object is deleted, and those who still may are invited to a new one whose address the other never hears of.
//! Whether a program runs at all is told by the registry (`<hyperty>/registration`), for every message node that can.
//!
//! | module | holds |
//! |---|---|
//! | [`people`] | [`People`], the machine: what comes in and where it goes |
//! | `wishes` | the user's intents |
//! | `look` | which programs of theirs run |
//! | `watch` | the presence of others: asking, observing |
//! | `tell` | our presence: who asks, who is allowed, invitations |
//! | `own` | the object that tells it |
//! | `person`, `device` | somebody, and one running program of theirs |
//! | `search` | the search for people |
//! | `requests` | what each unanswered request was for |
//! | [`address`] | what people type, as user URLs |
//! | [`memory`] | [`PeopleMemory`], what survives a restart |
//!
//! [`Line`]: confab_line::Line

pub mod address;
mod device;
mod look;
pub mod memory;
mod own;
pub mod people;
mod person;
mod requests;
mod search;
mod tell;
mod watch;
mod wishes;

pub use address::{user_url, view_of};
pub use memory::{KeptPerson, PeopleMemory};
pub use people::{Happened, People};
