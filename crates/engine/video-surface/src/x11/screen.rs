//! The connection and what the parent window's pixels look like.

use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, EventMask, Gcontext, ImageOrder, MapState,
    VisualClass, Window,
};
use x11rb::rust_connection::{ConnectionError, ReplyError, ReplyOrIdError, RustConnection};

use super::X11Options;
use super::segment::Segment;
use crate::error::SurfaceError;

/// An own connection, looking at one parent window.
pub(super) struct Screen {
    pub conn: RustConnection,
    pub parent: Window,
    /// Bits per pixel that count, 24 or 32.
    pub depth: u8,
    /// For images on all child windows: they share root and depth.
    pub gc: Gcontext,
    /// Whether the parent is on the screen, not minimised.
    pub viewable: bool,
    /// Whether images go through shared memory.
    pub shared_memory: bool,
}

/// Why the connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Gone {
    /// The window that our windows lie in was destroyed.
    #[error("the parent window was destroyed")]
    Parent,
    /// The connection broke.
    #[error("the display is gone: {0}")]
    Display(#[from] ConnectionError),
    /// The wait for events failed.
    #[error("waiting for the display failed: {0}")]
    Wait(#[from] rustix::io::Errno),
}

impl Screen {
    pub fn open(parent: Window, options: &X11Options) -> Result<Self, SurfaceError> {
        let (conn, _) = RustConnection::connect(options.display.as_deref())
            .map_err(|error| SurfaceError::Display(error.to_string()))?;
        let geometry = answer("the window's size", conn.get_geometry(parent).map(|it| it.reply()))?;
        let attributes =
            answer("the window's kind", conn.get_window_attributes(parent).map(|it| it.reply()))?;
        let depth = geometry.depth;
        if !paintable(&conn, depth, attributes.visual) {
            return Err(SurfaceError::Pixels { depth });
        }
        match conn.extension_information(shape::X11_EXTENSION_NAME) {
            Ok(Some(_)) => {}
            Ok(None) => return Err(SurfaceError::Refused { what: "shapes", why: "not known".into() }),
            Err(error) => return Err(SurfaceError::Display(error.to_string())),
        }
        let version = answer("shapes", conn.shape_query_version().map(|it| it.reply()))?;
        // Input shapes came with 1.1; without them the windows would catch the page's clicks.
        if (version.major_version, version.minor_version) < (1, 1) {
            return Err(SurfaceError::Refused { what: "input shapes", why: "shape extension 1.0".into() });
        }
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        answer("the window's events", conn.change_window_attributes(parent, &watch).map(|it| it.check()))?;
        let gc = conn
            .generate_id()
            .map_err(|error| SurfaceError::Refused { what: "an identifier", why: error.to_string() })?;
        answer(
            "a graphics context",
            conn.create_gc(gc, parent, &CreateGCAux::new().graphics_exposures(0)).map(|it| it.check()),
        )?;
        let shared_memory = options.shared_memory && can_share(&conn);
        tracing::info!(depth, shared_memory, "pictures go to native windows");
        let viewable = attributes.map_state != MapState::UNMAPPED;
        Ok(Screen { conn, parent, depth, gc, viewable, shared_memory })
    }

    /// Whether the parent window still exists.
    pub fn parent_exists(&self) -> Result<bool, Gone> {
        match self.conn.get_geometry(self.parent)?.reply() {
            Ok(_) => Ok(true),
            Err(ReplyError::X11Error(_)) => Ok(false),
            Err(ReplyError::ConnectionError(error)) => Err(error.into()),
        }
    }

    /// Waits until the server has worked off everything that was sent: the brake for images without shared memory.
    pub fn settle(&self) -> Result<(), Gone> {
        match self.conn.get_input_focus()?.reply() {
            Ok(_) | Err(ReplyError::X11Error(_)) => Ok(()),
            Err(ReplyError::ConnectionError(error)) => Err(error.into()),
        }
    }
}

/// Unwraps the two steps of a request, naming what was asked for.
fn answer<T>(
    what: &'static str,
    reply: Result<Result<T, ReplyError>, ConnectionError>,
) -> Result<T, SurfaceError> {
    match reply {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ReplyError::X11Error(error))) => {
            Err(SurfaceError::Refused { what, why: format!("{:?}", error.error_kind) })
        }
        Ok(Err(ReplyError::ConnectionError(error))) | Err(error) => {
            Err(SurfaceError::Display(error.to_string()))
        }
    }
}

/// Whether pixels are four bytes: blue, green, red and one more.
fn paintable(conn: &RustConnection, depth: u8, visual: u32) -> bool {
    let setup = conn.setup();
    let wide = setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
    let visuals = setup.roots.iter().flat_map(|root| &root.allowed_depths).flat_map(|depth| &depth.visuals);
    let masks = visuals
        .into_iter()
        .find(|known| known.visual_id == visual && known.class == VisualClass::TRUE_COLOR)
        .map(|known| (known.red_mask, known.green_mask, known.blue_mask));
    let little = setup.image_byte_order == ImageOrder::LSB_FIRST;
    matches!(depth, 24 | 32) && wide && little && masks == Some((0xff_0000, 0xff00, 0xff))
}

/// Tries shared memory once. A server elsewhere, or behind a forwarded connection, cannot pass the file descriptor.
fn can_share(conn: &RustConnection) -> bool {
    if !matches!(conn.extension_information(shm::X11_EXTENSION_NAME), Ok(Some(_))) {
        return false;
    }
    let version = conn.shm_query_version().map(|it| it.reply());
    // Passing file descriptors came with 1.2.
    if !matches!(version, Ok(Ok(reply)) if (reply.major_version, reply.minor_version) >= (1, 2)) {
        return false;
    }
    match Segment::new(conn, 4096) {
        Ok(segment) => {
            segment.detach(conn);
            true
        }
        Err(error) => {
            tracing::debug!(%error, "no shared memory with this display");
            false
        }
    }
}

/// Why a segment or window was not made; an error of the connection itself ends the stage instead.
pub(super) fn or_gone<T>(result: Result<T, ReplyOrIdError>) -> Result<Result<T, String>, Gone> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ReplyOrIdError::ConnectionError(ConnectionError::ParseError(error))) => {
            Ok(Err(error.to_string()))
        }
        Err(ReplyOrIdError::ConnectionError(error)) => Err(error.into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}
