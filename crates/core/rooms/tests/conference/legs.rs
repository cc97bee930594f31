//! Legs: negotiated, refused, replaced, lost.

use std::time::Duration;

use confab_rethink::{Code, Observer, ObserverConfig, Url};
use confab_rooms::{LegFlow, MediaCommand, MediaError, MediaEvent};
use serde_json::json;

use crate::world::{World, publish, receive};

#[test]
fn a_published_camera_is_announced_and_received() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let offer = world.offer(alice, publish("camera"));
    let (leg, flow) = world.added();
    assert_eq!(flow, LegFlow::Publish);
    assert_eq!(world.clients[alice].answered(&offer, "/connectionDescription"), json!(null));

    world.media(MediaEvent::Answer { leg, sdp: "v=0 answer".into() });
    let client = &world.clients[alice];
    let description = json!({"type": "answer", "sdp": "v=0 answer"});
    assert_eq!(client.answered(&offer, "/connectionDescription"), description);
    assert_eq!(client.answered(&offer, "/owner"), client.hyperty.as_str());
    assert_eq!(client.answered(&offer, "/peer"), world.conference.hyperty().as_str());
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), false, "not before media flows");

    world.media(MediaEvent::LegUp { leg });
    assert_eq!(world.clients[alice].answered(&offer, "/status"), "connected");
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), true);
    assert_eq!(world.clients[bob].sees("/roster/p1/cameraLeg"), 1);

    let offer = world.offer(bob, receive("camera", "p1"));
    let (receiving, flow) = world.added();
    assert_eq!(flow, LegFlow::Receive { of: leg });
    world.media(MediaEvent::Answer { leg: receiving, sdp: "v=0 b".into() });
    world.media(MediaEvent::LegUp { leg: receiving });
    assert_eq!(world.clients[bob].answered(&offer, "/status"), "connected");
    assert_eq!(world.clients[bob].sees("/roster/p2/camera"), false, "receiving publishes nothing");

    let carol = world.join("carol");
    assert_eq!(world.clients[carol].sees("/roster/p1/cameraLeg"), 1);
}

#[test]
fn the_offer_and_candidates_may_come_after_the_invitation() {
    let mut world = World::new();
    let alice = world.join("alice");
    let description = json!({"type": "offer", "sdp": "v=0 late"});
    let offer = world.offer_with(alice, publish("screen"), |data| data["connectionDescription"] = json!({}));
    assert!(!world.media.iter().any(|command| matches!(command, MediaCommand::AddLeg { .. })));
    world.update_offer(alice, &offer, "connectionDescription", description);
    let (leg, _) = world.added();
    world.update_offer(alice, &offer, "iceCandidates", json!([{"candidate": "candidate:1"}]));
    world.update_offer(
        alice,
        &offer,
        "iceCandidates",
        json!([{"candidate": "candidate:1"}, {"candidate": "candidate:2"}]),
    );
    let candidates = world.media.iter().filter_map(|command| match command {
        MediaCommand::AddCandidate { leg: of, candidate } if *of == leg => Some(candidate.as_str()),
        _ => None,
    });
    assert_eq!(candidates.collect::<Vec<_>>(), ["candidate:1", "candidate:2"]);

    let silent =
        world.offer_with(alice, publish("camera"), |data| data["connectionDescription"] = json!(null));
    assert_eq!(world.conference.leg_count(), 2);
    world.pass(Duration::from_secs(16));
    assert_eq!(world.conference.leg_count(), 1, "an offer that never comes is not awaited for ever");
    assert_eq!(world.clients[alice].answered(&silent, "/status"), json!(null));
}

#[test]
fn every_failure_has_its_word() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let failed = |world: &World, offer: &Url| {
        assert_eq!(world.clients[alice].answered(offer, "/status"), "failed");
        world.clients[alice].answered(offer, "/error")
    };
    for (error, word) in [
        (MediaError::BadSdp("x".into()), "bad-sdp"),
        (MediaError::Unsupported, "bad-sdp"),
        (MediaError::NoCommonCodec, "no-common-codec"),
        (MediaError::Capacity, "full"),
        (MediaError::Lost, "lost"),
        (MediaError::NotFound, "no-such-participant"),
    ] {
        let offer = world.offer(alice, publish("camera"));
        let (leg, _) = world.added();
        world.media(MediaEvent::Refused { leg, error });
        assert_eq!(failed(&world, &offer), word);
        world.delete_offer(alice, &offer);
    }
    for (options, word) in [
        (receive("camera", "p9"), "no-such-participant"),
        (receive("camera", "p2"), "no-such-participant"),
        (receive("camera", "bob"), "bad-sdp"),
        (json!({"direction": "both", "media": "camera"}), "bad-sdp"),
        (json!("all"), "bad-sdp"),
    ] {
        let offer = world.offer(alice, options.clone());
        assert_eq!(failed(&world, &offer), word, "{options}");
        world.delete_offer(alice, &offer);
    }
    // Somebody else's name, another room, no SDP.
    let other = world.clients[bob].hyperty.to_string();
    for (key, value, word) in [
        ("owner", json!(other), "no-such-participant"),
        ("peer", json!(other), "no-such-participant"),
        ("roomId", json!("comm://csp.test/other"), "no-such-participant"),
        ("connectionDescription", json!({"type": "offer", "sdp": 5}), "bad-sdp"),
        ("connectionDescription", json!({"type": "answer", "sdp": "v=0"}), "bad-sdp"),
    ] {
        let offer = world.offer_with(alice, publish("camera"), |data| data[key] = value);
        assert_eq!(failed(&world, &offer), word, "{key}");
        world.delete_offer(alice, &offer);
    }
    assert_eq!(world.conference.leg_count(), 0);
}

