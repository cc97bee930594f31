//! Look-ups, their outcomes, and what survives a restart.

use std::time::Duration;

use confab_message_node::Policy;
use serde_json::{Value, json};

use crate::house::{House, code, hyperty, object, to_registry};

fn house_with_entries() -> House {
    let mut house = House::new(Policy::STRICT);
    house.join(1, "alice");
    house.join(2, "bob");
    let mut value = hyperty("alice", "hyperty://csp.test/alice-h");
    value["guid"] = json!("user-guid://alice");
    for value in [
        value,
        object("alice", "weekly", "comm://csp.test/weekly-1"),
        object("alice", "weekly", "comm://csp.test/weekly-2"),
    ] {
        assert_eq!(code(&house.ask(1, to_registry("create", "alice", json!({"value": value})))), 200);
    }
    house
}

fn look(house: &mut House, resource: &str, criteria: Value) -> (u64, Value) {
    let mut body = json!({"resource": resource});
    if !criteria.is_null() {
        body["criteria"] = criteria;
    }
    let answer = house.ask(2, to_registry("read", "bob", body));
    (code(&answer), answer.body.get("value").cloned().unwrap_or(Value::Null))
}

fn urls(value: &Value) -> Vec<&str> {
    value.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn every_query_finds_what_was_registered() {
    let mut house = house_with_entries();
    let h = "hyperty://csp.test/alice-h";
    let weekly = ["comm://csp.test/weekly-1", "comm://csp.test/weekly-2"];
    for (resource, criteria, expected) in [
        ("user://csp.test/alice@csp.test", json!(null), &[h][..]),
        ("user://csp.test/alice@csp.test", json!({"resources":["chat"],"dataSchemes":["comm"]}), &[h]),
        ("/hyperty/idp-identifier/alice@csp.test", json!({"resources":["audio"]}), &[h]),
        ("user-guid://alice", json!(null), &[h]),
        ("weekly", json!({"dataSchemes":["comm"]}), &weekly),
        ("/comm", json!({"reporter":h}), &weekly),
        ("/comm", json!({"reporter":h,"resources":["chat"]}), &weekly),
    ] {
        let (code, value) = look(&mut house, resource, criteria);
        assert_eq!((code, urls(&value)), (200, expected.to_vec()), "{resource}");
    }
    let (code, one) = look(&mut house, h, json!(null));
    assert_eq!((code, &one["hypertyID"], &one["status"]), (200, &json!(h), &json!("live")));
    assert_eq!(one["userID"], "user://csp.test/alice@csp.test");
    assert_eq!(
        (&one["lastModified"], &one["startingTime"]),
        (&json!("2026-11-21T09:30:00Z"), &json!("2026-11-21T09:30:00Z"))
    );
    let (code, one) = look(&mut house, weekly[0], json!(null));
    assert_eq!((code, &one["url"], &one["reporter"]), (200, &json!(weekly[0]), &json!(h)));
}

#[test]
fn criteria_that_do_not_all_hold_find_nothing() {
    let mut house = house_with_entries();
    for (resource, criteria) in [
        ("user://csp.test/alice@csp.test", json!({"resources":["chat","video"]})),
        ("weekly", json!({"resources":["audio"]})),
        ("weekly", json!({"reporter":"hyperty://csp.test/somebody"})),
        ("4711", json!(null)),
        ("connection://csp.test/none", json!(null)),
    ] {
        assert_eq!(look(&mut house, resource, criteria).0, 404, "{resource}");
    }
}

#[test]
fn offline_hyperties_are_a_408_with_their_entries_and_offline_objects_a_200() {
    let mut house = house_with_entries();
    for url in ["hyperty://csp.test/alice-h", "comm://csp.test/weekly-1"] {
        let body = json!({"resource":url,"value":{"status":"disconnected"}});
        assert_eq!(code(&house.ask(1, to_registry("update", "alice", body))), 200);
        let (code, value) = look(&mut house, url, json!(null));
        assert_eq!(value["status"], "disconnected");
        assert_eq!(code, if url.starts_with("hyperty") { 408 } else { 200 });
    }
    let (code, value) = look(&mut house, "user://csp.test/alice@csp.test", json!(null));
    assert_eq!((code, urls(&value).len()), (408, 1));
    let alive = json!({"resource":"hyperty://csp.test/alice-h","value":{"status":"live"},"method":"refresh"});
    house.ask(1, to_registry("update", "alice", alive));
    assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 200);
}

