//! X11, or a Wayland session through the desktop portal where that was built in (feature `wayland`).

use confab_media_model::{CaptureFault, DeviceFault, Rect, ShareWatch, SourceInfo};
use confab_types::SourceId;

pub(super) use super::x11::Mark;
use super::{Grab, Source, portal, x11};
use crate::capture::Limits;

/// Every monitor. In a Wayland session there is none to choose from: the portal asks in its own dialog.
pub(super) fn list() -> Vec<SourceInfo> {
    if portal::is_there() { Vec::new() } else { x11::list() }
}

/// Begins to look at what can be shared.
pub(super) fn watch() -> Result<Box<dyn ShareWatch>, DeviceFault> {
    if portal::is_there() { Err(DeviceFault::Missing) } else { x11::watch() }
}

/// Where a monitor or window is; the portal does not tell.
pub(super) fn place(source: Option<&SourceId>) -> Option<Rect> {
    if portal::is_there() { None } else { x11::place(source) }
}

/// How long opening and everything after it may take.
pub(super) fn limits() -> Limits {
    if portal::is_there() { Limits { open: portal::PATIENCE, ..Limits::USUAL } } else { Limits::USUAL }
}

/// Opens what is named, or what the user chooses in the portal's dialog.
pub(super) fn open(source: Option<&SourceId>) -> Result<(Box<dyn Source>, String), DeviceFault> {
    if portal::is_there() {
        let (source, label) = portal::open()?;
        return Ok((Box::new(source), label));
    }
    let (source, label) = x11::open(source)?;
    Ok((Box::new(source), label))
}

impl Source for Box<dyn Source> {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        self.as_mut().grab()
    }
}
