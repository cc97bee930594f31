//! One WebRTC leg: the client's end of a transport to a media server or a peer. With a media server it has at most one audio
//! and one video track in one direction, and we offer; with a peer it has one of each in both directions and a data
//! channel, and either side offers. Our descriptions carry all candidates; the far side's may come later.
//!
//! It never decides: which legs exist, what is encoded and at which rate is `media-engine`'s business; it never
//! encodes, decodes or reorders media; and it never hands out a packet of a peer whose certificate was not verified
//! against its description. What it wraps is the `webrtc` crate; the wanted and the true state are words of
//! `core/media-model`.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`LegConfig`], [`Tracks`], [`Limits`]: what is wanted of a leg |
//! | [`event`] | [`LegEvent`], [`LegSink`]: what a leg tells; [`SendOutcome`], [`TransportStats`] |
//! | [`leg`] | [`Leg`]: offer, answer, accept, send, ask for key frames, close |
//! | [`channel`] | [`ChannelSender`], [`ChannelReceiver`]: the data channel, bounded |
//! | `description` | what the far side's description must say before it is used, and what was agreed |
//! | [`exercise`] | what hostile descriptions go through, for fuzzing |
//! | `turn` | TURN over TCP and TLS |
//! | `peer` | codecs, header extensions, sockets and the packet chain of one connection |
//! | `chain` | our own links in that chain: pacer, estimate, repair, tap |
//! | `shared` | the figures that the chain, the leg and its task share |
//!
//! The way of a packet out: [`Leg::send_video`] → the leg's task cuts it into RTP packets → the chain stores it for
//! retransmission, paces it, numbers it for congestion control and records it → SRTP. The way in: SRTP → the chain
//! unwraps retransmissions, notes gaps and arrival times → the tap hands it to the [`LegSink`].

mod chain;
pub mod channel;
pub mod config;
mod description;
pub mod event;
pub mod exercise;
pub mod leg;
mod peer;
mod shared;
mod turn;

pub use channel::{ChannelEvent, ChannelReceiver, ChannelSender};
pub use config::{LegConfig, Limits, Tracks};
pub use event::{LegEvent, LegSink, SendOutcome, TransportStats};
pub use leg::Leg;

pub use confab_media_model::ChannelFull;
pub use confab_media_model::{IceServer, LegDown, RemoteDescription};
