//! The figures that the packet chain, the leg and its task share. No lock is held while the sink is called.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use confab_types::Bitrate;
use tokio::sync::Notify;
use webrtc::media_stream::track_remote::TrackRemote;

use crate::chain::pacer;
use crate::config::LegConfig;
use crate::event::{LegEvent, LegSink, TransportStats};

/// See the module.
pub(crate) struct Shared {
    sink: LegSink,
    /// No event leaves after this.
    ended: AtomicBool,
    /// Between verified keys and the end; before it nothing may be written, the transport would send it in the clear
    /// or drop it.
    pub(crate) connected: AtomicBool,
    sends: bool,
    estimate: AtomicU32,
    /// Video bytes accepted by the leg but not yet handed to the chain.
    pub(crate) queued_bytes: AtomicU64,
    /// Video bytes that wait in the pacer; written by the pacer alone.
    pub(crate) paced_bytes: AtomicU64,
    /// A key frame is wanted of the far side and none has begun to arrive since.
    pub(crate) key_frame_missing: AtomicBool,
    /// Wakes the leg's task to ask for it.
    pub(crate) ask: Notify,
    /// The far side's video track, once its first packet came: the way back for requests.
    remote_video: Mutex<Option<RemoteVideo>>,
    pub(crate) remote_ssrc: AtomicU32,
    /// When the chain was last driven, in milliseconds after `born`; 0 before its first packet.
    heartbeat: AtomicU64,
    born: Instant,
    pub(crate) counters: Counters,
    loss: AtomicU32,
    round_trip: AtomicU32,
    /// One of the constants below.
    path: AtomicU8,
}

/// No path is known.
const UNKNOWN: u8 = 0;
/// From us to them.
const DIRECT: u8 = 1;
/// Through a TURN server.
const RELAYED: u8 = 2;

type RemoteVideo = Arc<dyn TrackRemote>;

/// Counters of [`TransportStats`].
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) sent_packets: AtomicU64,
    pub(crate) sent_bytes: AtomicU64,
    pub(crate) retransmitted: AtomicU64,
    pub(crate) dropped_units: AtomicU64,
    pub(crate) received_packets: AtomicU64,
    pub(crate) received_bytes: AtomicU64,
    pub(crate) recovered: AtomicU64,
    pub(crate) missing: AtomicU64,
    pub(crate) key_frames_wanted: AtomicU64,
    pub(crate) key_frames_asked: AtomicU64,
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Relaxed);
}

impl Shared {
    pub(crate) fn new(config: &LegConfig, sink: LegSink) -> Arc<Self> {
        Arc::new(Shared {
            sink,
            ended: AtomicBool::new(false),
            connected: AtomicBool::new(false),
            sends: config.tracks.sends(),
            estimate: AtomicU32::new(config.start_bitrate.0),
            queued_bytes: AtomicU64::new(0),
            paced_bytes: AtomicU64::new(0),
            key_frame_missing: AtomicBool::new(false),
            ask: Notify::new(),
            remote_video: Mutex::new(None),
            remote_ssrc: AtomicU32::new(0),
            heartbeat: AtomicU64::new(0),
            born: Instant::now(),
            counters: Counters::default(),
            loss: AtomicU32::new(0),
            round_trip: AtomicU32::new(f32::NAN.to_bits()),
            path: AtomicU8::new(UNKNOWN),
        })
    }

    /// Hands an event to the owner, unless the leg has ended.
    pub(crate) fn tell(&self, event: LegEvent) {
        if !self.ended.load(Relaxed) {
            (self.sink)(event);
        }
    }

    /// The last thing a leg does: `last` is told, nothing after it.
    pub(crate) fn end(&self, last: Option<LegEvent>) {
        self.connected.store(false, Relaxed);
        if !self.ended.swap(true, Relaxed)
            && let Some(event) = last
        {
            (self.sink)(event);
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Relaxed)
    }

    pub(crate) fn estimate(&self) -> Bitrate {
        Bitrate(self.estimate.load(Relaxed))
    }

