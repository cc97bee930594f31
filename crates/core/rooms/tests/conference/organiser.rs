//! Who organises, what they may do, and what becomes of the room when they go.

use std::time::Duration;

use confab_rethink::{Code, Kind};
use confab_rooms::{MediaCommand, MediaKind};
use serde_json::json;

use crate::world::{ROOM, World, publish};

const SECOND: Duration = Duration::from_secs(1);

/// The gates of a leg as they were set last.
fn open(world: &World, of: confab_types::LegId, kind: MediaKind) -> bool {
    let last = world.media.iter().rev().find_map(|command| match command {
        MediaCommand::SetFlow { leg, kind: which, on } if (*leg, *which) == (of, kind) => Some(*on),
        _ => None,
    });
    last.unwrap_or(true)
}

#[test]
fn the_first_one_with_an_account_organises_and_guests_never_do() {
    let mut world = World::new();
    let guest = world.join("guest-1");
    assert_eq!(world.clients[guest].sees("/organiser"), json!(null));
    assert_eq!(world.clients[guest].sees("/roster/p1/role"), "guest");
    let alice = world.join("alice");
    let bob = world.join("bob");
    assert_eq!(world.clients[guest].sees("/organiser"), "p2");
    assert_eq!(world.clients[bob].sees("/roster/p3/role"), "participant");
    for (method, params) in [("setRole", json!(["p1", "co-organiser"])), ("delegate", json!(["p1"]))] {
        assert_eq!(world.execute(alice, method, params), Code::FORBIDDEN, "{method}");
    }
}

#[test]
fn an_owner_who_comes_later_takes_over_and_the_acting_one_stays_deputy() {
    let mut world = World::owned(Some("alice"), |_| {});
    let bob = world.join("bob");
    assert_eq!(world.clients[bob].sees("/roster/p1/role"), "organiser");
    let alice = world.join("alice");
    assert_eq!(world.clients[bob].sees("/organiser"), "p2");
    assert_eq!(world.clients[bob].sees("/roster/p1/role"), "co-organiser");
    let laptop = world.join("alice");
    assert_eq!(world.clients[laptop].sees("/roster/p3/role"), "co-organiser", "a second device");
    world.leave(alice);
    assert_eq!(world.clients[laptop].sees("/organiser"), "p3", "the meeting goes on at the other device");
}

#[test]
fn muting_somebody_closes_the_gate_until_an_organiser_lifts_it() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(bob, publish("camera"));
    assert_eq!(world.execute(alice, "muteUser", json!(["p2", "audio"])), Code::OK);
    assert!(!open(&world, leg, MediaKind::Audio) && open(&world, leg, MediaKind::Video));
    for (pointer, value) in [
        ("/roster/p2/mutedByOrganiser", json!(true)),
        ("/roster/p2/audioMuted", json!(true)),
        ("/serial", json!(1)),
    ] {
        assert_eq!(world.clients[bob].sees(pointer), value, "{pointer}");
    }
    assert_eq!(world.clients[bob].signals("stopped"), [json!({"media": "audio", "by": "p1"})]);
    // A wish that was under way loses, also one that is about something else too.
    for wish in [json!([{"audioMuted": false}]), json!([{"audioMuted": false, "videoMuted": true}])] {
        assert_eq!(world.execute(bob, "setState", wish), Code::FORBIDDEN);
    }
    assert_eq!(world.clients[alice].sees("/roster/p2/videoMuted"), false);
    assert_eq!(world.execute(bob, "setState", json!([{"videoMuted": true}])), Code::OK);
    assert!(!open(&world, leg, MediaKind::Audio));

    assert_eq!(world.execute(alice, "unmuteUser", json!(["p2", "audio"])), Code::OK);
    assert!(!open(&world, leg, MediaKind::Audio), "nobody opens a microphone from afar");
    assert_eq!(world.clients[alice].sees("/roster/p2/audioMuted"), true);
    assert_eq!(world.clients[bob].signals("ask"), [json!({"unmute": "audio", "by": "p1"})]);
    assert_eq!(world.clients[alice].signals("ask"), Vec::<serde_json::Value>::new());
    assert_eq!(world.execute(bob, "setState", json!([{"audioMuted": false}])), Code::OK);
    assert!(open(&world, leg, MediaKind::Audio));
}

