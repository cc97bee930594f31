//! Legs that fail, are lost or are to be replaced.

use std::time::Duration;

use confab_contract::ProblemCode;
use confab_lab::Action;
use confab_lab::script::Play;

use crate::{ALICE, BOB, CAROL, join, meeting, problems, seconds};

#[test]
fn a_lost_transport_is_made_anew_by_whoever_notices() {
    for which in 0..3 {
        let mut play = meeting(40 + which as u64, 3);
        play.act(&Action::DropLeg(ALICE, which));
        play.agree();
        play.act(&Action::DropLegAtServer(BOB, which));
        play.agree();
    }
}

#[test]
fn a_loss_at_the_server_is_learnt_after_the_connection_is_back() {
    let mut play = meeting(44, 2);
    play.act(&Action::Break(ALICE, 0, 4_000));
    play.act(&Action::DropLegAtServer(ALICE, 0));
    play.agree();
}

#[test]
fn a_wrong_fingerprint_is_told_and_tried_again_with_growing_waits() {
    let mut play = Play::new(45, 2);
    play.act(&join(BOB));
    play.agree();
    play.act(&Action::Spoil(4));
    play.act(&join(ALICE));
    play.lab.run(seconds(3));
    assert!(problems(&play.lab, ALICE).contains(&ProblemCode::MediaInsecure));
    play.agree();
    let generations = play.lab.seats[ALICE].plan.legs.values().map(|leg| leg.generation).sum::<u32>();
    assert_eq!(generations, 4);
}

#[test]
fn the_media_server_may_ask_for_a_new_leg() {
    let mut play = meeting(46, 3);
    for which in 0..3 {
        play.act(&Action::Replace(ALICE, which));
        play.agree();
    }
}

#[test]
fn a_lost_media_server_is_rebuilt_leg_by_leg() {
    let mut play = meeting(47, 4);
    play.act(&Action::Microphone(CAROL, false));
    play.act(&Action::Share(BOB));
    play.agree();
    play.act(&Action::LoseMediaServer);
    play.agree();
}

#[test]
fn a_connection_that_breaks_while_legs_are_negotiated_is_made_good_at_any_moment() {
    for millis in (0..900).step_by(20) {
        let mut play = meeting(3_000 + millis, 2);
        play.act(&Action::LoseMediaServer);
        play.lab.run(Duration::from_millis(500 + millis));
        play.act(&Action::Break(BOB, 200, 1_000 - millis));
        play.agree();
    }
}

#[test]
fn no_leg_is_left_behind_when_a_connection_breaks_while_a_leg_is_replaced() {
    let mut play = meeting(49, 2);
    play.act(&Action::DropLegAtServer(ALICE, 0));
    play.lab.run(Duration::from_millis(250));
    play.act(&Action::Break(ALICE, 3_000, 5_000));
    play.agree();
}
