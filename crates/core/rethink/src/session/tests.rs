mod routing;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::message::body;
use crate::registry::{HypertyRecord, Record};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn session(flavour: Flavour) -> Session {
    let config =
        SessionConfig::new(flavour, Domain::parse("csp.test").unwrap(), url("runtime://csp.test/r1"));
    Session::new(SessionConfig { access_token: Some("t0ken".into()), ..config }, Chance::from_number(1))
}

fn hyperty() -> Record {
    Record::Hyperty(HypertyRecord {
        user: "user://idp.test/zoe".into(),
        url: url("hyperty://csp.test/z"),
        descriptor: "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Conference".into(),
        expires: 220,
        resources: vec!["audio".into()],
        data_schemes: vec!["comm".into()],
        status: "live".into(),
        runtime: url("runtime://csp.test/r1"),
        guid: None,
        extra: Default::default(),
    })
}

fn read() -> Draft {
    Draft::new(Kind::Read, url("hyperty://csp.test/z"), url("comm://csp.test/o"))
}

fn sent(session: &mut Session) -> Vec<Message> {
    std::iter::from_fn(|| session.poll_transmit()).collect()
}

fn events(session: &mut Session) -> Vec<SessionEvent> {
    std::iter::from_fn(|| session.poll_event()).collect()
}

/// Answers everything with 200 until nothing more is asked; returns what was asked.
fn answer_all(session: &mut Session, now: Mono) -> Vec<Message> {
    let mut asked = Vec::new();
    loop {
        let batch = sent(session);
        if batch.is_empty() {
            return asked;
        }
        for message in batch {
            if !message.is_response() {
                session.receive(now, message.response(200));
            }
            asked.push(message);
        }
    }
}

fn live(flavour: Flavour) -> Session {
    let mut session = session(flavour);
    session.transport_up(Mono::ZERO);
    answer_all(&mut session, Mono::ZERO);
    assert!(session.is_live());
    events(&mut session);
    session
}

#[test]
fn opening_names_the_runtime_and_carries_the_token() {
    let mut session = session(Flavour::NodeJs);
    session.transport_up(Mono::ZERO);
    let open = session.poll_transmit().unwrap();
    let expected = json!({"id": 1, "type": "open", "from": "runtime://csp.test/r1", "to": "mn:/session",
                          "body": {"accessToken": "t0ken"}});
    assert_eq!(open.to_value(), expected);
    assert_eq!(session.request(Mono::ZERO, read(), None), Err(SendError::NotLive));
    session.receive(Mono::ZERO, open.response(200));
    assert_eq!(events(&mut session), [SessionEvent::Live { resumed: false }]);
}

#[test]
fn a_refused_or_silent_open_is_reported() {
    for (answer, code) in [(Some(403), Code::FORBIDDEN), (None, Code::TIMEOUT)] {
        let mut session = session(Flavour::NodeJs);
        session.transport_up(Mono::ZERO);
        let open = session.poll_transmit().unwrap();
        match answer {
            Some(code) => session.receive(Mono::ZERO, open.response(code)),
            None => session.wake(session.deadline().unwrap()),
        }
        assert_eq!(events(&mut session), [SessionEvent::Refused { code }]);
        assert_eq!(session.deadline(), None);
    }
}

#[test]
fn a_vertx_session_is_resumed_and_opened_anew_when_the_node_forgot_it() {
    let mut session = session(Flavour::Vertx);
    session.transport_up(Mono::ZERO);
    let open = session.poll_transmit().unwrap();
    session.receive(Mono::ZERO, open.response(200).with("runtimeToken", "5b0e"));
    events(&mut session);

    session.transport_down(Mono::ZERO);
    session.transport_up(Mono::ZERO);
    let again = session.poll_transmit().unwrap();
    assert_eq!((&again.kind, again.from.as_str()), (&Kind::ReOpen, "runtime://csp.test/r1/5b0e"));
    session.receive(Mono::ZERO, again.response(200));
    assert_eq!(events(&mut session), [SessionEvent::Lost, SessionEvent::Live { resumed: true }]);

    session.transport_down(Mono::ZERO);
    session.transport_up(Mono::ZERO);
    let again = session.poll_transmit().unwrap();
    session.receive(Mono::ZERO, again.error(500, "incorrect runtime token"));
    let open = session.poll_transmit().unwrap();
    assert_eq!((&open.kind, open.from.as_str()), (&Kind::Open, "runtime://csp.test/r1"));
    session.receive(Mono::ZERO, open.response(200));
    assert_eq!(events(&mut session), [SessionEvent::Lost, SessionEvent::Live { resumed: false }]);
}

