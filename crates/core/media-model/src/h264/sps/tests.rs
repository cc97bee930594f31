use super::*;

/// Writes what [`BitReader`] reads, without emulation prevention.
#[derive(Default)]
struct BitWriter {
    bits: Vec<bool>,
}

impl BitWriter {
    fn bits(mut self, value: u32, count: u32) -> Self {
        self.bits.extend((0..count).rev().map(|at| value >> at & 1 == 1));
        self
    }

    fn unsigned(self, value: u32) -> Self {
        let length = 32 - (value + 1).leading_zeros();
        self.bits(0, length - 1).bits(value + 1, length)
    }

    /// With the stop bit.
    fn nal(self, header: u8) -> Vec<u8> {
        let mut bits = self.bits;
        bits.push(true);
        bits.resize(bits.len().next_multiple_of(8), false);
        let mut nal = vec![header];
        let mut zeros = 0;
        for byte in bits.chunks(8) {
            let byte = byte.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
            if zeros == 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}

fn baseline(width_mbs: u32, height_mbs: u32, crop: Option<[u32; 4]>) -> Vec<u8> {
    let mut bits = BitWriter::default().bits(66, 8).bits(0xc0, 8).bits(31, 8).unsigned(0);
    bits = bits.unsigned(0).unsigned(2).unsigned(1).bits(0, 1);
    bits = bits.unsigned(width_mbs - 1).unsigned(height_mbs - 1).bits(1, 1).bits(1, 1);
    bits = match crop {
        None => bits.bits(0, 1),
        Some(sides) => sides.into_iter().fold(bits.bits(1, 1), BitWriter::unsigned),
    };
    bits.bits(0, 1).nal(0x67)
}

#[test]
fn the_shown_size_is_the_coded_size_without_the_crop() {
    let sps = parse(&baseline(80, 45, None)).unwrap();
    assert_eq!((sps.width, sps.height, sps.profile, sps.level), (1280, 720, 66, 31));
    let sps = parse(&baseline(120, 68, Some([0, 0, 0, 4]))).unwrap();
    assert_eq!((sps.width, sps.height, sps.coded_width, sps.coded_height), (1920, 1080, 1920, 1088));
}

#[test]
fn a_picture_above_the_bound_is_refused_and_one_at_the_bound_is_not() {
    assert!(parse(&baseline(256, 256, None)).is_ok());
    assert_eq!(parse(&baseline(257, 1, None)), Err(SpsError::TooLarge(4112, 16)));
    assert_eq!(parse(&baseline(1, 4096, None)), Err(SpsError::TooLarge(16, 65536)));
    assert!(matches!(parse(&baseline(1 << 30, 1 << 30, None)), Err(SpsError::TooLarge(..))));
}

#[test]
fn a_crop_that_leaves_nothing_is_malformed() {
    assert_eq!(parse(&baseline(1, 1, Some([4, 4, 0, 0]))), Err(SpsError::Malformed));
    assert_eq!(parse(&baseline(1, 1, Some([u32::MAX - 1, 9, 0, 0]))), Err(SpsError::Malformed));
}

#[test]
fn a_real_high_profile_set_is_read() {
    // 1280x720, high profile, level 3.1, with VUI.
    let nal = [
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    ];
    let sps = parse(&nal).unwrap();
    assert_eq!((sps.profile, sps.width, sps.height), (100, 1280, 720));
}

#[test]
fn other_sample_formats_are_refused() {
    let high_422 = BitWriter::default().bits(122, 8).bits(0, 8).bits(40, 8).unsigned(0).unsigned(2);
    let nal = high_422.unsigned(0).unsigned(0).bits(0, 2).nal(0x67);
    assert_eq!(parse(&nal), Err(SpsError::Format));
}

#[test]
fn every_cut_of_a_set_is_refused_or_read_but_never_panics() {
    let whole = baseline(120, 68, Some([0, 0, 0, 4]));
    for end in 0..whole.len() - 1 {
        assert!(parse(&whole[..end]).is_err(), "{end} bytes");
    }
    assert_eq!(parse(&[0x41, 0xff]), Err(SpsError::Malformed));
}

#[test]
fn a_hidden_second_parameter_set_is_found() {
    let mut unit = vec![0, 0, 0, 1];
    unit.extend(baseline(80, 45, None));
    assert_eq!(check_unit(&unit), Ok(()));
    unit.extend([0, 0, 1]);
    let mut second = baseline(4096, 4096, None);
    second[0] = 0x6f;
    unit.extend(second);
    assert_eq!(check_unit(&unit), Err(SpsError::TooLarge(65536, 65536)));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(data in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let mut nal = vec![0x67];
        nal.extend(&data);
        let _ = parse(&nal);
        let _ = check_unit(&data);
    }
}
