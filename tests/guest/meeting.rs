//! In the meeting: a guest at a browser and somebody at a client.

use std::time::Duration;

use confab_tests::{Backend, Person, PersonPlan, Trouble, Visitor, VisitorPlan, eventually, turn};
use serde_json::{Value, json};

use crate::{SOON, bob, foreign_pictures, show, visitor};

/// Whether the control says that the microphone is off.
const MUTED: &str = "return [...document.querySelectorAll('button')]
    .some((button) => button.getAttribute('aria-label') === 'Microphone' && button.getAttribute('aria-pressed') === 'false')";

/// Both are in the room, and the guest has turned on everything.
fn together(backend: &Backend) -> Result<(Person, Visitor), Trouble> {
    let bob = bob(backend)?;
    let ann = visitor(backend, VisitorPlan::default())?;
    ann.check_devices()?;
    ann.join("Ann Guest", "ann@example.org")?;
    Ok((bob, ann))
}

/// Pictures of the guest that arrived so far.
fn frames(now: &Value) -> u64 {
    foreign_pictures(now).iter().filter_map(|picture| picture["frames"].as_u64()).max().unwrap_or_default()
}

#[test]
fn a_guest_and_a_client_see_and_hear_each_other_and_write() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann) = together(&backend)?;

    // At the browser.
    ann.sees("Bob", SOON)?;
    ann.hears("Bob", SOON)?;
    // At the client: the browser's camera is no test card of ours, and its microphone beeps once a second.
    let first = bob.until("Bob sees Ann", SOON, |now| frames(now) > 0)?;
    bob.until("Ann moves", SOON, |now| frames(now) > frames(&first) + 20)?;
    bob.until("Bob hears Ann", SOON, |now| now["audio"]["sounded"] == true)?;
    let seen = bob.until("Ann is named", SOON, |now| named(now, "Ann Guest"))?;
    eprintln!("Ann as Bob sees her: {:?}", foreign_pictures(&seen));
    show(&ann, "meeting")?;

    // Chat, both ways.
    bob.tell(&json!({"type": "say", "text": "Is the tea ready?"}))?;
    ann.page().press("Chat").or_else(|_| ann.page().press("Conversation"))?;
    ann.reads("Is the tea ready?", SOON)?;
    write(&ann, "It has been for hours.")?;
    bob.until("Bob reads the answer", SOON, |now| lines(now, "It has been for hours.") == 1)?;
    assert_eq!(ann.barriers()?, Vec::<String>::new());
    show(&ann, "chat")?;

    // Muted is silent, and a closed camera gives no more pictures.
    ann.page().press("Microphone")?;
    ann.page().press("Camera")?;
    bob.until("Ann is muted", SOON, |now| member(now, "Ann Guest")["muted"] == true)?;
    bob.until("Ann is silent", SOON, |now| now["audio"]["gap_ms"].as_u64() > Some(2_500))?;
    bob.until("Ann shows no picture", SOON, |now| member(now, "Ann Guest")["video"] == false)?;

    ann.page().press("Leave")?;
    ann.reads("You have left the meeting", SOON)?;
    assert_eq!(ann.barriers()?, Vec::<String>::new());
    show(&ann, "gone")?;
    bob.until("Ann is gone", SOON, |now| !named(now, "Ann Guest"))?;
    assert_eq!(ann.complaints()?, Vec::<String>::new());
    bob.leave()?;
    nobody_is_left(&backend)
}

#[test]
fn a_guest_who_goes_to_another_page_is_gone_at_once() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann) = together(&backend)?;
    ann.sees("Bob", SOON)?;
    bob.until("Ann is there", SOON, |now| named(now, "Ann Guest"))?;
    ann.go_away()?;
    // Whoever is only cut off stays for a minute.
    bob.until("Ann is gone", Duration::from_secs(20), |now| !named(now, "Ann Guest"))?;
    bob.leave()
}

