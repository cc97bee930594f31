//! Message nodes that fall without a word and rise again, while people talk.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Person, Trouble, free_port, turn, within};
use serde_json::Value;

use crate::pair::{
    ALICE, BOB, CAROL, SOON, alice, bob, call, connect, gaps, hang_up, lines, meet, presence, say, watch,
};

/// The longest silence that a fall may make.
const SILENCE: Duration = Duration::from_millis(300);
/// Longer than any wait between two tries to connect.
const AGAIN: Duration = Duration::from_secs(60);

/// Two domains in a process each, which know and believe each other.
fn neighbours() -> Result<(Backend, Backend), Trouble> {
    let (port_a, port_b) = (free_port()?, free_port()?);
    let start = |port: u16, domain: &str, other_port: u16, other: &str| {
        let url = format!("{other}=http://127.0.0.1:{other_port}");
        let issuer = format!("{url}/oidc");
        Backend::start_on(port, &["--domain", domain, "--neighbour", &url, "--trust-issuer", &issuer])
    };
    Ok((start(port_a, "a.local", port_b, "b.local")?, start(port_b, "b.local", port_a, "a.local")?))
}

/// The longest silence that either has heard since they were marked.
fn silence(one: &Value, other: &Value) -> Duration {
    let mut longest = 0;
    for (name, now) in [("the first", one), ("the second", other)] {
        let (silence, still) = gaps(now);
        eprintln!("{name}: longest silence {silence} ms, longest time between two pictures {still} ms");
        longest = longest.max(silence);
    }
    Duration::from_millis(longest)
}

#[test]
fn a_domain_that_falls_takes_nobody_of_another_along() -> Result<(), Trouble> {
    let _turn = turn();
    let (a, mut b) = neighbours()?;
    let sign_in = |backend: &Backend, plan| Person::sign_in(&backend.url, backend.folder(), plan);
    let (mut alice, mut carol, mut bob) = (sign_in(&a, ALICE)?, sign_in(&a, CAROL)?, sign_in(&b, BOB)?);
    let bobs = "user://b.local/bob@b.local";
    watch(&mut alice, &mut bob, "user://a.local/alice@a.local", bobs)?;
    connect(&mut alice, &mut carol, "user://a.local/carol@a.local")?;

    let mut falls = 0;
    within(SILENCE, "silence while another domain falls", || {
        falls += 1;
        if falls > 1 {
            b.rise()?;
            alice.until("Bob is available once more", AGAIN, |now| presence(now) == "available")?;
        }
        alice.count_anew()?;
        carol.count_anew()?;
        let fell = Instant::now();
        b.fall()?;
        alice.until("nothing is known of Bob", SOON, |now| matches!(presence(now), "unknown" | "offline"))?;
        eprintln!("nothing is known of Bob after {} ms", fell.elapsed().as_millis());
        let (question, answer) = (format!("Have you heard of Bob? {falls}"), format!("Not today {falls}"));
        say(&mut alice, &question)?;
        carol.until("Carol reads", SOON, |now| lines(now, &question) == 1)?;
        say(&mut carol, &answer)?;
        alice.until("Alice reads", SOON, |now| lines(now, &answer) == 1)?;
        let longest = silence(&alice.go_on(Duration::from_secs(5))?, &carol.go_on(Duration::ZERO)?);
        meet(&mut alice, &mut carol)?;
        Ok(longest)
    })?;
    hang_up(&mut alice, &mut carol)?;

    let clicked = Instant::now();
    alice.tell(&call(bobs))?;
    alice.until("Bob's domain cannot be reached", SOON, |now| {
        now["call"]["ended"] == "domainUnreachable" && now["call"]["peer"]["user"] == bobs
    })?;
    eprintln!("that Bob's domain cannot be reached is known after {} ms", clicked.elapsed().as_millis());

    let rose = Instant::now();
    b.rise()?;
    alice.until("Bob is available again", AGAIN, |now| presence(now) == "available")?;
    eprintln!("presence is back {} ms after the domain", rose.elapsed().as_millis());
    connect(&mut alice, &mut bob, bobs)?;
    for person in [alice, bob, carol] {
        person.leave()?;
    }
    Ok(())
}

#[test]
fn a_node_that_falls_during_a_call_is_not_heard_and_loses_no_word() -> Result<(), Trouble> {
    let _turn = turn();
    let mut backend = Backend::start()?;
    let (mut alice, mut bob) = (alice(&backend.url, &backend)?, bob(&backend.url, &backend)?);
    connect(&mut alice, &mut bob, "user://confab.local/bob@confab.local")?;
    let mut falls = 0;
    within(SILENCE, "silence while the node falls and rises", || {
        falls += 1;
        let said = ["Before", "Are you there?", "Where are you?", "Afterwards", "Me too"];
        let [before, hers, his, afterwards, too] = said.map(|text| format!("{text} {falls}"));
        say(&mut alice, &before)?;
        bob.until("Bob reads", SOON, |now| lines(now, &before) == 1)?;

        alice.count_anew()?;
        bob.count_anew()?;
        backend.fall()?;
        say(&mut alice, &hers)?;
        say(&mut bob, &his)?;
        // Until the loss is noticed, and a little more.
        alice.until("the connection is lost", SOON, |now| now["session"]["phase"] == "reconnecting")?;
        let away = alice.go_on(Duration::from_secs(2))?;
        assert_eq!((lines(&away, &hers), lines(&away, &his)), (1, 0));
        meet(&mut alice, &mut bob)?;

        let rose = Instant::now();
        backend.rise()?;
        alice.until("Bob's line arrives", AGAIN, |now| lines(now, &his) == 1)?;
        bob.until("Alice's line arrives", AGAIN, |now| lines(now, &hers) == 1)?;
        eprintln!("what was said meanwhile arrives {} ms after the node is back", rose.elapsed().as_millis());
        say(&mut alice, &afterwards)?;
        bob.until("Bob reads on", SOON, |now| lines(now, &afterwards) == 1)?;
        say(&mut bob, &too)?;
        alice.until("Alice reads on", SOON, |now| lines(now, &too) == 1)?;
        let (at_hers, at_his) = (alice.go_on(Duration::from_secs(5))?, bob.go_on(Duration::ZERO)?);
        for text in [before, hers, his, afterwards, too] {
            assert_eq!((lines(&at_hers, &text), lines(&at_his, &text)), (1, 1), "{text:?} is there once");
        }
        Ok(silence(&at_hers, &at_his))
    })?;
    hang_up(&mut bob, &mut alice)?;
    alice.leave()?;
    bob.leave()
}
