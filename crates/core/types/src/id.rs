//! Identifiers as newtypes, so that one cannot be passed for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; the edge that parsed it has checked its limits.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A participant of one room: the short roster key `p1`, `p2`, … given by the room's reporter.
    ParticipantId
}
text_id! {
    /// A camera, microphone or speaker as its driver names it; stable across restarts where the system allows.
    DeviceId
}
text_id! {
    /// A screen or window that can be shared.
    SourceId
}

/// One transport to a peer or media server. Unique within the process that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub u32);

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg{}", self.0)
    }
}

/// One picture on the screen: a participant's camera or shared screen. The surface and the UI name tiles by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(pub u16);

impl StreamId {
    /// The own camera's preview.
    pub const OWN_CAMERA: StreamId = StreamId(0);
    /// The own shared screen's preview.
    pub const OWN_SCREEN: StreamId = StreamId(1);
    /// The first number that is given to a remote picture.
    pub const FIRST_REMOTE: StreamId = StreamId(2);
}
