//! Access unit → RTP payloads (RFC 6184, packetization mode 1).

use super::{NalType, nal_units};

/// Bytes of an aggregation packet's header, and of each length field in it.
const STAP_HEADER: usize = 1;
const STAP_LENGTH: usize = 2;
/// Bytes before a fragment: indicator and header (RFC 6184, 5.8).
const FU_HEADER: usize = 2;
/// `nal_ref_idc` and its neighbour `forbidden_zero_bit` in a NAL header.
const REFERENCE: u8 = 0x60;

/// The smallest payload limit that is honoured, in bytes; a smaller one is raised to it.
pub const MIN_PAYLOAD: usize = 16;

/// Splits one access unit (Annex B) into RTP payloads of at most `max_payload` bytes.
///
/// Neighbouring units without pixels (parameter sets, SEI) share a packet (STAP-A), a unit that fits travels alone,
/// a longer one in fragments (FU-A). The RTP marker belongs on the last payload; all carry the timestamp of the unit.
/// A unit without NAL units gives nothing.
pub fn packetize(unit: &[u8], max_payload: usize) -> Vec<Vec<u8>> {
    let limit = max_payload.max(MIN_PAYLOAD);
    let mut payloads = Vec::with_capacity(unit.len() / limit + 2);
    let mut small: Vec<&[u8]> = Vec::new();
    let mut small_len = STAP_HEADER;
    for nal in nal_units(unit) {
        let aggregated = STAP_LENGTH + nal.len();
        let joins = !NalType::from_header(nal[0]).is_slice() && STAP_HEADER + aggregated <= limit;
        if !joins || small_len + aggregated > limit {
            flush(&mut small, &mut payloads);
            small_len = STAP_HEADER;
        }
        if joins {
            small.push(nal);
            small_len += aggregated;
        } else if nal.len() <= limit {
            payloads.push(nal.to_vec());
        } else {
            fragment(nal, limit, &mut payloads);
        }
    }
    flush(&mut small, &mut payloads);
    payloads
}

/// One unit as it is, several as STAP-A (RFC 6184, 5.7.1): its reference bits are the highest inside.
fn flush(small: &mut Vec<&[u8]>, payloads: &mut Vec<Vec<u8>>) {
    match small.as_slice() {
        [] => {}
        [alone] => payloads.push(alone.to_vec()),
        many => {
            let reference = many.iter().map(|nal| nal[0] & REFERENCE).max().unwrap_or(0);
            let mut payload = vec![reference | NalType::STAP_A.get()];
            for nal in many {
                let length = u16::try_from(nal.len()).expect("an aggregated unit is shorter than a packet");
                payload.extend(length.to_be_bytes());
                payload.extend_from_slice(nal);
            }
            payloads.push(payload);
        }
    }
    small.clear();
}

/// FU-A (RFC 6184, 5.8). The fragments are of nearly equal size, so that none is a tiny packet of its own.
fn fragment(nal: &[u8], limit: usize, payloads: &mut Vec<Vec<u8>>) {
    let (indicator, kind) = (nal[0] & !0x1f | NalType::FU_A.get(), nal[0] & 0x1f);
    let body = &nal[1..];
    let count = body.len().div_ceil(limit - FU_HEADER).max(2);
    let mut at = 0;
    for index in 0..count {
        let end = body.len() * (index + 1) / count;
        let start = if index == 0 { 0x80 } else { 0 };
        let stop = if index + 1 == count { 0x40 } else { 0 };
        let mut payload = Vec::with_capacity(FU_HEADER + end - at);
        payload.extend([indicator, start | stop | kind]);
        payload.extend_from_slice(&body[at..end]);
        payloads.push(payload);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&super::super::START_CODE[..], nal].concat()).collect()
    }

    #[test]
    fn parameter_sets_share_a_packet_and_a_short_slice_travels_alone() {
        let payloads = packetize(&unit(&[&[0x67, 1, 2], &[0x68, 3], &[0x65, 9, 9]]), 1100);
        assert_eq!(payloads, [vec![0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3], vec![0x65, 9, 9]]);
    }

    #[test]
    fn a_long_slice_is_cut_into_fragments_with_one_start_and_one_end() {
        let slice: Vec<u8> = std::iter::once(0x65).chain((0..2500).map(|n| (n % 250) as u8 + 1)).collect();
        let payloads = packetize(&unit(&[&slice]), 1000);
        assert_eq!(payloads.len(), 3);
        assert_eq!(
            payloads.iter().map(|p| (p[0], p[1])).collect::<Vec<_>>(),
            [(0x7c, 0x85), (0x7c, 5), (0x7c, 0x45)]
        );
        assert!(payloads.iter().all(|payload| payload.len() <= 1000));
        let body: Vec<u8> = payloads.iter().flat_map(|payload| payload[2..].to_vec()).collect();
        assert_eq!(body, slice[1..]);
    }

    #[test]
    fn nothing_makes_no_packets() {
        assert!(packetize(&[], 1100).is_empty());
        assert!(packetize(&[1, 2, 3], 1100).is_empty());
    }
}
