//! Audio packets of a restless network, one every 20 ms.
//!
//! Packets are played by their timestamp, a [target delay](JitterStats::target) after the fastest of their kind would
//! have come. The target follows the network: 97 in 100 packets of the last five seconds shall be in time. A sender
//! that pauses (discontinuous transmission, a closed microphone) leaves a hole in timestamps but none in sequence
//! numbers; that is silence, not loss, and the moment to set the delay right at no cost.

mod delay;

use std::collections::BTreeMap;
use std::time::Duration;

use confab_types::{MediaTime, Mono};

use self::delay::DelayEstimator;
use crate::extend::Extender;

/// Ticks of 48 kHz in one packet of 20 ms.
pub const PACKET_TICKS: u32 = 960;
/// One packet, microseconds.
const PACKET_MICROS: i64 = 20_000;
/// Most bytes of one packet; an Opus frame has at most 1,275 (RFC 6716, 3.2.1).
const MAX_PAYLOAD: usize = 1_500;
/// An Opus packet of at most this many bytes says "nothing follows" (RFC 6716, 3.1; RFC 7587, 3.1.3).
const DTX_PAYLOAD: usize = 2;
/// Late packets in a row after which the sender's clock is taken to have jumped backwards.
const LATE_RUN: u32 = 25;
/// Ticks between two packets above which what lies between is a pause and not worth inventing: half a second.
const MOST_HOLE: i64 = 24_000;
/// Inventions in a row after which silence is more honest: 100 ms.
const MOST_MISSES: u32 = 5;
/// Too much delay is tolerated up to this: the 20 ms of asking and some noise, microseconds.
const SLACK: i64 = 30_000;
/// Delay beyond the target that is cut at once, as after a stall of the network, microseconds.
const STALL: i64 = 200_000;
/// Pulls above the target before a packet is dropped: in quiet, in speech.
const SKIP_AFTER: (u32, u32) = (5, 50);
/// Pulls between two changes of the delay.
const CALM: u32 = 10;

/// Bounds of a [`JitterBuffer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterConfig {
    /// Delay until the network is known.
    pub initial: Duration,
    /// Least target delay.
    pub least: Duration,
    /// Most target delay; what comes later is lost.
    pub most: Duration,
    /// Most packets held; beyond it the oldest goes.
    pub max_packets: usize,
}

impl Default for JitterConfig {
    /// 40 ms at first, 20 … 400 ms afterwards, two seconds of packets.
    fn default() -> Self {
        JitterConfig {
            initial: Duration::from_millis(40),
            least: Duration::from_millis(20),
            most: Duration::from_millis(400),
            max_packets: 100,
        }
    }
}

/// One RTP packet of an Opus stream of 20 ms packets (RFC 7587), decrypted, without header and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioPacket<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 48 kHz.
    pub time: MediaTime,
    /// RTP payload: one Opus packet.
    pub payload: &'a [u8],
}

/// What to play for the next 20 ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Playout {
    /// Decode this packet.
    Packet(Vec<u8>),
    /// The packet is lost; rebuild it from this, the one behind it, which comes as `Packet` next.
    Fec(Vec<u8>),
    /// Invent 20 ms that continue what was heard.
    Conceal,
    /// The sender is silent.
    Silence,
}

/// Counters since the start, and the present delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets given to [`JitterBuffer::push`].
    pub received: u64,
    /// Packets that came after their turn.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Packets that are no Opus packet: empty or too long.
    pub malformed: u64,
    /// Packets played.
    pub played: u64,
    /// Lost packets rebuilt from their successor.
    pub recovered: u64,
    /// 20 ms steps that had to be invented for loss or lateness.
    pub concealed: u64,
    /// 20 ms steps in which the sender was silent.
    pub silent: u64,
    /// Packets or holes left out to shorten the delay.
    pub skipped: u64,
    /// Steps put in to lengthen the delay.
    pub stretched: u64,
    /// Wanted delay between the fastest possible arrival and playout.
    pub target: Duration,
    /// That delay of the latest packet played.
    pub delay: Duration,
}

impl JitterStats {
    /// Share of played sound that had to be invented, 0.0 … 1.0.
    pub fn concealed_share(&self) -> f32 {
        let all = self.played + self.recovered + self.concealed;
        if all == 0 { 0.0 } else { self.concealed as f32 / all as f32 }
    }
}

#[derive(Debug)]
struct Stored {
    sequence: i64,
    payload: Vec<u8>,
}

