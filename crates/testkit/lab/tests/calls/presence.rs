//! Who sees whom, and for how long.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use confab_contract::Intent;
use confab_contract::{OwnPresence, Presence, Watching};
use confab_lab::Town;
use confab_lab::house::ROOMS;

use crate::{ALICE, BOB, CAROL, DAVE, talking};

fn watching(town: &Town, seat: usize, other: usize) -> Option<Watching> {
    town.lab.seats[seat].contact(town.lab.user(other).as_str()).map(|contact| contact.watching)
}

#[test]
fn who_asks_waits_until_the_other_one_allows_it_and_then_sees_every_change_within_two_seconds() {
    for (seed, other) in [(1, BOB), (2, CAROL)] {
        let mut town = Town::new(seed, 3);
        town.add(ALICE, other);
        let asked = |town: &Town| town.lab.seats[other].people.asking.len() == 1;
        town.until(5_000, asked).expect("the other one is asked");
        let waits = |town: &Town| watching(town, ALICE, other) == Some(Watching::Asked);
        town.until(1_000, waits).expect("the question has arrived");
        assert_eq!(town.sees(ALICE, other), Some(Presence::Unknown));
        town.allow(other, ALICE, true);
        town.until(2_000, |town| town.sees(ALICE, other) == Some(Presence::Available)).expect("it is seen");
        for (own, seen) in [
            (OwnPresence::Busy, Presence::Busy),
            (OwnPresence::Invisible, Presence::Offline),
            (OwnPresence::Away, Presence::Away),
            (OwnPresence::Available, Presence::Available),
        ] {
            town.set_presence(other, own);
            town.until(2_000, |town| town.sees(ALICE, other) == Some(seen)).expect("a change is seen");
        }
        town.agree();
    }
}

#[test]
fn who_is_no_longer_allowed_sees_and_hears_nothing_any_more() {
    for (seed, watcher) in [(3, ALICE), (4, DAVE)] {
        let mut town = Town::of_friends(seed, 4);
        assert_eq!(town.sees(watcher, BOB), Some(Presence::Available));
        town.allow(BOB, watcher, false);
        town.until(2_000, |town| town.sees(watcher, BOB) == Some(Presence::Unknown)).expect("it is not seen");
        let heard = Rc::new(RefCell::new(Vec::new()));
        let tap = heard.clone();
        town.lab.swallow(watcher, false, move |message| {
            let text = message.to_json();
            if ["\"busy\"", "\"away\"", "\"in-call\""].iter().any(|word| text.contains(word)) {
                tap.borrow_mut().push(text);
            }
            false
        });
        for own in [OwnPresence::Busy, OwnPresence::Away, OwnPresence::Busy] {
            town.set_presence(BOB, own);
            town.run(400_000);
            assert_eq!(town.sees(watcher, BOB), Some(Presence::Unknown));
            assert_eq!(
                town.sees(CAROL, BOB),
                Some(if own == OwnPresence::Busy { Presence::Busy } else { Presence::Away })
            );
        }
        assert_eq!(*heard.borrow(), Vec::<String>::new());
        town.agree();
    }
}

#[test]
fn a_call_and_a_meeting_are_seen_as_such() {
    let mut town = Town::of_friends(5, 4);
    town.begin_call(ALICE, BOB);
    town.lab.wish(CAROL, Intent::Join { room: ROOMS[0].to_owned() });
    let seen = |presence| {
        move |town: &Town| [ALICE, BOB, CAROL].iter().all(|&who| town.sees(DAVE, who) == Some(presence))
    };
    town.until(3_000, seen(Presence::InCall)).expect("they are busy");
    town.hang_up(BOB);
    town.lab.wish(CAROL, Intent::Leave);
    town.until(3_000, seen(Presence::Available)).expect("they are free again");
}

#[test]
fn a_program_that_ends_is_offline_and_one_that_starts_again_is_seen_as_before() {
    for (seed, node_notices) in [(6, 0), (7, 4_000), (8, 20_000)] {
        let mut town = Town::of_friends(seed, 4);
        town.set_presence(BOB, OwnPresence::Busy);
        town.kill(BOB, node_notices);
        town.run(node_notices + 2_000);
        for watcher in [ALICE, CAROL, DAVE] {
            assert_eq!(town.sees(watcher, BOB), Some(Presence::Offline), "seed {seed}");
        }
        town.revive(BOB);
        let seen =
            |town: &Town| [ALICE, CAROL, DAVE].iter().all(|&who| town.sees(who, BOB) == Some(Presence::Busy));
        town.until(5_000, seen).expect("it is seen again");
        let sees = |town: &Town| {
            [ALICE, CAROL, DAVE].iter().all(|&who| town.sees(BOB, who) == Some(Presence::Available))
        };
        town.until(5_000, sees).expect("and sees the others");
        town.agree();
    }
}

#[test]
fn a_program_that_starts_again_before_its_end_was_noticed_is_seen_as_before() {
    for seed in 20..40 {
        let mut town = Town::of_friends(seed, 4);
        town.kill(BOB, 60_000);
        town.run(300 * (seed - 20));
        town.revive(BOB);
        town.run(100);
        town.agree();
    }
}

#[test]
fn presence_comes_back_after_a_node_was_away() {
    for (seed, site) in [(9, 0), (10, 1)] {
        let mut town = Town::of_friends(seed, 4);
        town.set_presence(CAROL, OwnPresence::Away);
        town.lab.restart_site(site, Duration::from_secs(9));
        town.run(4_000);
        town.set_presence(BOB, OwnPresence::Busy);
        town.run(40_000);
        let found = confab_lab::agreement::differences(&town.lab, &town.model);
        assert_eq!(found, Vec::<String>::new(), "site {site}");
    }
}

#[test]
fn who_comes_in_only_after_the_permission_sees_it_at_once() {
    let mut town = Town::new(11, 2);
    town.kill(ALICE, 0);
    town.run(1_000);
    town.allow(BOB, ALICE, true);
    town.run(60_000);
    town.revive(ALICE);
    town.run(4_000);
    town.add(ALICE, BOB);
    town.until(3_000, |town| town.sees(ALICE, BOB) == Some(Presence::Available)).expect("it is seen");
    town.until(3_000, |town| town.sees(BOB, ALICE) == Some(Presence::Unknown)).expect("and is not seen");
    town.agree();
}

#[test]
fn who_may_not_be_seen_can_be_called_all_the_same() {
    let mut town = talking(12, ALICE, BOB);
    town.allow(BOB, ALICE, false);
    town.run(2_000);
    town.agree();
}