#[test]
fn only_participants_open_legs_and_not_without_end() {
    let mut world = World::new();
    let alice = world.join("alice");
    let carol = world.client("carol");
    world.offer(carol, publish("camera"));
    assert_eq!(world.clients[carol].last_code(), Code::FORBIDDEN);
    let silent = |world: &mut World| {
        world.offer_with(alice, publish("camera"), |data| data["connectionDescription"] = json!({}));
    };
    for legs in 1..=16 {
        silent(&mut world);
        assert_eq!(world.conference.leg_count(), legs);
    }
    world.offer(alice, publish("camera"));
    assert_eq!(world.clients[alice].last_code(), Code::BUSY);
    assert_eq!(world.conference.leg_count(), 16, "two of her own, and those that are being replaced");
    world.join("bob");
    for _ in 0..3 {
        silent(&mut world);
    }
    assert_eq!(world.clients[alice].last_code(), Code::BUSY);
    assert_eq!(world.conference.leg_count(), 18, "and two to receive");
}

#[test]
fn nobody_else_reads_an_answer() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.leg(alice, publish("camera"));
    let answer = world.clients[alice].answers.keys().next().unwrap().clone();
    let mut spy = Observer::new(ObserverConfig {
        object: answer,
        hyperty: world.clients[bob].hyperty.clone(),
        runtime: world.clients[bob].runtime(),
        reporter: None,
        identity: None,
        access_token: None,
    });
    world.ask(bob, spy.begin().subscribe);
    assert_eq!(world.clients[bob].last_code(), Code::FORBIDDEN);
}

#[test]
fn closing_a_leg_from_the_client_removes_it_everywhere() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (offer, leg) = world.leg(alice, publish("camera"));
    world.delete_offer(alice, &offer);
    assert!(world.media.contains(&MediaCommand::RemoveLeg { leg }));
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), false);
    assert_eq!(world.clients[bob].sees("/roster/p1/cameraLeg"), json!(null));
    assert_eq!(world.conference.leg_count(), 0);
    // News of it that was under way changes nothing.
    world.media(MediaEvent::LegUp { leg });
    world.media(MediaEvent::LegDown { leg, reason: "late".into() });
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), false);
}

#[test]
fn leaving_closes_all_legs_at_once() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (_, camera) = world.leg(bob, publish("camera"));
    let (_, screen) = world.leg(bob, publish("screen"));
    let (_, receiving) = world.leg(alice, receive("screen", "p2"));
    world.media.clear();
    world.leave(bob);
    assert_eq!(
        world.media,
        [MediaCommand::RemoveLeg { leg: camera }, MediaCommand::RemoveLeg { leg: screen }]
    );
    assert_eq!(world.conference.leg_count(), 1);
    let _ = receiving;
}

#[test]
fn a_leg_that_replaces_another_changes_the_number_and_outlives_it() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (first, old) = world.leg(alice, publish("camera"));
    world.media(MediaEvent::ReplaceLeg { leg: old });
    assert_eq!(world.clients[alice].answered(&first, "/replace"), true);
    let (_, new) = world.leg(alice, json!({"direction": "publish", "media": "camera", "generation": 2}));
    assert_eq!(world.clients[bob].sees("/roster/p1/cameraLeg"), 2);
    world.delete_offer(alice, &first);
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), true, "the new one is what others receive");
    world.offer(bob, receive("camera", "p1"));
    assert_eq!(world.added().1, LegFlow::Receive { of: new });
}

#[test]
fn a_lost_leg_is_reported_and_the_next_one_counts_on() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let (offer, leg) = world.leg(alice, publish("camera"));
    world.media(MediaEvent::LegDown { leg, reason: "silent".into() });
    assert_eq!(world.clients[alice].answered(&offer, "/status"), "failed");
    assert_eq!(world.clients[alice].answered(&offer, "/error"), "lost");
    assert_eq!(world.clients[bob].sees("/roster/p1/camera"), false);
    world.leg(alice, publish("camera"));
    assert_eq!(world.clients[bob].sees("/roster/p1/cameraLeg"), 2);
}

#[test]
fn an_engine_that_is_lost_takes_its_legs_along_and_its_rooms_are_opened_again() {
    let mut world = World::new();
    let alice = world.join("alice");
    let (offer, _) = world.leg(alice, publish("camera"));
    world.media.clear();
    world.media(MediaEvent::EngineLost { reason: "restarted".into() });
    assert_eq!(world.clients[alice].answered(&offer, "/error"), "lost");
    assert_eq!(world.clients[alice].sees("/roster/p1/camera"), false);
    assert!(matches!(world.media[..], [MediaCommand::OpenRoom { .. }]), "{:?}", world.media);
}
