//! Whole monitors and single windows, with the mouse cursor where the system lets us draw it (X11).
//!
//! A Wayland session shows its screens to a program only through the desktop portal, which asks the user itself: it lists no screen, and
//! opening one opens its dialog. Built without the feature `wayland`, opening one fails with a reason.

mod cursor;
#[cfg(target_os = "linux")]
mod linux;
mod pace;
#[cfg(all(target_os = "linux", feature = "wayland"))]
mod portal;
#[cfg(all(target_os = "linux", not(feature = "wayland")))]
#[path = "screen/portal_absent.rs"]
mod portal;
mod reader;
#[cfg(not(target_os = "linux"))]
mod scrap;
mod thumbnail;
#[cfg(target_os = "linux")]
mod x11;

use confab_media_model::{
    CaptureFault, DeviceFault, FrameSink, OpenDevice, Rect, ScreenRequest, ShareInfo, ShareWatch, SourceInfo,
};
use confab_types::SourceId;

use crate::capture;
use crate::fault::Fault;
use crate::system::Clock;
use cursor::Cursor;
#[cfg(target_os = "linux")]
use linux as system;
use reader::ScreenReader;
#[cfg(not(target_os = "linux"))]
use scrap as system;

/// Every monitor; the first is the main one.
pub(crate) fn list() -> Vec<SourceInfo> {
    system::list()
}

/// Begins to look at every monitor and window. A system that cannot be looked at has nothing to share.
pub(crate) fn watch() -> Box<dyn ShareWatch> {
    system::watch().unwrap_or_else(|fault| {
        tracing::debug!(%fault, "there is nothing to share");
        Box::new(Nothing)
    })
}

/// Where a monitor (`None`: the first) or window is on the desktop, in pixels; `None` where the system does not tell.
pub fn place(source: Option<&SourceId>) -> Option<Rect> {
    system::place(source)
}

/// Captures the named monitor or window, or the first monitor; with `mark` it has a border of that colour meanwhile.
pub(crate) fn open(
    request: &ScreenRequest,
    mark: Option<u32>,
    clock: &Clock,
    frames: FrameSink,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let (source, fps, clock) = (request.source.clone(), request.fps.clamp(1, 30), clock.clone());
    let guard = capture::spawn("screen", system::limits(), frames, fault, move || {
        let (source, label) = system::open(source.as_ref())?;
        Ok((ScreenReader::new(source, fps, clock), format!("{label}, {fps} fps")))
    })?;
    let mark = mark.and_then(|colour| system::Mark::new(request.source.as_ref(), colour));
    Ok(Box::new(Marked { guard, _mark: mark }))
}

/// A capture and the border around what it sees.
struct Marked {
    /// First: nothing is captured any more when the border goes.
    guard: Box<dyn OpenDevice>,
    _mark: Option<system::Mark>,
}

impl OpenDevice for Marked {
    fn describe(&self) -> String {
        self.guard.describe()
    }
}

struct Nothing;

impl ShareWatch for Nothing {
    fn look(&mut self) -> Vec<ShareInfo> {
        Vec::new()
    }
}

/// One monitor or window, as its system gives it.
trait Source {
    /// What is on it now; `None` when nothing has changed since the last time, as far as the system says.
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault>;
}

/// A look at a monitor or window.
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
