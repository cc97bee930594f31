use serde_json::json;

use super::*;
use crate::message::{Message, MessageIds, body};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn hyperty() -> Record {
    Record::Hyperty(HypertyRecord {
        user: "user://idp.test/zoe@mail.test".into(),
        url: url("hyperty://csp.test/z"),
        descriptor: "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Conference".into(),
        expires: 3600,
        resources: vec!["chat".into(), "audio".into()],
        data_schemes: vec!["comm".into()],
        status: "live".into(),
        runtime: url("runtime://csp.test/r"),
        guid: Some("user-guid://q7".into()),
        extra: body(json!({"p2pHandler": "none"})),
    })
}

fn object() -> Record {
    Record::Object(ObjectRecord {
        name: "4711".into(),
        schema: "Communication".into(),
        url: url("comm://csp.test/o"),
        reporter: url("hyperty://csp.test/z"),
        resources: vec!["chat".into()],
        data_schemes: vec!["comm".into()],
        status: "live".into(),
        expires: 600,
        runtime: url("runtime://csp.test/r"),
        starting_time: Some("2031-01-01T00:00:00Z".into()),
        extra: Default::default(),
    })
}

fn asked(draft: Draft) -> Message {
    draft.with_id(MessageIds::default().next_id())
}

#[test]
fn a_node_reads_every_request_a_client_writes() {
    let (runtime, domain) = (url("runtime://csp.test/r"), Domain::parse("csp.test").unwrap());
    let zoe = url("hyperty://csp.test/z");
    for record in [hyperty(), object()] {
        let read = Request::parse(&asked(register(&runtime, &domain, &record)));
        assert_eq!(read, Ok(Request::Register(record)));
    }
    let alive = Request::parse(&asked(keep_alive(&runtime, &domain, &zoe)));
    assert_eq!(alive, Ok(Request::KeepAlive { url: zoe.clone() }));
    let gone = Request::parse(&asked(set_status(&runtime, &domain, &zoe, "disconnected")));
    let value = body(json!({"status": "disconnected"}));
    assert_eq!(gone, Ok(Request::Update { url: zoe.clone(), value }));
    let removed = Request::parse(&asked(delete(&runtime, &domain, "user://idp.test/zoe", &zoe)));
    assert_eq!(removed, Ok(Request::Delete { user: Some("user://idp.test/zoe".into()), url: zoe.clone() }));
    for query in [
        Query::User(url("user://idp.test/zoe@mail.test")),
        Query::Identifier("zoe@mail.test".into()),
        Query::Guid("user-guid://q7".into()),
        Query::Hyperty(zoe.clone()),
        Query::Object(url("comm://csp.test/o")),
        Query::Name("4711".into()),
        Query::Reporter(zoe.clone()),
    ] {
        let criteria = Criteria { resources: vec!["audio".into()], ..Criteria::default() };
        let Ok(Request::Read { query: got, criteria: conditions }) =
            Request::parse(&asked(read(&runtime, &domain, &query, &criteria)))
        else {
            panic!("{query:?} was not read back");
        };
        assert_eq!((got, conditions.resources), (query, criteria.resources));
    }
}

#[test]
fn a_record_without_a_mandatory_field_is_refused_by_name() {
    for (record, fields) in [
        (
            hyperty(),
            &["user", "url", "descriptor", "expires", "resources", "dataSchemes", "status", "runtime"][..],
        ),
        (object(), &["name", "schema", "url", "resources", "dataSchemes", "status", "expires", "runtime"]),
    ] {
        for field in fields {
            let mut value = record.to_value();
            value.as_object_mut().unwrap().remove(*field);
            assert_eq!(Record::parse(&value), Err(RecordError::Missing(field)));
        }
    }
}

#[test]
fn a_lookup_tells_its_outcomes_apart() {
    let asked = asked(read(
        &url("runtime://csp.test/r"),
        &Domain::parse("csp.test").unwrap(),
        &Query::Name("x".into()),
        &Criteria::default(),
    ));
    let entry = Instance::of(&hyperty(), Some("2031-01-01T00:00:00Z".into()));
    let map = json!({"hyperty://csp.test/z": entry.to_value()});
    let found = std::collections::BTreeMap::from([(entry.url.clone(), entry.clone())]);
    for (answer, outcome) in [
        (asked.ok(map.clone()), Lookup::Found(found.clone())),
        (asked.ok(entry.to_value()), Lookup::Found(found.clone())),
        (asked.ok(json!({})), Lookup::NotFound),
        (asked.ok(json!("text")), Lookup::Invalid),
        (asked.response(200), Lookup::Invalid),
        (asked.error(404, "Not Found"), Lookup::NotFound),
        (asked.response(408).with("value", map.clone()), Lookup::AllDisconnected(found.clone())),
        (asked.response(500).with("value", map), Lookup::AllDisconnected(found)),
        (asked.error(408, "Response timeout!"), Lookup::Unreachable),
        (asked.response(408).with("value", json!(null)), Lookup::Unreachable),
        (asked.error(504, "no registry"), Lookup::Unreachable),
        (asked.error(503, "connection lost"), Lookup::Unreachable),
        (asked.error(500, "odd"), Lookup::Invalid),
        (asked.response(crate::Code::Text("error".into())), Lookup::Invalid),
    ] {
        assert_eq!(Lookup::of(&answer), outcome, "{}", answer.to_json());
    }
}

#[test]
fn an_instance_survives_its_own_json() {
    for record in [hyperty(), object()] {
        let instance = Instance::of(&record, Some("2031-01-01T00:00:00Z".into()));
        assert!(instance.is_live());
        assert_eq!(Instance::parse(None, &instance.to_value()), Some(instance));
    }
}
