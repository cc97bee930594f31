//! The numbers of one receiving track.
//!
//! A receiver sees one continuous stream: no hole where a gate was closed or the source was changed, and timestamps that
//! go on as the wall clock did. Holes that the network made stay holes, so that the receiver asks for what is missing.

use confab_types::{MediaTime, Mono};

/// How far a source's sequence number may jump before it counts as restarted, in packets. At 2 Mbit/s that is about
/// 20 s of video; nobody repairs a hole of that size.
const RESTART: u64 = 5_000;

/// Where a stream may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Anywhere (sound).
    Anywhere,
    /// At a key frame only (pictures).
    KeyFrame,
}

/// What is known of an arriving packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketIn {
    /// The sending stream; a new one has numbers of its own.
    pub ssrc: u32,
    /// Sequence number without wrapping.
    pub seq: u64,
    /// Its media time.
    pub time: MediaTime,
    /// Whether it [starts a key frame](crate::starts_key_frame); of no meaning for sound.
    pub key: bool,
    /// When it arrived.
    pub arrived: Mono,
}

/// What the receiver gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketOut {
    /// Sequence number without wrapping; the first one is 1, so the receiver's rollover counter starts at 0 (RFC 3711,
    /// 3.3.1).
    pub seq: u64,
    /// Media time, continuous.
    pub time: MediaTime,
}

/// A stretch of a source that is forwarded without interruption.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    first_in: u64,
    first_out: u64,
}

/// The clock of a source: which one, how far its numbers went, and what to add to its times.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    highest: u64,
    time_shift: u32,
}

/// Rewrites the numbers of one track for one receiver.
#[derive(Clone, Debug)]
pub struct Rewriter {
    start: Start,
    /// Ticks per second.
    clock_rate: u32,
    source: Option<Source>,
    /// `None` while nothing is forwarded and a start is awaited.
    stretch: Option<Stretch>,
    next_seq: u64,
    /// The newest packet sent: its time and when.
    last: Option<(MediaTime, Mono)>,
}

impl Rewriter {
    /// For sound: 48,000 ticks per second, starts anywhere.
    pub fn audio() -> Rewriter {
        Rewriter::new(Start::Anywhere, 48_000)
    }

    /// For pictures: 90,000 ticks per second, starts at a key frame.
    pub fn video() -> Rewriter {
        Rewriter::new(Start::KeyFrame, 90_000)
    }

    /// With a clock rate in ticks per second.
    pub fn new(start: Start, clock_rate: u32) -> Rewriter {
        Rewriter { start, clock_rate, source: None, stretch: None, next_seq: 1, last: None }
    }

    /// The source was silenced: what comes next starts a new stretch with the same clock.
    pub fn pause(&mut self) {
        self.stretch = None;
    }

    /// Another source follows: its numbers and its clock have nothing to do with those so far.
    pub fn switch(&mut self) {
        self.stretch = None;
        self.source = None;
    }

    /// Whether nothing is forwarded until a packet that may start.
    pub fn is_waiting(&self) -> bool {
        self.stretch.is_none()
    }

    /// The packet's numbers for the receiver; `None` when it must not go out: no start yet, or too old.
    pub fn rewrite(&mut self, packet: PacketIn) -> Option<PacketOut> {
        if self
            .source
            .is_some_and(|source| source.ssrc != packet.ssrc || packet.seq > source.highest + RESTART)
        {
            self.switch();
        }
        let stretch = match self.stretch {
            Some(stretch) if packet.seq < stretch.first_in => return None,
            Some(stretch) => stretch,
            None => self.begin(packet)?,
        };
        let source = self.source.as_mut().expect("a stretch has a source");
        source.highest = source.highest.max(packet.seq);
        let out = PacketOut {
            seq: stretch.first_out + (packet.seq - stretch.first_in),
            time: MediaTime(packet.time.0.wrapping_add(source.time_shift)),
        };
        if out.seq >= self.next_seq {
            self.next_seq = out.seq + 1;
            self.last = Some((out.time, packet.arrived));
        }
        Some(out)
    }