#[test]
fn a_camera_that_was_stopped_stays_off_on_a_new_leg() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    assert_eq!(world.execute(alice, "muteUser", json!(["p2", "video"])), Code::OK);
    assert_eq!(world.execute(bob, "setState", json!([{"videoMuted": false}])), Code::FORBIDDEN);
    let (_, leg) = world.leg(bob, publish("camera"));
    assert!(!open(&world, leg, MediaKind::Video) && open(&world, leg, MediaKind::Audio));
    assert_eq!(world.clients[alice].sees("/roster/p2/cameraStopped"), true);
}

#[test]
fn muting_all_spares_those_who_organise() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    world.join("guest-1");
    assert_eq!(world.execute(alice, "setRole", json!(["p2", "co-organiser"])), Code::OK);
    assert_eq!(world.execute(carol, "muteAll", json!([])), Code::FORBIDDEN);
    assert_eq!(world.execute(bob, "muteAll", json!([])), Code::OK);
    let muted = ["p1", "p2", "p3", "p4"]
        .map(|key| world.clients[alice].sees(&format!("/roster/{key}/mutedByOrganiser")) == true);
    assert_eq!(muted, [false, false, true, true]);
    // Who is trusted is no longer held.
    assert_eq!(world.execute(alice, "setRole", json!(["p3", "co-organiser"])), Code::OK);
    assert_eq!(world.clients[alice].sees("/roster/p3/mutedByOrganiser"), false);
    assert_eq!(world.clients[alice].sees("/roster/p3/audioMuted"), true);
}

#[test]
fn a_stopped_share_is_closed_and_cannot_come_back_for_ten_seconds() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(bob, publish("screen"));
    world.media.clear();
    assert_eq!(world.execute(alice, "muteUser", json!(["p2", "screen"])), Code::OK);
    assert_eq!(world.media, [MediaCommand::RemoveLeg { leg }]);
    assert_eq!(world.clients[alice].sees("/roster/p2/screen"), false);
    assert_eq!(world.clients[bob].signals("stopped"), [json!({"media": "screen", "by": "p1"})]);
    let offer = world.offer(bob, publish("screen"));
    assert_eq!(world.clients[bob].answered(&offer, "/error"), "forbidden");
    let (_, camera) = world.leg(bob, publish("camera"));
    assert!(open(&world, camera, MediaKind::Video), "only the share was stopped");
    world.pass(11 * SECOND);
    let offer = world.offer(bob, publish("screen"));
    assert_eq!(world.clients[bob].answered(&offer, "/error"), json!(null));
}

#[test]
fn who_is_removed_is_told_why_and_is_gone_everywhere() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(bob, publish("camera"));
    let params = json!(["p2", "that was\nenough\u{202e}"]);
    assert_eq!(world.execute(bob, "removeUser", json!(["p1"])), Code::FORBIDDEN);
    assert_eq!(world.execute(alice, "removeUser", json!(["p1"])), Code::FORBIDDEN, "leaving is for that");
    assert_eq!(world.execute(alice, "removeUser", params), Code::OK);
    assert!(world.media.contains(&MediaCommand::RemoveLeg { leg }));
    assert_eq!(world.clients[alice].sees("/roster/p2"), json!(null));
    let client = &world.clients[bob];
    let farewell =
        client.heard.iter().find(|message| message.kind == Kind::Unsubscribe && message.to == client.hyperty);
    let farewell = farewell.unwrap();
    assert_eq!(farewell.text("reason"), Some("that was enough"));
    assert_eq!(world.execute(alice, "removeUser", json!(["p2"])), Code::NOT_FOUND);
    // They may ask again, and wait.
    world.subscribe(bob);
    assert_eq!(world.clients[bob].last_code(), Code::PROVISIONAL);
    assert_eq!(world.clients[alice].signals("private").last().unwrap()["waiting"]["w1"]["name"], "bob the 2");
    assert_eq!(world.execute(alice, "admit", json!(["w1"])), Code::OK);
    assert_eq!(world.clients[bob].key.as_deref(), Some("p3"));
}

#[test]
fn who_is_away_when_removed_hears_it_when_they_come_back() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.disconnect(bob);
    assert_eq!(world.execute(alice, "removeUser", json!(["p2", "asleep"])), Code::OK);
    world.connect(bob);
    world.subscribe(bob);
    let reply = world.clients[bob].replies.last().unwrap();
    assert_eq!((reply.code(), reply.desc_text()), (Some(Code::FORBIDDEN), Some("removed: asleep")));
    world.subscribe(bob);
    assert_eq!(world.clients[bob].last_code(), Code::PROVISIONAL, "now they know, and may ask");
}

