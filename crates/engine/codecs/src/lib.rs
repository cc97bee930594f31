//! H.264 and Opus behind the traits of `media-model`.
//!
//! It opens no device and no socket, starts no thread and reads no clock: a codec is a value that its pipeline calls.
//! `engine/media-engine` owns the threads. The build fails without `nasm` on x86, see `build.rs`.
//!
//! | module | holds |
//! |---|---|
//! | [`h264_encoder`] | [`OpenH264Encoder`]: constrained baseline, rate control, run-time bitrate |
//! | [`h264_decoder`] | [`OpenH264Decoder`]: bounded, recovers at the next key unit |
//! | [`opus_codec`] | [`OpusEncoder`], [`OpusDecoder`]: mono speech at 48 kHz with FEC and DTX |

pub mod h264_decoder;
pub mod h264_encoder;
pub mod opus_codec;

pub use h264_decoder::OpenH264Decoder;
pub use h264_encoder::OpenH264Encoder;
pub use opus_codec::{OpusDecoder, OpusEncoder};
