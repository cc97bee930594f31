//! Two telephones that call each other: from the ring to the last word.

mod common;

use std::time::Duration;

use common::{Judge, World, url};
use confab_call::Happened;
use confab_contract::{CallEnd, CallPhase, Proof};
use confab_media_model::{LegRole, Ring};
use confab_rethink::Kind;

const ALICE: &str = "user://a.example/alice@a.example";
const BOB: &str = "user://a.example/bob@a.example";

#[test]
fn a_call_is_found_rings_is_taken_and_ends() {
    let mut world = World::pair();
    world.call(0, BOB, true);
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming]);
    let view = world.seats[1].calls.view(7, false);
    assert_eq!((view.peer.name.as_str(), view.peer.domain.as_str(), view.video), ("alice", "", true));
    assert_eq!((view.account, view.proof), (7, Proof::Signed));
    let callee = world.seats[1].engine.plan.clone().expect("it rings");
    assert_eq!((callee.ring, callee.legs.len()), (Some(Ring::Incoming), 0));
    assert!(callee.camera.is_none() && callee.microphone.is_none());
    let caller = world.seats[0].engine.plan.clone().expect("it rings");
    assert!(caller.camera.is_some() && caller.microphone.is_none() && caller.ring == Some(Ring::Ringback));

    world.accept(1, false);
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
    assert_eq!(world.seats[0].calls.view(0, false).proof, Proof::Signed);
    for seat in &world.seats {
        let plan = seat.engine.plan.as_ref().expect("they talk");
        assert!(plan.microphone.is_some() && plan.ring.is_none());
        let leg = plan.legs.values().next().expect("there is a leg");
        assert!(matches!(leg.role, LegRole::Peer { audio: true, .. }));
    }
    assert_eq!(world.seats[0].calls.peer_hyperty(), Some(&url("hyperty://a.example/h2")));
    assert_eq!(world.seats[0].calls.name(), world.seats[1].calls.name());

    world.seconds(65);
    world.hang_up(0);
    assert_eq!(world.phases(), [CallPhase::Ended, CallPhase::Ended]);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::HungUp), Some(CallEnd::TheyHungUp)));
    let past = world.seats[1].log.iter().find_map(|happened| match happened {
        Happened::Ended { past, .. } => Some(past.clone()),
        _ => None,
    });
    let past = past.expect("it is noted");
    assert_eq!((past.incoming, past.video, past.seconds, past.unseen), (true, true, 65, false));
    assert!(world.seats.iter().all(|seat| seat.engine.plan.is_none()), "everything is closed");
    world.seconds(9);
    assert_eq!(world.phases(), [CallPhase::Idle, CallPhase::Idle]);
}

#[test]
fn the_offer_is_there_before_the_invitation_and_has_its_candidates_twice() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    let answer = world.wire.iter().find(|message| {
        message.is_response() && message.value().is_some_and(|value| value.get("data").is_some())
    });
    let value = answer.and_then(|answer| answer.value()).expect("Bob has subscribed").clone();
    let data = &value["data"];
    assert_eq!(data["connectionDescription"]["type"], "offer");
    assert!(data["connectionDescription"]["sdp"].as_str().is_some_and(|sdp| sdp.contains("a=candidate:")));
    assert_eq!(data["iceCandidates"][0]["sdpMid"], "0");
    assert_eq!(
        (&data["owner"], &data["peer"]),
        (&"hyperty://a.example/h1".into(), &"hyperty://a.example/h2".into())
    );
    assert_eq!(data["media"]["video"], false);
}

#[test]
fn a_slow_media_engine_does_not_delay_the_ring_and_its_offer_follows() {
    let mut world = World::pair();
    world.seats[0].engine.describes = false;
    world.call(0, BOB, false);
    assert_eq!(world.phases(), [CallPhase::Calling, CallPhase::Idle]);
    world.seconds(2);
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming]);
    world.accept(1, false);
    assert_eq!(world.phase(1), CallPhase::Connecting);
    world.seats[0].engine.describes = true;
    let plan = world.seats[0].engine.plan.take();
    world.seats[0].engine.follow(plan);
    world.run();
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
}

#[test]
fn who_is_called_may_decline_and_who_calls_may_give_up() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.with(1, |calls, line| calls.decline(line));
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Declined), Some(CallEnd::WeDeclined)));
    world.call(0, BOB, false);
    world.hang_up(0);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Cancelled), Some(CallEnd::Missed)));
    assert_eq!(world.phases(), [CallPhase::Ended, CallPhase::Ended]);
}

