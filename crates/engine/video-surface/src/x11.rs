//! Native child windows above the webview, for X11.
//!
//! Every visible stream has one child window of the program's own window, on a connection of its own. A window takes
//! no input, so that clicks reach the page below it; its shape has the tile's rounded corners and leaves out the
//! layout's holes. Pictures travel through shared memory (MIT-SHM) or, where the server is elsewhere, as plain images.
//!
//! | module | holds |
//! |---|---|
//! | `screen` | the connection and what the parent window's pixels look like |
//! | `stage` | the thread: layout, pictures, the server's events |
//! | `tile` | one child window |
//! | `segment` | shared memory with two pictures |

mod screen;
mod segment;
mod stage;
mod tile;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use confab_media_model::{SurfaceCaps, SurfaceLayout, SurfaceStats, VideoFrame, VideoSurface};
use confab_types::StreamId;
use rustix::event::{EventfdFlags, eventfd};

use crate::board::Board;
use crate::error::SurfaceError;
use screen::Screen;
use stage::Stage;

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct X11Options {
    /// The display, as in `DISPLAY`; `None` takes the variable itself.
    pub display: Option<String>,
    /// Behind letterboxed pictures: red, green, blue.
    pub background: [u8; 3],
    /// Use shared memory where the server can. Off only to test the other way.
    pub shared_memory: bool,
}

impl Default for X11Options {
    fn default() -> Self {
        X11Options { display: None, background: crate::STAGE, shared_memory: true }
    }
}

/// Pictures in child windows of an X11 window. Dropping it takes the windows away.
pub struct X11Surface {
    board: Arc<Board>,
    alive: Arc<AtomicBool>,
    shared_memory: bool,
    thread: Option<JoinHandle<()>>,
}

impl X11Surface {
    /// Opens a connection and prepares to put child windows into `parent`, whose content is what layouts refer to.
    ///
    /// # Errors
    /// When the display does not answer, `parent` is no window, shapes are missing, or the window's pixels are not
    /// 32-bit BGRX (depth 24 or 32): the shell then uses the page.
    pub fn new(parent: u32, options: X11Options) -> Result<Self, SurfaceError> {
        let screen = Screen::open(parent, &options)?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|error| SurfaceError::Thread(error.into()))?;
        let bell = Arc::new(bell);
        let rope = bell.clone();
        // A full counter means that the bell has rung already.
        let board = Arc::new(Board::new(move || _ = rustix::io::write(&*rope, &1_u64.to_ne_bytes())));
        let alive = Arc::new(AtomicBool::new(true));
        let shared_memory = screen.shared_memory;
        let stage = Stage::new(screen, board.clone(), bell, options.background);
        let flag = Extinguish(alive.clone());
        let thread = std::thread::Builder::new()
            .name("surface-x11".into())
            .spawn(move || {
                let _flag = flag;
                stage.run();
            })
            .map_err(SurfaceError::Thread)?;
        Ok(X11Surface { board, alive, shared_memory, thread: Some(thread) })
    }

    /// `false` after the parent window or the display has gone: nothing is shown any more.
    pub fn alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    /// Whether pictures go through shared memory.
    pub fn shares_memory(&self) -> bool {
        self.shared_memory
    }
}

/// Marks the surface dead when its thread ends, however it ends.
struct Extinguish(Arc<AtomicBool>);

impl Drop for Extinguish {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl VideoSurface for X11Surface {
    fn set_layout(&self, layout: SurfaceLayout) {
        self.board.set_layout(layout);
    }

    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        if self.alive() {
            self.board.submit(stream, frame);
        }
    }

    fn clear(&self, stream: StreamId) {
        self.board.clear(stream);
    }

    fn caps(&self) -> SurfaceCaps {
        SurfaceCaps { page_over_video: false, max_fps: 60 }
    }

    fn stats(&self, stream: StreamId) -> SurfaceStats {
        self.board.stats(stream)
    }
}

impl Drop for X11Surface {
    fn drop(&mut self) {
        self.board.close();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
