//! Some hundred stories with lost and overtaken messages, restarts and changes of mind: when the network is kind again, everybody
//! sees exactly what they may.

use confab_contract::{OwnPresence, Presence, Watching};
use confab_types::Chance;

use crate::world::{World, domain};

fn told(own: OwnPresence) -> Presence {
    match own {
        OwnPresence::Available => Presence::Available,
        OwnPresence::Busy => Presence::Busy,
        OwnPresence::Away => Presence::Away,
        OwnPresence::Invisible => Presence::Offline,
    }
}

fn story(seed: u64) {
    let mut chance = Chance::from_number(seed);
    let mut world = World::new(seed, &["a.test", "b.test"]);
    let seats = [
        world.start("alice", "a.test", 1),
        world.start("bob", "b.test", 1),
        world.start("carol", "a.test", 1),
    ];
    world.run(1);
    (world.loss, world.delay) = (chance.below(25), chance.below(60));
    let mut listed = [[false; 3]; 3];
    let mut allowed = [[None; 3]; 3];
    let mut own = [OwnPresence::Available; 3];
    for _ in 0..chance.below(40) {
        let (at, other) = (chance.below(3) as usize, chance.below(3) as usize);
        match chance.below(8) {
            0 | 1 if at != other => {
                world.add(seats[at], seats[other]);
                listed[at][other] = true;
            }
            2 | 3 if at != other => {
                let yes = chance.percent(70);
                world.allow(seats[at], seats[other], yes);
                allowed[at][other] = Some(yes);
                listed[at][other] |= yes;
            }
            4 => {
                own[at] =
                    [OwnPresence::Available, OwnPresence::Busy, OwnPresence::Away, OwnPresence::Invisible]
                        [chance.below(4) as usize];
                world.with(seats[at], |people, line| people.set_presence(line, own[at]));
            }
            5 => world.restart(seats[at]),
            6 => world.restart_node(if chance.percent(50) { "a.test" } else { "b.test" }),
            7 => world.cut(seats[at], &domain(if chance.percent(50) { "a.test" } else { "b.test" })),
            _ => {}
        }
        world.run(chance.below(20));
    }
    (world.loss, world.delay) = (0, 0);
    // Longer than the slowest of all repetitions: the look-up of people who were not found.
    world.run(1_500);
    for at in 0..3 {
        for other in (0..3).filter(|other| listed[at][*other]) {
            let expected = match allowed[other][at] {
                Some(true) => (told(own[other]), Watching::Allowed),
                Some(false) => (Presence::Unknown, Watching::Refused),
                None => (Presence::Unknown, Watching::Asked),
            };
            let seen = world.sees(seats[at], seats[other]);
            assert_eq!(seen, expected, "seed {seed}: {at} looks at {other}");
        }
    }
}

#[test]
fn everybody_sees_what_they_may_when_the_network_is_kind_again() {
    for seed in 0..1_000 {
        story(seed);
    }
}
