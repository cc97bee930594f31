use serde_json::json;

use super::*;
use crate::message::{MessageIds, body};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn room(data: Value) -> Reporter {
    let (object, reporter) = (url("comm://csp.test/o"), url("hyperty://csp.test/mcu"));
    Reporter::new(
        Metadata::new(object, reporter, url("runtime://csp.test/s"), "Communication", "weekly"),
        data,
    )
}

fn message(text: Value) -> Message {
    Message::parse_value(text).unwrap()
}

fn subscribe(hyperty: &str) -> Message {
    message(json!({"id": 5, "type": "subscribe", "from": "runtime://csp.test/r1/sm",
        "to": "comm://csp.test/o/subscription",
        "body": {"subscriber": hyperty, "accessToken": "t0ken", "identity": {"userProfile": {"username": "zoe"}}}}))
}

fn join(reporter: &mut Reporter, hyperty: &str) -> Message {
    match reporter.receive(&subscribe(hyperty)) {
        Some(ReporterEvent::SubscribeRequested(asked)) => reporter.accept(&asked),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_is_published_once_with_the_next_version() {
    let mut reporter = room(json!({"status": "open"}));
    reporter.stamp("2031-01-01T00:00:00Z");
    let draft = reporter.set(&["status"], json!("paused")).unwrap().unwrap();
    assert_eq!((draft.from.as_str(), draft.to.as_str()), ("comm://csp.test/o", "comm://csp.test/o/changes"));
    let expected = json!({"version": 1, "source": "hyperty://csp.test/mcu", "attribute": "status", "value": "paused",
        "lastModified": "2031-01-01T00:00:00Z", "mutual": false});
    assert_eq!(draft.body, body(expected));
    assert_eq!(reporter.set(&["status"], json!("paused")), Ok(None));
    let gone = reporter.remove(&["status"]).unwrap().unwrap();
    assert!(!gone.body.contains_key("value"));
    assert_eq!(reporter.remove(&["status"]), Ok(None));
    assert_eq!(reporter.version(), 2);
}

#[test]
fn members_behind_url_keys_and_lists_are_published_whole() {
    let mut reporter =
        room(json!({"participants": {"user://i.test/zoe": {"status": "live"}}, "tags": ["a", "b"]}));
    let draft =
        reporter.set(&["participants", "user://i.test/zoe", "status"], json!("away")).unwrap().unwrap();
    assert_eq!(draft.body["attribute"], "participants.user://i.test/zoe");
    assert_eq!(draft.body["value"], json!({"status": "away"}));
    let draft = reporter.set(&["tags", "1"], json!("c")).unwrap().unwrap();
    assert_eq!((&draft.body["attribute"], &draft.body["value"]), (&json!("tags"), &json!(["a", "c"])));
    let draft = reporter.remove(&["tags", "0"]).unwrap().unwrap();
    assert_eq!(draft.body["value"], json!(["c"]));
    assert!(!draft.body.contains_key("attributeType"));
    assert_eq!(reporter.set(&["a.b"], json!(1)), Err(PathError::Unwritable));
    assert_eq!(reporter.set(&["tags", "9"], json!(1)), Err(PathError::NoContainer));
    assert_eq!(reporter.version(), 3, "what failed was not counted");
}

#[test]
fn an_observer_joins_reads_and_leaves_from_where_it_came() {
    let mut reporter = room(json!({"status": "open"}));
    let welcome = join(&mut reporter, "hyperty://csp.test/z");
    assert_eq!(welcome.code(), Some(Code::OK));
    assert_eq!(Snapshot::parse(welcome.value().unwrap()), Some(reporter.snapshot()));
    assert_eq!(welcome.text("owner"), Some("hyperty://csp.test/mcu"));

    let read =
        |from: &str| message(json!({"id": 6, "type": "read", "from": from, "to": "comm://csp.test/o"}));
    for (from, subscriber) in [("hyperty://csp.test/z", true), ("hyperty://csp.test/x", false)] {
        let event = reporter.receive(&read(from)).unwrap();
        assert!(matches!(event, ReporterEvent::Read { subscriber: is, .. } if is == subscriber));
    }

    let leave = |from: &str| {
        message(json!({"id": 7, "type": "unsubscribe", "from": from, "to": "comm://csp.test/o/subscription",
            "body": {"source": "hyperty://csp.test/z"}}))
    };
    assert_eq!(reporter.receive(&leave("runtime://csp.test/evil/sm")), None);
    let left = ReporterEvent::Left { hyperty: Address::parse("hyperty://csp.test/z").unwrap() };
    assert_eq!(reporter.receive(&leave("runtime://csp.test/r1/sm")), Some(left));
    assert!(reporter.subscribers().is_empty());
}

#[test]
fn refusing_and_waiting_change_nothing() {
    let mut reporter = room(json!({}));
    let Some(ReporterEvent::SubscribeRequested(asked)) = reporter.receive(&subscribe("hyperty://csp.test/z"))
    else {
        panic!("no request");
    };
    assert_eq!(asked.access_token.as_deref(), Some("t0ken"));
    assert_eq!(reporter.wait(&asked).code(), Some(Code::PROVISIONAL));
    let refusal = reporter.refuse(&asked, 403, "not invited");
    assert_eq!((refusal.code(), refusal.desc_text()), (Some(Code::FORBIDDEN), Some("not invited")));
    assert!(reporter.subscribers().is_empty());
}

#[test]
fn calls_children_and_signals_are_told_apart() {
    let mut reporter = room(json!({}));
    let call = message(
        json!({"id": 8, "type": "execute", "from": "hyperty://csp.test/z", "to": "comm://csp.test/o",
        "body": {"method": "muteUser", "params": ["p2", "audio"]}}),
    );
    let Some(ReporterEvent::Execute(call)) = reporter.receive(&call) else { panic!("no call") };
    assert_eq!((call.method.as_str(), &call.params), ("muteUser", &vec![json!("p2"), json!("audio")]));
    assert_eq!(call.refuse(403, "not the organiser").code(), Some(Code::FORBIDDEN));

    let zoe = url("hyperty://csp.test/z");
    let child = Child::chat("c1", &zoe, reporter.url(), "hi", None);
    for to in ["comm://csp.test/o/children/", "comm://csp.test/o"] {
        let mut posted = child.draft(&zoe, reporter.url()).with_id(MessageIds::default().next_id());
        posted.to = Address::parse(to).unwrap();
        let Some(ReporterEvent::ChildPosted { child, ack }) = reporter.receive(&posted) else {
            panic!("no child")
        };
        assert_eq!((child.chat_text(), ack.code()), (Some("hi"), Some(Code::PROVISIONAL)));
        assert_eq!((ack.from.as_str(), &ack.to), (to, &posted.from));
    }
    assert!(reporter.keep(child.clone()));
    assert!(!reporter.keep(child));

    let typing = message(json!({"id": 9, "type": "event", "from": "hyperty://csp.test/z",
        "to": "comm://csp.test/o/children/", "body": {"value": "typing"}}));
    assert!(matches!(reporter.receive(&typing), Some(ReporterEvent::ChildEvent { .. })));
    let echo = Message { from: Address::parse("hyperty://csp.test/mcu").unwrap(), ..typing.clone() };
    assert_eq!(reporter.receive(&echo), None);
    let other = Message { to: Address::parse("comm://csp.test/other").unwrap(), ..typing };
    assert_eq!(reporter.receive(&other), None);
}

#[test]
fn the_history_of_children_is_bounded_and_long_ones_are_read_in_parts() {
    let mut reporter = room(json!({}));
    let zoe = url("hyperty://csp.test/z");
    for n in 0..2000 {
        let text = "x".repeat(1000);
        assert!(reporter.keep(Child::chat(
            &format!("c{n:05}"),
            &zoe,
            &url("comm://csp.test/o"),
            &text,
            None
        )));
    }
    assert!(reporter.children().len() <= Reporter::MAX_CHILDREN);
    let oldest = reporter.children().next().unwrap().id.clone();
    assert!(oldest.as_str() > "c01000", "{oldest}");

    let read =
        message(json!({"id": 6, "type": "read", "from": "hyperty://csp.test/z", "to": "comm://csp.test/o"}));
    let parts = reporter.answer_read(&read);
    assert!(parts.len() > 2);
    assert!(parts.iter().all(|part| part.code() == Some(Code::PROVISIONAL)));
    assert!(parts.iter().all(|part| part.value().unwrap()["responses"] == json!(parts.len())));
    assert!(parts.iter().all(|part| part.to_json().len() < 2 * PART_BYTES));

    let welcome = join(&mut reporter, "hyperty://csp.test/z");
    assert!(welcome.to_json().len() < 2 * PART_BYTES);
    let newest = Snapshot::parse(welcome.value().unwrap()).unwrap().children.last().unwrap().id.clone();
    assert_eq!(newest, "c01999");
    let told = Snapshot::parse(welcome.value().unwrap()).unwrap().children.len();
    assert_eq!(welcome.body["more"], json!(reporter.children().len() - told), "what was left out is counted");
}

#[test]
fn inviting_putting_out_and_deleting_write_the_known_messages() {
    let mut reporter = room(json!({}));
    let zoe = url("hyperty://csp.test/z");
    let invitation = reporter.invite(&zoe, Some(&Identity::new("mcu")));
    assert_eq!(
        (invitation.from.as_str(), &invitation.to),
        ("comm://csp.test/o/subscription", &Address::from(&zoe))
    );
    assert_eq!(
        Metadata::parse(invitation.body["value"].as_object().unwrap()).as_ref(),
        Some(reporter.metadata())
    );
    assert!(invitation.body["value"].get("data").is_none());

    join(&mut reporter, zoe.as_str());
    let kick = reporter.kick(&Address::from(&zoe));
    assert_eq!((&kick.kind, &kick.body["resource"]), (&Kind::Unsubscribe, &json!("comm://csp.test/o")));
    assert!(reporter.subscribers().is_empty());

    let delete = reporter.delete();
    assert_eq!(
        (delete.from.as_str(), delete.to.as_str()),
        ("comm://csp.test/o/subscription", "comm://csp.test/o/changes")
    );
}
