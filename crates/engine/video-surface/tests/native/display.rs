//! An X server without a screen, with a window that imitates the program's: a toplevel filled by a "webview".

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::shape::{ConnectionExt as _, SK};
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, ImageFormat, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// Colour of the page.
pub const PAGE: [u8; 3] = [0, 0, 200];

const SIZE: (u16, u16) = (1000, 820);

/// How long a picture may take to appear on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Display {
    server: Child,
    number: String,
    conn: RustConnection,
    root: Window,
    pub toplevel: Window,
    webview: Window,
}

impl Display {
    /// `None`, with a note, where there is no Xvfb.
    pub fn start() -> Option<Self> {
        let spawned = Command::new("Xvfb")
            // The server chooses a free display and writes its number when it is ready.
            .args(["-displayfd", "1", "-screen", "0", "1024x1024x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = spawned else {
            eprintln!("skipped: no Xvfb here");
            return None;
        };
        let mut number = String::new();
        let output = server.stdout.take().expect("a pipe was asked for");
        BufReader::new(output).read_line(&mut number).expect("the display's number");
        let number = number.trim().to_owned();
        let (conn, screen) = RustConnection::connect(Some(&format!(":{number}"))).expect("it is ready");
        let root = conn.setup().roots[screen].root;
        let window = |parent| {
            let window = conn.generate_id().expect("an identifier");
            let [red, green, blue] = PAGE.map(u32::from);
            let options = CreateWindowAux::new().background_pixel(red << 16 | green << 8 | blue);
            let (width, height) = SIZE;
            conn.create_window(
                0,
                window,
                parent,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &options,
            )
            .expect("connected");
            conn.map_window(window).expect("connected");
            window
        };
        let toplevel = window(root);
        let webview = window(toplevel);
        conn.get_input_focus().expect("connected").reply().expect("windows are there");
        Some(Display { server, number, conn, root, toplevel, webview })
    }

    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// The server's process.
    pub fn server_id(&self) -> u32 {
        self.server.id()
    }

    /// Waits until a pixel of the screen has a colour, give or take the rounding of colour conversion.
    pub fn expect(&self, x: i16, y: i16, colour: [u8; 3], what: &str) {
        let mut seen = [0; 3];
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            seen = self.pixel(x, y);
            if seen.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 3) {
                return;
            }
            std::thread::yield_now();
        }
        panic!("{what}: expected {colour:?} at {x},{y}, saw {seen:?}");
    }

    fn pixel(&self, x: i16, y: i16) -> [u8; 3] {
        let image = self
            .conn
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, 1, 1, !0)
            .expect("connected")
            .reply()
            .expect("a pixel of the screen");
        [image.data[2], image.data[1], image.data[0]]
    }

    /// For every window above the webview, how many rectangles of it take input.
    pub fn input_rectangles_above_the_page(&self) -> Vec<usize> {
        let tree = self.conn.query_tree(self.toplevel).expect("connected").reply().expect("a tree");
        let above = tree.children.iter().skip_while(|child| **child != self.webview).skip(1);
        above
            .map(|window| {
                let shape = self.conn.shape_get_rectangles(*window, SK::INPUT).expect("connected");
                shape.reply().expect("a shape").rectangles.len()
            })
            .collect()
    }

    /// Puts another program's window over everything.
    pub fn cover(&self) -> Window {
        let window = self.conn.generate_id().expect("an identifier");
        let options = CreateWindowAux::new().background_pixel(0x00ff00);
        let class = WindowClass::INPUT_OUTPUT;
        self.conn
            .create_window(0, window, self.root, 0, 0, 1024, 1024, 0, class, 0, &options)
            .expect("connected");
        let top = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.conn.configure_window(window, &top).expect("connected");
        self.conn.map_window(window).expect("connected");
        self.expect(150, 150, [0, 255, 0], "the covering window");
        window
    }

    pub fn uncover(&self, window: Window) {
        self.conn.destroy_window(window).expect("connected");
        self.conn.flush().expect("connected");
    }

    pub fn minimise(&self) {
        self.conn.unmap_window(self.toplevel).expect("connected");
        self.expect(150, 150, [0, 0, 0], "the empty screen");
    }

    pub fn restore(&self) {
        self.conn.map_window(self.toplevel).expect("connected");
        self.conn.flush().expect("connected");
    }

    pub fn destroy_toplevel(&self) {
        self.conn.destroy_window(self.toplevel).expect("connected");
        self.conn.flush().expect("connected");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}

/// Waits for something that another thread will do.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::yield_now();
    }
}
