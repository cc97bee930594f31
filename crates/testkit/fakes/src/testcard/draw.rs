//! Boxes and letters in an I420 picture.

use confab_media_model::VideoFrame;

use super::code::{CELLS, COLUMNS, ROW_HEIGHT, ROWS};
use super::font;

/// Y, Cb, Cr in BT.601 limited range.
pub(super) type Colour = [u8; 3];

pub(super) const BLACK: Colour = [16, 128, 128];
pub(super) const WHITE: Colour = [235, 128, 128];
const PAPER: Colour = [225, 128, 128];

/// Words for the page; every letter of the font is in them.
const TEXT: &str = "THE QUICK BROWN FOX JUMPS OVER 13 LAZY DOGS WHILE 2457890 BYTES OF 6 MEETINGS WAIT";

/// A colour for each sender, of even brightness; neighbours differ most.
pub(super) fn colour_of(sender: u8) -> Colour {
    // The golden angle spreads any number of hues.
    let angle = f32::from(sender) * 2.399_963;
    [110, (128.0 + 60.0 * angle.cos()) as u8, (128.0 + 60.0 * angle.sin()) as u8]
}

/// A picture to draw on. Whatever lies outside is not drawn.
pub(super) struct Canvas<'a> {
    frame: &'a mut VideoFrame,
    width: usize,
    height: usize,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(frame: &'a mut VideoFrame) -> Self {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        Canvas { frame, width, height }
    }

    /// The whole picture in one colour.
    pub(super) fn fill(&mut self, colour: Colour) {
        self.rectangle(0, 0, self.width, self.height, colour);
    }

    /// The code over the upper edge.
    pub(super) fn cells(&mut self, cells: &[bool; CELLS]) {
        let column = |number: usize| self.width * number / COLUMNS;
        let row = |number: usize| (self.height as f32 * ROW_HEIGHT * number as f32) as usize;
        let edges: Vec<[usize; 4]> = (0..CELLS)
            .map(|cell| (cell % COLUMNS, cell / COLUMNS))
            .map(|(x, y)| [column(x), row(y), column(x + 1), row(y + 1)])
            .collect();
        for (&white, [left, top, right, bottom]) in cells.iter().zip(edges) {
            self.rectangle(left, top, right - left, bottom - top, if white { WHITE } else { BLACK });
        }
    }

    /// A bright bar that crosses the picture in 64 steps.
    pub(super) fn bar(&mut self, number: u32) {
        let (width, top) = (self.width / 16, self.below_cells());
        let left = (self.width - width) * (number % 64) as usize / 63;
        self.rectangle(left, top, width, self.height - top, [180, 128, 128]);
    }

    /// One large and one smaller line in the middle.
    pub(super) fn label(&mut self, large: &str, small: &str) {
        let scale = (self.width / 64).max(1);
        let left =
            |text: &str, scale: usize| (self.width.saturating_sub(text.len() * font::WIDTH * scale)) / 2;
        let (first, second) = (left(large, scale), left(small, scale / 2));
        let top = self.height * 2 / 5;
        self.text(first, top, scale, large, WHITE);
        self.text(second, top + font::HEIGHT * scale * 3 / 2, (scale / 2).max(1), small, WHITE);
    }

    /// Paper with lines of small text and the sender's colour as an edge.
    pub(super) fn page_of_text(&mut self, sender: u8) {
        self.fill(PAPER);
        let top = self.below_cells();
        self.rectangle(0, top, self.width / 32, self.height - top, colour_of(sender));
        let step = font::HEIGHT + 5;
        for (line, y) in (top + step..self.height.saturating_sub(step)).step_by(step).enumerate() {
            self.text(self.width / 16, y, 1, &format!("{line:02} {TEXT}"), BLACK);
        }
    }

    fn below_cells(&self) -> usize {
        (self.height as f32 * ROW_HEIGHT * ROWS as f32) as usize
    }

    fn text(&mut self, left: usize, top: usize, scale: usize, text: &str, colour: Colour) {
        for (place, letter) in text.chars().enumerate() {
            for (y, line) in font::glyph(letter).into_iter().enumerate() {
                for x in (0..5).filter(|x| line >> (4 - x) & 1 == 1) {
                    let column = left + (place * font::WIDTH + x) * scale;
                    self.rectangle(column, top + y * scale, scale, scale, colour);
                }
            }
        }
    }

    fn rectangle(&mut self, left: usize, top: usize, width: usize, height: usize, [luma, cb, cr]: Colour) {
        let (right, bottom) = ((left + width).min(self.width), (top + height).min(self.height));
        if left >= right || top >= bottom {
            return;
        }
        let (strides, (y, u, v)) = ((self.frame.stride_y(), self.frame.stride_uv()), self.frame.planes_mut());
        for row in top..bottom {
            y[row * strides.0 + left..row * strides.0 + right].fill(luma);
        }
        // Chroma belongs to pairs of pixels; a pair that is covered in part takes the new colour.
        for row in top / 2..bottom.div_ceil(2) {
            let columns = row * strides.1 + left / 2..row * strides.1 + right.div_ceil(2);
            u[columns.clone()].fill(cb);
            v[columns].fill(cr);
        }
    }
}
