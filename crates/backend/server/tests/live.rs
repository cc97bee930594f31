//! The backend over real sockets: signing in, both framings, and what one client cannot do to another.

mod house;

use std::time::Duration;

use confab_rethink::registry::{self, Criteria, HypertyRecord, Query, Record};
use confab_rethink::{Draft, Flavour, Kind, Message, Url};
use confab_signaling::{DownReason, Target, TransportEvent, connect};
use futures_util::{SinkExt, StreamExt};
use house::{Client, House, SM, code};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Frame;

const FLAVOURS: [Flavour; 2] = [Flavour::NodeJs, Flavour::Vertx];

#[tokio::test]
async fn both_framings_open_route_register_and_find_the_room() {
    let house = House::start().await;
    for flavour in FLAVOURS {
        let token = house.sign_in("alice").await["accessToken"].clone();
        let mut alice = Client::connect(&house, flavour, "alice").await;
        let opened = alice.open(&token).await;
        assert_eq!(code(&opened), 200);
        assert_eq!(opened.text("runtimeToken").is_some(), flavour == Flavour::Vertx);
        let hyperty = format!("hyperty://confab.local/alice-{flavour}");
        assert_eq!(code(&alice.subscribe(&[&hyperty]).await), 200);
        let record = Record::Hyperty(HypertyRecord {
            user: "user://confab.local/alice@confab.local".into(),
            url: Url::parse(&hyperty).unwrap(),
            descriptor: "hyperty-catalogue://catalogue.confab.local/.well-known/hyperty/Conference".into(),
            expires: 600,
            resources: vec!["chat".into(), "audio".into()],
            data_schemes: vec!["comm".into()],
            status: "live".into(),
            runtime: alice.runtime.clone(),
            guid: None,
            extra: Default::default(),
        });
        let registered = alice.ask(registry::register(&alice.runtime, &house.domain, &record)).await;
        assert_eq!(code(&registered), 200);
        for query in [Query::Hyperty(Url::parse(&hyperty).unwrap()), Query::Name("4711".into())] {
            let criteria = Criteria::default();
            let found = alice.ask(registry::read(&alice.runtime, &house.domain, &query, &criteria)).await;
            assert_eq!(code(&found), 200, "{query:?}");
            assert!(found.value().unwrap().to_string().contains("live"));
        }
        // What it sends to its own address comes back, as its own.
        let probe = json!({"type":"event","from":hyperty,"to":hyperty,"body":{"identity":{"userProfile":{"username":"bob"}}}});
        let echo = alice.ask_raw(probe).await;
        assert_eq!(echo.body["identity"]["userProfile"]["username"], "alice@confab.local");
    }
    house.stop().await;
}

#[tokio::test]
async fn a_client_joins_the_room_and_is_away_as_soon_as_its_connection_is_lost() {
    let house = House::start().await;
    let mut clients = Vec::new();
    for name in ["alice", "bob"] {
        let token = house.sign_in(name).await["accessToken"].clone();
        let mut client = Client::connect(&house, Flavour::NodeJs, name).await;
        assert_eq!(code(&client.open(&token).await), 200);
        clients.push(client);
    }
    let [alice, bob] = &mut clients[..] else { unreachable!() };
    let query = Query::Name("4711".into());
    let found = alice.ask(registry::read(&alice.runtime, &house.domain, &query, &Criteria::default())).await;
    let room = found.value().unwrap().as_object().unwrap().keys().next().unwrap().clone();
    for (client, name, key) in [(&mut *bob, "bob", "p1"), (&mut *alice, "alice", "p2")] {
        let hyperty = format!("hyperty://confab.local/{name}-h");
        let value = json!({"user":format!("user://confab.local/{name}@confab.local"),"url":hyperty,"descriptor":"d",
            "expires":600,"resources":["audio"],"dataSchemes":["comm"],"status":"live","runtime":client.runtime});
        let to = house.domain.registry();
        let from = client.runtime.child("/registry");
        client.ask_raw(json!({"type":"create","from":from,"to":to,"body":{"value":value}})).await;
        assert_eq!(code(&client.subscribe(&[&hyperty, &format!("{room}/changes")]).await), 200);
        let body = json!({"subscriber":hyperty,"source":hyperty,"mutual":false});
        let from = client.runtime.sm();
        let to = format!("{room}/subscription");
        let joined = client.ask_raw(json!({"type":"subscribe","from":from,"to":to,"body":body})).await;
        assert_eq!((code(&joined), joined.text("participant")), (200, Some(key)));
        assert!(joined.value().unwrap()["data"]["roster"].is_object());
    }
    bob.leave();
    loop {
        let update = alice.next().await;
        if update.text("attribute") == Some("roster.p1.away") {
            assert_eq!(update.value(), Some(&json!(true)));
            break;
        }
    }
    let metrics = house.get("/metrics").await;
    assert!(metrics.lines().any(|line| line == "confab_participants 2"), "{metrics}");
    house.stop().await;
}

