//! The cameras, microphones, speakers and screens of this computer, behind
//! [`Devices`](confab_media_model::Devices).
//!
//! Nothing here decides which device is used, scales, encodes, cancels echo or keeps a queue of pictures; the plan
//! and the shell that follows it live in `engine/media-engine`.
//!
//! Every open device has a thread of its own that calls the sink it was given. A driver may block for ever, so no
//! guard waits longer than a second when it is dropped: what does not end by then is left to its driver and frees
//! the device when the driver lets go of it.
//!
//! | module | holds |
//! |---|---|
//! | [`system`] | [`SystemDevices`], the door |
//! | `capture` | a thread that reads pictures, and the watchdog beside it |
//! | `fault` | the one fault that ends a device, told once |
//! | `picture` | YUYV, NV12, RGB, grey, MJPEG and BGRA to I420 |
//! | `camera` | cameras by `nokhwa`: listing, choice of format, reading |
//! | `sound` | microphones and speakers by `cpal`: rings to and from 10 ms blocks |
//! | [`screen`] | monitors and windows: X11 on Linux, `scrap` (monitors only) elsewhere; small pictures, pacing, the mouse cursor |

mod camera;
mod capture;
mod fault;
mod picture;
pub mod screen;
mod sound;
pub mod system;

pub use system::{Clock, SystemDevices};
