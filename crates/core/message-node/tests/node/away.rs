//! Who loses the connection: what stays theirs meanwhile, and who is told.

use std::time::Duration;

use confab_message_node::{Door, Policy};
use serde_json::{Value, json};

use crate::house::{House, REGISTRY, code};

const HYPERTY: &str = "hyperty://csp.test/zoe-h";
const ROOM: &str = "comm://csp.test/room";

/// Zoe (1) with a hyperty and an object that are not registered, and Mallory (2), who watches the hyperty.
fn house() -> House {
    let mut house = House::new(Policy::STRICT);
    house.join(1, "zoe");
    house.join(2, "mallory");
    for address in [HYPERTY, ROOM] {
        assert_eq!(house.subscribe(1, "zoe", address), 200);
    }
    assert_eq!(house.subscribe(2, "mallory", &format!("{HYPERTY}/registration")), 200);
    house
}

fn say(house: &mut House, conn: u64, kind: &str, runtime: &str) {
    house.send(
        conn,
        json!({"type": kind, "from": format!("runtime://csp.test/{runtime}"), "to": "mn:/session"}),
    );
}

/// What Mallory has heard of the hyperty.
fn told(house: &mut House) -> Vec<Value> {
    let heard = house.take(2);
    assert!(heard.iter().all(|message| message.from == REGISTRY && message.body["attribute"] == "status"));
    heard.into_iter().map(|message| message.body["value"].clone()).collect()
}

#[test]
fn nobody_takes_an_object_whose_owner_has_lost_the_connection_and_comes_back() {
    let mut house = house();
    house.close(1);
    assert_eq!(house.subscribe(2, "mallory", ROOM), 403);
    house.wait(Duration::from_secs(59));
    assert_eq!(house.subscribe(2, "mallory", ROOM), 403);
    house.join(3, "zoe");
    assert_eq!(house.subscribe(3, "zoe", ROOM), 200);
    house.wait(Duration::from_secs(600));
    assert_eq!(house.subscribe(2, "mallory", ROOM), 403, "it is in use again");
}

#[test]
fn what_a_lost_owner_does_not_come_back_for_is_free_after_a_while_and_at_once_after_a_farewell() {
    let mut house = house();
    house.close(1);
    house.wait(Duration::from_secs(60));
    assert_eq!(house.subscribe(2, "mallory", ROOM), 200);

    let mut house = self::house();
    say(&mut house, 1, "close", "zoe");
    assert_eq!(house.subscribe(2, "mallory", ROOM), 200);
}

#[test]
fn an_object_is_its_users_until_the_last_of_their_sessions_that_use_it_has_ended() {
    let mut house = house();
    house.connect(3, Door::NodeJs);
    assert_eq!(code(&house.open(3, "zoe-b", "zoe-3")), 200);
    assert_eq!(house.subscribe(3, "zoe-b", ROOM), 200);
    say(&mut house, 1, "close", "zoe");
    assert_eq!(house.subscribe(2, "mallory", ROOM), 403);
    say(&mut house, 3, "close", "zoe-b");
    assert_eq!(house.subscribe(2, "mallory", ROOM), 200);
}

#[test]
fn the_loss_of_a_hyperty_that_is_not_registered_is_told_like_that_of_any_other() {
    let mut house = house();
    house.close(1);
    assert_eq!(told(&mut house), ["disconnected"]);
    house.join(3, "zoe");
    assert_eq!(house.subscribe(3, "zoe", HYPERTY), 200);
    house.join(4, "zoe");
    assert!(told(&mut house).is_empty(), "the runtime was there all the time");
    assert_eq!(house.subscribe(4, "zoe", HYPERTY), 200);
    say(&mut house, 4, "close", "zoe");
    assert_eq!(told(&mut house), ["disconnected"]);
}

#[test]
fn a_hyperty_that_another_session_receives_for_is_not_lost_with_the_first() {
    let mut house = house();
    house.connect(3, Door::NodeJs);
    assert_eq!(code(&house.open(3, "zoe-b", "zoe-3")), 200);
    assert_eq!(house.subscribe(3, "zoe-b", HYPERTY), 200);
    house.close(1);
    assert!(told(&mut house).is_empty());
    house.close(3);
    assert_eq!(told(&mut house), ["disconnected"]);
}

#[test]
fn a_session_that_waits_for_its_client_is_told_to_be_lost_once_and_to_be_back() {
    let mut house = House::new(Policy::STRICT);
    house.join(2, "mallory");
    house.connect(1, Door::Vertx);
    assert_eq!(code(&house.open(1, "zoe", "zoe-1")), 200);
    assert_eq!(house.subscribe(1, "zoe", HYPERTY), 200);
    assert_eq!(house.subscribe(2, "mallory", &format!("{HYPERTY}/registration")), 200);
    house.take(2);
    house.close(1);
    assert_eq!(told(&mut house), ["disconnected"]);
    house.connect(3, Door::Vertx);
    assert_eq!(code(&house.open(3, "zoe", "zoe-1")), 200);
    assert_eq!(told(&mut house), ["live"]);
    house.close(3);
    house.wait(Duration::from_secs(600));
    assert_eq!(told(&mut house), ["disconnected"]);
}

#[test]
fn a_connection_that_is_open_for_two_runtimes_opens_both_again_and_no_third() {
    let mut house = House::new(Policy::STRICT);
    house.join(1, "zoe");
    assert_eq!(code(&house.open(1, "zoe-b", "zoe-1")), 200);
    for (runtime, expected) in [("zoe", 200), ("zoe-b", 200), ("zoe-c", 404)] {
        let from = format!("runtime://csp.test/{runtime}");
        let answer = house.ask(1, json!({"type": "re-open", "from": from, "to": "mn:/session"}));
        assert_eq!(code(&answer), expected, "{runtime}");
    }
}
