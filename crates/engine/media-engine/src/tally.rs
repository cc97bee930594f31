//! Counters that become statistics once a second.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use confab_media_model::LegStats;
use confab_media_model::jitter::JitterStats;
use confab_rtc::TransportStats;
use confab_types::Bitrate;

/// What the pipelines of one leg count.
#[derive(Debug, Default)]
pub struct Tally {
    /// Pictures decoded or encoded.
    pub pictures: AtomicU64,
    /// Key frames made or decoded.
    pub key_frames: AtomicU32,
    /// Pictures thrown away before the encoder or the screen.
    pub dropped: AtomicU32,
    /// Malformed packets.
    pub malformed: AtomicU32,
    /// The encoder's present target, bits per second.
    pub target: AtomicU32,
    /// Width in the high half, height in the low one.
    size: AtomicU32,
    before: Mutex<Before>,
}

#[derive(Debug, Default)]
struct Before {
    transport: TransportStats,
    sound: JitterStats,
    pictures: u64,
    dropped: u32,
}

impl Tally {
    /// Remembers the picture size.
    pub fn set_size(&self, width: u32, height: u32) {
        self.size.store((width << 16) | (height & 0xffff), Relaxed);
    }

    /// Statistics since the last call, `span` ago.
    pub fn read(&self, transport: TransportStats, sound: Option<JitterStats>, span: Duration) -> LegStats {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = span.as_secs_f32().max(0.001);
        let rate = |now: u64, then: u64| Bitrate((now.saturating_sub(then) as f32 * 8.0 / seconds) as u32);
        let pictures = self.pictures.load(Relaxed);
        let dropped = self.dropped.load(Relaxed);
        let size = self.size.load(Relaxed);
        let target = self.target.load(Relaxed);
        let arrived = transport.received_packets.saturating_sub(before.transport.received_packets);
        let missing = transport.missing.saturating_sub(before.transport.missing);
        let incoming = if arrived + missing > 0 { missing as f32 / (arrived + missing) as f32 } else { 0.0 };
        let sound_now = sound.unwrap_or_default();
        let played = sound_now.played.saturating_sub(before.sound.played);
        let concealed = sound_now.concealed.saturating_sub(before.sound.concealed);
        let stats = LegStats {
            received: rate(transport.received_bytes, before.transport.received_bytes),
            sent: rate(transport.sent_bytes, before.transport.sent_bytes),
            estimate: transport.estimate,
            target: (target > 0).then_some(Bitrate(target)),
            round_trip_ms: transport.round_trip_ms,
            loss: if arrived > 0 || missing > 0 { incoming } else { transport.loss },
            fps: pictures.saturating_sub(before.pictures) as f32 / seconds,
            size: (size > 0).then_some((size >> 16, size & 0xffff)),
            dropped: dropped.saturating_sub(before.dropped),
            concealed: if played + concealed > 0 {
                concealed as f32 / (played + concealed) as f32
            } else {
                0.0
            },
            playout_ms: sound.map(|sound| sound.delay.as_secs_f32() * 1000.0),
            key_frames: self.key_frames.load(Relaxed),
            relayed: transport.relayed,
            malformed: self.malformed.load(Relaxed),
        };
        *before = Before { transport, sound: sound_now, pictures, dropped };
        stats
    }
}
