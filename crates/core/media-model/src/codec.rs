//! Encoders and decoders, as traits.

use confab_types::{Bitrate, MediaTime};

use crate::{AudioBlock, EncodedVideo, VideoContent, VideoFrame};

/// Why a codec refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bitstream cannot be decoded (until the next key frame).
    #[error("bitstream cannot be decoded: {0}")]
    Bitstream(String),
    /// The picture is larger than the bound of the decoder or not what the encoder takes.
    #[error("picture of {0}x{1} is out of bounds")]
    Size(u32, u32),
    /// The codec library failed.
    #[error("codec failed: {0}")]
    Library(String),
}

/// How to encode video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoTune {
    /// Camera or screen: changes the encoder's mode.
    pub content: VideoContent,
    /// Target.
    pub bitrate: Bitrate,
    /// Most pictures per second.
    pub fps: u32,
}

/// Encodes H.264, constrained baseline, packetization mode 1. One per uplink thread.
pub trait VideoEncoder: Send {
    /// Encodes one picture; `None` when rate control skipped it (the media clock goes on).
    /// A size other than the last picture's starts a new sequence.
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        key: bool,
    ) -> Result<Option<EncodedVideo>, CodecError>;
    /// Changes the target at run time, without a key frame.
    fn set_bitrate(&mut self, bitrate: Bitrate) -> Result<(), CodecError>;
}

/// Decodes H.264. One per downlink thread.
pub trait VideoDecoder: Send {
    /// Decodes one access unit; `None` when it yields no picture. After an error, feed key frames until one decodes.
    fn decode(
        &mut self,
        unit: &EncodedVideo,
        captured: confab_types::Mono,
    ) -> Result<Option<VideoFrame>, CodecError>;
}

/// Encodes Opus, mono, 20 ms packets, in-band FEC on.
pub trait AudioEncoder: Send {
    /// Encodes two blocks (960 samples) into one packet.
    fn encode(&mut self, blocks: &[AudioBlock; 2]) -> Result<Vec<u8>, CodecError>;
    /// Tells the loss the receiver sees, in percent 0 … 100, so that FEC is sized for it.
    fn set_expected_loss(&mut self, percent: u8) -> Result<(), CodecError>;
}

/// Decodes Opus to mono. One per sender.
pub trait AudioDecoder: Send {
    /// Decodes one packet to 960 samples.
    fn decode(&mut self, packet: &[u8], out: &mut [f32; 960]) -> Result<(), CodecError>;
    /// Rebuilds the packet *before* `next` from its in-band FEC.
    fn decode_fec(&mut self, next: &[u8], out: &mut [f32; 960]) -> Result<(), CodecError>;
    /// Conceals a lost packet.
    fn conceal(&mut self, out: &mut [f32; 960]) -> Result<(), CodecError>;
}
