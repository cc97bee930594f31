//! What people do with the app, through its real window.

#![cfg(target_os = "linux")]

mod accounts;
mod calls;
mod crowd;
mod meeting;
mod outage;
mod sharing;
mod story;

use std::path::PathBuf;

use confab_tests::{Desktop, Trouble};
use serde_json::Value;

/// Level at which a bot hears a tone, dBFS.
fn tone(now: &Value, hertz: &str) -> f64 {
    now["audio"]["tones"][hertz].as_f64().unwrap_or(-127.0)
}

/// Tells a story, and keeps what was on the display when it went wrong.
fn tell(desktop: &Desktop, name: &str, story: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
    let outcome = story();
    if outcome.is_err() {
        shot(desktop, &format!("{name}-trouble"))?;
    }
    outcome
}

/// Keeps what is on the display for people to look at.
fn shot(desktop: &Desktop, name: &str) -> Result<(), Trouble> {
    desktop.display.picture()?.save(&album(&format!("journey-{name}")))
}

/// Where a picture of this name is kept.
fn album(name: &str) -> PathBuf {
    let ours = std::env::current_exe().unwrap_or_default();
    let folder =
        ours.ancestors().nth(3).map_or_else(|| PathBuf::from("screens"), |target| target.join("screens"));
    folder.join(format!("{name}.png"))
}
