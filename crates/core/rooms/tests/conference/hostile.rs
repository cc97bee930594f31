//! Whatever arrives, the conference goes on.

use confab_rethink::{Body, Message};
use confab_rooms::ConferenceInput;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, publish};

const TEXTS: &[&str] =
    &["", "p1", "setState", "live", "disconnected", "status", "offer", "publish", "camera", "a.b", "x://y/z"];
const FIELDS: &[&str] =
    &["value", "url", "reporter", "data", "version", "status", "sdp", "type", "userProfile", "userURL"];
const ATTRIBUTES: &[&str] = &[
    "method",
    "params",
    "source",
    "subscriber",
    "identity",
    "value",
    "attribute",
    "version",
    "resource",
    "code",
    "name",
    "attributeType",
    "operation",
    "schema",
];

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(TEXTS).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    word().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(FIELDS), inner, 0..4).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Body>()
                .into()),
        ]
    })
}

fn body() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(ATTRIBUTES), value(), 0..6)
        .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Body>().into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn malformed_messages_never_stop_it(letters in prop::collection::vec((0usize..9, 0usize..6, 0usize..8, body()), 1..30)) {
        let mut world = World::new();
        let alice = world.join("alice");
        let (offer, _) = world.leg(alice, publish("camera"));
        let room = world.clients[alice].room.as_ref().unwrap().object().to_string();
        let hyperty = world.clients[alice].hyperty.to_string();
        let answer = world.clients[alice].answers.keys().next().unwrap().to_string();
        let conference = world.conference.hyperty().to_string();
        let kinds = ["create", "read", "update", "delete", "subscribe", "unsubscribe", "response", "execute", "event"];
        let froms = [
            hyperty.clone(), format!("{offer}/subscription"), offer.to_string(), "x".to_owned(),
            "connection://csp.test/evil/subscription".to_owned(), format!("{}/sm", world.clients[alice].runtime()),
        ];
        let tos = [
            room.clone(), format!("{room}/subscription"), format!("{room}/children/"), conference.clone(),
            format!("{offer}/changes"), format!("{answer}/subscription"), format!("{hyperty}/registration"), answer,
        ];
        for (id, (kind, from, to, body)) in (1u64..).zip(letters) {
            let message = json!({"id": id, "type": kinds[kind], "from": froms[from], "to": tos[to], "body": body});
            let message = Message::parse_value(message).unwrap();
            world.conference(ConferenceInput::Incoming(message));
        }
        let bob = world.join("bob");
        prop_assert_eq!(world.clients[bob].sees("/status"), "open");
    }
}
