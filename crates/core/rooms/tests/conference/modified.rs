//! A client that obeys nothing: nobody hears, sees or reads it, and it reads nobody.

use std::time::Duration;

use confab_rethink::{Body, Child, Code, Draft, Kind, Url};
use confab_rooms::{ConferenceEvent, ConferenceInput, LegFlow, MediaCommand, MediaEvent, MediaKind};
use confab_types::LegId;
use serde_json::json;

use crate::world::{World, publish, receive};

/// Whether anybody could hear or see over a leg: it is there, and its gate is open.
fn flows(world: &World, of: LegId, kind: MediaKind) -> bool {
    let (mut there, mut open) = (false, true);
    for command in &world.media {
        match command {
            MediaCommand::AddLeg { leg, .. } if *leg == of => (there, open) = (true, true),
            MediaCommand::RemoveLeg { leg } if *leg == of => there = false,
            MediaCommand::SetFlow { leg, kind: which, on } if (*leg, *which) == (of, kind) => open = *on,
            _ => {}
        }
    }
    there && open
}

fn send(world: &mut World, client: usize, draft: Draft) {
    world.clients[client].session.send(draft).unwrap();
    world.settle();
}

/// Alice organises, Bob takes part, Eve has a client of her own.
fn company() -> (World, [usize; 3]) {
    let mut world = World::new();
    let clients = ["alice", "bob", "eve"].map(|name| world.join(name));
    (world, clients)
}

#[test]
fn it_is_not_heard_when_it_goes_on_sending_or_publishes_again() {
    let (mut world, [alice, bob, eve]) = company();
    let (_, first) = world.leg(eve, publish("camera"));
    world.execute(alice, "muteUser", json!(["p3", "audio"]));
    world.execute(alice, "muteUser", json!(["p3", "video"]));
    // Media of a closed gate goes nowhere; a wish to open it, another camera, a share with sound neither.
    world.execute(eve, "setState", json!([{"audioMuted": false, "videoMuted": false}]));
    world.execute(eve, "unmuteUser", json!(["p3", "audio"]));
    world.execute(eve, "setRole", json!(["p3", "co-organiser"]));
    let (_, second) = world.leg(eve, publish("camera"));
    let (_, third) = world.leg(eve, publish("camera"));
    let (_, screen) = world.leg(eve, publish("screen"));
    world.leave(eve);
    world.subscribe(eve);
    for leg in [first, second, third, screen] {
        assert!(!flows(&world, leg, MediaKind::Audio), "{leg:?}");
    }
    for leg in [first, second, third] {
        assert!(!flows(&world, leg, MediaKind::Video), "{leg:?}");
    }
    assert_eq!(world.clients[bob].sees("/roster/p4/mutedByOrganiser"), true, "as before she left");
}

#[test]
fn it_does_not_get_rid_of_a_ruling_by_coming_again_or_with_another_device() {
    let (mut world, [alice, _, eve]) = company();
    world.execute(alice, "muteUser", json!(["p3", "audio"]));
    let other = world.join("eve");
    world.leave(eve);
    world.subscribe(eve);
    for (client, key) in [(other, "p4"), (eve, "p5")] {
        let (_, leg) = world.leg(client, publish("camera"));
        assert!(!flows(&world, leg, MediaKind::Audio));
        assert_eq!(world.clients[alice].sees(&format!("/roster/{key}/mutedByOrganiser")), true);
    }
}

#[test]
fn it_is_gone_from_media_when_it_is_removed_and_stays() {
    let (mut world, [alice, bob, eve]) = company();
    let (_, camera) = world.leg(bob, publish("camera"));
    let (_, own) = world.leg(eve, publish("camera"));
    let (_, listening) = world.leg(eve, receive("camera", "p2"));
    // An invitation whose offer comes when she is out.
    let late = world.offer_with(eve, publish("camera"), |data| data["connectionDescription"] = json!({}));
    world.execute(alice, "removeUser", json!(["p3"]));
    assert!(!flows(&world, own, MediaKind::Audio) && !flows(&world, listening, MediaKind::Audio));
    assert!(flows(&world, camera, MediaKind::Audio));
    let added = world.media.iter().filter(|command| matches!(command, MediaCommand::AddLeg { .. })).count();
    world.update_offer(eve, &late, "connectionDescription", json!({"type": "offer", "sdp": "v=0"}));
    for options in [publish("camera"), publish("screen"), receive("camera", "p2")] {
        world.offer(eve, options);
        assert_eq!(world.clients[eve].last_code(), Code::FORBIDDEN);
    }
    world.media(MediaEvent::LegUp { leg: own });
    let after = world.media.iter().filter(|command| matches!(command, MediaCommand::AddLeg { .. })).count();
    assert_eq!(added, after, "the media server is asked for nothing");
    assert_eq!(world.clients[alice].sees("/roster").as_object().unwrap().len(), 2);
}

