//! What waits to be sent to one client. Bounded in messages and bytes: a client that does not keep up is disconnected
//! and never holds up another one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use confab_rethink::Message;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};

/// The most messages that may wait.
const MOST: usize = 1024;
/// The most bytes that may wait, estimated.
const MOST_BYTES: usize = 8 << 20;

/// Why the node closes a connection, as WebSocket close code and reason (RFC 6455, 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Close code.
    pub code: u16,
    /// For the client's log.
    pub reason: &'static str,
}

impl Farewell {
    /// The session ended in good order, or nothing that was said made sense.
    pub const NORMAL: Farewell = Farewell { code: 1000, reason: "" };
    /// The backend stops.
    pub const GOING_AWAY: Farewell = Farewell { code: 1001, reason: "backend stops" };
    /// The same runtime has another connection.
    pub const SUPERSEDED: Farewell = Farewell { code: 1008, reason: "opened elsewhere" };
    /// The user signed out.
    pub const REVOKED: Farewell = Farewell { code: 1008, reason: "signed out" };
    /// The client does not keep up.
    pub const SLOW: Farewell = Farewell { code: 1013, reason: "too slow" };
    /// The client is silent.
    pub const SILENT: Farewell = Farewell { code: 1001, reason: "silent" };
}

/// One thing to send.
#[derive(Debug)]
pub enum Post {
    /// A message and its estimated bytes.
    Message(Arc<Message>, usize),
    /// A frame that is no message.
    Text(String),
    /// The last thing.
    Farewell(Farewell),
}

/// The putting side.
#[derive(Clone, Debug)]
pub struct Mailbox {
    posts: mpsc::Sender<Post>,
    bytes: Arc<AtomicUsize>,
    overflow: Arc<Notify>,
}

/// The taking side.
#[derive(Debug)]
pub struct Letters {
    posts: mpsc::Receiver<Post>,
    bytes: Arc<AtomicUsize>,
    overflow: Arc<Notify>,
}

/// Both sides of an empty mailbox.
pub fn mailbox() -> (Mailbox, Letters) {
    let (sender, receiver) = mpsc::channel(MOST);
    let bytes = Arc::new(AtomicUsize::new(0));
    let overflow = Arc::new(Notify::new());
    let mailbox = Mailbox { posts: sender, bytes: bytes.clone(), overflow: overflow.clone() };
    (mailbox, Letters { posts: receiver, bytes, overflow })
}

impl Mailbox {
    /// Puts a message in; false when it does not fit, which ends the connection. A client that has just gone takes
    /// everything: its end is told elsewhere.
    pub fn put(&self, message: &Arc<Message>, weight: usize) -> bool {
        let before = self.bytes.fetch_add(weight, Ordering::Relaxed);
        let fits = before == 0 || before.saturating_add(weight) <= MOST_BYTES;
        let put = if fits {
            self.posts.try_send(Post::Message(message.clone(), weight))
        } else {
            Err(TrySendError::Full(Post::Message(message.clone(), weight)))
        };
        if put.is_err() {
            self.bytes.fetch_sub(weight, Ordering::Relaxed);
        }
        let overflowed = matches!(put, Err(TrySendError::Full(_)));
        if overflowed {
            self.overflow.notify_one();
        }
        !overflowed
    }

    /// Puts another frame in, when it fits: a pong that was lost in a full mailbox is the least of its troubles.
    pub fn put_text(&self, text: String) {
        let _ = self.posts.try_send(Post::Text(text));
    }

    /// Ends the connection after what waits, or at once when nothing more fits.
    pub fn close(&self, farewell: Farewell) {
        if self.posts.try_send(Post::Farewell(farewell)).is_err() {
            self.overflow.notify_one();
        }
    }
}

impl Letters {
    /// The next thing to send; `None` when nothing will come any more. Cancel-safe.
    pub async fn next(&mut self) -> Option<Post> {
        let post = self.posts.recv().await?;
        if let Post::Message(_, weight) = &post {
            self.bytes.fetch_sub(*weight, Ordering::Relaxed);
        }
        Some(post)
    }

    /// What waits already, if anything does.
    pub fn waiting(&mut self) -> Option<Post> {
        let post = self.posts.try_recv().ok()?;
        if let Post::Message(_, weight) = &post {
            self.bytes.fetch_sub(*weight, Ordering::Relaxed);
        }
        Some(post)
    }

    /// Tells when the client has turned out to be too slow.
    pub fn overflow(&self) -> Arc<Notify> {
        self.overflow.clone()
    }
}

/// About as many bytes as the message has in JSON, without writing it.
pub fn weight(message: &Message) -> usize {
    let addresses = message.from.as_str().len() + message.to.as_str().len();
    96 + addresses + message.body.iter().map(|(key, value)| key.len() + 4 + weight_of(value)).sum::<usize>()
}

fn weight_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 12,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| weight_of(item) + 1).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields.iter().map(|(key, value)| key.len() + 4 + weight_of(value)).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Arc<Message> {
        Arc::new(
            Message::parse(r#"{"id":1,"type":"read","from":"aa","to":"bb","body":{"value":["x",1]}}"#)
                .unwrap(),
        )
    }

    #[test]
    fn a_client_that_takes_nothing_overflows_by_number_or_by_bytes() {
        let (mailbox, _letters) = mailbox();
        let fitted = (0..2 * MOST).take_while(|_| mailbox.put(&message(), 100)).count();
        assert_eq!(fitted, MOST);
        let (mailbox, _letters) = super::mailbox();
        let fitted = (0..2 * MOST).take_while(|_| mailbox.put(&message(), 1 << 20)).count();
        assert_eq!(fitted, 8);
    }

    #[tokio::test]
    async fn what_was_taken_makes_room() {
        let (mailbox, mut letters) = mailbox();
        for _ in 0..100 {
            assert!(mailbox.put(&message(), MOST_BYTES / 2));
            assert!(matches!(letters.next().await, Some(Post::Message(..))));
        }
        drop(mailbox);
        assert!(letters.next().await.is_none());
    }

    #[test]
    fn the_weight_is_close_to_the_length() {
        let (weight, length) = (weight(&message()), message().to_json().len());
        assert!(weight >= length && weight < length + 100, "{weight} for {length}");
    }
}
