//! Guests of one room: they reach services and nobody else.

use confab_message_node::{Door, Policy};
use serde_json::json;

use crate::house::{House, REGISTRY, code, grant, hyperty, object, to_registry};

const SERVICE: u64 = 9;
const HALL: &str = "comm://csp.test/hall";
const ZOE: &str = "hyperty://csp.test/zoe-h";
const LODGER: &str = "hyperty://csp.test/lodger-h";

/// Zoe with a hyperty and a room of her own, a room of the domain's conference, and its guest.
fn house_with_a_guest() -> House {
    let mut house = House::new(Policy::STRICT);
    house.connect(SERVICE, Door::Internal(grant("conference", 0)));
    assert_eq!(house.subscribe(SERVICE, "conference", HALL), 200);
    assert_eq!(house.subscribe(SERVICE, "conference", &format!("{HALL}/subscription")), 200);
    let hall = object("conference", "4711", HALL);
    assert_eq!(code(&house.ask(SERVICE, to_registry("create", "conference", json!({"value": hall})))), 200);
    house.join(1, "zoe");
    for address in [ZOE, "comm://csp.test/den", "comm://csp.test/den/subscription"] {
        assert_eq!(house.subscribe(1, "zoe", address), 200);
    }
    for value in [hyperty("zoe", ZOE), object("zoe", "den", "comm://csp.test/den")] {
        assert_eq!(code(&house.ask(1, to_registry("create", "zoe", json!({"value": value})))), 200);
    }
    house.join(2, "lodger");
    assert_eq!(house.subscribe(2, "lodger", LODGER), 200);
    house.take(1);
    house
}

#[test]
fn a_guest_of_a_room_speaks_to_the_room_and_rings_nobody() {
    let mut house = house_with_a_guest();
    let tell = |house: &mut House, kind: &str, to: &str| {
        house.send(2, json!({"type": kind, "from": LODGER, "to": to}));
        house.take(2).first().map(code)
    };
    for to in [ZOE, "comm://csp.test/den", "comm://csp.test/den/subscription", "runtime://csp.test/zoe/sm"] {
        assert_eq!(tell(&mut house, "create", to), Some(403), "{to}");
    }
    assert_eq!(house.take(1), []);
    assert_eq!(tell(&mut house, "subscribe", &format!("{HALL}/subscription")), None);
    assert_eq!(tell(&mut house, "execute", HALL), None);
    assert_eq!(house.take(SERVICE).len(), 2);
    assert_eq!(tell(&mut house, "read", "comm://csp.test/nothing"), Some(404));
    // Whoever speaks to them is answered.
    house.send(1, json!({"type": "create", "from": ZOE, "to": LODGER, "id": 5}));
    assert_eq!(house.take(2).len(), 1);
    house.send(2, json!({"type": "response", "from": LODGER, "to": ZOE, "id": 5, "body": {"code": 486}}));
    assert_eq!(house.take(1).len(), 1);
}

#[test]
fn a_guest_of_a_room_hears_and_finds_what_belongs_to_rooms() {
    let mut house = house_with_a_guest();
    for (address, expected) in [
        (format!("{HALL}/changes"), 200),
        (format!("{HALL}/children/"), 200),
        ("comm://csp.test/den/changes".to_owned(), 403),
        (format!("{ZOE}/registration"), 403),
    ] {
        assert_eq!(house.subscribe(2, "lodger", &address), expected, "{address}");
    }
    let own = to_registry("create", "lodger", json!({"value": hyperty("lodger", LODGER)}));
    assert_eq!(code(&house.ask(2, own)), 200);
    for (resource, expected) in [
        ("4711", 200),
        (HALL, 200),
        (LODGER, 200),
        ("den", 404),
        ("comm://csp.test/den", 404),
        (ZOE, 404),
        ("user://csp.test/zoe@csp.test", 404),
    ] {
        let read = to_registry("read", "lodger", json!({"resource": resource}));
        assert_eq!(code(&house.ask(2, read)), expected, "{resource} at {REGISTRY}");
    }
}
