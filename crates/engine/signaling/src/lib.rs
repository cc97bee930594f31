//! WebSocket transports of the message-node kinds: one connection that carries reTHINK messages, and its text framing.
//!
//! Nothing here knows sessions, routes or what a message means, and nothing connects again by itself: that is decided by
//! `rethink::Session` and the client around it. The server side of the framing is here too, so that both ends are one
//! piece of code; the sockets of the server are in `backend/server`.
//!
//! | module | holds |
//! |---|---|
//! | [`discover`] | [`discover()`]: which node a domain has |
//! | [`target`] | [`Target`]: which node, and the address it is dialled at |
//! | [`transport`] | [`connect`], [`Transport`], [`TransportEvent`]: one connection |
//! | [`framing`] | [`ClientFraming`], [`ServerFraming`]: texts to messages and back |
//! | `line` | the task behind a transport |
//! | `tls` | whom it trusts |

pub mod discover;
pub mod framing;
mod line;
pub mod target;
mod tls;
pub mod transport;

pub use discover::{DiscoverError, Found, discover, survey};
pub use framing::{ClientFraming, ServerFraming};
pub use target::{Target, TargetError};
pub use transport::{DownReason, Events, SendError, Sender, Transport, TransportEvent, connect};

/// The longest accepted WebSocket message in bytes: the longest message, escaped as text inside a Socket.IO frame,
/// and a little for the frame. What fits here but not into a message is counted as malformed; what does not fit ends
/// the connection.
pub const MAX_FRAME: usize = 2 * confab_rethink::Message::MAX_BYTES + 1024;
