//! Monitors of an X server: pictures through shared memory (MIT-SHM 1.2), the cursor through XFIXES.
//!
//! The server makes the segment and passes its descriptor, so no other user of the computer can map it.
//! (`scrap`, which captures on the other systems, makes a System V segment on X11 that everyone may read, walks freed
//! memory while it lists monitors, and does not tell where a monitor lies, which the cursor needs.)

mod monitor;
mod segment;

use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, DeviceFault, SourceInfo};
use confab_types::SourceId;
use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, ImageOrder, Screen, Window};
use x11rb::rust_connection::RustConnection;

use super::{Grab, Source};
use monitor::Monitor;
use segment::Segment;

/// How often a monitor is asked whether it still is what it was.
const RECHECK: Duration = Duration::from_secs(1);
const ALL_PLANES: u32 = !0;

/// Every monitor of the X server named by `DISPLAY`; none in a Wayland session.
pub(super) fn list() -> Vec<SourceInfo> {
    let monitors = connect().and_then(|(connection, root)| monitors(&connection, root));
    let monitors = monitors.unwrap_or_else(|fault| {
        tracing::debug!(%fault, "screens cannot be listed");
        Vec::new()
    });
    let info = |(at, monitor): (usize, Monitor)| SourceInfo {
        id: SourceId::new(monitor.name),
        label: format!("Screen {}", at + 1),
        size: (u32::from(monitor.width), u32::from(monitor.height)),
    };
    monitors.into_iter().enumerate().map(info).collect()
}

/// Opens the named monitor, or the first, and names it for people.
pub(super) fn open(source: Option<&SourceId>) -> Result<(X11Source, String), DeviceFault> {
    let (connection, root) = connect()?;
    let wanted = |monitor: &Monitor| source.is_none_or(|source| source.as_str() == monitor.name);
    let found = monitors(&connection, root)?.into_iter().enumerate().find(|(_, monitor)| wanted(monitor));
    let (at, monitor) = found.ok_or(DeviceFault::Missing)?;
    let has_cursor = connection.xfixes_query_version(5, 0).is_ok_and(|cookie| cookie.reply().is_ok());
    let segment = Segment::new(&connection, &monitor).map_err(driver)?;
    let label = format!("Screen {}, {}×{}", at + 1, monitor.width, monitor.height);
    Ok((X11Source { connection, root, monitor, segment, has_cursor, checked: Instant::now() }, label))
}

/// A monitor of an X server.
pub(super) struct X11Source {
    connection: RustConnection,
    root: Window,
    monitor: Monitor,
    segment: Segment,
    has_cursor: bool,
    /// When the monitor was last seen to be what it was.
    checked: Instant,
}

impl Source for X11Source {
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
        let size = (usize::from(self.monitor.width), usize::from(self.monitor.height));
        let cursor = cursor.map(|image| self.monitor.place(image));
        Ok(Some(Grab { pixels: self.segment.pixels(), stride: size.0 * 4, size, cursor }))
    }
}

impl X11Source {
    /// Lets the server write the monitor into the segment. Both questions travel together.
    fn look(&mut self) -> Result<Option<GetCursorImageReply>, ReplyError> {
        let Monitor { x, y, width, height, .. } = self.monitor;
        let format = ImageFormat::Z_PIXMAP.into();
        let segment = self.segment.id();
        let picture =
            self.connection.shm_get_image(self.root, x, y, width, height, ALL_PLANES, format, segment, 0)?;
        let cursor = if self.has_cursor { Some(self.connection.xfixes_get_cursor_image()?) } else { None };
        picture.reply()?;
        cursor.map(|cookie| cookie.reply()).transpose()
    }

    /// Follows a monitor that has changed its size or place; one that is no longer there is gone.
    fn recheck(&mut self) -> Result<(), CaptureFault> {
        let monitors = monitor::all(&self.connection, self.root).map_err(lost)?;
        let now = monitors.into_iter().find(|monitor| monitor.name == self.monitor.name);
        let now = now.ok_or(CaptureFault::Gone)?;
        if now != self.monitor {
            let fresh = Segment::new(&self.connection, &now);
            let fresh = fresh.map_err(|error| CaptureFault::Driver(error.to_string()))?;
            std::mem::replace(&mut self.segment, fresh)
                .detach(&self.connection)
                .map_err(|error| lost(error.into()))?;
            self.monitor = now;
        }
        self.checked = Instant::now();
        Ok(())
    }
}

/// Connects to `DISPLAY` and checks that its pixels are what [`Grab`] promises.
fn connect() -> Result<(RustConnection, Window), DeviceFault> {
    let (connection, number) = x11rb::connect(None).map_err(|error| {
        tracing::debug!(%error, "no X server");
        DeviceFault::Missing
    })?;
    let setup = connection.setup();
    let screen = &setup.roots[number];
    let format = setup.pixmap_formats.iter().find(|format| format.depth == screen.root_depth);
    let wide = format.is_some_and(|format| format.bits_per_pixel == 32);
    if !wide || setup.image_byte_order != ImageOrder::LSB_FIRST || red_mask(screen) != Some(0x00ff_0000) {
        return Err(DeviceFault::Format(format!("screen of depth {}", screen.root_depth)));
    }
    let root = screen.root;
    Ok((connection, root))
}

fn red_mask(screen: &Screen) -> Option<u32> {
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    visuals.into_iter().find(|visual| visual.visual_id == screen.root_visual).map(|visual| visual.red_mask)
}

/// The monitors of a real X server. Xwayland has monitors as well, but shows nothing of other programs.
fn monitors(connection: &RustConnection, root: Window) -> Result<Vec<Monitor>, DeviceFault> {
    let extension = connection.query_extension(b"XWAYLAND").map_err(|error| driver(error.into()))?;
    let xwayland = extension.reply().map_err(driver)?.present;
    let monitors = monitor::all(connection, root).map_err(driver)?;
    if xwayland || monitors.iter().any(|monitor| monitor.name.starts_with("XWAYLAND")) {
        return Err(DeviceFault::Driver(
            "a Wayland session does not show its screens to programs".to_owned(),
        ));
    }
    Ok(monitors)
}

fn driver(error: ReplyError) -> DeviceFault {
    DeviceFault::Driver(error.to_string())
}

fn lost(error: ReplyError) -> CaptureFault {
    match error {
        ReplyError::ConnectionError(ConnectionError::IoError(_)) => CaptureFault::Gone,
        other => CaptureFault::Driver(other.to_string()),
    }
}