    /// Tells the owner when it moved by 1 % or more.
    pub(crate) fn set_estimate(&self, estimate: Bitrate) {
        let before = self.estimate();
        if before.0.abs_diff(estimate.0) * 100 >= before.0 {
            self.estimate.store(estimate.0, Relaxed);
            self.tell(LegEvent::Estimate(estimate));
        }
    }

    /// How long the waiting video takes to leave at the present pace.
    pub(crate) fn backlog(&self) -> Duration {
        let bytes = self.queued_bytes.load(Relaxed) + self.paced_bytes.load(Relaxed);
        Duration::from_secs_f64(bytes as f64 * 8.0 / pacer::pace(self.estimate()))
    }

    pub(crate) fn set_loss(&self, fraction: f32) {
        self.loss.store(fraction.to_bits(), Relaxed);
        self.tell(LegEvent::Loss { fraction });
    }

    pub(crate) fn set_round_trip(&self, milliseconds: f32) {
        self.round_trip.store(milliseconds.to_bits(), Relaxed);
        self.tell(LegEvent::RoundTrip(milliseconds));
    }

    /// The last round trip, if one was measured.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        let milliseconds = f32::from_bits(self.round_trip.load(Relaxed));
        (!milliseconds.is_nan()).then(|| Duration::from_secs_f32(milliseconds.max(0.0) / 1000.0))
    }

    /// Which way packets take was found out.
    pub(crate) fn set_relayed(&self, relayed: bool) {
        self.path.store(if relayed { RELAYED } else { DIRECT }, Relaxed);
    }

    /// The chain was driven at `now`.
    pub(crate) fn beat(&self, now: Instant) {
        let since = now.saturating_duration_since(self.born).as_millis();
        self.heartbeat.store(u64::try_from(since).unwrap_or(u64::MAX).max(1), Relaxed);
    }

    /// How long the chain has not been driven; zero before its first packet.
    pub(crate) fn stillness(&self, now: Instant) -> Duration {
        match self.heartbeat.load(Relaxed) {
            0 => Duration::ZERO,
            at => now.saturating_duration_since(self.born).saturating_sub(Duration::from_millis(at)),
        }
    }

    pub(crate) fn remote_video(&self) -> Option<RemoteVideo> {
        self.remote_video.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first packet of the far side's video came.
    pub(crate) fn set_remote_video(&self, track: RemoteVideo) {
        *self.remote_video.lock().unwrap_or_else(PoisonError::into_inner) = Some(track);
        self.ask.notify_one();
    }

    /// Whether a key frame is missing and can be asked for.
    pub(crate) fn can_ask(&self) -> bool {
        self.key_frame_missing.load(Relaxed) && self.is_connected() && self.remote_video().is_some()
    }

    pub(crate) fn stats(&self) -> TransportStats {
        let counters = &self.counters;
        let round_trip = f32::from_bits(self.round_trip.load(Relaxed));
        TransportStats {
            sent_packets: counters.sent_packets.load(Relaxed),
            sent_bytes: counters.sent_bytes.load(Relaxed),
            retransmitted: counters.retransmitted.load(Relaxed),
            dropped_units: counters.dropped_units.load(Relaxed),
            received_packets: counters.received_packets.load(Relaxed),
            received_bytes: counters.received_bytes.load(Relaxed),
            recovered: counters.recovered.load(Relaxed),
            missing: counters.missing.load(Relaxed),
            key_frames_wanted: counters.key_frames_wanted.load(Relaxed),
            key_frames_asked: counters.key_frames_asked.load(Relaxed),
            estimate: self.sends.then(|| self.estimate()),
            backlog: self.backlog(),
            loss: f32::from_bits(self.loss.load(Relaxed)),
            round_trip_ms: (!round_trip.is_nan()).then_some(round_trip),
            relayed: match self.path.load(Relaxed) {
                UNKNOWN => None,
                path => Some(path == RELAYED),
            },
        }
    }
}