#[test]
fn runtimes_unregister_in_the_forms_that_the_reference_registry_ignores() {
    for resource in ["/hyperty/hyperty://csp.test/alice-h", "hyperty://csp.test/alice-h"] {
        let mut house = house_with_entries();
        let body = json!({"resource":resource,"value":"disconnected","attribute":"status"});
        assert_eq!(code(&house.ask(1, to_registry("update", "alice", body))), 200, "{resource}");
        assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 408);
        let alive = json!({"resource":"hyperty://csp.test/alice-h","value":null});
        assert_eq!(code(&house.ask(1, to_registry("update", "alice", alive))), 200, "{resource}");
        assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 200);
    }
}

#[test]
fn attributes_merge_into_a_registration_and_cannot_change_whose_it_is() {
    let mut house = house_with_entries();
    let value =
        json!({"resources":["video"],"url":"hyperty://csp.test/bob","user":"user://csp.test/bob@csp.test"});
    let body = json!({"resource":"hyperty://csp.test/alice-h","value":value});
    assert_eq!(code(&house.ask(1, to_registry("update", "alice", body))), 200);
    let (_, one) = look(&mut house, "hyperty://csp.test/alice-h", json!(null));
    assert_eq!(
        (&one["resources"], &one["userID"]),
        (&json!(["video"]), &json!("user://csp.test/alice@csp.test"))
    );
    let body = json!({"resource":"hyperty://csp.test/alice-h","value":{"expires":"soon"}});
    assert_eq!(code(&house.ask(1, to_registry("update", "alice", body))), 400);
}

#[test]
fn deleting_leaves_a_hyperty_offline_and_an_object_unknown() {
    let mut house = house_with_entries();
    let user = "user://csp.test/alice@csp.test";
    for (url, expected) in [("hyperty://csp.test/alice-h", 408), ("comm://csp.test/weekly-1", 404)] {
        let body = json!({"value":{"user":user,"url":url}});
        assert_eq!(code(&house.ask(1, to_registry("delete", "alice", body))), 200);
        assert_eq!(look(&mut house, url, json!(null)).0, expected);
    }
    let wrong = json!({"value":{"user":"user://csp.test/bob@csp.test","url":"hyperty://csp.test/alice-h"}});
    assert_eq!(code(&house.ask(1, to_registry("delete", "alice", wrong))), 404);
}

#[test]
fn every_mandatory_field_is_asked_for() {
    let mut house = house_with_entries();
    for value in [hyperty("alice", "hyperty://csp.test/x"), object("alice", "x", "comm://csp.test/x")] {
        for field in value.as_object().unwrap().keys() {
            let mut value = value.clone();
            value.as_object_mut().unwrap().remove(field);
            let answer = house.ask(1, to_registry("create", "alice", json!({"value": value})));
            assert_eq!(code(&answer), 400, "{field}");
        }
    }
}

#[test]
fn entries_survive_a_restart_as_disconnected_and_belong_to_the_same_user() {
    let house = house_with_entries();
    assert_eq!(house.disk.len(), 3);
    let stored = serde_json::to_string(&house.disk.values().collect::<Vec<_>>()).unwrap();
    let stored: Vec<confab_message_node::StoredEntry> = serde_json::from_str(&stored).unwrap();
    let mut house = House::new(Policy::STRICT);
    house.node.restore(house.now, stored);
    house.join(1, "alice");
    house.join(2, "bob");
    assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 408);
    assert_eq!(house.subscribe(2, "bob", "hyperty://csp.test/alice-h"), 403);
    let alive = json!({"resource":"hyperty://csp.test/alice-h"});
    assert_eq!(code(&house.ask(1, to_registry("update", "alice", alive))), 200);
    assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 200);
}

#[test]
fn what_is_offline_for_long_is_forgotten() {
    let mut house = house_with_entries();
    house.close(1);
    house.wait(Duration::from_secs(2 * 24 * 3_600));
    assert_eq!(look(&mut house, "weekly", json!(null)).0, 404);
    assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 408);
    house.wait(Duration::from_secs(31 * 24 * 3_600));
    assert_eq!(look(&mut house, "hyperty://csp.test/alice-h", json!(null)).0, 404);
    assert!(house.disk.is_empty());
}
