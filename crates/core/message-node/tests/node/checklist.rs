//! The message-node checklist, item by item, in open mode unless the item says otherwise.

use std::time::Duration;

use confab_message_node::{CloseReason, Door, Policy};
use confab_rethink::Message;
use serde_json::json;

use crate::house::{House, REGISTRY, SM, code, hyperty, to_registry};

fn open_house() -> House {
    let mut house = House::new(Policy::OPEN);
    house.join(1, "alice");
    house.join(2, "bob");
    house
}

#[test]
fn checklist_18b_01_open_routes_the_runtime_and_an_unknown_session_cannot_be_re_opened() {
    let mut house = open_house();
    house.send(
        2,
        json!({"type":"read","from":"runtime://csp.test/bob/sm","to":"runtime://csp.test/alice/sm"}),
    );
    assert_eq!(house.take(1).len(), 1);
    let known = json!({"id":"77","type":"re-open","from":"runtime://csp.test/alice","to":"mn:/session"});
    assert_eq!(house.ask(1, known).id.to_value(), json!("77"));
    let unknown = json!({"type":"re-open","from":"runtime://csp.test/nobody","to":"mn:/session"});
    assert_eq!(code(&house.ask(2, unknown)), 404);
    house.send(1, json!({"type":"close","from":"runtime://csp.test/alice","to":"mn:/session"}));
    assert_eq!(house.closed, [(1, CloseReason::Farewell)]);
    house.send(1, json!({"type":"read","from":"runtime://csp.test/alice","to":"runtime://csp.test/bob/sm"}));
    assert!(house.take(1).is_empty() && house.take(2).is_empty(), "nothing is heard after close");
}

#[test]
fn checklist_18b_02_publish_is_exact_reaches_the_sender_and_keeps_order() {
    let mut house = open_house();
    for (conn, name) in [(1, "alice"), (2, "bob")] {
        assert_eq!(house.subscribe(conn, name, "comm://csp.test/o/changes"), 200);
        assert_eq!(house.subscribe(conn, name, "comm://csp.test/o/changes"), 200);
    }
    for id in 1..=50 {
        house.send(
            1,
            json!({"id":id,"type":"update","from":"comm://csp.test/o","to":"comm://csp.test/o/changes"}),
        );
    }
    for conn in [1, 2] {
        let ids: Vec<u64> = house.take(conn).iter().map(|message| message.id.get()).collect();
        assert_eq!(ids, (1..=50).collect::<Vec<_>>());
    }
    let almost = json!({"type":"read","from":"runtime://csp.test/alice","to":"comm://csp.test/o/changes/"});
    assert_eq!(code(&house.ask(1, almost)), 404);
    assert!(house.take(2).is_empty());
}

#[test]
fn checklist_18b_02_only_requests_that_nobody_receives_are_answered_404() {
    let mut house = open_house();
    for (kind, to, answers) in [
        ("read", "hyperty://csp.test/nobody", 1),
        ("something-new", "hyperty://csp.test/nobody", 1),
        ("response", "hyperty://csp.test/nobody", 0),
        ("event", "hyperty://csp.test/nobody", 0),
        ("update", "comm://csp.test/o/changes", 0),
    ] {
        house.send(1, json!({"type":kind,"from":"hyperty://csp.test/x","to":to}));
        assert_eq!(house.take(1).len(), answers, "{kind} to {to}");
    }
}

#[test]
fn checklist_18b_03_every_key_subscribes_and_unsubscribes_and_only_lists_do() {
    let mut house = open_house();
    let urls = ["comm://csp.test/a", "comm://csp.test/b", "comm://csp.test/c"];
    let body = json!({"subscribe":[urls[0]],"resources":[urls[1]],"unsubscribe":[urls[2]],"source":"hyperty://csp.test/h"});
    let ask = |kind: &str, body: &serde_json::Value| json!({"type":kind,"from":"runtime://csp.test/alice/sm","to":SM,"body":body});
    assert_eq!(code(&house.ask(1, ask("subscribe", &body))), 200);
    for url in urls.into_iter().chain(["hyperty://csp.test/h"]) {
        house.send(2, json!({"type":"event","from":"hyperty://csp.test/b","to":url}));
        assert_eq!(house.take(1).len(), 1, "{url}");
    }
    assert_eq!(code(&house.ask(1, ask("unsubscribe", &body))), 200);
    for url in urls {
        house.send(2, json!({"type":"event","from":"hyperty://csp.test/b","to":url}));
        assert!(house.take(1).is_empty(), "{url}");
    }
    let half = json!({"subscribe":[urls[0]],"resources":null});
    assert_eq!(code(&house.ask(1, ask("subscribe", &half))), 200);
    for body in [
        json!({}),
        json!({"subscribe":null}),
        json!({"subscribe":"comm://csp.test/a"}),
        json!({"resources":[5]}),
        json!({"subscribe":[""]}),
    ] {
        assert_eq!(code(&house.ask(1, ask("subscribe", &body))), 400, "{body}");
        assert_eq!(code(&house.ask(1, ask("unsubscribe", &body))), 400, "{body}");
    }
    assert_eq!(code(&house.ask(1, ask("read", &json!({})))), 400);
}

