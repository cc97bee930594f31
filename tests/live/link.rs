//! Somebody at a client who has no account where a link leads.

use confab_tests::{Backend, Trouble, turn};
use serde_json::{Value, json};

use crate::pair::{SOON, alice, bob};

fn guest(now: &Value) -> Value {
    let mut people = now["room"]["people"].as_array().into_iter().flatten();
    people.find(|one| one["role"] == "guest").cloned().unwrap_or_default()
}

#[test]
fn a_link_lets_a_client_into_a_room_of_a_domain_that_knows_no_invented_names() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let (a, b) = (backend.url_of("a.local")?, backend.url_of("b.local")?);
    let (mut alice, mut bob) = (alice(&a, &backend)?, bob(&b, &backend)?);
    bob.tell(&json!({"type": "join", "room": Backend::ROOM}))?;
    bob.until("Bob is in the room", SOON, |now| now["phase"] == "in")?;
    alice.tell(&json!({"type": "openLink", "link": format!("{b}/j/{}", Backend::ROOM)}))?;
    alice.until("the link is shown", SOON, |now| now["arrival"]["open"] == true)?;
    alice.tell(&json!({"type": "followLink", "account": null, "name": "Ally"}))?;
    alice.until("Alice is in the room as a guest", SOON, |now| {
        now["phase"] == "in" && guest(now)["name"] == "Guest Ally" && guest(now)["me"] == true
    })?;
    bob.until("Bob sees and hears a guest", SOON, |now| {
        guest(now)["name"] == "Guest Ally" && now["audio"]["sounded"] == true
    })?;
    alice.until("Alice sees Bob", SOON, |now| {
        now["streams"].as_object().is_some_and(|streams| streams.values().any(|one| one["sender"] == 2))
    })?;
    bob.tell(&json!({"type": "say", "text": "Good morning, Ally."}))?;
    alice.until("Alice reads", SOON, |now| crate::pair::lines(now, "Good morning, Ally.") == 1)?;

    alice.tell(&json!({"type": "leave"}))?;
    bob.until("the guest is gone", SOON, |now| guest(now).is_null())?;
    bob.leave()?;
    alice.leave()
}
