//! Users of other domains: what they may own here, and what stays with the users of this one.

use confab_message_node::{CloseReason, Door, NodeInput, Policy};
use confab_rethink::Message;
use serde_json::json;

use crate::house::{House, SM, code, grant_of, hyperty, object, to_registry};

const FAR: &str = "runtime://far.test/zoe";

fn open(house: &mut House, conn: u64, runtime: &str, proof: &str) -> Message {
    let body = json!({"proof":format!("{proof} {runtime}")});
    house.ask(conn, json!({"type":"open","from":runtime,"to":"mn:/session","body":body}))
}

fn subscribe(house: &mut House, conn: u64, runtime: &str, address: &str) -> u64 {
    let from = format!("{runtime}/sm");
    code(&house.ask(conn, json!({"type":"subscribe","from":from,"to":SM,"body":{"subscribe":[address]}})))
}

/// Bob of this domain with his hyperty, and Zoe of another one with hers.
fn house_with_a_visitor() -> House {
    let mut house = House::new(Policy::STRICT);
    house.join(1, "bob");
    assert_eq!(house.subscribe(1, "bob", "hyperty://csp.test/bob-h"), 200);
    house.connect(2, Door::NodeJs);
    assert_eq!(code(&open(&mut house, 2, FAR, "far.test/zoe-7")), 200);
    assert_eq!(subscribe(&mut house, 2, FAR, "hyperty://far.test/zoe-h"), 200);
    house
}

#[test]
fn a_visitor_speaks_from_addresses_of_their_own_domain_as_themselves() {
    let mut house = house_with_a_visitor();
    for from in
        ["hyperty://far.test/zoe-h", "connection://far.test/oa/subscription", "runtime://far.test/zoe/sm"]
    {
        let body = json!({"source":"hyperty://far.test/zoe-h","identity":{"userProfile":{"username":"bob@csp.test"}}});
        house.send(2, json!({"type":"create","from":from,"to":"hyperty://csp.test/bob-h","body":body}));
        let got = house.take(1).remove(0);
        assert_eq!(got.body["identity"], grant_of("far.test", "zoe", 7).identity.to_value(), "{from}");
    }
    let answer = json!({"type":"response","from":"hyperty://csp.test/bob-h","to":"hyperty://far.test/zoe-h","body":{"code":200}});
    house.send(1, answer);
    assert_eq!(house.take(2).len(), 1, "answers find back");
}

#[test]
fn a_visitor_answers_for_an_object_at_home_that_was_never_heard_of_here() {
    let mut house = house_with_a_visitor();
    let (home, third) = ("connection://far.test/oa/subscription", "connection://third.test/oa/subscription");
    for (from, heard) in [(home, 1), ("connection://csp.test/oa", 0), (third, 0)] {
        let body = json!({"code":200});
        house.send(2, json!({"type":"response","from":from,"to":"hyperty://csp.test/bob-h","body":body}));
        assert_eq!(house.take(1).len(), heard, "{from}");
    }
}

#[test]
fn a_visitor_never_takes_an_address_of_this_domain_or_of_a_third_one() {
    let mut house = house_with_a_visitor();
    for address in [
        "hyperty://csp.test/bob-h",
        "hyperty://csp.test/nobody-yet",
        "runtime://csp.test/carol",
        "comm://csp.test/room/subscription",
        "hyperty://third.test/carol-h",
        "runtime://third.test/carol/sm",
        "user://far.test/zoe2@far.test",
    ] {
        assert_eq!(subscribe(&mut house, 2, FAR, address), 403, "{address}");
        let forged = json!({"type":"create","from":address,"to":"hyperty://csp.test/bob-h"});
        assert_eq!(code(&house.ask(2, forged)), 403, "{address}");
    }
    assert_eq!(
        house.subscribe(1, "bob", "hyperty://far.test/carol-h"),
        403,
        "nor do users of this domain take theirs"
    );
    for address in ["connection://csp.test/ob/changes", "hyperty://csp.test/bob-h/registration"] {
        assert_eq!(subscribe(&mut house, 2, FAR, address), 200, "{address}");
    }
}

#[test]
fn addresses_of_one_visitor_are_not_those_of_another() {
    let mut house = house_with_a_visitor();
    house.connect(3, Door::Vertx);
    assert_eq!(code(&open(&mut house, 3, FAR, "far.test/mallory-8")), 403);
    let runtime = "runtime://far.test/mallory";
    assert_eq!(code(&open(&mut house, 3, runtime, "far.test/mallory-8")), 200);
    assert_eq!(subscribe(&mut house, 3, runtime, "hyperty://far.test/zoe-h"), 403);
    assert_eq!(subscribe(&mut house, 3, runtime, "hyperty://far.test/mallory-h"), 200);
}