#[tokio::test]
async fn without_a_valid_token_a_session_does_not_open() {
    let house = House::start().await;
    for flavour in FLAVOURS {
        let mut mallory = Client::connect(&house, flavour, "mallory").await;
        assert_eq!(code(&mallory.open(&json!("forged")).await), 401);
        assert_eq!(code(&mallory.open(&json!(null)).await), 401);
        assert_eq!(code(&mallory.subscribe(&["comm://confab.local/x/changes"]).await), 401);
    }
    house.stop().await;
}

#[tokio::test]
async fn hostile_frames_on_one_socket_never_disturb_another() {
    let house = House::start().await;
    let token = house.sign_in("alice").await["accessToken"].clone();
    let mut alice = Client::connect(&house, Flavour::NodeJs, "alice").await;
    assert_eq!(code(&alice.open(&token).await), 200);
    let own = "hyperty://confab.local/alice-h";
    assert_eq!(code(&alice.subscribe(&[own]).await), 200);

    let deep = "[".repeat(100_000);
    let huge = "x".repeat(confab_signaling::MAX_FRAME + 1);
    let long = format!(
        r#"{{"id":1,"type":"read","from":"aa","to":"bb","body":{{"value":"{}"}}}}"#,
        "y".repeat(1 << 20)
    );
    let forged = format!(r#"{{"id":1,"type":"create","from":"{own}","to":"{own}","body":{{}}}}"#);
    let event = |argument: &str| format!("42{}", json!(["message", argument]));
    let frames = [
        Frame::text(""),
        Frame::text("2probe"),
        Frame::text("42[broken"),
        Frame::text("42[\"message\",5]"),
        Frame::text("42[\"message\"]"),
        Frame::text("{\"id\":0}"),
        Frame::text("null"),
        Frame::text(deep.clone()),
        Frame::text(event(&deep)),
        Frame::text(event(&long)),
        Frame::text(long),
        Frame::text(event(&forged)),
        Frame::text(forged),
        Frame::text("zzz"),
        Frame::binary(vec![0u8, 255, 3]),
        Frame::Ping(vec![1u8; 100].into()),
        Frame::Close(None),
        Frame::text(huge),
    ];
    for path in ["/socket.io/?EIO=3&transport=websocket", "/ws"] {
        for frame in &frames {
            let (mut socket, _) =
                tokio_tungstenite::connect_async(format!("ws://{}{path}", house.http())).await.unwrap();
            // The node may end the connection at any of these.
            let _ = socket.send(frame.clone()).await;
            let _ = socket
                .send(Frame::text(event(r#"{"id":1,"type":"close","from":"aa","to":"mn:/session"}"#)))
                .await;
            let echo = alice.ask_raw(json!({"type":"event","from":own,"to":own})).await;
            assert_eq!(echo.from.as_str(), own);
        }
    }
    // Raw bytes that are no HTTP, and a connection that says nothing.
    for bytes in [&b"\0\xff\x13garbage"[..], b"GET", b""] {
        use tokio::io::AsyncWriteExt;
        let mut socket = tokio::net::TcpStream::connect(house.http()).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        alice.ask_raw(json!({"type":"event","from":own,"to":own})).await;
    }
    let metrics = house.get("/metrics").await;
    assert!(metrics.contains("confab_messages_malformed_total{reason=\"json\"}"), "{metrics}");
    house.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected_and_holds_nobody_up() {
    let house = House::start().await;
    let (slow_token, fast_token) = (house.sign_in("bob").await, house.sign_in("alice").await);
    let mut alice = Client::connect(&house, Flavour::Vertx, "alice").await;
    assert_eq!(code(&alice.open(&fast_token["accessToken"]).await), 200);
    let changes = "comm://confab.local/room/changes";

    let (mut slow, _) = tokio_tungstenite::connect_async(format!("ws://{}/ws", house.http())).await.unwrap();
    let open = json!({"id":1,"type":"open","from":"runtime://confab.local/bob","to":"mn:/session",
        "body":{"accessToken":slow_token["accessToken"]}});
    slow.send(Frame::text(open.to_string())).await.unwrap();
    let subscribe = json!({"id":2,"type":"subscribe","from":"runtime://confab.local/bob/sm","to":SM,
        "body":{"subscribe":[changes]}});
    slow.send(Frame::text(subscribe.to_string())).await.unwrap();
    for _ in 0..2 {
        while !slow.next().await.unwrap().unwrap().is_text() {}
    }
    // From here on it takes nothing. Kernel buffers hold some megabytes, the mailbox eight more.
    let text = "z".repeat(700_000);
    for _ in 0..60 {
        let update =
            json!({"type":"update","from":"comm://confab.local/room","to":changes,"body":{"value":text}});
        alice.tell(update);
        let own = "hyperty://confab.local/alice-h";
        alice.tell(json!({"type":"read","from":own,"to":"hyperty://confab.local/nobody"}));
        assert_eq!(code(&alice.next().await), 404);
    }
    let metrics = house.get("/metrics").await;
    assert!(metrics.contains("confab_connections_slow_total 1"), "{metrics}");
    house.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_401_the_sixth_429_and_others_are_not_touched() {
    let house = House::start().await;
    for user in ["alice", "nobody"] {
        for _ in 0..5 {
            let (status, body) = house.post("/api/sign-in", json!({"user":user,"password":"wrong"})).await;
            assert_eq!((status, &body["error"]), (401, &json!("wrong-password")));
        }
        let (status, body) =
            house.post("/api/sign-in", json!({"user":user,"password":house.password()})).await;
        assert_eq!((status, &body["error"]), (429, &json!("too-many-tries")));
        assert!((1..=60).contains(&body["retryAfter"].as_u64().unwrap()));
    }
    house.sign_in("bob").await;
    for body in [json!({}), json!({"user":5,"password":"x"}), json!([]), json!("x")] {
        assert_eq!(house.post("/api/sign-in", body).await.0, 400);
    }
    house.stop().await;
}

#[tokio::test]
async fn the_answer_to_a_sign_in_says_where_and_as_whom() {
    let house = House::start().await;
    for user in ["alice", "Alice", "alice@confab.local"] {
        let signed = house.sign_in(user).await;
        assert_eq!(signed["user"], "user://confab.local/alice@confab.local");
        assert_eq!((&signed["name"], &signed["domain"]), (&json!("Alice"), &json!("confab.local")));
        assert!(signed["expiresIn"].as_u64().unwrap() <= 600);
        let node = json!({"flavour":"nodejs","url":format!("ws://{}/socket.io/", house.http())});
        assert_eq!(signed["messageNode"], node);
    }
    house.stop().await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_sign_out_ends_the_session() {
    let house = House::start().await;
    let first = house.sign_in("alice").await;
    let (status, second) = house.post("/api/sign-in", json!({"refresh":first["refresh"]})).await;
    assert_eq!((status, &second["user"]), (200, &first["user"]));
    assert_ne!(second["refresh"], first["refresh"]);
    let (status, body) = house.post("/api/sign-in", json!({"refresh":first["refresh"]})).await;
    assert_eq!((status, &body["error"]), (401, &json!("expired")));

    let mut alice = Client::connect(&house, Flavour::NodeJs, "alice").await;
    assert_eq!(code(&alice.open(&second["accessToken"]).await), 200);
    let mut bob = Client::connect(&house, Flavour::NodeJs, "bob").await;
    assert_eq!(code(&bob.open(&house.sign_in("bob").await["accessToken"]).await), 200);
    assert_eq!(house.post("/api/sign-out", json!({"refresh":second["refresh"]})).await.0, 204);
    assert!(matches!(alice.down().await, DownReason::Closed { .. }));
    assert_eq!(house.post("/api/sign-in", json!({"refresh":second["refresh"]})).await.0, 401);
    let mut again = Client::connect(&house, Flavour::NodeJs, "alice").await;
    assert_eq!(code(&again.open(&second["accessToken"]).await), 401);
    assert_eq!(code(&bob.subscribe(&["comm://confab.local/x/changes"]).await), 200);
    house.stop().await;
}

#[tokio::test]
async fn a_vertx_session_is_resumed_after_the_connection_was_lost() {
    let house = House::start().await;
    let token = house.sign_in("alice").await["accessToken"].clone();
    let mut alice = Client::connect(&house, Flavour::Vertx, "alice").await;
    let opened = alice.open(&token).await;
    let secret = opened.text("runtimeToken").unwrap().to_owned();
    let own = "hyperty://confab.local/alice-h";
    assert_eq!(code(&alice.subscribe(&[own]).await), 200);
    drop(alice);
    let mut back = Client::connect(&house, Flavour::Vertx, "alice").await;
    let from = format!("{}/{secret}", back.runtime);
    assert_eq!(code(&back.ask_raw(json!({"type":"re-open","from":from,"to":"mn:/session"})).await), 200);
    let echo = back.ask_raw(json!({"type":"event","from":own,"to":own})).await;
    assert_eq!(echo.to.as_str(), own);
    house.stop().await;
}

#[tokio::test]
async fn an_open_backend_asks_nobody_for_a_token() {
    let house = House::start_with(|config| config.open = true).await;
    let mut anybody = Client::connect(&house, Flavour::NodeJs, "anybody").await;
    assert_eq!(code(&anybody.open(&json!(null)).await), 200);
    house.stop().await;
}

#[tokio::test]
async fn the_small_pages_are_served() {
    let house = House::start().await;
    let live: serde_json::Value = serde_json::from_str(&house.get("/live").await).unwrap();
    assert_eq!((&live["status"], &live["domain"]), (&json!("up"), &json!("confab.local")));
    assert_eq!(live["domainRegistry"], "domain://registry.confab.local");
    assert!(live["time"].as_str().unwrap().ends_with('Z') && live["connected"] == 0);
    let descriptor: serde_json::Value =
        serde_json::from_str(&house.get("/.well-known/protocolstub/default").await).unwrap();
    assert_eq!(descriptor["configuration"]["url"], format!("ws://{}/socket.io/", house.http()));
    assert!(house.get("/").await.contains("confab.local"));
    let metrics = house.get("/metrics").await;
    for line in ["confab_rooms 1", "confab_participants 0", "confab_connections 0", "confab_legs 0"] {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }
    let polling = house.status("/socket.io/?EIO=4&transport=polling").await;
    assert_eq!((polling, house.status("/logs").await), (400, 404));
    house.stop().await;
}

#[tokio::test]
async fn registrations_and_passwords_survive_a_restart() {
    let house = House::start().await;
    let token = house.sign_in("alice").await["accessToken"].clone();
    let mut alice = Client::connect(&house, Flavour::NodeJs, "alice").await;
    alice.open(&token).await;
    let value = json!({"user":"user://confab.local/alice@confab.local","url":"hyperty://confab.local/kept",
        "descriptor":"d","expires":600,"resources":["chat"],"dataSchemes":["comm"],"status":"live",
        "runtime":alice.runtime.as_str()});
    let to = house.domain.registry();
    let from = alice.runtime.child("/registry");
    assert_eq!(
        code(&alice.ask_raw(json!({"type":"create","from":from,"to":to,"body":{"value":value}})).await),
        200
    );
    let house = house.restart().await;
    assert!(matches!(alice.down().await, DownReason::Closed { .. }));
    let token = house.sign_in("bob").await["accessToken"].clone();
    let mut bob = Client::connect(&house, Flavour::NodeJs, "bob").await;
    bob.open(&token).await;
    let read = json!({"type":"read","from":bob.runtime.child("/registry"),"to":to,"body":{"resource":"hyperty://confab.local/kept"}});
    assert_eq!(code(&bob.ask_raw(read).await), 408);
    house.stop().await;
}

#[tokio::test]
async fn shutting_down_tells_observers_of_a_room_before_it_closes_their_connection() {
    let house = House::start().await;
    let token = house.sign_in("alice").await["accessToken"].clone();
    let mut alice = Client::connect(&house, Flavour::NodeJs, "alice").await;
    alice.open(&token).await;
    let query = Query::Name("4711".into());
    let found = alice.ask(registry::read(&alice.runtime, &house.domain, &query, &Criteria::default())).await;
    let room = found.value().unwrap().as_object().unwrap().keys().next().unwrap().clone();
    let hyperty = format!("hyperty://{}/alice-h", house.domain);
    assert_eq!(code(&alice.subscribe(&[&hyperty, &format!("{room}/changes")]).await), 200);
    let room = Url::parse(&room).unwrap();
    let join = Draft::new(Kind::Subscribe, alice.runtime.sm(), room.subscription());
    let joined = alice.ask(join.with("subscriber", hyperty.as_str()).with("source", hyperty.as_str())).await;
    assert_eq!(code(&joined), 200, "who is not in a room does not hear it");
    let begun = std::time::Instant::now();
    house.stop().await;
    // Far beyond what it takes, so that a busy machine does not matter; far below what a hanging one would take.
    assert!(begun.elapsed() < Duration::from_secs(15));
    let mut heard: Vec<Message> = Vec::new();
    let reason = loop {
        match alice.event().await {
            TransportEvent::Message(message) => heard.push(message),
            TransportEvent::Down(reason) => break reason,
            _ => {}
        }
    };
    let attributes: Vec<_> = heard.iter().filter_map(|message| message.text("attribute")).collect();
    assert!(attributes.ends_with(&["status", "closedBecause"]), "{attributes:?}");
    assert!(heard.iter().any(|message| message.kind.as_str() == "delete"), "{heard:?}");
    assert!(matches!(reason, DownReason::Closed { .. }), "{reason:?}");
    // The port is free again.
    let mut late = connect(Target::new(Flavour::NodeJs, format!("ws://{}", alice.node)));
    assert!(matches!(late.next().await, Some(TransportEvent::Down(DownReason::Unreachable(_)))));
}
