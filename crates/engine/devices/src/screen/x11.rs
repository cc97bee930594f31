//! Monitors and windows of an X server: pictures through shared memory (MIT-SHM 1.2), the cursor through XFIXES, windows by Composite.
//!
//! The server makes the segment and passes its descriptor, so no other user of the computer can map it.
//! (`scrap`, which captures on the other systems, makes a System V segment on X11 that everyone may read, walks freed
//! memory while it lists monitors, and does not tell where a monitor lies, which the cursor needs.)
//!
//! | module | holds |
//! |---|---|
//! | `monitor` | a whole monitor |
//! | `mask` | our own windows, painted out of it |
//! | `window`, `windows` | one window; the list of them |
//! | `gallery` | small pictures of all, while the user chooses |
//! | `mark` | the border around what is shared |
//! | `stack` | what lies above what, and whose it is |
//! | `segment`, `area` | shared memory; rectangles |

mod area;
mod gallery;
mod mark;
mod mask;
mod monitor;
mod segment;
mod stack;
mod window;
mod windows;

use std::sync::Arc;

use confab_media_model::{CaptureFault, DeviceFault, Rect, ShareWatch, SourceInfo};
use confab_types::SourceId;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageOrder, Screen, Window};
use x11rb::rust_connection::RustConnection;

use super::{Grab, Source};
use area::Area;
pub(super) use mark::Mark;
use monitor::{Monitor, MonitorSource};
use window::WindowSource;

/// Every monitor of the X server named by `DISPLAY`; none in a Wayland session.
pub(super) fn list() -> Vec<SourceInfo> {
    let monitors = Server::connect().and_then(|server| server.monitors());
    let monitors = monitors.unwrap_or_else(|fault| {
        tracing::debug!(%fault, "screens cannot be listed");
        Vec::new()
    });
    let info = |(at, monitor): (usize, Monitor)| SourceInfo {
        id: SourceId::new(monitor.name),
        label: label(at),
        size: (monitor.area.width as u32, monitor.area.height as u32),
    };
    monitors.into_iter().enumerate().map(info).collect()
}

/// Begins to look at what can be shared.
pub(super) fn watch() -> Result<Box<dyn ShareWatch>, DeviceFault> {
    Ok(Box::new(gallery::Gallery::new()?))
}

/// Opens the named monitor or window, or the first monitor, and names it for people.
pub(super) fn open(source: Option<&SourceId>) -> Result<(X11Source, String), DeviceFault> {
    let server = Server::connect()?;
    if let Some(window) = source.and_then(windows::named) {
        server.monitors()?;
        let title = windows::title(&server.connection, window).map_err(|error| driver(error.into()))?;
        let found = WindowSource::new(&server, window)?;
        return Ok((X11Source::Window(found), title));
    }
    let (at, monitor) = monitor::find(&server, source)?;
    let label = format!("{}, {}×{}", label(at), monitor.area.width, monitor.area.height);
    Ok((X11Source::Monitor(MonitorSource::new(&server, monitor)?), label))
}

/// Where a monitor or window is on the desktop, in pixels; windows without the frame around them.
pub(super) fn place(source: Option<&SourceId>) -> Option<Rect> {
    let server = Server::connect().ok()?;
    let area = match source.and_then(windows::named) {
        Some(window) => {
            let size = server.connection.get_geometry(window).ok()?.reply().ok()?;
            let at = server.connection.translate_coordinates(window, server.root, 0, 0).ok()?.reply().ok()?;
            Area::of_window((at.dst_x, at.dst_y), (size.width, size.height), 0)
        }
        None => monitor::find(&server, source).ok()?.1.area,
    };
    Some(Rect { x: area.left, y: area.top, width: area.width as u32, height: area.height as u32 })
}

/// What is captured of an X server.
pub(super) enum X11Source {
    Monitor(MonitorSource),
    Window(WindowSource),
}

impl Source for X11Source {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        match self {
            X11Source::Monitor(monitor) => monitor.grab(),
            X11Source::Window(window) => window.grab(),
        }
    }
}

/// A connection to the server, and the screen that is meant.
struct Server {
    connection: Arc<RustConnection>,
    root: Window,
    depth: u8,
}

impl Server {
    /// Connects to `DISPLAY` and checks that its pixels are what [`Grab`] promises.
    fn connect() -> Result<Server, DeviceFault> {
        let (connection, number) = x11rb::connect(None).map_err(|error| {
            tracing::debug!(%error, "no X server");
            DeviceFault::Missing
        })?;
        let setup = connection.setup();
        let screen = &setup.roots[number];
        let (root, depth) = (screen.root, screen.root_depth);
        let format = setup.pixmap_formats.iter().find(|format| format.depth == depth);
        let wide = format.is_some_and(|format| format.bits_per_pixel == 32);
        if !wide || setup.image_byte_order != ImageOrder::LSB_FIRST || red_mask(screen) != Some(0x00ff_0000) {
            return Err(DeviceFault::Format(format!("screen of depth {depth}")));
        }
        // Extensions are asked for one by one when they are first used; here they travel together.
        for extension in ["RANDR", "MIT-SHM", "XFIXES", "Composite", "SHAPE", "X-Resource"] {
            let _ = connection.prefetch_extension_information(extension);
        }
        Ok(Server { connection: Arc::new(connection), root, depth })
    }

    /// The monitors of a real X server. Xwayland has monitors as well, but shows nothing of other programs.
    fn monitors(&self) -> Result<Vec<Monitor>, DeviceFault> {
        let extension = self.connection.query_extension(b"XWAYLAND").map_err(|error| driver(error.into()))?;
        let xwayland = extension.reply().map_err(driver)?.present;
        let monitors = monitor::all(&self.connection, self.root).map_err(driver)?;
        if xwayland || monitors.iter().any(|monitor| monitor.name.starts_with("XWAYLAND")) {
            return Err(DeviceFault::Driver(
                "a Wayland session does not show its screens to programs".to_owned(),
            ));
        }
        Ok(monitors)
    }
}

fn red_mask(screen: &Screen) -> Option<u32> {
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    visuals.into_iter().find(|visual| visual.visual_id == screen.root_visual).map(|visual| visual.red_mask)
}

fn label(at: usize) -> String {
    format!("Screen {}", at + 1)
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