#[test]
fn nobody_answers_for_45_seconds() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.seconds(44);
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming]);
    world.seconds(2);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::NoAnswer), Some(CallEnd::Missed)));
    assert!(world.seats[1].log.iter().any(|happened| {
        matches!(happened, Happened::Ended { past, .. } if past.unseen && past.incoming)
    }));
}

#[test]
fn a_caller_that_vanishes_stops_ringing_by_itself() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.cut(0, "a.example");
    world.seconds(46);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::NoAnswer), Some(CallEnd::Missed)));
}

#[test]
fn a_second_caller_is_told_busy_and_noted_as_missed() {
    let mut world = World::pair();
    world.sit("carol", "a.example", "h3");
    world.call(0, BOB, false);
    world.accept(1, false);
    world.call(2, BOB, false);
    assert_eq!(world.end(2), Some(CallEnd::Busy));
    let missed = |happened: &&Happened| matches!(happened, Happened::Missed(_));
    assert_eq!(world.seats[1].log.iter().filter(missed).count(), 1);
    world.call(2, ALICE, false);
    assert_eq!(world.end(2), Some(CallEnd::Busy), "the caller is busy too");
    assert_eq!(world.phases()[..2], [CallPhase::Active, CallPhase::Active]);
    world.call(2, BOB, false);
    assert_eq!(
        world.seats[1].log.iter().filter(missed).count(),
        1,
        "the same caller is not noted again at once"
    );
    world.hang_up(1);
    world.seats[1].calls.set_busy(true);
    world.seconds(60);
    world.call(0, BOB, false);
    assert_eq!(world.end(0), Some(CallEnd::Busy), "another account or a meeting is in the way");
}

#[test]
fn when_both_call_each_other_they_talk_and_nothing_rings() {
    for order in [[0, 1], [1, 0]] {
        let mut world = World::pair();
        // Both have pressed before either knows.
        for seat in order {
            let (now, user) = (world.now, url([BOB, ALICE][seat]));
            world.seats[seat].with(now, |calls, line| calls.call(line, &user, "", false));
        }
        world.run();
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "order {order:?}");
        let is_caller = |seat: usize| world.seats[seat].calls.is_caller();
        assert!(is_caller(0) && !is_caller(1), "the lower address keeps its offer");
        let active = |happened: &&Happened| **happened == Happened::Active;
        assert!(world.seats.iter().all(|seat| seat.log.iter().filter(active).count() == 1));
        world.hang_up(1);
        assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::TheyHungUp), Some(CallEnd::HungUp)));
    }
}

#[test]
fn a_call_that_arrives_while_we_look_for_the_same_one_is_taken() {
    let mut world = World::pair();
    world.nodes.values_mut().for_each(|node| node.registry_mute = true);
    world.call(1, ALICE, false);
    assert_eq!(world.phase(1), CallPhase::Finding);
    world.nodes.values_mut().for_each(|node| node.registry_mute = false);
    world.call(0, BOB, false);
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
}

#[test]
fn all_devices_ring_and_the_first_one_takes_it() {
    let mut world = World::pair();
    for device in ["h3", "h4", "h5", "h6"] {
        world.sit("bob", "a.example", device);
    }
    world.call(0, BOB, false);
    let ringing =
        |world: &World| world.phases()[1..].iter().filter(|phase| **phase == CallPhase::Incoming).count();
    assert_eq!(ringing(&world), 4, "four are rung together");
    world.accept(4, false);
    assert_eq!((world.phase(0), world.phase(4)), (CallPhase::Active, CallPhase::Active));
    assert_eq!(ringing(&world), 0);
    assert_eq!(world.end(3), Some(CallEnd::TakenElsewhere));
    assert_eq!(world.seats[0].calls.peer_hyperty(), Some(&url("hyperty://a.example/h5")));
}

#[test]
fn two_devices_that_accept_at_once_do_not_both_get_the_call() {
    let mut world = World::pair();
    world.sit("bob", "a.example", "h3");
    world.call(0, BOB, false);
    let now = world.now;
    for seat in [1, 2] {
        world.seats[seat].with(now, |calls, line| calls.accept(line, false));
    }
    world.run();
    assert_eq!(world.phase(0), CallPhase::Active);
    let ends = [world.end(1), world.end(2)];
    assert!(ends.contains(&None) && ends.contains(&Some(CallEnd::TakenElsewhere)), "{ends:?}");
}

