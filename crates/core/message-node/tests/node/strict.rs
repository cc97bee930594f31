//! The strict policy: whose address, whose identity, whose session.

use std::time::Duration;

use confab_message_node::{CloseReason, Door, Limits, NodeConfig, NodeInput, Policy};
use serde_json::{Value, json};

use crate::house::{House, REGISTRY, SM, code, config, grant, hyperty, object, to_registry};

/// Zoe with her hyperty and her object, and Mallory.
fn strict_house() -> House {
    let mut house = House::new(Policy::STRICT);
    house.join(1, "zoe");
    house.join(2, "mallory");
    for address in ["hyperty://csp.test/zoe-h", "comm://csp.test/room", "comm://csp.test/room/subscription"] {
        assert_eq!(house.subscribe(1, "zoe", address), 200);
    }
    assert_eq!(house.subscribe(2, "mallory", "hyperty://csp.test/mallory-h"), 200);
    house
}

#[test]
fn nobody_sends_from_the_address_of_another() {
    let mut house = strict_house();
    for from in [
        "hyperty://csp.test/zoe-h",
        "comm://csp.test/room",
        "comm://csp.test/room/subscription",
        "runtime://csp.test/zoe/sm",
        "runtime://csp.test/zoe/registry",
        "domain://registry.csp.test",
        "domain://msg-node.csp.test/sm",
        "user://csp.test/zoe@csp.test",
        "mn:/session",
        "PEP",
    ] {
        let answer = house.ask(2, json!({"type":"create","from":from,"to":"hyperty://csp.test/zoe-h"}));
        assert_eq!(code(&answer), 403, "{from}");
        house.send(
            2,
            json!({"type":"response","from":from,"to":"hyperty://csp.test/zoe-h","body":{"code":200}}),
        );
        assert!(house.take(1).is_empty() && house.take(2).is_empty(), "{from}");
    }
}

#[test]
fn nobody_names_the_hyperty_of_another_as_source_or_subscriber() {
    let mut house = strict_house();
    for key in ["source", "subscriber"] {
        let body = json!({key: "hyperty://csp.test/zoe-h"});
        let join = json!({"type":"subscribe","from":"runtime://csp.test/mallory/sm","to":"comm://csp.test/room/subscription","body":body});
        assert_eq!(code(&house.ask(2, join)), 403);
    }
    let body = json!({"subscriber":"hyperty://csp.test/mallory-h","source":"hyperty://csp.test/mallory-h"});
    let join = json!({"type":"subscribe","from":"runtime://csp.test/mallory/sm","to":"comm://csp.test/room/subscription","body":body});
    house.send(2, join);
    assert_eq!(house.take(1).len(), 1);
}

#[test]
fn nobody_listens_where_only_the_owner_may() {
    let mut house = strict_house();
    for (address, expected) in [
        ("hyperty://csp.test/zoe-h", 403),
        ("runtime://csp.test/zoe/sm", 403),
        ("comm://csp.test/room", 403),
        ("comm://csp.test/room/subscription", 403),
        ("domain://registry.csp.test", 403),
        ("user://csp.test/zoe@csp.test", 403),
        ("comm://csp.test/room/changes", 200),
        ("comm://csp.test/room/children/", 200),
        ("hyperty://csp.test/zoe-h/registration", 200),
        ("comm://other.test/room/changes", 200),
        ("hyperty://csp.test/mallory-second", 200),
    ] {
        assert_eq!(house.subscribe(2, "mallory", address), expected, "{address}");
    }
}

#[test]
fn only_the_owner_publishes_changes_and_only_the_registry_registrations() {
    let mut house = strict_house();
    assert_eq!(house.subscribe(1, "zoe", "comm://csp.test/room/changes"), 200);
    for to in ["comm://csp.test/room/changes", "hyperty://csp.test/zoe-h/registration"] {
        let forged = json!({"type":"update","from":"hyperty://csp.test/mallory-h","to":to,"body":{"attribute":"status","value":"closed"}});
        assert_eq!(code(&house.ask(2, forged)), 403);
        assert!(house.take(1).is_empty());
    }
}

#[test]
fn identities_are_those_of_the_session_whatever_the_message_says() {
    let mut house = strict_house();
    let zoe = grant("zoe", 1).identity.to_value();
    let mallory = grant("mallory", 1).identity.to_value();
    for kind in ["create", "subscribe", "unsubscribe", "read", "execute", "update", "delete", "event"] {
        for body in
            [json!({}), json!({"identity":zoe,"assertedIdentity":true,"auth":true}), json!({"identity":5})]
        {
            house.send(2, json!({"type":kind,"from":"hyperty://csp.test/mallory-h","to":"comm://csp.test/room","body":body}));
            let got = house.take(1).remove(0);
            assert_eq!(got.body["identity"], mallory, "{kind}");
            assert!(got.body.get("assertedIdentity").is_none() && got.body.get("auth").is_none());
        }
    }
    let forged = json!({"code":200,"identity":zoe});
    house.send(2, json!({"type":"response","from":"hyperty://csp.test/mallory-h","to":"comm://csp.test/room","body":forged}));
    assert_eq!(house.take(1)[0].body["identity"], mallory);
}

