//! The 32 bytes before the pixels. `ui/src/surface/header.ts` is the other side; both check the same vector.

use confab_types::StreamId;

/// What the pixels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFormat {
    /// Planar luma and chroma, as [`confab_media_model::VideoFrame`] has it; for pages that draw by shader.
    I420 = 0,
    /// Red, green, blue, alpha; not premultiplied.
    Rgba = 1,
}

/// Describes one picture on its way to the page.
///
/// All numbers are little endian:
///
/// | byte | size | field |
/// |---|---|---|
/// | 0 | 1 | magic, 0xCF |
/// | 1 | 1 | version, 1 |
/// | 2 | 1 | format |
/// | 3 | 1 | flags, 0 |
/// | 4 | 2 | stream |
/// | 6 | 2 | clockwise turn still to be made, in degrees |
/// | 8 | 4 | sequence number within the stream |
/// | 12 | 2 | width in pixels |
/// | 14 | 2 | height in pixels |
/// | 16 | 8 | capture time as a float: milliseconds on the process clock |
/// | 24 | 4 | bytes that follow |
/// | 28 | 4 | 0 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameHeader {
    /// What the pixels are.
    pub format: FrameFormat,
    /// Whose picture.
    pub stream: StreamId,
    /// Clockwise turn still to be made, in degrees: 0 while pictures are turned before they are sent.
    pub rotation: u16,
    /// Counts the messages of a stream in one connection; wraps.
    pub seq: u32,
    /// Pixels in a row; 0 together with `height`: show nothing.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Milliseconds on the process clock.
    pub captured_ms: f64,
    /// Bytes of pixels.
    pub len: u32,
}

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer than 32 bytes.
    #[error("a header has 32 bytes, not {0}")]
    Short(usize),
    /// Other magic or version.
    #[error("magic {0:#04x} version {1} is not known")]
    Foreign(u8, u8),
    /// Unknown pixels.
    #[error("pixel format {0} is not known")]
    Format(u8),
}

impl FrameHeader {
    /// Bytes of a header.
    pub const LEN: usize = 32;
    /// The first byte.
    pub const MAGIC: u8 = 0xCF;
    /// The second byte.
    pub const VERSION: u8 = 1;

    /// To bytes.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = Self::MAGIC;
        bytes[1] = Self::VERSION;
        bytes[2] = self.format as u8;
        bytes[4..6].copy_from_slice(&self.stream.0.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.rotation.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.seq.to_le_bytes());
        bytes[12..14].copy_from_slice(&self.width.to_le_bytes());
        bytes[14..16].copy_from_slice(&self.height.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.captured_ms.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.len.to_le_bytes());
        bytes
    }

    /// From the start of a message.
    ///
    /// # Errors
    /// When the bytes are too few or not of this version.
    pub fn decode(message: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; Self::LEN] = message.first_chunk().ok_or(HeaderError::Short(message.len()))?;
        if bytes[0] != Self::MAGIC || bytes[1] != Self::VERSION {
            return Err(HeaderError::Foreign(bytes[0], bytes[1]));
        }
        let format = match bytes[2] {
            0 => FrameFormat::I420,
            1 => FrameFormat::Rgba,
            other => return Err(HeaderError::Format(other)),
        };
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let captured = u64::from(long(20)) << 32 | u64::from(long(16));
        Ok(FrameHeader {
            format,
            stream: StreamId(short(4)),
            rotation: short(6),
            seq: long(8),
            width: short(12),
            height: short(14),
            captured_ms: f64::from_bits(captured),
            len: long(24),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same vector is in `ui/src/surface/header.test.ts`.
    const VECTOR: &str = "cf010100020100004e61bc00c0031c0200000000a24a934060a31f0000000000";

    fn header() -> FrameHeader {
        FrameHeader {
            format: FrameFormat::Rgba,
            stream: StreamId(258),
            rotation: 0,
            seq: 12_345_678,
            width: 960,
            height: 540,
            captured_ms: 1234.658203125,
            len: 2_073_440,
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_vector_shared_with_the_page_is_met() {
        assert_eq!(hex(&header().encode()), VECTOR);
        assert_eq!(FrameHeader::decode(&header().encode()), Ok(header()));
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert_eq!(FrameHeader::decode(&[0xCF; 31]), Err(HeaderError::Short(31)));
        let mut bytes = header().encode();
        bytes[1] = 2;
        assert_eq!(FrameHeader::decode(&bytes), Err(HeaderError::Foreign(0xCF, 2)));
        let mut bytes = header().encode();
        bytes[2] = 9;
        assert_eq!(FrameHeader::decode(&bytes), Err(HeaderError::Format(9)));
    }
}
