//! Coming and going.

use std::time::Duration;

use confab_contract::{Intent, MeetingPhase, ProblemCode};
use confab_lab::house::Rules;
use confab_lab::script::Play;
use confab_lab::{Action, Lab};

use crate::{ALICE, BOB, CAROL, join, key, meeting, problems, seconds};

#[test]
fn an_unknown_room_is_a_problem_and_no_meeting() {
    let mut play = Play::new(20, 1);
    play.act(&Action::Join(ALICE, "nowhere".to_owned()));
    play.agree();
    assert_eq!(problems(&play.lab, ALICE), [ProblemCode::NoSuchRoom]);
}

#[test]
fn a_name_that_cannot_be_a_room_is_told_at_once() {
    let mut play = Play::new(21, 1);
    play.lab.wish(ALICE, Intent::Join { room: "no room/".to_owned() });
    assert_eq!(problems(&play.lab, ALICE), [ProblemCode::BadRoomName]);
    play.agree();
}

#[test]
fn who_leaves_leaves_nothing_behind() {
    let mut play = meeting(22, 3);
    for seat in 0..3 {
        play.act(&Action::Leave(seat));
        play.agree();
    }
}

#[test]
fn leaving_while_joining_leaves_nothing_behind_at_any_moment() {
    for millis in (0..1_500).step_by(30) {
        let mut play = Play::new(1_000 + millis, 2);
        play.act(&join(BOB));
        play.act(&join(ALICE));
        play.lab.run(std::time::Duration::from_millis(millis));
        play.act(&Action::Leave(ALICE));
        play.agree();
    }
}

#[test]
fn who_leaves_and_comes_back_is_somebody_new() {
    let mut play = meeting(23, 2);
    let before = key(&play.lab, ALICE);
    play.act(&Action::Leave(ALICE));
    play.act(&join(ALICE));
    play.agree();
    assert_ne!(key(&play.lab, ALICE), before);
}

#[test]
fn joining_another_room_leaves_the_first() {
    let mut play = meeting(24, 2);
    play.act(&Action::Join(ALICE, "lounge".to_owned()));
    play.agree();
    play.act(&join(ALICE));
    play.agree();
}

#[test]
fn an_answer_to_a_leg_that_comes_after_leaving_is_no_call() {
    for millis in (0..600).step_by(20) {
        let mut play = meeting(3_000 + millis, 2);
        play.act(&Action::Share(ALICE));
        play.lab.run(Duration::from_millis(millis));
        play.act(&Action::Leave(ALICE));
        play.lab.run(Duration::from_millis(300));
        play.act(&join(ALICE));
        play.agree();
        assert_eq!(play.lab.seats[ALICE].calls, [], "after {millis} ms");
    }
}

#[test]
fn a_goodbye_into_a_broken_connection_is_said_again() {
    for client_notices in [100, 3_000] {
        let mut play = meeting(25, 2);
        play.act(&Action::Break(ALICE, client_notices, 200));
        play.lab.run(seconds(1));
        play.act(&Action::Leave(ALICE));
        play.agree();
    }
}

#[test]
fn a_room_that_is_full_says_so() {
    let mut play = Play::of(Lab::new(26, Rules { max_participants: 2, ..Rules::default() }), 3);
    for seat in [ALICE, BOB, CAROL] {
        play.act(&join(seat));
        play.lab.run(seconds(2));
    }
    assert_eq!(problems(&play.lab, CAROL), [ProblemCode::RoomFull]);
    assert_eq!(play.lab.seats[CAROL].phase(), MeetingPhase::Idle);
    play.model.people[CAROL].enter(None);
    play.agree();
}
