//! Checklist item 11: whole conversations of reference clients, message by message, through an open node and a strict one.

use confab_message_node::Policy;
use confab_rethink::Message;
use serde_json::{Value, json};

use crate::house::{House, SM, code, hyperty, object, to_registry};

const ALICE: &str = "hyperty://csp.test/alice-h";
const BOB: &str = "hyperty://csp.test/bob-h";
const OBJECT: &str = "comm://csp.test/o";

/// Alice (1) and Bob (2) with their hyperties, routed and registered as reference runtimes do.
fn houses() -> [House; 2] {
    [Policy::OPEN, Policy::STRICT].map(|policy| {
        let mut house = House::new(policy);
        for (conn, name, own) in [(1, "alice", ALICE), (2, "bob", BOB)] {
            house.join(conn, name);
            // The runtime asks in the words of the specification.
            assert_eq!(route(&mut house, conn, "resources", &[own], own), 200);
            let value = hyperty(name, own);
            assert_eq!(code(&house.ask(conn, to_registry("create", name, json!({"value": value})))), 200);
        }
        house
    })
}

fn name(conn: u64) -> &'static str {
    if conn == 1 { "alice" } else { "bob" }
}

fn route(house: &mut House, conn: u64, key: &str, urls: &[&str], source: &str) -> u64 {
    let from = format!("runtime://csp.test/{}/sm", name(conn));
    let mut body = json!({"source": source});
    body[key] = json!(urls);
    code(&house.ask(conn, json!({"type":"subscribe","from":from,"to":SM,"body":body})))
}

/// Sends from one to the other, who receives it and nothing else; then the answer, which comes back.
fn exchange(house: &mut House, from: u64, request: Value, answer: Value) -> Message {
    let to = 3 - from;
    house.send(from, request);
    let got = house.take(to);
    assert_eq!(got.len(), 1, "{got:?}");
    let answer =
        json!({"id":got[0].id.to_value(),"type":"response","from":got[0].to,"to":got[0].from,"body":answer});
    house.send(to, answer);
    let back = house.take(from);
    assert_eq!(back.len(), 1, "{back:?}");
    assert_eq!(back[0].id, got[0].id);
    got.into_iter().next().expect("there is one")
}

/// Alice reports an object and Bob observes it.
fn observed(house: &mut House, url: &str) {
    let parts = [url.to_owned(), format!("{url}/subscription"), format!("{url}/children/")];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    assert_eq!(route(house, 1, "subscribe", &parts, ALICE), 200);
    let invite = json!({"id":7,"type":"create","from":format!("{url}/subscription"),"to":BOB,"body":{"source":ALICE,
        "schema":"hyperty-catalogue://catalogue.csp.test/.well-known/dataschema/Communication",
        "value":{"url":url,"name":"weekly","reporter":ALICE,"resources":["chat"],"mutual":false}}});
    exchange(house, 1, invite, json!({"code":200}));
    assert_eq!(
        route(house, 2, "subscribe", &[&format!("{url}/changes"), &format!("{url}/children/")], BOB),
        200
    );
    let join = json!({"id":4,"type":"subscribe","from":"runtime://csp.test/bob/sm","to":format!("{url}/subscription"),
        "body":{"subscriber":BOB,"source":BOB,"mutual":false}});
    let value = json!({"url":url,"reporter":ALICE,"data":{"status":"open"},"version":0});
    exchange(house, 2, join, json!({"code":200,"owner":ALICE,"value":value}));
}

#[test]
fn checklist_18b_11_somebody_is_found_by_what_they_can_do() {
    for mut house in houses() {
        let criteria = json!({"resources":["audio"],"dataSchemes":["connection"]});
        let body = json!({"resource":"user://csp.test/bob@csp.test","criteria":criteria});
        let found = house.ask(1, to_registry("read", "alice", body));
        assert_eq!(found.value().unwrap()[BOB]["hypertyID"], BOB);
        let nobody = json!({"resource":"user://csp.test/nobody@csp.test","criteria":criteria});
        assert_eq!(code(&house.ask(1, to_registry("read", "alice", nobody))), 404);
        assert_eq!(
            code(&house.ask(2, to_registry("read", "bob", json!({"resource":ALICE})))),
            200,
            "it goes on"
        );
    }
}

#[test]
fn checklist_18b_11_an_object_is_offered_joined_changed_and_left() {
    for mut house in houses() {
        observed(&mut house, OBJECT);
        for version in 1..=3 {
            let body = json!({"version":version,"source":ALICE,"attribute":"status","value":"paused"});
            house
                .send(1, json!({"type":"update","from":OBJECT,"to":format!("{OBJECT}/changes"),"body":body}));
            assert_eq!(house.take(2)[0].body["version"], version);
        }
        let read = json!({"type":"read","from":BOB,"to":OBJECT});
        exchange(&mut house, 2, read, json!({"code":200,"value":{"version":3}}));
        let command =
            json!({"type":"execute","from":BOB,"to":OBJECT,"body":{"method":"addUser","params":[[]]}});
        exchange(&mut house, 2, command, json!({"code":401,"desc":"no"}));
        let leave = json!({"type":"unsubscribe","from":"runtime://csp.test/bob/sm","to":format!("{OBJECT}/subscription"),
            "body":{"source":BOB}});
        house.send(2, leave);
        assert_eq!(house.take(1)[0].kind.as_str(), "unsubscribe");
        let body = json!({"unsubscribe":[format!("{OBJECT}/changes"), format!("{OBJECT}/children/")],
            "subscribe":[format!("{OBJECT}/changes")]});
        let unroute = json!({"type":"unsubscribe","from":"runtime://csp.test/bob/sm","to":SM,"body":body});
        assert_eq!(code(&house.ask(2, unroute)), 200);
        house.send(
            1,
            json!({"type":"delete","from":format!("{OBJECT}/subscription"),"to":format!("{OBJECT}/changes")}),
        );
        assert!(
            house.take(2).is_empty() && house.take(1).is_empty(),
            "streams without observers are no error"
        );
    }
}

