//! An X server without a screen, with a window manager.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use crate::process::{Process, command};
use crate::wait::{Trouble, eventually};

/// Width and height of the screen, pixels.
pub const SIZE: (u16, u16) = (1440, 900);

/// A display of its own.
pub struct Display {
    name: String,
    conn: RustConnection,
    root: Window,
    // Fields are dropped in order: first the window manager, then the server.
    _manager: Process,
    _server: Process,
}

impl Display {
    /// Starts Xvfb on a display number that it chooses itself, and openbox on it.
    pub fn start(folder: &Path) -> Result<Display, Trouble> {
        let (width, height) = SIZE;
        let screen = format!("{width}x{height}x24");
        let mut xvfb = command("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]);
        let mut server = Process::start("xvfb", folder, xvfb.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        // It writes its number when it is ready, or ends.
        let mut number = String::new();
        if let Some(stdout) = server.stdout() {
            BufReader::new(stdout).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            server.succeed(Duration::from_secs(5))?;
        }
        let name = format!(":{}", number.trim());
        let (conn, screen) = RustConnection::connect(Some(&name)).map_err(strange)?;
        let root = conn.setup().roots[screen].root;
        let mut openbox = command("openbox");
        openbox
            .env("DISPLAY", &name)
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder)
            .env("XDG_CACHE_HOME", folder);
        let manager = Process::start("openbox", folder, openbox.stdin(Stdio::null()).stdout(Stdio::null()))?;
        let display = Display { name, conn, root, _manager: manager, _server: server };
        eventually(Duration::from_secs(20), "a window manager is there", || {
            display
                .property("_NET_SUPPORTING_WM_CHECK", AtomEnum::WINDOW)
                .filter(|windows| !windows.is_empty())
        })?;
        Ok(display)
    }

    /// `:99`
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the inside of the newest program window lies on the screen: left, top, width, height.
    pub fn window(&self) -> Option<(i32, i32, u32, u32)> {
        let window = *self.property("_NET_CLIENT_LIST", AtomEnum::WINDOW)?.last()?;
        let size = self.conn.get_geometry(window).ok()?.reply().ok()?;
        let at = self.conn.translate_coordinates(window, self.root, 0, 0).ok()?.reply().ok()?;
        Some((at.dst_x.into(), at.dst_y.into(), size.width.into(), size.height.into()))
    }

    pub(crate) fn conn(&self) -> (&RustConnection, Window) {
        (&self.conn, self.root)
    }

    fn property(&self, name: &str, kind: AtomEnum) -> Option<Vec<Window>> {
        let atom = self.conn.intern_atom(false, name.as_bytes()).ok()?.reply().ok()?.atom;
        let reply = self.conn.get_property(false, self.root, atom, kind, 0, 1024).ok()?.reply().ok()?;
        Some(reply.value32()?.collect())
    }
}

pub(crate) fn strange(error: impl std::fmt::Display) -> Trouble {
    Trouble::Strange(error.to_string())
}
