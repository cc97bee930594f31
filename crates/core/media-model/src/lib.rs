//! What media is to Confab: frames and blocks, the traits of devices, codecs and surfaces, the wanted plan and the true facts.
//!
//! No codec, device, socket, clock or thread lives here; the shells are `engine/codecs`, `engine/devices`,
//! `engine/rtc`, `engine/video-surface` and `engine/media-engine`.
//!
//! | module | holds |
//! |---|---|
//! | [`frame`] | [`VideoFrame`], [`AudioBlock`], [`EncodedVideo`], [`EncodedAudio`] |
//! | [`device`] | [`Devices`]: cameras, microphones, speakers, screens |
//! | [`codec`] | [`VideoEncoder`], [`VideoDecoder`], [`AudioEncoder`], [`AudioDecoder`] |
//! | [`surface`] | [`VideoSurface`], tiles and holes |
//! | [`channel`] | [`Channels`]: data channels for files |
//! | [`files`] | [`FilePlan`] and [`FileFact`]: files of a call; safe names |
//! | [`plan`] | [`MediaPlan`], the complete wanted media state |
//! | [`fact`] | [`MediaFact`], what is measurably true |
//! | [`h264`] | the bitstream: NAL units, picture size, RTP payloads and back |
//! | [`jitter`] | [`JitterBuffer`]: audio packets of a restless network, one every 20 ms |

pub mod channel;
pub mod codec;
pub mod device;
mod extend;
pub mod fact;
pub mod files;
pub mod frame;
pub mod h264;
pub mod jitter;
mod json;
pub mod plan;
pub mod surface;

pub use channel::{ChannelFact, ChannelFull, Channels};
pub use codec::{AudioDecoder, AudioEncoder, CodecError, VideoDecoder, VideoEncoder, VideoTune};
pub use device::{
    AudioSink, AudioSource, CameraRequest, CaptureFault, DeviceFault, DeviceInfo, DeviceList, Devices,
    FaultSink, FrameSink, OpenDevice, ScreenRequest, ShareInfo, ShareWatch, SourceInfo,
};
pub use fact::{LegDown, LegStats, MediaFact};
pub use files::{
    FileFact, FileFault, FileHash, FileId, FilePlan, FileSource, OwnFile, StoreAccess, StoreDownload,
    StorePlan, StoreUpload, WantedFile,
};
pub use frame::{AudioBlock, EncodedAudio, EncodedVideo, Rotation, VideoFrame};
pub use h264::{Depacketized, Depacketizer, DepacketizerConfig, DepacketizerStats, VideoPacket};
pub use jitter::{AudioPacket, JitterBuffer, JitterConfig, JitterStats, Playout};
pub use plan::{
    CameraPlan, IceServer, LegPlan, LegRole, MediaPlan, PublishVideo, RemoteDescription, Ring, ScreenPlan,
    VideoContent,
};
pub use surface::{Rect, SurfaceCaps, SurfaceLayout, SurfaceStats, TilePlacement, VideoSurface};
