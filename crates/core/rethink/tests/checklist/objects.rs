//! Numbers 9 to 15, 17, 19 and 20: look-ups, data objects, children, invitations.

use confab_rethink::message::{MessageIds, Outgoing};
use confab_rethink::object::Metadata;
use confab_rethink::path::parse_attributes;
use confab_rethink::registry::Lookup;
use confab_rethink::reporter::ReporterEvent;
use confab_rethink::{
    Child, Code, Draft, Kind, Message, Observer, ObserverConfig, ObserverEvent, Path, Reporter, Update, Url,
};
use serde_json::{Value, json};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn message(value: Value) -> Message {
    Message::parse_value(value).unwrap()
}

fn numbered(draft: Draft) -> Message {
    draft.with_id(MessageIds::default().next_id())
}

const ROOM: &str = "comm://csp.test/o";
const ZOE: &str = "hyperty://csp.test/zoe";
const BOB: &str = "hyperty://csp.test/bob";

fn reporter(data: Value) -> Reporter {
    Reporter::new(
        Metadata::new(url(ROOM), url(ZOE), url("runtime://csp.test/r1"), "Communication", "weekly"),
        data,
    )
}

fn observer() -> Observer {
    Observer::new(ObserverConfig {
        object: url(ROOM),
        hyperty: url(BOB),
        runtime: url("runtime://csp.test/r2"),
        reporter: Some(url(ZOE)),
        identity: None,
        access_token: None,
    })
}

/// An observer in step with a new reporter.
fn pair(data: Value) -> (Reporter, Observer) {
    let (mut reporter, mut observer) = (reporter(data), observer());
    let joined = numbered(observer.begin().subscribe);
    let Some(ReporterEvent::SubscribeRequested(asked)) = reporter.receive(&joined) else {
        panic!("no subscribe")
    };
    observer.reply(&reporter.accept(&asked));
    assert_eq!(observer.poll_event(), Some(ObserverEvent::Ready));
    (reporter, observer)
}

fn events(observer: &mut Observer) -> Vec<ObserverEvent> {
    std::iter::from_fn(|| observer.poll_event()).collect()
}

#[test]
fn no_09_every_outcome_of_a_look_up_is_told_apart() {
    let asked = numbered(Draft::new(Kind::Read, url(BOB), url("domain://registry.csp.test")));
    let live = json!({ZOE: {"hypertyID": ZOE, "userID": "user://idp.test/zoe", "status": "live"}});
    let gone = json!({ZOE: {"hypertyID": ZOE, "userID": "user://idp.test/zoe", "status": "disconnected"}});
    assert!(matches!(Lookup::of(&asked.ok(live)), Lookup::Found(found) if found.len() == 1));
    for code in [408, 500] {
        let answer = asked.error(code, "Temporarily Unavailable").with("value", gone.clone());
        assert!(matches!(Lookup::of(&answer), Lookup::AllDisconnected(found) if found.len() == 1), "{code}");
    }
    assert_eq!(Lookup::of(&asked.error(404, "Not Found")), Lookup::NotFound);
    // Silence and loss end as these codes, made by the session.
    for code in [408, 503, 504] {
        assert_eq!(Lookup::of(&asked.error(code, "")), Lookup::Unreachable, "{code}");
    }
    assert_eq!(Lookup::of(&asked.response(Code::Text("error".into()))), Lookup::Invalid);
}

#[test]
fn no_10_own_echoes_are_ignored() {
    let (mut reporter, mut observer) = pair(json!({"status": "open"}));
    let change = numbered(reporter.set(&["status"], json!("paused")).unwrap().unwrap());
    assert_eq!(reporter.receive(&change), None);
    let own = numbered(observer.post(&Child::chat("1-g#1", &url(BOB), &url(ROOM), "hi", None)));
    assert!(observer.receive(&own));
    assert_eq!((events(&mut observer), observer.poll_transmit()), (vec![], None));
}

