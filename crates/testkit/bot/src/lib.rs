//! A headless participant: the same client as the app, with files and test cards for devices and measurements for eyes and ears.
//!
//! It never opens a real camera, microphone or window. It signs in, joins a room, writes one line of statistics a second and
//! fails with the reason when an expectation is not met.
//!
//! | module | holds |
//! |---|---|
//! | [`join`] | the run: sign in, join, measure, leave |
//! | [`watch`] | the newest views |
//! | [`stats`] | one second as one JSON object |
//! | [`expect`] | `video>=29fps,audio-gap<200ms` |

pub mod expect;
pub mod join;
pub mod stats;
pub mod watch;

pub use expect::{Expectation, Expectations};
pub use join::{JoinError, JoinOptions, join};
