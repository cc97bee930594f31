//! The sequence parameter set, read before a decoder may see it.
//!
//! A decoder allocates for what the parameter set says. A peer that says 65,536 × 65,536 must be refused by us, not by
//! the system's memory.

use super::bits::BitReader;
use super::{NalType, nal_type, nal_units};

/// The largest picture side that is decoded, in pixels.
pub const MAX_SIDE: u32 = 4096;

/// What a sequence parameter set says about pictures (ITU-T H.264, 7.3.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`: 66 baseline, 77 main, 100 high.
    pub profile: u8,
    /// `constraint_set0_flag` … `constraint_set5_flag` in the six upper bits.
    pub constraints: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// Coded width in pixels, a multiple of 16: what a decoder allocates.
    pub coded_width: u32,
    /// Coded height in pixels.
    pub coded_height: u32,
    /// Shown width in pixels.
    pub width: u32,
    /// Shown height in pixels.
    pub height: u32,
    /// Pictures kept for reference, 0 … 16.
    pub reference_frames: u32,
}

/// Why a parameter set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpsError {
    /// It ends early or holds a value the standard forbids.
    #[error("sequence parameter set is malformed")]
    Malformed,
    /// It is valid but not eight-bit 4:2:0.
    #[error("sequence parameter set asks for another sample format than 8-bit 4:2:0")]
    Format,
    /// A coded side is above [`MAX_SIDE`].
    #[error("sequence parameter set asks for {0}x{1} pixels")]
    TooLarge(u32, u32),
}

/// Reads one parameter set, header byte included, start code not.
pub fn parse(nal: &[u8]) -> Result<Sps, SpsError> {
    match nal_type(nal) {
        Some(NalType::SPS | NalType::SUBSET_SPS) => read(&mut BitReader::new(&nal[1..])),
        _ => Err(SpsError::Malformed),
    }
}

/// Checks every parameter set of an access unit. Call it before a decoder sees the bytes.
pub fn check_unit(unit: &[u8]) -> Result<(), SpsError> {
    for nal in nal_units(unit) {
        if matches!(nal_type(nal), Some(NalType::SPS | NalType::SUBSET_SPS)) {
            parse(nal)?;
        }
    }
    Ok(())
}

fn read(bits: &mut BitReader<'_>) -> Result<Sps, SpsError> {
    let head = read_head(bits).ok_or(SpsError::Malformed)?;
    if !head.eight_bit_420 {
        return Err(SpsError::Format);
    }
    let size = read_size(bits).ok_or(SpsError::Malformed)?;
    let (width_mbs, height_mbs) = (u64::from(size.width_mbs), u64::from(size.height_mbs));
    let side = |mbs: u64| u32::try_from(mbs * 16).unwrap_or(u32::MAX);
    let (coded_width, coded_height) = (side(width_mbs), side(height_mbs));
    if coded_width > MAX_SIDE || coded_height > MAX_SIDE {
        return Err(SpsError::TooLarge(coded_width, coded_height));
    }
    // In 4:2:0 a crop step is two pixels, and twice that in height when fields are allowed.
    let crop = |side: u32, [first, last]: [u32; 2], step: u32| {
        let cut = first.checked_add(last)?.checked_mul(step)?;
        side.checked_sub(cut).filter(|&left| left > 0)
    };
    let step_y = if size.frames_only { 2 } else { 4 };
    Ok(Sps {
        profile: head.profile,
        constraints: head.constraints,
        level: head.level,
        coded_width,
        coded_height,
        width: crop(coded_width, size.crop_x, 2).ok_or(SpsError::Malformed)?,
        height: crop(coded_height, size.crop_y, step_y).ok_or(SpsError::Malformed)?,
        reference_frames: size.reference_frames,
    })
}

struct Head {
    profile: u8,
    constraints: u8,
    level: u8,
    eight_bit_420: bool,
}

/// Everything up to `seq_scaling_list`.
fn read_head(bits: &mut BitReader<'_>) -> Option<Head> {
    let profile = bits.bits(8)? as u8;
    let constraints = bits.bits(8)? as u8;
    let level = bits.bits(8)? as u8;
    let id = bits.unsigned()?;
    if id > 31 {
        return None;
    }
    let mut eight_bit_420 = true;
    // The profiles that carry a chroma format (7.3.2.1.1).
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        let chroma = bits.unsigned()?;
        if chroma == 3 {
            bits.bit()?;
        }
        let depth_luma = bits.unsigned()?;
        let depth_chroma = bits.unsigned()?;
        let _lossless = bits.bit()?;
        eight_bit_420 = chroma == 1 && depth_luma == 0 && depth_chroma == 0;
        if bits.bit()? == 1 {
            let lists = if chroma == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.bit()? == 1 {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    Some(Head { profile, constraints, level, eight_bit_420 })
}

/// `scaling_list` (7.3.2.1.1.1).
fn skip_scaling_list(bits: &mut BitReader<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            let delta = bits.signed()?;
            if !(-128..=127).contains(&delta) {
                return None;
            }
            next = (last + delta + 256) % 256;
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

struct Size {
    width_mbs: u32,
    height_mbs: u32,
    frames_only: bool,
    reference_frames: u32,
    crop_x: [u32; 2],
    crop_y: [u32; 2],
}

/// From `log2_max_frame_num_minus4` to the crop rectangle.
fn read_size(bits: &mut BitReader<'_>) -> Option<Size> {
    let up_to = |value: u32, most: u32| (value <= most).then_some(value);
    up_to(bits.unsigned()?, 12)?;
    match bits.unsigned()? {
        0 => {
            up_to(bits.unsigned()?, 12)?;
        }
        1 => {
            bits.bit()?;
            bits.signed()?;
            bits.signed()?;
            for _ in 0..up_to(bits.unsigned()?, 255)? {
                bits.signed()?;
            }
        }
        2 => {}
        _ => return None,
    }
    let reference_frames = up_to(bits.unsigned()?, 16)?;
    let _gaps_allowed = bits.bit()?;
    let width_mbs = bits.unsigned()?.checked_add(1)?;
    let height_units = bits.unsigned()?.checked_add(1)?;
    let frames_only = bits.bit()? == 1;
    if !frames_only {
        let _adaptive = bits.bit()?;
    }
    let _direct_inference = bits.bit()?;
    let (mut crop_x, mut crop_y) = ([0; 2], [0; 2]);
    if bits.bit()? == 1 {
        crop_x = [bits.unsigned()?, bits.unsigned()?];
        crop_y = [bits.unsigned()?, bits.unsigned()?];
    }
    let height_mbs = if frames_only { height_units } else { height_units.checked_mul(2)? };
    Some(Size { width_mbs, height_mbs, frames_only, reference_frames, crop_x, crop_y })
}

#[cfg(test)]
mod tests;