#[test]
fn no_11_changes_wait_for_the_state_older_ones_are_dropped_and_a_gap_is_read() {
    let (mut reporter, mut late) = (reporter(json!({"n": 0})), observer());
    let begin = late.begin();
    assert!(begin.routes.contains(&url(ROOM).changes()), "the stream is routed before the question");
    let changes: Vec<_> =
        (1..=4).map(|n| numbered(reporter.set(&["n"], json!(n)).unwrap().unwrap())).collect();
    late.receive(&changes[0]);
    late.receive(&changes[3]);
    let asked = numbered(begin.subscribe);
    let Some(ReporterEvent::SubscribeRequested(asked)) = reporter.receive(&asked) else {
        panic!("no subscribe")
    };
    let state = reporter.accept(&asked);
    late.reply(&state);
    assert_eq!((late.data(), late.version()), (&json!({"n": 4}), 4));
    late.receive(&changes[1]);
    assert_eq!(late.data(), &json!({"n": 4}), "an older change changes nothing");

    let _lost = reporter.set(&["n"], json!(5)).unwrap();
    let sixth = numbered(reporter.set(&["n"], json!(6)).unwrap().unwrap());
    late.receive(&sixth);
    let Some(Outgoing::Request(read)) = late.poll_transmit() else { panic!("the gap is not read") };
    let Some(ReporterEvent::Read { request, subscriber: true }) = reporter.receive(&numbered(read)) else {
        panic!("no read")
    };
    reporter.answer_read(&request).iter().for_each(|answer| late.reply(answer));
    assert_eq!((late.data(), late.version()), (&json!({"n": 6}), 6));
    assert!(late.resync().is_some(), "and so after every reconnection");
}

