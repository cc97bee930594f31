//! Guests by browser, with a scripted page: what a page sends and is told, and what it cannot do.

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use confab_backend::Config;
use confab_rethink::registry::{self, Criteria, Query};
use confab_rethink::{Child, Flavour, Message, Url};
use futures_util::{SinkExt, StreamExt};
use house::{Client, House, code};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A page without a browser.
struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The newest of each kind: `welcome`, `plan`, `files`, `gone`, and views by their type.
    newest: BTreeMap<String, Value>,
}

impl Page {
    async fn open(house: &House, token: &str) -> Page {
        let (socket, _) = connect_async(format!("ws://{}/guest/ws", house.http())).await.unwrap();
        let mut page = Page { socket, newest: BTreeMap::new() };
        page.say(json!({"token": token})).await;
        page
    }

    async fn say(&mut self, value: Value) {
        self.socket.send(Frame::text(value.to_string())).await.unwrap();
    }

    async fn wish(&mut self, intent: Value) {
        self.say(json!({"intent": intent})).await;
    }

    /// Takes what comes until it holds.
    async fn until(&mut self, what: &str, fits: impl Fn(&BTreeMap<String, Value>) -> bool) {
        let mut all = Vec::new();
        while !fits(&self.newest) {
            let frame = timeout(Duration::from_secs(20), self.socket.next()).await;
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

    async fn join(&mut self) {
        self.until("welcome", |newest| newest.contains_key("welcome")).await;
        self.wish(json!({"type": "join", "room": "whatever"})).await;
        self.until("meeting", |newest| newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "in"))
            .await;
    }

    async fn gone(&mut self) -> Value {
        self.until("end", |newest| newest.contains_key("gone")).await;
        self.newest["gone"].clone()
    }
}

/// A participant with an account, who speaks the protocol by hand.
struct Alice {
    client: Client,
    hyperty: Url,
    room: Url,
}

impl Alice {
    async fn join(house: &House) -> Alice {
        let token = house.sign_in("alice").await["accessToken"].clone();
        let mut client = Client::connect(house, Flavour::NodeJs, "alice").await;
        assert_eq!(code(&client.open(&token).await), 200);
        let query = Query::Name("4711".into());
        let read = registry::read(&client.runtime, &house.domain, &query, &Criteria::default());
        let found = client.ask(read).await;
        let room = Url::parse(found.value().unwrap().as_object().unwrap().keys().next().unwrap()).unwrap();
        let hyperty = Url::parse("hyperty://confab.local/alice-h").unwrap();
        let routes = [hyperty.to_string(), format!("{room}/changes"), format!("{room}/children/")];
        let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
        assert_eq!(code(&client.subscribe(&routes).await), 200);
        let body = json!({"subscriber": hyperty, "source": hyperty, "mutual": false});
        let (from, to) = (client.runtime.sm(), format!("{room}/subscription"));
        let joined = client.ask_raw(json!({"type":"subscribe","from":from,"to":to,"body":body})).await;
        assert_eq!((code(&joined), joined.text("participant")), (200, Some("p1")));
        Alice { client, hyperty, room }
    }

    async fn command(&mut self, method: &str, params: Value) -> Message {
        let body = json!({"method": method, "params": params});
        let message = json!({"type":"execute","from":self.hyperty,"to":self.room,"body":body});
        self.client.ask_raw(message).await
    }

    async fn say(&mut self, text: &str) {
        let child = Child::chat("alice-1", &self.hyperty, &self.room, text, None);
        let answer = self.client.ask(child.draft(&self.hyperty, &self.room)).await;
        assert_eq!(code(&answer), 200, "{answer:?}");
    }

