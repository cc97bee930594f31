//! Wrapping counters of RTP made endless.

/// Unwraps a 16-bit sequence number or a 32-bit timestamp by taking the nearest continuation of the last one seen
/// (RFC 3550, appendix A.1, without the probation).
#[derive(Clone, Debug)]
pub(crate) struct Extender {
    bits: u32,
    last: Option<i64>,
}

impl Extender {
    /// For sequence numbers.
    pub(crate) fn sequence() -> Self {
        Extender { bits: 16, last: None }
    }

    /// For timestamps.
    pub(crate) fn timestamp() -> Self {
        Extender { bits: 32, last: None }
    }

    /// The endless value of `raw`, at most half a turn away from the last one. Never fails; a peer that jumps for
    /// ever only moves the result.
    pub(crate) fn extend(&mut self, raw: u32) -> i64 {
        let extended = match self.last {
            // One turn up, so that a packet from before the first one still has a positive value.
            None => (1 << self.bits) + i64::from(raw),
            Some(last) => {
                let turn = 1_i64 << self.bits;
                let ahead = i64::from(raw).wrapping_sub(last).rem_euclid(turn);
                let step = if ahead < turn / 2 { ahead } else { ahead - turn };
                last.saturating_add(step)
            }
        };
        self.last = Some(extended);
        extended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrap_continues_upwards_and_a_straggler_downwards() {
        let mut sequence = Extender::sequence();
        let start = sequence.extend(65_534);
        assert_eq!(sequence.extend(65_535), start + 1);
        assert_eq!(sequence.extend(1), start + 3);
        assert_eq!(sequence.extend(65_535), start + 1);
        assert_eq!(sequence.extend(0), start + 2);
        let mut time = Extender::timestamp();
        let start = time.extend(u32::MAX);
        assert_eq!(time.extend(959), start + 960);
    }
}
