//! Every kind of message: read and written unchanged, and written by our own code exactly as the vectors say.

use std::collections::BTreeMap;

use confab_rethink::registry::{self, Criteria, HypertyRecord, ObjectRecord, Query, Record};
use confab_rethink::reporter::{Reporter, ReporterEvent};
use confab_rethink::{
    Child, Code, Domain, Draft, Identity, Message, Metadata, Observer, ObserverConfig, Snapshot, Url,
    allocation,
};
use serde_json::{Value, json};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn vectors() -> BTreeMap<String, Value> {
    let lines = include_str!("vectors/messages.jsonl").lines();
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|vector| (vector["name"].as_str().unwrap().to_owned(), vector["message"].clone()))
        .collect()
}

/// `draft`, numbered as the vector is, is the vector.
fn check(name: &str, draft: Draft) -> Message {
    let vector = &vectors()[name];
    let id = Message::parse_value(vector.clone()).unwrap().id;
    let message = draft.with_id(id);
    assert_eq!(&message.to_value(), vector, "{name}");
    message
}

#[test]
fn every_vector_is_read_and_written_unchanged() {
    for (name, vector) in vectors() {
        let message = Message::parse(&vector.to_string()).unwrap();
        assert_eq!(message.to_value(), vector, "{name}");
    }
}

#[test]
fn answers_name_their_code() {
    for (name, code) in [
        ("re-open refused", Code::SERVER_ERROR),
        ("busy", Code::BUSY),
        ("chat acknowledged", Code::PROVISIONAL),
        ("node error", Code::Text("error".into())),
    ] {
        let message = Message::parse_value(vectors()[name].clone()).unwrap();
        assert_eq!(message.code(), Some(code), "{name}");
    }
}

#[test]
fn allocation_and_registry_messages_are_written_as_nodes_know_them() {
    let (runtime, domain, zoe) =
        (url("runtime://csp.test/r1"), Domain::parse("csp.test").unwrap(), url("hyperty://csp.test/z"));
    check("allocate", allocation::allocate(&runtime, &domain, "comm", 2));
    check("release", allocation::release(&runtime, &domain, &[url("comm://csp.test/o")]));
    let hyperty = Record::Hyperty(HypertyRecord {
        user: "user://idp.test/zoe@mail.test".into(),
        url: zoe.clone(),
        descriptor: "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Conference".into(),
        expires: 3600,
        resources: vec!["chat".into(), "audio".into()],
        data_schemes: vec!["comm".into(), "connection".into()],
        status: "live".into(),
        runtime: runtime.clone(),
        guid: None,
        extra: Default::default(),
    });
    check("register hyperty", registry::register(&runtime, &domain, &hyperty));
    let object = Record::Object(ObjectRecord {
        name: "4711".into(),
        schema: "Communication".into(),
        url: url("comm://csp.test/o"),
        reporter: zoe.clone(),
        resources: vec!["chat".into()],
        data_schemes: vec!["comm".into()],
        status: "live".into(),
        expires: 3600,
        runtime: runtime.clone(),
        starting_time: Some("2031-01-01T00:00:00Z".into()),
        extra: Default::default(),
    });
    check("register object", registry::register(&runtime, &domain, &object));
    check("keep-alive", registry::keep_alive(&runtime, &domain, &zoe));
    check("go offline", registry::set_status(&runtime, &domain, &zoe, "disconnected"));
    check("unregister", registry::delete(&runtime, &domain, "user://idp.test/zoe@mail.test", &zoe));
    let criteria = Criteria {
        resources: vec!["audio".into()],
        data_schemes: vec!["connection".into()],
        ..Criteria::default()
    };
    let user = Query::User(url("user://idp.test/bob@mail.test"));
    check("look up a user", registry::read(&runtime, &domain, &user, &criteria));
    check(
        "look up by reporter",
        registry::read(&runtime, &domain, &Query::Reporter(zoe), &Criteria::default()),
    );
}

#[test]
fn reporter_and_observer_write_the_messages_of_a_conversation() {
    let (object, zoe, bob) =
        (url("comm://csp.test/o"), url("hyperty://csp.test/z"), url("hyperty://csp.test/b"));
    let metadata =
        Metadata::new(object.clone(), zoe.clone(), url("runtime://csp.test/r1"), "Communication", "weekly");
    let mut reporter = Reporter::new(metadata, json!({"status": "open"}));
    let mut observer = Observer::new(ObserverConfig {
        object: object.clone(),
        hyperty: bob.clone(),
        runtime: url("runtime://csp.test/r2"),
        reporter: None,
        identity: None,
        access_token: Some("t0ken".into()),
    });

    let invitation = check("invite", reporter.invite(&bob, Some(&Identity::new("zoe@mail.test"))));
    assert_eq!(invitation.error(486, "busy").to_value(), vectors()["busy"]);

    let join = check("join", observer.begin().subscribe);
    let Some(ReporterEvent::SubscribeRequested(asked)) = reporter.receive(&join) else {
        panic!("no request")
    };
    let joined = reporter.accept(&asked);
    assert_eq!(joined.to_value(), vectors()["joined"]);
    assert_eq!(Snapshot::parse(joined.value().unwrap()), Some(reporter.snapshot()));
    observer.reply(&joined);

    for (name, draft) in [
        ("change", reporter.set(&["status"], json!("paused")).unwrap().unwrap()),
        ("removal", reporter.remove(&["status"]).unwrap().unwrap()),
    ] {
        observer.receive(&check(name, draft));
    }
    assert_eq!((observer.data(), observer.version()), (&json!({}), 2));

    let chat = check("chat", observer.post(&Child::chat("1-g#1", &bob, &object, "hi", None)));
    let Some(ReporterEvent::ChildPosted { ack, .. }) = reporter.receive(&chat) else { panic!("no child") };
    assert_eq!(ack.to_value(), vectors()["chat acknowledged"]);
    check("typing", observer.event("typing"));
    check("call a method", observer.execute("muteUser", vec![json!("p2"), json!("audio")]));
    check("read", observer.resync().unwrap());
    check("put out", reporter.kick(&(&bob).into()));
    check("leave", observer.leave().unsubscribe);
    check("delete", reporter.delete());
}