#[test]
fn an_observer_may_acknowledge_a_child_from_the_address_it_came_to() {
    let mut house = strict_house();
    let ack = json!({"type":"response","from":"comm://csp.test/room/children/","to":"hyperty://csp.test/zoe-h","body":{"code":100}});
    house.send(2, ack.clone());
    assert!(house.take(1).is_empty(), "not before it receives there");
    assert_eq!(house.subscribe(2, "mallory", "comm://csp.test/room/children/"), 200);
    house.send(2, ack);
    assert_eq!(house.take(1).len(), 1);
}

#[test]
fn a_token_is_good_for_one_runtime_at_a_time_and_again_for_the_same() {
    let mut house = House::new(Policy::STRICT);
    house.connect(1, Door::NodeJs);
    assert_eq!(code(&house.open(1, "zoe-a", "zoe-1")), 200);
    house.connect(2, Door::NodeJs);
    assert_eq!(code(&house.open(2, "zoe-b", "zoe-1")), 401);
    assert_eq!(code(&house.open(2, "zoe-a", "zoe-1")), 200);
    assert_eq!(house.closed, [(1, CloseReason::Superseded)]);
    house.close(2);
    house.connect(3, Door::NodeJs);
    assert_eq!(code(&house.open(3, "zoe-b", "zoe-1")), 200);
}

#[test]
fn a_runtime_belongs_to_its_user_even_while_it_is_away() {
    let mut house = strict_house();
    let value = hyperty("zoe", "hyperty://csp.test/zoe-h");
    assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": value})))), 200);
    house.connect(3, Door::NodeJs);
    assert_eq!(code(&house.open(3, "zoe", "mallory-3")), 403);
    house.close(1);
    assert_eq!(code(&house.open(3, "zoe", "mallory-3")), 403, "the registration holds it");
    assert_eq!(house.subscribe(2, "mallory", "hyperty://csp.test/zoe-h"), 403);
}

#[test]
fn what_a_restarted_program_does_not_register_again_is_reported_lost() {
    let mut house = strict_house();
    for name in ["old", "new"] {
        let value = hyperty("zoe", &format!("hyperty://csp.test/zoe-{name}"));
        house.ask(1, to_registry("create", "zoe", json!({"value": value})));
        house.subscribe(2, "mallory", &format!("hyperty://csp.test/zoe-{name}/registration"));
    }
    house.connect(3, Door::NodeJs);
    assert_eq!(code(&house.open(3, "zoe", "zoe-1")), 200);
    let value = hyperty("zoe", "hyperty://csp.test/zoe-new");
    house.ask(3, to_registry("create", "zoe", json!({"value": value})));
    house.take(2);
    house.wait(Duration::from_secs(20));
    let lost: Vec<_> = house.take(2).iter().map(|message| message.to.to_string()).collect();
    assert_eq!(lost, ["hyperty://csp.test/zoe-old/registration"]);
}

#[test]
fn a_runtime_that_comes_back_before_its_loss_was_seen_is_never_reported_lost() {
    let mut house = strict_house();
    let value = hyperty("zoe", "hyperty://csp.test/zoe-h");
    house.ask(1, to_registry("create", "zoe", json!({"value": value})));
    assert_eq!(house.subscribe(2, "mallory", "hyperty://csp.test/zoe-h/registration"), 200);
    house.join(3, "zoe");
    house.close(1);
    assert!(house.take(2).is_empty());
    house.close(3);
    assert_eq!(house.take(2)[0].body["value"], "disconnected");
}

#[test]
fn revoking_a_token_ends_its_session_and_no_other() {
    let mut house = strict_house();
    house.input(NodeInput::Revoked { ticket: 1 });
    assert_eq!(house.closed, [(1, CloseReason::Revoked)]);
    assert_eq!(house.node.stats().connections, 1);
}

#[test]
fn nobody_registers_or_changes_what_belongs_to_another() {
    let mut house = strict_house();
    let value = hyperty("zoe", "hyperty://csp.test/zoe-h");
    assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": value})))), 200);
    let mallory = |body: Value, kind: &str| to_registry(kind, "mallory", body);
    let mut theft = hyperty("mallory", "hyperty://csp.test/zoe-h");
    assert_eq!(code(&house.ask(2, mallory(json!({"value": theft}), "create"))), 404);
    theft["url"] = json!("hyperty://csp.test/mallory-h");
    theft["user"] = json!("user://csp.test/zoe@csp.test");
    assert_eq!(code(&house.ask(2, mallory(json!({"value": theft}), "create"))), 403);
    let room = object("mallory", "4711", "comm://csp.test/room");
    assert_eq!(code(&house.ask(2, mallory(json!({"value": room}), "create"))), 403);
    let down = json!({"resource":"hyperty://csp.test/zoe-h","value":{"status":"disconnected"}});
    assert_eq!(code(&house.ask(2, mallory(down, "update"))), 403);
    let delete = json!({"value":{"url":"hyperty://csp.test/zoe-h","user":"user://csp.test/zoe@csp.test"}});
    assert_eq!(code(&house.ask(2, mallory(delete, "delete"))), 403);
    let read = json!({"resource":"user://csp.test/zoe@csp.test"});
    assert_eq!(code(&house.ask(2, mallory(read, "read"))), 200);
}

