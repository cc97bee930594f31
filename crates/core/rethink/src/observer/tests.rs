use serde_json::json;

use super::*;
use crate::message::MessageIds;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn observer() -> Observer {
    Observer::new(ObserverConfig {
        object: url("comm://csp.test/o"),
        hyperty: url("hyperty://csp.test/z"),
        runtime: url("runtime://csp.test/r1"),
        reporter: Some(url("hyperty://csp.test/mcu")),
        identity: Some(Identity::new("zoe@mail.test")),
        access_token: None,
    })
}

fn message(text: Value) -> Message {
    Message::parse_value(text).unwrap()
}

fn state(code: u16, version: u64, data: Value) -> Message {
    message(json!({"id": 4, "type": "response", "from": "comm://csp.test/o/subscription",
        "to": "runtime://csp.test/r1/sm", "body": {"code": code, "value": {"url": "comm://csp.test/o",
        "reporter": "hyperty://csp.test/mcu", "data": data, "version": version}}}))
}

fn update(version: u64, value: Value) -> Message {
    message(
        json!({"id": version.max(1), "type": "update", "from": "comm://csp.test/o", "to": "comm://csp.test/o/changes",
        "body": {"version": version, "source": "hyperty://csp.test/mcu", "attribute": "n", "value": value}}),
    )
}

fn ready() -> Observer {
    let mut observer = observer();
    observer.begin();
    observer.reply(&state(200, 3, json!({"n": 3})));
    assert_eq!(events(&mut observer), [ObserverEvent::Ready]);
    observer
}

fn events(observer: &mut Observer) -> Vec<ObserverEvent> {
    std::iter::from_fn(|| observer.poll_event()).collect()
}

fn changed() -> ObserverEvent {
    ObserverEvent::Changed { path: Path::parse("n").unwrap() }
}

#[test]
fn joining_listens_first_and_names_the_subscriber_twice() {
    let begin = observer().begin();
    assert_eq!(begin.routes[..2], [url("comm://csp.test/o/changes"), url("comm://csp.test/o/children/")]);
    let (from, to) = (begin.subscribe.from.as_str(), begin.subscribe.to.as_str());
    assert_eq!((from, to), ("runtime://csp.test/r1/sm", "comm://csp.test/o/subscription"));
    for key in ["subscriber", "source"] {
        assert_eq!(begin.subscribe.body[key], "hyperty://csp.test/z");
    }
    assert_eq!(begin.subscribe.body["mutual"], false);
}

#[test]
fn changes_before_the_state_are_kept_back_and_the_older_ones_dropped() {
    let mut observer = observer();
    observer.begin();
    observer.reply(&message(
        json!({"id": 4, "type": "response", "from": "xx", "to": "yy", "body": {"code": 100}}),
    ));
    for version in [2, 5, 4, 3] {
        assert!(observer.receive(&update(version, json!(version))));
    }
    observer.reply(&state(200, 3, json!({"n": 3})));
    assert_eq!(events(&mut observer), [ObserverEvent::Waiting, ObserverEvent::Ready, changed(), changed()]);
    assert_eq!((observer.version(), observer.data()), (5, &json!({"n": 5})));
}

#[test]
fn a_gap_asks_for_the_state_once() {
    let mut observer = ready();
    observer.receive(&update(6, json!(6)));
    observer.receive(&update(7, json!(7)));
    let Some(Outgoing::Request(read)) = observer.poll_transmit() else { panic!("no read") };
    assert_eq!((&read.kind, read.to.as_str()), (&Kind::Read, "comm://csp.test/o"));
    assert_eq!(observer.poll_transmit(), None);
    observer.reply(&state(200, 6, json!({"n": 6})));
    assert_eq!(events(&mut observer), [ObserverEvent::Resynced, changed()]);
    assert_eq!((observer.version(), observer.data()), (7, &json!({"n": 7})));
}

