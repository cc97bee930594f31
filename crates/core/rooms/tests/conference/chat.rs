//! What is written and shared in a room.

use std::time::Duration;

use confab_rethink::{Code, Draft, Kind};
use confab_rooms::{ConferenceInput, FileStore, StoreCommand, StoreEvent, StoredFile};
use confab_types::ParticipantId;
use serde_json::{Value, json};

use crate::world::World;

fn line(text: &str) -> Value {
    json!({"type": "chat", "content": text})
}

#[test]
fn a_line_is_passed_on_once_to_everybody_with_who_has_written_it() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    assert_eq!(world.post(bob, "1-a#1", line("hi")), Code::OK);
    let answer = world.clients[bob].replies.last().unwrap().value().unwrap().clone();
    assert_eq!(answer, json!({"seq": 1, "created": "1970-01-01T00:00:01Z"}));
    for client in [alice, bob] {
        assert_eq!(world.clients[client].lines(), ["p2: hi"], "{client}");
    }
    let heard = world.clients[alice].heard.iter().find(|message| message.kind == Kind::Create).unwrap();
    let room = world.clients[alice].room.as_ref().unwrap().object().clone();
    assert_eq!((heard.from.as_str(), heard.to.as_str()), (room.as_str(), room.children().as_str()));
    let value = heard.value().unwrap();
    assert_eq!((&value["byName"], &value["seq"]), (&json!("bob the 2"), &json!(1)));
    // What did not hear the answer says it again.
    assert_eq!(world.post(bob, "1-a#1", line("hi")), Code::OK);
    assert_eq!(world.clients[bob].replies.last().unwrap().value(), Some(&answer));
    assert_eq!(world.clients[alice].lines(), ["p2: hi"]);
    assert_eq!(world.post(alice, "1-a#1", line("mine")), Code::Num(409));
    let carol = world.join("carol");
    let history = world.clients[carol].replies.last().unwrap().value().unwrap()["childrenObjects"].clone();
    assert_eq!(history["1-a#1"]["value"]["byName"], "bob the 2");
}

#[test]
fn a_line_to_one_is_read_by_two_and_remembered_by_nobody() {
    let mut world = World::new();
    let clients = ["alice", "bob", "carol"].map(|name| world.join(name));
    let secret = json!({"type": "chat", "content": "psst", "to": "p3", "reply": "1-x#1"});
    assert_eq!(world.post(clients[0], "1-a#1", secret.clone()), Code::OK);
    assert_eq!(clients.map(|client| world.clients[client].lines().len()), [1, 0, 1]);
    let heard = world.clients[clients[2]].heard.iter().find(|message| message.kind == Kind::Create).unwrap();
    assert_eq!(heard.value().unwrap()["data"], secret);
    for to in ["p1", "p9"] {
        let code = world.post(clients[0], "1-a#2", json!({"type": "chat", "content": "x", "to": to}));
        assert_eq!(code, Code::NOT_FOUND);
    }
    let dan = world.join("dan");
    assert_eq!(world.clients[dan].replies.last().unwrap().value().unwrap().get("childrenObjects"), None);
}

#[test]
fn nobody_floods_the_others() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let codes: Vec<Code> = (0..25).map(|n| world.post(bob, &format!("1-{n}#1"), line("x"))).collect();
    assert_eq!(codes.iter().filter(|code| **code == Code::OK).count(), 20);
    assert_eq!(codes[24], Code::Num(429));
    let reactions: Vec<Code> = (0..6).map(|_| world.execute(bob, "react", json!(["👍"]))).collect();
    assert_eq!(reactions.iter().filter(|code| **code == Code::OK).count(), 4);
    assert_eq!(world.clients[alice].signals("reaction").len(), 4);
    assert_eq!(world.clients[alice].signals("reaction")[0], json!({"by": "p2", "emoji": "👍"}));
    assert_eq!(world.execute(alice, "react", json!(["not one"])), Code::BAD_REQUEST);
    assert_eq!(world.post(alice, "1-z#1", line("still here")), Code::OK, "others are not held up");
    world.pass(Duration::from_secs(10));
    assert_eq!(world.post(bob, "1-24#1", line("x")), Code::OK);
}

#[test]
fn typing_is_passed_on_with_who_types() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    for _ in 0..5 {
        let event = world.clients[bob].room.as_ref().unwrap().event("typing");
        world.clients[bob].session.send(event).unwrap();
        world.settle();
    }
    assert_eq!(world.clients[alice].signals("typing"), vec![json!({"by": "p2"}); 2]);
    let noise = world.clients[bob].room.as_ref().unwrap().event(json!({"private": "lies"}));
    world.clients[bob].session.send(noise.with("resource", "private")).unwrap();
    world.settle();
    assert_eq!(world.clients[bob].signals("private").len(), 0);
    assert_eq!(
        world.clients[alice].signals("private").iter().filter(|value| value["private"] == "lies").count(),
        0
    );
}

