//! RTP payloads, in any order, with losses → access units (RFC 6184, packetization mode 1).
//!
//! A unit is handed out with its marker packet, not one picture later with the next timestamp. A missing packet is
//! waited for a while, so that a retransmission can fill the gap; then everything up to the next key picture is
//! swallowed, because a decoder that misses a reference shows rubbish.

use std::collections::VecDeque;
use std::time::Duration;

use confab_types::{MediaTime, Mono};

use super::assembler::{Assembled, Assembler};
use super::reorder::{Admission, Held, Reorder};
use crate::EncodedVideo;

/// Outputs kept for a caller that does not drain; beyond it units are dropped.
const MAX_READY: usize = 64;

/// Bounds of a [`Depacketizer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepacketizerConfig {
    /// How long a missing packet is waited for.
    pub patience: Duration,
    /// Most packets held behind a gap.
    pub max_packets: usize,
    /// Most bytes of one access unit, and of all packets held behind a gap.
    pub max_bytes: usize,
}

impl Default for DepacketizerConfig {
    /// 150 ms: one retransmission over a long line. 256 packets, 2 MiB: above any key picture of a conference.
    fn default() -> Self {
        DepacketizerConfig { patience: Duration::from_millis(150), max_packets: 256, max_bytes: 2 << 20 }
    }
}

/// One RTP packet of a video stream, decrypted, without header and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoPacket<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 90 kHz.
    pub time: MediaTime,
    /// RTP marker: last packet of its access unit.
    pub marker: bool,
    /// RTP payload; may be empty (padding only).
    pub payload: &'a [u8],
}

/// What comes out of a [`Depacketizer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Depacketized {
    /// An access unit, in decoding order, complete; the first one, and the first one after `Lost`, is a key unit.
    Unit(EncodedVideo),
    /// Decoding cannot go on without a key picture: ask the sender for one. Told once per loss; as long as
    /// [`Depacketizer::needs_key`] the request may have been lost as well.
    Lost,
}

/// Counters since the start or the last reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepacketizerStats {
    /// Packets given to [`Depacketizer::push`].
    pub packets: u64,
    /// Access units handed out.
    pub units: u64,
    /// Key units among them.
    pub key_units: u64,
    /// Packets that are not valid RFC 6184, or that made a unit too large.
    pub malformed: u64,
    /// Packets given up as lost.
    pub lost: u64,
    /// Packets that came twice, or after they were given up.
    pub late: u64,
    /// Access units that were broken, or useless without the key unit before them.
    pub dropped_units: u64,
}

/// Turns the RTP packets of one H.264 stream into access units. Memory is bounded whatever a peer sends.
///
/// Call [`push`](Self::push) or [`wake`](Self::wake), drain [`poll`](Self::poll), wait until
/// [`deadline`](Self::deadline).
#[derive(Debug)]
pub struct Depacketizer {
    config: DepacketizerConfig,
    reorder: Reorder,
    assembler: Assembler,
    ready: VecDeque<Depacketized>,
    /// Since when a packet is missing; `None` without a gap.
    gap_since: Option<Mono>,
    needs_key: bool,
    /// Whether `Lost` has been told since the last key unit.
    told: bool,
    stats: DepacketizerStats,
}

impl Depacketizer {
    /// For one stream (SSRC).
    pub fn new(config: DepacketizerConfig) -> Self {
        Depacketizer {
            config,
            reorder: Reorder::new(config.max_packets, config.max_bytes),
            assembler: Assembler::new(config.max_bytes),
            ready: VecDeque::new(),
            gap_since: None,
            needs_key: true,
            told: false,
            stats: DepacketizerStats::default(),
        }
    }

    /// Counters.
    pub fn stats(&self) -> DepacketizerStats {
        self.stats
    }

    /// Whether nothing will be handed out before the next key unit.
    pub fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Forgets everything but nothing of the bounds: the stream was replaced (another SSRC).
    pub fn reset(&mut self) {
        *self = Depacketizer::new(self.config);
    }

    /// Takes one packet.
    pub fn push(&mut self, now: Mono, packet: VideoPacket<'_>) {
        self.stats.packets += 1;
        if packet.payload.len() > self.config.max_bytes {
            self.stats.malformed += 1;
            return;
        }
        let held = Held { time: packet.time, marker: packet.marker, payload: packet.payload.to_vec() };
        match self.reorder.insert(packet.sequence, held) {
            Admission::Late => {
                self.stats.late += 1;
                return;
            }
            Admission::Jumped => self.lose(0),
            Admission::Held => {}
        }
        self.advance();
        if self.reorder.has_gap() {
            if let Some(lost) = self.reorder.skip_gap_to_key() {
                self.lose(lost);
                self.advance();
            }
            while self.reorder.has_gap() && self.reorder.is_full() {
                self.give_up();
            }
        }
        self.watch_gap(now);
    }

    /// Time has passed: gives up on packets that have been missing for too long.
    pub fn wake(&mut self, now: Mono) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.give_up();
            // Another gap behind this one is as old: its wait starts now only if it is seen now.
            self.gap_since = None;
            self.watch_gap(now);
        }
    }

    /// When [`wake`](Self::wake) wants to be called.
    pub fn deadline(&self) -> Option<Mono> {
        self.gap_since.map(|since| since + self.config.patience)
    }

    /// The next access unit or loss; drain to `None`.
    pub fn poll(&mut self) -> Option<Depacketized> {
        self.ready.pop_front()
    }

    fn give_up(&mut self) {
        let lost = self.reorder.skip_gap();
        self.lose(lost);
        self.advance();
    }

    fn watch_gap(&mut self, now: Mono) {
        if self.reorder.has_gap() {
            self.gap_since.get_or_insert(now);
        } else {
            self.gap_since = None;
        }
    }

    /// Takes every packet whose turn it is.
    fn advance(&mut self) {
        while let Some(packet) = self.reorder.take() {
            self.gap_since = None;
            // A sender that sets no marker ends a unit by starting the next.
            if self.assembler.time().is_some_and(|time| time != packet.time) {
                self.finish();
            }
            if self.assembler.take(packet.time, &packet.payload).is_err() {
                self.stats.malformed += 1;
            }
            if packet.marker {
                self.finish();
            }
        }
    }

    /// `packets` are missing for good.
    fn lose(&mut self, packets: u64) {
        self.stats.lost += packets;
        self.assembler.interrupt();
        self.ask_for_key();
    }

    fn finish(&mut self) {
        match self.assembler.finish() {
            Assembled::Empty => {}
            Assembled::Broken => {
                self.stats.dropped_units += 1;
                self.ask_for_key();
            }
            Assembled::Whole(unit) if self.needs_key && !unit.key => {
                self.stats.dropped_units += 1;
                self.ask_for_key();
            }
            Assembled::Whole(_) if self.ready.len() >= MAX_READY => {
                self.stats.dropped_units += 1;
                self.ask_for_key();
            }
            Assembled::Whole(unit) => {
                if unit.key {
                    (self.needs_key, self.told) = (false, false);
                    self.stats.key_units += 1;
                }
                self.stats.units += 1;
                self.ready.push_back(Depacketized::Unit(unit));
            }
        }
    }

    fn ask_for_key(&mut self) {
        self.needs_key = true;
        if !self.told {
            self.told = true;
            self.ready.push_back(Depacketized::Lost);
        }
    }
}

#[cfg(test)]
mod tests;
