//! Cameras, microphones, speakers, screens and windows that are not there, and that measure what reaches them.
//!
//! No fake skips work that a real device does: sources are paced in real time on threads of their own, and sinks are
//! called as drivers would call them. Nothing that ships depends on this crate; bots and tests do.
//!
//! | module | holds |
//! |---|---|
//! | [`spec`] | [`FakeSpec`]: which file, tone or test card each device is, as text |
//! | [`devices`] | [`FakeDevices`], the door: `confab_media_model::Devices` made of the below |
//! | [`testcard`] | [`TestCard`]: a moving picture that says who sent it and which one it is, and its reader |
//! | [`listener`] | [`Listener`]: what a speaker played: level, tones, gaps |
//! | [`surface`] | [`MeasuringSurface`]: what reached the tiles: rate, order, gaps, test cards |
//! | `pace` | a thread with absolute deadlines |
//! | `y4m`, `wave` | picture and sound files |
//! | `tone`, `spectrum` | tones made and found |

pub mod devices;
pub mod listener;
mod pace;
pub mod spec;
mod spectrum;
pub mod surface;
pub mod testcard;
mod tone;
mod wave;
mod y4m;

use std::sync::Arc;

use confab_types::Mono;

pub use devices::FakeDevices;
pub use listener::{Heard, Listener};
pub use spec::{CameraSpec, FakeSpec, MicrophoneSpec, ScreenSpec, SpecError};
pub use surface::{MeasuringSurface, Seen};
pub use testcard::{Reading, TestCard};

/// Reads the process clock, the one that stamps every frame and block.
pub type Clock = Arc<dyn Fn() -> Mono + Send + Sync>;
