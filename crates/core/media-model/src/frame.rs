//! Pictures and sound, raw and encoded.

use confab_types::{Dbfs, MediaTime, Mono};

/// Clockwise turn needed to show the picture upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// As it is.
    #[default]
    None,
    /// 90 degrees clockwise.
    Right,
    /// 180 degrees.
    Half,
    /// 270 degrees clockwise.
    Left,
}

/// One picture, planar I420 (BT.601, limited range), eight bits.
///
/// `data` holds Y (`stride_y × height`), then U, then V (`stride_uv × ⌈height/2⌉` each). Width and height are
/// even and at least 2. The frame owns its buffer; share it as `Arc<VideoFrame>`.
#[derive(Clone, PartialEq, Eq)]
pub struct VideoFrame {
    width: u32,
    height: u32,
    stride_y: usize,
    stride_uv: usize,
    data: Vec<u8>,
    /// Upright turn.
    pub rotation: Rotation,
    /// When the camera delivered it, on the process clock.
    pub captured: Mono,
}

impl VideoFrame {
    /// The largest picture side accepted anywhere, in pixels.
    pub const MAX_SIDE: u32 = 8192;

    /// A black picture with tight strides.
    ///
    /// # Panics
    /// When a side is odd, 0 or above [`Self::MAX_SIDE`]: sizes are checked where they enter.
    pub fn black(width: u32, height: u32, captured: Mono) -> Self {
        assert!(
            width >= 2 && height >= 2 && width.is_multiple_of(2) && height.is_multiple_of(2),
            "picture sides are even and at least 2"
        );
        assert!(width <= Self::MAX_SIDE && height <= Self::MAX_SIDE, "picture sides are at most 8192");
        let (stride_y, stride_uv) = (width as usize, width as usize / 2);
        let luma = stride_y * height as usize;
        let chroma = stride_uv * (height as usize / 2);
        let mut data = vec![16; luma + 2 * chroma];
        data[luma..].fill(128);
        VideoFrame { width, height, stride_y, stride_uv, data, rotation: Rotation::None, captured }
    }

    /// Copies three planes with their own strides into a tight frame; `None` when a plane is too short or a side is
    /// outside what [`Self::black`] takes.
    pub fn from_planes(
        (width, height): (u32, u32),
        planes: [&[u8]; 3],
        strides: [usize; 3],
        captured: Mono,
    ) -> Option<Self> {
        let even = |side: u32| (2..=Self::MAX_SIDE).contains(&side) && side.is_multiple_of(2);
        if !even(width) || !even(height) {
            return None;
        }
        let mut frame = Self::black(width, height, captured);
        let rows = [height as usize, height as usize / 2, height as usize / 2];
        let columns = [width as usize, width as usize / 2, width as usize / 2];
        let mut at = 0;
        for plane in 0..3 {
            for row in 0..rows[plane] {
                let from = row * strides[plane];
                let line = planes[plane].get(from..from + columns[plane])?;
                frame.data[at..at + columns[plane]].copy_from_slice(line);
                at += columns[plane];
            }
        }
        Some(frame)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one luma row to the next.
    pub fn stride_y(&self) -> usize {
        self.stride_y
    }

    /// Bytes from one chroma row to the next.
    pub fn stride_uv(&self) -> usize {
        self.stride_uv
    }

    fn luma_len(&self) -> usize {
        self.stride_y * self.height as usize
    }

    fn chroma_len(&self) -> usize {
        self.stride_uv * (self.height as usize / 2)
    }

    /// The luma plane.
    pub fn y(&self) -> &[u8] {
        &self.data[..self.luma_len()]
    }

    /// The first chroma plane (Cb).
    pub fn u(&self) -> &[u8] {
        let start = self.luma_len();
        &self.data[start..start + self.chroma_len()]
    }

    /// The second chroma plane (Cr).
    pub fn v(&self) -> &[u8] {
        &self.data[self.luma_len() + self.chroma_len()..]
    }

    /// All three planes for writing: Y, U, V.
    pub fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let (luma, chroma) = (self.luma_len(), self.chroma_len());
        let (y, rest) = self.data.split_at_mut(luma);
        let (u, v) = rest.split_at_mut(chroma);
        (y, u, v)
    }

    /// The whole buffer, Y then U then V, tight.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

impl std::fmt::Debug for VideoFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VideoFrame({}x{} at {:?})", self.width, self.height, self.captured)
    }
}

/// 10 ms of mono sound: 480 samples of f32 in −1.0 … 1.0 at 48 kHz.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioBlock {
    /// The samples.
    pub samples: [f32; AudioBlock::LEN],
    /// When the first sample was captured, on the process clock.
    pub captured: Mono,
}

impl AudioBlock {
    /// Samples in a block.
    pub const LEN: usize = 480;
    /// Samples per second.
    pub const RATE: u32 = 48_000;

    /// Silence.
    pub fn silence(captured: Mono) -> Self {
        AudioBlock { samples: [0.0; Self::LEN], captured }
    }

    /// The level of the block.
    pub fn level(&self) -> Dbfs {
        let sum: f32 = self.samples.iter().map(|sample| sample * sample).sum();
        Dbfs::from_rms((sum / Self::LEN as f32).sqrt())
    }
}

/// One H.264 access unit in Annex B form (start codes), complete and in decoding order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedVideo {
    /// Annex B bytes.
    pub data: Vec<u8>,
    /// 90 kHz.
    pub time: MediaTime,
    /// Whether it is an IDR picture with its parameter sets: decoding can start here.
    pub key: bool,
}

/// One Opus packet of 20 ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedAudio {
    /// The packet (RFC 6716); empty never.
    pub data: Vec<u8>,
    /// 48 kHz.
    pub time: MediaTime,
    /// Level before encoding, for the RFC 6464 header extension.
    pub level: Dbfs,
}
