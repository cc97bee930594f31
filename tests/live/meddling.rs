//! Somebody between a client and its domain changes what is said about the secure transport.

use confab_tests::{Backend, Meddler, Person, PersonPlan, Trouble, turn};
use serde_json::{Value, json};

use crate::pair::{ALICE, BOB, SOON, call, is_dark, ring};

const BOBS: &str = "user://confab.local/bob@confab.local";

fn is_insecure(now: &Value) -> bool {
    now["call"]["ended"] == "insecure"
}

fn problem(now: &Value, code: &str) -> bool {
    let problems = now["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
    problems.into_iter().any(|problem| problem.starts_with(code))
}

/// Nothing of the other one was ever played or shown.
fn check_dark(one: &Person, other: &Person) -> Result<(), Trouble> {
    let bright = one.history()?.into_iter().find(|now| !is_dark(now, &other.tone));
    assert_eq!(bright, None);
    Ok(())
}

/// One of them finds out what is wrong and ends the call, the other one is told why, and nothing was seen or heard of either.
fn both_are_told(
    found: &mut Person,
    code: &str,
    other: &mut Person,
    meddler: &Meddler,
) -> Result<(), Trouble> {
    found.until("whoever finds out ends it, and says why", SOON, |now| {
        is_insecure(now) && problem(now, code)
    })?;
    other.until("the other one is told why", SOON, is_insecure)?;
    check_dark(found, other)?;
    check_dark(other, found)?;
    assert!(meddler.changed() > 0);
    Ok(())
}

#[test]
fn an_answer_that_was_changed_on_the_way_ends_the_call() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let meddler = Meddler::before(&backend)?;
    let mut alice = Person::sign_in(&meddler.url, backend.folder(), ALICE)?;
    let mut bob = Person::sign_in(&backend.url, backend.folder(), BOB)?;
    ring(&mut alice, &mut bob, BOBS)?;
    bob.tell(&json!({"type": "accept", "video": true}))?;
    both_are_told(&mut alice, "IdentityMismatch", &mut bob, &meddler)?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn an_offer_that_was_changed_on_the_way_is_not_answered() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let meddler = Meddler::before(&backend)?;
    let mut alice = Person::sign_in(&backend.url, backend.folder(), ALICE)?;
    let mut bob = Person::sign_in(&meddler.url, backend.folder(), BOB)?;
    alice.tell(&call(BOBS))?;
    // It may have rung: the verdict takes a moment.
    both_are_told(&mut bob, "IdentityMismatch", &mut alice, &meddler)?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn a_transport_with_another_certificate_than_was_said_carries_nothing() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--invented-names"])?;
    let meddler = Meddler::before(&backend)?;
    // Nobody signs for a guest, so that only the transport itself can tell.
    let plan = PersonPlan::new("Zaphod", 4, "tone:770");
    let mut guest = Person::sign_in_with(&backend.url, backend.folder(), plan, &["--guest"], None)?;
    let mut bob = Person::sign_in(&meddler.url, backend.folder(), BOB)?;
    ring(&mut guest, &mut bob, BOBS)?;
    bob.tell(&json!({"type": "accept", "video": true}))?;
    both_are_told(&mut bob, "MediaInsecure", &mut guest, &meddler)?;
    guest.leave()?;
    bob.leave()
}
