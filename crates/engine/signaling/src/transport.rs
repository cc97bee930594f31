//! One connection that carries messages.

use std::sync::Arc;

use confab_rethink::Message;
use tokio::sync::{Notify, mpsc};

use crate::line;
use crate::target::Target;

/// Messages that may wait on either side before somebody has to wait or is refused.
const QUEUE: usize = 256;

/// What happens to a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum TransportEvent {
    /// Messages may be sent. Comes once, before every other event but `Down`.
    Up,
    /// A message arrived.
    Message(Message),
    /// A message arrived that could not be read; so many since the connection was made.
    Malformed(u64),
    /// The connection is over: the last event.
    Down(DownReason),
}

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownReason {
    /// It was never made.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// It took too long to make it.
    #[error("node did not answer in time")]
    Slow,
    /// The node closed it.
    #[error("node closed the connection (code {code:?})")]
    Closed {
        /// The WebSocket close code, when there was one (RFC 6455, 7.4).
        code: Option<u16>,
    },
    /// Nothing was heard for longer than the node allows itself.
    #[error("node is silent")]
    Silent,
    /// The network or the framing broke.
    #[error("connection broke: {0}")]
    Broken(String),
    /// This side closed it.
    #[error("closed")]
    Local,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many messages wait: the network is slower than the sender.
    #[error("too many messages wait to be sent")]
    Full,
    /// The connection is over.
    #[error("connection is over")]
    Closed,
}

/// One connection to a node. Dropping it closes it.
#[derive(Debug)]
pub struct Transport {
    sender: Sender,
    events: Events,
}

/// The sending half.
#[derive(Clone, Debug)]
pub struct Sender {
    messages: mpsc::Sender<Message>,
    stop: Arc<Notify>,
}

/// The receiving half.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<TransportEvent>);

/// Begins to connect, on a task of the current tokio runtime. What comes of it arrives as events.
pub fn connect(target: Target) -> Transport {
    let (messages, outgoing) = mpsc::channel(QUEUE);
    let (events, incoming) = mpsc::channel(QUEUE);
    let stop = Arc::new(Notify::new());
    tokio::spawn(line::run(target, outgoing, events, stop.clone()));
    Transport { sender: Sender { messages, stop }, events: Events(incoming) }
}

impl Transport {
    /// As [`Sender::send`].
    pub fn send(&self, message: Message) -> Result<(), SendError> {
        self.sender.send(message)
    }

    /// As [`Events::next`].
    pub async fn next(&mut self) -> Option<TransportEvent> {
        self.events.next().await
    }

    /// As [`Sender::close`].
    pub fn close(&self) {
        self.sender.close();
    }

    /// Both halves, to be used by different tasks.
    pub fn split(self) -> (Sender, Events) {
        (self.sender, self.events)
    }
}

impl Sender {
    /// Queues a message; never waits. Messages go out in this order; before `Up` they wait.
    pub fn send(&self, message: Message) -> Result<(), SendError> {
        self.messages.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SendError::Full,
            mpsc::error::TrySendError::Closed(_) => SendError::Closed,
        })
    }

    /// Sends what waits, says farewell and closes; `Down(Local)` follows within a second or two.
    pub fn close(&self) {
        self.stop.notify_one();
    }
}

impl Events {
    /// The next event; `None` after `Down`. Cancel-safe.
    pub async fn next(&mut self) -> Option<TransportEvent> {
        self.0.recv().await
    }
}
