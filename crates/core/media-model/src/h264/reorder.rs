//! Packets of one stream brought back into sending order.

use std::collections::BTreeMap;

use confab_types::MediaTime;

use super::assembler::begins_with_parameters;
use crate::extend::Extender;

/// Stragglers in a row after which the sender is taken to have jumped backwards.
const STRAGGLERS_OF_A_JUMP: u32 = 64;

/// One packet, kept until its turn.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) time: MediaTime,
    pub(super) marker: bool,
    pub(super) payload: Vec<u8>,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It waits for its turn, or has it.
    Held,
    /// Its turn is over, or it is here twice.
    Late,
    /// The numbers jumped too far to be a gap: everything held was thrown away and the stream starts at this packet.
    Jumped,
}

/// A window of packets in sequence order, bounded in packets and bytes.
#[derive(Debug)]
pub(super) struct Reorder {
    sequence: Extender,
    /// Number whose turn it is; `None` before the first packet.
    next: Option<i64>,
    held: BTreeMap<i64, Held>,
    /// Payload bytes in `held`.
    bytes: usize,
    stragglers: u32,
    max_packets: usize,
    max_bytes: usize,
}

impl Reorder {
    pub(super) fn new(max_packets: usize, max_bytes: usize) -> Self {
        Reorder {
            sequence: Extender::sequence(),
            next: None,
            held: BTreeMap::new(),
            bytes: 0,
            stragglers: 0,
            max_packets,
            max_bytes,
        }
    }

    /// Takes one packet in any order.
    pub(super) fn insert(&mut self, sequence: u16, packet: Held) -> Admission {
        let number = self.sequence.extend(u32::from(sequence));
        let next = *self.next.get_or_insert(number);
        if number < next {
            self.stragglers += 1;
            if self.stragglers < STRAGGLERS_OF_A_JUMP {
                return Admission::Late;
            }
            return self.jump(number, packet);
        }
        self.stragglers = 0;
        if number - next > 8 * self.max_packets as i64 {
            return self.jump(number, packet);
        }
        if self.held.contains_key(&number) {
            return Admission::Late;
        }
        self.bytes += packet.payload.len();
        self.held.insert(number, packet);
        Admission::Held
    }

    fn jump(&mut self, number: i64, packet: Held) -> Admission {
        self.held.clear();
        self.stragglers = 0;
        self.next = Some(number);
        self.bytes = packet.payload.len();
        self.held.insert(number, packet);
        Admission::Jumped
    }

    /// The packet whose turn it is, if it is here.
    pub(super) fn take(&mut self) -> Option<Held> {
        let next = self.next?;
        let packet = self.held.remove(&next)?;
        self.bytes -= packet.payload.len();
        self.next = Some(next + 1);
        Some(packet)
    }

    /// Whether packets wait behind one that is missing.
    pub(super) fn has_gap(&self) -> bool {
        self.held.first_key_value().is_some_and(|(&first, _)| Some(first) != self.next)
    }

    /// Whether waiting any longer would exceed the bounds.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= self.max_packets || self.bytes >= self.max_bytes
    }

    /// Gives up on the gap: the first held packet has its turn. Returns how many packets were given up.
    pub(super) fn skip_gap(&mut self) -> u64 {
        match (self.next, self.held.first_key_value()) {
            (Some(next), Some((&first, _))) => self.skip_to(next, first),
            _ => 0,
        }
    }

    /// Gives up on the gap, and on everything before the first complete key picture behind it, if there is one:
    /// waiting for a repair is pointless when decoding can start anew.
    pub(super) fn skip_gap_to_key(&mut self) -> Option<u64> {
        let next = self.next?;
        let key = self.complete_key()?;
        Some(self.skip_to(next, key))
    }

    fn skip_to(&mut self, next: i64, to: i64) -> u64 {
        let before = self.held.len();
        self.held = self.held.split_off(&to);
        self.bytes = self.held.values().map(|packet| packet.payload.len()).sum();
        self.next = Some(to);
        let given_up = (to - next) - (before - self.held.len()) as i64;
        u64::try_from(given_up).unwrap_or(0)
    }

    /// Number of the first packet of an unbroken run from a sequence parameter set to a marker.
    fn complete_key(&self) -> Option<i64> {
        let mut start = None;
        let mut expected = None;
        for (&number, packet) in &self.held {
            if start.is_some() && expected != Some(number) {
                start = None;
            }
            if start.is_none() && begins_with_parameters(&packet.payload) {
                start = Some(number);
            }
            if packet.marker && start.is_some() {
                return start;
            }
            expected = Some(number + 1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(byte: u8, marker: bool) -> Held {
        Held { time: MediaTime(0), marker, payload: vec![byte] }
    }

    fn drain(reorder: &mut Reorder) -> Vec<u8> {
        std::iter::from_fn(|| reorder.take()).map(|held| held.payload[0]).collect()
    }

    #[test]
    fn order_is_restored_across_the_wrap() {
        let mut reorder = Reorder::new(256, 1000);
        for (sequence, byte) in [(65_535, 1), (1, 3), (0, 2)] {
            reorder.insert(sequence, packet(byte, false));
        }
        assert_eq!(drain(&mut reorder), [1, 2, 3]);
        assert_eq!(reorder.insert(0, packet(9, false)), Admission::Late);
    }

    #[test]
    fn a_gap_is_waited_for_then_given_up() {
        let mut reorder = Reorder::new(256, 1000);
        reorder.insert(10, packet(1, false));
        reorder.insert(13, packet(4, false));
        assert_eq!(drain(&mut reorder), [1]);
        assert!(reorder.has_gap());
        assert_eq!(reorder.skip_gap(), 2);
        assert_eq!(drain(&mut reorder), [4]);
        assert!(!reorder.has_gap());
    }

    #[test]
    fn a_complete_key_picture_behind_a_gap_ends_the_wait() {
        let mut reorder = Reorder::new(256, 1000);
        reorder.insert(0, packet(1, false));
        drain(&mut reorder);
        reorder.insert(2, packet(1, true));
        assert_eq!(reorder.skip_gap_to_key(), None);
        reorder.insert(4, packet(0x67, false));
        reorder.insert(6, packet(0x65, true));
        assert_eq!(reorder.skip_gap_to_key(), None);
        reorder.insert(5, packet(0x68, false));
        assert_eq!(reorder.skip_gap_to_key(), Some(2));
        assert_eq!(drain(&mut reorder), [0x67, 0x68, 0x65]);
    }

    #[test]
    fn a_sender_that_starts_over_is_followed() {
        let mut reorder = Reorder::new(16, 1000);
        reorder.insert(1000, packet(1, false));
        assert_eq!(reorder.insert(5000, packet(2, false)), Admission::Jumped);
        assert_eq!(drain(&mut reorder), [2]);
        let backwards = (0..64).map(|n| reorder.insert(100 + n, packet(3, false))).collect::<Vec<_>>();
        assert_eq!(backwards[62..], [Admission::Late, Admission::Jumped]);
    }
}