    /// Waits for a line of somebody.
    async fn hear(&mut self, text: &str) {
        loop {
            let message = self.client.next().await;
            if Child::parse(&message).is_some_and(|child| child.chat_text() == Some(text)) {
                return;
            }
        }
    }
}

async fn knock(house: &House, body: Value) -> (u16, Value) {
    house.post("/api/join", body).await
}

fn zoe() -> Value {
    json!({"room": "4711", "name": "Zoe", "mail": "zoe@mail.example"})
}

async fn ticket(house: &House, body: Value) -> String {
    let (status, answer) = knock(house, body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["ws"], format!("ws://{}/guest/ws", house.http()));
    answer["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_joins_sends_media_and_talks_with_somebody_who_has_an_account() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let token = ticket(&house, zoe()).await;
    let mut page = Page::open(&house, &token).await;
    page.until("welcome", |newest| newest.contains_key("welcome")).await;
    page.wish(json!({"type": "setMicrophone", "on": true})).await;
    page.join().await;
    page.until("legs", |newest| {
        newest.get("plan").is_some_and(|plan| {
            plan["legs"]
                .as_object()
                .is_some_and(|legs| legs.values().any(|leg| leg["role"]["type"] == "publish"))
        })
    })
    .await;
    page.until("names", |newest| {
        newest
            .get("room")
            .is_some_and(|room| room["people"].as_array().is_some_and(|people| people.len() == 2))
    })
    .await;
    page.wish(json!({"type": "say", "text": "good day"})).await;
    alice.hear("good day").await;
    alice.say("welcome, Zoe").await;
    page.until("line", |newest| {
        newest.get("conversation").is_some_and(|view| view.to_string().contains("welcome, Zoe"))
    })
    .await;
    assert!(house.get("/metrics").await.contains("confab_browser_guests 1"));
    page.say(json!({"leave": true})).await;
    assert_eq!(page.gone().await["reason"], "left");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_loses_its_socket_comes_back_and_a_token_is_good_once() {
    let house = House::start().await;
    let token = ticket(&house, zoe()).await;
    let mut page = Page::open(&house, &token).await;
    page.join().await;
    let resume = page.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    drop(page);
    let mut again = Page::open(&house, &resume).await;
    again
        .until("everything", |newest| {
            newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "in")
                && newest.contains_key("plan")
        })
        .await;
    for used in [&token, &resume, &"0".repeat(64)] {
        assert_eq!(Page::open(&house, used).await.gone().await["reason"], "expired");
    }
    // A second socket of the same guest takes over from the first.
    let resume = again.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    let mut third = Page::open(&house, &resume).await;
    third.until("everything", |newest| newest.contains_key("meeting")).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_put_out_is_told_why_and_a_page_rules_nobody() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    for intent in [
        json!({"type": "endForAll"}),
        json!({"type": "remove", "participant": "p1", "reason": "", "ban": true}),
        json!({"type": "findPeople", "text": "alice"}),
        json!({"type": "signOut", "account": null}),
        json!({"type": "nonsense"}),
        json!(7),
    ] {
        page.wish(intent).await;
    }
    page.say(json!({"fact": {"type": "legUp", "value": {"leg": 99, "generation": 7}}})).await;
    page.say(json!(["garbage"])).await;
    page.wish(json!({"type": "say", "text": "still here"})).await;
    alice.hear("still here").await;
    let removed = alice.command("removeUser", json!(["p2", "rude"])).await;
    assert_eq!(code(&removed), 200, "{removed:?}");
    let gone = page.gone().await;
    assert_eq!((gone["reason"].as_str(), gone["text"].as_str()), (Some("removed"), Some("rude")));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_says_too_much_is_cut_off_and_others_are_not() {
    let house = House::start().await;
    let mut other = Page::open(&house, &ticket(&house, zoe()).await).await;
    other.join().await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.until("welcome", |newest| newest.contains_key("welcome")).await;
    let flood = async {
        // The end of the socket is the end of the flood.
        while page.socket.send(Frame::text(r#"{"intent":{"type":"unpin"}}"#)).await.is_ok() {}
    };
    timeout(Duration::from_secs(20), flood).await.expect("it is cut off");
    other.wish(json!({"type": "say", "text": "still here"})).await;
    other
        .until("own line", |newest| {
            newest.get("conversation").is_some_and(|view| view.to_string().contains("still here"))
        })
        .await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_says_who_may_not_come_in() {
    let house = House::start().await;
    let with = |name: &str, value: Value| {
        let mut body = zoe();
        body[name] = value;
        body
    };
    for (body, status, word) in [
        (with("room", json!("4712")), 404, "no-such-room"),
        (with("room", json!("../x")), 404, "no-such-room"),
        (with("name", json!("")), 400, "bad-name"),
        (with("name", json!("Alice")), 403, "name-taken"),
        (with("mail", json!("zoe")), 400, "bad-mail"),
        (with("mail", json!("a@b.example\r\nBcc: c@d.example")), 400, "bad-mail"),
        (with("code", json!("00ff")), 403, "bad-code"),
        (json!({"room": "4711"}), 400, "malformed"),
    ] {
        let (found, answer) = knock(&house, body.clone()).await;
        assert_eq!((found, answer["error"].as_str()), (status, Some(word)), "{body}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_by_mail_leads_into_a_room_where_others_wait() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    assert_eq!(code(&alice.command("setRoom", json!([{"lobby": true}])).await), 200);
    let invited = json!([[{"mail": "zoe@mail.example", "name": "Zoe"}]]);
    let answer = alice.command("invite", invited).await;
    assert_eq!(code(&answer), 200, "{answer:?}");
    let mail = loop {
        let mails: Value = serde_json::from_str(&house.get("/mail/list.json").await).unwrap();
        if let Some(mail) = mails.get(0) {
            break mail.clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(mail["to"], "zoe@mail.example");
    assert!(mail["calendar"].as_str().unwrap().contains("METHOD:REQUEST"));
    assert!(house.get("/mail").await.contains("zoe@mail.example"));
    let text = mail["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.starts_with("http")).unwrap();
    let (place, invitation) = link.split_once("#i=").unwrap();
    assert_eq!(place, format!("http://{}/j/4711", house.http()));
    let mut body = zoe();
    body["code"] = json!(invitation);
    let mut page = Page::open(&house, &ticket(&house, body).await).await;
    page.join().await;
    // Without the code one waits.
    let mut other = zoe();
    other["name"] = json!("Yann");
    other["mail"] = json!("yann@mail.example");
    let mut waiting = Page::open(&house, &ticket(&house, other).await).await;
    waiting.until("welcome", |newest| newest.contains_key("welcome")).await;
    waiting.wish(json!({"type": "join", "room": "4711"})).await;
    let waits = |newest: &BTreeMap<String, Value>| {
        newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "waiting")
    };
    waiting.until("waiting", waits).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_offers_a_file_is_told_where_to_put_it() {
    let house = House::start().await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    page.say(json!({"offer": "1/report.pdf"})).await;
    page.until("plan of files", |newest| {
        newest.get("files").is_some_and(|files| {
            let own = files["store"]["own"].as_object();
            files["store"]["access"].is_object()
                && own.is_some_and(|own| own.values().any(|file| file["path"] == "1/report.pdf"))
        })
    })
    .await;
    let access = page.newest["files"]["store"]["access"].clone();
    assert!(access["url"].as_str().unwrap().starts_with(&format!("http://{}/files/", house.http())));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_a_page_that_loads_nothing_from_elsewhere() {
    let house = House::start_with(|config: &mut Config| {
        config.public_url = Some("https://conf.example".to_owned());
    })
    .await;
    let page = house.get("/j/4711").await;
    assert!(page.contains("<!doctype html>"), "{page}");
    for part in page.split("src=\"").chain(page.split("href=\"")).skip(1) {
        assert!(!part.starts_with("http") && !part.starts_with("//"), "{part}");
    }
    assert_eq!(house.status("/j/assets/nothing.js").await, 404);
    assert_eq!(house.status("/j/a%2f..").await, 404);
    let (_, answer) = knock(&house, zoe()).await;
    assert_eq!(answer["ws"], "wss://conf.example/guest/ws");
    house.stop().await;
}
