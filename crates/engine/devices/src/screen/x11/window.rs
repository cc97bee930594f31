//! One window that is captured: its own pixels (Composite 0.2), whatever lies above it.
//!
//! Menus and dialogs are windows of their own and not in the picture. A window that is minimised, or on another desktop, has no pixels:
//! its last picture stands until it comes back.

use std::sync::Arc;

use confab_media_model::{CaptureFault, DeviceFault};
use x11rb::connection::Connection;
use x11rb::errors::ConnectionError;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, GetGeometryReply, ImageFormat, MapState, Pixmap, Window,
};
use x11rb::rust_connection::RustConnection;

use super::super::{Grab, Source};
use super::segment::Segment;
use super::stack::{atom, climb, known, property};
use super::{Server, driver, lost, monitor};

/// WM_STATE of a window that is minimised or on another desktop (ICCCM 4.1.3.1).
const ICONIC: u32 = 3;

/// A window that is captured.
pub(in crate::screen) struct WindowSource {
    connection: Arc<RustConnection>,
    root: Window,
    window: Window,
    /// The child of the root that the window is in.
    top: Window,
    wm_state: Atom,
    frame_extents: Atom,
    named: Option<Named>,
    segment: Option<Segment>,
    has_cursor: bool,
}

/// The pixels of a window, valid for one size.
#[derive(Clone, Copy)]
struct Named {
    pixmap: Pixmap,
    shape: (u16, u16, u16),
    /// The part that people see: without the border and without the invisible margin that some programs draw their shadow on.
    x: i16,
    y: i16,
    width: u16,
    height: u16,
}

impl WindowSource {
    /// Opens it; it must be visible.
    pub(super) fn new(server: &Server, window: Window) -> Result<WindowSource, DeviceFault> {
        let failed = |error: ConnectionError| driver(error.into());
        let connection = server.connection.clone();
        let attributes = connection.get_window_attributes(window).map_err(failed)?.reply();
        let attributes = known(attributes).map_err(failed)?.ok_or(DeviceFault::Missing)?;
        if attributes.map_state != MapState::VIEWABLE {
            return Err(DeviceFault::Missing);
        }
        let depth = connection.get_geometry(window).map_err(failed)?.reply().map_err(driver)?.depth;
        if !matches!(depth, 24 | 32) {
            return Err(DeviceFault::Format(format!("window of depth {depth}")));
        }
        connection.composite_query_version(0, 4).map_err(failed)?.reply().map_err(driver)?;
        let redirect = connection.composite_redirect_window(window, Redirect::AUTOMATIC).map_err(failed)?;
        redirect.check().map_err(driver)?;
        let has_cursor = connection.xfixes_query_version(5, 0).is_ok_and(|cookie| cookie.reply().is_ok());
        let top = climb(&connection, server.root, vec![window]).map_err(failed)?;
        Ok(WindowSource {
            root: server.root,
            window,
            top: top.get(&window).copied().unwrap_or(window),
            wm_state: atom(&connection, "WM_STATE").map_err(failed)?,
            frame_extents: atom(&connection, "_GTK_FRAME_EXTENTS").map_err(failed)?,
            named: None,
            segment: None,
            has_cursor,
            connection,
        })
    }

    /// Gives back memory until the next grab.
    pub(super) fn rest(&mut self) -> Result<(), ConnectionError> {
        self.segment.take().map_or(Ok(()), |segment| segment.detach(&self.connection))
    }

