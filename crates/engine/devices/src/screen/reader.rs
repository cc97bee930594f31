//! Looks at a monitor at its pace, and makes a picture when something has changed.

use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, VideoFrame};

use super::pace::Pace;
use super::{Cursor, Grab, Source};
use crate::capture::{Reader, Stop};
use crate::picture;
use crate::system::Clock;

/// A picture that does not change is repeated so often, so that late joiners and watchdogs see that all is well.
const REPEAT: Duration = Duration::from_secs(1);

/// A monitor on its reader's thread.
pub(super) struct ScreenReader<S> {
    source: S,
    pace: Pace,
    clock: Clock,
    last: Look,
    /// When the last picture was given away.
    shown: Option<Instant>,
}

/// The last look, without the cursor: what the next one is compared with.
#[derive(Default)]
struct Look {
    pixels: Vec<u8>,
    stride: usize,
    size: (usize, usize),
    cursor: Option<Cursor>,
}

impl<S: Source> ScreenReader<S> {
    /// Looks `fps` times a second.
    pub(super) fn new(source: S, fps: u32, clock: Clock) -> Self {
        ScreenReader {
            source,
            pace: Pace::new(fps, Instant::now()),
            clock,
            last: Look::default(),
            shown: None,
        }
    }
}

impl<S: Source> Reader for ScreenReader<S> {
    fn read(&mut self, stop: &Stop) -> Result<Option<VideoFrame>, CaptureFault> {
        if stop.wait(self.pace.wait(Instant::now())) {
            return Ok(None);
        }
        let captured = (self.clock)();
        let changed = self.source.grab()?.is_some_and(|grab| self.last.replace(grab));
        let repeat = self.shown.is_none_or(|shown| shown.elapsed() >= REPEAT);
        if self.last.pixels.is_empty() || !(changed || repeat) {
            return Ok(None);
        }
        self.shown = Some(Instant::now());
        self.last.picture(captured).map(Some)
    }
}

impl Look {
    /// Takes the grab over; false when it shows the same.
    fn replace(&mut self, grab: Grab) -> bool {
        let same_shape = (self.stride, self.size) == (grab.stride, grab.size);
        let same_pixels = same_shape && self.pixels == grab.pixels;
        if !same_pixels {
            self.pixels.clear();
            self.pixels.extend_from_slice(grab.pixels);
            (self.stride, self.size) = (grab.stride, grab.size);
        }
        let same_cursor = self.cursor == grab.cursor;
        self.cursor = grab.cursor;
        !(same_pixels && same_cursor)
    }

    /// The look as a frame, with the cursor drawn and then taken out again.
    fn picture(&mut self, captured: confab_types::Mono) -> Result<VideoFrame, CaptureFault> {
        let mut under = None;
        if let Some(cursor) = &self.cursor {
            let rows = cursor.rows(self.size.1);
            let bytes = rows.start * self.stride..(rows.end * self.stride).min(self.pixels.len());
            under = Some((bytes.start, self.pixels[bytes].to_vec()));
            cursor.draw(&mut self.pixels, self.stride, self.size);
        }
        let frame = picture::bgra_to_i420(&self.pixels, self.stride, self.size, captured);
        if let Some((start, rows)) = under {
            self.pixels[start..start + rows.len()].copy_from_slice(&rows);
        }
        frame.map_err(|error| CaptureFault::Driver(format!("unusable picture: {error:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grab(pixels: &[u8], cursor: Option<Cursor>) -> Grab<'_> {
        Grab { pixels, stride: 16, size: (4, 4), cursor }
    }

    fn white_dot(at: (i32, i32)) -> Option<Cursor> {
        Some(Cursor { at, size: (1, 1), argb: vec![0xffff_ffff] })
    }

    #[test]
    fn a_look_that_shows_the_same_is_no_change() {
        let mut look = Look::default();
        let (black, grey) = (vec![0; 64], vec![9; 64]);
        assert!(look.replace(grab(&black, None)));
        assert!(!look.replace(grab(&black, None)));
        assert!(look.replace(grab(&grey, None)));
        assert!(look.replace(grab(&grey, white_dot((0, 0)))));
        assert!(!look.replace(grab(&grey, white_dot((0, 0)))));
        assert!(look.replace(grab(&grey, white_dot((1, 0)))));
    }

    #[test]
    fn the_cursor_is_in_the_picture_and_leaves_no_trace() {
        let mut look = Look::default();
        let black = vec![0; 64];
        look.replace(grab(&black, white_dot((2, 1))));
        let frame = look.picture(confab_types::Mono::ZERO).expect("a picture");
        assert!(frame.y()[4 + 2] > 200, "{:?}", frame.y());
        assert_eq!(frame.y().iter().filter(|&&luma| luma > 20).count(), 1);
        assert!(!look.replace(grab(&black, white_dot((2, 1)))), "the comparison is with the screen itself");
    }
}
