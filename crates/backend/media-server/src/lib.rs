//! The embedded media server: an SFU over `str0m` behind [`MediaServer`](confab_rooms::MediaServer).
//!
//! It never decodes, mixes or stores media and takes no decision about rooms: which packet goes to whom is
//! `core/sfu`, who may open a leg is `core/rooms`. One thread owns the one UDP socket and every leg; commands go in
//! through a bounded queue, events come out through a callback.
//!
//! | module | holds |
//! |---|---|
//! | [`server`] | [`EmbeddedMediaServer`]: starting, commands, stopping |
//! | [`config`] | [`MediaServerConfig`], [`StartError`] |
//! | [`counters`] | [`MediaServerStats`]: what happened so far, for metrics |
//! | `engine` | the owner: commands, datagrams and time, in one loop; `engine::flow` forwards |
//! | `leg` | one client's transport: `Rtc`, its tracks and its time limits |
//! | `negotiation` | offer in, answer out, and what is refused |
//! | `demux` | whose datagram this is |
//! | `wire` | the socket |

pub mod config;
pub mod counters;
mod demux;
mod engine;
mod leg;
mod negotiation;
pub mod server;
mod wire;

pub use config::{MediaServerConfig, StartError};
pub use counters::MediaServerStats;
pub use server::EmbeddedMediaServer;