#[test]
fn it_is_not_in_the_room_by_another_device_either() {
    let (mut world, [alice, _, eve]) = company();
    let phone = world.join("eve");
    world.execute(alice, "removeUser", json!(["p3"]));
    assert_eq!(world.conference.participant_count(), 2);
    for client in [eve, phone] {
        world.subscribe(client);
        assert_eq!(world.clients[client].last_code(), Code::PROVISIONAL);
    }
    // Somebody's own device does not take them along.
    let laptop = world.join("alice");
    let key = world.clients[laptop].key.clone().unwrap();
    assert_eq!(world.execute(alice, "removeUser", json!([key])), Code::OK);
    assert_eq!(world.conference.participant_count(), 2);
    assert_eq!(world.clients[alice].sees("/organiser"), "p1");
}

#[test]
fn it_reads_nothing_after_it_was_removed_whatever_it_subscribes() {
    let (mut world, [alice, bob, eve]) = company();
    let room = world.clients[eve].room.as_ref().unwrap().object().clone();
    world.execute(alice, "removeUser", json!(["p3"]));
    world.clients[eve].heard.clear();
    let hyperty = world.clients[eve].hyperty.clone();
    let now = world.now;
    let routes = [room.changes(), room.children(), room.child("/children/resources"), room.child("/other")];
    world.clients[eve].session.route(now, &routes, &hyperty).unwrap();
    // The addresses of others, and what she is not told any more.
    let bobs = world.clients[bob].hyperty.clone();
    world.clients[eve].session.route(now, std::slice::from_ref(&bobs), &hyperty).unwrap();
    world.clients[eve].session.route(now, &[room.subscription(), room.clone()], &hyperty).unwrap();
    world.settle();
    world.chat(bob, "are we alone?");
    world.post(bob, "1-p#1", json!({"type": "chat", "content": "psst", "to": "p1"}));
    world.execute(bob, "react", json!(["👍"]));
    world.execute(bob, "raiseHand", json!([true]));
    world.join("carol");
    assert!(world.clients[eve].heard.is_empty(), "{:?}", world.clients[eve].heard);
    world.ask(eve, Draft::new(Kind::Read, &hyperty, &room));
    assert_eq!(world.clients[eve].last_code(), Code::FORBIDDEN);
    assert_eq!(world.clients[alice].lines(), ["p2: are we alone?", "p2: psst"]);
}

#[test]
fn it_is_not_read_when_it_posts_past_the_room() {
    let (mut world, [alice, bob, eve]) = company();
    let room = world.clients[eve].room.as_ref().unwrap().object().clone();
    let hyperty = world.clients[eve].hyperty.clone();
    world.execute(alice, "removeUser", json!(["p3"]));
    for client in [alice, bob] {
        world.clients[client].heard.clear();
    }
    let body = || Body::from_iter([("data".to_owned(), json!({"type": "chat", "content": "boo"}))]);
    let child = Child::new("1-e#1", &hyperty, &room, body());
    send(&mut world, eve, child.draft(&hyperty, &room));
    for to in [room.child("/children/resources"), room.changes(), room.subscription(), room.clone()] {
        for kind in [Kind::Create, Kind::Update, Kind::Event, Kind::Delete] {
            let draft = Draft::new(kind, &hyperty, &to)
                .with("resource", "1-e#2")
                .with("value", json!({"data": {"type": "chat", "content": "boo"}}));
            send(&mut world, eve, draft.with("attribute", "roster.p3.role"));
        }
    }
    // In the room's name, and from addresses that she hears no more.
    for from in [room.clone(), room.children(), room.changes(), world.conference.hyperty().clone()] {
        for to in [room.children(), room.changes(), world.clients[bob].hyperty.clone()] {
            send(&mut world, eve, child_from(&from, &to));
        }
    }
    for client in [alice, bob] {
        assert!(world.clients[client].heard.is_empty(), "{:?}", world.clients[client].heard);
    }
    let carol = world.join("carol");
    assert_eq!(world.clients[carol].replies.last().unwrap().value().unwrap().get("childrenObjects"), None);
}