#[test]
fn deputies_have_no_power_over_organisers() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    for key in ["p2", "p3"] {
        assert_eq!(world.execute(alice, "setRole", json!([key, "co-organiser"])), Code::OK);
    }
    for (method, params) in [
        ("removeUser", json!(["p1"])),
        ("removeUser", json!(["p3"])),
        ("muteUser", json!(["p1", "audio"])),
        ("setRole", json!(["p3", "participant"])),
        ("delegate", json!(["p2"])),
        ("close", json!([])),
    ] {
        assert_eq!(world.execute(bob, method, params.clone()), Code::FORBIDDEN, "{method} {params}");
    }
    assert_eq!(world.execute(alice, "removeUser", json!(["p3"])), Code::OK);
    assert!(world.clients[carol].heard.iter().any(|message| message.kind == Kind::Unsubscribe));
}

#[test]
fn the_meeting_ends_when_its_organiser_leaves_and_opens_again_empty() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let old = world.clients[bob].room.as_ref().unwrap().object().clone();
    world.leave(alice);
    assert_eq!(world.clients[alice].last_code(), Code::OK);
    assert_eq!(world.clients[bob].sees("/closedBecause"), "organiser-left");
    assert_eq!((world.conference.room_count(), world.conference.participant_count()), (1, 0));
    let new = world.find_room(bob, ROOM).unwrap();
    assert_ne!(old, new);
    world.subscribe(bob);
    assert_eq!(world.clients[bob].sees("/roster/p1/role"), "organiser");
}

#[test]
fn who_hands_over_may_leave() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    assert_eq!(world.execute(alice, "delegate", json!(["p2"])), Code::OK);
    assert_eq!(world.clients[carol].sees("/organiser"), "p2");
    assert_eq!(world.clients[carol].sees("/roster/p1/role"), "co-organiser");
    world.leave(alice);
    assert_eq!(world.clients[carol].sees("/status"), "open");
    assert_eq!(world.execute(bob, "close", json!([])), Code::OK);
    assert_eq!(world.clients[carol].sees("/closedBecause"), "ended");
}

#[test]
fn an_organiser_who_is_alone_ends_nothing_for_anybody() {
    let mut world = World::new();
    let alice = world.join("alice");
    let room = world.find_room(alice, ROOM);
    assert_eq!(world.execute(alice, "setRoom", json!([{"locked": true}])), Code::OK);
    world.leave(alice);
    assert_eq!(world.find_room(alice, ROOM), room);
    let bob = world.join("bob");
    assert_eq!(world.clients[bob].sees("/locked"), false, "nobody is locked out of an empty room");
}

#[test]
fn a_room_of_guests_has_no_organiser_to_lose() {
    let mut world = World::new();
    let one = world.join("guest-1");
    let two = world.join("guest-2");
    world.leave(one);
    assert_eq!(world.clients[two].sees("/status"), "open");
    assert_eq!(world.clients[two].sees("/organiser"), json!(null));
}

#[test]
fn a_vanished_organiser_has_a_minute_then_the_first_deputy_takes_over() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    assert_eq!(world.execute(alice, "setRole", json!(["p3", "co-organiser"])), Code::OK);
    world.disconnect(alice);
    world.pass(59 * SECOND);
    assert_eq!(world.clients[bob].sees("/organiser"), "p1");
    assert_eq!(world.clients[bob].sees("/roster/p1/away"), true);
    world.pass(2 * SECOND);
    assert_eq!(world.clients[bob].sees("/organiser"), "p3");
    assert_eq!(world.clients[bob].sees("/roster/p1"), json!(null));
    assert_eq!(world.execute(carol, "muteUser", json!(["p2", "audio"])), Code::OK);
}

