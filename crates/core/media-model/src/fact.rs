//! What is measurably true of our media. As JSON it comes from the guest page.

use confab_types::{Bitrate, Dbfs, LegId, StreamId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CaptureFault, DeviceFault, DeviceList, ShareInfo};

/// One fact, told by the media engine to the user agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "value", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MediaFact {
    /// What is plugged in; told at start and at every change.
    Devices(DeviceList),
    /// What can be shared; told at changes while the plan asks for it, and once as nothing when it no longer does.
    Shares(Vec<ShareInfo>),
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
        #[ts(type = "number")]
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// SDP offer.
        sdp: String,
    },
    /// The leg's description in answer to the far side's offer: complete with candidates.
    LegAnswer {
        /// Which leg.
        #[ts(type = "number")]
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// SDP answer.
        sdp: String,
    },
    /// ICE and DTLS are up.
    LegUp {
        /// Which leg.
        #[ts(type = "number")]
        leg: LegId,
        /// Of which generation.
        generation: u32,
    },
    /// The leg is gone; only a new generation brings it back.
    LegDown {
        /// Which leg.
        #[ts(type = "number")]
        leg: LegId,
        /// Of which generation.
        generation: u32,
        /// Why.
        reason: LegDown,
    },
    /// The first picture of a stream was decoded.
    FirstPicture(#[ts(type = "number")] StreamId),
    /// A stream gave no picture for 3 s while its leg was up.
    PictureStalled(#[ts(type = "number")] StreamId),
    /// The own microphone's level, at most 10 times a second, told while it is open even when muted.
    OwnLevel(#[ts(type = "number")] Dbfs),
    /// Whether somebody speaks into our microphone although its gate is closed; told at a change.
    MutedSpeech(bool),
    /// A received leg's level, at most 10 times a second.
    Level(#[ts(type = "number")] LegId, #[ts(type = "number")] Dbfs),
    /// How a leg does; once a second. A guest's page with many legs tells each of them every few seconds.
    Stats(#[ts(type = "number")] LegId, LegStats),
}

/// Why a leg went down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
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

/// How a leg does, since it was last told unless said otherwise. What is left out of the JSON is the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct LegStats {
    /// Received media.
    #[ts(type = "number")]
    pub received: Bitrate,
    /// Sent media.
    #[ts(type = "number")]
    pub sent: Bitrate,
    /// The bandwidth estimate of the sending side, if there is one.
    #[ts(type = "number | null")]
    pub estimate: Option<Bitrate>,
    /// The encoder's present target.
    #[ts(type = "number | null")]
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