fn child_from(from: &Url, to: &Url) -> Draft {
    Draft::new(Kind::Create, from, to)
        .with("resource", "1-e#3")
        .with("value", json!({"by": "p1", "data": {"type": "chat", "content": "boo"}}))
}

#[test]
fn what_it_says_of_itself_counts_for_nothing() {
    let (mut world, [alice, bob, eve]) = company();
    let room = world.clients[eve].room.as_ref().unwrap().object().clone();
    let hyperty = world.clients[eve].hyperty.clone();
    let identity =
        json!({"userProfile": {"username": "alice@csp.test", "userURL": "user://csp.test/alice@csp.test"}});
    let claims =
        |draft: Draft| draft.with("identity", identity.clone()).with("role", "organiser").with("by", "p1");
    // A line that claims to be Alice's is Eve's.
    let mut body = Body::from_iter([("data".to_owned(), json!({"type": "chat", "content": "boo"}))]);
    for (key, value) in [("by", "p1"), ("byName", "alice the 1"), ("role", "organiser"), ("reporter", "x")] {
        body.insert(key.into(), value.into());
    }
    let draft = claims(Child::new("1-e#1", &hyperty, &room, body).draft(&hyperty, &room));
    send(&mut world, eve, draft);
    assert_eq!(world.clients[bob].lines(), ["p3: boo"]);
    let heard = world.clients[bob].heard.iter().rev().find(|message| message.kind == Kind::Create).unwrap();
    let value = heard.value().unwrap();
    assert_eq!((&value["byName"], &value["role"]), (&json!("eve the 3"), &json!(null)));
    // Commands in somebody's name, from somebody's address, with somebody's role.
    let alices = world.clients[alice].hyperty.clone();
    for from in [&hyperty, &alices, &room] {
        for (method, params) in [
            ("removeUser", json!(["p2"])),
            ("muteAll", json!([])),
            ("setRole", json!(["p3", "co-organiser"])),
            ("delegate", json!(["p3"])),
            ("setRoom", json!([{"locked": true}])),
            ("private", json!([])),
            ("close", json!([])),
        ] {
            let draft = Draft::new(Kind::Execute, from, &room).with("method", method).with("params", params);
            world.ask(eve, claims(draft));
            assert_eq!(world.clients[eve].last_code(), Code::FORBIDDEN, "{method} from {from}");
        }
    }
    // Coming again with a role and a key of one's own choice.
    world.subscribe_with(eve, |draft| claims(draft).with("participant", "p1"));
    assert_eq!(world.clients[eve].key.as_deref(), Some("p3"));
    assert_eq!(world.clients[bob].sees("/roster/p3/role"), "participant");
    assert_eq!(world.clients[bob].sees("/organiser"), "p1");
    assert_eq!(world.clients[bob].sees("/locked"), false);
}

#[test]
fn it_does_not_speak_as_another_hyperty() {
    let (mut world, [alice, bob, eve]) = company();
    let room = world.clients[eve].room.as_ref().unwrap().object().clone();
    let bobs = world.clients[bob].hyperty.clone();
    let runtime = world.clients[eve].runtime();
    // A subscription in Bob's name, and one to leave in it.
    for kind in [Kind::Subscribe, Kind::Unsubscribe] {
        let draft = Draft::new(kind, runtime.sm(), room.subscription());
        let draft = draft.with("subscriber", bobs.as_str()).with("source", bobs.as_str());
        send(&mut world, eve, draft);
    }
    assert_eq!(world.clients[alice].sees("/roster/p2/name"), "bob the 2");
    // News of Bob's registration that Eve makes up.
    let gone = Draft::new(Kind::Update, &world.clients[eve].hyperty, bobs.registration());
    send(&mut world, eve, gone.with("attribute", "status").with("value", "disconnected"));
    assert_eq!(world.clients[alice].sees("/roster/p2/away"), false);
    // A leg of Bob's that Eve offers, and one of hers that says it is Bob's.
    let (_, leg) = world.leg(bob, publish("camera"));
    let offer = world.offer_with(eve, publish("camera"), |data| data["owner"] = json!(bobs.as_str()));
    assert_eq!(world.clients[eve].answered(&offer, "/error"), "no-such-participant");
    let bobs_offer = world.clients[bob].offers.keys().next().unwrap().clone();
    send(&mut world, eve, Draft::new(Kind::Delete, bobs_offer.subscription(), bobs_offer.changes()));
    assert!(flows(&world, leg, MediaKind::Video));
    assert_eq!(world.clients[alice].sees("/roster/p2/camera"), true);
}

