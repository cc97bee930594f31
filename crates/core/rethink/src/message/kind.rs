//! Message types.

use std::fmt;

/// The `type` of a message; lower case on the wire. Types a node does not know are relayed untouched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Make or invite, post a child.
    Create,
    /// Look up, resynchronise.
    Read,
    /// Change.
    Update,
    /// Close.
    Delete,
    /// Join, or set a routing path.
    Subscribe,
    /// Leave, or remove a routing path.
    Unsubscribe,
    /// Answer.
    Response,
    /// Call a method of a reporter.
    Execute,
    /// A whole message in the body, for offline subscription managers.
    Forward,
    /// Begin a session with a message node.
    Open,
    /// Bind a new connection to a session that the node still has.
    ReOpen,
    /// End a session.
    Close,
    /// A transient signal such as typing.
    Event,
    /// Mutual authentication.
    Handshake,
    /// Any other.
    Other(String),
}

impl Kind {
    /// The longest accepted type.
    pub const MAX_BYTES: usize = 64;

    const KNOWN: [Kind; 14] = [
        Kind::Create,
        Kind::Read,
        Kind::Update,
        Kind::Delete,
        Kind::Subscribe,
        Kind::Unsubscribe,
        Kind::Response,
        Kind::Execute,
        Kind::Forward,
        Kind::Open,
        Kind::ReOpen,
        Kind::Close,
        Kind::Event,
        Kind::Handshake,
    ];

    /// From the wire; `None` when empty or too long.
    pub fn parse(text: &str) -> Option<Kind> {
        if text.is_empty() || text.len() > Kind::MAX_BYTES {
            return None;
        }
        let known = Kind::KNOWN.into_iter().find(|kind| kind.as_str() == text);
        Some(known.unwrap_or_else(|| Kind::Other(text.to_owned())))
    }

    /// As on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Kind::Create => "create",
            Kind::Read => "read",
            Kind::Update => "update",
            Kind::Delete => "delete",
            Kind::Subscribe => "subscribe",
            Kind::Unsubscribe => "unsubscribe",
            Kind::Response => "response",
            Kind::Execute => "execute",
            Kind::Forward => "forward",
            Kind::Open => "open",
            Kind::ReOpen => "re-open",
            Kind::Close => "close",
            Kind::Event => "event",
            Kind::Handshake => "handshake",
            Kind::Other(text) => text,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
