//! Units as newtypes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bits per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bitrate(pub u32);

impl Bitrate {
    /// From kilobits (1,000 bits) per second.
    pub const fn kilobits(kbps: u32) -> Self {
        Bitrate(kbps * 1_000)
    }

    /// Bits per second.
    pub const fn bits_per_second(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Bitrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kbit/s", self.0 / 1_000)
    }
}

/// An RTP timestamp: ticks of the media clock (90 kHz video, 48 kHz audio), wrapping at 2³² (RFC 3550, 5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaTime(pub u32);

impl MediaTime {
    /// Whether `self` is later than `other`, given that they are less than 2³¹ ticks apart.
    pub fn is_after(self, other: MediaTime) -> bool {
        self != other && self.0.wrapping_sub(other.0) < 1 << 31
    }
}

/// Sound level relative to full scale: −127 (silence) to 0 (RFC 6464, 3, with the sign written out).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dbfs(i8);

impl Dbfs {
    /// Digital silence.
    pub const SILENCE: Dbfs = Dbfs(-127);

    /// Clamps to −127 … 0.
    pub fn new(level: i32) -> Self {
        Dbfs(level.clamp(-127, 0) as i8)
    }

    /// From a root mean square in 0.0 … 1.0.
    pub fn from_rms(rms: f32) -> Self {
        if rms <= 0.0 || !rms.is_finite() {
            return Dbfs::SILENCE;
        }
        Dbfs::new((20.0 * rms.log10()).round() as i32)
    }

    /// The level, −127 … 0.
    pub const fn get(self) -> i8 {
        self.0
    }

    /// As the header extension writes it: 0 (loudest) … 127 (silence).
    pub const fn as_rfc6464(self) -> u8 {
        self.0.unsigned_abs()
    }

    /// From the low seven bits of the header extension.
    pub fn from_rfc6464(byte: u8) -> Self {
        Dbfs::new(-i32::from(byte & 0x7f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_survive_the_header_extension() {
        for level in -127..=0 {
            let dbfs = Dbfs::new(level);
            assert_eq!(Dbfs::from_rfc6464(dbfs.as_rfc6464()), dbfs);
        }
        assert_eq!(Dbfs::from_rms(0.0), Dbfs::SILENCE);
        assert_eq!(Dbfs::from_rms(1.0), Dbfs::new(0));
        assert_eq!(Dbfs::from_rms(0.5), Dbfs::new(-6));
    }

    #[test]
    fn media_time_orders_across_the_wrap() {
        assert!(MediaTime(5).is_after(MediaTime(u32::MAX - 5)));
        assert!(!MediaTime(u32::MAX - 5).is_after(MediaTime(5)));
    }
}