#[test]
fn a_visitor_has_a_runtime_of_their_own_domain_and_a_token_of_another_than_this() {
    let mut house = House::new(Policy::STRICT);
    house.connect(2, Door::NodeJs);
    assert_eq!(code(&open(&mut house, 2, "runtime://csp.test/zoe", "far.test/zoe-7")), 403);
    assert_eq!(code(&open(&mut house, 2, "runtime://csp.test/bob", "csp.test/bob-7")), 401);
    assert_eq!(code(&open(&mut house, 2, FAR, "nobody")), 401);
    assert_eq!(code(&open(&mut house, 2, FAR, "far.test/zoe-7")), 200);
    house.connect(3, Door::NodeJs);
    assert_eq!(
        code(&open(&mut house, 3, "runtime://far.test/other", "far.test/zoe-7")),
        401,
        "one runtime at a time"
    );
    assert_eq!(code(&open(&mut house, 3, FAR, "far.test/zoe-9")), 200, "a newer token of the same user");
    assert_eq!(house.closed, [(2, CloseReason::Superseded)]);
    house.input(NodeInput::Revoked { ticket: 9 });
    assert_eq!(house.closed.last(), Some(&(3, CloseReason::Revoked)));
}

#[test]
fn a_visitor_is_let_in_by_a_proof_of_their_runtime_and_by_no_bare_token() {
    let mut house = House::new(Policy::STRICT);
    house.connect(2, Door::NodeJs);
    let mut refused = |body: serde_json::Value| {
        let opened = house.ask(2, json!({"type":"open","from":FAR,"to":"mn:/session","body":body}));
        assert_eq!(code(&opened), 401, "{body}");
    };
    refused(json!({"proof":"far.test/zoe-7 runtime://far.test/other"}));
    refused(json!({"proof":["far.test/zoe-7"]}));
    refused(json!({"idToken":format!("far.test/zoe-7 {FAR}")}));
    refused(json!({"accessToken":format!("far.test/zoe-7 {FAR}")}));
}

#[test]
fn a_visitor_looks_people_up_and_registers_nothing() {
    let mut house = house_with_a_visitor();
    let value = hyperty("bob", "hyperty://csp.test/bob-h");
    assert_eq!(code(&house.ask(1, to_registry("create", "bob", json!({"value": value})))), 200);
    let to_registry = |kind: &str, body: serde_json::Value| {
        json!({"type":kind,"from":"runtime://far.test/zoe/registry",
        "to":"domain://registry.csp.test","body":body})
    };
    let read = json!({"resource":"user://csp.test/bob@csp.test"});
    assert_eq!(code(&house.ask(2, to_registry("read", read))), 200);
    let mut own = hyperty("zoe", "hyperty://far.test/zoe-h");
    own["user"] = json!("user://far.test/zoe@far.test");
    own["runtime"] = json!(FAR);
    for value in [own, object("zoe", "4711", "comm://csp.test/4711")] {
        assert_eq!(code(&house.ask(2, to_registry("create", json!({"value": value})))), 403);
    }
    let gone = json!({"resource":"hyperty://csp.test/bob-h","value":{"status":"disconnected"}});
    assert_eq!(code(&house.ask(2, to_registry("update", gone))), 403);
}

#[test]
fn addresses_that_the_node_makes_are_good_for_a_visitor_too() {
    let mut house = house_with_a_visitor();
    let ask = json!({"type":"create","from":"runtime://far.test/zoe/address-allocation",
        "to":"domain://msg-node.csp.test/address-allocation","body":{"scheme":"connection","value":{"number":1}}});
    let made = house.ask(2, ask);
    let address = made.value().unwrap()["allocated"][0].as_str().unwrap().to_owned();
    house.send(
        2,
        json!({"type":"create","from":format!("{address}/subscription"),"to":"hyperty://csp.test/bob-h"}),
    );
    assert_eq!(house.take(1).len(), 1);
    assert_eq!(house.subscribe(1, "bob", &address), 403, "and nobody else's");
}

#[test]
fn an_answer_finds_a_visitor_who_asked_from_an_address_that_is_routed_at_home() {
    let mut house = house_with_a_visitor();
    let from = "connection://far.test/oa/subscription";
    house.send(2, json!({"id":5,"type":"create","from":from,"to":"hyperty://csp.test/bob-h"}));
    house.take(1);
    let answer = |to: &str| json!({"id":5,"type":"response","from":"hyperty://csp.test/bob-h","to":to,"body":{"code":200}});
    house.send(1, answer(from));
    assert_eq!(house.take(2).len(), 1);
    house.send(1, answer("connection://far.test/another/subscription"));
    assert!(house.take(2).is_empty());
}
