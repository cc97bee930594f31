//! What a leg tells, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use confab_media_model::LegDown;
use confab_types::{Bitrate, Dbfs, MediaTime};

/// One thing that happened on a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum LegEvent {
    /// A path was found and the far side's certificate is the one in its description. Also after [`LegEvent::Disconnected`].
    Connected,
    /// Nothing was heard for a while; the leg may recover by itself.
    Disconnected,
    /// The leg is gone. The last event of a leg; closing it is still the owner's duty.
    Down(LegDown),
    /// The far side needs a key frame of our video (PLI or FIR, RFC 4585 and 5104). Comes as often as it is asked.
    KeyFrameWanted,
    /// The bandwidth estimate moved by 1 % or more. Includes audio, retransmissions and headers.
    Estimate(Bitrate),
    /// What share of our packets the far side missed since its last report, 0.0 … 1.0.
    Loss {
        /// Of one track; the next event may speak of the other one.
        fraction: f32,
    },
    /// The round trip in milliseconds, about once a second.
    RoundTrip(f32),
    /// An RTP packet of the far side's video, as it arrives: out of order, after a retransmission, or twice.
    VideoPacket {
        /// Changes when the far side switches its source: start the depacketizer anew.
        ssrc: u32,
        /// Wraps at 2¹⁶.
        sequence: u16,
        /// 90 kHz.
        time: MediaTime,
        /// The last packet of an access unit.
        marker: bool,
        /// RFC 6184. Whatever the far side likes; not checked.
        payload: Bytes,
    },
    /// An RTP packet of the far side's audio, as it arrives.
    AudioPacket {
        /// Changes when the far side switches its source: start the jitter buffer anew.
        ssrc: u32,
        /// Wraps at 2¹⁶.
        sequence: u16,
        /// 48 kHz.
        time: MediaTime,
        /// RFC 6464, when the far side sends it.
        level: Option<Dbfs>,
        /// One Opus packet. Whatever the far side likes; not checked.
        payload: Bytes,
    },
}

/// Where events go. Called on the transport's own tasks, possibly two at once: it must return at once, must not wait
/// for anything, and may call the leg's methods that are not `async`.
pub type LegSink = Arc<dyn Fn(LegEvent) + Send + Sync>;

/// What became of an access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum SendOutcome {
    /// It is on its way.
    Sent,
    /// Too much is waiting already: it was dropped whole, and so will be all that follow until a key frame comes.
    Dropped,
    /// The leg is not connected, or has no video track.
    NotConnected,
}

/// How a leg does. Counters run from its beginning; rates are for the caller to take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportStats {
    /// RTP packets sent, retransmissions included.
    pub sent_packets: u64,
    /// RTP bytes sent: headers and payload, without SRTP, UDP and IP.
    pub sent_bytes: u64,
    /// Packets sent again because the far side missed them.
    pub retransmitted: u64,
    /// Access units refused because too much was waiting.
    pub dropped_units: u64,
    /// Media packets received, recovered ones included.
    pub received_packets: u64,
    /// Their RTP bytes.
    pub received_bytes: u64,
    /// Packets that came by retransmission (RFC 4588).
    pub recovered: u64,
    /// Packets of the far side that have not come, as far as their successors tell; late ones are taken off again.
    pub missing: u64,
    /// Key frames the far side asked us for.
    pub key_frames_wanted: u64,
    /// Key frames we asked the far side for.
    pub key_frames_asked: u64,
    /// The bandwidth estimate of a sending leg.
    pub estimate: Option<Bitrate>,
    /// How long the video that waits in the pacer will take to leave.
    pub backlog: Duration,
    /// The last loss the far side reported, 0.0 … 1.0.
    pub loss: f32,
    /// The last round trip in milliseconds.
    pub round_trip_ms: Option<f32>,
    /// Whether the path leads through a TURN server, ours or theirs; `None` before there is one.
    pub relayed: Option<bool>,
}
