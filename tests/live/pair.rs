//! Two people in a call, as most tests of calls begin.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Person, PersonPlan, Trouble};
use serde_json::{Value, json};

use crate::{pictures, tone};

/// Room for a machine that is busy with other things.
pub const SOON: Duration = Duration::from_secs(30);

// Nobody sounds like a telephone: that rings with 425, 659 and 880 Hz.
pub const ALICE: PersonPlan<'_> = PersonPlan::new("alice", 1, "tone:550");
pub const BOB: PersonPlan<'_> = PersonPlan::new("bob", 2, "tone:330");
pub const CAROL: PersonPlan<'_> = PersonPlan::new("carol", 3, "tone:770");

pub fn alice(url: &str, backend: &Backend) -> Result<Person, Trouble> {
    Person::sign_in(url, backend.folder(), ALICE)
}

pub fn bob(url: &str, backend: &Backend) -> Result<Person, Trouble> {
    Person::sign_in(url, backend.folder(), BOB)
}

/// The intent to call somebody with pictures.
pub fn call(user: &str) -> Value {
    json!({"type": "call", "user": user, "video": true})
}

/// From the click to pictures and tones both ways, between people whose identity is signed.
pub fn connect(caller: &mut Person, callee: &mut Person, user: &str) -> Result<(), Trouble> {
    ring(caller, callee, user)?;
    accept(caller, callee)?;
    for person in [caller, callee] {
        person.until("who speaks is signed", SOON, |now| now["call"]["proof"] == "signed")?;
    }
    Ok(())
}

/// It rings on both sides, and nothing is seen or heard so far.
pub fn ring(caller: &mut Person, callee: &mut Person, user: &str) -> Result<(), Trouble> {
    let clicked = Instant::now();
    caller.tell(&call(user))?;
    callee.until_call("incoming", SOON)?;
    eprintln!("rings after {} ms", clicked.elapsed().as_millis());
    caller.until_call("ringing", SOON)?;
    let (theirs, ours) = (callee.tone.clone(), caller.tone.clone());
    for (person, other) in [(caller, theirs), (callee, ours)] {
        person.until("nothing is seen or heard before somebody accepts", SOON, |now| is_dark(now, &other))?;
    }
    Ok(())
}

/// Nothing of somebody with this tone is seen or heard. Voices are of −15 dBFS; a telephone that begins to ring is a little of
/// every tone.
pub fn is_dark(now: &Value, hertz: &str) -> bool {
    // What is left of an earlier call does not move.
    let moves = |picture: &Value| picture["since_last_ms"].as_u64().is_some_and(|since| since < 500);
    !pictures(now).any(moves) && tone(now, hertz) < -28.0
}

/// From the second click to pictures and tones both ways.
pub fn accept(caller: &mut Person, callee: &mut Person) -> Result<(), Trouble> {
    let accepted = Instant::now();
    callee.tell(&json!({"type": "accept", "video": true}))?;
    meet(caller, callee)?;
    eprintln!("talking {} ms after accepting", accepted.elapsed().as_millis());
    Ok(())
}

/// They see and hear each other.
pub fn meet(one: &mut Person, other: &mut Person) -> Result<(), Trouble> {
    let (theirs, ours) = ((other.sender, other.tone.clone()), (one.sender, one.tone.clone()));
    for (person, (sender, hertz)) in [(one, theirs), (other, ours)] {
        person.until("they see and hear each other", SOON, |now| {
            let seen = pictures(now).any(|picture| picture["sender"] == sender);
            seen && tone(now, &hertz) > -40.0 && now["call"]["phase"] == "active"
        })?;
    }
    Ok(())
}

/// One hangs up; how long it took until the other has heard of it.
pub fn hang_up(one: &mut Person, other: &mut Person) -> Result<Duration, Trouble> {
    let hung_up = Instant::now();
    one.tell(&json!({"type": "hangUp"}))?;
    let ended = other.until_call("ended", SOON)?;
    let took = hung_up.elapsed();
    assert_eq!(ended["call"]["ended"], "theyHungUp");
    // The end is shown for a while only.
    one.until("it is over here, too", SOON, |now| {
        matches!(now["call"]["phase"].as_str(), Some("ended" | "idle"))
    })?;
    Ok(took)
}

/// Says something.
pub fn say(person: &mut Person, text: &str) -> Result<(), Trouble> {
    person.tell(&json!({"type": "say", "text": text}))
}

/// How many lines say this.
pub fn lines(now: &Value, text: &str) -> usize {
    let lines = now["conversation"]["lines"].as_array();
    lines.into_iter().flatten().filter(|line| line["body"]["text"] == text).count()
}

/// Chat both ways, and a file.
pub fn converse(alice: &mut Person, bob: &mut Person, backend: &Backend) -> Result<(), Trouble> {
    say(alice, "Can you read me?")?;
    bob.until("Bob reads", SOON, |now| lines(now, "Can you read me?") == 1)?;
    say(bob, "Loud and clear")?;
    alice.until("Alice reads", SOON, |now| lines(now, "Loud and clear") == 1)?;

    let content: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let source = backend.folder().join("minutes.pdf");
    std::fs::write(&source, &content)?;
    alice.offer(&source)?;
    let offered = bob.until("Bob is offered the file", SOON, |now| file(now).is_some())?;
    let id = file(&offered).map(|file| file["id"].clone()).unwrap_or_default();
    bob.tell(&json!({"type": "fetchFile", "file": id}))?;
    bob.until("Bob has the file", SOON, |now| file(now).is_some_and(|file| file["phase"] == "done"))?;
    let saved = bob.downloads().join("minutes.pdf");
    assert!(std::fs::read(&saved)? == content, "{} is what Alice has sent", saved.display());
    Ok(())
}

fn file(now: &Value) -> Option<&Value> {
    let lines = now["conversation"]["lines"].as_array()?;
    lines.iter().map(|line| &line["body"]["file"]).find(|file| file.is_object())
}

/// The presence of the first contact.
pub fn presence(now: &Value) -> &str {
    now["people"]["contacts"][0]["presence"].as_str().unwrap_or_default()
}

/// One has the other as contact, who allows to be watched.
pub fn watch(one: &mut Person, other: &mut Person, user: &str, others_user: &str) -> Result<(), Trouble> {
    one.tell(&json!({"type": "addContact", "user": others_user, "name": "Bob"}))?;
    other.until("Bob is asked whether Alice may see his presence", SOON, |now| {
        now["people"]["asking"][0]["user"] == user
    })?;
    one.until("nothing is known before he says so", SOON, |now| presence(now) == "unknown")?;
    other.tell(&json!({"type": "allowPresence", "user": user, "allowed": true}))?;
    one.until("Bob is available", SOON, |now| presence(now) == "available").map(drop)
}

/// Since gaps were counted anew: the longest silence, and the longest time between two pictures, ms.
pub fn gaps(now: &Value) -> (u64, u64) {
    let pictures = pictures(now).filter_map(|picture| picture["longest_gap_ms"].as_u64()).max();
    (now["audio"]["longest_gap_ms"].as_u64().unwrap_or(u64::MAX), pictures.unwrap_or(u64::MAX))
}
