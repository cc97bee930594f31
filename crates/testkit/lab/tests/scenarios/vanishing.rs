//! Single messages that vanish on a living connection, as nodes lose what they cannot route.

use confab_contract::{MeetingPhase, ProblemCode};
use confab_lab::script::Play;
use confab_rethink::{Kind, Message};

use crate::{ALICE, BOB, join, meeting, problems, seconds};

fn is_invitation(message: &Message) -> bool {
    message.kind == Kind::Create && message.from.as_str().starts_with("connection://")
}

fn is_room_subscription(message: &Message) -> bool {
    message.kind == Kind::Subscribe && message.to.as_str().starts_with("comm://")
}

#[test]
fn a_room_that_does_not_answer_is_a_problem_with_a_way_on() {
    let mut play = Play::new(70, 1);
    play.lab.swallow(ALICE, true, is_room_subscription);
    play.act(&join(ALICE));
    play.lab.run(seconds(17));
    assert_eq!(problems(&play.lab, ALICE), [ProblemCode::RoomSilent]);
    assert_eq!(play.lab.seats[ALICE].phase(), MeetingPhase::Idle);
    play.lab.resolve(ALICE, ProblemCode::RoomSilent);
    play.agree();
}

#[test]
fn an_invitation_that_vanishes_is_made_again() {
    for to_node in [true, false] {
        let mut play = Play::new(71, 2);
        play.lab.swallow(ALICE, to_node, is_invitation);
        play.act(&join(ALICE));
        play.act(&join(BOB));
        play.agree();
    }
}

#[test]
fn any_single_answer_that_vanishes_while_legs_are_made_is_made_good() {
    for number in 0..25 {
        let mut play = Play::new(5_000 + number, 2);
        play.act(&join(BOB));
        play.lab.run(seconds(3));
        let seen = std::cell::Cell::new(0);
        play.lab.swallow(ALICE, false, move |message| {
            let about_leg = message.from.as_str().starts_with("connection://")
                || message.to.as_str().starts_with("connection://");
            seen.set(seen.get() + u64::from(about_leg));
            about_leg && seen.get() == number + 1
        });
        play.act(&join(ALICE));
        play.agree();
    }
}

#[test]
fn a_change_that_vanishes_is_made_good_by_the_next_one() {
    let mut play = meeting(72, 3);
    play.lab.swallow(BOB, false, |message| message.kind == Kind::Update);
    play.act(&confab_lab::Action::Microphone(ALICE, false));
    play.lab.run(seconds(1));
    play.act(&confab_lab::Action::Camera(ALICE, false));
    play.agree();
}

#[test]
fn a_wish_to_be_muted_that_vanishes_is_told_again() {
    let mut play = meeting(73, 2);
    play.lab.swallow(ALICE, true, |message| message.kind == Kind::Execute);
    play.act(&confab_lab::Action::Microphone(ALICE, false));
    play.agree();
}
