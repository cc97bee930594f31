//! Messages that vanish, come twice or are overtaken, on every connection and in both directions.

use confab_contract::{CallPhase, OwnPresence};
use confab_lab::{Town, Weather};

use crate::{ALICE, BOB, CAROL, talking};

const FOUL: Weather = Weather { loss: 10, doubles: 15, overtaken: 20 };

#[test]
fn messages_that_come_twice_or_late_hinder_no_call() {
    for seed in 0..60 {
        let mut town = Town::new(seed, 2);
        town.lab.set_weather(Weather { loss: 0, doubles: 30, overtaken: 25 });
        town.begin_call(ALICE, BOB);
        town.until(8_000, |town| [ALICE, BOB].iter().all(|&at| town.lab.seats[at].conversation.open))
            .unwrap_or_else(|| panic!("seed {seed}: no conversation"));
        for line in 0..6 {
            town.say([ALICE, BOB][line % 2], &format!("{line}"));
            town.run(300);
        }
        town.run(10_000);
        assert_eq!(town.lines(ALICE).len(), 6, "seed {seed}");
        town.hang_up(ALICE);
        town.run(12_000);
        assert_eq!((town.phase(ALICE), town.phase(BOB)), (CallPhase::Idle, CallPhase::Idle), "seed {seed}");
    }
}

#[test]
fn both_agree_on_the_call_when_the_weather_is_fair_again() {
    for seed in 100..180 {
        let mut town = Town::new(seed, 2);
        town.lab.set_weather(FOUL);
        town.call(ALICE, BOB, seed % 2 == 0);
        town.until(15_000, |town| town.phase(BOB) == CallPhase::Incoming);
        town.accept(BOB);
        town.run(8_000);
        town.say(ALICE, "one");
        town.say(BOB, "two");
        town.run(5_000);
        if seed % 3 == 0 {
            town.hang_up([ALICE, BOB][(seed % 2) as usize]);
        }
        let found = town.settle();
        assert!(found.is_empty(), "seed {seed}: {found:#?}");
        if seed % 3 == 0 {
            assert!(!town.talk(ALICE, BOB), "seed {seed}");
        }
    }
}

#[test]
fn a_conversation_is_the_same_on_both_sides_when_the_weather_is_fair_again() {
    for seed in 200..260 {
        let mut town = talking(seed, ALICE, BOB);
        town.lab.set_weather(FOUL);
        for line in 0..12 {
            town.say([ALICE, BOB][line % 2], &format!("{line}"));
            town.run(400);
        }
        let found = town.settle();
        assert!(found.is_empty(), "seed {seed}: {found:#?}");
        assert!(town.talk(ALICE, BOB), "seed {seed}: lost messages have ended a call");
        assert_eq!(town.lines(BOB).len(), 12, "seed {seed}: {:?}", town.lines(BOB));
    }
}

#[test]
fn everybody_sees_what_they_may_when_the_weather_is_fair_again() {
    for seed in 300..340 {
        let mut town = Town::of_friends(seed, 3);
        town.lab.set_weather(FOUL);
        for step in 0..6 {
            town.set_presence(BOB, [OwnPresence::Busy, OwnPresence::Away][step % 2]);
            town.allow(ALICE, [BOB, CAROL][step % 2], step % 3 != 0);
            town.run(900);
        }
        let found = town.settle();
        assert!(found.is_empty(), "seed {seed}: {found:#?}");
    }
}
