//! Pictures as drivers give them, to I420 (BT.601, limited range) with even sides and tight strides.
//!
//! An odd side loses its last row or column. Raw YUV is taken as the limited range that USB cameras send
//! (UVC 1.5, colour matching descriptor default); JPEG is full range (JFIF 1.02) and goes through RGB.

use confab_media_model::VideoFrame;
use confab_types::Mono;
use yuv::{
    BufferStoreMut, YuvConversionMode, YuvError, YuvPackedImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix,
};
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// How the bytes of a picture are laid out; strides are tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PixelLayout {
    /// 4:2:2, Y U Y V for each pair of pixels; an odd width is padded to a pair.
    Yuyv,
    /// 4:2:0, a plane of Y, then one of U V pairs.
    Nv12,
    /// R G B, one byte each.
    Rgb,
    /// B G R, one byte each.
    Bgr,
    /// Luma only, as infrared cameras give it.
    Grey,
    /// One JPEG per picture, padded with anything.
    Mjpeg,
}

/// Why a picture could not be used; the device may well go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PictureError {
    /// A side is below 2 or above [`VideoFrame::MAX_SIDE`] pixels.
    Size(usize, usize),
    /// Fewer bytes than size and layout need.
    Short { needed: usize, found: usize },
    /// Not a picture of its kind.
    Undecodable(String),
}

/// Converts one picture of a camera. For [`PixelLayout::Mjpeg`] the size is that of the JPEG itself, not `size`.
pub(crate) fn to_i420(
    layout: PixelLayout,
    bytes: &[u8],
    size: (usize, usize),
    captured: Mono,
) -> Result<VideoFrame, PictureError> {
    let (width, height) = size;
    let needed = match layout {
        PixelLayout::Yuyv => width.div_ceil(2) * 4 * height,
        PixelLayout::Nv12 => width * height + width.div_ceil(2) * 2 * height.div_ceil(2),
        PixelLayout::Rgb | PixelLayout::Bgr => width * 3 * height,
        PixelLayout::Grey => width * height,
        PixelLayout::Mjpeg => return jpeg(bytes, captured),
    };
    let mut frame = blank(size, captured)?;
    let bytes = bytes.get(..needed).ok_or(PictureError::Short { needed, found: bytes.len() })?;
    match layout {
        PixelLayout::Yuyv => {
            let (width, height) = (frame.width(), frame.height());
            let stride = size.0.div_ceil(2) * 4;
            let yuy = &bytes[..stride * height as usize];
            let packed = YuvPackedImage { yuy, yuy_stride: stride as u32, width, height };
            yuv::yuyv422_to_yuv420(&mut planar(&mut frame), &packed)?;
        }
        PixelLayout::Nv12 => split_chroma(&mut frame, bytes, size),
        PixelLayout::Rgb => colours(yuv::rgb_to_yuv420, &mut frame, bytes, width * 3)?,
        PixelLayout::Bgr => colours(yuv::bgr_to_yuv420, &mut frame, bytes, width * 3)?,
        PixelLayout::Grey => copy_luma(&mut frame, bytes, width),
        PixelLayout::Mjpeg => unreachable!("returned above"),
    }
    Ok(frame)
}

/// Converts a screen: B G R and an ignored byte for each pixel, `stride` bytes from row to row.
pub(crate) fn bgra_to_i420(
    bytes: &[u8],
    stride: usize,
    size: (usize, usize),
    captured: Mono,
) -> Result<VideoFrame, PictureError> {
    let mut frame = blank(size, captured)?;
    let needed = stride * (size.1 - 1) + size.0 * 4;
    if stride < size.0 * 4 || bytes.len() < needed {
        return Err(PictureError::Short { needed, found: bytes.len() });
    }
    colours(yuv::bgra_to_yuv420, &mut frame, bytes, stride)?;
    Ok(frame)
}

/// A black frame with sides cropped to even.
fn blank(size: (usize, usize), captured: Mono) -> Result<VideoFrame, PictureError> {
    let sides = 2..=VideoFrame::MAX_SIDE as usize;
    if !sides.contains(&size.0) || !sides.contains(&size.1) {
        return Err(PictureError::Size(size.0, size.1));
    }
    Ok(VideoFrame::black((size.0 & !1) as u32, (size.1 & !1) as u32, captured))
}

fn jpeg(bytes: &[u8], captured: Mono) -> Result<VideoFrame, PictureError> {
    let side = VideoFrame::MAX_SIDE as usize;
    let options = DecoderOptions::default()
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder =
        zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(bytes), options);
    let undecodable = |error| PictureError::Undecodable(format!("{error:?}"));
    decoder.decode_headers().map_err(undecodable)?;
    let size = decoder.dimensions().ok_or_else(|| PictureError::Undecodable("no size".to_owned()))?;
    let rgb = decoder.decode().map_err(undecodable)?;
    to_i420(PixelLayout::Rgb, &rgb, size, captured)
}

type Convert = fn(
    &mut YuvPlanarImageMut<u8>,
    &[u8],
    u32,
    YuvRange,
    YuvStandardMatrix,
    YuvConversionMode,
) -> Result<(), YuvError>;

fn colours(
    convert: Convert,
    frame: &mut VideoFrame,
    bytes: &[u8],
    stride: usize,
) -> Result<(), PictureError> {
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    convert(&mut planar(frame), bytes, stride as u32, range, matrix, YuvConversionMode::Balanced)?;
    Ok(())
}

fn planar(frame: &mut VideoFrame) -> YuvPlanarImageMut<'_, u8> {
    let (width, height) = (frame.width(), frame.height());
    let (y_stride, uv_stride) = (frame.stride_y() as u32, frame.stride_uv() as u32);
    let (y, u, v) = frame.planes_mut();
    YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(y),
        y_stride,
        u_plane: BufferStoreMut::Borrowed(u),
        u_stride: uv_stride,
        v_plane: BufferStoreMut::Borrowed(v),
        v_stride: uv_stride,
        width,
        height,
    }
}

fn copy_luma(frame: &mut VideoFrame, luma: &[u8], stride: usize) {
    let width = frame.width() as usize;
    let rows = frame.planes_mut().0.chunks_exact_mut(width);
    for (to, from) in rows.zip(luma.chunks_exact(stride)) {
        to.copy_from_slice(&from[..width]);
    }
}

fn split_chroma(frame: &mut VideoFrame, bytes: &[u8], (width, height): (usize, usize)) {
    let (luma, chroma) = bytes.split_at(width * height);
    copy_luma(frame, luma, width);
    let columns = frame.stride_uv();
    let (_, u, v) = frame.planes_mut();
    let rows = u.chunks_exact_mut(columns).zip(v.chunks_exact_mut(columns));
    for ((u, v), pairs) in rows.zip(chroma.chunks_exact(width.div_ceil(2) * 2)) {
        for ((u, v), pair) in u.iter_mut().zip(v).zip(pairs.chunks_exact(2)) {
            (*u, *v) = (pair[0], pair[1]);
        }
    }
}

impl From<YuvError> for PictureError {
    fn from(error: YuvError) -> Self {
        PictureError::Undecodable(error.to_string())
    }
}

#[cfg(test)]
#[path = "picture/tests.rs"]
mod tests;
