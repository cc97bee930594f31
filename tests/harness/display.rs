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
        eventually(Duration::from_secs(30), "a window manager is there", || {
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

    /// Where the inside of the newest main window of a program lies on the screen: left, top, width, height. Bars and small windows
    /// beside it are none.
    pub fn window(&self) -> Option<(i32, i32, u32, u32)> {
        let normal = self.atom("_NET_WM_WINDOW_TYPE_NORMAL")?;
        let is_main = |window: &Window| {
            let kinds = self.property_of(*window, "_NET_WM_WINDOW_TYPE", AtomEnum::ATOM);
            kinds.is_some_and(|kinds| kinds.contains(&normal))
        };
        self.place(self.clients().into_iter().rev().find(is_main)?)
    }

    /// Where the inside of the window with this title lies; `None` when there is none that can be seen.
    pub fn titled(&self, title: &str) -> Option<(i32, i32, u32, u32)> {
        let name = self.atom("_NET_WM_NAME")?;
        let is_meant = |window: &Window| {
            let asked = self.conn.get_property(false, *window, name, AtomEnum::ANY, 0, 1024);
            asked.is_ok_and(|asked| asked.reply().is_ok_and(|reply| reply.value == title.as_bytes()))
        };
        self.place(self.clients().into_iter().find(is_meant)?)
    }

    fn clients(&self) -> Vec<Window> {
        self.property("_NET_CLIENT_LIST", AtomEnum::WINDOW).unwrap_or_default()
    }

    fn place(&self, window: Window) -> Option<(i32, i32, u32, u32)> {
        let size = self.conn.get_geometry(window).ok()?.reply().ok()?;
        let at = self.conn.translate_coordinates(window, self.root, 0, 0).ok()?.reply().ok()?;
        Some((at.dst_x.into(), at.dst_y.into(), size.width.into(), size.height.into()))
    }

    pub(crate) fn conn(&self) -> (&RustConnection, Window) {
        (&self.conn, self.root)
    }

    fn property(&self, name: &str, kind: AtomEnum) -> Option<Vec<u32>> {
        self.property_of(self.root, name, kind)
    }

    fn property_of(&self, window: Window, name: &str, kind: AtomEnum) -> Option<Vec<u32>> {
        let reply =
            self.conn.get_property(false, window, self.atom(name)?, kind, 0, 1024).ok()?.reply().ok()?;
        Some(reply.value32()?.collect())
    }

    fn atom(&self, name: &str) -> Option<u32> {
        Some(self.conn.intern_atom(false, name.as_bytes()).ok()?.reply().ok()?.atom)
    }
}

pub(crate) fn strange(error: impl std::fmt::Display) -> Trouble {
    Trouble::Strange(error.to_string())
}
