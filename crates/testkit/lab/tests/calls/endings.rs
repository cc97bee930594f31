//! Every way in which a call ends before it began, or is no call.

use confab_contract::{CallEnd, CallPhase, Intent, MeetingPhase};
use confab_lab::Town;
use confab_lab::house::ROOMS;
use confab_rethink::Kind;

use crate::{ALICE, BOB, CAROL, DAVE, ends, ringing, talking};

#[test]
fn a_call_that_is_declined_ends_at_both() {
    let mut town = ringing(1, ALICE, BOB);
    town.lab.wish(BOB, Intent::Decline);
    assert_eq!(ends(&mut town, ALICE, BOB, 3_000), (Some(CallEnd::Declined), Some(CallEnd::WeDeclined)));
    town.agree();
}

#[test]
fn who_gives_up_calling_lets_it_stop_ringing_and_leaves_a_missed_call() {
    let mut town = ringing(2, ALICE, BOB);
    town.hang_up(ALICE);
    assert_eq!(ends(&mut town, ALICE, BOB, 3_000), (Some(CallEnd::Cancelled), Some(CallEnd::Missed)));
    assert!(town.lab.seats[BOB].calls[0].unseen);
    town.agree();
}

#[test]
fn a_call_that_is_given_up_at_any_moment_rings_nowhere_afterwards() {
    for millis in (0..1_500).step_by(60) {
        let mut town = Town::new(2_000 + millis, 2);
        town.call(ALICE, BOB, true);
        town.run(millis);
        town.hang_up(ALICE);
        town.run(4_000);
        assert!(matches!(town.phase(BOB), CallPhase::Idle | CallPhase::Ended), "after {millis} ms");
        town.agree();
    }
}

#[test]
fn who_is_in_a_call_or_a_meeting_is_busy_and_sees_the_missed_call() {
    let mut town = Town::new(3, 4);
    town.begin_call(ALICE, BOB);
    town.call(CAROL, BOB, false);
    town.until(5_000, |town| town.end(CAROL) == Some(CallEnd::Busy)).expect("busy");
    assert!(town.lab.seats[BOB].calls[0].unseen);
    assert!(town.talk(ALICE, BOB));
    town.lab.wish(DAVE, Intent::Join { room: ROOMS[0].to_owned() });
    town.run(10_000);
    town.call(CAROL, DAVE, false);
    town.until(5_000, |town| town.end(CAROL) == Some(CallEnd::Busy)).expect("busy");
    assert!(town.talk(ALICE, BOB));
}

#[test]
fn nobody_answers_for_three_quarters_of_a_minute() {
    let mut town = ringing(4, ALICE, BOB);
    town.run(40_000);
    assert_eq!(town.phase(BOB), CallPhase::Incoming);
    assert_eq!(ends(&mut town, ALICE, BOB, 8_000), (Some(CallEnd::NoAnswer), Some(CallEnd::Missed)));
    town.agree();
}

#[test]
fn two_who_call_each_other_talk() {
    for seed in 100..160 {
        let mut town = Town::new(seed, 2);
        town.call(ALICE, BOB, true);
        town.run((seed - 100) * 12);
        town.call(BOB, ALICE, true);
        // Whoever is too late for both to have called rings the other one.
        town.run(3_000);
        for seat in [ALICE, BOB] {
            if town.phase(seat) == CallPhase::Incoming {
                town.accept(seat);
            }
        }
        town.until(8_000, |town| town.talk(ALICE, BOB)).unwrap_or_else(|| {
            panic!("seed {seed}: {:?} {:?}", town.lab.seats[ALICE].call, town.lab.seats[BOB].call)
        });
        town.agree();
    }
}

#[test]
fn who_is_not_there_or_nobody_is_told_so() {
    let mut town = Town::new(5, 2);
    town.kill(BOB, 0);
    town.run(2_000);
    town.call(ALICE, BOB, false);
    town.until(5_000, |town| town.end(ALICE) == Some(CallEnd::Offline)).expect("offline");
    town.lab.wish(ALICE, Intent::Call { user: "nobody@b.test".to_owned(), video: false });
    town.until(9_000, |town| town.end(ALICE) == Some(CallEnd::Unknown)).expect("unknown");
    town.lab.wish(ALICE, Intent::Call { user: "bob@c.test".to_owned(), video: false });
    town.until(25_000, |town| town.end(ALICE) == Some(CallEnd::DomainUnreachable)).expect("unreachable");
}