/// Whether a timestamp is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The front packet starts when its time has come; everything before it is silence.
    Waiting,
    /// A packet with the timestamp `next` is expected at every pull.
    Playing,
}

/// Turns packets that come when they like into one [`Playout`] every 20 ms. Memory is bounded whatever a peer sends.
#[derive(Debug)]
pub struct JitterBuffer {
    config: JitterConfig,
    sequence: Extender,
    time: Extender,
    delay: DelayEstimator,
    /// By timestamp.
    packets: BTreeMap<i64, Stored>,
    state: State,
    /// Timestamp whose turn it is; older packets are late. `None` before the first one is played.
    next: Option<i64>,
    /// Sequence number of the last packet played.
    last: Option<i64>,
    /// Whether the last packet played announced silence.
    last_was_dtx: bool,
    /// Inventions since the last packet.
    misses: u32,
    /// Inventions of which it is not yet known whether the sender paused.
    unexplained: u64,
    late_run: u32,
    /// Pulls in a row with too much delay.
    over_run: u32,
    /// Pulls since the delay was last changed on purpose.
    calm: u32,
    stats: JitterStats,
}

impl JitterBuffer {
    /// For one stream (SSRC).
    pub fn new(config: JitterConfig) -> Self {
        JitterBuffer {
            config,
            sequence: Extender::sequence(),
            time: Extender::timestamp(),
            delay: DelayEstimator::new(config),
            packets: BTreeMap::new(),
            state: State::Waiting,
            next: None,
            last: None,
            last_was_dtx: false,
            misses: 0,
            unexplained: 0,
            late_run: 0,
            over_run: 0,
            calm: 0,
            stats: JitterStats::default(),
        }
    }

    /// Counters and delay.
    pub fn stats(&self) -> JitterStats {
        JitterStats { target: self.delay.target(), ..self.stats }
    }

    /// Forgets the stream but not the counters: it was replaced (another SSRC).
    pub fn reset(&mut self) {
        *self = JitterBuffer { stats: self.stats, ..JitterBuffer::new(self.config) };
    }

    /// Takes one packet that came at `now`.
    pub fn push(&mut self, now: Mono, packet: AudioPacket<'_>) {
        self.stats.received += 1;
        if packet.payload.is_empty() || packet.payload.len() > MAX_PAYLOAD {
            self.stats.malformed += 1;
            return;
        }
        let time = self.time.extend(packet.time.0);
        let sequence = self.sequence.extend(u32::from(packet.sequence));
        self.delay.observe(now, time);
        if self.next.is_some_and(|next| slot_before(time, next)) {
            self.stats.late += 1;
            self.late_run += 1;
            if self.late_run < LATE_RUN {
                return;
            }
            self.start_over();
        }
        self.late_run = 0;
        if self.packets.contains_key(&time) {
            self.stats.duplicate += 1;
            return;
        }
        self.packets.insert(time, Stored { sequence, payload: packet.payload.to_vec() });
        if self.packets.len() > self.config.max_packets {
            self.skip_front();
        }
    }

    /// What to play for the next 20 ms; call it every 20 ms. `quiet` says that what was played last was hardly
    /// audible, so that a change of the delay goes unnoticed now.
    pub fn pull(&mut self, now: Mono, quiet: bool) -> Playout {
        self.calm = self.calm.saturating_add(1);
        self.cut_stall(now);
        if self.state == State::Playing
            && let Some(playout) = self.pull_playing(now, quiet)
        {
            return playout;
        }
        match self.packets.first_key_value() {
            Some((&time, _)) if self.over_target(now, time) >= 0 => self.play(now),
            _ => {
                self.stats.silent += 1;
                Playout::Silence
            }
        }
    }

    /// `None` when the sender has paused.
    fn pull_playing(&mut self, now: Mono, quiet: bool) -> Option<Playout> {
        // Every turn but the last leaves out one packet; a hole is at most `MOST_HOLE` long.
        loop {
            let next = self.next?;
            let Some((&time, front)) = self.packets.first_key_value() else {
                return self.starve();
            };
            if slot_of(time, next) {
                return Some(self.play_or_adjust(now, time, quiet));
            }
            let missing = self.last.map_or(0, |last| front.sequence - last - 1);
            if missing <= 0 || time - next > MOST_HOLE {
                self.pause();
                return None;
            }
            let over = self.over_target(now, next);
            if over < -PACKET_MICROS / 2 {
                // There is time left, and more delay is wanted: it may still come.
                return self.starve();
            }
            let behind = next + i64::from(PACKET_TICKS);
            self.next = Some(behind);
            self.last = self.last.map(|last| last + 1);
            if missing == 1 && slot_of(time, behind) {
                self.stats.recovered += 1;
                return Some(Playout::Fec(front.payload.clone()));
            }
            if over > PACKET_MICROS {
                self.stats.skipped += 1;
                continue;
            }
            self.misses += 1;
            if self.misses > MOST_MISSES {
                self.pause();
                return None;
            }
            self.stats.concealed += 1;
            return Some(Playout::Conceal);
        }
    }

