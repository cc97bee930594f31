//! A message node that behaves like the original Node.js one, faults included: it reads only `subscribe` at its subscription
//! manager, drops identities without a user name, is silent to whoever nobody receives, believes everybody, and dies of a look-up
//! that finds nothing (a supervisor starts it again at once, with nothing remembered).
//!
//! It is written from what the original does on the wire and shares no code with ours.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::wait::Trouble;

/// The domain it serves.
pub const DOMAIN: &str = "stock.local";

/// Messages that may wait for one socket.
const QUEUE: usize = 4096;

/// The running node.
pub struct StockNode {
    /// `http://127.0.0.1:40001`
    pub url: String,
    town: Arc<Town>,
    /// Dropped: it ends.
    _end: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Town {
    state: Mutex<Books>,
    last: AtomicU64,
}

#[derive(Default)]
struct Books {
    sockets: BTreeMap<u64, Sender<Frame>>,
    routes: BTreeMap<String, BTreeSet<u64>>,
    hyperties: BTreeMap<String, Map<String, Value>>,
    deaths: u32,
    dropped: u32,
}

impl StockNode {
    /// Starts it on a free port.
    pub fn start() -> Result<StockNode, Trouble> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let town = Arc::new(Town::default());
        let (end, ended) = tokio::sync::oneshot::channel();
        let router = Router::new()
            .route("/live", get(live))
            .route("/socket.io/", get(socket))
            .with_state(town.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = axum::serve(listener, router).into_future() => {}
                    _ = ended => {}
                }
            });
        });
        Ok(StockNode { url, town, _end: end })
    }

    /// How often a look-up has killed it.
    pub fn deaths(&self) -> u32 {
        self.town.lock().deaths
    }

    /// How many messages were dropped because their identity has no user name.
    pub fn dropped(&self) -> u32 {
        self.town.lock().dropped
    }

    /// How many sockets get what is sent to hyperties: the others have not said yet what they want to get.
    pub fn routed(&self) -> usize {
        let books = self.town.lock();
        let hyperties = books.routes.iter().filter(|(url, _)| url.starts_with("hyperty://"));
        hyperties.flat_map(|(_, conns)| conns).collect::<BTreeSet<_>>().len()
    }
}

async fn live() -> impl IntoResponse {
    axum::Json(
        json!({"status": "up", "domain": DOMAIN, "domainRegistry": format!("domain://registry.{DOMAIN}"),
        "time": "2017-06-01T00:00:00Z", "connected": 0}),
    )
}

async fn socket(State(town): State<Arc<Town>>, upgrade: WebSocketUpgrade) -> impl IntoResponse {
    upgrade.on_upgrade(move |socket| async move {
        let conn = town.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, receiver) = channel(QUEUE);
        town.lock().sockets.insert(conn, sender);
        serve(&town, conn, socket, receiver).await;
        town.lock().forget(conn);
    })
}

async fn serve(town: &Town, conn: u64, mut socket: WebSocket, mut outgoing: Receiver<Frame>) {
    let hello = r#"0{"sid":"stock","upgrades":[],"pingInterval":25000,"pingTimeout":60000}"#;
    for frame in [hello, "40"] {
        if socket.send(Frame::text(frame)).await.is_err() {
            return;
        }
    }
    loop {
        let frame = tokio::select! {
            frame = socket.recv() => frame,
            out = outgoing.recv() => {
                // `None`: the node has died, and its sockets with it.
                let Some(out) = out else { return };
                if socket.send(out).await.is_err() {
                    return;
                }
                continue;
            }
        };
        let Some(Ok(frame)) = frame else { return };
        let Frame::Text(text) = frame else { continue };
        if text.as_str() == "2" {
            town.lock().put(conn, Frame::text("3"));
            continue;
        }
        let Some(event) = text.strip_prefix("42") else { continue };
        let Ok(Value::Array(event)) = serde_json::from_str::<Value>(event) else { continue };
        let message = match event.get(1) {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(value) => value.clone(),
            None => continue,
        };
        town.lock().receive(conn, message);
    }
}

