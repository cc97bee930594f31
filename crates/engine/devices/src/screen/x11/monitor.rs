//! The monitors of an X screen (RandR 1.5), and one of them as it is captured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, DeviceFault};
use confab_types::SourceId;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

use super::super::{Cursor, Grab, Source};
use super::area::Area;
use super::mask::Mask;
use super::segment::Segment;
use super::{Server, driver, lost};

/// How often a monitor is asked whether it still is what it was.
const RECHECK: Duration = Duration::from_secs(1);

/// One monitor: a rectangle of the root window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Monitor {
    /// Its output's name, such as `HDMI-1`: the same after a restart.
    pub(super) name: String,
    pub(super) area: Area,
}

impl Monitor {
    fn bytes(&self) -> usize {
        self.area.width as usize * self.area.height as usize * 4
    }
}

/// Every monitor that is on, the primary one first.
pub(super) fn all(connection: &RustConnection, root: Window) -> Result<Vec<Monitor>, ReplyError> {
    let mut infos = connection.randr_get_monitors(root, true)?.reply()?.monitors;
    infos.sort_by_key(|info| !info.primary);
    let usable = infos.into_iter().filter(|info| info.width >= 2 && info.height >= 2);
    usable
        .map(|info| {
            let name = connection.get_atom_name(info.name)?.reply()?.name;
            let name = String::from_utf8_lossy(&name).into_owned();
            Ok(Monitor { name, area: Area::of_window((info.x, info.y), (info.width, info.height), 0) })
        })
        .collect()
}

/// The named monitor, or the first, and its number for people.
pub(super) fn find(server: &Server, source: Option<&SourceId>) -> Result<(usize, Monitor), DeviceFault> {
    let wanted = |monitor: &Monitor| source.is_none_or(|source| source.as_str() == monitor.name);
    let found = server.monitors()?.into_iter().enumerate().find(|(_, monitor)| wanted(monitor));
    found.ok_or(DeviceFault::Missing)
}

/// The cursor as seen from a corner.
pub(super) fn cursor(image: GetCursorImageReply, (left, top): (i32, i32)) -> Cursor {
    let at =
        (i32::from(image.x) - i32::from(image.xhot) - left, i32::from(image.y) - i32::from(image.yhot) - top);
    Cursor { at, size: (image.width.into(), image.height.into()), argb: image.cursor_image }
}

/// A monitor that is captured; windows of this program are left out.
pub(in crate::screen) struct MonitorSource {
    connection: Arc<RustConnection>,
    root: Window,
    monitor: Monitor,
    segment: Segment,
    mask: Mask,
    has_cursor: bool,
    /// When the monitor was last seen to be what it was.
    checked: Instant,
}

impl MonitorSource {
    /// Opens it over a connection of which nobody else reads events.
    pub(super) fn new(server: &Server, monitor: Monitor) -> Result<MonitorSource, DeviceFault> {
        let connection = server.connection.clone();
        let has_cursor = connection.xfixes_query_version(5, 0).is_ok_and(|cookie| cookie.reply().is_ok());
        let segment = Segment::new(&connection, monitor.bytes()).map_err(driver)?;
        let mask = Mask::new(&connection, server.root, server.depth).map_err(|error| driver(error.into()))?;
        let (root, checked) = (server.root, Instant::now());
        Ok(MonitorSource { connection, root, monitor, segment, mask, has_cursor, checked })
    }

    /// Lets the server write the monitor into the segment. Both questions travel together.
    fn look(&mut self) -> Result<Option<GetCursorImageReply>, ReplyError> {
        let Area { left, top, width, height } = self.monitor.area;
        let (x, y, width, height) = (left as i16, top as i16, width as u16, height as u16);
        let format = ImageFormat::Z_PIXMAP.into();
        let segment = self.segment.id();
        self.mask.refresh(&self.connection)?;
        let picture =
            self.connection.shm_get_image(self.root, x, y, width, height, !0, format, segment, 0)?;
        let cursor = if self.has_cursor { Some(self.connection.xfixes_get_cursor_image()?) } else { None };
        picture.reply()?;
        let cursor = cursor.map(|cookie| cookie.reply()).transpose()?;
        self.mask.paint(&self.connection, self.monitor.area, self.segment.pixels_mut())?;
        Ok(cursor)
    }

    /// Follows a monitor that has changed its size or place; one that is no longer there is gone.
    fn recheck(&mut self) -> Result<(), CaptureFault> {
        let monitors = all(&self.connection, self.root).map_err(lost)?;
        let now = monitors.into_iter().find(|monitor| monitor.name == self.monitor.name);
        let now = now.ok_or(CaptureFault::Gone)?;
        if now != self.monitor {
            let fresh = Segment::new(&self.connection, now.bytes());
            let fresh = fresh.map_err(|error| CaptureFault::Driver(error.to_string()))?;
            let old = std::mem::replace(&mut self.segment, fresh);
            old.detach(&self.connection).map_err(|error: ConnectionError| lost(error.into()))?;
            self.monitor = now;
        }
        self.checked = Instant::now();
        Ok(())
    }
}

impl Source for MonitorSource {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        if self.checked.elapsed() >= RECHECK {
            self.recheck()?;
        }
        let cursor = match self.look() {
            Ok(cursor) => cursor,
            // The monitor has shrunk or moved off since it was last checked.
            Err(ReplyError::X11Error(_)) => {
                self.recheck()?;
                self.look().map_err(lost)?
            }
            Err(error) => return Err(lost(error)),
        };
        let Area { left, top, width, height } = self.monitor.area;
        let size = (width as usize, height as usize);
        let cursor = cursor.map(|image| self::cursor(image, (left, top)));
        Ok(Some(Grab { pixels: self.segment.pixels(), stride: size.0 * 4, size, cursor }))
    }
}