#[test]
fn a_reporter_that_forgot_its_own_changes_is_not_asked_in_circles() {
    let mut observer = ready();
    observer.receive(&update(9, json!(9)));
    assert!(observer.poll_transmit().is_some());
    observer.reply(&state(200, 3, json!({"n": 3})));
    assert_eq!(observer.poll_transmit(), None);
    assert_eq!((observer.version(), observer.data()), (9, &json!({"n": 9})));
}

#[test]
fn a_refused_read_is_reported_and_the_next_gap_asks_again() {
    let mut observer = ready();
    observer.receive(&update(6, json!(6)));
    observer.poll_transmit();
    observer.reply(&state(401, 0, json!({})));
    assert_eq!(events(&mut observer), [ObserverEvent::OutOfDate { code: Code::UNAUTHORISED }]);
    observer.receive(&update(7, json!(7)));
    assert!(observer.poll_transmit().is_some());
}

#[test]
fn stale_forged_and_foreign_changes_are_ignored() {
    let mut observer = ready();
    let mut forged_from = update(4, json!("forged"));
    forged_from.from = Address::parse("hyperty://csp.test/x").unwrap();
    let forged_source = update(4, json!("forged")).with("source", "hyperty://csp.test/x");
    let of_a_child = update(4, json!("child")).with("resource", "c1");
    for message in
        [forged_from, forged_source, of_a_child, update(3, json!("stale")), update(1, json!("stale"))]
    {
        assert!(observer.receive(&message));
    }
    assert_eq!((events(&mut observer), observer.data()), (vec![], &json!({"n": 3})));
    let mut foreign = update(4, json!(4));
    foreign.to = Address::parse("comm://csp.test/other/changes").unwrap();
    assert!(!observer.receive(&foreign));
}

#[test]
fn a_state_of_another_object_or_reporter_is_refused() {
    for (key, text) in [("url", "comm://csp.test/other"), ("reporter", "hyperty://csp.test/x")] {
        let mut observer = observer();
        observer.begin();
        let mut answer = state(200, 1, json!({}));
        answer.body["value"][key] = text.into();
        observer.reply(&answer);
        assert!(matches!(
            events(&mut observer)[..],
            [ObserverEvent::Refused { code: Code::SERVER_ERROR, .. }]
        ));
        assert!(!observer.is_ready());
    }
}

#[test]
fn a_refusal_is_told_and_can_be_tried_again() {
    let mut observer = observer();
    let begin = observer.begin();
    let asked = begin.subscribe.with_id(MessageIds::default().next_id());
    observer.reply(&asked.error(403, "not invited"));
    let refused = ObserverEvent::Refused { code: Code::FORBIDDEN, desc: Some("not invited".into()) };
    assert_eq!(events(&mut observer), [refused]);
    observer.begin();
    observer.reply(&state(200, 0, json!({})));
    assert!(observer.is_ready());
}

#[test]
fn children_are_shown_once_acknowledged_and_never_echoed() {
    let mut observer = ready();
    let (zoe, bob, room) =
        (url("hyperty://csp.test/z"), url("hyperty://csp.test/b"), url("comm://csp.test/o"));
    let own = Child::chat("c1", &zoe, &room, "mine", None);
    let own = observer.post(&own).with_id(MessageIds::default().next_id());
    let theirs = Child::chat("c2", &bob, &room, "hi", None);
    let posted = theirs.draft(&bob, &room).with_id(MessageIds::default().next_id());
    let legacy = Message { to: room.child("/children/resources").into(), ..posted.clone() };
    for message in [&own, &posted, &posted, &legacy] {
        assert!(observer.receive(message));
    }
    let [ObserverEvent::ChildPosted(child)] = &events(&mut observer)[..] else { panic!("not one child") };
    assert_eq!((child.chat_text(), child.reporter.as_ref()), (Some("hi"), Some(&Address::from(&bob))));
    let acks: Vec<_> = std::iter::from_fn(|| observer.poll_transmit()).collect();
    assert_eq!(acks.len(), 3, "every copy of theirs is acknowledged");
    assert!(
        acks.iter().all(|ack| matches!(ack, Outgoing::Reply(ack) if ack.code() == Some(Code::PROVISIONAL)))
    );

    let typing = Message { kind: Kind::Event, body: Default::default(), ..posted }.with("value", "typing");
    observer.receive(&typing);
    let event =
        ObserverEvent::ChildEvent { from: Address::from(&bob), resource: None, value: json!("typing") };
    assert_eq!(events(&mut observer), [event]);
}