#[test]
fn a_caller_who_crashes_stops_ringing_within_the_ringing_time() {
    let mut town = ringing(6, ALICE, BOB);
    town.kill(ALICE, 500);
    town.until(50_000, |town| town.phase(BOB) != CallPhase::Incoming).expect("it stops");
    town.agree();
    town.revive(ALICE);
    town.run(3_000);
    assert_eq!(town.probe(ALICE, BOB), Vec::<String>::new());
}

#[test]
fn a_callee_who_crashes_while_it_rings_does_not_ring_after_the_start() {
    let mut town = ringing(7, ALICE, BOB);
    town.kill(BOB, 500);
    town.run(2_000);
    town.revive(BOB);
    town.run(5_000);
    assert_eq!(town.phase(BOB), CallPhase::Idle);
    town.agree();
    assert_eq!(town.probe(BOB, ALICE), Vec::<String>::new());
}

#[test]
fn who_crashes_in_a_call_leaves_the_other_one_free_within_twenty_seconds() {
    for (seed, who, other) in [(8, ALICE, BOB), (9, BOB, ALICE)] {
        let mut town = talking(seed, ALICE, BOB);
        town.kill(who, 500);
        town.until(20_000, |town| town.phase(other) == CallPhase::Ended).expect("it is over");
        assert_eq!(town.end(other), Some(CallEnd::Lost));
        town.revive(who);
        town.run(10_000);
        assert_eq!(town.probe(who, other), Vec::<String>::new());
    }
}

#[test]
fn an_invitation_that_nobody_has_heard_of_keeps_nobody_from_what_they_want() {
    let held_up = |seed| {
        let mut town = Town::new(seed, 4);
        // Bob has Alice's invitation, and what he hears of it then vanishes.
        for _ in 0..2 {
            town.lab.swallow(BOB, false, |message| {
                message.is_response() && message.from.as_str().starts_with("connection://")
            });
        }
        town.call(ALICE, BOB, true);
        town.run(3_000);
        assert_eq!((town.phase(ALICE), town.phase(BOB)), (CallPhase::Ringing, CallPhase::Idle));
        town
    };
    let mut town = held_up(20);
    town.call(BOB, DAVE, false);
    town.until(5_000, |town| town.phase(DAVE) == CallPhase::Incoming).expect("it rings at Dave");
    assert_eq!(town.end(ALICE), Some(CallEnd::Busy));
    assert!(town.lab.seats[BOB].problems.is_empty() && town.lab.seats[BOB].calls[0].unseen);

    let mut town = held_up(21);
    town.lab.wish(BOB, Intent::Join { room: ROOMS[0].to_owned() });
    town.run(5_000);
    assert_eq!(town.lab.seats[BOB].phase(), MeetingPhase::In);

    // Who calls whoever is calling them is rung: no second call is made.
    let mut town = held_up(22);
    town.call(BOB, ALICE, false);
    town.until(20_000, |town| town.phase(BOB) == CallPhase::Incoming).expect("it rings after all");
    town.accept(BOB);
    town.until(8_000, |town| town.talk(ALICE, BOB)).expect("they talk");
}

#[test]
fn an_invitation_that_is_lost_is_sent_again_and_rings_once() {
    for (seed, lost) in [(30, 1), (31, 2)] {
        let mut town = Town::new(seed, 2);
        for _ in 0..lost {
            town.lab.swallow(BOB, false, |message| {
                message.kind == Kind::Create && message.from.as_str().starts_with("connection://")
            });
        }
        town.call(ALICE, BOB, true);
        town.until(20_000, |town| town.phase(BOB) == CallPhase::Incoming).expect("it rings");
        town.lab.wish(BOB, Intent::Decline);
        ends(&mut town, ALICE, BOB, 3_000);
        town.run(30_000);
        assert_eq!((town.phase(BOB), town.lab.seats[BOB].calls.len()), (CallPhase::Idle, 1));
    }
}
