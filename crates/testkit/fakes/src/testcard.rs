//! A moving picture that says who sent it and which one it is, and its reader.
//!
//! The upper two fifteenths of the picture are two rows of 24 cells, black for 0 and white for 1, over the full width:
//! the sender (8 bits), the number (32) and a check (CRC-8), highest bit first. At 640 pixels a cell is 26 wide and 24
//! high, at 160 it is 6 by 6: it survives H.264 at low rates and scaling, because only the middle of each cell is looked
//! at. Below are the number in large digits, a bar that moves, and a colour that belongs to the sender.

mod code;
mod draw;
mod font;

use confab_media_model::{Rect, VideoFrame};
use confab_types::Mono;

use draw::Canvas;

/// What a test card says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Who drew it.
    pub sender: u8,
    /// Which one it is; a sender counts up by one.
    pub number: u32,
}

/// Draws the pictures of one sender.
pub struct TestCard {
    sender: u8,
    /// What does not move.
    background: VideoFrame,
    scene: Scene,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    /// Everything moves, as before a camera.
    Camera,
    /// Small text that stands still, as on a screen.
    Screen,
}

impl TestCard {
    /// A camera's card. Sides are made even and at least 32 pixels.
    pub fn camera(sender: u8, size: (u32, u32)) -> Self {
        Self::new(sender, size, Scene::Camera)
    }

    /// A shared screen's card: lines of text 7 pixels high.
    pub fn screen(sender: u8, size: (u32, u32)) -> Self {
        Self::new(sender, size, Scene::Screen)
    }

    fn new(sender: u8, size: (u32, u32), scene: Scene) -> Self {
        let side = |side: u32| (side & !1).clamp(32, VideoFrame::MAX_SIDE);
        let mut background = VideoFrame::black(side(size.0), side(size.1), Mono::ZERO);
        let mut canvas = Canvas::new(&mut background);
        match scene {
            Scene::Camera => canvas.fill(draw::colour_of(sender)),
            Scene::Screen => canvas.page_of_text(sender),
        }
        TestCard { sender, background, scene }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.background.width(), self.background.height())
    }

    /// The picture with this number.
    pub fn draw(&self, number: u32, captured: Mono) -> VideoFrame {
        let mut frame = self.background.clone();
        frame.captured = captured;
        let reading = Reading { sender: self.sender, number };
        let mut canvas = Canvas::new(&mut frame);
        canvas.cells(&code::encode(reading));
        if self.scene == Scene::Camera {
            canvas.bar(number);
            canvas.label(&format!("{number:06}"), &format!("SENDER {}", self.sender));
        }
        frame
    }

    /// Reads a card that may have been scaled, compressed and decoded; `None` when it is none or cannot be read.
    pub fn read(frame: &VideoFrame) -> Option<Reading> {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let (luma, stride) = (frame.y(), frame.stride_y());
        code::read((0.0, 0.0, width as f32, height as f32), |x, y| {
            (x < width && y < height).then(|| luma[y * stride + x])
        })
    }

    /// Reads a card out of a picture of a window: `pixels` are R G B A or B G R A, `stride` bytes from row to row, and
    /// `picture` is where the card is shown, in pixels, without the black borders of a letterbox.
    pub fn read_rgba(pixels: &[u8], stride: usize, picture: Rect) -> Option<Reading> {
        let area = (picture.x as f32, picture.y as f32, picture.width as f32, picture.height as f32);
        code::read(area, |x, y| {
            let at = y.checked_mul(stride)?.checked_add(x.checked_mul(4)?)?;
            let pixel = pixels.get(at..at + 3).filter(|_| x * 4 + 3 < stride)?;
            // Black and white are the same whichever end red is at.
            Some(((u16::from(pixel[0]) + 2 * u16::from(pixel[1]) + u16::from(pixel[2])) / 4) as u8)
        })
    }
}

#[cfg(test)]
#[path = "testcard/tests.rs"]
mod tests;
