//! The data channel of a leg between two people, as those who move files see it.
//!
//! Reliable and ordered (RFC 8831), label `confab-files`, negotiated in-band. A message is at most [`MAX_MESSAGE`] bytes.

use confab_types::LegId;

/// The largest message that every peer takes, bytes (RFC 8841 `max-message-size`; what the other side announces may be less).
pub const MAX_MESSAGE: usize = 64 * 1024;

/// What happens to the channels of legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelFact {
    /// The leg's channel is open; messages of at most so many bytes may be sent.
    Open(LegId, usize),
    /// A message arrived.
    Data(LegId, Vec<u8>),
    /// There is room again after [`ChannelFull`].
    Drained(LegId),
    /// The channel is gone, with everything that was not acknowledged.
    Closed(LegId),
}

/// The far side or the network is slower than we are (or there is no channel): wait for [`ChannelFact::Drained`] or
/// [`ChannelFact::Open`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data channel takes no more for now")]
pub struct ChannelFull;

/// The sending side of all channels.
pub trait Channels: Send + Sync {
    /// Queues one message; never waits.
    ///
    /// # Errors
    /// When too much is queued already, or there is no channel. Nothing is queued then.
    fn send(&self, leg: LegId, message: &[u8]) -> Result<(), ChannelFull>;
}
