//! Sockets: accepting, sending, acknowledgements.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use confab_types::StreamId;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};

use super::credit::Credits;
use super::gate::Gate;
use crate::board::Board;

/// How long a connection may take to open and to show its token.
const OPENING: Duration = Duration::from_secs(5);

/// Connections that may be opening at once.
const DOORS: usize = 4;

/// Largest message from the page: a token, or some acknowledgements.
const LARGEST_MESSAGE: usize = 256;

/// Frames handed over and not yet written. Credits allow fewer; a full queue loses a frame, never grows.
const HANDED_OVER: usize = 64;

/// Close code that tells a page that another connection has taken its place, so that it does not come back.
const REPLACED: u16 = 4001;

/// The one connection that gets pictures, shared by the socket's task and the worker.
#[derive(Default)]
pub(super) struct Link {
    session: Mutex<Option<Session>>,
}

/// One connected page.
pub(super) struct Session {
    /// Rises with every connection.
    pub number: u64,
    pub credits: Credits,
    frames: mpsc::Sender<Bytes>,
    /// Dropped with the session, which ends the task even if its socket is stuck.
    _life: oneshot::Sender<()>,
}

/// The task's ends of a session.
struct Ends {
    number: u64,
    frames: mpsc::Receiver<Bytes>,
    life: oneshot::Receiver<()>,
}

impl Session {
    /// Hands a message to the socket's task; `false` when that has ended or does not keep up.
    pub fn send(&self, message: Bytes) -> bool {
        self.frames.try_send(message).is_ok()
    }
}

impl Link {
    pub fn lock(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a new connection the one that counts. The one before ends, because its sender is dropped.
    fn open(&self) -> Ends {
        let (frames, handed_over) = mpsc::channel(HANDED_OVER);
        let (_life, life) = oneshot::channel();
        let mut session = self.lock();
        let number = session.as_ref().map_or(0, |before| before.number) + 1;
        // The worker sets its own patience when it first sees the session.
        *session = Some(Session { number, credits: Credits::new(Duration::MAX), frames, _life });
        Ends { number, frames: handed_over, life }
    }

    fn close(&self, number: u64) {
        self.lock().take_if(|session| session.number == number);
    }
}

/// Accepts connections until it is aborted.
pub(super) async fn serve(listener: TcpListener, gate: Arc<Gate>, link: Arc<Link>, board: Arc<Board>) {
    let doors = Arc::new(Semaphore::new(DOORS));
    // Sessions end with this task.
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        let Ok(door) = doors.clone().acquire_owned().await else { return };
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::debug!(%error, "a page could not be accepted");
                // Out of file descriptors, usually: it passes, and looping at once would burn a core.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        while sessions.try_join_next().is_some() {}
        let (gate, link, board) = (gate.clone(), link.clone(), board.clone());
        sessions.spawn(async move {
            let opened = timeout(OPENING, open(socket, &gate)).await;
            drop(door);
            if let Ok(Some(socket)) = opened {
                let ends = link.open();
                let number = ends.number;
                tracing::debug!(number, "a page shows pictures");
                board.wake();
                exchange(socket, ends, &link, &board).await;
                link.close(number);
                tracing::debug!(number, "the page has gone");
            }
        });
    }
}

/// The opening handshake and the token.
async fn open(socket: TcpStream, gate: &Gate) -> Option<WebSocketStream<TcpStream>> {
    _ = socket.set_nodelay(true);
    #[allow(clippy::result_large_err, reason = "the handshake's callback wants a whole response")]
    let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        gate.check(request).map(|()| response).map_err(|status| {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status;
            refusal
        })
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE));
    let mut socket = match tokio_tungstenite::accept_hdr_async_with_config(socket, check, Some(config)).await
    {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!(%error, "a stranger asked for pictures");
            return None;
        }
    };
    match socket.next().await {
        Some(Ok(Message::Text(word))) if gate.admit(&word) => Some(socket),
        _ => {
            tracing::warn!("a page without the right token asked for pictures");
            _ = socket.close(None).await;
            None
        }
    }
}

/// Sends frames and takes acknowledgements until either side ends.
async fn exchange(socket: WebSocketStream<TcpStream>, ends: Ends, link: &Link, board: &Board) {
    let Ends { number, mut frames, life } = ends;
    let (mut sink, mut messages) = socket.split();
    let sending = async {
        while let Some(frame) = frames.recv().await {
            if sink.send(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        let farewell = CloseFrame { code: REPLACED.into(), reason: "replaced".into() };
        _ = sink.send(Message::Close(Some(farewell))).await;
    };
    let ending = async {
        _ = life.await;
        // Time for the farewell.
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    let hearing = async {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Binary(list) => acknowledge(&list, number, link, board),
                Message::Close(_) => return,
                _ => {}
            }
        }
    };
    // Acknowledgements are heard while a frame is being written: the two halves only share the socket.
    tokio::select! {
        () = sending => {}
        () = hearing => {}
        () = ending => {}
    }
}

fn acknowledge(list: &[u8], number: u64, link: &Link, board: &Board) {
    let now = Instant::now();
    {
        let mut session = link.lock();
        let Some(session) = session.as_mut().filter(|session| session.number == number) else { return };
        for pair in list.chunks_exact(2) {
            let stream = StreamId(u16::from_le_bytes([pair[0], pair[1]]));
            if session.credits.acknowledged(stream, now) == Some(true) {
                board.presented(stream);
            }
        }
    }
    board.wake();
}
