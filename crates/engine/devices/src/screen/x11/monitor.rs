//! The monitors of an X screen (RandR 1.5).

use x11rb::errors::ReplyError;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xfixes::GetCursorImageReply;
use x11rb::protocol::xproto::{ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::super::Cursor;

/// One monitor: a rectangle of the root window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Monitor {
    /// Its output's name, such as `HDMI-1`: the same after a restart.
    pub(super) name: String,
    pub(super) x: i16,
    pub(super) y: i16,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Monitor {
    /// The cursor as seen from this monitor's corner.
    pub(super) fn place(&self, image: GetCursorImageReply) -> Cursor {
        let left = i32::from(image.x) - i32::from(image.xhot) - i32::from(self.x);
        let top = i32::from(image.y) - i32::from(image.yhot) - i32::from(self.y);
        let size = (usize::from(image.width), usize::from(image.height));
        Cursor { at: (left, top), size, argb: image.cursor_image }
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
            Ok(Monitor { name, x: info.x, y: info.y, width: info.width, height: info.height })
        })
        .collect()
}
