//! Connections that break and people that vanish.

use std::time::Duration;

use confab_contract::MeetingPhase;
use confab_lab::Action;
use confab_lab::script::Play;

use crate::{ALICE, BOB, join, key, meeting, seconds, seen};

#[test]
fn a_connection_that_breaks_while_joining_is_made_good_at_any_moment() {
    for millis in (0..1_500).step_by(30) {
        let mut play = Play::new(2_000 + millis, 2);
        play.act(&join(BOB));
        play.act(&join(ALICE));
        play.lab.run(Duration::from_millis(millis));
        play.act(&Action::Break(ALICE, 300, millis % 700));
        play.agree();
    }
}

#[test]
fn a_connection_that_breaks_in_the_meeting_leaves_the_media_alone() {
    let mut play = meeting(30, 3);
    let legs: Vec<_> = play.lab.seats[ALICE].plan.legs.clone().into_iter().collect();
    play.act(&Action::Break(ALICE, 500, 500));
    play.agree();
    assert_eq!(play.lab.seats[ALICE].plan.legs.clone().into_iter().collect::<Vec<_>>(), legs);
}

#[test]
fn who_mutes_while_the_connection_is_away_is_muted_when_it_is_back() {
    let mut play = meeting(31, 2);
    play.act(&Action::Break(ALICE, 0, 0));
    play.act(&Action::Microphone(ALICE, false));
    play.agree();
    assert_eq!(seen(&play.lab, BOB, ALICE), Some((true, true, false)));
}

#[test]
fn who_comes_back_within_fifteen_seconds_keeps_the_key() {
    let mut play = meeting(32, 2);
    let before = key(&play.lab, ALICE);
    play.act(&Action::Offline(ALICE, 9_000));
    play.lab.run(seconds(9));
    assert_eq!(seen(&play.lab, BOB, ALICE).map(|(_, _, away)| away), Some(true));
    play.agree();
    assert_eq!(key(&play.lab, ALICE), before);
}

#[test]
fn who_comes_back_later_gets_a_new_key_and_all_legs_anew() {
    let mut play = meeting(33, 3);
    let before = key(&play.lab, ALICE);
    play.act(&Action::Offline(ALICE, 40_000));
    play.lab.run(seconds(35));
    assert_eq!(seen(&play.lab, BOB, ALICE), None);
    assert_eq!(play.lab.seats[ALICE].phase(), MeetingPhase::Reconnecting);
    play.agree();
    assert_ne!(key(&play.lab, ALICE), before);
}

#[test]
fn who_vanishes_is_away_then_gone_with_all_legs() {
    let mut play = meeting(34, 3);
    play.act(&Action::Kill(ALICE, 0));
    play.lab.run(seconds(14));
    assert_eq!(seen(&play.lab, BOB, ALICE).map(|(_, _, away)| away), Some(true));
    play.lab.run(seconds(2));
    assert_eq!(seen(&play.lab, BOB, ALICE), None);
    play.agree();
}

#[test]
fn who_restarts_before_the_loss_was_seen_leaves_no_ghost() {
    let mut play = meeting(35, 2);
    play.act(&Action::Kill(ALICE, 60_000));
    play.lab.run(seconds(1));
    play.act(&Action::Revive(ALICE));
    play.lab.run(seconds(2));
    play.act(&join(ALICE));
    play.agree();
}

#[test]
fn everybody_loses_the_connection_at_once() {
    let mut play = meeting(36, 5);
    for seat in 0..5 {
        play.act(&Action::Break(seat, 100 * seat as u64, 900));
    }
    play.agree();
}

#[test]
fn a_connection_that_breaks_again_and_again_ends_well() {
    let mut play = meeting(37, 3);
    for round in 0..30 {
        play.act(&Action::Break(BOB, 50, 40 * round));
        play.lab.run(Duration::from_millis(137 * (round % 7)));
    }
    play.agree();
}

#[test]
fn signing_in_waits_for_the_network() {
    let mut play = Play::new(38, 1);
    play.act(&Action::Kill(ALICE, 0));
    play.act(&Action::Offline(ALICE, 20_000));
    play.act(&Action::Revive(ALICE));
    play.agree();
}

#[test]
fn who_is_given_up_while_being_there_asks_for_a_new_place() {
    let mut play = meeting(39, 2);
    let before = key(&play.lab, ALICE);
    // The node has not seen the loss, so what is not registered again is given up; the registry does not hear of it.
    play.act(&Action::Break(ALICE, 0, 60_000));
    for _ in 0..3 {
        play.lab.swallow(ALICE, true, |message| message.to.as_str() == "domain://registry.csp.test");
    }
    play.agree();
    assert_ne!(key(&play.lab, ALICE), before);
}
