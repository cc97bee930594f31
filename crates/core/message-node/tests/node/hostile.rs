//! Arbitrary messages of one connection never disturb what another one receives.

use confab_message_node::{Door, Policy};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::house::{House, grant, hyperty, object, to_registry};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("hyperty://csp.test/zoe-h".to_owned()),
        Just("hyperty://csp.test/zoe-h/registration".to_owned()),
        Just("hyperty://csp.test/mallory-h".to_owned()),
        Just("comm://csp.test/room".to_owned()),
        Just("comm://csp.test/room/changes".to_owned()),
        Just("comm://csp.test/room/subscription".to_owned()),
        Just("runtime://csp.test/zoe".to_owned()),
        Just("runtime://csp.test/zoe/sm".to_owned()),
        Just("runtime://csp.test/mallory".to_owned()),
        Just("runtime://csp.test/mallory/registry".to_owned()),
        Just("mn:/session".to_owned()),
        Just("domain://msg-node.csp.test/sm".to_owned()),
        Just("domain://msg-node.csp.test/address-allocation".to_owned()),
        Just("domain://registry.csp.test".to_owned()),
        Just("mallory-2".to_owned()),
        Just("weekly".to_owned()),
        ".{1,20}",
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word().prop_map(Value::from),
        Just(hyperty("mallory", "hyperty://csp.test/mallory-h")),
        Just(hyperty("zoe", "hyperty://csp.test/zoe-h")),
        Just(object("mallory", "weekly", "comm://csp.test/room")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn message() -> impl Strategy<Value = Value> {
    let kinds = [
        "open",
        "re-open",
        "subscribe",
        "unsubscribe",
        "create",
        "read",
        "update",
        "delete",
        "execute",
        "response",
        "event",
        "forward",
        "handshake",
        "nonsense",
    ];
    let keys = [
        "subscribe",
        "resources",
        "unsubscribe",
        "source",
        "subscriber",
        "value",
        "resource",
        "criteria",
        "scheme",
        "accessToken",
        "identity",
        "childrenResources",
        "attribute",
    ];
    let body = prop::collection::vec((prop::sample::select(keys.to_vec()), json_value()), 0..4);
    (1u64.., prop::sample::select(kinds.to_vec()), word(), word(), body).prop_map(
        |(id, kind, from, to, body)| {
            let body: Map<String, Value> =
                body.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            json!({"id": id, "type": kind, "from": from, "to": to, "body": body})
        },
    )
}

proptest! {
    #[test]
    fn a_hostile_connection_changes_nothing_for_another(messages in prop::collection::vec(message(), 1..60), vertx: bool) {
        let mut house = House::new(Policy::STRICT);
        house.join(1, "zoe");
        for address in ["hyperty://csp.test/zoe-h", "comm://csp.test/room", "comm://csp.test/room/subscription",
            "comm://csp.test/room/changes", "hyperty://csp.test/zoe-h/registration"] {
            prop_assert_eq!(house.subscribe(1, "zoe", address), 200);
        }
        let value = hyperty("zoe", "hyperty://csp.test/zoe-h");
        house.send(1, to_registry("create", "zoe", json!({"value": value})));
        house.connect(2, if vertx { Door::Vertx } else { Door::NodeJs });
        house.open(2, "mallory", "mallory-2");
        house.take(1);
        house.take(2);
        let mallory = grant("mallory", 2).identity.to_value();
        for message in messages {
            if confab_rethink::Message::parse_value(message.clone()).is_ok() {
                house.send(2, message);
            }
        }
        // Zoe hears from Mallory only as Mallory, never on her own streams, and never of a loss that is none.
        for got in house.take(1) {
            prop_assert!(got.from.as_str().contains("mallory") || !got.from.as_str().contains("csp.test/zoe"), "{:?}", got);
            prop_assert!(got.from != "comm://csp.test/room", "{:?}", got);
            prop_assert!(got.from != "domain://registry.csp.test", "{:?}", got);
            prop_assert!(got.to != "comm://csp.test/room/changes" && got.to != "hyperty://csp.test/zoe-h/registration");
            if let Some(identity) = got.body.get("identity") {
                prop_assert_eq!(identity, &mallory);
            }
        }
        // Every route and registration of Zoe works as before.
        house.send(1, json!({"type":"update","from":"comm://csp.test/room","to":"comm://csp.test/room/changes"}));
        prop_assert_eq!(house.take(1).len(), 1);
        let read = json!({"resource":"hyperty://csp.test/zoe-h"});
        let found = house.ask(1, to_registry("read", "zoe", read));
        prop_assert_eq!(&found.body["value"]["status"], "live");
        prop_assert_eq!(&found.body["value"]["userID"], "user://csp.test/zoe@csp.test");
    }

    #[test]
    fn an_open_node_never_panics_and_answers_in_numbers(messages in prop::collection::vec(message(), 1..60)) {
        let mut house = House::new(Policy::OPEN);
        house.connect(1, Door::NodeJs);
        for message in messages {
            if confab_rethink::Message::parse_value(message.clone()).is_ok() {
                house.send(1, message);
            }
        }
        for got in house.take(1) {
            let own = got.body.get("code").is_some() && got.from.as_str().contains("msg-node");
            prop_assert!(!own || got.body["code"].is_number());
        }
    }
}