#[test]
fn an_organiser_whose_program_begins_again_does_not_leave_the_others() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, leg) = world.leg(alice, publish("camera"));
    let goodbye = world.clients[alice].room.take().unwrap().leave();
    world.ask(alice, goodbye.unsubscribe.with("restarted", true));
    assert_eq!(world.clients[alice].last_code(), Code::OK);
    assert_eq!(world.clients[bob].sees("/status"), "open");
    assert_eq!(world.clients[bob].sees("/roster/p1/away"), true);
    assert!(world.media.contains(&MediaCommand::RemoveLeg { leg }));
    world.disconnect(alice);
    world.connect(alice);
    assert_eq!(world.clients[bob].sees("/roster/p1/away"), true, "its program is there, it is not");
    world.subscribe(alice);
    assert_eq!(world.clients[alice].key.as_deref(), Some("p1"));
    assert_eq!(world.clients[bob].sees("/roster/p1/away"), false);
    assert_eq!(world.clients[bob].sees("/organiser"), "p1");
    // Somebody whose first device is lost has another one.
    world.disconnect(alice);
    let phone = world.join("alice");
    assert_eq!(world.clients[phone].sees("/organiser"), "p3");
    world.connect(alice);
    assert_eq!(world.clients[phone].sees("/roster/p1/role"), "co-organiser");
    // Whom nobody needs leaves by it as always.
    let goodbye = world.clients[bob].room.take().unwrap().leave();
    world.ask(bob, goodbye.unsubscribe.with("restarted", true));
    assert_eq!(world.clients[alice].sees("/roster/p2"), json!(null));
}

#[test]
fn without_a_deputy_the_meeting_ends_when_the_organiser_stays_away() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.disconnect(alice);
    world.pass(30 * SECOND);
    world.connect(alice);
    assert_eq!(world.clients[bob].sees("/roster/p1/away"), false, "in time");
    world.disconnect(alice);
    world.pass(61 * SECOND);
    assert_eq!(world.clients[bob].sees("/closedBecause"), "organiser-lost");
}

#[test]
fn where_rooms_outlive_their_organisers_the_next_one_takes_over() {
    let mut world = World::with(|config| config.ends_with_organiser = false);
    let alice = world.join("alice");
    world.join("guest-1");
    let bob = world.join("bob");
    world.leave(alice);
    assert_eq!(world.clients[bob].sees("/organiser"), "p3");
    assert_eq!(world.clients[bob].sees("/status"), "open");
}

#[test]
fn hands_are_raised_in_order_and_lowered_by_organisers() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    for client in [carol, bob, carol] {
        assert_eq!(world.execute(client, "raiseHand", json!([true])), Code::OK);
    }
    let hand = |world: &World, key: &str| world.clients[alice].sees(&format!("/roster/{key}/hand"));
    assert_eq!((hand(&world, "p3"), hand(&world, "p2")), (json!(1), json!(2)));
    assert_eq!(world.execute(bob, "lowerHand", json!(["p3"])), Code::FORBIDDEN);
    assert_eq!(world.execute(alice, "lowerHand", json!(["p3"])), Code::OK);
    assert_eq!(hand(&world, "p3"), json!(null));
    assert_eq!(world.execute(bob, "raiseHand", json!([false])), Code::OK);
    assert_eq!(world.execute(bob, "raiseHand", json!(["up"])), Code::BAD_REQUEST);
    assert_eq!(hand(&world, "p2"), json!(null));
}

#[test]
fn the_log_says_who_did_what_to_whom() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.execute(alice, "setRole", json!(["p2", "co-organiser"]));
    world.execute(alice, "setRoom", json!([{"locked": true}]));
    world.join("alice");
    world.execute(alice, "muteUser", json!(["p3", "audio"]));
    world.execute(alice, "removeUser", json!(["p2", "too loud", true]));
    assert_eq!(world.execute(bob, "private", json!([])), Code::FORBIDDEN);
    let private = world.value_of(alice, "private", json!([]));
    let lines: Vec<String> = private["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            format!("{} {} {} {}", line["what"], line["by"], line["who"], line["text"]).replace('"', "")
        })
        .collect();
    let (a, b) = ("alice the 1 (alice@csp.test)", "bob the 2 (bob@csp.test)");
    let expected = [
        "opened   ".to_owned(),
        format!("joined  {a} organiser"),
        format!("joined  {b} participant"),
        format!("role {a} {b} co-organiser"),
        format!("locked {a}  "),
        "joined  alice the 3 (alice@csp.test) co-organiser".to_owned(),
        format!("muted {a} alice the 3 (alice@csp.test) "),
        format!("banned {a} {b} too loud"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(private["log"][0]["at"], 1_000);
}
