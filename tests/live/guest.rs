//! Somebody without an account calls.

use confab_tests::{Backend, Person, PersonPlan, Trouble, turn};
use serde_json::json;

use crate::pair::{SOON, accept, bob, call, hang_up, lines, ring, say};

const ZAPHOD: PersonPlan<'_> = PersonPlan::new("Zaphod", 4, "tone:770");

#[test]
fn a_guest_under_an_invented_name_calls_and_is_marked_as_one() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--invented-names"])?;
    let mut bob = bob(&backend.url, &backend)?;
    let mut guest = Person::sign_in_with(&backend.url, backend.folder(), ZAPHOD, &["--guest"], None)?;
    ring(&mut guest, &mut bob, "user://confab.local/bob@confab.local")?;
    let rings = bob.until("Bob sees who calls", SOON, |now| now["call"]["phase"] == "incoming")?;
    let peer = &rings["call"]["peer"];
    assert_eq!(peer["name"], "Guest Zaphod");
    let user = peer["user"].as_str().unwrap_or_default().to_owned();
    assert!(user.starts_with("user://confab.local/guest-"), "{user}");

    accept(&mut guest, &mut bob)?;
    bob.until("the node vouches for the guest, and nobody more", SOON, |now| {
        now["call"]["proof"] == "domain"
    })?;
    guest.until("Bob has signed", SOON, |now| now["call"]["proof"] == "signed")?;
    say(&mut guest, "Is the tea ready?")?;
    bob.until("Bob reads", SOON, |now| lines(now, "Is the tea ready?") == 1)?;
    hang_up(&mut bob, &mut guest)?;

    // The address is good as long as the guest is there.
    ring(&mut bob, &mut guest, &user)?;
    accept(&mut bob, &mut guest)?;
    hang_up(&mut guest, &mut bob)?;
    guest.leave()?;
    bob.tell(&call(&user))?;
    bob.until("the guest is gone", SOON, |now| {
        matches!(now["call"]["ended"].as_str(), Some("unknown" | "offline"))
    })?;
    bob.leave()
}

#[test]
fn a_guest_cannot_take_the_name_of_an_account() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--invented-names"])?;
    let mut bob = bob(&backend.url, &backend)?;
    bob.tell(&json!({"type": "signInAsGuest", "server": backend.url, "name": "Alice"}))?;
    bob.until("the name is refused", SOON, |now| {
        let problems = now["problems"].as_array().into_iter().flatten();
        problems.filter_map(|problem| problem.as_str()).any(|problem| problem.starts_with("NameRefused"))
    })?;
    bob.leave()
}
