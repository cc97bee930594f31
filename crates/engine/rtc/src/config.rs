//! What is wanted of a leg.

use std::time::Duration;

use confab_media_model::IceServer;
use confab_types::Bitrate;

/// Which tracks a leg has, and which way they flow. A leg without any track cannot be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracks {
    /// Ours to the far side.
    Publish {
        /// Opus, 48 kHz, two channels in the description (RFC 7587).
        audio: bool,
        /// H.264, Constrained Baseline 3.1, packetization mode 1.
        video: bool,
    },
    /// The far side's to us.
    Receive {
        /// As above.
        audio: bool,
        /// As above.
        video: bool,
    },
    /// Both ways between two people: one audio track, one video track, and a data channel. A far side that wants less gets
    /// less.
    Peer,
}

impl Tracks {
    /// Whether there is an audio track.
    pub fn audio(self) -> bool {
        match self {
            Tracks::Publish { audio, .. } | Tracks::Receive { audio, .. } => audio,
            Tracks::Peer => true,
        }
    }

    /// Whether there is a video track.
    pub fn video(self) -> bool {
        match self {
            Tracks::Publish { video, .. } | Tracks::Receive { video, .. } => video,
            Tracks::Peer => true,
        }
    }

    /// Whether we send.
    pub fn sends(self) -> bool {
        matches!(self, Tracks::Publish { .. } | Tracks::Peer)
    }

    /// Whether we receive.
    pub fn receives(self) -> bool {
        matches!(self, Tracks::Receive { .. } | Tracks::Peer)
    }
}

/// How a leg is made.
#[derive(Clone, Debug)]
pub struct LegConfig {
    /// What flows.
    pub tracks: Tracks,
    /// STUN and TURN servers: TURN over UDP, TCP and TLS.
    pub ice_servers: Vec<IceServer>,
    /// Whether only paths through a TURN server are used: nobody learns our addresses.
    pub relay_only: bool,
    /// Certificates (DER) that are believed of TURN servers besides the system's.
    pub trusted_roots: Vec<Vec<u8>>,
    /// Whether 127.0.0.1 is a candidate too: for a backend on the same machine.
    pub include_loopback: bool,
    /// The bandwidth estimate before anything was measured. The encoder should start below it.
    pub start_bitrate: Bitrate,
    /// The estimate never falls below this.
    pub min_bitrate: Bitrate,
    /// The estimate never grows above this.
    pub max_bitrate: Bitrate,
    /// How long things may take.
    pub limits: Limits,
}

impl LegConfig {
    /// A leg with the usual limits, no ICE servers and no loopback.
    pub fn new(tracks: Tracks) -> Self {
        LegConfig {
            tracks,
            ice_servers: Vec::new(),
            relay_only: false,
            trusted_roots: Vec::new(),
            include_loopback: false,
            start_bitrate: Bitrate::kilobits(1_000),
            min_bitrate: Bitrate::kilobits(100),
            max_bitrate: Bitrate::kilobits(6_000),
            limits: Limits::default(),
        }
    }
}

/// How long things may take before a leg gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Candidates that are not there by then are not in the offer.
    pub gathering: Duration,
    /// From the answer to a working path.
    pub path: Duration,
    /// From a working path to verified keys.
    pub handshake: Duration,
    /// Silence on the path until the leg counts as disconnected.
    pub silence: Duration,
    /// Further silence until it counts as lost.
    pub lost: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            gathering: Duration::from_secs(3),
            path: Duration::from_secs(15),
            handshake: Duration::from_secs(6),
            silence: Duration::from_secs(4),
            lost: Duration::from_secs(8),
        }
    }
}