#[test]
fn two_clients_and_a_guest_see_and_hear_each_other_and_the_guests_screen() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann) = together(&backend)?;
    let plan = PersonPlan::new("carol", 3, "tone:550");
    let mut carol = Person::sign_in(&backend.url, backend.folder(), plan)?;
    carol.tell(&json!({"type": "join", "room": Backend::ROOM}))?;
    for name in ["Bob", "Carol"] {
        ann.sees(name, SOON)?;
        ann.hears(name, SOON)?;
    }
    for person in [&mut bob, &mut carol] {
        person.until("Ann is seen", SOON, |now| frames(now) > 20)?;
        person.until("Ann is heard", SOON, |now| now["audio"]["sounded"] == true)?;
    }
    ann.page().press("Share screen")?;
    ann.reads("You are sharing your screen", SOON)?;
    for person in [&mut bob, &mut carol] {
        person.until("Ann's screen is seen", SOON, |now| screen(now)["frames"].as_u64() > Some(5))?;
    }
    show(&ann, "share")?;
    ann.page().press("Stop sharing")?;
    for person in [&mut bob, &mut carol] {
        person.until("Ann's screen is gone", SOON, |now| screen(now).is_null())?;
    }
    carol.leave()?;
    bob.leave()
}

#[test]
fn a_guest_obeys_the_organiser() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann) = together(&backend)?;
    ann.sees("Bob", SOON)?;
    let there =
        bob.until("Ann is heard", SOON, |now| named(now, "Ann Guest") && now["audio"]["sounded"] == true)?;
    let key = member(&there, "Ann Guest")["id"].clone();

    bob.tell(&json!({"type": "silence", "participant": key, "what": "microphone"}))?;
    bob.until("Ann is silent", SOON, |now| now["audio"]["gap_ms"].as_u64() > Some(2_500))?;
    ann.page().until("Ann sees that she is muted", MUTED, &[])?;
    show(&ann, "muted")?;
    bob.tell(&json!({"type": "askToOpen", "participant": key, "what": "microphone"}))?;
    // Nobody opens a microphone from afar.
    bob.go_on(Duration::from_secs(3))?;
    assert_eq!(ann.page().script(MUTED, &[])?, true);

    bob.tell(&json!({"type": "remove", "participant": key, "reason": "Wrong room", "ban": true}))?;
    ann.reads("You were removed from the meeting", SOON)?;
    ann.reads("Wrong room", SOON)?;
    show(&ann, "removed")?;
    bob.until("Ann is gone", SOON, |now| !named(now, "Ann Guest"))?;
    drop(ann);
    let again = visitor(&backend, VisitorPlan::default())?;
    again.join("Ann Guest", "ann@example.org")?;
    again.reads("You were removed from this meeting and cannot join it again.", SOON)?;
    bob.leave()
}

#[test]
fn a_guest_waits_in_the_lobby_and_is_let_in() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut bob = bob(&backend)?;
    bob.tell(&json!({"type": "setLobby", "on": true}))?;
    bob.until("there is a lobby", SOON, |now| now["room"]["lobby"] == true)?;
    let ann = visitor(&backend, VisitorPlan::default())?;
    ann.check_devices()?;
    ann.join("Ann Guest", "ann@example.org")?;
    ann.page().until("Ann waits", "return /wait|let you in/i.test(document.body.innerText)", &[])?;
    show(&ann, "lobby")?;
    bob.tell(&json!({"type": "admit", "waiting": null}))?;
    ann.sees("Bob", SOON)?;
    bob.until("Ann is there", SOON, |now| named(now, "Ann Guest"))?;
    bob.leave()
}

#[test]
fn a_guest_without_devices_sees_hears_and_writes() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut bob = bob(&backend)?;
    let ann = visitor(&backend, VisitorPlan { bare: true, ..VisitorPlan::default() })?;
    ann.join("Ann Guest", "ann@example.org")?;
    ann.sees("Bob", SOON)?;
    ann.hears("Bob", SOON)?;
    bob.until("Ann is there without a picture", SOON, |now| {
        let ann = member(now, "Ann Guest");
        ann["muted"] == true && ann["video"] == false
    })?;
    bob.go_on(Duration::from_secs(2))?;
    show(&ann, "bare")
}

