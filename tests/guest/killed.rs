//! A browser that ends without a word.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Trouble, VisitorPlan, turn};

use crate::{SOON, bob, visitor};

#[test]
fn a_guest_whose_browser_was_killed_is_shown_away_and_then_gone() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut bob = bob(&backend)?;
    let ann = visitor(&backend, VisitorPlan::default())?;
    ann.check_devices()?;
    ann.join("Ann", "ann@example.org")?;
    ann.sees("Bob", SOON)?;
    bob.until("Ann is heard", SOON, |now| now["audio"]["sounded"] == true && there(now).is_some())?;
    let killed = Instant::now();
    ann.vanish()?;
    bob.until("Ann is silent", SOON, |now| now["audio"]["gap_ms"].as_u64() > Some(2_500))?;
    eprintln!("silent for 2.5 s {} ms after the kill", killed.elapsed().as_millis());
    // Her page may come back for a while.
    bob.until("Ann is shown as away", SOON, |now| there(now).is_none_or(|ann| ann["away"] == true))?;
    bob.until("Ann is gone", Duration::from_secs(100), |now| there(now).is_none())?;
    eprintln!("gone {} ms after the kill", killed.elapsed().as_millis());
    bob.leave()
}

fn there(now: &serde_json::Value) -> Option<&serde_json::Value> {
    now["room"]["people"].as_array()?.iter().find(|one| one["role"] == "guest")
}