#[test]
fn a_decline_on_one_device_ends_the_ring_on_all() {
    let mut world = World::pair();
    world.sit("bob", "a.example", "h3");
    world.call(0, BOB, false);
    world.hang_up(2);
    assert_eq!(world.end(0), Some(CallEnd::Declined));
    assert_eq!(world.end(1), Some(CallEnd::WeDeclined));
}

#[test]
fn hang_ups_and_declines_that_cross_end_it_once_on_each_side() {
    for (first, second) in [(0, 1), (1, 0)] {
        let mut world = World::pair();
        world.call(0, BOB, false);
        world.accept(1, false);
        let now = world.now;
        for seat in [first, second] {
            world.seats[seat].with(now, |calls, line| calls.hang_up(line));
        }
        world.run();
        assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::HungUp), Some(CallEnd::HungUp)));
        world.seconds(30);
        world.call(0, BOB, false);
        let now = world.now;
        for seat in [first, second] {
            world.seats[seat].with(now, |calls, line| calls.hang_up(line));
        }
        world.run();
        assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Cancelled), Some(CallEnd::WeDeclined)));
        let ends = |happened: &&Happened| matches!(happened, Happened::Ended { .. });
        assert!(world.seats.iter().all(|seat| seat.log.iter().filter(ends).count() == 2));
    }
}

#[test]
fn a_cancel_that_crosses_an_accept_ends_on_both_sides() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    let now = world.now;
    world.seats[1].with(now, |calls, line| calls.accept(line, false));
    world.seats[0].with(now, |calls, line| calls.hang_up(line));
    world.run();
    world.seconds(30);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Cancelled), Some(CallEnd::TheyHungUp)));
    assert!(world.seats.iter().all(|seat| seat.engine.plan.is_none()));
}

#[test]
fn mute_camera_screen_and_the_conversation_are_told_to_the_other_side() {
    let mut world = World::pair();
    world.call(0, BOB, true);
    world.accept(1, true);
    assert!(world.seats[0].log.contains(&Happened::Accepted));
    let conversation = url("comm://a.example/c1");
    world.with(0, |calls, line| calls.set_conversation(line, &conversation));
    assert_eq!(world.seats[1].calls.conversation(), Some(&conversation));
    assert!(world.seats[1].log.contains(&Happened::Conversation(conversation)));
    for (seat, other) in [(0, 1), (1, 0)] {
        world.seats[seat].wishes.microphone = false;
        world.seats[seat].wishes.screen = Some(None);
        world.with(seat, |_, _| ());
        let theirs = world.seats[other].calls.theirs().expect("they talk");
        assert_eq!((theirs.audio, theirs.video, theirs.screen), (false, false, true));
        world.seats[seat].wishes.screen = None;
        world.with(seat, |_, _| ());
        let theirs = world.seats[other].calls.theirs().expect("they talk");
        assert_eq!((theirs.audio, theirs.video, theirs.screen), (false, true, false));
    }
}

#[test]
fn a_missing_or_silent_notary_delays_the_call_a_little_and_proves_nothing() {
    for (judge, wait) in [(Judge::Absent, 0), (Judge::Mute, 9)] {
        let mut world = World::pair();
        world.seats.iter_mut().for_each(|seat| seat.judge = judge);
        world.call(0, BOB, false);
        world.seconds(3);
        assert_eq!(world.phase(1), CallPhase::Incoming, "{judge:?}");
        world.accept(1, false);
        world.pass(Duration::from_secs(wait));
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "{judge:?}");
        assert_eq!(world.seats[0].calls.view(0, false).proof, Proof::Domain);
    }
    let mut world = World::pair();
    world.seats[1].calls.set_vouched(false);
    world.seats[0].judge = Judge::Absent;
    world.call(0, BOB, false);
    assert_eq!(world.seats[1].calls.view(0, false).proof, Proof::None);
}

#[test]
fn the_wire_carries_the_rows_of_a_reference_call() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.accept(1, false);
    world.hang_up(0);
    let kinds: Vec<(Kind, bool)> = world
        .wire
        .iter()
        .filter(|message| !message.is_response() && message.kind != Kind::Update)
        .map(|message| (message.kind.clone(), message.to.as_str().contains("connection://")))
        .collect();
    let expected = [
        (Kind::Create, false),
        (Kind::Subscribe, true),
        (Kind::Create, false),
        (Kind::Subscribe, true),
        (Kind::Delete, true),
        (Kind::Unsubscribe, true),
    ];
    assert_eq!(kinds[..expected.len()], expected, "invite, join, invite, join, hang up");
}
