//! Programs that end without a word in the middle of a meeting: an organiser's, the backend itself.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Person, PersonPlan, Trouble, turn};
use serde_json::{Value, json};

use crate::pair::{ALICE, BOB, CAROL, SOON, lines, say};
use crate::{pictures, tone};

const DANIEL: PersonPlan<'_> = PersonPlan::new("daniel", 4, "tone:440");
const ERIN: PersonPlan<'_> = PersonPlan::new("erin", 5, "tone:880");
/// How long a room waits for an organiser here, seconds.
const GRACE: u64 = 8;
/// Longer than any wait between two tries to connect.
const AGAIN: Duration = Duration::from_secs(60);

/// Somebody in a room.
fn join(backend: &Backend, plan: PersonPlan<'_>, room: &str) -> Result<Person, Trouble> {
    let mut person = Person::sign_in(&backend.url, backend.folder(), plan)?;
    person.tell(&json!({"type": "join", "room": room}))?;
    person.until("in the room", SOON, |now| now["phase"] == "in")?;
    Ok(person)
}

/// Somebody of this name, as the room shows them.
fn member<'a>(now: &'a Value, name: &str) -> &'a Value {
    let mut people = now["room"]["people"].as_array().into_iter().flatten();
    people.find(|one| one["name"] == name).unwrap_or(&Value::Null)
}

/// Whether an organiser of this name is missed and still there.
fn is_away(now: &Value, name: &str) -> bool {
    let lost = member(now, name);
    lost["away"] == true && lost["role"] == "organiser"
}

/// Whether somebody with this tone and test card is heard and seen moving.
fn meets(now: &Value, plan: PersonPlan<'_>) -> bool {
    let hertz = plan.mic.trim_start_matches("tone:");
    let moves = |picture: &Value| picture["since_last_ms"].as_u64().is_some_and(|since| since < 1_000);
    tone(now, hertz) > -40.0 && pictures(now).any(|seen| seen["sender"] == plan.sender && moves(seen))
}

#[test]
fn an_organiser_who_vanishes_is_succeeded_by_the_deputy_or_ends_the_meeting() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&[
        "--organiser-grace",
        &GRACE.to_string(),
        "--users",
        "alice,bob,carol,daniel,erin",
        "--rooms",
        "4711=alice,standup",
    ])?;
    // With a deputy.
    let alice = {
        let mut alice = join(&backend, ALICE, "4711")?;
        let mut bob = join(&backend, BOB, "4711")?;
        let mut carol = join(&backend, CAROL, "4711")?;
        alice.tell(&json!({"type": "setCoOrganiser", "participant": "p2", "on": true}))?;
        bob.until("Bob is deputy", SOON, |now| member(now, "Bob")["role"] == "co-organiser")?;
        carol.until("Carol meets Bob", SOON, |now| meets(now, BOB) && meets(now, ALICE))?;
        (alice, bob, carol)
    };
    // Without one.
    let (daniel, mut erin) = (join(&backend, DANIEL, "standup")?, join(&backend, ERIN, "standup")?);
    erin.until("Daniel organises", SOON, |now| member(now, "Daniel")["role"] == "organiser")?;
    let (alice, mut bob, mut carol) = alice;

    let vanished = Instant::now();
    alice.vanish()?;
    daniel.vanish()?;
    bob.until("Alice is away, and still there", SOON, |now| is_away(now, "Alice"))?;
    eprintln!("seen to be away after {} ms", vanished.elapsed().as_millis());
    carol.count_anew()?;

    bob.until("Bob is the organiser, and Alice is gone", AGAIN, |now| {
        member(now, "Bob")["role"] == "organiser" && member(now, "Alice").is_null()
    })?;
    let succeeded = vanished.elapsed();
    eprintln!("succeeded after {} ms", succeeded.as_millis());
    assert!(succeeded >= Duration::from_secs(GRACE), "nobody takes over before {GRACE} s are over");
    let hers = carol.until("Carol goes on with Bob", SOON, |now| {
        member(now, "Bob")["role"] == "organiser" && meets(now, BOB)
    })?;
    eprintln!("Carol: longest silence since then {} ms", hers["audio"]["longest_gap_ms"]);
    bob.tell(&json!({"type": "silence", "participant": "p3", "what": "microphone"}))?;
    carol.until("his word is law", SOON, |now| member(now, "Carol")["mutedByOrganiser"] == true)?;

    erin.until("the meeting without a deputy has ended, and Erin is told why", AGAIN, |now| {
        let mut problems = now["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
        now["phase"] == "idle" && problems.any(|one| one == "OrganiserGone: organiser-lost")
    })?;
    assert!(erin.history()?.iter().any(|now| is_away(now, "Daniel")), "Daniel was waited for");
    // It is open again for others.
    erin.tell(&json!({"type": "join", "room": "standup"}))?;
    erin.until("Erin begins anew", SOON, |now| member(now, "Erin")["role"] == "organiser")?;
    for person in [bob, carol, erin] {
        person.leave()?;
    }
    Ok(())
}

#[test]
fn an_organiser_whose_program_begins_again_in_time_organises_on() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let alice = join(&backend, ALICE, "4711")?;
    let mut bob = join(&backend, BOB, "4711")?;
    bob.until("Bob meets Alice", SOON, |now| meets(now, ALICE))?;
    alice.vanish()?;
    bob.until("Alice is away", SOON, |now| member(now, "Alice")["away"] == true)?;
    let mut alice = join(&backend, ALICE, "4711")?;
    bob.until("Alice is back, once, and organises", SOON, |now| {
        let lost = member(now, "Alice");
        let people = now["room"]["people"].as_array().map(Vec::len);
        lost["role"] == "organiser" && lost["away"] == false && people == Some(2) && meets(now, ALICE)
    })?;
    alice.until("Alice meets Bob", SOON, |now| meets(now, BOB))?;
    alice.tell(&json!({"type": "endForAll"}))?;
    bob.until("Alice ends it", SOON, |now| now["phase"] == "idle")?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn a_meeting_goes_on_when_the_backend_was_killed_and_is_back() -> Result<(), Trouble> {
    let _turn = turn();
    let mut backend = Backend::start()?;
    let mut people = [join(&backend, ALICE, "4711")?, join(&backend, BOB, "4711")?];
    let others = [BOB, ALICE];
    for (person, other) in people.iter_mut().zip(others) {
        person.until("they meet", SOON, |now| meets(now, other))?;
    }
    say(&mut people[0], "Before")?;
    people[1].until("Bob reads", SOON, |now| lines(now, "Before") == 1)?;
    backend.fall()?;
    let fell = Instant::now();
    for person in &mut people {
        person.until("they are told", SOON, |now| now["phase"] == "reconnecting")?;
    }
    eprintln!("told after {} ms", fell.elapsed().as_millis());
    backend.rise()?;
    let rose = Instant::now();
    for (person, other) in people.iter_mut().zip(others) {
        person
            .until("they meet again by themselves", AGAIN, |now| now["phase"] == "in" && meets(now, other))?;
    }
    eprintln!("they meet again {} ms after the backend is back", rose.elapsed().as_millis());
    let [mut alice, mut bob] = people;
    let now = alice.until("everybody is there once", SOON, |now| {
        now["room"]["people"].as_array().map(Vec::len) == Some(2)
    })?;
    assert_eq!(member(&now, "Alice")["role"], "organiser", "it is her room");
    say(&mut bob, "Afterwards")?;
    alice.until("Alice reads on", SOON, |now| lines(now, "Afterwards") == 1)?;
    bob.leave()?;
    alice.leave()
}
