//! The complete wanted media state. A new plan replaces the old one; plans may be skipped.
//!
//! As JSON it goes to the guest page, which carries it out with the browser's own WebRTC.

use std::collections::BTreeMap;

use confab_types::{Bitrate, DeviceId, LegId, SourceId, StreamId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::json;

/// What is wanted of all media, comparable with `==`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MediaPlan {
    /// `None`: closed, its light off.
    pub camera: Option<CameraPlan>,
    /// `Some(None)`: the default microphone, as JSON an empty text. `None`: closed.
    #[serde(with = "json::chosen")]
    #[ts(type = "string | null")]
    pub microphone: Option<Option<DeviceId>>,
    /// `Some(None)`: the default speaker, as JSON an empty text. `None`: closed.
    #[serde(with = "json::chosen")]
    #[ts(type = "string | null")]
    pub speaker: Option<Option<DeviceId>>,
    /// `None`: nothing is shared.
    pub screen: Option<ScreenPlan>,
    /// The user chooses what to share: screens and windows are told with small pictures (fact `Shares`) as long as this holds.
    #[serde(default)]
    pub watch_shares: bool,
    /// Speech into an open microphone whose gate is closed is told (fact `MutedSpeech`). Nothing of it leaves.
    #[serde(default)]
    pub listen: bool,
    /// The tone to play on the speaker, which is opened for it.
    pub ring: Option<Ring>,
    /// Counts the user's "try again": a higher number lets a device that failed be opened once more.
    pub device_attempt: u32,
    /// Every wanted leg. A leg that is missing here is closed.
    #[ts(as = "BTreeMap<u32, LegPlan>")]
    pub legs: BTreeMap<LegId, LegPlan>,
}

impl MediaPlan {
    /// Whether there is a leg for our sound whose gate is closed.
    pub fn is_muted(&self) -> bool {
        let closed = |leg: &LegPlan| {
            matches!(
                leg.role,
                LegRole::Publish { audio: Some(false), .. } | LegRole::Peer { audio: false, .. }
            )
        };
        self.legs.values().any(closed)
    }
}

/// The wanted camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CameraPlan {
    /// `None`: the default one.
    #[ts(type = "string | null")]
    pub device: Option<DeviceId>,
    /// Wished size in pixels.
    pub size: (u32, u32),
    /// Wished pictures per second.
    pub fps: u32,
}

/// The wanted screen capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScreenPlan {
    /// `None`: the first screen.
    #[ts(type = "string | null")]
    pub source: Option<SourceId>,
    /// Most pictures per second.
    pub fps: u32,
}

/// A tone that says how a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Ring {
    /// Somebody calls us.
    Incoming,
    /// It rings at the other one.
    Ringback,
}

/// One wanted transport. Without an `offer` of the far side the engine makes one as soon as the leg appears (fact `LegOffer`), and
/// connects when `answer` is there. With an `offer` the engine answers it (fact `LegAnswer`) and connects at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LegPlan {
    /// A higher number than before means: throw the transport away and build a new one (new offer).
    pub generation: u32,
    /// What flows.
    pub role: LegRole,
    /// The far side's offer, when it is the one that offers. It never changes within a generation, but for candidates.
    pub offer: Option<RemoteDescription>,
    /// The far side's answer to our offer, once known. It never changes within a generation, but for candidates.
    pub answer: Option<RemoteDescription>,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
}

/// The far side's half of the negotiation. Candidates may be added later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RemoteDescription {
    /// SDP offer or answer.
    pub sdp: String,
    /// Candidates that came outside the SDP, `candidate:…` lines without `a=`.
    pub candidates: Vec<String>,
}

/// A STUN or TURN server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IceServer {
    /// `stun:host:port`, `turn:host:port?transport=udp`.
    pub url: String,
    /// TURN only.
    pub username: String,
    /// TURN only.
    pub credential: String,
}

/// What flows over a leg. A leg with a media server has at most one audio and one video track, one direction; a leg with a person
/// has one of each in both directions, and a data channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LegRole {
    /// Ours to a media server.
    Publish {
        /// Whether the leg has an audio track, and whether its gate is open (`Some(false)`: muted, nothing is sent).
        audio: Option<bool>,
        /// `None`: the leg has no video track.
        video: Option<PublishVideo>,
    },
    /// A participant's, from a media server.
    Receive {
        /// Where its picture lands.
        #[ts(type = "number")]
        stream: StreamId,
        /// Whether there is an audio track.
        audio: bool,
        /// Whether there is a video track.
        video: bool,
    },
    /// Both ways between two people.
    Peer {
        /// Whether the gate of our sound is open.
        audio: bool,
        /// What picture we send: camera or screen, on one track; its gate may be closed.
        video: PublishVideo,
        /// Where theirs lands.
        #[ts(type = "number")]
        stream: StreamId,
    },
}

/// What a camera shows or a screen: decides encoder mode and what gives way when bandwidth is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum VideoContent {
    /// Motion first.
    Camera,
    /// Sharpness first.
    Screen,
}

/// A video track we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PublishVideo {
    /// Where pictures come from.
    pub content: VideoContent,
    /// Whether the gate is open; a closed one sends nothing.
    pub on: bool,
    /// Largest size in pixels.
    pub max_size: (u32, u32),
    /// Most pictures per second.
    pub max_fps: u32,
    /// Ceiling, bits per second.
    #[ts(type = "number")]
    pub max_bitrate: Bitrate,
}
