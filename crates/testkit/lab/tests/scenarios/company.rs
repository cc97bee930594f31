//! People in a room: who sees and hears whom.

use confab_lab::Action;
use confab_lab::script::Play;

use crate::{ALICE, BOB, CAROL, join, meeting, seconds, seen};

#[test]
fn two_people_join_and_see_each_other() {
    let play = meeting(1, 2);
    assert_eq!(seen(&play.lab, ALICE, BOB), Some((false, true, false)));
    assert_eq!(seen(&play.lab, BOB, ALICE), Some((false, true, false)));
}

#[test]
fn five_people_receive_everybody_and_nobody_themselves() {
    let play = meeting(2, 5);
    assert_eq!(play.lab.house().map(|house| house.table.legs.len()), Some(5 + 5 * 4));
}

#[test]
fn people_in_different_rooms_do_not_meet() {
    let mut play = meeting(3, 2);
    play.act(&Action::Join(BOB, "lounge".to_owned()));
    play.agree();
    assert_eq!(seen(&play.lab, ALICE, BOB), None);
}

#[test]
fn who_comes_late_sees_who_is_there_and_what_is_muted() {
    let mut play = Play::new(4, 3);
    play.act(&join(ALICE));
    play.act(&Action::Microphone(ALICE, false));
    play.act(&join(BOB));
    play.agree();
    play.act(&join(CAROL));
    play.agree();
    assert_eq!(seen(&play.lab, CAROL, ALICE), Some((true, true, false)));
}

#[test]
fn muting_is_seen_by_others_and_closes_the_gate_at_the_server() {
    let mut play = meeting(5, 3);
    for (action, expected) in [
        (Action::Microphone(ALICE, false), (true, true, false)),
        (Action::Camera(ALICE, false), (true, false, false)),
        (Action::Microphone(ALICE, true), (false, false, false)),
        (Action::Camera(ALICE, true), (false, true, false)),
    ] {
        play.act(&action);
        play.agree();
        assert_eq!(seen(&play.lab, BOB, ALICE), Some(expected), "{action:?}");
    }
}

#[test]
fn who_joins_muted_is_never_heard() {
    let mut play = Play::new(6, 2);
    play.act(&Action::Microphone(ALICE, false));
    play.act(&join(ALICE));
    play.act(&join(BOB));
    play.agree();
    assert_eq!(seen(&play.lab, BOB, ALICE), Some((true, true, false)));
}

#[test]
fn a_camera_that_cannot_be_opened_is_shown_as_off() {
    let mut play = Play::new(7, 2);
    play.lab.seats[ALICE].engine.camera_is_broken = true;
    play.model.people[ALICE].camera_is_broken = true;
    play.act(&join(ALICE));
    play.act(&join(BOB));
    play.agree();
    assert_eq!(seen(&play.lab, BOB, ALICE), Some((false, false, false)));
}

#[test]
fn a_screen_is_shared_and_taken_back() {
    let mut play = meeting(8, 3);
    play.act(&Action::Share(BOB));
    play.agree();
    assert_eq!(play.lab.seats[ALICE].tiles().len(), 4);
    play.act(&Action::StopSharing(BOB));
    play.agree();
    assert_eq!(play.lab.seats[ALICE].tiles().len(), 3);
}

#[test]
fn a_shared_screen_ends_with_the_meeting() {
    let mut play = meeting(9, 2);
    play.act(&Action::Share(BOB));
    play.lab.run(seconds(1));
    play.act(&Action::Leave(BOB));
    play.act(&join(BOB));
    play.agree();
}

#[test]
fn messages_that_arrive_twice_change_nothing() {
    let mut play = Play::new(10, 4);
    play.lab.double_messages(100);
    for seat in 0..4 {
        play.act(&join(seat));
    }
    play.act(&Action::Microphone(ALICE, false));
    play.agree();
}
