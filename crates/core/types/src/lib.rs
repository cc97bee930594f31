//! The words every crate shares: identifiers, units, monotonic time, seeded chance and the shape of a machine.
//!
//! Nothing here reads a clock, a socket or a random device; the shell that does is `engine/driver`.
//!
//! | module | holds |
//! |---|---|
//! | [`mono`] | [`Mono`], microseconds on the one clock of a process |
//! | [`machine`] | [`Machine`], the shape of every deterministic state machine |
//! | [`chance`] | [`Chance`], seeded randomness passed as an argument |
//! | [`id`] | newtypes for participants, legs, streams, devices |
//! | [`unit`] | [`Bitrate`], [`MediaTime`], [`Dbfs`] |

pub mod chance;
pub mod id;
pub mod machine;
pub mod mono;
pub mod unit;

pub use chance::Chance;
pub use id::{DeviceId, LegId, ParticipantId, SourceId, StreamId};
pub use machine::Machine;
pub use mono::Mono;
pub use unit::{Bitrate, Dbfs, MediaTime};
