//! Losses, lies and domains that are not there.

mod common;

use common::{Judge, World, domain, url};
use confab_call::Happened;
use confab_contract::{CallEnd, CallPhase, ProblemCode, Proof};
use confab_media_model::{LegDown, MediaFact};
use confab_rethink::{Code, Kind};

const BOB: &str = "user://a.example/bob@a.example";

fn talking() -> World {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.accept(1, false);
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
    world
}

#[test]
fn look_ups_that_find_nobody_say_why_and_are_not_repeated() {
    for (says, user, end) in [
        (None, "user://a.example/zoe@a.example", CallEnd::Unknown),
        (Some(504), BOB, CallEnd::Offline),
        (Some(500), BOB, CallEnd::Unknown),
    ] {
        let mut world = World::pair();
        world.nodes.values_mut().for_each(|node| node.registry_says = says);
        world.call(0, user, false);
        assert_eq!(world.end(0), Some(end), "{says:?} {user}");
    }
    let mut world = World::pair();
    world.nodes.values_mut().for_each(|node| node.registry_mute = true);
    world.call(0, BOB, false);
    world.cut(0, "a.example");
    assert_eq!(world.end(0), Some(CallEnd::Offline), "the node may have broken down over it");
    world.nodes.values_mut().for_each(|node| node.registry_mute = false);
    world.mend(0, "a.example");
    assert_eq!(world.phases(), [CallPhase::Ended, CallPhase::Idle]);
}

#[test]
fn somebody_registered_under_the_bare_identifier_is_found() {
    let mut world = World::pair();
    let zoe = world.raw("someone", "a.example", "h9");
    let hyperty = world.raws[zoe].hyperty.clone();
    let node = world.nodes.get_mut(&domain("a.example")).expect("it is there");
    node.register_identifier("zoe@a.example", &hyperty);
    world.call(0, "user://a.example/zoe@a.example", false);
    assert!(world.raws[zoe].inbox.iter().any(|message| message.kind == Kind::Create));
}

#[test]
fn devices_that_are_gone_are_offline_whether_the_node_says_so_or_nothing() {
    for says_404 in [true, false] {
        let mut world = World::pair();
        world.says_404 = says_404;
        world.nodes.get_mut(&domain("a.example")).expect("it is there").forget(common::End::Seat(1));
        world.call(0, BOB, false);
        // Somebody who is only on the way back to the node would be found.
        world.seconds(if says_404 { 3 } else { 26 });
        assert_eq!(world.end(0), Some(CallEnd::Offline), "404: {says_404}");
    }
}

#[test]
fn a_call_made_before_the_session_is_live_waits_for_it() {
    let mut world = World::pair();
    world.cut(0, "a.example");
    world.call(0, BOB, false);
    assert_eq!(world.phase(0), CallPhase::Finding);
    world.mend(0, "a.example");
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming]);
    let mut world = World::pair();
    world.cut(0, "a.example");
    world.call(0, BOB, false);
    world.seconds(21);
    assert_eq!(world.end(0), Some(CallEnd::Offline));
}

#[test]
fn a_connection_lost_while_it_rings_does_not_stop_the_call() {
    for seat in [0, 1] {
        let mut world = World::pair();
        world.call(0, BOB, false);
        world.cut(seat, "a.example");
        world.seconds(3);
        world.mend(seat, "a.example");
        assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming], "seat {seat}");
        world.accept(1, false);
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "seat {seat}");
    }
}

#[test]
fn a_cancel_that_was_missed_is_noticed_soon_after_the_connection_is_back() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.cut(1, "a.example");
    world.hang_up(0);
    assert_eq!(world.phase(1), CallPhase::Incoming);
    world.mend(1, "a.example");
    world.seconds(7);
    assert_eq!(world.end(1), Some(CallEnd::Missed));
}

#[test]
fn who_comes_back_to_the_node_later_than_the_other_one_is_not_taken_for_gone() {
    for late in [0, 1] {
        let mut world = talking();
        for seat in [0, 1] {
            world.cut(seat, "a.example");
        }
        world.mend(1 - late, "a.example");
        world.seconds(12);
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "seat {late}");
        world.mend(late, "a.example");
        world.seconds(3);
        world.hang_up(late);
        assert_eq!(world.end(1 - late), Some(CallEnd::TheyHungUp), "seat {late}");
    }
    let mut world = World::pair();
    world.call(0, BOB, false);
    for seat in [0, 1] {
        world.cut(seat, "a.example");
    }
    world.mend(1, "a.example");
    world.seconds(4);
    world.mend(0, "a.example");
    world.seconds(3);
    world.accept(1, false);
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
}