#[test]
fn the_parts_of_a_long_answer_are_put_together() {
    let mut observer = ready();
    observer.resync().unwrap();
    observer.reply(&state(100, 4, json!({"n": 4})));
    let part = json!({"id": 4, "type": "response", "from": "comm://csp.test/o", "to": "hyperty://csp.test/z",
        "body": {"code": 100, "value": {"c9": {"value": {"data": {"type": "chat", "content": "old"}}}, "responses": 2}}});
    observer.reply(&message(part));
    // The session reports silence in the end, because no final answer ever comes.
    observer.reply(&message(
        json!({"id": 4, "type": "response", "from": "xx", "to": "yy", "body": {"code": 408}}),
    ));
    let events = events(&mut observer);
    assert!(
        matches!(&events[..], [ObserverEvent::Resynced, ObserverEvent::ChildPosted(child)] if child.id == "c9")
    );
    assert_eq!(observer.version(), 4);
}

#[test]
fn what_is_older_than_the_answer_to_joining_is_read_after_it() {
    let mut observer = observer();
    observer.begin();
    observer.reply(&state(200, 3, json!({"n": 3})).with("more", 12));
    assert_eq!(events(&mut observer), [ObserverEvent::Ready]);
    let Some(Outgoing::Request(read)) = observer.poll_transmit() else { panic!("nothing is read") };
    assert_eq!((read.kind, read.to.as_str()), (Kind::Read, "comm://csp.test/o"));
    assert!(observer.is_ready());
    observer.receive(&update(4, json!(4)));
    observer.reply(&state(100, 3, json!({"n": 3})));
    assert_eq!(events(&mut observer), [ObserverEvent::Resynced, changed()]);
    assert_eq!(observer.poll_transmit(), None);
}

#[test]
fn the_end_comes_by_deletion_removal_or_leaving() {
    let deletion = json!({"id": 15, "type": "delete", "from": "comm://csp.test/o/subscription",
        "to": "comm://csp.test/o/changes", "body": {}});
    let removal = json!({"id": 16, "type": "unsubscribe", "from": "hyperty://csp.test/mcu",
        "to": "hyperty://csp.test/z", "body": {"resource": "comm://csp.test/o"}});
    for (text, reason) in [(&deletion, CloseReason::Deleted), (&removal, CloseReason::Removed)] {
        let mut observer = ready();
        let mut forged = message(text.clone());
        forged.from = Address::parse("hyperty://csp.test/x").unwrap();
        observer.receive(&forged);
        assert_eq!(events(&mut observer), []);
        assert!(observer.receive(&message(text.clone())));
        assert_eq!(events(&mut observer), [ObserverEvent::Closed { reason }]);
        observer.receive(&update(4, json!(4)));
        assert_eq!(events(&mut observer), []);
    }
    let mut observer = ready();
    let leave = observer.leave();
    assert_eq!(leave.unsubscribe.body["source"], "hyperty://csp.test/z");
    assert_eq!(leave.routes, observer.routes());
    assert_eq!(observer.resync(), None);
}

#[test]
fn an_object_that_grows_without_end_is_given_up() {
    let mut observer = ready();
    let big = "x".repeat(900_000);
    for version in 4..12 {
        observer.receive(&update(version, json!(big)));
    }
    assert!(observer.is_ready(), "replacing a large value is not growth");
    for version in 12..20 {
        observer.receive(&update(version, json!(big)).with("attribute", format!("n{version}")));
    }
    assert_eq!(events(&mut observer).last(), Some(&ObserverEvent::Closed { reason: CloseReason::TooLarge }));
}
