//! What goes into a conference and what comes out.

use confab_rethink::{Code, Message, Url};
use confab_types::ParticipantId;

use crate::media_server::{MediaCommand, MediaEvent};

/// What may happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum ConferenceInput {
    /// Its connection to the message node exists.
    Up,
    /// Its connection to the message node is gone.
    Down,
    /// A message from the message node.
    Incoming(Message),
    /// An event of the media server.
    Media(MediaEvent),
    /// Opens a room and registers it under its name. A room of that name that is open stays.
    OpenRoom {
        /// 1 to 64 letters, digits, `-`, `_`, `.`.
        name: String,
    },
    /// Ends a room: everybody is told, then it is gone.
    CloseRoom {
        /// Its name.
        name: String,
    },
    /// Ends every room and leaves the message node; [`ConferenceOutput::ShutdownDone`] follows within two seconds.
    Shutdown,
}

/// What it asks of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum ConferenceOutput {
    /// A message for the message node.
    Send(Message),
    /// A command for the media server.
    Media(MediaCommand),
    /// Something for the log or a counter.
    Event(ConferenceEvent),
    /// Everything is said; the process may end.
    ShutdownDone,
}

/// What an operator may want to know.
#[derive(Clone, Debug, PartialEq)]
pub enum ConferenceEvent {
    /// It can be reached by everybody.
    Live,
    /// The message node is gone.
    Lost,
    /// The message node does not let it in, or not route or register something.
    Refused {
        /// What: `open`, or the address.
        what: String,
        /// Its answer.
        code: Code,
    },
    /// A room is open.
    RoomOpen {
        /// Its name.
        name: String,
        /// Its object.
        url: Url,
    },
    /// A room could not be opened: its name is not valid, or there are too many.
    RoomRefused {
        /// The name.
        name: String,
    },
    /// A room is gone.
    RoomClosed {
        /// Its name.
        name: String,
    },
    /// Somebody came into a room.
    Joined {
        /// Its name.
        room: String,
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody was not let into a room.
    Refusal {
        /// Its name.
        room: String,
        /// The answer.
        code: Code,
    },
    /// Somebody is gone from a room.
    Left {
        /// Its name.
        room: String,
        /// Who.
        participant: ParticipantId,
    },
    /// A leg did not come about, or was lost.
    LegFailed {
        /// The word in the answer object's `error`.
        error: &'static str,
        /// More, from the media server.
        detail: String,
    },
}