#[test]
fn what_a_company_has_said_is_not_read_by_the_next_one() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.chat(alice, "our salaries");
    world.leave(alice);
    let bob = world.join("bob");
    assert_eq!(world.clients[bob].replies.last().unwrap().value().unwrap().get("childrenObjects"), None);
}

fn with_store() -> World {
    World::with(|config| {
        config.files = Some(FileStore { url: "https://csp.test/files".into(), limit: 1 << 31 })
    })
}

fn offered(world: &World, client: usize, id: &str) -> StoreEvent {
    let file = StoredFile {
        id: id.into(),
        name: "plan.pdf\u{202e}".into(),
        size: 5_000_000,
        mimetype: "application/pdf".into(),
        last_modified: Some(7),
        sha256: "ab".repeat(32),
    };
    let room = world.clients[0].room.as_ref().unwrap().object().clone();
    let participant = ParticipantId::new(world.clients[client].key.as_deref().unwrap());
    StoreEvent::Offered { room, participant, file }
}

#[test]
fn a_file_is_told_when_it_is_offered_and_followed_by_its_sender() {
    let mut world = with_store();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let room = world.clients[alice].room.as_ref().unwrap().object().clone();
    assert_eq!(world.store, [StoreCommand::Open { room: room.clone() }]);
    let access = world.value_of(bob, "files", json!([]));
    assert_eq!(access["url"], format!("https://csp.test/files/{}", room.last_segment()));
    assert_eq!((&access["expires"], &access["limit"]), (&json!(601), &json!(1u64 << 31)));
    let Some(StoreCommand::Allow { token, participant, .. }) = world.store.last() else {
        panic!("{:?}", world.store)
    };
    assert_eq!((json!(token), participant.as_str()), (access["token"].clone(), "p2"));

    let event = offered(&world, bob, "f1");
    world.conference(ConferenceInput::Store(event.clone()));
    world.conference(ConferenceInput::Store(event));
    assert_eq!(world.clients[alice].lines(), ["p2: plan.pdf"], "once, under a name that can be shown");
    let heard = world.clients[alice].heard.iter().find(|message| message.kind == Kind::Create).unwrap();
    let value = heard.value().unwrap();
    assert_eq!(value["contentURL"], json!([format!("https://csp.test/files/{}/f1", room.last_segment())]));
    assert_eq!(
        (&value["resourceType"], &value["size"], &value["pieces"]),
        (&json!("file"), &json!(5_000_000), &json!(1 << 20))
    );

    let progress = StoreEvent::Progress {
        room: room.clone(),
        file: "f1".into(),
        receiver: ParticipantId::new("p1"),
        bytes: 9,
    };
    world.conference(ConferenceInput::Store(progress));
    assert_eq!(world.clients[bob].signals("file-progress"), [json!({"file": "f1", "receivers": {"p1": 9}})]);
    assert!(world.clients[alice].signals("file-progress").is_empty());
    world.conference(ConferenceInput::Store(StoreEvent::Complete { room: room.clone(), file: "f1".into() }));
    assert_eq!(world.clients[alice].signals("file-stored"), [json!({"file": "f1"})]);
    world.conference(ConferenceInput::Store(StoreEvent::Gone { room: room.clone(), file: "f1".into() }));
    assert_eq!(world.clients[alice].signals("file-gone"), [json!({"file": "f1"})]);
    let carol = world.join("carol");
    assert_eq!(world.clients[carol].replies.last().unwrap().value().unwrap().get("childrenObjects"), None);
}

#[test]
fn who_is_gone_has_no_token_and_offers_nothing() {
    let mut world = with_store();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let room = world.clients[alice].room.as_ref().unwrap().object().clone();
    let late = offered(&world, bob, "f1");
    world.execute(alice, "removeUser", json!(["p2"]));
    assert_eq!(
        world.store.last(),
        Some(&StoreCommand::Revoke { room: room.clone(), participant: ParticipantId::new("p2") })
    );
    world.conference(ConferenceInput::Store(late));
    assert!(world.clients[alice].lines().is_empty());
    assert_eq!(world.execute(bob, "files", json!([])), Code::FORBIDDEN);
    world.join("carol");
    world.leave(alice);
    assert!(world.store.contains(&StoreCommand::Close { room }));
    assert!(matches!(world.store.last(), Some(StoreCommand::Open { .. })), "for the room that opens again");
}

#[test]
fn where_there_is_no_store_nobody_is_sent_there() {
    let mut world = World::new();
    let alice = world.join("alice");
    assert_eq!(world.execute(alice, "files", json!([])), Code::NOT_FOUND);
    assert!(world.store.is_empty());
    let forged = Draft::new(
        Kind::Create,
        &world.clients[alice].hyperty,
        world.clients[alice].room.as_ref().unwrap().object().children(),
    );
    let value = json!({"resourceType": "file", "name": "x", "contentURL": ["https://evil.test/x"]});
    world.ask(alice, forged.with("resource", "f").with("value", value));
    assert_eq!(world.clients[alice].last_code(), Code::BAD_REQUEST, "files come from the store only");
}
