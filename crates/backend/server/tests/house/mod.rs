//! A backend on free ports with a data folder of its own, and clients for it.
#![allow(dead_code)] // Each test program uses its own part.

pub mod page;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use confab_backend::{Config, Running};
use confab_rethink::{Domain, Draft, Flavour, Message, Url};
use confab_signaling::{DownReason, Target, Transport, TransportEvent, connect};
use serde_json::{Value, json};
use tokio::time::timeout;

pub const SM: &str = "domain://msg-node.confab.local/sm";
const PASSWORD: &str = "blue-lamp-under-snow";

pub struct House {
    pub domain: Domain,
    config: Config,
    running: Option<Running>,
    folder: Folder,
}

/// A folder that is gone when it is dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("confab-backend-{}-{}", std::process::id(), LAST.fetch_add(1, Ordering::Relaxed));
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl House {
    pub async fn start() -> House {
        House::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> House {
        let folder = Folder::new();
        let mut config = Config::on_loopback(&folder.0, PASSWORD);
        change(&mut config);
        let running = confab_backend::start(config.clone()).await.unwrap();
        House { domain: config.domain.clone(), config, running: Some(running), folder }
    }

    /// Stops and starts again with the same data on other ports.
    pub async fn restart(mut self) -> House {
        self.running.take().unwrap().shutdown().await;
        self.running = Some(confab_backend::start(self.config.clone()).await.unwrap());
        self
    }

    pub async fn stop(mut self) {
        self.running.take().unwrap().shutdown().await;
    }

    pub fn http(&self) -> SocketAddr {
        self.running.as_ref().unwrap().http_addr()
    }

    pub fn password(&self) -> &str {
        PASSWORD
    }

    pub async fn sign_in(&self, user: &str) -> Value {
        let (status, body) = self.post("/api/sign-in", json!({"user":user,"password":PASSWORD})).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        post(self.http(), path, body).await
    }

    pub async fn get(&self, path: &str) -> String {
        self.request(path).await.1
    }

    pub async fn status(&self, path: &str) -> u16 {
        self.request(path).await.0
    }

    async fn request(&self, path: &str) -> (u16, String) {
        get(self.http(), path).await
    }
}

pub async fn get(http: SocketAddr, path: &str) -> (u16, String) {
    let url = format!("http://{http}{path}");
    let get = move || {
        let mut answer = agent().get(&url).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    tokio::task::spawn_blocking(get).await.unwrap()
}

pub async fn post(http: SocketAddr, path: &str, body: Value) -> (u16, Value) {
    let url = format!("http://{http}{path}");
    let post = move || {
        let mut answer = agent().post(&url).send_json(body).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    };
    tokio::task::spawn_blocking(post).await.unwrap()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

pub struct Client {
    pub runtime: Url,
    pub node: SocketAddr,
    transport: Transport,
    last: u64,
}

impl Client {
    pub async fn connect(house: &House, flavour: Flavour, name: &str) -> Client {
        Client::connect_to(house.http(), flavour, name).await
    }

    pub async fn connect_to(node: SocketAddr, flavour: Flavour, name: &str) -> Client {
        Client::connect_from("confab.local", node, flavour, name).await
    }

    /// With a runtime of that domain.
    pub async fn connect_from(domain: &str, node: SocketAddr, flavour: Flavour, name: &str) -> Client {
        let transport = connect(Target::new(flavour, format!("ws://{node}")));
        let runtime = Url::parse(&format!("runtime://{domain}/{name}")).unwrap();
        let mut client = Client { runtime, node, transport, last: 0 };
        assert_eq!(client.event().await, TransportEvent::Up);
        client
    }

    pub async fn open(&mut self, token: &Value) -> Message {
        let from = self.runtime.clone();
        self.ask_raw(json!({"type":"open","from":from,"to":"mn:/session","body":{"accessToken":token}})).await
    }

    pub async fn subscribe(&mut self, addresses: &[&str]) -> Message {
        let from = self.runtime.sm();
        self.ask_raw(json!({"type":"subscribe","from":from,"to":SM,"body":{"subscribe":addresses}})).await
    }

    pub async fn ask(&mut self, draft: Draft) -> Message {
        self.last += 1;
        let message = draft.with_id(confab_rethink::MessageId::new(self.last).unwrap());
        self.transport.send(message).unwrap();
        self.answer().await
    }

    /// Sends and takes the message with the same id that comes back.
    pub async fn ask_raw(&mut self, message: Value) -> Message {
        self.tell(message);
        self.answer().await
    }

    pub fn tell(&mut self, mut message: Value) {
        self.last += 1;
        message["id"] = json!(self.last);
        self.transport.send(Message::parse_value(message).unwrap()).unwrap();
    }

    async fn answer(&mut self) -> Message {
        loop {
            let message = self.next().await;
            if message.id.get() == self.last {
                return message;
            }
        }
    }

    pub async fn next(&mut self) -> Message {
        match self.event().await {
            TransportEvent::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Closes the connection without a word to the node's session.
    pub fn leave(&self) {
        self.transport.close();
    }

    pub async fn down(&mut self) -> DownReason {
        loop {
            if let TransportEvent::Down(reason) = self.event().await {
                return reason;
            }
        }
    }

    pub async fn event(&mut self) -> TransportEvent {
        let event = timeout(Duration::from_secs(20), self.transport.next()).await;
        event.expect("something happens within 20 s").expect("Down is the last event and was taken")
    }
}

pub fn code(message: &Message) -> u64 {
    message.body["code"].as_u64().expect("codes are numbers")
}
