//! The H.264 bitstream as far as a conference must understand it: where NAL units begin, what they are, how large the
//! picture is, and how they travel in RTP (RFC 6184, packetization mode 1).
//!
//! Pixels are the codec's business (`engine/codecs`).
//!
//! | module | holds |
//! |---|---|
//! | here | [`nal_units`], [`NalType`], [`is_key`] |
//! | [`sps`] | [`Sps`]: the picture size, read before a decoder may see it |
//! | [`packetizer`] | [`packetize`]: access unit → RTP payloads |
//! | [`depacketizer`] | [`Depacketizer`]: RTP payloads, in any order, with losses → access units |

mod assembler;
mod bits;
pub mod depacketizer;
pub mod packetizer;
mod reorder;
pub mod sps;

pub use depacketizer::{Depacketized, Depacketizer, DepacketizerConfig, DepacketizerStats, VideoPacket};
pub use packetizer::packetize;
pub use sps::{Sps, SpsError};

/// The start code this crate writes before every NAL unit. Three-byte ones are read as well.
pub const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// What a NAL unit holds: `nal_unit_type`, 0 … 31 (ITU-T H.264, table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NalType(u8);

impl NalType {
    /// Slice of a picture that needs others.
    pub const NON_IDR: NalType = NalType(1);
    /// Slice of a picture that decoding can start with.
    pub const IDR: NalType = NalType(5);
    /// Supplemental information.
    pub const SEI: NalType = NalType(6);
    /// Sequence parameter set.
    pub const SPS: NalType = NalType(7);
    /// Picture parameter set.
    pub const PPS: NalType = NalType(8);
    /// Access unit delimiter.
    pub const DELIMITER: NalType = NalType(9);
    /// Sequence parameter set of a scalable or multiview layer.
    pub const SUBSET_SPS: NalType = NalType(15);
    /// RTP only: several NAL units in one packet (RFC 6184, 5.7.1).
    pub const STAP_A: NalType = NalType(24);
    /// RTP only: a part of a NAL unit (RFC 6184, 5.8).
    pub const FU_A: NalType = NalType(28);

    /// From the first byte of a NAL unit.
    pub const fn from_header(byte: u8) -> Self {
        NalType(byte & 0x1f)
    }

    /// The number, 0 … 31.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether a bitstream may hold it: 1 … 23. The rest belongs to RTP or is forbidden.
    pub const fn is_in_bitstream(self) -> bool {
        self.0 >= 1 && self.0 <= 23
    }

    /// Whether it carries pixels of the base layer: 1 … 5.
    pub const fn is_slice(self) -> bool {
        self.0 >= 1 && self.0 <= 5
    }
}

/// The type of a NAL unit (without start code); `None` when it is empty.
pub fn nal_type(nal: &[u8]) -> Option<NalType> {
    nal.first().map(|&byte| NalType::from_header(byte))
}

/// The NAL units of an Annex B byte stream, without start codes and trailing zeros; empty ones are left out.
pub fn nal_units(data: &[u8]) -> NalUnits<'_> {
    let rest = match next_start_code(data) {
        Some(at) => &data[at + 3..],
        None => &[],
    };
    NalUnits { rest }
}

/// Whether decoding can start with this access unit: an IDR picture with both parameter sets.
pub fn is_key(unit: &[u8]) -> bool {
    let (mut idr, mut sps, mut pps) = (false, false, false);
    for nal in nal_units(unit) {
        match nal_type(nal) {
            Some(NalType::IDR) => idr = true,
            Some(NalType::SPS) => sps = true,
            Some(NalType::PPS) => pps = true,
            _ => {}
        }
    }
    idr && sps && pps
}

/// Iterates over the NAL units of an Annex B byte stream (ITU-T H.264, annex B.1).
#[derive(Clone, Debug)]
pub struct NalUnits<'a> {
    /// Behind the start code of the next unit.
    rest: &'a [u8],
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let (unit, rest) = match next_start_code(self.rest) {
                Some(at) => (&self.rest[..at], &self.rest[at + 3..]),
                None => (self.rest, &[][..]),
            };
            self.rest = rest;
            // A zero before a start code belongs to the start code; a NAL unit never ends with one.
            let end = unit.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            if end > 0 {
                return Some(&unit[..end]);
            }
        }
        None
    }
}

/// Where the next `00 00 01` begins.
fn next_start_code(data: &[u8]) -> Option<usize> {
    let mut at = 2;
    // The third byte decides how far the next code can be at least.
    while at < data.len() {
        match data[at] {
            0 => at += 1,
            1 if data[at - 1] == 0 && data[at - 2] == 0 => return Some(at - 2),
            _ => at += 3,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(data: &[u8]) -> Vec<&[u8]> {
        nal_units(data).collect()
    }

    #[test]
    fn start_codes_of_both_lengths_part_the_stream() {
        assert_eq!(units(&[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2]), [&[0x67, 1][..], &[0x68, 2]]);
        assert_eq!(units(&[9, 9, 0, 0, 1, 0x65]), [&[0x65][..]]);
        assert_eq!(units(&[0, 0, 1, 0x65, 0, 0, 0, 0, 1, 0x41]), [&[0x65][..], &[0x41]]);
        assert_eq!(units(&[0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 7]), [&[7][..]]);
        for nothing in [&[][..], &[0], &[0, 0, 1], &[0, 0, 0, 0], &[1, 2, 3, 4, 5]] {
            assert!(units(nothing).is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn every_position_of_a_start_code_is_found() {
        for before in 0..8 {
            let mut data = vec![7; before];
            data.extend([0, 0, 1, 0x41, 5]);
            assert_eq!(units(&data), [&[0x41, 5][..]], "{before} bytes before");
        }
    }

    #[test]
    fn a_key_unit_has_its_parameter_sets() {
        let annex_b =
            |types: &[u8]| -> Vec<u8> { types.iter().flat_map(|&t| [0, 0, 0, 1, t, 0x80]).collect() };
        assert!(is_key(&annex_b(&[0x67, 0x68, 0x65])));
        assert!(!is_key(&annex_b(&[0x65])));
        assert!(!is_key(&annex_b(&[0x67, 0x68, 0x41])));
    }
}
