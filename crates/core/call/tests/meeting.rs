//! Rings that ask people to a meeting.

mod common;

use common::{World, domain, url};
use confab_call::{Happened, Room};
use confab_contract::{CallPhase, InvitationStatus};
use confab_media_model::Ring;

const BOB: &str = "user://a.example/bob@a.example";

fn room() -> Room {
    Room { url: url("comm://a.example/r1"), name: "4711".to_owned(), domain: domain("a.example") }
}

fn ask(world: &mut World, invitation: &str, user: &str) {
    let (user, room) = (url(user), room());
    assert!(world.with(0, |calls, line| calls.ask(line, invitation, &user, "Bob", &room)));
    world.run();
}

fn status(world: &World) -> Option<(String, InvitationStatus)> {
    world.seats[0].log.iter().find_map(|happened| match happened {
        Happened::Asked { invitation, status } => Some((invitation.clone(), *status)),
        _ => None,
    })
}

fn joined(world: &World, seat: usize) -> Option<Room> {
    world.seats[seat].log.iter().find_map(|happened| match happened {
        Happened::Join { room } => Some(room.clone()),
        _ => None,
    })
}

#[test]
fn who_is_asked_sees_the_meeting_and_a_yes_opens_nothing() {
    let mut world = World::pair();
    ask(&mut world, "i1", BOB);
    assert_eq!(world.phases(), [CallPhase::Idle, CallPhase::Incoming]);
    let view = world.seats[1].calls.view(0, false);
    assert_eq!((view.meeting.as_deref(), view.peer.name.as_str()), (Some("4711"), "alice"));
    let plan = world.seats[1].engine.plan.clone().expect("it rings");
    assert_eq!((plan.ring, plan.legs.len(), plan.microphone), (Some(Ring::Incoming), 0, None));
    assert!(world.seats[0].engine.plan.is_none(), "who asks hears nothing of it");

    world.accept(1, true);
    assert_eq!(status(&world), Some(("i1".to_owned(), InvitationStatus::Accepted)));
    assert_eq!(joined(&world, 1), Some(room()));
    assert_eq!(world.phases(), [CallPhase::Idle, CallPhase::Idle]);
    assert!(world.seats[1].engine.plan.is_none(), "the meeting opens devices, not the ring");
    world.seconds(60);
    assert!(world.seats.iter().all(|seat| seat.calls.deadline().is_none()), "nothing is left of it");
}

#[test]
fn every_way_not_to_come_is_told() {
    let check = |how: fn(&mut World), expected: InvitationStatus| {
        let mut world = World::pair();
        how(&mut world);
        ask(&mut world, "i7", BOB);
        if expected == InvitationStatus::Declined {
            world.with(1, |calls, line| calls.decline(line));
            world.run();
        }
        world.seconds(50);
        assert_eq!(status(&world), Some(("i7".to_owned(), expected)));
        assert_eq!(joined(&world, 1), None);
        assert!(!world.seats[1].calls.is_under_way());
    };
    check(|_| {}, InvitationStatus::NoAnswer);
    check(|_| {}, InvitationStatus::Declined);
    check(|world| world.with(1, |calls, _| calls.set_busy(true)), InvitationStatus::Busy);
    check(
        |world| world.nodes.values_mut().for_each(|node| node.registry_says = Some(504)),
        InvitationStatus::Unreachable,
    );
}

#[test]
fn several_are_asked_at_once_and_one_can_be_taken_back() {
    let mut world = World::pair();
    world.sit("carol", "a.example", "h3");
    ask(&mut world, "i1", BOB);
    ask(&mut world, "i2", "user://a.example/carol@a.example");
    assert_eq!(world.phases()[1..], [CallPhase::Incoming, CallPhase::Incoming]);
    world.with(0, |calls, line| calls.stop_asking(line, Some("i1")));
    world.run();
    assert_eq!(world.phases()[1..], [CallPhase::Ended, CallPhase::Incoming]);
    assert_eq!(status(&world), None, "what we take back ourselves is no news");
    world.accept(2, false);
    assert_eq!(status(&world), Some(("i2".to_owned(), InvitationStatus::Accepted)));
    assert_eq!((joined(&world, 1), joined(&world, 2)), (None, Some(room())));
}

#[test]
fn a_yes_that_is_lost_with_the_connection_is_said_again() {
    let mut world = World::pair();
    ask(&mut world, "i1", BOB);
    world.cut(1, "a.example");
    world.accept(1, false);
    assert_eq!((status(&world), joined(&world, 1)), (None, Some(room())));
    world.mend(1, "a.example");
    assert_eq!(status(&world), Some(("i1".to_owned(), InvitationStatus::Accepted)));
}

#[test]
fn a_meeting_in_another_domain_than_its_room_is_none() {
    let says = |room: &str, domain: &str, name: &str| {
        let mut world = World::pair();
        let (user, room) =
            (url(BOB), Room { url: url(room), name: name.to_owned(), domain: common::domain(domain) });
        world.with(0, |calls, line| calls.ask(line, "i1", &user, "Bob", &room));
        world.run();
        world.seats[1].calls.view(0, false).meeting
    };
    assert_eq!(says("comm://b.example/r", "b.example", "17").as_deref(), Some("17@b.example"));
    assert_eq!(says("comm://b.example/r", "a.example", "17"), None);
    assert_eq!(says("comm://a.example/r", "a.example", "17@evil.example"), None);
}
