//! Numbers 1 to 8 and 18: frames, envelopes, sessions, registrations.

use std::time::Duration;

use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::session::Cause;
use confab_rethink::socketio::{self, Frame};
use confab_rethink::{
    Address, Code, Domain, Draft, Flavour, Identity, Kind, Message, Session, SessionConfig, SessionEvent, Url,
};
use confab_types::{Chance, Mono};
use serde_json::{Value, json};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn session(flavour: Flavour) -> Session {
    let config =
        SessionConfig::new(flavour, Domain::parse("csp.test").unwrap(), url("runtime://csp.test/r1"));
    Session::new(config, Chance::from_number(1))
}

/// Answers everything with 200; returns what was asked.
fn answer_all(session: &mut Session, now: Mono) -> Vec<Message> {
    let mut asked = Vec::new();
    while let Some(message) = session.poll_transmit() {
        if !message.is_response() {
            session.receive(now, message.response(200));
        }
        asked.push(message);
    }
    asked
}

fn live(flavour: Flavour) -> Session {
    let mut session = session(flavour);
    session.transport_up(Mono::ZERO);
    answer_all(&mut session, Mono::ZERO);
    events(&mut session);
    session
}

fn events(session: &mut Session) -> Vec<SessionEvent> {
    std::iter::from_fn(|| session.poll_event()).collect()
}

fn read() -> Draft {
    Draft::new(Kind::Read, url("hyperty://csp.test/z"), url("comm://csp.test/o"))
}

fn record() -> HypertyRecord {
    HypertyRecord {
        user: "user://idp.test/zoe@mail.test".into(),
        url: url("hyperty://csp.test/z"),
        descriptor: "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Confab".into(),
        expires: 220,
        resources: vec!["chat".into(), "audio".into()],
        data_schemes: vec!["comm".into()],
        status: "live".into(),
        runtime: url("runtime://csp.test/r1"),
        guid: None,
        extra: Default::default(),
    }
}

