//! What a conference hyperty asks of a media server, and what it is told: the boundary behind which the embedded engine
//! and Kurento look alike.
//!
//! A command never blocks and never answers directly: what came of it arrives as a [`MediaEvent`]. Events of one leg are
//! in order. Legs have the size that Kurento's `WebRtcEndpoint` has: at most one audio and one video track, one direction,
//! one negotiation. What an engine can do beyond that it says in [`MediaCaps`]; a room with N people therefore has
//! N publishing legs and up to N·(N−1) receiving ones.

use confab_types::{Bitrate, Dbfs, LegId};

/// A room on a media server. Given by the conference hyperty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaRoomId(pub u32);

/// How a room combines media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomMode {
    /// Every track is forwarded as it is (SFU).
    Forward,
    /// Tracks are decoded, combined and encoded (MCU).
    Mix {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Pictures per second.
        fps: u32,
    },
}

/// What flows over a leg, seen from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegFlow {
    /// The client sends.
    Publish,
    /// The client receives what another leg publishes.
    Receive {
        /// The publishing leg.
        of: LegId,
    },
    /// The client sends its own and receives the mix (rooms in [`RoomMode::Mix`]).
    Mix,
}

/// Sound or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    /// Opus.
    Audio,
    /// H.264.
    Video,
}

/// What a conference hyperty asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaCommand {
    /// Opens a room.
    OpenRoom {
        /// Its name.
        room: MediaRoomId,
        /// How it combines media.
        mode: RoomMode,
    },
    /// Closes a room and all its legs. Closing an unknown one does nothing.
    CloseRoom {
        /// Which.
        room: MediaRoomId,
    },
    /// Adds a leg and answers the client's offer: [`MediaEvent::Answer`] or [`MediaEvent::Refused`] follows.
    AddLeg {
        /// Where.
        room: MediaRoomId,
        /// Its name.
        leg: LegId,
        /// What flows.
        flow: LegFlow,
        /// SDP offer.
        offer: String,
        /// Ceiling for what the client may send.
        max_bitrate: Bitrate,
    },
    /// A candidate of the client that came outside the SDP (`candidate:…`).
    AddCandidate {
        /// Which leg.
        leg: LegId,
        /// The line.
        candidate: String,
    },
    /// Opens or closes the gate of what a publishing leg sends, for every receiver, at once (server-side mute).
    SetFlow {
        /// Which leg.
        leg: LegId,
        /// Which track.
        kind: MediaKind,
        /// Open.
        on: bool,
    },
    /// Lets a receiving leg carry another publisher's media from the next key frame on.
    SetSource {
        /// The receiving leg.
        leg: LegId,
        /// The publishing leg.
        of: LegId,
    },
    /// Asks the publisher for a key frame (throttled by the engine).
    KeyFrame {
        /// The publishing leg.
        leg: LegId,
    },
    /// Removes a leg. Removing an unknown one does nothing. Receiving legs of a removed publisher stay, silent.
    RemoveLeg {
        /// Which.
        leg: LegId,
    },
}

/// What a media server tells.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The leg is negotiated; complete with candidates.
    Answer {
        /// Which leg.
        leg: LegId,
        /// SDP answer.
        sdp: String,
    },
    /// The leg was not made.
    Refused {
        /// Which leg.
        leg: LegId,
        /// Why.
        error: MediaError,
    },
    /// ICE and DTLS are up.
    LegUp {
        /// Which leg.
        leg: LegId,
    },
    /// The leg is gone and was removed: path lost for longer than the limit, or the client closed it.
    LegDown {
        /// Which leg.
        leg: LegId,
        /// Why, for the log.
        reason: String,
    },
    /// The client should throw the leg away and offer a new one (the engine was restarted, or cannot renegotiate).
    ReplaceLeg {
        /// Which leg.
        leg: LegId,
    },
    /// The loudest speaker of a room changed; `None`: nobody speaks. Follows sustained speech within 500 ms, not a cough.
    Speaker {
        /// Which room.
        room: MediaRoomId,
        /// The publishing leg.
        leg: Option<LegId>,
    },
    /// The engine is gone with all its rooms; legs come back only as new ones.
    EngineLost {
        /// Why, for the log.
        reason: String,
    },
}

/// Why a leg was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No such room or leg.
    #[error("no such room or leg")]
    NotFound,
    /// The offer cannot be parsed.
    #[error("offer cannot be used: {0}")]
    BadSdp(String),
    /// The offer has no codec of ours (H.264 42e01f mode 1, Opus).
    #[error("no common codec")]
    NoCommonCodec,
    /// The engine cannot do this (see [`MediaCaps`]).
    #[error("engine cannot do this")]
    Unsupported,
    /// The engine is full.
    #[error("engine is full")]
    Capacity,
    /// The engine does not answer.
    #[error("engine is lost")]
    Lost,
}

/// What an engine can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaCaps {
    /// Rooms in [`RoomMode::Mix`].
    pub mix: bool,
    /// Rooms in [`RoomMode::Forward`].
    pub forward: bool,
    /// Video tracks one leg may carry.
    pub video_per_leg: u8,
    /// Whether a leg can be negotiated again in place.
    pub renegotiate: bool,
    /// Whether a publisher may send several sizes.
    pub simulcast: bool,
    /// Most legs at once.
    pub max_legs: u32,
}

/// A media server: takes commands at once, tells events through whatever it was built with.
pub trait MediaServer: Send + Sync {
    /// What it can do.
    fn caps(&self) -> MediaCaps;
    /// Hands over one command; never blocks. When the engine is lost, [`MediaEvent::EngineLost`] says so.
    fn submit(&self, command: MediaCommand);
    /// A level heard on a publishing leg lately, if it sends audio: for meters and tests.
    fn level(&self, leg: LegId) -> Option<Dbfs>;
}
