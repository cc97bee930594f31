//! What is measurably true of our media.

use confab_types::{Bitrate, Dbfs, LegId, StreamId};
use serde::Serialize;

use crate::{CaptureFault, DeviceFault, DeviceList};

/// One fact, told by the media engine to the user agent.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaFact {
    /// What is plugged in; told at start and at every change.
    Devices(DeviceList),
    /// The camera delivers; what was really opened.
    CameraOpened(String),
    /// The camera could not be opened.
    CameraFailed(DeviceFault),
    /// The camera stopped.
    CameraLost(CaptureFault),
    /// The camera is closed.
    CameraClosed,
    /// The microphone delivers.
    MicrophoneOpened(String),
    /// The microphone could not be opened.
    MicrophoneFailed(DeviceFault),
    /// The microphone stopped.
    MicrophoneLost(CaptureFault),
    /// The microphone is closed.
    MicrophoneClosed,
    /// The speaker plays.
    SpeakerOpened(String),
    /// The speaker could not be opened.
    SpeakerFailed(DeviceFault),
    /// The speaker stopped.
    SpeakerLost(CaptureFault),
    /// Screen capture delivers.
    ScreenOpened(String),
    /// Screen capture has ended as wished.
    ScreenClosed,
    /// Screen capture could not be opened.
    ScreenFailed(DeviceFault),
    /// Screen capture stopped.
    ScreenLost(CaptureFault),
    /// The leg's own description is ready: complete with candidates (no trickle).
    LegOffer {
        /// Which leg.
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// SDP offer.
        sdp: String,
    },
    /// The leg's description in answer to the far side's offer: complete with candidates.
    LegAnswer {
        /// Which leg.
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// SDP answer.
        sdp: String,
    },
    /// ICE and DTLS are up.
    LegUp {
        /// Which leg.
        leg: LegId,
        /// Of which generation.
        generation: u32,
    },
    /// The leg is gone; only a new generation brings it back.
    LegDown {
        /// Which leg.
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// Why.
        reason: LegDown,
    },
    /// The first picture of a stream was decoded.
    FirstPicture(StreamId),
    /// A stream gave no picture for 3 s while its leg was up.
    PictureStalled(StreamId),
    /// The own microphone's level, at most 10 times a second, told while it is open even when muted.
    OwnLevel(Dbfs),
    /// A received leg's level, at most 10 times a second.
    Level(LegId, Dbfs),
    /// How a leg does; once a second.
    Stats(LegId, LegStats),
}

/// Why a leg went down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegDown {
    /// The answer cannot be used.
    #[error("remote description was refused: {0}")]
    BadAnswer(String),
    /// No path was found within the limit.
    #[error("no network path was found")]
    NoPath,
    /// The DTLS handshake failed or the fingerprint did not match.
    #[error("secure transport failed: {0}")]
    Security(String),
    /// The path was lost and did not come back.
    #[error("network path was lost")]
    Lost,
    /// Our own transport failed.
    #[error("transport failed: {0}")]
    Transport(String),
}

/// How a leg does, over the last second unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LegStats {
    /// Received media.
    pub received: Bitrate,
    /// Sent media.
    pub sent: Bitrate,
    /// The bandwidth estimate of the sending side, if there is one.
    pub estimate: Option<Bitrate>,
    /// The encoder's present target.
    pub target: Option<Bitrate>,
    /// Round trip in milliseconds, if known.
    pub round_trip_ms: Option<f32>,
    /// Share of packets lost on the way to us (received) or to the far side (sent), 0.0 … 1.0.
    pub loss: f32,
    /// Pictures decoded (received) or encoded (sent).
    pub fps: f32,
    /// Picture size in pixels.
    pub size: Option<(u32, u32)>,
    /// Pictures thrown away before the encoder or the screen.
    pub dropped: u32,
    /// Share of played sound that had to be invented, 0.0 … 1.0.
    pub concealed: f32,
    /// Present playout delay of the audio jitter buffer, milliseconds.
    pub playout_ms: Option<f32>,
    /// Key frames we asked for (received) or made (sent), since the leg began.
    pub key_frames: u32,
    /// Whether the path leads through a TURN server; `None` while it is not known.
    pub relayed: Option<bool>,
    /// Malformed packets dropped since the leg began.
    pub malformed: u32,
}