    /// The picture's size once there was one.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.named.map(|named| (named.width.into(), named.height.into()))
    }

    fn forget(&mut self) -> Result<(), ConnectionError> {
        if let Some(named) = self.named.take() {
            self.connection.free_pixmap(named.pixmap)?.ignore_error();
        }
        Ok(())
    }

    /// Names the window's present pixels; `None` when that came too late.
    fn name(&mut self, geometry: &GetGeometryReply) -> Result<Option<Named>, ConnectionError> {
        self.forget()?;
        let Ok(pixmap) = self.connection.generate_id() else { return Ok(None) };
        let named = self.connection.composite_name_window_pixmap(self.window, pixmap)?;
        let kind = AtomEnum::CARDINAL.into();
        let margins = property(&self.connection, self.window, self.frame_extents, kind)?;
        if known(named.check())?.is_none() {
            return Ok(None);
        }
        let margins: Vec<u32> =
            margins.and_then(|reply| reply.value32().map(|v| v.collect())).unwrap_or_default();
        let [left, right, top, bottom] = match margins[..] {
            [left, right, top, bottom] => [left, right, top, bottom].map(|side| side.min(256) as u16),
            _ => [0; 4],
        };
        let border = geometry.border_width;
        let named = Named {
            pixmap,
            shape: (geometry.width, geometry.height, border),
            x: (border + left) as i16,
            y: (border + top) as i16,
            width: geometry.width.saturating_sub(left + right).max(1),
            height: geometry.height.saturating_sub(top + bottom).max(1),
        };
        self.named = Some(named);
        Ok(Some(named))
    }

    /// Minimised, or closed without being destroyed.
    fn hidden(&self) -> Result<Option<Grab<'_>>, CaptureFault> {
        let state = property(&self.connection, self.window, self.wm_state, AtomEnum::ANY.into());
        let state = state.map_err(|error| lost(error.into()))?;
        let iconic = state.and_then(|reply| reply.value32()?.next()) == Some(ICONIC);
        if iconic { Ok(None) } else { Err(CaptureFault::Gone) }
    }
}

impl Source for WindowSource {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        let failed = |error: ConnectionError| lost(error.into());
        let connection = self.connection.clone();
        let geometry = connection.get_geometry(self.window).map_err(failed)?;
        let attributes = connection.get_window_attributes(self.window).map_err(failed)?;
        let place = connection.translate_coordinates(self.window, self.root, 0, 0).map_err(failed)?;
        let pointer = connection.query_pointer(self.root).map_err(failed)?;
        let cursor = self.has_cursor.then(|| connection.xfixes_get_cursor_image());
        let cursor = cursor.transpose().map_err(failed)?;
        let geometry = known(geometry.reply()).map_err(failed)?;
        let attributes = known(attributes.reply()).map_err(failed)?;
        let place = known(place.reply()).map_err(failed)?;
        let pointer = known(pointer.reply()).map_err(failed)?;
        let cursor = cursor.map(|cookie| known(cookie.reply())).transpose().map_err(failed)?.flatten();
        let (Some(geometry), Some(attributes), Some(place)) = (geometry, attributes, place) else {
            return Err(CaptureFault::Gone);
        };
        if attributes.map_state != MapState::VIEWABLE {
            self.forget().map_err(failed)?;
            return self.hidden();
        }
        let shape = (geometry.width, geometry.height, geometry.border_width);
        let named = match self.named {
            Some(named) if named.shape == shape => Some(named),
            _ => self.name(&geometry).map_err(failed)?,
        };
        // It was resized or hidden just now; the next look sees that.
        let Some(named) = named else { return Ok(None) };
        let size = (usize::from(named.width), usize::from(named.height));
        let len = size.0 * size.1 * 4;
        if self.segment.as_ref().is_none_or(|segment| segment.len() != len) {
            self.rest().map_err(failed)?;
            self.segment = Some(Segment::new(&connection, len).map_err(lost)?);
        }
        let Some(segment) = &self.segment else { return Ok(None) };
        let (x, y, format) = (named.x, named.y, ImageFormat::Z_PIXMAP.into());
        let image = connection
            .shm_get_image(named.pixmap, x, y, named.width, named.height, !0, format, segment.id(), 0)
            .map_err(failed)?;
        if known(image.reply()).map_err(failed)?.is_none() {
            self.forget().map_err(failed)?;
            return Ok(None);
        }
        let over = pointer.is_some_and(|pointer| pointer.child == self.top);
        let border = i32::from(geometry.border_width);
        let corner = (
            i32::from(place.dst_x) + i32::from(named.x) - border,
            i32::from(place.dst_y) + i32::from(named.y) - border,
        );
        let cursor = cursor.filter(|_| over).map(|image| monitor::cursor(image, corner));
        let pixels = self.segment.as_ref().map_or(&[][..], Segment::pixels);
        Ok(Some(Grab { pixels, stride: size.0 * 4, size, cursor }))
    }
}
