//! Coming, going, being away, and what participants may ask for.

use std::time::Duration;

use confab_rethink::{Code, Draft, Kind, Observer, ObserverConfig};
use confab_rooms::{ConferenceEvent, ConferenceInput, MediaCommand, MediaEvent, MediaKind};
use confab_types::ParticipantId;
use serde_json::json;

use crate::world::{ROOM, World, publish};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_room_is_found_by_name_and_joined() {
    let mut world = World::new();
    let alice = world.join("alice");
    let client = &world.clients[alice];
    assert_eq!(client.key.as_deref(), Some("p1"));
    let conference = world.conference.hyperty().to_string();
    for (pointer, value) in [
        ("/profile", json!("rethink-conf/1")),
        ("/status", json!("open")),
        ("/startingTime", json!("1970-01-01T00:00:01Z")),
        ("/name", json!(ROOM)),
        ("/conference", json!(conference)),
        ("/promised", json!("HD")),
        ("/activeSpeaker", json!(null)),
        ("/roster/p1/name", json!("alice the 1")),
        ("/roster/p1/user", json!("user://csp.test/alice@csp.test")),
        ("/roster/p1/hypertyURL", json!(client.hyperty.as_str())),
        ("/roster/p1/role", json!("organiser")),
        ("/organiser", json!("p1")),
        ("/moderated", json!(true)),
        ("/locked", json!(false)),
        ("/guests", json!(true)),
        ("/roster/p1/mutedByOrganiser", json!(false)),
        ("/roster/p1/audioMuted", json!(false)),
        ("/roster/p1/videoMuted", json!(false)),
        ("/roster/p1/away", json!(false)),
        ("/roster/p1/camera", json!(false)),
        ("/roster/p1/screen", json!(false)),
        ("/participants/user:~1~1csp.test~1alice@csp.test/status", json!("live")),
    ] {
        assert_eq!(client.sees(pointer), value, "{pointer}");
    }
    assert_eq!(world.find_room(alice, "nowhere"), None);
}

#[test]
fn everybody_sees_who_comes_and_who_was_there() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    for client in [alice, bob] {
        assert_eq!(world.clients[client].sees("/roster/p1/name"), "alice the 1");
        assert_eq!(world.clients[client].sees("/roster/p2/name"), "bob the 2");
    }
    assert_eq!(world.conference.participant_count(), 2);
}

#[test]
fn a_second_subscribe_of_a_hyperty_returns_its_key_and_another_hyperty_is_another_participant() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.clients[alice].key = None;
    world.subscribe(alice);
    assert_eq!(world.clients[alice].key.as_deref(), Some("p1"));

    let laptop = world.join("alice");
    assert_eq!(world.clients[laptop].key.as_deref(), Some("p2"));
    world.leave(laptop);
    let entry = world.clients[alice].sees("/participants/user:~1~1csp.test~1alice@csp.test/hypertyURL");
    assert_eq!(entry, world.clients[alice].hyperty.as_str(), "the one who is left");
    let laptop = world.join("alice");
    assert_eq!(world.clients[laptop].key.as_deref(), Some("p3"), "a key is never given twice");
}

#[test]
fn a_full_room_says_so() {
    let mut world = World::with(|config| config.max_participants = 2);
    world.join("alice");
    let bob = world.join("bob");
    let carol = world.client("carol");
    world.subscribe(carol);
    let refused = world.clients[carol].replies.last().unwrap();
    assert_eq!(refused.code(), Some(Code::BUSY));
    assert_eq!(refused.desc_text(), Some("the room is full: 2 participants"));
    world.leave(bob);
    world.subscribe(carol);
    assert_eq!(world.clients[carol].key.as_deref(), Some("p3"));
}

#[test]
fn who_leaves_is_gone_from_both_lists_at_once() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.leave(bob);
    assert_eq!(world.clients[bob].last_code(), Code::OK);
    assert_eq!(world.clients[alice].sees("/roster"), json!({"p1": world.clients[alice].sees("/roster/p1")}));
    assert_eq!(world.clients[alice].sees("/participants").as_object().unwrap().len(), 1);
    let left = ConferenceEvent::Left { room: ROOM.into(), participant: ParticipantId::new("p2") };
    assert!(world.events.contains(&left));
}