#[test]
fn a_matrix_session_is_live_without_open() {
    let mut session = session(Flavour::Matrix);
    session.transport_up(Mono::ZERO);
    assert_eq!(sent(&mut session), []);
    assert!(session.is_live());
}

#[test]
fn answers_match_on_receiver_and_number_and_provisional_ones_keep_the_request_open() {
    let mut session = live(Flavour::NodeJs);
    let request = session.request(Mono::ZERO, read(), None).unwrap();
    let asked = session.poll_transmit().unwrap();
    let answer = |code: u16| Message { from: Address::parse("PEP").unwrap(), ..asked.response(code) };
    let stray = Message { to: Address::session(), ..asked.response(200) };
    for message in [stray, answer(100), answer(183), answer(200), answer(200)] {
        session.receive(Mono::ZERO, message);
    }
    let codes: Vec<_> = events(&mut session)
        .into_iter()
        .map(|event| match event {
            SessionEvent::Reply { request: of, message, cause: Cause::Answered } if of == request => {
                message.code().unwrap().number().unwrap()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(codes, [100, 183, 200]);
}

#[test]
fn a_child_is_acknowledged_by_its_first_answer() {
    let mut session = live(Flavour::NodeJs);
    session.request_ack(Mono::ZERO, read(), Some(Duration::from_secs(3))).unwrap();
    let asked = session.poll_transmit().unwrap();
    session.receive(Mono::ZERO, asked.response(100));
    session.receive(Mono::ZERO, asked.response(100));
    assert_eq!(events(&mut session).len(), 1);
    assert_eq!(session.deadline(), None);
}

#[test]
fn silence_becomes_408_and_a_lost_connection_503() {
    let mut session = live(Flavour::NodeJs);
    let first = session.request(Mono::ZERO, read(), None).unwrap();
    assert_eq!(session.deadline(), Some(Mono::from_millis(15_000)));
    session.wake(Mono::from_millis(14_999));
    assert_eq!(events(&mut session), []);
    session.wake(Mono::from_millis(15_000));
    let second = session.request(Mono::from_millis(15_000), read(), None).unwrap();
    session.transport_down(Mono::from_millis(16_000));
    let ends: Vec<_> = events(&mut session)
        .into_iter()
        .filter_map(|event| match event {
            SessionEvent::Reply { request, message, cause } => {
                Some((request, message.code().unwrap(), cause))
            }
            _ => None,
        })
        .collect();
    let expected =
        [(first, Code::TIMEOUT, Cause::TimedOut), (second, Code::UNAVAILABLE, Cause::Disconnected)];
    assert_eq!(ends, expected);
}

#[test]
fn somebody_who_says_wait_is_waited_for_longer() {
    let mut session = live(Flavour::NodeJs);
    session.request(Mono::ZERO, read(), None).unwrap();
    let asked = session.poll_transmit().unwrap();
    session.receive(Mono::from_millis(1_000), asked.response(100));
    assert_eq!(session.deadline(), Some(Mono::from_millis(181_000)));
    session.receive(Mono::from_millis(170_000), asked.response(100));
    assert_eq!(session.deadline(), Some(Mono::from_millis(350_000)));
}

#[test]
fn a_handshake_is_declined_and_other_messages_are_handed_on() {
    let mut session = live(Flavour::NodeJs);
    let shake = Message { kind: Kind::Handshake, ..read().with_id(MessageId::new(9).unwrap()) };
    session.receive(Mono::ZERO, shake.clone());
    assert_eq!(session.poll_transmit().unwrap().code(), Some(Code::NOT_IMPLEMENTED));
    let other = read().with_id(MessageId::new(10).unwrap());
    session.receive(Mono::ZERO, other.clone());
    assert_eq!(events(&mut session), [SessionEvent::Incoming(other)]);
}

#[test]
fn a_registration_is_kept_alive_and_made_again_when_the_registry_lost_it() {
    let mut session = live(Flavour::NodeJs);
    session.register(Mono::ZERO, hyperty()).unwrap();
    let asked = answer_all(&mut session, Mono::ZERO);
    let kinds: Vec<_> = asked.iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(kinds, ["subscribe", "create"]);
    assert_eq!(events(&mut session), [SessionEvent::Registered { url: url("hyperty://csp.test/z") }]);

    let due = session.deadline().unwrap();
    assert_eq!(due.as_millis(), 100_000, "220 s / 2.2");
    session.wake(due);
    let alive = session.poll_transmit().unwrap();
    assert_eq!(alive.body, body(json!({"resource": "hyperty://csp.test/z"})));
    session.receive(due, alive.error(404, "Not Found"));
    assert_eq!(session.poll_transmit().unwrap().kind, Kind::Create);
}

#[test]
fn a_failed_registration_is_tried_again_later_and_later() {
    let mut session = live(Flavour::NodeJs);
    session.register(Mono::ZERO, hyperty()).unwrap();
    let mut now = Mono::ZERO;
    let mut pauses = Vec::new();
    for _ in 0..9 {
        for message in sent(&mut session) {
            let code = if message.kind == Kind::Create { 504 } else { 200 };
            session.receive(now, message.response(code));
        }
        let due = session.deadline().unwrap();
        pauses.push(due.since(now).as_secs());
        now = due;
        session.wake(now);
    }
    assert!(pauses[0] >= 5 && pauses[0] < 7, "{pauses:?}");
    assert!(pauses.iter().all(|&pause| pause <= 375), "{pauses:?}");
    assert!(pauses[8] >= 300, "{pauses:?}");
}

#[test]
fn shutting_down_disconnects_registrations_before_the_session_closes() {
    let mut session = live(Flavour::NodeJs);
    session.register(Mono::ZERO, hyperty()).unwrap();
    answer_all(&mut session, Mono::ZERO);
    events(&mut session);
    session.shutdown(Mono::ZERO);
    let gone = session.poll_transmit().unwrap();
    assert_eq!(
        gone.body,
        body(json!({"resource": "hyperty://csp.test/z", "value": {"status": "disconnected"}}))
    );
    assert_eq!(session.poll_transmit(), None, "close waits for the registry");
    session.receive(Mono::ZERO, gone.response(200));
    assert_eq!(session.poll_transmit().unwrap().kind, Kind::Close);
    assert_eq!(events(&mut session), [SessionEvent::Closed]);
    assert_eq!(session.deadline(), None);
}

#[test]
fn shutting_down_does_not_wait_for_a_silent_registry() {
    let mut session = live(Flavour::NodeJs);
    session.register(Mono::ZERO, hyperty()).unwrap();
    answer_all(&mut session, Mono::ZERO);
    session.shutdown(Mono::ZERO);
    sent(&mut session);
    session.wake(Mono::from_millis(2_000));
    assert_eq!(session.poll_transmit().unwrap().kind, Kind::Close);
}

#[test]
fn requests_are_bounded() {
    let mut session = live(Flavour::NodeJs);
    for _ in 0..Session::MAX_REQUESTS {
        session.request(Mono::ZERO, read(), None).unwrap();
    }
    assert_eq!(session.request(Mono::ZERO, read(), None), Err(SendError::TooMany));
}

#[derive(Clone, Debug)]
enum Step {
    Route(u8, u8),
    Unroute(u8),
    Reconnect,
    Pause,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u8>(), 0..4u8).prop_map(|(at, source)| Step::Route(at, source)),
        2 => any::<u8>().prop_map(Step::Unroute),
        1 => Just(Step::Reconnect),
        1 => Just(Step::Pause),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn a_node_that_forgets_everything_learns_every_route_again(steps in steps(), answer_late: bool) {
        let object = |at: u8| url(&format!("comm://csp.test/o{at}/changes"));
        let mut session = session(Flavour::NodeJs);
        let mut wanted = BTreeSet::new();
        for step in steps {
            match step {
                Step::Route(at, source) => {
                    session.route(Mono::ZERO, &[object(at)], &url(&format!("hyperty://csp.test/h{source}"))).unwrap();
                    wanted.insert(object(at).to_string());
                }
                Step::Unroute(at) => {
                    session.unroute(&[object(at)]);
                    wanted.remove(object(at).as_str());
                }
                Step::Reconnect => {
                    session.transport_down(Mono::ZERO);
                    session.transport_up(Mono::ZERO);
                }
                Step::Pause => {}
            }
            if !answer_late {
                answer_all(&mut session, Mono::ZERO);
            }
        }
        session.transport_down(Mono::ZERO);
        events(&mut session);
        session.transport_up(Mono::ZERO);
        let asked = answer_all(&mut session, Mono::ZERO);
        prop_assert_eq!(events(&mut session), [SessionEvent::Live { resumed: false }]);
        let set: BTreeSet<String> = asked
            .iter()
            .filter(|message| message.kind == Kind::Subscribe)
            .flat_map(|message| message.body["subscribe"].as_array().unwrap().clone())
            .map(|url| url.as_str().unwrap().to_owned())
            .collect();
        prop_assert_eq!(set, wanted);
    }
}
