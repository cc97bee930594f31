//! What can be due.

use confab_line::Statement;
use confab_media_model::{LegDown, MediaFact};
use confab_message_node::ConnId;
use confab_rethink::{Domain, Message};
use confab_rooms::MediaEvent;
use confab_types::LegId;
use confab_user_agent::{Credentials, Input, Secret};

use crate::engine::{Chore, End};

/// Something that happens at a moment.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something for a user agent, if that life of the seat still lasts.
    Input { seat: usize, life: u32, input: Input },
    /// A fact of a seat's media.
    Fact { seat: usize, life: u32, fact: MediaFact },
    /// Something the seat's media engine does.
    Chore { seat: usize, life: u32, chore: Chore },
    /// A request at the sign-in desk.
    SignIn { seat: usize, life: u32, site: usize, account: u32, user: String, secret: Secret },
    /// Somebody looks for the message node of a domain.
    Discover { seat: usize, life: u32, account: u32, domain: Domain },
    /// A connection reaches the node.
    Dialled { conn: ConnId, prove: Option<Box<(Credentials, Statement)>> },
    /// A connection is up for the client, who says who they are.
    Up { conn: ConnId, proof: Option<String> },
    /// The client notices that a connection is gone.
    SeatNotices { conn: ConnId },
    /// The node notices that a connection is gone.
    NodeNotices { conn: ConnId },
    /// A message arrives at the node.
    ToNode { conn: ConnId, message: Message },
    /// A message arrives at a seat.
    ToSeat { conn: ConnId, message: Message },
    /// The media server tells the conference.
    Media { site: usize, house: u32, event: MediaEvent },
    /// The media server notices that the other end of a leg is gone.
    ServerLoses { site: usize, house: u32, leg: LegId },
    /// The media server gives a leg up that never came up.
    ServerTires { site: usize, house: u32, leg: LegId },
    /// A client notices that the other end of a leg is gone.
    ClientLoses { end: End, reason: LegDown },
    /// A seat that was offline may have been so for too long for its media.
    MediaStarves { seat: usize, life: u32 },
    /// A leg to a person has looked for a path for long enough.
    SeekEnds { end: End },
    /// A backend is there again.
    HouseOpens { site: usize },
}