#[test]
fn who_hangs_up_and_is_not_back_is_missed_when_the_media_ends() {
    let mut world = talking();
    world.cut(0, "a.example");
    world.cut(1, "a.example");
    world.hang_up(0);
    world.mend(1, "a.example");
    world.seconds(6);
    world.break_media(&[1]);
    assert_eq!(world.end(1), Some(CallEnd::TheyHungUp));
}

#[test]
fn a_goodbye_that_could_not_be_said_is_said_later() {
    for seat in [0, 1] {
        let mut world = talking();
        world.cut(seat, "a.example");
        world.hang_up(seat);
        assert_eq!(world.phase(1 - seat), CallPhase::Active);
        world.seconds(5);
        world.mend(seat, "a.example");
        assert_eq!(world.end(1 - seat), Some(CallEnd::TheyHungUp), "seat {seat}");
    }
}

#[test]
fn an_answer_told_while_the_connection_is_lost_arrives_after_it() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.cut(1, "a.example");
    world.accept(1, false);
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Connecting]);
    world.mend(1, "a.example");
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
}

#[test]
fn an_answer_that_never_arrives_ends_both_sides() {
    let mut world = World::pair();
    world.call(0, BOB, false);
    world.lose = Box::new(|message| message.kind == Kind::Create);
    world.accept(1, false);
    world.seconds(60);
    assert_eq!(world.end(1), Some(CallEnd::Lost));
    assert_eq!(world.end(0), Some(CallEnd::Lost), "nobody has declined");
}

#[test]
fn lost_media_comes_back_in_a_new_generation() {
    for broken in [vec![0, 1], vec![0], vec![1]] {
        let mut world = talking();
        world.seconds(5);
        world.break_media(&broken);
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "{broken:?}");
        let generation = |seat: usize| {
            world.seats[seat]
                .engine
                .plan
                .as_ref()
                .and_then(|plan| Some(plan.legs.values().next()?.generation))
        };
        assert_eq!((generation(0), generation(1)), (Some(1), Some(1)), "{broken:?}");
        assert_eq!(world.seats[1].calls.view(0, false).proof, Proof::Signed);
        let active = |happened: &&Happened| **happened == Happened::Active;
        assert!(world.seats.iter().all(|seat| seat.log.iter().filter(active).count() == 1));
        world.break_media(&broken);
        assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active], "{broken:?} again");
    }
}

#[test]
fn media_that_does_not_come_back_ends_the_call_after_ten_seconds() {
    let mut world = talking();
    world.seats[0].engine.works = false;
    world.break_media(&[0, 1]);
    assert_eq!(world.phases(), [CallPhase::Restoring, CallPhase::Restoring]);
    world.seconds(9);
    assert_eq!(world.phase(0), CallPhase::Restoring);
    world.seconds(2);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Lost), Some(CallEnd::Lost)));
}

#[test]
fn media_is_restored_even_when_the_word_of_it_was_lost_with_a_connection() {
    let mut world = talking();
    world.cut(0, "a.example");
    world.break_media(&[0, 1]);
    assert_eq!(world.phases(), [CallPhase::Restoring, CallPhase::Restoring]);
    world.seconds(4);
    world.mend(0, "a.example");
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
}

#[test]
fn no_path_and_an_insecure_one_end_the_call_on_both_sides() {
    for (reason, end) in
        [(LegDown::NoPath, CallEnd::NoPath), (LegDown::Security("fingerprint".to_owned()), CallEnd::Insecure)]
    {
        let mut world = World::pair();
        world.seats[0].engine.works = false;
        world.call(0, BOB, false);
        world.accept(1, false);
        assert_eq!(world.phases(), [CallPhase::Connecting, CallPhase::Connecting]);
        let leg = world.seats[0].calls.leg().expect("there is one");
        let fact = MediaFact::LegDown { leg, generation: 0, reason };
        world.with(0, |calls, line| calls.fact(line, &fact));
        assert_eq!((world.end(0), world.end(1)), (Some(end), Some(end)));
        // Nobody has signed anything that is wrong.
        assert!(!told_of_mismatch(&world, 0) && !told_of_mismatch(&world, 1));
    }
    let mut world = World::pair();
    world.seats[0].engine.works = false;
    world.call(0, BOB, false);
    world.accept(1, false);
    world.seconds(21);
    assert_eq!(world.end(0), Some(CallEnd::NoPath));
}

