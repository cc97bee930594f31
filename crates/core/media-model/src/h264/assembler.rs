//! RTP payloads in sending order → one access unit.

use confab_types::MediaTime;

use super::{NalType, START_CODE, nal_type};
use crate::EncodedVideo;

/// Bytes of one parameter set that are remembered; real ones have some dozens.
const MAX_PARAMETERS: usize = 1024;

/// The payload is not RFC 6184, packetization mode 1, or the access unit grew above its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// How an access unit ended.
#[derive(Debug)]
pub(super) enum Assembled {
    /// All of it was there.
    Whole(EncodedVideo),
    /// A part is missing or was malformed.
    Broken,
    /// It had no NAL units: padding only.
    Empty,
}

/// Puts one access unit together at a time.
#[derive(Debug)]
pub(super) struct Assembler {
    max_bytes: usize,
    unit: Vec<u8>,
    /// Timestamp of the packets of the unit; `None` between units.
    time: Option<MediaTime>,
    /// NAL header of the unit whose fragments are coming in.
    fragmented: Option<u8>,
    /// A packet of the unit was malformed; the rest of it is ignored.
    broken: bool,
    /// Packets are missing before the next one, so that its unit may lack its beginning.
    suspect: bool,
    has_idr: bool,
    has_sps: bool,
    has_pps: bool,
    /// The latest parameter sets, for senders that do not repeat them with every key picture.
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl Assembler {
    pub(super) fn new(max_bytes: usize) -> Self {
        Assembler {
            max_bytes,
            unit: Vec::new(),
            time: None,
            fragmented: None,
            broken: false,
            suspect: true,
            has_idr: false,
            has_sps: false,
            has_pps: false,
            sps: Vec::new(),
            pps: Vec::new(),
        }
    }

    /// Timestamp of the unit in work.
    pub(super) fn time(&self) -> Option<MediaTime> {
        self.time
    }

    /// Packets before the next one are lost: drops what is in work.
    pub(super) fn interrupt(&mut self) {
        self.clear();
        self.suspect = true;
    }

    /// Takes the next payload of the unit. After an error the unit is broken; go on feeding it.
    pub(super) fn take(&mut self, time: MediaTime, payload: &[u8]) -> Result<(), Malformed> {
        if self.time.is_none() {
            self.time = Some(time);
            self.broken = std::mem::take(&mut self.suspect) && !begins_with_parameters(payload);
        }
        if self.broken {
            return Ok(());
        }
        self.take_payload(payload).inspect_err(|_| self.broken = true)
    }

    /// Ends the unit: its marker or another timestamp was seen.
    pub(super) fn finish(&mut self) -> Assembled {
        let Some(time) = self.time else { return Assembled::Empty };
        let broken = self.broken || self.fragmented.is_some();
        let mut data = std::mem::take(&mut self.unit);
        let (idr, complete) = (self.has_idr, self.has_sps && self.has_pps);
        self.clear();
        if broken {
            return Assembled::Broken;
        }
        if data.is_empty() {
            return Assembled::Empty;
        }
        let known = !self.sps.is_empty() && !self.pps.is_empty();
        if idr && !complete && known {
            data = [&START_CODE[..], &self.sps, &START_CODE, &self.pps, &data].concat();
        }
        Assembled::Whole(EncodedVideo { data, time, key: idr && (complete || known) })
    }

    fn clear(&mut self) {
        self.unit.clear();
        (self.time, self.fragmented, self.broken) = (None, None, false);
        (self.has_idr, self.has_sps, self.has_pps) = (false, false, false);
    }

    fn take_payload(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let Some(&header) = payload.first() else {
            // Padding: the number counts, the content does not (RFC 3550, 5.1).
            return Ok(());
        };
        // `forbidden_zero_bit`: a middle box says that bits are wrong (RFC 6184, 5.3).
        if header & 0x80 != 0 {
            return Err(Malformed);
        }
        match NalType::from_header(header) {
            NalType::FU_A => self.take_fragment(header, &payload[1..]),
            // Anything else between fragments means that their end is missing.
            _ if self.fragmented.is_some() => Err(Malformed),
            NalType::STAP_A => self.take_aggregate(&payload[1..]),
            kind if kind.is_in_bitstream() => self.append(payload),
            _ => Err(Malformed),
        }
    }

    /// STAP-A (RFC 6184, 5.7.1): lengths and NAL units until the end of the packet.
    fn take_aggregate(&mut self, mut rest: &[u8]) -> Result<(), Malformed> {
        if rest.is_empty() {
            return Err(Malformed);
        }
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk::<2>().ok_or(Malformed)?;
            let (nal, behind) =
                behind.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(Malformed)?;
            if !nal_type(nal).is_some_and(NalType::is_in_bitstream) || nal[0] & 0x80 != 0 {
                return Err(Malformed);
            }
            self.append(nal)?;
            rest = behind;
        }
        Ok(())
    }

    /// FU-A (RFC 6184, 5.8): a start, any number of middles, an end, all of the same NAL unit.
    fn take_fragment(&mut self, indicator: u8, rest: &[u8]) -> Result<(), Malformed> {
        let (&fu, body) = rest.split_first().ok_or(Malformed)?;
        let (start, end) = (fu & 0x80 != 0, fu & 0x40 != 0);
        let header = indicator & 0x60 | fu & 0x1f;
        if !NalType::from_header(fu).is_in_bitstream() || (start && end) {
            return Err(Malformed);
        }
        if start {
            if self.fragmented.is_some() {
                return Err(Malformed);
            }
            self.note(header);
            self.reserve(START_CODE.len() + 1)?;
            self.unit.extend(START_CODE);
            self.unit.push(header);
            self.fragmented = Some(header);
        } else if self.fragmented != Some(header) {
            return Err(Malformed);
        }
        self.reserve(body.len())?;
        self.unit.extend_from_slice(body);
        if end {
            self.fragmented = None;
        }
        Ok(())
    }

    /// A whole NAL unit.
    fn append(&mut self, nal: &[u8]) -> Result<(), Malformed> {
        self.reserve(START_CODE.len() + nal.len())?;
        self.note(nal[0]);
        if nal.len() <= MAX_PARAMETERS {
            match NalType::from_header(nal[0]) {
                NalType::SPS => nal.clone_into(&mut self.sps),
                NalType::PPS => nal.clone_into(&mut self.pps),
                _ => {}
            }
        }
        self.unit.extend(START_CODE);
        self.unit.extend_from_slice(nal);
        Ok(())
    }

    fn note(&mut self, header: u8) {
        match NalType::from_header(header) {
            NalType::IDR => self.has_idr = true,
            NalType::SPS => self.has_sps = true,
            NalType::PPS => self.has_pps = true,
            _ => {}
        }
    }

    fn reserve(&self, more: usize) -> Result<(), Malformed> {
        if self.unit.len() + more <= self.max_bytes { Ok(()) } else { Err(Malformed) }
    }
}

/// Whether the payload is a sequence parameter set, alone or first of an aggregate: a unit begins here.
pub(super) fn begins_with_parameters(payload: &[u8]) -> bool {
    match nal_type(payload) {
        Some(NalType::SPS) => true,
        Some(NalType::STAP_A) => payload.get(3..).and_then(nal_type) == Some(NalType::SPS),
        _ => false,
    }
}
