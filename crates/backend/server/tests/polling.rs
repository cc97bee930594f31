//! Socket.IO 1.x clients as they begin: by requests, and on to a socket.

mod house;

use std::net::SocketAddr;

use confab_rethink::Flavour;
use futures_util::{SinkExt, StreamExt};
use house::{Client, House, code, get};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

const PATH: &str = "/socket.io/?EIO=3&transport=polling&b64=1";
const OWN: &str = "hyperty://confab.local/alice-h";

/// A client that talks by requests.
struct Requests {
    http: SocketAddr,
    sid: String,
}

impl Requests {
    async fn begin(http: SocketAddr) -> Requests {
        let (status, body) = get(http, PATH).await;
        assert_eq!(status, 200);
        let packet = packets(&body).remove(0);
        let open: Value = serde_json::from_str(packet.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(open["upgrades"], json!(["websocket"]));
        Requests { http, sid: open["sid"].as_str().unwrap().to_owned() }
    }

    async fn take(&self) -> Vec<String> {
        let (status, body) = get(self.http, &format!("{PATH}&sid={}", self.sid)).await;
        assert_eq!(status, 200, "{body}");
        packets(&body)
    }

    async fn send(&self, packet: &str) -> u16 {
        post(
            self.http,
            &format!("{PATH}&sid={}", self.sid),
            format!("{}:{packet}", packet.encode_utf16().count()),
        )
        .await
    }

    async fn say(&self, message: Value) {
        assert_eq!(self.send(&event(&message)).await, 200);
    }
}

fn event(message: &Value) -> String {
    format!("42{}", json!(["message", message.to_string()]))
}

async fn post(http: SocketAddr, path: &str, body: String) -> u16 {
    let url = format!("http://{http}{path}");
    let post = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.post(&url).content_type("text/plain;charset=UTF-8").send(body).unwrap().status().as_u16()
    };
    tokio::task::spawn_blocking(post).await.unwrap()
}

/// The packets of an answer, which is ASCII.
fn packets(body: &str) -> Vec<String> {
    let (mut rest, mut packets) = (body, Vec::new());
    while let Some((length, after)) = rest.split_once(':') {
        let (packet, next) = after.split_at(length.parse().unwrap());
        packets.push(packet.to_owned());
        rest = next;
    }
    packets
}

fn message(packet: &str) -> Value {
    serde_json::from_str::<Value>(packet.strip_prefix("42").unwrap()).unwrap()[1].clone()
}

async fn opened(house: &House) -> Requests {
    let token = house.sign_in("alice").await["accessToken"].clone();
    let alice = Requests::begin(house.http()).await;
    alice
        .say(json!({"id":1,"type":"open","from":"runtime://confab.local/alice","to":"mn:/session","body":{"accessToken":token}}))
        .await;
    let mut heard = alice.take().await;
    if heard.len() == 1 {
        heard.extend(alice.take().await);
    }
    assert_eq!(heard[0], "40");
    assert_eq!(message(&heard[1])["body"]["code"], 200);
    alice
}

#[tokio::test]
async fn a_client_that_has_no_socket_talks_by_requests() {
    let house = House::start().await;
    let alice = opened(&house).await;
    alice.say(json!({"id":2,"type":"event","from":OWN,"to":OWN,"body":{"value":"Zoë 😀"}})).await;
    let body = json!({"subscribe":[OWN]});
    alice.say(json!({"id":3,"type":"subscribe","from":"runtime://confab.local/alice/sm","to":house::SM,"body":body})).await;
    assert_eq!(message(&alice.take().await[0])["id"], 3, "nobody received the event");
    alice.say(json!({"id":4,"type":"event","from":OWN,"to":OWN,"body":{"value":"Zoë 😀"}})).await;
    assert_eq!(message(&alice.take().await[0])["body"]["value"], "Zoë 😀");
    assert_eq!(alice.send("2").await, 200);
    assert_eq!(alice.take().await, ["3"]);
    house.stop().await;
}

#[tokio::test]
async fn a_client_goes_on_by_a_socket_and_loses_nothing() {
    let house = House::start().await;
    let alice = opened(&house).await;
    let url = format!("ws://{}/socket.io/?EIO=3&transport=websocket&sid={}", house.http(), alice.sid);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let waiting = {
        let (http, sid) = (alice.http, alice.sid.clone());
        tokio::spawn(async move { Requests { http, sid }.take().await })
    };
    socket.send(Frame::text("2probe")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Frame::text("3probe"));
    assert_eq!(waiting.await.unwrap(), ["6"], "the waiting request returns");
    socket.send(Frame::text("5")).await.unwrap();
    let body = json!({"subscribe":[OWN]});
    let routed = json!({"id":2,"type":"subscribe","from":"runtime://confab.local/alice/sm","to":house::SM,"body":body});
    socket.send(Frame::text(event(&routed))).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(message(answer.as_str())["body"]["code"], 200, "the session is the same");
    let metrics = house.get("/metrics").await;
    assert!(
        metrics.contains("confab_connections 1\n") && metrics.contains("confab_sessions 2\n"),
        "{metrics}"
    );
    let (status, _) = get(house.http(), &format!("{PATH}&sid={}", alice.sid)).await;
    assert_eq!(status, 400, "requests are over");
    drop(socket);
    house.stop().await;
}

#[tokio::test]
async fn what_is_no_connection_or_no_packet_is_refused_and_disturbs_nobody() {
    let house = House::start().await;
    let alice = opened(&house).await;
    assert_eq!(
        house.get("/socket.io/?EIO=3&transport=foo").await,
        r#"{"code":0,"message":"Transport unknown"}"#
    );
    let unknown = house.get("/socket.io/?EIO=3&transport=polling&sid=nosuch").await;
    assert_eq!(unknown, r#"{"code":1,"message":"Session ID unknown"}"#);
    for body in ["", "x", "5:42", "1:é2", &"9".repeat(100)] {
        let status = post(house.http(), &format!("{PATH}&sid={}", alice.sid), body.to_owned()).await;
        assert_eq!(status, 400, "{body}");
    }
    let bad = Requests::begin(house.http()).await;
    assert_eq!(bad.send("zzz").await, 200);
    let mut bob = Client::connect(&house, Flavour::NodeJs, "bob").await;
    assert_eq!(code(&bob.open(&house.sign_in("bob").await["accessToken"]).await), 200);
    assert_eq!(alice.send("2").await, 200);
    assert_eq!(alice.take().await, ["3"], "the first client goes on");
    house.stop().await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_the_answers() {
    let house = House::start().await;
    let url = format!("http://{}{PATH}", house.http());
    let answer = tokio::task::spawn_blocking(move || {
        ureq::get(&url).header("origin", "https://app.test").call().unwrap()
    });
    let answer = answer.await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.test");
    house.stop().await;
}
