//! A call from the first ring to the last word.

use confab_contract::{CallEnd, CallPhase, Intent, Proof};
use confab_lab::Town;
use confab_lab::engine::End;
use confab_media_model::{LegPlan, LegRole};

use crate::{ALICE, BOB, CAROL, DAVE, ends, ringing, talking};

fn only_leg(town: &Town, seat: usize) -> &LegPlan {
    let legs = &town.lab.seats[seat].plan.legs;
    assert_eq!(legs.len(), 1, "one call is one leg");
    legs.values().next().expect("there is one")
}

#[test]
fn alice_calls_bob_of_another_domain_and_both_plan_a_leg_with_the_other_ones_description() {
    for (caller, callee) in [(ALICE, BOB), (BOB, ALICE), (ALICE, CAROL), (BOB, DAVE)] {
        let mut town = talking(1, caller, callee);
        let (offered, answered) = (only_leg(&town, caller), only_leg(&town, callee));
        for plan in [offered, answered] {
            assert!(matches!(plan.role, LegRole::Peer { audio: true, .. }), "{:?}", plan.role);
        }
        let offer = End::of_offer(&answered.offer.as_ref().expect("the callee has the offer").sdp);
        let answer = End::of_answer(&offered.answer.as_ref().expect("the caller has the answer").sdp);
        let (from, to) = answer.expect("it is an answer");
        assert_eq!((from.seat, Some(to)), (callee, offer));
        for seat in [caller, callee] {
            assert_eq!(town.lab.seats[seat].call.proof, Proof::Signed);
        }
        town.say(caller, "hello");
        town.say(callee, "hello yourself");
        town.until(3_000, |town| [caller, callee].iter().all(|&at| town.lines(at).len() == 2))
            .expect("both read both");
        town.agree();
        town.hang_up(caller);
        assert_eq!(
            ends(&mut town, caller, callee, 5_000),
            (Some(CallEnd::HungUp), Some(CallEnd::TheyHungUp))
        );
        town.agree();
    }
}

#[test]
fn it_rings_within_three_seconds_and_they_hear_each_other_within_two_more() {
    // Over the slowest of all networks, 95 ms from everybody to every node, and with no way to the other domain yet.
    for seed in 0..20 {
        let mut town = Town::new(seed, 2);
        town.call(ALICE, BOB, true);
        let rings = town.until(10_000, |town| town.phase(BOB) == CallPhase::Incoming).expect("it rings");
        town.accept(BOB);
        let talk = town.until(10_000, |town| town.talk(ALICE, BOB)).expect("they talk");
        assert!(rings.as_secs() < 3 && talk.as_secs() < 2, "seed {seed}: {rings:?}, {talk:?}");
    }
}

#[test]
fn nothing_of_the_callee_is_open_while_it_rings_and_the_caller_is_not_heard() {
    let town = ringing(2, ALICE, BOB);
    let callee = &town.lab.seats[BOB].plan;
    assert!(callee.camera.is_none() && callee.microphone.is_none() && callee.legs.is_empty());
    assert!(town.lab.seats[ALICE].plan.microphone.is_none());
    assert_eq!(town.lab.violations, Vec::<String>::new());
}

#[test]
fn who_mutes_or_shares_in_a_call_is_seen_so_by_the_other_one() {
    let mut town = talking(3, ALICE, BOB);
    for intent in [
        Intent::SetMicrophone { on: false },
        Intent::SetCamera { on: false },
        Intent::ShareScreen { source: None },
        Intent::StopSharing,
        Intent::SetMicrophone { on: true },
    ] {
        town.lab.wish(BOB, intent);
        town.run(2_000);
        town.agree();
    }
}

#[test]
fn a_path_that_is_lost_in_a_call_is_built_anew() {
    for (seed, whose) in [(4, ALICE), (5, BOB)] {
        let mut town = talking(seed, ALICE, BOB);
        town.lab.drop_peer(whose);
        town.until(6_000, |town| !town.talk(ALICE, BOB)).expect("the loss is noticed");
        town.until(10_000, |town| town.talk(ALICE, BOB)).expect("it comes back");
        town.agree();
    }
}

#[test]
fn lines_said_while_the_connection_is_away_arrive_once_and_in_order() {
    for seed in 10..30 {
        let mut town = talking(seed, ALICE, BOB);
        town.lab.go_offline(BOB, std::time::Duration::from_millis(3_000));
        for line in 0..5 {
            town.say(ALICE, &format!("a{line}"));
            town.say(BOB, &format!("b{line}"));
            town.run(700);
        }
        town.agree();
        assert!(town.talk(ALICE, BOB));
        assert_eq!(town.lines(ALICE).len(), 10, "{:?}", town.lines(ALICE));
    }
}

#[test]
fn after_a_call_there_can_be_another_one_in_either_direction() {
    let mut town = talking(6, ALICE, BOB);
    for (caller, callee) in [(BOB, ALICE), (ALICE, BOB), (BOB, ALICE)] {
        assert_eq!(town.probe(caller, callee), Vec::<String>::new());
    }
}