fn told_of_mismatch(world: &World, seat: usize) -> bool {
    told(world, seat, ProblemCode::IdentityMismatch)
}

fn told(world: &World, seat: usize, problem: ProblemCode) -> bool {
    let of = |happened: &Happened| matches!(happened, Happened::Trouble { code, .. } if *code == problem);
    world.seats[seat].log.iter().any(of)
}

#[test]
fn a_changed_fingerprint_ends_the_call_before_it_is_answered() {
    let mut world = World::pair();
    world.meddle = Some("AB:00");
    world.call(0, BOB, false);
    assert_eq!(world.end(1), Some(CallEnd::Insecure));
    assert!(told_of_mismatch(&world, 1));
    assert!(world.seats[1].engine.plan.is_none(), "nothing was opened");
    // The caller is not told that somebody has declined.
    assert_eq!(world.end(0), Some(CallEnd::Insecure));
    assert!(told(&world, 0, ProblemCode::MediaInsecure));
}

#[test]
fn a_changed_fingerprint_in_the_answer_ends_the_call_before_media_flows() {
    let mut world = World::pair();
    world.meddle = Some("AB:01");
    world.call(0, BOB, false);
    world.accept(1, false);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::Insecure), Some(CallEnd::Insecure)));
    assert!(told_of_mismatch(&world, 0));
    assert!(!world.seats[0].log.contains(&Happened::Active));
}

#[test]
fn what_was_signed_once_is_not_replaced_by_something_unsigned() {
    let mut world = talking();
    world.seats[0].judge = Judge::Absent;
    world.seats[0].engine.fingerprint = "66:66".to_owned();
    world.break_media(&[0, 1]);
    assert_eq!(world.end(1), Some(CallEnd::Insecure));
}

#[test]
fn two_domains_call_each_other_and_an_unknown_domain_is_unreachable() {
    let mut world = World::new(&["a.example", "b.example"]);
    world.sit("alice", "a.example", "h1");
    world.sit("bob", "b.example", "h2");
    world.call(0, "user://b.example/bob@b.example", true);
    assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming]);
    let view = world.seats[1].calls.view(0, false);
    assert_eq!((view.peer.domain.as_str(), view.proof), ("a.example", Proof::Signed));
    world.accept(1, true);
    assert_eq!(world.phases(), [CallPhase::Active, CallPhase::Active]);
    assert!(world.seats[0].calls.domains().contains(&domain("b.example")));
    world.hang_up(1);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::TheyHungUp), Some(CallEnd::HungUp)));
    world.seconds(10);

    world.call(1, "user://a.example/alice@a.example", false);
    world.hang_up(0);
    assert_eq!((world.end(0), world.end(1)), (Some(CallEnd::WeDeclined), Some(CallEnd::Declined)));
    world.call(0, "user://nowhere.example/bob@nowhere.example", false);
    assert_eq!(world.end(0), Some(CallEnd::DomainUnreachable));
}

#[test]
fn somebody_who_is_not_called_cannot_accept() {
    let mut world = World::pair();
    let carol = world.raw("carol", "a.example", "h3");
    world.call(0, BOB, false);
    let alice = world.seats[0].hyperty.clone();
    let invitation =
        confab_rethink::Draft::new(Kind::Create, url("connection://a.example/x/subscription"), &alice)
            .with("source", "hyperty://a.example/h3")
            .with("value", serde_json::json!({"resources": ["audio"]}));
    world.say(carol, invitation);
    assert_eq!(world.phase(0), CallPhase::Ringing);
    let answer = world.raws[carol].inbox.last().or(world.wire.last()).and_then(|message| message.code());
    assert_eq!(answer, Some(Code::BUSY));
}
