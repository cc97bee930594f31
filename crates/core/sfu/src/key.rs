//! Where a picture stream can start, seen from RTP payloads (RFC 6184) without decoding.

use confab_media_model::h264::NalType;

/// Whether an H.264 RTP payload begins a key frame: it holds a sequence parameter set or the beginning of an IDR slice,
/// alone, aggregated (STAP-A) or as the first fragment (FU-A).
///
/// Truncated and hostile payloads are simply not key frames.
pub fn starts_key_frame(payload: &[u8]) -> bool {
    let Some((&header, rest)) = payload.split_first() else { return false };
    match NalType::from_header(header) {
        NalType::STAP_A => aggregated(rest),
        // The FU header's top bit marks the first fragment; its low bits are the type of the fragmented unit.
        NalType::FU_A => rest.first().is_some_and(|&fu| fu & 0x80 != 0 && is_start(NalType::from_header(fu))),
        unit => is_start(unit),
    }
}

fn is_start(unit: NalType) -> bool {
    matches!(unit, NalType::SPS | NalType::IDR)
}

/// Units of a STAP-A: 16 bits of size, then the unit (RFC 6184, 5.7.1).
fn aggregated(mut rest: &[u8]) -> bool {
    while let Some((size, tail)) = rest.split_first_chunk::<2>() {
        let size = usize::from(u16::from_be_bytes(*size));
        let Some((unit, tail)) = tail.split_at_checked(size) else { return false };
        if unit.first().is_some_and(|&header| is_start(NalType::from_header(header))) {
            return true;
        }
        rest = tail;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_seen_in_every_packetization() {
        for (what, payload, expected) in [
            ("sps", &[0x67, 1, 2][..], true),
            ("idr", &[0x65, 1], true),
            ("picture", &[0x41, 1], false),
            ("pps alone", &[0x68, 1], false),
            ("sei", &[0x06, 1], false),
            ("stap-a of sps and pps", &[0x78, 0, 2, 0x67, 1, 0, 1, 0x68], true),
            ("stap-a of sei and idr", &[0x78, 0, 1, 0x06, 0, 1, 0x65], true),
            ("stap-a of sei", &[0x78, 0, 1, 0x06], false),
            ("first fragment of idr", &[0x7c, 0x85, 9], true),
            ("middle fragment of idr", &[0x7c, 0x05, 9], false),
            ("last fragment of idr", &[0x7c, 0x45, 9], false),
            ("first fragment of a picture", &[0x5c, 0x81, 9], false),
        ] {
            assert_eq!(starts_key_frame(payload), expected, "{what}");
        }
    }

    #[test]
    fn truncated_payloads_are_no_key_frames() {
        for payload in
            [&[][..], &[0x78], &[0x78, 0], &[0x78, 0, 9, 0x67], &[0x78, 0xff, 0xff], &[0x78, 0, 0], &[0x7c]]
        {
            assert!(!starts_key_frame(payload), "{payload:x?}");
        }
    }
}
