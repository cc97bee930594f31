//! Whole monitors, with the mouse cursor where the system lets us draw it (X11).
//!
//! A Wayland session shows its screens to a program only through the desktop portal, which is not spoken here: it lists
//! no screen, and opening one fails with a reason.

mod cursor;
mod pace;
mod reader;
#[cfg(not(target_os = "linux"))]
mod scrap;
#[cfg(target_os = "linux")]
mod x11;

use confab_media_model::{CaptureFault, DeviceFault, FrameSink, OpenDevice, ScreenRequest, SourceInfo};

use crate::capture::{self, Limits};
use crate::fault::Fault;
use crate::system::Clock;
use cursor::Cursor;
use reader::ScreenReader;
#[cfg(not(target_os = "linux"))]
use scrap as system;
#[cfg(target_os = "linux")]
use x11 as system;

/// Every monitor; the first is the main one.
pub(crate) fn list() -> Vec<SourceInfo> {
    system::list()
}

/// Captures the named monitor, or the first.
pub(crate) fn open(
    request: &ScreenRequest,
    clock: &Clock,
    frames: FrameSink,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let (source, fps, clock) = (request.source.clone(), request.fps.clamp(1, 30), clock.clone());
    capture::spawn("screen", Limits::USUAL, frames, fault, move || {
        let (source, label) = system::open(source.as_ref())?;
        Ok((ScreenReader::new(source, fps, clock), format!("{label}, {fps} fps")))
    })
}

/// One monitor, as its system gives it.
trait Source {
    /// What is on the monitor now; `None` when nothing has changed since the last time, as far as the system says.
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault>;
}

/// A look at a monitor.
struct Grab<'a> {
    /// B G R and an ignored byte for each pixel.
    pixels: &'a [u8],
    /// Bytes from row to row.
    stride: usize,
    /// Width and height in pixels.
    size: (usize, usize),
    /// The cursor, where it is not in the pixels already.
    cursor: Option<Cursor>,
}
