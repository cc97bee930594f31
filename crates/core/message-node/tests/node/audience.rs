//! Closed objects: who hears them, and whom the others reach.

use confab_message_node::{Door, Policy};
use serde_json::{Value, json};

use crate::house::{House, SM, code, config};

const ROOM: &str = "comm://csp.test/room";
const OWNER: &str = "hyperty://csp.test/rooms-h";
const BOB: &str = "hyperty://csp.test/bob-h";
const EVE: &str = "hyperty://csp.test/eve-h";

/// The owner is 1, Bob 2 and Eve 3; all of them route the room's streams.
fn house(policy: Policy) -> House {
    let mut house = House::with(config(policy));
    for (conn, name, hyperty) in [(1, "rooms", OWNER), (2, "bob", BOB), (3, "eve", EVE)] {
        house.join(conn, name);
        let mut addresses = vec![hyperty.to_owned(), format!("{ROOM}/changes"), format!("{ROOM}/children/")];
        if conn == 1 {
            addresses.extend([ROOM.to_owned(), format!("{ROOM}/subscription")]);
        }
        for address in addresses {
            assert_eq!(house.subscribe(conn, name, &address), 200, "{name} {address}");
        }
    }
    house
}

fn audience(house: &mut House, conn: u64, name: &str, params: Value) -> u64 {
    let from = format!("runtime://csp.test/{name}/sm");
    let body = json!({"method": "audience", "params": params});
    code(&house.ask(conn, json!({"type": "execute", "from": from, "to": SM, "body": body})))
}

/// Who of Bob and Eve gets what the owner publishes.
fn hearers(house: &mut House, below: &str) -> Vec<u64> {
    let body = json!({"resource": "1-x#1", "value": {"data": {}}});
    house.send(1, json!({"type": "create", "from": ROOM, "to": format!("{ROOM}{below}"), "body": body}));
    house.take(1);
    [2, 3].into_iter().filter(|&conn| !house.take(conn).is_empty()).collect()
}

#[test]
fn only_the_audience_hears_a_closed_object_until_it_is_open_again() {
    for policy in [Policy::STRICT, Policy::OPEN] {
        let mut house = house(policy);
        for below in ["/changes", "/children/"] {
            assert_eq!(hearers(&mut house, below), [2, 3]);
            assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, []])), 200);
            assert!(hearers(&mut house, below).is_empty());
            assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, [BOB]])), 200);
            assert_eq!(hearers(&mut house, below), [2]);
            assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, null])), 200);
        }
    }
}

#[test]
fn what_others_post_at_a_closed_object_reaches_the_owner_only() {
    let mut house = house(Policy::STRICT);
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, [BOB]])), 200);
    for (conn, from) in [(2, BOB), (3, EVE)] {
        for kind in ["create", "event"] {
            let body = json!({"resource": "1-x#1", "value": {"data": {"type": "chat", "content": "hi"}}});
            house.send(
                conn,
                json!({"type": kind, "from": from, "to": format!("{ROOM}/children/"), "body": body}),
            );
            assert_eq!((house.take(1).len(), house.take(2).len(), house.take(3).len()), (1, 0, 0));
        }
    }
    // An address that nobody but listeners routes carries nothing either.
    let hidden = format!("{ROOM}/children/resources");
    assert_eq!(house.subscribe(2, "bob", &hidden), 200);
    house.send(3, json!({"type": "create", "from": EVE, "to": hidden, "body": {"resource": "2"}}));
    assert!(house.take(2).is_empty());
}

#[test]
fn who_is_put_out_hears_nothing_more_whatever_they_subscribe() {
    let mut house = house(Policy::STRICT);
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, [BOB, EVE]])), 200);
    assert_eq!(hearers(&mut house, "/changes"), [2, 3]);
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, [BOB]])), 200);
    for address in ["/changes", "/children/", "/children/resources"] {
        assert_eq!(house.subscribe(3, "eve", &format!("{ROOM}{address}")), 200);
    }
    assert_eq!(house.subscribe(3, "eve", BOB), 403, "the address that opens doors is Bob's own");
    for below in ["/changes", "/children/", "/children/resources"] {
        assert!(!hearers(&mut house, below).contains(&3), "{below}");
    }
    // Nor does an answer from an address that they route but do not hear pass for one of the audience.
    let answer = json!({"id": 9, "type": "response", "from": format!("{ROOM}/children/"), "to": BOB, "body": {"code": 100}});
    house.send(3, answer);
    assert!(house.take(2).is_empty());
}

#[test]
fn only_the_owner_closes_what_it_routes() {
    let mut house = house(Policy::STRICT);
    assert_eq!(audience(&mut house, 3, "eve", json!([ROOM, [EVE]])), 403);
    assert_eq!(audience(&mut house, 1, "rooms", json!(["comm://csp.test/other", []])), 404);
    for params in [
        json!([]),
        json!([ROOM]),
        json!([ROOM, BOB]),
        json!([ROOM, [5]]),
        json!([ROOM, ["comm://csp.test/x"]]),
        json!([ROOM, [format!("{BOB}/registration")]]),
        json!([format!("{ROOM}/changes"), []]),
        json!([ROOM, [], 1]),
    ] {
        assert_eq!(audience(&mut house, 1, "rooms", params.clone()), 400, "{params}");
    }
    let body = json!({"method": "everything", "params": []});
    let from = "runtime://csp.test/rooms/sm";
    assert_eq!(code(&house.ask(1, json!({"type": "execute", "from": from, "to": SM, "body": body}))), 404);
    assert_eq!(hearers(&mut house, "/changes"), [2, 3], "nothing of this has closed it");
}

#[test]
fn the_guard_goes_with_the_route_and_with_the_session_that_set_it() {
    let mut house = house(Policy::STRICT);
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, []])), 200);
    let body = json!({"unsubscribe": [ROOM]});
    let from = "runtime://csp.test/rooms/sm";
    assert_eq!(
        code(&house.ask(1, json!({"type": "unsubscribe", "from": from, "to": SM, "body": body}))),
        200
    );
    assert_eq!(hearers(&mut house, "/changes"), [2, 3]);

    assert_eq!(house.subscribe(1, "rooms", ROOM), 200);
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, []])), 200);
    house.close(1);
    house.connect(1, Door::NodeJs);
    house.open(1, "rooms", "rooms-1");
    assert_eq!(house.subscribe(1, "rooms", ROOM), 200);
    assert_eq!(hearers(&mut house, "/changes"), [2, 3], "it is to be said again");
    assert_eq!(audience(&mut house, 1, "rooms", json!([ROOM, [EVE]])), 200);
    assert_eq!(hearers(&mut house, "/changes"), [3]);
}
