//! Guests: people without an account, at a real browser, in a meeting with people at real clients. Linux only, as Chromium's driver is
//! started like the other programs there.

#![cfg(target_os = "linux")]

mod entrance;
mod firefox;
mod killed;
mod meeting;
mod resume;

use std::path::PathBuf;
use std::time::Duration;

use confab_tests::{Backend, Person, PersonPlan, Trouble, Visitor, VisitorPlan};
use serde_json::{Value, json};

/// How long anything may take that is not measured; machines of tests are slow.
pub const SOON: Duration = Duration::from_secs(30);

/// Bob, who is in the room.
pub fn bob(backend: &Backend) -> Result<Person, Trouble> {
    let plan = PersonPlan::new("bob", 2, "tone:440");
    let mut bob = Person::sign_in(&backend.url, backend.folder(), plan)?;
    bob.tell(&json!({"type": "join", "room": Backend::ROOM}))?;
    bob.until("Bob is in the room", SOON, |now| {
        now["roster"].as_array().is_some_and(|roster| !roster.is_empty())
    })?;
    Ok(bob)
}

/// Somebody who has opened the link of the room.
pub fn visitor(backend: &Backend, plan: VisitorPlan) -> Result<Visitor, Trouble> {
    Visitor::open(backend.folder(), &format!("{}/j/{}", backend.url, Backend::ROOM), plan)
}

/// The pictures of others that somebody sees, with a guest's first: those that are no test card.
pub fn foreign_pictures(now: &Value) -> Vec<Value> {
    let streams = now["streams"].as_object().into_iter().flatten();
    streams.map(|(_, picture)| picture.clone()).filter(|picture| picture["sender"].is_null()).collect()
}

/// Puts a picture of the page where people look at them.
pub fn show(visitor: &Visitor, name: &str) -> Result<(), Trouble> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screens");
    std::fs::create_dir_all(&folder)?;
    visitor.picture(&folder.join(format!("guest-{name}.png")))
}