/// The pinging itself, `41` and close codes are of the transport: `engine/signaling/tests/loopback.rs`.
#[test]
fn no_01_frames_of_engine_io_3_are_spoken() {
    let open = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":60000}"#;
    let Ok(Frame::Open { ping_interval, ping_timeout, .. }) = Frame::parse(open) else { panic!("no open") };
    assert_eq!((ping_interval, ping_timeout), (Duration::from_secs(25), Duration::from_secs(60)));
    assert_eq!(socketio::ping(""), "2");
    assert!(matches!(Frame::parse("40"), Ok(Frame::Connect)));
    assert!(matches!(Frame::parse("41"), Ok(Frame::Disconnect)));
    let message = read().with_id(confab_rethink::MessageIds::default().next_id());
    let text = socketio::client_message(&message);
    assert!(text.starts_with(r#"42["message","{"#), "the argument is a text: {text}");
    // Nodes send an object; both are read.
    let object = format!(r#"42["message",{}]"#, message.to_json());
    for text in [text, object] {
        assert!(matches!(Frame::parse(&text), Ok(Frame::Message(read)) if read == message), "{text}");
    }
}

#[test]
fn no_02_what_is_sent_always_has_a_number_a_receiver_and_an_object_for_a_body() {
    let mut session = live(Flavour::NodeJs);
    session.request(Mono::ZERO, read(), None).unwrap();
    session.send(Draft::new(Kind::Event, url("hyperty://csp.test/z"), url("comm://csp.test/o"))).unwrap();
    for message in std::iter::from_fn(|| session.poll_transmit()) {
        let value = message.to_value();
        assert!(value["id"].as_u64().is_some_and(|id| id > 0), "{value}");
        assert!(!value["to"].as_str().unwrap().is_empty() && value["body"].is_object(), "{value}");
    }
    assert!(Address::parse("").is_err());
    for id in [json!(0), json!(-1), json!(1.5), json!("x"), Value::Null] {
        let text = json!({"id": id, "type": "read", "from": "a://bc", "to": "d://ef", "body": {}});
        assert!(Message::parse_value(text).is_err());
    }
}

#[test]
fn no_03_answers_match_on_receiver_and_number_and_silence_is_reported_after_15_seconds() {
    let mut session = live(Flavour::NodeJs);
    let request = session.request(Mono::ZERO, read(), None).unwrap();
    let asked = session.poll_transmit().unwrap();
    let mut ringing = asked.response(183);
    ringing.from = Address::parse("PEP").unwrap();
    session.receive(Mono::ZERO, ringing.clone());
    session.receive(Mono::ZERO, ringing);
    let replies = events(&mut session);
    assert_eq!(replies.len(), 2, "answers below 200 keep the question open, whoever sends them");
    let mut elsewhere = asked.response(200);
    elsewhere.to = Address::parse("hyperty://csp.test/other").unwrap();
    session.receive(Mono::ZERO, elsewhere);
    assert_eq!(events(&mut session), []);
    session.receive(Mono::ZERO, asked.response(200));
    session.receive(Mono::ZERO, asked.response(200));
    assert_eq!(events(&mut session).len(), 1, "the last answer ends it");

    let silent = session.request(Mono::ZERO, read(), None).unwrap();
    assert_ne!(silent, request);
    assert_eq!(session.deadline(), Some(Mono::ZERO + Duration::from_secs(15)));
    session.wake(Mono::ZERO + Duration::from_secs(15));
    let [SessionEvent::Reply { request, message, cause: Cause::TimedOut }] = &events(&mut session)[..] else {
        panic!("no time-out")
    };
    assert_eq!((request, message.code()), (&silent, Some(Code::TIMEOUT)));
}

#[test]
fn no_04_codes_are_numbers_or_words_and_reasons_anything() {
    for (body, code, failed) in [
        (json!({"code": 200, "unknown": [1]}), Some(Code::OK), false),
        (json!({"code": "error", "desc": {}}), Some(Code::Text("error".into())), true),
        (json!({"code": "404", "description": "gone"}), Some(Code::NOT_FOUND), true),
        (json!({"code": 500, "desc": ["a"], "x": null}), Some(Code::SERVER_ERROR), true),
        (json!({"desc": 7}), None, false),
    ] {
        let value = json!({"id": "7", "type": "response", "from": "a", "to": "b", "body": body, "more": 1});
        let message = Message::parse_value(value).unwrap();
        assert_eq!(message.code(), code, "{body}");
        assert_eq!(message.code().is_some_and(|code| code.is_failure()), failed, "{body}");
    }
}

#[test]
fn no_05_routes_are_set_with_subscribe_alone_and_removed_with_both_words() {
    let mut session = live(Flavour::NodeJs);
    let (zoe, room) = (url("hyperty://csp.test/z"), url("comm://csp.test/o").changes());
    session.route(Mono::ZERO, std::slice::from_ref(&room), &zoe).unwrap();
    let set = session.poll_transmit().unwrap();
    assert_eq!(set.body.keys().collect::<Vec<_>>(), ["source", "subscribe"]);
    assert_eq!(set.to, Domain::parse("csp.test").unwrap().subscription_manager());
    session.unroute(std::slice::from_ref(&room));
    let removed = session.poll_transmit().unwrap();
    assert_eq!(removed.kind, Kind::Unsubscribe);
    assert_eq!(removed.body["unsubscribe"], removed.body["subscribe"]);
}

/// Reading observed objects again is their owners' part: no. 11.
#[test]
fn no_06_after_every_connection_the_session_is_opened_routes_replayed_and_registrations_made_live() {
    for flavour in [Flavour::NodeJs, Flavour::Vertx, Flavour::Matrix] {
        let mut session = session(flavour);
        let (zoe, room) = (url("hyperty://csp.test/z"), url("comm://csp.test/o").changes());
        session.route(Mono::ZERO, &[zoe.clone(), room.clone()], &zoe).unwrap();
        session.register(Mono::ZERO, Record::Hyperty(record())).unwrap();
        for round in 0..3 {
            session.transport_up(Mono::ZERO);
            if let (Flavour::Vertx, 0) = (flavour, round) {
                let open = session.poll_transmit().unwrap();
                session.receive(Mono::ZERO, open.response(200).with("runtimeToken", "t0"));
            }
            let asked = answer_all(&mut session, Mono::ZERO);
            let opening = match (flavour, round) {
                (Flavour::NodeJs, _) => Some(Kind::Open),
                (Flavour::Vertx, 1..) => Some(Kind::ReOpen),
                _ => None,
            };
            let mut rest = asked.iter();
            if let Some(kind) = opening {
                assert_eq!(rest.next().unwrap().kind, kind);
            }
            let routes = rest.next().unwrap();
            let mut routed: Vec<_> = routes.body["subscribe"].as_array().unwrap().iter().collect();
            routed.sort_by_key(|url| url.to_string());
            assert_eq!(routed, [room.as_str(), zoe.as_str()], "{flavour} {round}");
            let registered = rest.next().unwrap();
            assert_eq!(registered.body["value"]["status"], "live", "{flavour} {round}");
            session.transport_down(Mono::ZERO);
        }
    }
    let mut forgotten = session(Flavour::Vertx);
    forgotten.transport_up(Mono::ZERO);
    let open = forgotten.poll_transmit().unwrap();
    forgotten.receive(Mono::ZERO, open.response(200).with("runtimeToken", "t0"));
    forgotten.transport_down(Mono::ZERO);
    forgotten.transport_up(Mono::ZERO);
    let again = forgotten.poll_transmit().unwrap();
    forgotten.receive(Mono::ZERO, again.error(500, "unknown"));
    assert_eq!(forgotten.poll_transmit().unwrap().kind, Kind::Open, "a node that forgot us is asked plainly");
}

#[test]
fn no_07_an_identity_always_has_a_user_name_or_is_left_out() {
    for identity in [Identity::new("zoe@mail.test"), Identity::guest("4f", "Visitor", None)] {
        assert!(identity.to_value()["userProfile"]["username"].is_string());
    }
    let draft = read().with_some("identity", None::<Value>);
    assert!(!draft.body.contains_key("identity"), "absent, not null");
}

#[test]
fn no_08_registrations_are_complete_kept_alive_in_time_and_end_disconnected() {
    let mut session = live(Flavour::NodeJs);
    session.register(Mono::ZERO, Record::Hyperty(record())).unwrap();
    let route = session.poll_transmit().unwrap();
    session.receive(Mono::ZERO, route.response(200));
    let asked = session.poll_transmit().unwrap();
    for field in ["user", "url", "descriptor", "expires", "resources", "dataSchemes", "status", "runtime"] {
        assert!(!asked.body["value"][field].is_null(), "{field}");
    }
    session.receive(Mono::ZERO, asked.response(200));
    let due = session.deadline().unwrap();
    assert!(due <= Mono::ZERO + Duration::from_secs(100), "220 s / 2.2");
    session.wake(due);
    let alive = session.poll_transmit().unwrap();
    assert_eq!((&alive.kind, alive.text("resource")), (&Kind::Update, Some("hyperty://csp.test/z")));
    session.receive(due, alive.response(200));
    session.shutdown(due);
    let gone = session.poll_transmit().unwrap();
    assert_eq!(gone.body["value"], json!({"status": "disconnected"}));
}

#[test]
fn no_18_mutual_authentication_is_declined_and_nothing_waits_for_it() {
    let mut session = live(Flavour::NodeJs);
    let hello = json!({"id": 5, "type": "handshake", "from": "hyperty://csp.test/b", "to": "hyperty://csp.test/z",
                       "body": {"handshakePhase": "senderHello", "value": "x"}});
    session.receive(Mono::ZERO, Message::parse_value(hello).unwrap());
    assert_eq!(session.poll_transmit().unwrap().code(), Some(Code::NOT_IMPLEMENTED));
    assert_eq!(events(&mut session), []);
    assert!(session.is_live());
}
