//! The conference hyperty: rooms as Communication objects that it reports, admission, what participants may ask for, and
//! the media server's legs.
//!
//! It never opens a socket, reads a clock or touches media: messages and media events come in, messages and media
//! commands go out; the shell is `backend/server`. The protocol it speaks is `docs/protocol.md`.
//!
//! | module | holds |
//! |---|---|
//! | [`conference`] | [`Conference`]: the machine; its files are `messages`, `joining`, `commands`, `legs`, `media` |
//! | [`port`] | [`ConferenceInput`], [`ConferenceOutput`], [`ConferenceEvent`] |
//! | [`config`] | [`ConferenceConfig`] |
//! | `room` | one room: its object, its members, its active speaker |
//! | `member` | one participant, and its entries in the room's object |
//! | `leg` | one leg: the two Connection objects and how far they are |
//! | `offer` | what a client's Connection object says, checked |
//! | `clock` | the date and time that objects carry |
//! | [`media_server`] | [`MediaServer`], [`MediaCommand`], [`MediaEvent`]: the boundary to a media server |

mod clock;
pub mod conference;
pub mod config;
mod leg;
pub mod media_server;
mod member;
mod offer;
pub mod port;
mod room;

pub use conference::Conference;
pub use config::ConferenceConfig;
pub use media_server::{
    LegFlow, MediaCaps, MediaCommand, MediaError, MediaEvent, MediaKind, MediaRoomId, MediaServer, RoomMode,
};
pub use member::display_name;
pub use port::{ConferenceEvent, ConferenceInput, ConferenceOutput};
