//! Message nodes that fall in the middle of it.

use std::time::Duration;

use confab_contract::{CallEnd, CallPhase, Intent, MeetingPhase, Presence};
use confab_lab::Town;
use confab_lab::house::ROOMS;

use crate::{ALICE, BOB, CAROL, DAVE, ends, ringing, talking};

#[test]
fn a_call_goes_on_while_either_node_is_away_and_leaves_no_ghost() {
    for (seed, site) in [(1, 0), (2, 1)] {
        let mut town = talking(seed, ALICE, BOB);
        town.lab.restart_site(site, Duration::from_secs(20));
        for _ in 0..100 {
            town.run(250);
            assert!(town.talk(ALICE, BOB), "site {site}");
        }
        town.say(ALICE, "still there?");
        town.say(BOB, "yes");
        // The next try comes after half the outage ± 50 %; the token of the backend's last life is refused then, and replaced at once.
        town.run(18_000);
        assert_eq!(town.lines(ALICE).len(), 2, "site {site}");
        town.agree();
        assert!(town.talk(ALICE, BOB));
        town.hang_up(ALICE);
        let over = ends(&mut town, ALICE, BOB, 3_000);
        assert_eq!(over, (Some(CallEnd::HungUp), Some(CallEnd::TheyHungUp)), "site {site}");
        town.agree();
    }
}

#[test]
fn who_hangs_up_while_the_nodes_are_away_ends_the_call_at_both() {
    for seed in 10..20 {
        let mut town = talking(seed, ALICE, BOB);
        town.lab.restart_site(0, Duration::from_secs(25));
        town.lab.restart_site(1, Duration::from_secs(30));
        town.run(3_000);
        town.hang_up(if seed % 2 == 0 { ALICE } else { BOB });
        ends(&mut town, ALICE, BOB, 20_000);
        town.run(60_000);
        town.agree();
        assert_eq!(town.probe(BOB, ALICE), Vec::<String>::new());
    }
}

#[test]
fn a_node_that_falls_while_it_rings_hinders_nobody_for_longer_than_the_ringing_time() {
    for (seed, site) in [(3, 0), (4, 1)] {
        let mut town = ringing(seed, ALICE, BOB);
        town.lab.restart_site(site, Duration::from_secs(5));
        town.run(12_000);
        if town.phase(BOB) == CallPhase::Incoming {
            town.accept(BOB);
        }
        town.agree();
        assert_eq!(town.probe(ALICE, BOB), Vec::<String>::new());
    }
}

#[test]
fn a_node_that_is_away_hurts_only_what_concerns_its_domain() {
    let mut town = Town::of_friends(5, 4);
    town.lab.restart_site(1, Duration::from_secs(200));
    town.run(20_000);
    assert_eq!(town.sees(ALICE, CAROL), Some(Presence::Available));
    assert_eq!(town.sees(ALICE, BOB), Some(Presence::Unknown));
    town.begin_call(ALICE, CAROL);
    town.hang_up(CAROL);
    town.run(1_000);
    for seat in [ALICE, CAROL] {
        town.lab.wish(seat, Intent::Join { room: ROOMS[0].to_owned() });
    }
    let met = |town: &Town| {
        let both = |&seat: &usize| {
            let shown = town.lab.seats[seat].meeting.as_ref();
            shown.is_some_and(|meeting| meeting.phase == MeetingPhase::In && meeting.people == 2)
        };
        [ALICE, CAROL].iter().all(both)
    };
    town.until(10_000, met).expect("they meet");
    // The organiser, who came first, goes last.
    for seat in [CAROL, ALICE] {
        town.lab.wish(seat, Intent::Leave);
        town.run(2_000);
    }
    town.call(ALICE, BOB, false);
    town.until(25_000, |town| town.end(ALICE) == Some(CallEnd::DomainUnreachable)).expect("it is told");
    assert_eq!(town.phase(BOB), CallPhase::Idle);
    town.run(200_000);
    town.agree();
    assert_eq!(town.probe(ALICE, DAVE), Vec::<String>::new());
}

#[test]
fn a_call_that_is_accepted_just_after_a_node_is_back_is_a_call() {
    for (site, outage) in [(0, 500), (0, 3_000), (1, 500), (1, 3_000)] {
        for after in (0..6_000).step_by(200) {
            let what = format!("site {site} away for {outage} ms, {after} ms after that");
            let mut town = ringing(400 + after, ALICE, BOB);
            town.lab.restart_site(site, Duration::from_millis(outage));
            town.run(outage + after);
            assert_eq!(town.phase(BOB), CallPhase::Incoming, "{what}");
            town.accept(BOB);
            let shown = |town: &Town| (town.phase(ALICE), town.phase(BOB));
            let talk = town.until(15_000, |town| town.talk(ALICE, BOB));
            assert!(talk.is_some(), "{what}: {:?}", shown(&town));
        }
    }
}

#[test]
fn presence_is_back_soon_after_the_people_are() {
    for seed in 0..20 {
        let mut town = Town::of_friends(60 + seed, 2);
        let outage = 2_000 + 1_500 * seed;
        town.lab.restart_site(1, Duration::from_millis(outage));
        town.run(outage);
        let back = town.until(60_000, |town| town.lab.seats[BOB].is_connected());
        let seen = town.until(60_000, |town| town.sees(ALICE, BOB) == Some(Presence::Available));
        assert!(back.is_some_and(|back| back.as_millis() < u128::from(outage)), "{outage} ms: {back:?}");
        assert!(seen.is_some_and(|seen| seen.as_secs() < 3), "{outage} ms: {seen:?}");
    }
}
