//! What goes into a conference and what comes out.

use confab_rethink::{Code, Message, Url};
use confab_types::ParticipantId;

use crate::keeping::{DoorRecord, InvitationRecord, Keep};
use crate::mail::{Mail, MailEvent};
use crate::media_server::{MediaCommand, MediaEvent};
use crate::store::{StoreCommand, StoreEvent};

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
        /// Who is its organiser whenever they are in it; without one it is the first of the domain who comes.
        owner: Option<Url>,
    },
    /// What was kept of a room; comes right after it was opened.
    Recall {
        /// Its name.
        room: String,
        /// Its door, where it was ever changed.
        door: Option<DoorRecord>,
        /// Invitations by mail. Those that are too old are passed over.
        invitations: Vec<InvitationRecord>,
    },
    /// Ends a room for good: everybody is told, then it is gone.
    CloseRoom {
        /// Its name.
        name: String,
    },
    /// An event of the file store.
    Store(StoreEvent),
    /// What became of a mail.
    Mail(MailEvent),
    /// What the front door knows of somebody without an account; comes before they subscribe.
    Stranger(Stranger),
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
    /// A command for the file store.
    Store(StoreCommand),
    /// A mail to send.
    Mail(Mail),
    /// Something that is to be there again after a restart, or not.
    Keep(Keep),
    /// Something for the log or a counter.
    Event(ConferenceEvent),
    /// Everything is said; the process may end.
    ShutdownDone,
}

/// Somebody without an account, as the front door knows them: organisers may read it, bans and invitations go by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stranger {
    /// The `user://…` that their messages carry.
    pub user: String,
    /// The e-mail address that they have said; nobody has checked it.
    pub mail: Option<String>,
    /// Where they come from, as a hash that is the same for the same place; `None` where it says nothing, as on loopback.
    pub address: Option<String>,
    /// The code of the invitation that they have come with.
    pub code: Option<String>,
    /// The only room that they are let into; `None` where they may go to every one.
    pub room: Option<String>,
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
    /// The message node does not guard who hears a room: removed people may go on listening to what is written.
    Unguarded {
        /// Its name.
        room: String,
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
