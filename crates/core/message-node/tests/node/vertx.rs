//! Sessions in the manner of the Vert.x node: they have a token and survive the connection for a while.

use std::time::Duration;

use confab_message_node::{CloseReason, Door, Policy};
use serde_json::json;

use crate::house::{House, code, hyperty, to_registry};

const LINGER: Duration = Duration::from_secs(30);

fn vertx_house(policy: Policy) -> (House, String) {
    let mut house = House::new(policy);
    house.join(9, "watcher");
    assert_eq!(house.subscribe(9, "watcher", "hyperty://csp.test/zoe-h/registration"), 200);
    house.connect(1, Door::Vertx);
    let opened = house.open(1, "zoe", "zoe-1");
    let token = opened.body["runtimeToken"].as_str().expect("open gives a token").to_owned();
    assert_eq!(house.subscribe(1, "zoe", "comm://csp.test/room/changes"), 200);
    let value = hyperty("zoe", "hyperty://csp.test/zoe-h");
    assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": value})))), 200);
    house.take(9);
    (house, token)
}

fn re_open(house: &mut House, conn: u64, token: &str) -> u64 {
    let from = format!("runtime://csp.test/zoe/{token}");
    let answer = house.ask(conn, json!({"type":"re-open","from":from,"to":"mn:/session"}));
    assert_eq!(answer.to.as_str(), from);
    code(&answer)
}

fn reaches_room(house: &mut House, conn: u64) -> bool {
    house.send(
        9,
        json!({"type":"event","from":"hyperty://csp.test/watcher-h","to":"comm://csp.test/room/children/"}),
    );
    let update = json!({"type":"update","from":"comm://csp.test/room","to":"comm://csp.test/room/changes"});
    house.send(9, update);
    house.take(conn).len() == 1
}

#[test]
fn a_session_survives_the_connection_with_its_routes_and_registrations() {
    for policy in [Policy::OPEN, Policy::STRICT] {
        let (mut house, token) = vertx_house(policy);
        house.close(1);
        assert_eq!(house.take(9)[0].body["value"], "disconnected", "told at once");
        house.wait(LINGER - Duration::from_secs(1));
        house.connect(2, Door::Vertx);
        assert_eq!(re_open(&mut house, 2, &token), 200);
        assert_eq!(house.take(9)[0].body["value"], "live");
        assert!(reaches_room(&mut house, 2));
        house.wait(LINGER * 3);
        assert!(reaches_room(&mut house, 2), "a session that is back does not end");
    }
}

#[test]
fn a_session_that_nobody_takes_up_is_forgotten() {
    let (mut house, token) = vertx_house(Policy::STRICT);
    house.close(1);
    house.wait(LINGER);
    house.connect(2, Door::Vertx);
    assert_eq!(re_open(&mut house, 2, &token), 500);
    assert_eq!(house.node.stats().sessions, 2);
}

#[test]
fn a_wrong_token_takes_nothing_over() {
    let (mut house, token) = vertx_house(Policy::OPEN);
    house.connect(2, Door::Vertx);
    for wrong in ["", "0000", &token[1..], "undefined"] {
        assert_eq!(re_open(&mut house, 2, wrong), 500, "{wrong}");
    }
    assert!(reaches_room(&mut house, 1));
}

#[test]
fn opening_again_gives_the_same_token_and_ends_the_old_connection() {
    let (mut house, token) = vertx_house(Policy::STRICT);
    house.connect(2, Door::Vertx);
    assert_eq!(house.open(2, "zoe", "zoe-2").body["runtimeToken"], token);
    assert_eq!(house.closed, [(1, CloseReason::Superseded)]);
    assert!(reaches_room(&mut house, 2));
    house.close(1);
    assert!(house.take(9).is_empty(), "the loss of the old connection is none");
}

#[test]
fn a_farewell_ends_the_session_for_good() {
    let (mut house, token) = vertx_house(Policy::STRICT);
    house
        .send(1, json!({"type":"close","from":format!("runtime://csp.test/zoe/{token}"),"to":"mn:/session"}));
    assert_eq!(house.closed, [(1, CloseReason::Farewell)]);
    assert_eq!(house.take(9)[0].body["value"], "disconnected");
    house.connect(2, Door::Vertx);
    assert_eq!(re_open(&mut house, 2, &token), 500);
}

#[test]
fn nothing_is_served_before_open() {
    let mut house = House::new(Policy::OPEN);
    house.connect(1, Door::Vertx);
    let early = json!({"type":"read","from":"runtime://csp.test/zoe","to":"domain://registry.csp.test","body":{"resource":"x"}});
    assert_eq!(code(&house.ask(1, early)), 500);
}

#[test]
fn a_hyperty_is_reachable_once_it_has_sent_something() {
    let (mut house, _) = vertx_house(Policy::STRICT);
    house.send(1, json!({"type":"event","from":"hyperty://csp.test/zoe-h","to":"hyperty://csp.test/nobody"}));
    house.send(
        9,
        json!({"type":"read","from":"hyperty://csp.test/watcher-h","to":"hyperty://csp.test/zoe-h"}),
    );
    assert_eq!(house.take(1).len(), 1);
}

#[test]
fn messages_to_a_session_without_a_connection_are_answered_404() {
    let (mut house, _) = vertx_house(Policy::STRICT);
    house.close(1);
    house.take(9);
    let knock = json!({"type":"read","from":"hyperty://csp.test/watcher-h","to":"runtime://csp.test/zoe/sm"});
    assert_eq!(code(&house.ask(9, knock)), 404);
}