#[test]
fn checklist_18b_04_addresses_are_allocated_routed_and_released_in_every_form() {
    let mut house = open_house();
    let mut allocate = |path: &str, body: serde_json::Value| {
        let to = format!("domain://msg-node.csp.test/{path}");
        let from = "runtime://csp.test/alice/address-allocation";
        let answer = house.ask(1, json!({"type":"create","from":from,"to":to,"body":body}));
        let list =
            answer.value().and_then(|value| value["allocated"].as_array().cloned()).unwrap_or_default();
        (code(&answer), list.iter().map(|url| url.as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let (_, one) = allocate("address-allocation", json!({"scheme":"hyperty","value":{"number":1}}));
    assert!(one.len() == 1 && one[0].starts_with("hyperty://csp.test/"));
    assert_eq!(allocate("address-allocation", json!({"value":{}})).1.len(), 1, "the number defaults to 1");
    let (_, keyed) = allocate("address-allocation", json!({"value":{"number":3,"allocationKey":"k"}}));
    assert_eq!(keyed.len(), 3);
    let (_, objects) =
        allocate("object-address-allocation", json!({"scheme":"connection","value":{"number":1}}));
    assert!(objects[0].starts_with("connection://csp.test/"));
    let (_, bare) = allocate("object-address-allocation", json!({"value":{"number":1}}));
    assert!(bare[0].starts_with("comm://csp.test/"));
    assert_eq!(allocate("hyperty-address-allocation", json!({})).1.len(), 1);
    assert_eq!(allocate("address-allocation", json!({"value":{"number":101}})).0, 400);

    let routed = |house: &mut House, url: &str| {
        house.send(2, json!({"type":"event","from":"hyperty://csp.test/b","to":url}));
        house.take(1).len() == 1
    };
    let free = |house: &mut House, body: serde_json::Value| {
        let from = "runtime://csp.test/alice/address-allocation";
        let to = "domain://msg-node.csp.test/address-allocation";
        assert_eq!(code(&house.ask(1, json!({"type":"delete","from":from,"to":to,"body":body}))), 200);
    };
    assert!(routed(&mut house, &one[0]) && routed(&mut house, &keyed[2]) && routed(&mut house, &objects[0]));
    free(&mut house, json!({"resource": one[0]}));
    free(&mut house, json!({"childrenResources": [objects[0]]}));
    free(&mut house, json!({"value": {"childrenResources": [bare[0]]}}));
    free(&mut house, json!({"resource": "k"}));
    for url in [&one[0], &objects[0], &bare[0], &keyed[0], &keyed[1], &keyed[2]] {
        assert!(!routed(&mut house, url), "{url}");
    }
}

#[test]
fn checklist_18b_05_the_registry_answers_with_and_without_a_slash_and_never_with_text_codes() {
    let mut house = open_house();
    let value = hyperty("alice", "hyperty://csp.test/alice-h");
    assert_eq!(code(&house.ask(1, to_registry("create", "alice", json!({"value": value})))), 200);
    let read = json!({"resource":"hyperty://csp.test/alice-h"});
    for to in [REGISTRY.to_owned(), format!("{REGISTRY}/")] {
        let answer = house.ask(2, json!({"type":"read","from":"runtime://csp.test/bob","to":to,"body":read}));
        assert_eq!((code(&answer), answer.from.as_str()), (200, to.as_str()));
    }
    for (kind, body, expected) in [
        ("create", json!({"value":{}}), 400),
        ("create", json!({}), 400),
        ("read", json!({}), 400),
        ("read", json!({"resource":"user://csp.test/nobody"}), 404),
        ("update", json!({"resource":"hyperty://csp.test/nobody"}), 404),
        ("update", json!({"resource":"no url"}), 404),
        ("delete", json!({}), 400),
        ("foo", json!({}), 400),
    ] {
        let answer = house.ask(1, to_registry(kind, "alice", body));
        assert_eq!(code(&answer), expected, "{kind}");
        assert!(answer.body["desc"].is_string() && answer.body["desc"] == answer.body["description"]);
    }
}

#[test]
fn checklist_18b_06_a_lost_connection_is_told_at_once() {
    let mut house = open_house();
    assert_eq!(house.subscribe(2, "bob", "hyperty://csp.test/alice-h/registration"), 200);
    let value = hyperty("alice", "hyperty://csp.test/alice-h");
    house.ask(1, to_registry("create", "alice", json!({"value": value})));
    house.close(1);
    let told = house.take(2);
    let states: Vec<_> = told.iter().map(|message| message.body["value"].as_str().unwrap()).collect();
    assert_eq!(states, ["live", "disconnected"]);
    assert!(told.iter().all(|message| message.from == REGISTRY && message.body["attribute"] == "status"));
    assert_eq!(told[0].kind.as_str(), "update");
}

#[test]
fn checklist_18b_06_a_registration_without_a_sign_of_life_expires() {
    let mut house = open_house();
    assert_eq!(house.subscribe(2, "bob", "hyperty://csp.test/alice-h/registration"), 200);
    let mut value = hyperty("alice", "hyperty://csp.test/alice-h");
    value["expires"] = json!(60);
    house.ask(1, to_registry("create", "alice", json!({"value": value})));
    house.wait(Duration::from_secs(50));
    house.ask(1, to_registry("update", "alice", json!({"resource":"hyperty://csp.test/alice-h"})));
    house.wait(Duration::from_secs(50));
    assert_eq!(house.take(2).len(), 1, "kept alive");
    house.wait(Duration::from_secs(11));
    assert_eq!(house.take(2)[0].body["value"], "disconnected");
}

#[test]
fn checklist_18b_07_answers_come_from_the_address_asked_with_the_id_as_it_was_written() {
    let mut house = open_house();
    for id in [json!(5), json!("5")] {
        for to in [SM, REGISTRY, "domain://msg-node.csp.test/address-allocation", "hyperty://csp.test/nobody"]
        {
            let answer =
                house.ask(1, json!({"id":id,"type":"read","from":"runtime://csp.test/alice/x","to":to}));
            assert_eq!(answer.id.to_value(), id);
            assert_eq!((answer.from.as_str(), answer.to.as_str()), (to, "runtime://csp.test/alice/x"));
        }
    }
}

#[test]
fn checklist_18b_08_any_identity_or_none_passes_untouched_when_nothing_is_bound() {
    let mut house = open_house();
    assert_eq!(house.subscribe(2, "bob", "hyperty://csp.test/b"), 200);
    for identity in [json!(null), json!({}), json!("text"), json!({"userProfile":{"guid":"anonymous"}})] {
        let body = json!({"identity": identity});
        house.send(
            1,
            json!({"type":"create","from":"hyperty://csp.test/a","to":"hyperty://csp.test/b","body":body}),
        );
        assert_eq!(house.take(2)[0].body["identity"], identity);
    }
}

#[test]
fn checklist_18b_09_without_a_token_nothing_is_done_and_401_is_answered() {
    let mut house = House::new(Policy::STRICT);
    house.connect(1, Door::NodeJs);
    let early =
        json!({"type":"subscribe","from":"runtime://csp.test/zoe/sm","to":SM,"body":{"subscribe":[]}});
    assert_eq!(code(&house.ask(1, early)), 401);
    assert_eq!(code(&house.open(1, "zoe", "forged")), 401);
    house.send(1, json!({"type":"response","from":"a://bb/c","to":"a://bb/c"}));
    assert!(house.take(1).is_empty());
    assert_eq!(code(&house.open(1, "zoe", "zoe-1")), 200);
}

#[test]
fn checklist_18b_09_switched_off_addresses_and_subscriptions_are_anybodys() {
    let mut house = open_house();
    assert_eq!(house.subscribe(1, "alice", "hyperty://csp.test/alice-h"), 200);
    for address in
        ["hyperty://csp.test/alice-h", "comm://csp.test/o/subscription", "runtime://csp.test/alice/sm"]
    {
        assert_eq!(house.subscribe(2, "bob", address), 200, "{address}");
    }
    house.send(
        2,
        json!({"type":"create","from":"hyperty://csp.test/alice-h","to":"hyperty://csp.test/alice-h"}),
    );
    assert_eq!((house.take(1).len(), house.take(2).len()), (1, 1));
}

#[test]
fn checklist_18b_10_what_cannot_be_read_is_no_message_and_a_mebibyte_is_one() {
    for text in [
        "",
        "null",
        "[]",
        "\"open\"",
        "{",
        "{}",
        r#"{"id":0,"type":"read","from":"aa","to":"bb"}"#,
        r#"{"id":-1,"type":"read","from":"aa","to":"bb"}"#,
        r#"{"id":1,"from":"aa","to":"bb"}"#,
        r#"{"id":1,"type":"read","from":"","to":"bb"}"#,
        r#"{"id":1,"type":"read","from":"aa","to":["bb"]}"#,
        r#"{"id":1,"type":"read","from":"aa","to":"bb","body":"text"}"#,
    ] {
        assert!(Message::parse(text).is_err(), "{text}");
    }
    let mut house = open_house();
    assert_eq!(house.subscribe(1, "alice", "comm://csp.test/o/changes"), 200);
    assert_eq!(house.subscribe(2, "bob", "comm://csp.test/o/changes"), 200);
    let long = "x".repeat(Message::MAX_BYTES - 200);
    let update = json!({"type":"update","from":"comm://csp.test/o","to":"comm://csp.test/o/changes","body":{"value":long}});
    assert!(update.to_string().len() > 1_000_000);
    house.send(1, update);
    for conn in [1, 2] {
        assert_eq!(house.take(conn)[0].value().unwrap().as_str().unwrap().len(), long.len());
    }
}
