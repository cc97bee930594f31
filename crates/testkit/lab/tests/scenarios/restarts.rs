//! The backend goes and comes back.

use confab_contract::{MeetingPhase, ProblemCode};
use confab_lab::Action;
use confab_lab::script::Play;

use crate::{ALICE, BOB, CAROL, join, meeting, problems, seconds};

#[test]
fn a_restart_of_the_backend_brings_everybody_back_into_the_room() {
    for outage in [300, 5_000, 40_000] {
        let mut play = meeting(60, 4);
        play.act(&Action::Microphone(BOB, false));
        play.act(&Action::Share(CAROL));
        play.act(&Action::Restart(outage));
        play.agree();
        assert!(problems(&play.lab, ALICE).is_empty());
    }
}

#[test]
fn a_restart_while_joining_is_made_good_at_any_moment() {
    for millis in (0..1_200).step_by(40) {
        let mut play = Play::new(4_000 + millis, 2);
        play.act(&join(BOB));
        play.act(&join(ALICE));
        play.lab.run(std::time::Duration::from_millis(millis));
        play.act(&Action::Restart(500));
        play.agree();
    }
}

#[test]
fn people_who_are_in_no_room_come_back_too() {
    let mut play = Play::new(61, 3);
    play.act(&Action::Restart(2_000));
    play.agree();
}

#[test]
fn a_room_that_is_closed_ends_the_meeting_and_says_so() {
    let mut play = meeting(62, 2);
    play.lab.close_room("4711");
    play.lab.run(seconds(2));
    for seat in [ALICE, BOB] {
        assert_eq!(play.lab.seats[seat].phase(), MeetingPhase::Idle);
        assert_eq!(problems(&play.lab, seat), [ProblemCode::RoomClosed]);
        play.act(&Action::Leave(seat));
    }
    play.model.rooms.retain(|room| room != "4711");
    // The registry remembers a room that is over for a day.
    play.lab.run(seconds(25 * 3_600));
    play.agree();
}

#[test]
fn a_room_that_was_closed_and_opened_again_can_be_found() {
    for seed in 0..20 {
        let mut play = Play::new(6_300 + seed, 2);
        play.lab.close_room("4711");
        play.lab.open_room("4711");
        play.act(&join(ALICE));
        play.act(&join(BOB));
        play.lab.run(seconds(5));
        assert_eq!(play.lab.seats[ALICE].phase(), MeetingPhase::In, "seed {}", 6_300 + seed);
        assert_eq!(play.lab.seats[ALICE].tiles().len(), 2);
    }
}

#[test]
fn an_access_token_that_is_too_old_is_replaced_without_a_word() {
    let mut play = meeting(64, 2);
    play.lab.run(seconds(3_600));
    play.act(&Action::Break(ALICE, 0, 0));
    play.agree();
    assert!(problems(&play.lab, ALICE).is_empty());
}