    /// Plays the packet whose turn it is, unless the delay is better changed first.
    fn play_or_adjust(&mut self, now: Mono, time: i64, quiet: bool) -> Playout {
        let over = self.over_target(now, time);
        self.over_run = if over > SLACK { self.over_run + 1 } else { 0 };
        if self.calm >= CALM {
            let patience = if quiet { SKIP_AFTER.0 } else { SKIP_AFTER.1 };
            if self.over_run >= patience && self.packets.len() > 1 {
                self.skip_front();
                self.calm = 0;
            } else if quiet && over < -PACKET_MICROS {
                self.calm = 0;
                self.stats.stretched += 1;
                return Playout::Conceal;
            }
        }
        self.play(now)
    }

    /// Nothing is here for this turn. The turn is kept, so that a packet that is merely late is still played.
    fn starve(&mut self) -> Option<Playout> {
        self.misses += 1;
        if self.last_was_dtx || self.misses > MOST_MISSES {
            self.pause();
            return None;
        }
        self.unexplained += 1;
        Some(Playout::Conceal)
    }

    fn pause(&mut self) {
        self.state = State::Waiting;
        self.over_run = 0;
    }

    /// Plays the front packet, which must be there.
    fn play(&mut self, now: Mono) -> Playout {
        let Some((time, stored)) = self.packets.pop_first() else { return Playout::Silence };
        let follows = self.last.is_some_and(|last| stored.sequence == last + 1);
        if follows && self.next.is_some_and(|next| slot_before(next, time)) {
            // What was invented was the beginning of a pause.
            self.stats.silent += self.unexplained;
        } else {
            self.stats.concealed += self.unexplained;
        }
        (self.unexplained, self.misses) = (0, 0);
        self.state = State::Playing;
        self.next = Some(time + i64::from(PACKET_TICKS));
        self.last = Some(stored.sequence);
        self.last_was_dtx = stored.payload.len() <= DTX_PAYLOAD;
        self.stats.played += 1;
        self.stats.delay = Duration::from_micros(u64::try_from(self.delay.age(now, time)).unwrap_or(0));
        Playout::Packet(stored.payload)
    }

    /// After a stall of the network everything comes at once, long after its time: only the newest is worth playing.
    fn cut_stall(&mut self, now: Mono) {
        let front_over =
            |buffer: &Self| buffer.packets.keys().next().map(|&time| buffer.over_target(now, time));
        if front_over(self).is_some_and(|over| over > STALL) {
            while self.packets.len() > 1 && front_over(self).is_some_and(|over| over > PACKET_MICROS) {
                self.skip_front();
            }
        }
    }

    /// Leaves the front packet out and goes on with the one behind it.
    fn skip_front(&mut self) {
        if let Some((_, skipped)) = self.packets.pop_first() {
            self.last = Some(skipped.sequence);
            self.stats.skipped += 1;
            self.next = self.packets.keys().next().copied();
            self.over_run = 0;
        }
    }

    fn start_over(&mut self) {
        self.packets.clear();
        self.state = State::Waiting;
        (self.next, self.last, self.last_was_dtx) = (None, None, false);
        (self.misses, self.unexplained, self.over_run) = (0, 0, 0);
    }

    /// How much longer than wanted the packet of media time `time` has waited, microseconds.
    fn over_target(&self, now: Mono, time: i64) -> i64 {
        self.delay.age(now, time) - i64::try_from(self.delay.target().as_micros()).unwrap_or(i64::MAX)
    }
}

/// Whether a timestamp belongs to the slot that begins around `slot`; senders may shift by less than half a packet.
fn slot_of(time: i64, slot: i64) -> bool {
    !slot_before(time, slot) && !slot_before(slot, time)
}

/// Whether a timestamp belongs to a slot before `slot`.
fn slot_before(time: i64, slot: i64) -> bool {
    time.saturating_add(i64::from(PACKET_TICKS) / 2) <= slot
}

/// Ticks of 48 kHz in microseconds.
fn micros(ticks: i64) -> i64 {
    ticks.saturating_mul(125) / 6
}

#[cfg(test)]
mod tests;