#[test]
fn files_go_both_ways() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann) = together(&backend)?;
    ann.sees("Bob", SOON)?;
    bob.until("Ann is there", SOON, |now| named(now, "Ann Guest"))?;
    // More than one piece, of a content that shows where it was cut.
    let content: Vec<u8> = (0..2_500_000u32).map(|at| (at / 7) as u8).collect();

    let path = backend.folder().join("minutes.bin");
    std::fs::write(&path, &content)?;
    bob.offer(&path)?;
    ann.page().press("Chat").or_else(|_| ann.page().press("Conversation"))?;
    ann.reads("minutes.bin", SOON)?;
    ann.page().press("Save minutes.bin").or_else(|_| ann.page().press("Save"))?;
    let saved = ann.downloads().join("minutes.bin");
    eventually(SOON, "the guest has the file", || {
        std::fs::read(&saved).ok().filter(|bytes| bytes.len() == content.len())
    })
    .map(|bytes| assert!(bytes == content, "the file is what it was"))?;

    // Dropped onto the page.
    ann.page().script(
        "const bytes = Uint8Array.from({ length: 2500000 }, (_, at) => Math.floor(at / 7));
         const files = new DataTransfer();
         files.items.add(new File([bytes], 'sketch.bin', { type: 'application/octet-stream' }));
         dispatchEvent(new DragEvent('dragenter', { dataTransfer: files }));
         dispatchEvent(new DragEvent('drop', { dataTransfer: files, cancelable: true }));",
        &[],
    )?;
    let offered = bob.until("Bob is offered the file", SOON, |now| file(now, "sketch.bin").is_some())?;
    let id = file(&offered, "sketch.bin").unwrap_or_default();
    bob.tell(&json!({"type": "fetchFile", "file": id}))?;
    let fetched = bob.downloads().join("sketch.bin");
    eventually(SOON, "Bob has the file", || {
        std::fs::read(&fetched).ok().filter(|bytes| bytes.len() == content.len())
    })
    .map(|bytes| assert!(bytes == content, "the file is what it was"))?;
    show(&ann, "files")?;
    bob.leave()
}

/// The shared screen that somebody sees.
fn screen(now: &Value) -> Value {
    let mut streams = now["streams"].as_object().into_iter().flatten();
    streams
        .find(|(name, _)| name.ends_with("/screen"))
        .map(|(_, picture)| picture.clone())
        .unwrap_or_default()
}

fn member(now: &Value, name: &str) -> Value {
    let mut roster = now["roster"].as_array().into_iter().flatten();
    roster
        .find(|one| one["name"].as_str().is_some_and(|known| known.contains(name)))
        .cloned()
        .unwrap_or_default()
}

pub fn named(now: &Value, name: &str) -> bool {
    !member(now, name).is_null()
}

pub fn lines(now: &Value, text: &str) -> usize {
    let lines = now["conversation"]["lines"].as_array().into_iter().flatten();
    lines.filter(|line| line["body"]["text"] == text).count()
}

/// The id of a file that was offered under this name.
fn file(now: &Value, name: &str) -> Option<String> {
    let mut lines = now["conversation"]["lines"].as_array().into_iter().flatten();
    let found = lines.find(|line| line["body"]["file"]["name"] == name)?;
    found["body"]["file"]["id"].as_str().map(str::to_owned)
}

/// Writes a line as a person does.
pub fn write(visitor: &Visitor, text: &str) -> Result<(), Trouble> {
    visitor.page().script(
        "const field = document.querySelector('textarea');
         field.focus();
         field.value = arguments[0];
         field.dispatchEvent(new InputEvent('input', { bubbles: true }));
         field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));",
        &[json!(text)],
    )?;
    Ok(())
}

pub fn nobody_is_left(backend: &Backend) -> Result<(), Trouble> {
    for name in ["participants", "legs"] {
        eventually(SOON, &format!("no {name} are left behind"), || {
            backend.metric(name).ok().filter(|count| *count == 0.0)
        })?;
    }
    Ok(())
}
