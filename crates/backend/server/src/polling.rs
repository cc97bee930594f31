//! Engine.IO 3 by requests, for Socket.IO 1.x clients that begin so: a `GET` that waits brings packets, a `POST` takes
//! them, and a WebSocket with the same `sid` takes over after `2probe`, `3probe`, `5`.

mod payload;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Locked, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message as Frame, WebSocket};
use confab_message_node::ConnId;
use confab_rethink::Flavour;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};

use crate::hub::HubHandle;
use crate::mailbox::{Farewell, Letters, Post};
use crate::secret;
use crate::socket::{self, Peer};

/// How long a socket may take from one step of the change to the next.
const CHANGE: Duration = Duration::from_secs(20);
/// Most bytes of packets in one answer, roughly: the packet that passes it is the last.
const MOST_BYTES: usize = 1 << 20;

/// Clients without a socket, by the `sid` that only they know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polls(Arc<Locked<BTreeMap<String, Arc<Poll>>>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Poll {
    peer: Peer,
    /// Whoever takes them out ends this way of talking: the socket that takes over, or the end of the connection.
    letters: Mutex<Option<Letters>>,
    /// The waiting request must return.
    release: Notify,
    /// The client has shown a sign of life.
    heard: Notify,
    /// Nobody polls any more.
    over: Notify,
}

/// Why a request is refused; numbers and words are those of Engine.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The connection is over or never was.
    UnknownSid,
    /// Two requests wait at the same time, or what was sent are no packets.
    BadRequest,
}

impl Refusal {
    /// The body of the answer 400.
    pub(crate) fn to_value(self) -> serde_json::Value {
        let (code, message) = match self {
            Refusal::UnknownSid => (1, "Session ID unknown"),
            Refusal::BadRequest => (3, "Bad request"),
        };
        serde_json::json!({"code": code, "message": message})
    }
}

impl Polls {
    /// Begins a connection: the answer to its first request. `held` is dropped when it is over or has a socket. `None` when
    /// the backend stops.
    pub(crate) async fn begin<H: Send + 'static>(
        &self,
        conn: ConnId,
        hub: HubHandle,
        held: H,
    ) -> Option<String> {
        let sid = secret::token().ok()?;
        let (peer, letters) = Peer::arrive(Flavour::NodeJs, conn, sid.clone(), hub).await?;
        let [open, connect] = peer.framing.polling_greeting();
        peer.mailbox.put_text(connect);
        let overflow = letters.overflow();
        let patience = peer.framing.patience();
        let poll = Arc::new(Poll {
            peer,
            letters: Mutex::new(Some(letters)),
            release: Notify::new(),
            heard: Notify::new(),
            over: Notify::new(),
        });
        self.lock().insert(sid.clone(), poll.clone());
        let polls = self.clone();
        tokio::spawn(async move {
            let farewell = loop {
                tokio::select! {
                    () = poll.heard.notified() => {}
                    () = poll.over.notified() => break None,
                    () = overflow.notified() => break Some(Farewell::SLOW),
                    () = sleep(patience) => break Some(Farewell::SILENT),
                }
            };
            polls.lock().remove(&sid);
            poll.release.notify_one();
            if poll.letters.lock().await.take().is_some() {
                poll.peer.leave(farewell).await;
            }
            drop(held);
        });
        Some(payload::encode([open].iter()))
    }

    /// A request that waits for packets.
    pub(crate) async fn get(&self, sid: &str) -> Result<String, Refusal> {
        let poll = self.find(sid)?;
        poll.heard.notify_one();
        let Ok(mut slot) = poll.letters.try_lock() else {
            poll.over.notify_one();
            return Err(Refusal::BadRequest);
        };
        let letters = slot.as_mut().ok_or(Refusal::UnknownSid)?;
        let first = tokio::select! {
            post = letters.next() => post,
            // A packet of no meaning, so that the client can go on to its socket.
            () = poll.release.notified() => Some(Post::Text("6".to_owned())),
        };
        let mut packets = Vec::new();
        let mut bytes = 0;
        let mut post = first;
        let over = loop {
            match post {
                Some(Post::Message(message, _)) => packets.push(poll.peer.framing.say(&message)),
                Some(Post::Text(text)) => packets.push(text),
                Some(Post::Farewell(_)) | None => {
                    packets.extend(poll.peer.framing.farewell());
                    packets.push("1".to_owned());
                    break true;
                }
            }
            bytes += packets.last().map_or(0, String::len);
            if bytes >= MOST_BYTES {
                break false;
            }
            post = match letters.waiting() {
                Some(more) => Some(more),
                None => break false,
            };
        };
        if over {
            poll.over.notify_one();
        }
        Ok(payload::encode(packets.iter()))
    }

    /// Packets from the client.
    pub(crate) async fn post(&self, sid: &str, body: &str) -> Result<(), Refusal> {
        let poll = self.find(sid)?;
        poll.heard.notify_one();
        let packets = payload::decode(body).ok_or(Refusal::BadRequest)?;
        for packet in packets {
            if poll.peer.hear(&packet).await.is_some() {
                poll.over.notify_one();
                break;
            }
        }
        Ok(())
    }

    /// The connection of a `sid`, for a socket that wants to take it over.
    pub(crate) fn find(&self, sid: &str) -> Result<Arc<Poll>, Refusal> {
        self.lock().get(sid).cloned().ok_or(Refusal::UnknownSid)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Poll>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Poll {
    /// Goes on by a socket. When it does not say the right words in time, the client goes on by requests.
    pub(crate) async fn change(self: Arc<Poll>, mut socket: WebSocket) {
        if !matches!(timeout(CHANGE, text(&mut socket)).await, Ok(Some(word)) if word == "2probe") {
            return;
        }
        if socket.send(Frame::text("3probe")).await.is_err() {
            return;
        }
        // The client waits for the answer to its last request before it says the next word.
        self.release.notify_one();
        if !matches!(timeout(CHANGE, text(&mut socket)).await, Ok(Some(word)) if word == "5") {
            return;
        }
        self.release.notify_one();
        let Some(letters) = self.letters.lock().await.take() else { return };
        self.over.notify_one();
        socket::carry(socket, self.peer.clone(), letters).await;
    }
}

async fn text(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await?.ok()? {
            Frame::Text(text) => return Some(text.to_string()),
            Frame::Ping(_) | Frame::Pong(_) => {}
            Frame::Binary(_) | Frame::Close(_) => return None,
        }
    }
}
