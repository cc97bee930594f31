//! Selective forwarding rules: which packet goes to whom under which number, when a publisher is asked for a key frame,
//! and who is speaking.
//!
//! It never decodes, never holds a payload and never sends: it sees sequence numbers, times, levels and whether a packet
//! starts a key frame. The shell is `backend/media-server`.
//!
//! | module | holds |
//! |---|---|
//! | [`forwarder`] | [`Forwarder`]: publishers, receivers, gates; one packet in, rewritten ones out |
//! | [`rewrite`] | [`Rewriter`]: one receiving track's sequence numbers and timestamps |
//! | [`key`] | [`starts_key_frame`]: whether an H.264 RTP payload can be the first of a picture stream |
//! | [`throttle`] | [`KeyFrameThrottle`]: many wishes for a key frame, few requests |
//! | [`speaker`] | [`SpeakerDetector`]: the active speaker of a room from RFC 6464 levels |
//! | [`voice`] | [`Voice`]: evidence that one publisher speaks |

pub mod forwarder;
pub mod key;
pub mod rewrite;
pub mod speaker;
pub mod throttle;
pub mod voice;

pub use forwarder::{Forwarder, Track};
pub use key::starts_key_frame;
pub use rewrite::{PacketIn, PacketOut, Rewriter, Start};
pub use speaker::SpeakerDetector;
pub use throttle::{KeyFrameThrottle, Wish};
pub use voice::Voice;
