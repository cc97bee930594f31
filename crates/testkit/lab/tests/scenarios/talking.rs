//! What is said in a room: who reads it, in which order, and what becomes of it when the connection breaks.

use confab_contract::{Delivery, Intent, LineBody};
use confab_lab::Lab;

use crate::power::{enter, meet};
use crate::{ALICE, BOB, CAROL, key, seconds};

const DAVE: usize = 3;

fn say(lab: &mut Lab, seat: usize, text: &str) {
    lab.wish(seat, Intent::Say { text: text.to_owned(), to: None, reply: None });
}

fn read(lab: &Lab, seat: usize) -> Vec<String> {
    let lines = &lab.seats[seat].conversation.lines;
    let text = |body: &LineBody| match body {
        LineBody::Text { text } => text.clone(),
        LineBody::File { file } => file.name.clone(),
    };
    lines.iter().map(|line| text(&line.body)).collect()
}

#[test]
fn everybody_reads_the_same_in_the_same_order() {
    let mut lab = meet(401, 3, 3);
    for round in 0..5 {
        for seat in [ALICE, BOB, CAROL] {
            say(&mut lab, seat, &format!("{seat} in round {round}"));
        }
        lab.run(std::time::Duration::from_millis(3));
    }
    lab.run(seconds(3));
    let before = read(&lab, ALICE);
    assert_eq!(before.len(), 15);
    assert_eq!((read(&lab, BOB), read(&lab, CAROL)), (before.clone(), before));
}

#[test]
fn what_is_for_one_is_read_by_two_and_never_kept() {
    let mut lab = meet(402, 4, 3);
    say(&mut lab, ALICE, "for all");
    let carol = key(&lab, CAROL);
    lab.wish(ALICE, Intent::Say { text: "for Carol".to_owned(), to: Some(carol), reply: None });
    lab.run(seconds(2));
    assert_eq!(read(&lab, ALICE), ["for all", "for Carol"]);
    assert_eq!(read(&lab, CAROL), ["for all", "for Carol"]);
    assert_eq!(read(&lab, BOB), ["for all"]);
    enter(&mut lab, DAVE);
    assert_eq!(read(&lab, DAVE), ["for all"], "who comes late reads what was said to all");
    assert_eq!(lab.seats[DAVE].conversation.unread, 0);
}

#[test]
fn who_comes_late_reads_all_that_the_room_remembers_in_its_order() {
    let mut lab = meet(405, 3, 2);
    let long = "x".repeat(600);
    for number in 0..150 {
        say(&mut lab, [ALICE, BOB][number % 2], &format!("{number} {long}"));
        lab.run(std::time::Duration::from_millis(600));
    }
    lab.run(seconds(3));
    let said = read(&lab, ALICE);
    assert_eq!(said.len(), 150);
    enter(&mut lab, CAROL);
    lab.run(seconds(2));
    assert_eq!(read(&lab, CAROL), said);
    assert_eq!(lab.seats[CAROL].conversation.unread, 0, "it was said before she came");
    say(&mut lab, ALICE, "welcome");
    lab.run(seconds(1));
    assert_eq!(lab.seats[CAROL].conversation.unread, 1);
    assert_eq!(read(&lab, CAROL).last().map(String::as_str), Some("welcome"));
}

#[test]
fn what_is_said_offline_goes_out_once_and_in_order() {
    for seed in 0..20 {
        let mut lab = meet(420 + seed, 2, 2);
        lab.go_offline(BOB, seconds(6));
        lab.run(seconds(1));
        for text in ["one", "two", "three"] {
            say(&mut lab, BOB, text);
        }
        lab.run(seconds(40));
        assert_eq!(read(&lab, ALICE), ["one", "two", "three"], "seed {seed}");
        let delivered =
            lab.seats[BOB].conversation.lines.iter().all(|line| line.delivery == Delivery::Delivered);
        assert!(delivered, "seed {seed}");
    }
}

#[test]
fn a_broken_connection_at_any_moment_loses_and_doubles_nothing() {
    for millis in (0..600).step_by(20) {
        let mut lab = meet(450 + millis, 2, 2);
        for number in 0..6 {
            say(&mut lab, BOB, &format!("line {number}"));
            lab.run(std::time::Duration::from_millis(30));
            if number * 30 == millis / 100 * 30 {
                lab.break_wire(
                    BOB,
                    std::time::Duration::from_millis(millis),
                    std::time::Duration::from_millis(millis / 2),
                );
            }
        }
        lab.run(seconds(60));
        let said: Vec<String> = (0..6).map(|number| format!("line {number}")).collect();
        assert_eq!(read(&lab, ALICE), said, "{millis} ms");
        assert_eq!(read(&lab, BOB), said, "{millis} ms");
    }
}

#[test]
fn who_says_too_much_at_once_is_slowed_down_and_loses_nothing() {
    let mut lab = meet(403, 2, 2);
    for number in 0..45 {
        say(&mut lab, BOB, &number.to_string());
    }
    lab.run(seconds(60));
    assert_eq!(read(&lab, ALICE), (0..45).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn what_is_for_one_reaches_nobody_else_after_a_restart_in_which_keys_change() {
    for seed in 0..20 {
        let mut lab = meet(430 + seed, 4, 4);
        let carol = key(&lab, CAROL);
        lab.restart_house(seconds(4));
        lab.run(std::time::Duration::from_millis(500));
        lab.wish(BOB, Intent::Say { text: "for Carol".to_owned(), to: Some(carol), reply: None });
        say(&mut lab, BOB, "for all");
        lab.run(seconds(60));
        for seat in [ALICE, CAROL, DAVE] {
            assert_eq!(read(&lab, seat), ["for all"], "seed {seed}");
        }
        let lines = &lab.seats[BOB].conversation.lines;
        let deliveries: Vec<Delivery> = lines.iter().map(|line| line.delivery).collect();
        assert_eq!(deliveries, [Delivery::Failed, Delivery::Delivered], "seed {seed}");
        assert_eq!(lines[0].to.as_deref(), Some("Carol"));
    }
}

#[test]
fn reactions_and_answers_are_seen_by_all() {
    let mut lab = meet(404, 3, 3);
    say(&mut lab, ALICE, "when?");
    lab.run(seconds(1));
    let line = lab.seats[BOB].conversation.lines[0].id.clone();
    for seat in [BOB, CAROL] {
        lab.wish(seat, Intent::ReactToLine { line: line.clone(), emoji: "👍".to_owned() });
    }
    lab.wish(BOB, Intent::Say { text: "now".to_owned(), to: None, reply: Some(line.clone()) });
    lab.wish(CAROL, Intent::React { emoji: "🎉".to_owned() });
    lab.run(seconds(1));
    for seat in [ALICE, BOB, CAROL] {
        let lines = &lab.seats[seat].conversation.lines;
        assert_eq!(lines[0].reactions.iter().map(|one| one.count).collect::<Vec<_>>(), [2]);
        assert_eq!(lines[1].reply.as_ref().map(|reply| reply.text.as_str()), Some("when?"));
        assert_eq!(lab.seats[seat].room.reactions.len(), 1);
    }
    lab.wish(BOB, Intent::ReactToLine { line, emoji: "👍".to_owned() });
    lab.run(seconds(1));
    assert_eq!(lab.seats[ALICE].conversation.lines[0].reactions[0].count, 1);
}