#[test]
fn a_bare_e_mail_is_registered_as_the_user_it_belongs_to() {
    let mut house = strict_house();
    let mut value = hyperty("zoe", "hyperty://csp.test/zoe-h");
    value["user"] = json!("zoe@csp.test");
    assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": value})))), 200);
    for resource in ["user://csp.test/zoe@csp.test", "/hyperty/idp-identifier/zoe@csp.test"] {
        let read = house.ask(2, to_registry("read", "mallory", json!({"resource": resource})));
        assert_eq!(code(&read), 200, "{resource}");
    }
}

#[test]
fn the_conference_hyperty_needs_no_token_and_its_addresses_are_its_own() {
    let mut house = strict_house();
    house.connect(5, Door::Internal(grant("conference", 0)));
    assert_eq!(house.subscribe(5, "conference", "comm://csp.test/4711/subscription"), 200);
    let value = object("conference", "4711", "comm://csp.test/4711");
    assert_eq!(code(&house.ask(5, to_registry("create", "conference", json!({"value": value})))), 200);
    assert!(house.disk.is_empty(), "it registers again at every start");
    assert_eq!(house.subscribe(2, "mallory", "comm://csp.test/4711/subscription"), 403);
    let read = json!({"resource":"4711","criteria":{"dataSchemes":["comm"]}});
    let found = house.ask(2, to_registry("read", "mallory", read));
    assert_eq!(found.body["value"]["comm://csp.test/4711"]["reporter"], "hyperty://csp.test/conference-h");
}

#[test]
fn what_one_client_can_make_the_node_remember_has_limits() {
    let limits =
        Limits { routes_per_session: 5, claims_per_session: 8, entries_per_user: 2, ..Limits::default() };
    let mut house = House::with(NodeConfig { limits, ..config(Policy::STRICT) });
    house.join(1, "zoe");
    let mut codes = Vec::new();
    for number in 0..6 {
        codes.push(house.subscribe(1, "zoe", &format!("comm://csp.test/{number}/changes")));
    }
    assert_eq!(codes, [200, 200, 200, 200, 429, 429]);
    let register = |house: &mut House, number: usize| {
        let value = hyperty("zoe", &format!("hyperty://csp.test/{number}"));
        code(&house.ask(1, to_registry("create", "zoe", json!({"value": value}))))
    };
    assert_eq!([register(&mut house, 1), register(&mut house, 2), register(&mut house, 3)], [200, 200, 429]);
    let down = json!({"resource":"hyperty://csp.test/1","value":{"status":"disconnected"}});
    house.ask(1, to_registry("update", "zoe", down));
    assert_eq!(register(&mut house, 3), 200, "a disconnected entry makes room");
    let mut big = hyperty("zoe", "hyperty://csp.test/3");
    big["note"] = json!("x".repeat(20_000));
    assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": big})))), 400);
    for number in 0..20 {
        house.send(1, json!({"type":"event","from":format!("ctxt://csp.test/{number}"),"to":"a://bb"}));
    }
    assert_eq!(code(house.take(1).last().unwrap()), 429);
}

#[test]
fn letting_go_of_an_object_frees_its_address() {
    let mut house = strict_house();
    let body = json!({"unsubscribe":["comm://csp.test/room","comm://csp.test/room/subscription"]});
    house.ask(1, json!({"type":"unsubscribe","from":"runtime://csp.test/zoe/sm","to":SM,"body":body}));
    assert_eq!(house.subscribe(2, "mallory", "comm://csp.test/room"), 200);
    assert_eq!(REGISTRY, "domain://registry.csp.test");
}

#[test]
fn the_last_word_about_an_object_that_is_routed_no_more_holds_nothing() {
    let limits = Limits { claims_per_session: 8, ..Limits::default() };
    let mut house = House::with(NodeConfig { limits, ..config(Policy::STRICT) });
    house.join(1, "zoe");
    for number in 0..20 {
        let object = format!("connection://csp.test/{number}");
        assert_eq!(house.subscribe(1, "zoe", &object), 200, "{number}");
        let body = json!({"unsubscribe": [object]});
        house.ask(1, json!({"type":"unsubscribe","from":"runtime://csp.test/zoe/sm","to":SM,"body":body}));
        for (kind, from) in [("update", object.clone()), ("delete", format!("{object}/subscription"))] {
            house.send(1, json!({"type":kind,"from":from,"to":format!("{object}/changes")}));
        }
        assert!(house.take(1).is_empty(), "{number}");
    }
}