impl Town {
    fn lock(&self) -> MutexGuard<'_, Books> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn receive(&mut self, conn: u64, mut message: Value) {
        let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
        let (kind, from, to) = (text("type"), text("from"), text("to"));
        if message["id"].as_u64().is_none_or(|id| id == 0) || from.is_empty() || to.is_empty() {
            return;
        }
        let identity = message["body"].get("identity");
        if identity.is_some_and(|identity| !identity["userProfile"]["username"].is_string()) {
            self.dropped += 1;
            return;
        }
        match &mut message["body"] {
            Value::Object(body) => drop(body.insert("auth".into(), false.into())),
            body => *body = json!({"auth": false}),
        }
        let node = format!("domain://msg-node.{DOMAIN}");
        if to == "mn:/session" {
            self.at_session(conn, &kind, &from, &message);
        } else if to == format!("{node}/sm") {
            self.at_subscriptions(conn, &kind, &from, &message);
        } else if to.trim_end_matches('/') == format!("domain://registry.{DOMAIN}") {
            self.at_registry(conn, &kind, &message);
        } else if !to.starts_with(&node) {
            for receiver in self.routes.get(&to).cloned().unwrap_or_default() {
                self.emit(receiver, &message);
            }
        }
    }

    fn at_session(&mut self, conn: u64, kind: &str, from: &str, message: &Value) {
        match kind {
            "open" => {
                self.routes.entry(format!("{from}/sm")).or_default().insert(conn);
                self.answer(conn, message, json!({"code": 200}));
            }
            "re-open" => self.answer(conn, message, json!({"code": 200})),
            "close" => self.put(conn, Frame::text("41")),
            _ => {}
        }
    }

    fn at_subscriptions(&mut self, conn: u64, kind: &str, from: &str, message: &Value) {
        let body = &message["body"];
        let listed = |key: &str| -> Vec<String> {
            let list = body[key].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        match kind {
            "subscribe" => {
                let source = body["source"].as_str().unwrap_or(from).to_owned();
                for url in listed("subscribe").into_iter().chain([source]) {
                    self.routes.entry(url).or_default().insert(conn);
                }
            }
            "unsubscribe" => {
                for url in listed("unsubscribe") {
                    self.routes.entry(url).or_default().remove(&conn);
                }
            }
            _ => return,
        }
        self.answer(conn, message, json!({"code": 200}));
    }

    fn at_registry(&mut self, conn: u64, kind: &str, message: &Value) {
        let body = &message["body"];
        let value = &body["value"];
        let resource = body["resource"].as_str().unwrap_or_default();
        match kind {
            "create" => {
                let needed =
                    ["url", "descriptor", "expires", "resources", "dataSchemes", "status", "runtime"];
                let complete = needed.iter().all(|key| !value[key].is_null());
                let (Some(url), Some(record), true) = (value["url"].as_str(), value.as_object(), complete)
                else {
                    return self.answer(conn, message, json!({"code": 400}));
                };
                let mut record = record.clone();
                record.insert("hypertyID".into(), url.into());
                record.insert("userID".into(), value["user"].clone());
                self.hyperties.insert(url.to_owned(), record);
                self.answer(conn, message, json!({"code": 200}));
            }
            "update" => {
                let Some(record) = self.hyperties.get_mut(resource) else {
                    return self.answer(conn, message, json!({"code": 404}));
                };
                if let Some(status) = value.get("status") {
                    record.insert("status".into(), status.clone());
                }
                self.answer(conn, message, json!({"code": 200}));
            }
            "read" => {
                let criteria = &body["criteria"];
                let fits = |record: &Map<String, Value>, key: &str| {
                    let has = record[key].as_array().cloned().unwrap_or_default();
                    criteria[key].as_array().into_iter().flatten().all(|wanted| has.contains(wanted))
                };
                let found: Map<String, Value> = self
                    .hyperties
                    .iter()
                    .filter(|(_, record)| record["userID"] == resource && record["status"] == "live")
                    .filter(|(_, record)| fits(record, "resources") && fits(record, "dataSchemes"))
                    .map(|(url, record)| (url.clone(), Value::Object(record.clone())))
                    .collect();
                if found.is_empty() {
                    // The original reads "Not Found" as JSON and nobody catches what that throws.
                    self.deaths += 1;
                    return self.die();
                }
                self.answer(conn, message, json!({"code": 200, "value": found}));
            }
            _ => {}
        }
    }

    fn die(&mut self) {
        self.sockets.clear();
        self.routes.clear();
        // The registry is another process and goes on.
    }

    fn answer(&mut self, conn: u64, request: &Value, body: Value) {
        let response = json!({"id": request["id"], "type": "response", "from": request["to"], "to": request["from"],
            "body": body});
        self.emit(conn, &response);
    }

    fn emit(&mut self, conn: u64, message: &Value) {
        self.put(conn, Frame::text(format!("42{}", json!(["message", message]))));
    }

    fn put(&mut self, conn: u64, frame: Frame) {
        if let Some(socket) = self.sockets.get(&conn) {
            // A socket that is gone is forgotten by its task; one that does not keep up loses messages.
            _ = socket.try_send(frame);
        }
    }

    fn forget(&mut self, conn: u64) {
        self.sockets.remove(&conn);
        for conns in self.routes.values_mut() {
            conns.remove(&conn);
        }
    }
}