#[test]
fn no_12_paths_are_read_as_the_reference_runtime_reads_them_and_never_written_below_a_url() {
    let vectors: Vec<Value> = include_str!("../vectors/paths.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(vectors.len() >= 10);
    for vector in vectors {
        let path = vector["path"].as_str().unwrap();
        assert_eq!(json!(parse_attributes(path)), vector["keys"], "{path}");
    }
    let mut reporter = reporter(json!({"participants": {"user://idp.test/z": {"status": "live"}}}));
    let draft =
        reporter.set(&["participants", "user://idp.test/z", "status"], json!("away")).unwrap().unwrap();
    assert_eq!(draft.body["attribute"], "participants.user://idp.test/z");
    assert_eq!(draft.body["value"], json!({"status": "away"}));
    let deep = Path::from_keys(&["participants", "user://idp.test/z", "status"]).unwrap();
    assert_eq!(deep.writable_prefix().unwrap().keys().len(), 2);
}

#[test]
fn no_13_lists_are_replaced_whole_and_all_five_changes_are_understood() {
    let mut reporter = reporter(json!({"tags": ["a", "b"]}));
    for draft in [
        reporter.set(&["tags", "1"], json!("c")).unwrap().unwrap(),
        reporter.remove(&["tags", "0"]).unwrap().unwrap(),
        reporter.set(&["iceCandidates"], json!([{"candidate": "x"}])).unwrap().unwrap(),
    ] {
        assert!(
            !draft.body.contains_key("attributeType") && !draft.body.contains_key("operation"),
            "{draft:?}"
        );
    }
    let mut data = json!({"tags": ["a"], "status": "open"});
    for (body, expected) in [
        (json!({"attribute": "status", "value": "paused"}), json!({"tags": ["a"], "status": "paused"})),
        (json!({"attribute": "status"}), json!({"tags": ["a"]})),
        (json!({"attribute": "tags.0", "attributeType": "array", "value": "b"}), json!({"tags": ["b"]})),
        (
            json!({"attribute": "tags.1", "attributeType": "array", "operation": "add", "value": ["c", "d"]}),
            json!({"tags": ["b", "c", "d"]}),
        ),
        (
            json!({"attribute": "tags.0", "attributeType": "array", "operation": "remove", "value": 2}),
            json!({"tags": ["d"]}),
        ),
    ] {
        let Value::Object(fields) = body.clone() else { unreachable!() };
        Update::parse(&fields).unwrap().apply(&mut data).unwrap();
        assert_eq!(data, expected, "{body}");
    }
}

#[test]
fn no_14_children_of_both_dialects_are_shown_once_and_acknowledged_with_100() {
    let (_, mut observer) = pair(json!({}));
    let value = json!({"url": "hyperty://csp.test/zoe#1", "data": {"type": "chat", "content": "old"}});
    for (to, id, text) in
        [("children/", "1-g#1", "new"), ("children/resources", "hyperty://csp.test/zoe#1", "old")]
    {
        let mut value = value.clone();
        value["url"] = id.into();
        value["data"]["content"] = text.into();
        let posted = message(json!({"id": 16, "type": "create", "from": ZOE, "to": format!("{ROOM}/{to}"),
                                    "body": {"resource": id, "value": value}}));
        for round in 0..2 {
            observer.receive(&posted);
            let Some(Outgoing::Reply(ack)) = observer.poll_transmit() else { panic!("no acknowledgement") };
            assert_eq!((ack.code(), &ack.to), (Some(Code::PROVISIONAL), &url(ZOE).into()));
            let shown = events(&mut observer);
            assert_eq!(shown.len(), usize::from(round == 0), "once each");
            if let Some(ObserverEvent::ChildPosted(child)) = shown.first() {
                assert_eq!((child.id.as_str(), child.chat_text()), (id, Some(text)));
            }
        }
    }
    let flat = json!({"1-g#1": {"value": {"data": {"type": "chat", "content": "a"}}}});
    let nested = json!({"resources": {"z#1": {"value": {"data": {"type": "chat", "content": "a"}}}}});
    assert_eq!((Child::parse_all(&flat).len(), Child::parse_all(&nested).len()), (1, 1));
    let sent = Child::chat("1-g#2", &url(BOB), &url(ROOM), "hi", None).draft(&url(BOB), &url(ROOM));
    assert_eq!(
        (sent.to.as_str(), sent.body["resource"].as_str()),
        ("comm://csp.test/o/children/", Some("1-g#2"))
    );
}

/// That they are answered within a second is each owner's part; machines answer in the same mutation.
#[test]
fn no_15_an_invitation_is_metadata_only_and_any_answer_goes_back_to_the_object() {
    let invitation = numbered(reporter(json!({"secret": true})).invite(&url(BOB), None));
    assert_eq!(invitation.from.as_str(), "comm://csp.test/o/subscription");
    assert!(invitation.body["value"].get("data").is_none());
    let metadata = Metadata::parse(invitation.value().unwrap().as_object().unwrap()).unwrap();
    assert_eq!((metadata.url, metadata.reporter), (url(ROOM), url(ZOE)));
    for code in [100, 200, 486] {
        let answer = invitation.response(code);
        assert_eq!((answer.to.as_str(), answer.id), ("comm://csp.test/o/subscription", invitation.id));
    }
}

#[test]
fn no_17_an_object_is_joined_in_its_own_domain_with_our_hyperty_as_the_source() {
    let mut foreign = Observer::new(ObserverConfig { object: url("comm://other.test/o"), ..config() });
    let begin = foreign.begin();
    assert!(begin.routes.iter().all(|route| route.routing_domain() == "other.test"));
    assert_eq!(begin.subscribe.to.url().unwrap().routing_domain(), "other.test");
    assert_eq!(
        (&begin.subscribe.body["source"], &begin.subscribe.body["subscriber"]),
        (&json!(BOB), &json!(BOB))
    );
    assert_eq!(begin.subscribe.body["mutual"], false);
}

fn config() -> ObserverConfig {
    ObserverConfig {
        object: url(ROOM),
        hyperty: url(BOB),
        runtime: url("runtime://csp.test/r2"),
        reporter: None,
        identity: None,
        access_token: None,
    }
}

#[test]
fn no_19_state_comes_only_from_the_object_by_its_reporter() {
    let (_, mut observer) = pair(json!({"role": "participant"}));
    let change = |from: &str, source: &str, more: Value| {
        let mut body = json!({"attribute": "role", "value": "organiser", "version": 1, "source": source});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message(
            json!({"id": 9, "type": "update", "from": from, "to": format!("{ROOM}/changes"), "body": body}),
        )
    };
    for forged in [
        change("hyperty://csp.test/mallory", ZOE, json!({})),
        change(ROOM, "hyperty://csp.test/mallory", json!({})),
        change("comm://csp.test/p", ZOE, json!({})),
        change("hyperty://csp.test/mallory", ZOE, json!({"assertedIdentity": true, "auth": true})),
    ] {
        observer.receive(&forged);
        assert_eq!(observer.data(), &json!({"role": "participant"}), "{forged:?}");
    }
    observer.receive(&change(ROOM, ZOE, json!({})));
    assert_eq!(observer.data(), &json!({"role": "organiser"}));
}

#[test]
fn no_20_a_child_is_kept_only_when_the_owner_says_so() {
    let mut reporter = reporter(json!({}));
    let stranger = url("hyperty://csp.test/stranger");
    let posted =
        numbered(Child::chat("1-g#1", &stranger, &url(ROOM), "hi", None).draft(&stranger, &url(ROOM)));
    let Some(ReporterEvent::ChildPosted { child, .. }) = reporter.receive(&posted) else {
        panic!("no child")
    };
    assert_eq!(child.reporter, Some(stranger.into()), "the sender, whatever the child says");
    assert_eq!(reporter.children().len(), 0);
}
