//! Looks at a monitor or window at its pace, and makes a picture when something has changed.

use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, VideoFrame};

use super::pace::Pace;
use super::{Cursor, Grab, Source};
use crate::capture::{Reader, Stop};
use crate::picture;
use crate::system::Clock;

/// A picture that does not change is repeated so often, so that late joiners and watchdogs see that all is well.
const REPEAT: Duration = Duration::from_secs(1);
/// After a change it is repeated more often for a while: each time the encoder makes it sharper, until text can be read.
const SHARPEN: Duration = Duration::from_millis(200);
/// For how long after a change.
const SHARPENING: Duration = Duration::from_secs(2);

/// A monitor or window on its reader's thread.
pub(super) struct ScreenReader<S> {
    source: S,
    pace: Pace,
    clock: Clock,
    last: Look,
    /// When the last picture was given away.
    shown: Option<Instant>,
    /// When something has changed last.
    changed: Option<Instant>,
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
            changed: None,
        }
    }

    /// Whether the same picture is to be shown once more.
    fn is_due(&self, now: Instant) -> bool {
        let since = |then: Option<Instant>| then.map(|then| now.saturating_duration_since(then));
        let pause =
            if since(self.changed).is_some_and(|since| since < SHARPENING) { SHARPEN } else { REPEAT };
        since(self.shown).is_none_or(|since| since >= pause)
    }
}

impl<S: Source> Reader for ScreenReader<S> {
    fn read(&mut self, stop: &Stop) -> Result<Option<VideoFrame>, CaptureFault> {
        if stop.wait(self.pace.wait(Instant::now())) {
            return Ok(None);
        }
        let captured = (self.clock)();
        let changed = self.source.grab()?.is_some_and(|grab| self.last.replace(grab));
        let now = Instant::now();
        if self.last.pixels.is_empty() || !(changed || self.is_due(now)) {
            return Ok(None);
        }
        self.shown = Some(now);
        if changed {
            self.changed = Some(now);
        }
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
    fn a_picture_is_repeated_often_after_a_change_and_then_once_a_second() {
        struct Never;
        impl Source for Never {
            fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
                Ok(None)
            }
        }
        let clock: Clock = std::sync::Arc::new(|| confab_types::Mono::ZERO);
        let mut reader = ScreenReader::new(Never, 15, clock);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        assert!(reader.is_due(start), "the first one");
        (reader.shown, reader.changed) = (Some(start), Some(start));
        assert!(!reader.is_due(at(150)) && reader.is_due(at(200)));
        reader.shown = Some(at(1900));
        assert!(!reader.is_due(at(2200)) && reader.is_due(at(2900)));
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
