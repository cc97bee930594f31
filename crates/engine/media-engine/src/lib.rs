//! Makes a [`MediaPlan`](confab_media_model::MediaPlan) true: opens devices, builds legs, runs one uplink or downlink per track, and reports facts.
//!
//! It decides nothing about a meeting and keeps no queue of pictures: the newest wins everywhere. Sound has its own path and
//! never waits for video.
//!
//! | module | holds |
//! |---|---|
//! | [`engine`] | [`MediaEngine`]: the reconciling task |
//! | [`keeper`] | one device: wanted, opening, open, failed |
//! | [`leg`] | one transport: offer or answer, events, its pipelines |
//! | [`channels`] | data channels of legs between two people |
//! | [`uplink`] | pictures and sound on their way out |
//! | [`downlink`] | pictures on their way in |
//! | [`listening`] | sound on its way in: one player per leg, mixed for the speaker |
//! | [`shares`] | what can be shared, while the user chooses |
//! | [`slot`] | [`Slot`], a newest-value mailbox |
//! | [`tally`] | counters that become statistics once a second |

pub mod channels;
pub mod downlink;
pub mod engine;
pub mod keeper;
pub mod leg;
pub mod listening;
pub mod shares;
pub mod slot;
pub mod tally;
pub mod uplink;

use std::sync::Arc;

use confab_media_model::MediaFact;
use confab_types::Mono;

pub use channels::ChannelSink;
pub use engine::{EngineOptions, MediaEngine};
pub use slot::Slot;

/// The process clock.
pub type Clock = Arc<dyn Fn() -> Mono + Send + Sync>;
/// Takes facts; called from many threads, must return at once.
pub type FactSink = Arc<dyn Fn(MediaFact) + Send + Sync>;
