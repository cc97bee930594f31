//! Frames to a canvas in the page, over a WebSocket on the loopback interface.
//!
//! The page connects to [`Endpoint::url`] and sends [`Endpoint::token`] as its first message. From then on every
//! binary message to the page is a [`FrameHeader`] with its pixels, and every message from the page is a list of stream
//! numbers (two bytes each, little endian): one for every frame that has reached the canvas or was replaced by a
//! newer one there. A stream is sent only while it has credit, because a webview reads its socket however slow its
//! page is: without acknowledgements frames would pile up in the webview without bound.
//!
//! | module | holds |
//! |---|---|
//! | [`header`] | [`FrameHeader`], the 32 bytes before the pixels |
//! | `gate` | tokens, origins, hosts: who may connect |
//! | `credit` | how many frames may be on their way |
//! | `session` | sockets: accepting, sending, acknowledgements |
//! | `worker` | the thread that scales, converts and hands over |

mod credit;
mod gate;
pub mod header;
mod session;
mod worker;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use confab_media_model::{SurfaceCaps, SurfaceLayout, SurfaceStats, VideoFrame, VideoSurface};
use confab_types::StreamId;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::task::JoinHandle as Task;

use crate::board::Board;
use crate::error::SurfaceError;
use gate::Gate;
pub use header::{FrameFormat, FrameHeader, HeaderError};

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// Behind letterboxed pictures: red, green, blue.
    pub background: [u8; 3],
    /// How long a frame may stay unacknowledged before one more is risked.
    pub patience: Duration,
}

impl Default for PageOptions {
    fn default() -> Self {
        PageOptions { background: crate::STAGE, patience: Duration::from_secs(1) }
    }
}

/// Where the page finds its pictures. Given to the page by a command, never written into it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// `ws://127.0.0.1:PORT/`.
    pub url: String,
    /// The first message the page must send; good for one connection.
    pub token: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Pictures for a canvas in the page. Dropping it closes the socket.
pub struct PageSurface {
    board: Arc<Board>,
    gate: Arc<Gate>,
    url: String,
    server: Task<()>,
    thread: Option<JoinHandle<()>>,
}

impl PageSurface {
    /// Listens on a free port of 127.0.0.1. Sockets are served on `runtime`, pictures are made on an own thread.
    ///
    /// # Errors
    /// When there is no socket or no thread.
    pub fn new(runtime: &Handle, options: PageOptions) -> Result<Self, SurfaceError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(SurfaceError::Socket)?;
        listener.set_nonblocking(true).map_err(SurfaceError::Socket)?;
        let port = listener.local_addr().map_err(SurfaceError::Socket)?.port();
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(SurfaceError::Socket)?
        };
        // One ring is enough to make the worker look at everything, so a full bell is a rung bell.
        let (bell, rings) = mpsc::sync_channel::<()>(1);
        let board = Arc::new(Board::new(move || _ = bell.try_send(())));
        let link = Arc::new(session::Link::default());
        let gate = Arc::new(Gate::new(port));
        let worker = worker::Worker::new(board.clone(), link.clone(), rings, options);
        let thread = std::thread::Builder::new()
            .name("surface-page".into())
            .spawn(move || worker.run())
            .map_err(SurfaceError::Thread)?;
        let server = runtime.spawn(session::serve(listener, gate.clone(), link, board.clone()));
        tracing::info!(port, "pictures go to the page");
        Ok(PageSurface { board, gate, url: format!("ws://127.0.0.1:{port}/"), server, thread: Some(thread) })
    }

    /// Issues a new token; unused earlier ones lose their worth. A page that was reloaded, or whose connection broke,
    /// asks again.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn endpoint(&self) -> Result<Endpoint, SurfaceError> {
        let token = self.gate.issue().map_err(|error| SurfaceError::Chance(error.to_string()))?;
        Ok(Endpoint { url: self.url.clone(), token })
    }
}

impl VideoSurface for PageSurface {
    fn set_layout(&self, layout: SurfaceLayout) {
        self.board.set_layout(layout);
    }

    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        self.board.submit(stream, frame);
    }

    fn clear(&self, stream: StreamId) {
        self.board.clear(stream);
    }

    fn caps(&self) -> SurfaceCaps {
        SurfaceCaps { page_over_video: true, max_fps: 30 }
    }

    /// A picture counts as presented when the page has acknowledged it.
    fn stats(&self, stream: StreamId) -> SurfaceStats {
        self.board.stats(stream)
    }
}

impl Drop for PageSurface {
    fn drop(&mut self) {
        self.server.abort();
        self.board.close();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
