//! Loss and lost connections: everything is shown exactly once, in the order of its author.

use confab_contract::Delivery;
use confab_rethink::Kind;

use super::world::World;

fn of(world: &World, at: usize, mine: bool) -> Vec<String> {
    world.texts(at).into_iter().filter(|(me, _)| *me == mine).map(|(_, text)| text).collect()
}

#[test]
fn what_is_said_is_shown_exactly_once_whatever_is_lost() {
    let mut repeated = 0;
    for seed in 0..200 {
        let mut world = World::call(seed);
        world.loss = seed % 4 * 10;
        let mut said = [Vec::new(), Vec::new()];
        for n in 0..24 {
            let at = world.chance.below(2) as usize;
            let text = format!("{at} says {n}");
            world.say(at, &text);
            said[at].push(text);
            match world.chance.below(10) {
                0 => world.cut(0),
                1 => world.cut(1),
                2 => (0..2).for_each(|at| {
                    if !world.parties[at].up {
                        world.connect(at)
                    }
                }),
                _ => {}
            }
            let pause = world.chance.below(4000);
            world.run(pause);
        }
        (0..2).for_each(|at| {
            if !world.parties[at].up {
                world.connect(at)
            }
        });
        world.run(60_000);
        world.loss = 0;
        // A quiet network and one more sign of life on either side.
        (0..2).for_each(|at| world.cut(at));
        (0..2).for_each(|at| world.connect(at));
        world.run(60_000);
        for (at, said) in said.iter().enumerate() {
            assert_eq!(of(&world, at, true), *said, "seed {seed}");
            assert_eq!(of(&world, 1 - at, false), *said, "seed {seed}");
            let delivered = world.deliveries(at).iter().all(|delivery| *delivery == Delivery::Delivered);
            assert!(delivered, "seed {seed}: {:?}", world.deliveries(at));
        }
        let posted = world
            .passed
            .iter()
            .filter(|message| message.kind == Kind::Create && message.text("resource").is_some());
        repeated += posted.count().saturating_sub(24);
    }
    assert!(repeated > 200, "what is lost is sent again: {repeated}");
}

#[test]
fn lines_said_without_a_connection_wait_and_go_out_once() {
    for at in 0..2 {
        let mut world = World::call(1);
        world.cut(at);
        (0..3).for_each(|n| world.say(at, &format!("line {n}")));
        world.run(120_000);
        assert_eq!(world.deliveries(at), [Delivery::Sending; 3], "nothing is lost by waiting");
        world.connect(at);
        world.run(1000);
        assert_eq!(world.deliveries(at), [Delivery::Delivered; 3]);
        assert_eq!(of(&world, 1 - at, false), ["line 0", "line 1", "line 2"]);
    }
}

#[test]
fn a_line_that_nobody_hears_fails_and_arrives_when_they_are_back() {
    for at in 0..2 {
        let mut world = World::call(2);
        world.cut(1 - at);
        world.say(at, "anybody?");
        world.run(2000);
        assert_eq!(world.deliveries(at), [Delivery::Sending]);
        world.run(30_000);
        assert_eq!(world.deliveries(at), [Delivery::Failed]);
        world.run(600_000);
        let tries = world.passed.iter().filter(|message| message.text("resource").is_some()).count();
        assert!(tries <= 8, "it rests in the end: {tries}");
        world.connect(1 - at);
        world.run(5000);
        assert_eq!(world.deliveries(at), [Delivery::Delivered], "side {at}");
        assert_eq!(of(&world, 1 - at, false), ["anybody?"]);
    }
}

#[test]
fn who_joins_late_sees_what_was_said() {
    let mut world = World::new(3, &["alice", "bob"]);
    world.host();
    (0..120).for_each(|n| world.say(0, &format!("{n:03} {}", "x".repeat(1000))));
    world.run(5000);
    world.invite();
    world.join();
    world.run(60_000);
    let seen = of(&world, 1, false);
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted());
    assert_eq!(world.deliveries(0), [Delivery::Delivered; 120]);
}
