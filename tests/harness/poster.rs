//! Another program on the display: a window that shows a test card. Dropping it closes the window.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use confab_fakes::TestCard;
use confab_media_model::VideoFrame;
use confab_types::Mono;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext,
    ImageFormat, Pixmap, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::desktop::Desktop;
use crate::display::strange;
use crate::wait::Trouble;

/// Width and height of the window, pixels.
pub const SIZE: (u16, u16) = (640, 360);
/// Where its frame's upper left corner is: all of it and a border fits onto the screen.
const PLACE: (u32, u32) = (20, 490);
/// From one number to the next.
const EVERY: Duration = Duration::from_millis(100);

/// The window.
pub struct Poster {
    /// Dropping it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Canvas {
    connection: RustConnection,
    window: Window,
    pixmap: Pixmap,
    gc: Gcontext,
}

impl Poster {
    /// Opens it: a title, and the sender on its test card.
    pub fn show(desktop: &Desktop, title: &str, sender: u8) -> Result<Poster, Trouble> {
        let canvas = Canvas::open(desktop.display.name(), title)?;
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("poster".to_owned()).spawn(move || {
            // A display that ended is seen by the test itself.
            let _ = canvas.run(sender, &stopped);
        })?;
        Ok(Poster { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Canvas {
    fn open(display: &str, title: &str) -> Result<Canvas, Trouble> {
        let (connection, screen) = RustConnection::connect(Some(display)).map_err(strange)?;
        let (root, depth) =
            (connection.setup().roots[screen].root, connection.setup().roots[screen].root_depth);
        let id = || connection.generate_id().map_err(strange);
        let (window, pixmap, gc) = (id()?, id()?, id()?);
        let class = WindowClass::INPUT_OUTPUT;
        connection
            .create_window(
                0,
                window,
                root,
                PLACE.0 as i16,
                PLACE.1 as i16,
                SIZE.0,
                SIZE.1,
                0,
                class,
                0,
                &CreateWindowAux::new(),
            )
            .map_err(strange)?;
        connection.create_pixmap(depth, pixmap, window, SIZE.0, SIZE.1).map_err(strange)?;
        connection.create_gc(gc, pixmap, &CreateGCAux::new()).map_err(strange)?;
        let name = connection.intern_atom(false, b"_NET_WM_NAME").map_err(strange)?;
        let kind = connection.intern_atom(false, b"UTF8_STRING").map_err(strange)?;
        let (name, kind) = (name.reply().map_err(strange)?.atom, kind.reply().map_err(strange)?.atom);
        connection
            .change_property8(PropMode::REPLACE, window, name, kind, title.as_bytes())
            .map_err(strange)?;
        connection
            .change_property8(
                PropMode::REPLACE,
                window,
                AtomEnum::WM_NAME,
                AtomEnum::STRING,
                title.as_bytes(),
            )
            .map_err(strange)?;
        // A place that the user has chosen (ICCCM 4.1.2.3): the window manager keeps it.
        let mut hints = [0u32; 18];
        (hints[0], hints[1], hints[2]) = (1, PLACE.0, PLACE.1);
        let (name, kind) = (AtomEnum::WM_NORMAL_HINTS, AtomEnum::WM_SIZE_HINTS);
        connection.change_property32(PropMode::REPLACE, window, name, kind, &hints).map_err(strange)?;
        connection.map_window(window).map_err(strange)?;
        connection.sync().map_err(strange)?;
        Ok(Canvas { connection, window, pixmap, gc })
    }

    fn run(&self, sender: u8, stopped: &Receiver<()>) -> Result<(), Trouble> {
        let card = TestCard::camera(sender, (SIZE.0.into(), SIZE.1.into()));
        for number in 0.. {
            self.paint(&card.draw(number, Mono::ZERO))?;
            if stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        self.connection.destroy_window(self.window).map_err(strange)?;
        self.connection.sync().map_err(strange)
    }

    /// As the window's background, which the server itself paints wherever it is uncovered.
    fn paint(&self, frame: &VideoFrame) -> Result<(), Trouble> {
        let stride = frame.stride_y();
        // The card is read by its brightness; limited range to full.
        let grey = |luma: &u8| ((u32::from(luma.saturating_sub(16)) * 255 / 219).min(255)) as u8;
        let width = usize::from(SIZE.0);
        let rows = frame.y().chunks(stride).take(SIZE.1.into());
        let pixels: Vec<u8> =
            rows.flat_map(|row| row[..width].iter().flat_map(|luma| [grey(luma); 4])).collect();
        let (connection, format) = (&self.connection, ImageFormat::Z_PIXMAP);
        // Strips that fit into a request without extensions.
        for (strip, rows) in pixels.chunks(width * 4 * 40).enumerate() {
            let (top, height) = (strip as i16 * 40, (rows.len() / (width * 4)) as u16);
            connection
                .put_image(format, self.pixmap, self.gc, SIZE.0, height, 0, top, 0, 24, rows)
                .map_err(strange)?;
        }
        let background = ChangeWindowAttributesAux::new().background_pixmap(self.pixmap);
        connection.change_window_attributes(self.window, &background).map_err(strange)?;
        connection.clear_area(false, self.window, 0, 0, 0, 0).map_err(strange)?;
        connection.sync().map_err(strange)
    }
}