#[test]
fn who_vanishes_is_away_for_a_while_then_removed_with_all_legs() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(bob, publish("camera"));
    world.disconnect(bob);
    assert_eq!(world.clients[alice].sees("/roster/p2/away"), true);
    assert!(!world.media.contains(&MediaCommand::RemoveLeg { leg }), "the picture may still come");
    world.pass(14 * SECOND);
    assert_eq!(world.clients[alice].sees("/roster/p2/away"), true);
    world.pass(2 * SECOND);
    assert_eq!(world.clients[alice].sees("/roster/p2"), json!(null));
    assert!(world.media.contains(&MediaCommand::RemoveLeg { leg }));
    assert_eq!(world.conference.leg_count(), 0);
}

#[test]
fn who_comes_back_in_time_keeps_key_and_legs() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.leg(bob, publish("camera"));
    world.disconnect(bob);
    world.pass(10 * SECOND);
    world.connect(bob);
    assert_eq!(world.clients[alice].sees("/roster/p2/away"), false);
    world.pass(60 * SECOND);
    world.subscribe(bob);
    assert_eq!(world.clients[bob].key.as_deref(), Some("p2"));
    assert_eq!(world.clients[alice].sees("/roster/p2/camera"), true);
    assert_eq!(world.conference.leg_count(), 1);
}

#[test]
fn muting_closes_the_gate_before_anybody_reads_it() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(bob, publish("camera"));
    let (_, screen) = world.leg(bob, publish("screen"));
    world.media.clear();
    assert_eq!(world.execute(bob, "setState", json!([{"audioMuted": true}])), Code::OK);
    let gate = |kind, on| MediaCommand::SetFlow { leg, kind, on };
    assert_eq!(world.media, [gate(MediaKind::Audio, false), gate(MediaKind::Video, true)]);
    assert_eq!(world.clients[alice].sees("/roster/p2/audioMuted"), true);
    assert_eq!(world.clients[alice].sees("/roster/p1/audioMuted"), false);

    world.media.clear();
    assert_eq!(world.execute(bob, "setState", json!([{"audioMuted": false, "videoMuted": true}])), Code::OK);
    assert_eq!(world.media, [gate(MediaKind::Audio, true), gate(MediaKind::Video, false)]);
    assert!(
        !world
            .media
            .iter()
            .any(|command| matches!(command, MediaCommand::SetFlow { leg, .. } if *leg == screen))
    );

    // A new leg of somebody who is muted is closed from its first packet on.
    world.media.clear();
    world.offer(bob, publish("camera"));
    let (next, _) = world.added();
    assert!(world.media.contains(&MediaCommand::SetFlow { leg: next, kind: MediaKind::Video, on: false }));
}

#[test]
fn commands_are_refused_with_the_code_that_fits() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    for (method, params, code) in [
        ("setState", json!([{"audioMuted": "yes"}]), Code::BAD_REQUEST),
        ("setState", json!([]), Code::BAD_REQUEST),
        ("setState", json!(["p2"]), Code::BAD_REQUEST),
        ("muteUser", json!(["p9", "audio"]), Code::NOT_FOUND),
        ("muteEverything", json!([]), Code::NOT_FOUND),
        ("", json!([]), Code::NOT_FOUND),
    ] {
        assert_eq!(world.execute(alice, method, params.clone()), code, "{method} {params}");
    }
    // Nobody speaks for somebody else: the node knows the sender.
    let room = world.clients[alice].room.as_ref().unwrap().object().clone();
    let forged = Draft::new(Kind::Execute, &world.clients[bob].hyperty, &room)
        .with("method", "setState")
        .with("params", json!([{"audioMuted": true}]));
    world.ask(alice, forged.clone());
    assert_eq!(world.clients[alice].last_code(), Code::FORBIDDEN);
    // And if a node did not, the asserted user would not fit the roster.
    let asserted = json!({"userProfile": {"username": "alice", "userURL": "user://csp.test/alice@csp.test"}});
    let message = forged.with("identity", asserted).with_id(confab_rethink::MessageId::new(77).unwrap());
    world.sent.clear();
    world.conference(ConferenceInput::Incoming(message));
    assert_eq!(world.sent.last().unwrap().code(), Some(Code::FORBIDDEN));
    assert_eq!(world.clients[alice].sees("/roster/p2/audioMuted"), false);

    let carol = world.client("carol");
    let config = ObserverConfig {
        object: room.clone(),
        hyperty: world.clients[carol].hyperty.clone(),
        runtime: world.clients[carol].runtime(),
        reporter: None,
        identity: None,
        access_token: None,
    };
    world.clients[carol].room = Some(Observer::new(config));
    assert_eq!(world.execute(carol, "setState", json!([{"audioMuted": true}])), Code::FORBIDDEN);
    let read = Draft::new(Kind::Read, &world.clients[carol].hyperty, &room);
    world.ask(carol, read);
    assert_eq!(world.clients[carol].last_code(), Code::FORBIDDEN);
    let headless = Draft::new(Kind::Execute, &world.clients[alice].hyperty, &room).with("method", 5);
    world.ask(alice, headless);
    assert_eq!(world.clients[alice].last_code(), Code::BAD_REQUEST);
}

