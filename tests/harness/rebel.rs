//! A client that obeys nothing, made of one that does: somebody stands between it and its domain. What the domain says of its own
//! accord is kept from it, so that it goes on as if it had not been ruled over, and messages of any kind are sent in its name, by its
//! session.
//!
//! The node has to speak plain JSON texts (`--flavour vertx`).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::socket::{Frame, head};
use crate::wait::{Trouble, eventually};

/// Numbers of messages that are sent in the client's name begin here; it never comes so far itself.
const FIRST: u64 = 1_000_000_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where sessions with the node are opened.
const NODE: &[u8] = b"GET /ws";

/// The one in between. Dropping it closes the way.
pub struct Rebel {
    /// `http://127.0.0.1:40001`, for the client in place of the backend's.
    pub url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    deaf: AtomicBool,
    over: AtomicBool,
    last: AtomicU64,
    /// Where the client's session goes.
    node: Mutex<Option<TcpStream>>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    /// What the client has said.
    said: Vec<Value>,
    /// What was said to it and is no answer.
    heard: Vec<Value>,
    /// Answers to what was said in its name; a provisional one is replaced by the next.
    answers: BTreeMap<u64, Value>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rebel {
    /// Stands before a backend.
    pub fn before(backend: &Backend) -> Result<Rebel, Trouble> {
        let target = backend.url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let seen = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if seen.over.load(Ordering::Relaxed) {
                    return;
                }
                let (target, seen) = (target.clone(), seen.clone());
                // A connection that breaks is the client's to notice.
                std::thread::spawn(move || stand_between(client, &target, &seen));
            }
        });
        Ok(Rebel { url: format!("http://{address}"), address, shared })
    }

    /// From now on the client hears answers only.
    pub fn deafen(&self) {
        self.shared.deaf.store(true, Ordering::SeqCst);
    }

    /// What the client has said so far.
    pub fn said(&self) -> Vec<Value> {
        lock(&self.shared.books).said.clone()
    }

    /// What was said to the client since this was asked last, but for answers: whether it was let hear it or not.
    pub fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut lock(&self.shared.books).heard)
    }

    /// Sends a message in the client's name; the code and the body of the answer. What waits (100) is an answer too.
    pub fn send(&self, kind: &str, from: &str, to: &str, body: &Value) -> Result<(u64, Value), Trouble> {
        let id = FIRST + self.shared.last.fetch_add(1, Ordering::Relaxed);
        let message = json!({ "id": id, "type": kind, "from": from, "to": to, "body": body });
        match lock(&self.shared.node).as_mut() {
            Some(node) => node.write_all(&Frame::text(&message.to_string()))?,
            None => return Err(Trouble::Strange("the client has no session".to_owned())),
        }
        let answer = eventually(PATIENCE, &format!("an answer to {message}"), || {
            lock(&self.shared.books).answers.remove(&id)
        })?;
        let body = answer["body"].clone();
        let code = body["code"].as_u64().or_else(|| body["code"].as_str()?.parse().ok());
        Ok((code.unwrap_or_default(), body))
    }

    /// Says again what the client has said, as it was.
    pub fn repeat(&self, said: &Value) -> Result<(u64, Value), Trouble> {
        let text = |name: &str| said[name].as_str().unwrap_or_default();
        self.send(text("type"), text("from"), text("to"), &said["body"])
    }
}

impl Drop for Rebel {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // So that it looks.
        _ = TcpStream::connect(self.address);
    }
}

fn stand_between(mut client: TcpStream, target: &str, shared: &Arc<Shared>) -> std::io::Result<()> {
    let mut server = TcpStream::connect(target)?;
    let request = head(&mut client)?;
    server.write_all(&request)?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    if !request.starts_with(NODE) {
        std::thread::spawn(move || pass(from_client, server));
        pass(from_server, client);
        return Ok(());
    }
    let mut from_server = from_server;
    let answer = head(&mut from_server)?;
    client.write_all(&answer)?;
    *lock(&shared.node) = Some(server.try_clone()?);
    let listening = shared.clone();
    std::thread::spawn(move || {
        let mut from_client = from_client;
        while let Ok(frame) = Frame::read(&mut from_client) {
            lock(&listening.books).said.extend(frame.value());
            // One frame at a time, whoever it is from.
            let sent = lock(&listening.node).as_mut().map(|node| node.write_all(&frame.wire));
            if !matches!(sent, Some(Ok(()))) {
                break;
            }
        }
        // An error means that it is closed already.
        _ = server.shutdown(Shutdown::Both);
    });
    while let Ok(frame) = Frame::read(&mut from_server) {
        if is_for_client(&frame, shared) && client.write_all(&frame.wire).is_err() {
            break;
        }
    }
    _ = client.shutdown(Shutdown::Both);
    Ok(())
}

/// Writes down what the node says, and whether the client hears it.
fn is_for_client(frame: &Frame, shared: &Shared) -> bool {
    let Some(message) = frame.value() else { return true };
    let mut books = lock(&shared.books);
    if message["type"] != "response" {
        books.heard.push(message);
        return !shared.deaf.load(Ordering::SeqCst);
    }
    let id = message["id"].as_u64().or_else(|| message["id"].as_str()?.parse().ok()).unwrap_or_default();
    if id >= FIRST {
        books.answers.insert(id, message);
        return false;
    }
    true
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    for side in [from, to] {
        // An error means that it is closed already.
        _ = side.shutdown(Shutdown::Both);
    }
}