#[test]
fn checklist_18b_11_chat_lines_reach_everybody_and_are_acknowledged_from_the_object() {
    for mut house in houses() {
        observed(&mut house, OBJECT);
        let children = format!("{OBJECT}/children/");
        let value = json!({"url":"17-x#1","reporter":BOB,"data":{"type":"chat","content":"hi"}});
        let line = json!({"id":16,"type":"create","from":BOB,"to":children,"body":{"resource":"17-x#1","value":value}});
        house.send(2, line);
        assert_eq!((house.take(2).len(), house.take(1).len()), (1, 1), "the own echo comes too");
        let ack = json!({"id":16,"type":"response","from":children,"to":BOB,"body":{"code":100}});
        house.send(1, ack);
        assert_eq!(code(&house.take(2)[0]), 100);
        // An older dialect has a collection, and a line that nobody acknowledged goes to the reporter's object.
        for (to, receivers) in [(format!("{OBJECT}/children/resources"), 0), (OBJECT.to_owned(), 1)] {
            house.send(2, json!({"id":17,"type":"create","from":BOB,"to":to,"body":{"resource":"17-x#1"}}));
            assert_eq!(house.take(1).len(), receivers, "{to}");
            house.take(2);
        }
        house.send(2, json!({"type":"event","from":BOB,"to":children,"body":{"value":"typing"}}));
        assert_eq!(house.take(1)[0].kind.as_str(), "event");
    }
}

#[test]
fn checklist_18b_11_two_connection_objects_make_a_call() {
    for mut house in houses() {
        observed(&mut house, "connection://csp.test/oa");
        let description = json!({"type":"offer","sdp":"v=0"});
        let body =
            json!({"version":1,"source":ALICE,"attribute":"connectionDescription","value":description});
        let (from, to) = ("connection://csp.test/oa", "connection://csp.test/oa/changes");
        house.send(1, json!({"type":"update","from":from,"to":to,"body":body}));
        assert_eq!(house.take(2)[0].body["value"], description);
        let parts = ["connection://csp.test/ob", "connection://csp.test/ob/subscription"];
        assert_eq!(route(&mut house, 2, "subscribe", &parts, BOB), 200);
        let invite = json!({"type":"create","from":parts[1],"to":ALICE,"body":{"source":BOB,"value":{"url":parts[0]}}});
        exchange(&mut house, 2, invite, json!({"code":200}));
        assert_eq!(route(&mut house, 1, "subscribe", &["connection://csp.test/ob/changes"], ALICE), 200);
        let end = json!({"type":"delete","from":parts[1],"to":"connection://csp.test/ob/changes"});
        house.send(2, end);
        assert_eq!(house.take(1)[0].kind.as_str(), "delete");
    }
}

#[test]
fn checklist_18b_11_after_a_loss_routes_are_replayed_and_the_registration_is_live_again() {
    for mut house in houses() {
        observed(&mut house, OBJECT);
        assert_eq!(route(&mut house, 1, "subscribe", &[&format!("{BOB}/registration")], ALICE), 200);
        house.close(2);
        assert_eq!(house.take(1)[0].body["value"], "disconnected");
        let invite = json!({"type":"create","from":format!("{OBJECT}/subscription"),"to":BOB});
        assert_eq!(code(&house.ask(1, invite)), 404, "somebody who is away is not silence");
        house.join(2, "bob");
        assert_eq!(route(&mut house, 2, "subscribe", &[&format!("{OBJECT}/changes")], BOB), 200);
        let live = json!({"resource":BOB,"value":{"status":"live"},"method":"refresh"});
        assert_eq!(code(&house.ask(2, to_registry("update", "bob", live))), 200);
        assert_eq!(house.take(1)[0].body["value"], "live");
        house.send(
            1,
            json!({"type":"update","from":OBJECT,"to":format!("{OBJECT}/changes"),"body":{"version":1}}),
        );
        assert_eq!(house.take(2).len(), 1);
    }
}

#[test]
fn checklist_18b_11_objects_are_registered_under_a_name_and_go_offline() {
    for mut house in houses() {
        let value = object("alice", "weekly", OBJECT);
        assert_eq!(code(&house.ask(1, to_registry("create", "alice", json!({"value": value})))), 200);
        let found = house.ask(2, to_registry("read", "bob", json!({"resource":"weekly"})));
        assert_eq!(found.value().unwrap()[OBJECT]["reporter"], ALICE);
        let gone = json!({"resource":OBJECT,"value":{"status":"disconnected"}});
        assert_eq!(code(&house.ask(1, to_registry("update", "alice", gone))), 200);
        let found = house.ask(2, to_registry("read", "bob", json!({"resource":OBJECT})));
        assert_eq!((code(&found), &found.value().unwrap()["status"]), (200, &json!("disconnected")));
    }
}