#[test]
fn the_speaker_changes_at_most_four_times_a_second() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, a) = world.leg(alice, publish("camera"));
    let (_, b) = world.leg(bob, publish("camera"));
    let room = world.media.iter().find_map(|command| match command {
        MediaCommand::AddLeg { room, .. } => Some(*room),
        _ => None,
    });
    let room = room.unwrap();
    world.media(MediaEvent::Speaker { room, leg: Some(a) });
    assert_eq!(world.clients[bob].sees("/activeSpeaker"), "p1");
    let version = world.clients[bob].room.as_ref().unwrap().version();
    for n in 0..100 {
        world.media(MediaEvent::Speaker { room, leg: Some(if n % 2 == 0 { b } else { a }) });
        world.pass(Duration::from_millis(10));
    }
    world.media(MediaEvent::Speaker { room, leg: Some(b) });
    world.pass(SECOND);
    let changes = world.clients[bob].room.as_ref().unwrap().version() - version;
    assert!((1..=5).contains(&changes), "{changes} changes");
    assert_eq!(world.clients[bob].sees("/activeSpeaker"), "p2");
    world.leave(bob);
    assert_eq!(world.clients[alice].sees("/activeSpeaker"), json!(null));
}

#[test]
fn what_was_said_is_there_for_who_comes_later() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.chat(alice, "hello");
    let bob = world.join("bob");
    assert_eq!(
        world.clients[bob].replies.last().unwrap().value().unwrap()["childrenObjects"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    world.leave(bob);
    let object = world.clients[alice].room.as_ref().unwrap().object().clone();
    let child = confab_rethink::Child::chat("1-x#2", &world.clients[bob].hyperty, &object, "boo", None);
    let draft = child.draft(&world.clients[bob].hyperty, &object);
    world.clients[bob].session.send(draft).unwrap();
    world.settle();
    let carol = world.join("carol");
    let history = world.clients[carol].replies.last().unwrap().value().unwrap()["childrenObjects"].clone();
    assert_eq!(history.as_object().unwrap().len(), 1, "who is not in the room is not remembered");
}

#[test]
fn shutting_down_tells_everybody_why() {
    let mut world = World::new();
    let alice = world.join("alice");
    let (offer, leg) = world.leg(alice, publish("camera"));
    let answer = world.clients[alice].answered(&offer, "/roomId");
    assert!(answer.is_string());
    world.conference(ConferenceInput::Shutdown);
    world.pass(3 * SECOND);
    assert!(world.done);
    let client = &world.clients[alice];
    assert_eq!(client.sees("/status"), "closed");
    assert_eq!(client.sees("/closedBecause"), "shutdown");
    let mut room = client.room.clone().unwrap();
    let closed = std::iter::from_fn(|| room.poll_event())
        .any(|event| matches!(event, confab_rethink::ObserverEvent::Closed { .. }));
    assert!(closed);
    assert!(world.media.contains(&MediaCommand::RemoveLeg { leg }));
    assert!(world.media.iter().any(|command| matches!(command, MediaCommand::CloseRoom { .. })));
    assert_eq!(world.find_room(alice, ROOM), None);
}

#[test]
fn rooms_have_plain_names_and_end_on_request() {
    let mut world = World::new();
    let alice = world.join("alice");
    for name in ["", "a b", "../x", &"x".repeat(65)] {
        world.conference(ConferenceInput::OpenRoom { name: name.into(), owner: None });
        assert_eq!(world.events.last(), Some(&ConferenceEvent::RoomRefused { name: name.into() }));
    }
    world.conference(ConferenceInput::OpenRoom { name: ROOM.into(), owner: None });
    assert_eq!(world.conference.room_count(), 1);
    world.conference(ConferenceInput::CloseRoom { name: ROOM.into() });
    assert_eq!(world.clients[alice].sees("/closedBecause"), "ended");
    assert_eq!(world.conference.room_count(), 0);
}
