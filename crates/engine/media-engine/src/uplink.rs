//! Pictures and sound on their way out.
//!
//! | module | holds |
//! |---|---|
//! | [`ladder`] | how large and how often pictures are for a bitrate |
//! | [`muted`] | whether somebody speaks while muted |
//! | [`sound`] | microphone blocks to Opus packets |
//! | [`video`] | the newest picture to one access unit, on one thread per track |

pub mod ladder;
pub mod muted;
pub mod sound;
pub mod video;

pub use muted::MutedSpeech;
pub use sound::{Microphone, Voice};
pub use video::{VideoOrders, VideoUplink, VideoUplinkParts};
