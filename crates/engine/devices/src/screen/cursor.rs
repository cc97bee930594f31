//! The mouse cursor, drawn into a picture of the screen.

/// A cursor's picture and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Left and top edge in pixels of the picture; may lie outside.
    pub(super) at: (i32, i32),
    /// Width and height in pixels.
    pub(super) size: (usize, usize),
    /// Rows of `0xAARRGGBB`, colours already multiplied by alpha (XFIXES 5.0, GetCursorImage).
    pub(super) argb: Vec<u32>,
}

impl Cursor {
    /// Lays the cursor over the picture: B G R and an ignored byte for each pixel, `stride` bytes from row to row.
    pub(super) fn draw(&self, pixels: &mut [u8], stride: usize, (width, height): (usize, usize)) {
        if self.size.0 == 0 {
            return;
        }
        for (dy, line) in self.argb.chunks_exact(self.size.0).take(self.size.1).enumerate() {
            let Some(y) = inside(self.at.1, dy, height) else { continue };
            for (dx, &argb) in line.iter().enumerate() {
                let Some(x) = inside(self.at.0, dx, width) else { continue };
                let from = y * stride + x * 4;
                blend(&mut pixels[from..from + 3], argb);
            }
        }
    }

    /// The rows of the picture that [`draw`](Self::draw) touches.
    pub(super) fn rows(&self, height: usize) -> std::ops::Range<usize> {
        let clip = |y: i64| y.clamp(0, height as i64) as usize;
        let top = i64::from(self.at.1);
        clip(top)..clip(top + self.size.1 as i64)
    }
}

fn inside(at: i32, offset: usize, limit: usize) -> Option<usize> {
    let place = usize::try_from(i64::from(at) + offset as i64).ok()?;
    (place < limit).then_some(place)
}

fn blend(bgr: &mut [u8], argb: u32) {
    let [blue, green, red, alpha] = argb.to_le_bytes();
    for (under, over) in bgr.iter_mut().zip([blue, green, red]) {
        let through = (u32::from(*under) * u32::from(255 - alpha) + 127) / 255;
        *under = u8::try_from(through + u32::from(over)).unwrap_or(u8::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 4×3 picture of one grey, with a row padded by a pixel.
    fn draw(cursor: &Cursor) -> Vec<u8> {
        let mut pixels = vec![100; 5 * 4 * 3];
        cursor.draw(&mut pixels, 20, (4, 3));
        pixels
    }

    #[test]
    fn opaque_clear_and_half_clear_pixels_are_blended() {
        let argb = vec![0xffff_0000, 0x0000_0000, 0x8000_0080];
        let pixels = draw(&Cursor { at: (1, 1), size: (3, 1), argb });
        assert_eq!(pixels[24..27], [0, 0, 255], "opaque red");
        assert_eq!(pixels[28..31], [100, 100, 100], "clear");
        assert_eq!(pixels[32..35], [178, 50, 50], "half blue over half grey");
        assert!(pixels[..24].iter().chain(&pixels[36..]).all(|&value| value == 100));
    }

    #[test]
    fn a_cursor_at_the_edge_is_cut_off() {
        let cursor = Cursor { at: (-1, 2), size: (2, 2), argb: vec![0xff00_ff00; 4] };
        let pixels = draw(&cursor);
        assert_eq!(pixels[40..43], [0, 255, 0]);
        assert_eq!(pixels.iter().filter(|&&value| value != 100).count(), 3);
        assert_eq!(cursor.rows(3), 2..3);
        for at in [(-9, 0), (4, 0), (0, 3), (0, -9), (i32::MAX, i32::MIN)] {
            let cursor = Cursor { at, ..cursor.clone() };
            assert!(draw(&cursor).iter().all(|&value| value == 100));
            assert!(cursor.rows(3).len() <= 2);
        }
    }
}
