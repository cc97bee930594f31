//! The conference hyperty: rooms as Communication objects that it reports, admission, what participants may ask for, and
//! the media server's legs.
//!
//! It never opens a socket, reads a clock or touches media: messages and media events come in, messages and media
//! commands go out; the shell is `backend/server`. The protocol it speaks is `docs/protocol.md`.
//!
//! | module | holds |
//! |---|---|
//! | [`conference`] | [`Conference`]: the machine, and a file for each thing that can be asked of it |
//! | [`port`] | [`ConferenceInput`], [`ConferenceOutput`], [`ConferenceEvent`] |
//! | [`config`] | [`ConferenceConfig`] |
//! | `room` | one room: its object, its members, its active speaker; its files hold what it remembers |
//! | `member`, `role` | one participant, and its entries in the room's object; what it may do |
//! | `newcomer`, `strangers` | somebody at the door; what the front door knows of people without an account |
//! | `pace` | how often somebody may do something |
//! | `leg` | one leg: the two Connection objects and how far they are |
//! | `offer` | what a client's Connection object says, checked |
//! | `clock` | the date and time that objects carry |
//! | [`media_server`] | [`MediaServer`], [`MediaCommand`], [`MediaEvent`]: the boundary to a media server |
//! | [`store`], [`mail`] | the boundaries to the store for files and to the post |
//! | [`keeping`] | the boundary to what is written down: rooms, doors, invitations |

mod clock;
pub mod conference;
pub mod config;
pub mod keeping;
mod leg;
pub mod mail;
pub mod media_server;
mod member;
mod newcomer;
mod offer;
mod pace;
pub mod port;
mod role;
mod room;
pub mod store;
mod strangers;

pub use conference::Conference;
pub use config::ConferenceConfig;
pub use keeping::{CodePrint, DoorRecord, InvitationRecord, Keep, RoomRecord};
pub use mail::{Mail, MailEvent, Matter};
pub use media_server::{
    LegFlow, MediaCaps, MediaCommand, MediaError, MediaEvent, MediaKind, MediaRoomId, MediaServer, RoomMode,
};
pub use member::display_name;
pub use port::{ConferenceEvent, ConferenceInput, ConferenceOutput, Stranger};
pub use store::{FileStore, StoreCommand, StoreEvent, StoredFile};
