//! A headless participant: the same client as the app, with files and test cards for devices and measurements for eyes and ears.
//!
//! It never opens a real camera, microphone or window. It signs in, joins a room, writes one line of statistics a second and
//! fails with the reason when an expectation is not met.
//!
//! | module | holds |
//! |---|---|
//! | [`body`] | a client with fakes for devices, and its way in |
//! | [`join`] | the run that joins a room: sign in, join, measure, leave |
//! | [`obey`] | the run that does what it is told on standard input |
//! | [`watch`] | the newest views |
//! | [`stats`] | one second as one JSON object |
//! | [`expect`] | `video>=29fps,audio-gap<200ms` |

pub mod body;
pub mod expect;
pub mod join;
pub mod obey;
pub mod stats;
pub mod watch;

pub use body::BodyOptions;
pub use expect::{Expectation, Expectations};
pub use join::{AtEnd, JoinError, JoinOptions, join};
pub use obey::{ObeyOptions, obey};
