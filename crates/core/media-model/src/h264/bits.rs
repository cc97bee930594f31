//! Bits of a raw byte sequence payload.

/// Reads bits of a NAL unit, most significant first, and leaves out emulation prevention bytes (ITU-T H.264, 7.3.1).
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// Byte being read.
    at: usize,
    /// Bits of it that are used up, 0 … 7.
    used: u8,
    /// Zero bytes directly before `at`, to know an emulation prevention byte.
    zeros: u8,
}

impl<'a> BitReader<'a> {
    /// Behind the NAL header.
    pub(super) fn new(data: &'a [u8]) -> Self {
        BitReader { data, at: 0, used: 0, zeros: 0 }
    }

    /// One bit; `None` at the end.
    pub(super) fn bit(&mut self) -> Option<u32> {
        if self.used == 0 && self.zeros >= 2 && self.data.get(self.at) == Some(&3) {
            self.at += 1;
            self.zeros = 0;
        }
        let byte = *self.data.get(self.at)?;
        let bit = (byte >> (7 - self.used)) & 1;
        self.used += 1;
        if self.used == 8 {
            self.used = 0;
            self.at += 1;
            self.zeros = if byte == 0 { (self.zeros + 1).min(2) } else { 0 };
        }
        Some(u32::from(bit))
    }

    /// `count` bits, at most 32.
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = (value << 1) | self.bit()?;
        }
        Some(value)
    }

    /// `ue(v)` (ITU-T H.264, 9.1); `None` at the end or above 2³²−2.
    pub(super) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let rest = self.bits(zeros)?;
        // zeros ≤ 31: the sum is at most 2³²−2.
        Some((1_u32 << zeros) - 1 + rest)
    }

    /// `se(v)` (ITU-T H.264, 9.1.1).
    pub(super) fn signed(&mut self) -> Option<i64> {
        let code = i64::from(self.unsigned()?);
        Some(if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_codes_are_read_as_the_standard_lists_them() {
        // 1 | 010 | 011 | 00100 | 00101
        let data = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = BitReader::new(&data);
        assert_eq!([0; 5].map(|_| bits.unsigned().unwrap()), [0, 1, 2, 3, 4]);
        let mut bits = BitReader::new(&data);
        assert_eq!([0; 5].map(|_| bits.signed().unwrap()), [0, 1, -1, 2, -2]);
        assert_eq!(BitReader::new(&[0; 9]).unsigned(), None);
    }

    #[test]
    fn emulation_prevention_bytes_are_left_out() {
        let mut bits = BitReader::new(&[0, 0, 3, 1, 0, 0, 3]);
        assert_eq!(bits.bits(24), Some(1));
        assert_eq!(bits.bits(16), Some(0));
        assert_eq!(bits.bit(), None);
    }
}
