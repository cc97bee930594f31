//! The reTHINK protocol as data and machines: URLs, messages, sessions with a message node, reporters and observers.
//!
//! Nothing here opens a socket, reads a clock or draws randomness: connections live in `engine/signaling` and
//! `backend/server`, time and chance are arguments. Nothing here trusts what a peer sends: every input has limits.
//!
//! | module | holds |
//! |---|---|
//! | [`url`], [`address`] | [`Url`], [`Domain`]; [`Address`], what stands in `from` and `to` |
//! | [`message`], [`code`] | [`Message`], [`Draft`] (a message without an id), [`Code`] |
//! | [`flavour`], [`socketio`] | the kinds of message node; text frames of Socket.IO 1.x |
//! | [`session`] | [`Session`]: one client session with one message node |
//! | [`registry`], [`allocation`] | registering, looking up, allocating addresses: both sides |
//! | [`path`], [`change`] | attribute paths and changes of data objects |
//! | [`object`], [`child`], [`identity`] | metadata and snapshots; chat and files; who somebody says they are |
//! | [`reporter`], [`observer`] | the one writer and the many readers of a data object |
//! | [`exercise`] | what any bytes go through: entry points for fuzzing |

pub mod address;
pub mod allocation;
pub mod change;
pub mod child;
pub mod code;
pub mod exercise;
pub mod flavour;
pub mod identity;
pub mod message;
pub mod object;
pub mod observer;
pub mod path;
pub mod registry;
pub mod reporter;
pub mod session;
pub mod socketio;
pub mod url;

pub use address::Address;
pub use allocation::new_guid;
pub use change::{Change, Update};
pub use child::Child;
pub use code::Code;
pub use flavour::Flavour;
pub use identity::Identity;
pub use message::{Body, Draft, Kind, Message, MessageId, MessageIds, Outgoing, ParseError};
pub use object::{Metadata, Snapshot};
pub use observer::{Observer, ObserverConfig, ObserverEvent};
pub use path::{Path, PathError};
pub use reporter::{Reporter, ReporterEvent};
pub use session::{RequestId, SendError, Session, SessionConfig, SessionEvent};
pub use url::{Domain, Url, UrlError};
