//! Sound between the network and the speaker: playout of one sender, the mix of all, levels.
//!
//! It opens no device, starts no thread and reads no clock; every value is called by the pipeline that owns it
//! (`engine/media-engine`), 10 ms at a time. All sound is mono f32 at 48 kHz: devices are opened at that rate, so
//! that nothing is resampled here. Echo cancelling is not here either.
//!
//! | module | holds |
//! |---|---|
//! | [`player`] | [`Player`]: packets of one sender → a block every 10 ms |
//! | [`mixer`] | [`Mixer`]: blocks of all senders → one block |
//! | [`ring`] | [`RingTone`]: what is heard while a call is not answered yet |
//! | [`limiter`] | [`Limiter`]: keeps a sum within full scale |
//! | [`meter`] | [`LevelMeter`]: level and held peak, ten times a second |

pub mod limiter;
pub mod meter;
pub mod mixer;
pub mod player;
pub mod ring;

pub use limiter::Limiter;
pub use meter::{LevelMeter, LevelReading};
pub use mixer::Mixer;
pub use player::Player;
pub use ring::RingTone;

#[cfg(test)]
mod testing;
