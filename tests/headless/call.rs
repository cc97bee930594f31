//! A call to somebody of another domain, and one back, measured from outside.

use std::time::{Duration, Instant};

use confab_tests::{App, Backend, Desktop, Person, PersonPlan, Trouble, eventually};
use serde_json::{Value, json};

use crate::album::Album;
use crate::tour::rounded;

/// Bob's number on his test card.
const BOB: u8 = 2;
const ALICES: &str = "user://a.local/alice@a.local";
const SOON: Duration = Duration::from_secs(30);

/// Whether there is no call any more; its end is shown for a while.
fn is_over(now: &Value) -> bool {
    matches!(now["call"]["phase"].as_str(), Some("ended" | "idle"))
}

/// Finds Bob, calls him, writes to him, is called by him, and misses a call. Gives the figures.
pub fn call(
    desktop: &Desktop,
    backend: &Backend,
    app: &App<'_>,
    album: &mut Album<'_>,
) -> Result<Value, Trouble> {
    let plan = PersonPlan { user: "bob", sender: BOB, camera: "testcard", mic: "tone:330" };
    let mut bob = Person::sign_in(&backend.url_of("b.local")?, backend.folder(), plan)?;
    app.driver.fill("Find people", "bob@b.local")?;
    app.driver.press("Add bob to your contacts")?;
    bob.until("Bob is asked", SOON, |now| now["people"]["asking"][0]["user"] == ALICES)?;
    bob.tell(&json!({"type": "allowPresence", "user": ALICES, "allowed": true}))?;
    app.reads("Available")?;
    album.shot("contacts")?;

    let click = Instant::now();
    app.driver.press("Call Bob with video")?;
    bob.until_call("incoming", SOON)?;
    let rings = click.elapsed();
    app.reads("It rings at Bob’s side")?;
    album.shot("outgoing-call")?;
    let ear = desktop.sound.listen()?;
    let accepted = Instant::now();
    bob.tell(&json!({"type": "accept", "video": true}))?;
    let place = app.see("Bob", BOB)?;
    let seen = accepted.elapsed();
    eventually(SOON, "Bob's tone", || ear.dominant().filter(|hertz| (hertz - 330.0).abs() < 15.0))?;
    let talking = accepted.elapsed();
    app.reads("Verified")?;
    album.shot("call")?;

    app.driver.press("Chat")?;
    app.driver.fill("Message", "Can you read me?")?;
    app.driver.press("Send")?;
    bob.until("Bob reads", SOON, |now| {
        now["conversation"]["lines"][0]["body"]["text"] == "Can you read me?"
    })?;
    bob.tell(&json!({"type": "say", "text": "Loud and clear."}))?;
    app.reads("Loud and clear.")?;
    let minutes = backend.folder().join("minutes.txt");
    std::fs::write(&minutes, "1. Greetings\n2. Farewells\n")?;
    bob.offer(&minutes)?;
    app.driver.press("Save minutes.txt")?;
    app.reads("Saved: ")?;
    album.shot("call-with-chat")?;
    let watched = desktop.display.watch(app.see("Bob", BOB)?, Duration::from_secs(3));
    app.driver.press("Hang up")?;
    app.at_home()?;

    bob.until("Bob's call is over", SOON, is_over)?;
    let calls = Instant::now();
    bob.tell(&json!({"type": "call", "user": ALICES, "video": true}))?;
    app.heads("Bob is calling")?;
    let sheet = calls.elapsed();
    album.shot("incoming-call")?;
    let click = Instant::now();
    app.driver.press("Accept with video")?;
    app.see("Bob", BOB)?;
    let picture = click.elapsed();
    bob.tell(&json!({"type": "hangUp"}))?;
    app.at_home()?;

    bob.until("Bob's call is over", SOON, is_over)?;
    bob.tell(&json!({"type": "call", "user": ALICES, "video": false}))?;
    app.heads("Bob is calling")?;
    bob.tell(&json!({"type": "hangUp"}))?;
    app.reads("You missed a call from Bob.")?;
    album.shot("missed-call")?;
    bob.leave()?;
    let ms = |time: Duration| time.as_millis() as u64;
    Ok(json!({
        "clickToRingingMs": ms(rings), "acceptToPictureMs": ms(seen), "acceptToTalkingMs": ms(talking),
        "calledToSheetMs": ms(sheet), "acceptClickToPictureMs": ms(picture),
        "picture": {
            "fps": rounded(watched.rate().into()), "backwards": watched.backwards, "longestMs": watched.longest_ms,
            "size": [place.width, place.height],
        },
    }))
}
