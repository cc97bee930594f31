//! Guests by browser without a browser, and somebody with an account who speaks the protocol by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::registry::{self, Criteria, Query};
use confab_rethink::{Child, Flavour, Message, Url};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Client, House, code};

/// A page without a browser.
pub struct Page {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The newest of each kind: `welcome`, `plan`, `files`, `gone`, and views by their type.
    pub newest: BTreeMap<String, Value>,
}

impl Page {
    pub async fn open(house: &House, token: &str) -> Page {
        let (socket, _) = connect_async(format!("ws://{}/guest/ws", house.http())).await.unwrap();
        let mut page = Page { socket, newest: BTreeMap::new() };
        page.say(json!({"token": token})).await;
        page
    }

    pub async fn say(&mut self, value: Value) {
        self.socket.send(Frame::text(value.to_string())).await.unwrap();
    }

    pub async fn wish(&mut self, intent: Value) {
        self.say(json!({"intent": intent})).await;
    }

    /// Takes what comes until it holds.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&BTreeMap<String, Value>) -> bool) {
        let mut all = Vec::new();
        // In all: the backend says every few seconds that it is there.
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        while !fits(&self.newest) {
            let frame = timeout_at(until, self.socket.next()).await;
            let Ok(Some(Ok(frame))) = frame else { panic!("no {what}: {frame:?} after {all:#?}") };
            let Frame::Text(text) = frame else { continue };
            let down: Value = serde_json::from_str(&text).unwrap();
            let (kind, value) = down.as_object().unwrap().iter().next().unwrap();
            let kind = if kind == "view" { value["type"].as_str().unwrap() } else { kind };
            if kind != "levels" && kind != "quality" {
                all.push(down.clone());
            }
            self.newest.insert(kind.to_owned(), value.clone());
        }
    }

    pub async fn join(&mut self) {
        self.until("welcome", |newest| newest.contains_key("welcome")).await;
        self.wish(json!({"type": "join", "room": "whatever"})).await;
        self.until("meeting", |newest| newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "in"))
            .await;
    }

    pub async fn gone(&mut self) -> Value {
        self.until("end", |newest| newest.contains_key("gone")).await;
        self.newest["gone"].clone()
    }
}

/// A participant with an account, who speaks the protocol by hand.
pub struct Alice {
    pub client: Client,
    pub hyperty: Url,
    pub room: Url,
}

impl Alice {
    pub async fn join(house: &House) -> Alice {
        Alice::join_room(house, "alice", "4711").await
    }

    /// The same for somebody else, or into another room.
    pub async fn join_room(house: &House, name: &str, room: &str) -> Alice {
        let token = house.sign_in(name).await["accessToken"].clone();
        let runtime = format!("{name}-{room}");
        let mut client = Client::connect(house, Flavour::NodeJs, &runtime).await;
        assert_eq!(code(&client.open(&token).await), 200);
        let query = Query::Name(room.into());
        let read = registry::read(&client.runtime, &house.domain, &query, &Criteria::default());
        let found = client.ask(read).await;
        let room = Url::parse(found.value().unwrap().as_object().unwrap().keys().next().unwrap()).unwrap();
        let hyperty = Url::parse(&format!("hyperty://confab.local/{runtime}-h")).unwrap();
        let routes = [hyperty.to_string(), format!("{room}/changes"), format!("{room}/children/")];
        let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
        assert_eq!(code(&client.subscribe(&routes).await), 200);
        let body = json!({"subscriber": hyperty, "source": hyperty, "mutual": false});
        let (from, to) = (client.runtime.sm(), format!("{room}/subscription"));
        let joined = client.ask_raw(json!({"type":"subscribe","from":from,"to":to,"body":body})).await;
        assert!(code(&joined) == 200 && joined.text("participant").is_some(), "{joined:?}");
        Alice { client, hyperty, room }
    }

    pub async fn command(&mut self, method: &str, params: Value) -> Message {
        let body = json!({"method": method, "params": params});
        let message = json!({"type":"execute","from":self.hyperty,"to":self.room,"body":body});
        self.client.ask_raw(message).await
    }

    pub async fn say(&mut self, text: &str) {
        let child = Child::chat("alice-1", &self.hyperty, &self.room, text, None);
        let answer = self.client.ask(child.draft(&self.hyperty, &self.room)).await;
        assert_eq!(code(&answer), 200, "{answer:?}");
    }

    /// The room's object.
    pub async fn look(&mut self) -> Value {
        let read = json!({"type":"read","from":self.hyperty,"to":self.room,"body":{}});
        let answer = self.client.ask_raw(read).await;
        answer.value().unwrap_or_else(|| panic!("{answer:?}"))["data"].clone()
    }

    /// Waits until somebody's entry in the roster is so.
    pub async fn sees(&mut self, key: &str, fits: impl Fn(&Value) -> bool) {
        let seen = async {
            while !fits(&self.look().await["roster"][key]) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(40), seen).await.expect("the roster is so within 40 s");
    }

    /// Waits for a line of somebody.
    pub async fn hear(&mut self, text: &str) {
        loop {
            let message = self.client.next().await;
            if Child::parse(&message).is_some_and(|child| child.chat_text() == Some(text)) {
                return;
            }
        }
    }
}

pub async fn knock(house: &House, body: Value) -> (u16, Value) {
    house.post("/api/join", body).await
}

pub fn zoe() -> Value {
    json!({"room": "4711", "name": "Zoe", "mail": "zoe@mail.example"})
}

pub async fn ticket(house: &House, body: Value) -> String {
    let (status, answer) = knock(house, body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["ws"], "guest/ws");
    answer["token"].as_str().unwrap().to_owned()
}

/// The newest mail, as soon as there are so many.
pub async fn mailed(house: &House, count: usize) -> Value {
    for _ in 0..2_000 {
        let mails: Value = serde_json::from_str(&house.get("/mail/list.json").await).unwrap();
        if let Some(mails) = mails.as_array().filter(|mails| mails.len() >= count) {
            let newest = mails.iter().max_by_key(|mail| mail["number"].as_u64());
            return newest.cloned().unwrap();
        }
        tokio::task::yield_now().await;
    }
    panic!("no mail number {count}");
}

/// The code in the link of a mail.
pub fn code_in(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.starts_with("http")).unwrap();
    link.split_once("#i=").unwrap().1.to_owned()
}