    fn begin(&mut self, packet: PacketIn) -> Option<Stretch> {
        if self.start == Start::KeyFrame && !packet.key {
            return None;
        }
        // A straggler from before the pause must not become the start of what follows it.
        if self.source.is_some_and(|source| packet.seq <= source.highest) {
            return None;
        }
        let time_shift = self.time_shift(packet);
        self.source = Some(Source { ssrc: packet.ssrc, highest: packet.seq, time_shift });
        let stretch = Stretch { first_in: packet.seq, first_out: self.next_seq };
        self.stretch = Some(stretch);
        Some(stretch)
    }

    fn time_shift(&self, packet: PacketIn) -> u32 {
        let Some((last, sent)) = self.last else { return 0 };
        if let Some(source) = self.source {
            // The same clock went on while nothing was forwarded.
            let time = MediaTime(packet.time.0.wrapping_add(source.time_shift));
            if time.is_after(last) {
                return source.time_shift;
            }
        }
        let ticks = packet.arrived.since(sent).as_micros() * u128::from(self.clock_rate) / 1_000_000;
        // Two pictures never share a time; wrapping is what RTP times do.
        let expected = last.0.wrapping_add((ticks as u32).max(1));
        expected.wrapping_sub(packet.time.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, seq: u64, time: u32, key: bool, millis: u64) -> PacketIn {
        PacketIn { ssrc, seq, time: MediaTime(time), key, arrived: Mono::from_millis(millis) }
    }

    #[test]
    fn pictures_start_at_a_key_frame_and_with_sequence_number_one() {
        let mut video = Rewriter::video();
        assert_eq!(video.rewrite(packet(1, 70_000, 5, false, 0)), None);
        assert_eq!(
            video.rewrite(packet(1, 70_001, 6, true, 0)),
            Some(PacketOut { seq: 1, time: MediaTime(6) })
        );
        assert_eq!(video.rewrite(packet(1, 70_002, 6, false, 0)).unwrap().seq, 2);
    }

    #[test]
    fn a_hole_in_the_network_stays_and_a_late_packet_fills_it() {
        let mut audio = Rewriter::audio();
        let seqs = [10, 12, 11].map(|seq| audio.rewrite(packet(1, seq, 0, false, 0)).unwrap().seq);
        assert_eq!(seqs, [1, 3, 2]);
        assert_eq!(audio.rewrite(packet(1, 9, 0, false, 0)), None, "before the start");
    }

    #[test]
    fn after_a_pause_numbers_go_on_without_a_hole_and_time_with_one() {
        let mut video = Rewriter::video();
        video.rewrite(packet(1, 10, 1_000, true, 0));
        video.pause();
        assert_eq!(video.rewrite(packet(1, 10, 1_000, true, 1)), None, "a straggler starts nothing");
        assert_eq!(video.rewrite(packet(1, 50, 91_000, false, 1_000)), None);
        let out = video.rewrite(packet(1, 51, 94_000, true, 1_033)).unwrap();
        assert_eq!(out, PacketOut { seq: 2, time: MediaTime(94_000) });
    }

    #[test]
    fn another_source_continues_numbers_and_times() {
        let mut video = Rewriter::video();
        video.rewrite(packet(1, 10, u32::MAX - 10, true, 1_000));
        video.switch();
        assert_eq!(video.rewrite(packet(2, 900, 77, false, 1_010)), None);
        let out = video.rewrite(packet(2, 901, 77, true, 1_100)).unwrap();
        assert_eq!(out, PacketOut { seq: 2, time: MediaTime((u32::MAX - 10).wrapping_add(9_000)) });
    }

    #[test]
    fn a_restarted_sender_counts_as_another_source() {
        let mut audio = Rewriter::audio();
        audio.rewrite(packet(1, 10, 500, false, 0));
        assert_eq!(
            audio.rewrite(packet(7, 3, 9, false, 20)).unwrap(),
            PacketOut { seq: 2, time: MediaTime(1_460) }
        );
        assert_eq!(audio.rewrite(packet(7, 3 + RESTART + 1, 9, false, 40)).unwrap().seq, 3);
    }
}
