//! Picture → pixels of a tile: fit, mirror, turn, convert.

use confab_media_model::{Rotation, VideoFrame};
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix};

use crate::fit::Fit;
use crate::scale::{Flip, Plane, Scaler, transpose};

/// Order of the four bytes of a pixel in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Blue, green, red, alpha: X11 windows on little-endian machines.
    Bgra,
    /// Red, green, blue, alpha: a canvas.
    Rgba,
}

/// How a tile wants its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileLook {
    /// Width in device pixels, at least 1.
    pub width: u32,
    /// Height in device pixels, at least 1.
    pub height: u32,
    /// Left and right change places, as in a mirror.
    pub mirrored: bool,
    /// Cut to fill instead of letterboxed.
    pub cover: bool,
    /// What letterboxed pictures leave free: red, green, blue.
    pub background: [u8; 3],
}

impl TileLook {
    /// Bytes of the tile's pixels.
    pub fn byte_len(&self) -> usize {
        self.width as usize * self.height as usize * 4
    }
}

/// Turns pictures into pixels; holds the buffers that are reused. One per thread.
#[derive(Default)]
pub struct Painter {
    scaler: Scaler,
    /// Y, U, V at the tile's size.
    scaled: [Vec<u8>; 3],
    /// The same, lying on their side, when a picture is turned.
    turned: [Vec<u8>; 3],
}

/// Three planes of one picture with their strides.
type Planes<'a> = ([&'a [u8]; 3], [usize; 3]);

impl Painter {
    /// A painter without buffers; they grow with the first pictures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Paints the whole tile: `look.height` rows of `look.width` pixels of four bytes without gaps, alpha 255.
    ///
    /// # Panics
    /// When `pixels` is shorter than [`TileLook::byte_len`] or the tile has no pixels: tiles are checked with the layout.
    pub fn paint(&mut self, frame: &VideoFrame, look: &TileLook, order: ByteOrder, pixels: &mut [u8]) {
        let pixels = &mut pixels[..look.byte_len()];
        let (on_side, flip) = turn(frame.rotation, look.mirrored);
        let size = (frame.width(), frame.height());
        let fit = Fit::new(size, (look.width, look.height), on_side, look.cover);
        bars(&fit, look, order, pixels);

        let sources = crop(frame, &fit);
        let same_size = (fit.crop_width, fit.crop_height) == (fit.width, fit.height);
        let (planes, strides): Planes<'_> = if same_size && !on_side && flip == Flip::default() {
            (sources.map(|plane| plane.data), sources.map(|plane| plane.stride))
        } else {
            self.resize(sources, &fit, on_side, flip)
        };

        let image = YuvPlanarImage {
            y_plane: planes[0],
            y_stride: strides[0] as u32,
            u_plane: planes[1],
            u_stride: strides[1] as u32,
            v_plane: planes[2],
            v_stride: strides[2] as u32,
            width: fit.width,
            height: fit.height,
        };
        let start = (fit.y as usize * look.width as usize + fit.x as usize) * 4;
        let convert = match order {
            ByteOrder::Bgra => yuv::yuv420_to_bgra,
            ByteOrder::Rgba => yuv::yuv420_to_rgba,
        };
        let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
        convert(&image, &mut pixels[start..], look.width * 4, range, matrix)
            .expect("planes and pixels have the sizes that were just computed");
    }

    fn resize(&mut self, sources: [Plane<'_>; 3], fit: &Fit, on_side: bool, flip: Flip) -> Planes<'_> {
        let (width, height) = (fit.width as usize, fit.height as usize);
        let mut strides = [0; 3];
        for (index, source) in sources.into_iter().enumerate() {
            let half = |side: usize| if index == 0 { side } else { side.div_ceil(2) };
            let (width, height) = (half(width), half(height));
            strides[index] = width;
            let scaled = &mut self.scaled[index];
            scaled.resize(width * height, 0);
            if on_side {
                self.scaler.scale(source, scaled, height, width, flip);
                let turned = &mut self.turned[index];
                turned.resize(width * height, 0);
                transpose(scaled, height, width, turned);
            } else {
                self.scaler.scale(source, scaled, width, height, flip);
            }
        }
        let planes = if on_side { &self.turned } else { &self.scaled };
        ([&planes[0], &planes[1], &planes[2]], strides)
    }
}

/// A turn, then perhaps a mirror, as flips before an exchange of rows and columns.
fn turn(rotation: Rotation, mirrored: bool) -> (bool, Flip) {
    let (on_side, mut flip) = match rotation {
        Rotation::None => (false, Flip { x: false, y: false }),
        Rotation::Half => (false, Flip { x: true, y: true }),
        Rotation::Right => (true, Flip { x: false, y: true }),
        Rotation::Left => (true, Flip { x: true, y: false }),
    };
    // What the viewer sees as left and right is top and bottom of a picture that lies on its side.
    let swapped = if on_side { &mut flip.y } else { &mut flip.x };
    *swapped ^= mirrored;
    (on_side, flip)
}

/// The shown part of the three planes.
fn crop<'a>(frame: &'a VideoFrame, fit: &Fit) -> [Plane<'a>; 3] {
    let cut = |data: &'a [u8], stride: usize, share: u32| {
        let [x, y, width, height] =
            [fit.crop_x, fit.crop_y, fit.crop_width, fit.crop_height].map(|value| (value / share) as usize);
        let data = &data[y * stride + x..][..(height - 1) * stride + width];
        Plane { data, stride, width, height }
    };
    [
        cut(frame.y(), frame.stride_y(), 1),
        cut(frame.u(), frame.stride_uv(), 2),
        cut(frame.v(), frame.stride_uv(), 2),
    ]
}

/// Paints what the picture leaves free.
fn bars(fit: &Fit, look: &TileLook, order: ByteOrder, pixels: &mut [u8]) {
    let [red, green, blue] = look.background;
    let pixel = match order {
        ByteOrder::Bgra => [blue, green, red, 255],
        ByteOrder::Rgba => [red, green, blue, 255],
    };
    let fill = |part: &mut [u8]| part.chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&pixel));
    let row = look.width as usize * 4;
    let (top, foot) = (fit.y as usize * row, (fit.y + fit.height) as usize * row);
    fill(&mut pixels[..top]);
    fill(&mut pixels[foot..]);
    if fit.width < look.width {
        let (left, right) = (fit.x as usize * 4, (fit.x + fit.width) as usize * 4);
        for line in pixels[top..foot].chunks_exact_mut(row) {
            fill(&mut line[..left]);
            fill(&mut line[right..]);
        }
    }
}

/// Makes the corners of a painted tile transparent outside a circle of `radius` pixels, smoothly.
pub(crate) fn round_corners(pixels: &mut [u8], width: u32, height: u32, radius: u32) {
    let radius = radius.min(width / 2).min(height / 2);
    let (columns, rows) = (width as usize, height as usize);
    for y in 0..radius {
        for x in 0..radius {
            let (dx, dy) = (f64::from(radius - x) - 0.5, f64::from(radius - y) - 0.5);
            // How far the pixel's middle lies inside the circle, within one pixel, is how much of it is covered.
            let inside = (f64::from(radius) - dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
            let alpha = (inside * 255.0).round() as u8;
            if alpha == 255 {
                continue;
            }
            let (x, y) = (x as usize, y as usize);
            for (x, y) in [(x, y), (columns - 1 - x, y), (x, rows - 1 - y), (columns - 1 - x, rows - 1 - y)] {
                pixels[(y * columns + x) * 4 + 3] = alpha;
            }
        }
    }
}

#[cfg(test)]
mod tests;
