//! Monitors of Windows (desktop duplication) and macOS (display stream) by `scrap`.
//!
//! Neither puts the mouse cursor into the picture, and it is not drawn here.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use ::scrap::{Capturer, Display};
use confab_media_model::{CaptureFault, DeviceFault, Rect, ShareInfo, ShareWatch, SourceInfo};
use confab_types::SourceId;

use super::{Grab, Source, thumbnail};
use crate::capture::Limits;

/// Every monitor, in the system's order.
pub(super) fn list() -> Vec<SourceInfo> {
    let displays = Display::all().unwrap_or_default().into_iter().enumerate();
    let info = |(at, display): (usize, Display)| SourceInfo {
        id: id(at),
        label: format!("Screen {}", at + 1),
        size: (display.width() as u32, display.height() as u32),
    };
    displays.map(info).collect()
}

/// Begins to look at the monitors. Windows are not told by `scrap`.
pub(super) fn watch() -> Result<Box<dyn ShareWatch>, DeviceFault> {
    Ok(Box::new(Gallery::default()))
}

/// `scrap` does not tell where a monitor is.
pub(super) fn place(_: Option<&SourceId>) -> Option<Rect> {
    None
}

/// How long opening and everything after it may take.
pub(super) fn limits() -> Limits {
    Limits::USUAL
}

/// There is no border: the system itself shows that its screen is captured (macOS), or a window of the shell does.
pub(super) struct Mark;

impl Mark {
    pub(super) fn new(_: Option<&SourceId>, _: u32) -> Option<Mark> {
        None
    }
}

/// Small pictures of the monitors. `scrap` is not `Send`, so a monitor is opened for each look.
#[derive(Default)]
struct Gallery {
    shown: BTreeMap<SourceId, Arc<str>>,
}

impl ShareWatch for Gallery {
    fn look(&mut self) -> Vec<ShareInfo> {
        let mut shares: Vec<ShareInfo> = list().into_iter().map(ShareInfo::from).collect();
        for share in &mut shares {
            // A picture that does not come at once comes at the next look.
            if let Ok((mut source, _)) = open(Some(&share.id))
                && let Ok(Some(grab)) = source.grab()
            {
                let small = thumbnail::shrink(grab.pixels, grab.stride, grab.size, ShareInfo::THUMBNAIL);
                self.shown.insert(share.id.clone(), thumbnail::address(&small).into());
            }
            share.thumbnail = self.shown.get(&share.id).cloned().unwrap_or_else(|| "".into());
        }
        shares
    }
}

/// Opens the named monitor, or the first, and names it for people.
pub(super) fn open(source: Option<&SourceId>) -> Result<(ScrapSource, String), DeviceFault> {
    let displays = Display::all().map_err(device_fault)?.into_iter().enumerate();
    let wanted = |at: usize| source.is_none_or(|source| *source == id(at));
    let (at, display) = { displays }.find(|(at, _)| wanted(*at)).ok_or(DeviceFault::Missing)?;
    let capturer = Capturer::new(display).map_err(device_fault)?;
    let label = format!("Screen {}, {}×{}", at + 1, capturer.width(), capturer.height());
    Ok((ScrapSource { capturer, pixels: Vec::new() }, label))
}

/// A monitor as `scrap` reads it.
pub(super) struct ScrapSource {
    capturer: Capturer,
    /// The last picture; `scrap` lends its own only until the next call.
    pixels: Vec<u8>,
}

impl Source for ScrapSource {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        let size = (self.capturer.width(), self.capturer.height());
        match self.capturer.frame() {
            Ok(frame) => {
                let pixels: &[u8] = &frame;
                self.pixels.clear();
                self.pixels.extend_from_slice(pixels);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(capture_fault(&error)),
        }
        let stride = self.pixels.len() / size.1.max(1);
        Ok(Some(Grab { pixels: &self.pixels, stride, size, cursor: None }))
    }
}

fn id(at: usize) -> SourceId {
    SourceId::new(format!("screen-{at}"))
}

fn device_fault(error: std::io::Error) -> DeviceFault {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => DeviceFault::Missing,
        ErrorKind::PermissionDenied => DeviceFault::Denied,
        _ => DeviceFault::Driver(error.to_string()),
    }
}

fn capture_fault(error: &std::io::Error) -> CaptureFault {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => CaptureFault::Gone,
        _ => CaptureFault::Driver(error.to_string()),
    }
}