#[test]
fn a_message_node_that_binds_nothing_gives_no_power_either() {
    // What arrives carries another identity than the roster has for the hyperty, or none.
    let (mut world, [alice, bob, _]) = company();
    let room = world.clients[alice].room.as_ref().unwrap().object().clone();
    let alices = world.clients[alice].hyperty.clone();
    let eve = json!({"userProfile": {"username": "eve@csp.test", "userURL": "user://csp.test/eve@csp.test"}});
    for identity in [Some(eve), None] {
        for draft in [
            Draft::new(Kind::Execute, &alices, &room).with("method", "close").with("params", json!([])),
            child_from(&alices, &room.children()),
            Draft::new(Kind::Event, &alices, room.children()).with("value", "typing"),
        ] {
            let message = draft.with_some("identity", identity.clone());
            let message = message.with_id(confab_rethink::MessageId::new(77).unwrap());
            world.conference(ConferenceInput::Incoming(message));
        }
    }
    assert_eq!(world.clients[bob].sees("/status"), "open");
    assert!(world.clients[bob].lines().is_empty() && world.clients[bob].signals("typing").is_empty());
}

#[test]
fn nobody_receives_from_a_leg_of_somebody_who_left() {
    let (mut world, [_, bob, eve]) = company();
    world.leg(eve, publish("camera"));
    world.leave(eve);
    let offer = world.offer(bob, receive("camera", "p3"));
    assert_eq!(world.clients[bob].answered(&offer, "/error"), "no-such-participant");
    let receiving = world
        .media
        .iter()
        .any(|command| matches!(command, MediaCommand::AddLeg { flow: LegFlow::Receive { .. }, .. }));
    assert!(!receiving);
}

#[test]
fn it_reads_nothing_after_the_conference_was_away_for_a_moment_either() {
    let (mut world, [alice, bob, eve]) = company();
    world.execute(alice, "removeUser", json!(["p3"]));
    world.reconnect_conference();
    world.clients[eve].heard.clear();
    world.chat(bob, "still alone?");
    assert!(world.clients[eve].heard.is_empty(), "{:?}", world.clients[eve].heard);
    assert_eq!(world.clients[alice].lines(), ["p2: still alone?"]);
}

#[test]
fn at_a_node_without_audiences_a_room_goes_on_and_says_once_that_it_is_open() {
    let mut world = World::new();
    world.stock = true;
    world.conference(ConferenceInput::OpenRoom { name: "lounge".into(), owner: None });
    let unguarded = ConferenceEvent::Unguarded { room: "lounge".into() };
    assert_eq!(world.events.iter().filter(|event| **event == unguarded).count(), 1);
    let alice = world.join("alice");
    assert_eq!(world.clients[alice].sees("/moderated"), true);
}

#[test]
fn a_node_that_does_not_answer_is_asked_again_until_the_room_is_closed() {
    let mut world = World::new();
    world.slow = true;
    world.conference(ConferenceInput::OpenRoom { name: "lounge".into(), owner: None });
    world.pass(Duration::from_secs(20));
    world.slow = false;
    world.sent.clear();
    world.pass(Duration::from_secs(30));
    let asked = world.sent.iter().filter(|message| message.text("method") == Some("audience"));
    assert_eq!(asked.count(), 1);
    let unguarded = ConferenceEvent::Unguarded { room: "lounge".into() };
    assert!(!world.events.contains(&unguarded));
}
