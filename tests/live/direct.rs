//! Calls from one person to another, between real programs: one domain and two.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Folder, Person, PersonPlan, StockNode, Trouble, eventually, turn};
use serde_json::{Value, json};

use crate::{pictures, tone};

const SOON: Duration = Duration::from_secs(20);

fn alice(url: &str, backend: &Backend) -> Result<Person, Trouble> {
    let plan = PersonPlan { user: "alice", sender: 1, camera: "testcard", mic: "tone:660" };
    Person::sign_in(url, backend.folder(), plan)
}

fn bob(url: &str, backend: &Backend) -> Result<Person, Trouble> {
    let plan = PersonPlan { user: "bob", sender: 2, camera: "testcard", mic: "tone:330" };
    Person::sign_in(url, backend.folder(), plan)
}

fn call(user: &str) -> Value {
    json!({"type": "call", "user": user, "video": true})
}

/// From the click to pictures and tones both ways.
fn connect(alice: &mut Person, bob: &mut Person, user: &str) -> Result<(), Trouble> {
    let clicked = Instant::now();
    alice.tell(&call(user))?;
    bob.until_call("incoming", SOON)?;
    let rung = clicked.elapsed();
    alice.until_call("ringing", SOON)?;
    alice.until("nothing of Bob is seen or heard before he accepts", SOON, |now| {
        pictures(now).count() == 0 && tone(now, "330") < -60.0
    })?;
    let accepted = Instant::now();
    bob.tell(&json!({"type": "accept", "video": true}))?;
    alice.until("Alice sees and hears Bob", SOON, |now| {
        tone(now, "330") > -40.0 && pictures(now).any(|picture| picture["sender"] == 2)
    })?;
    bob.until("Bob sees and hears Alice", SOON, |now| {
        tone(now, "660") > -40.0 && pictures(now).any(|picture| picture["sender"] == 1)
    })?;
    eprintln!(
        "rings after {} ms, talking {} ms after accepting",
        rung.as_millis(),
        accepted.elapsed().as_millis()
    );
    for person in [alice, bob] {
        person.until("the call is active, and who speaks is signed", SOON, |now| {
            now["call"]["phase"] == "active" && now["call"]["proof"] == "signed"
        })?;
    }
    Ok(())
}

/// Chat both ways, and a file.
fn converse(alice: &mut Person, bob: &mut Person, backend: &Backend) -> Result<(), Trouble> {
    let said = |text: &'static str| {
        move |now: &Value| {
            let lines = now["conversation"]["lines"].as_array();
            lines.into_iter().flatten().any(|line| line["body"]["text"] == text)
        }
    };
    alice.tell(&json!({"type": "say", "text": "Can you read me?"}))?;
    bob.until("Bob reads", SOON, said("Can you read me?"))?;
    bob.tell(&json!({"type": "say", "text": "Loud and clear"}))?;
    alice.until("Alice reads", SOON, said("Loud and clear"))?;

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

#[test]
fn alice_calls_bob_in_her_domain() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut alice, mut bob) = (alice(&backend.url, &backend)?, bob(&backend.url, &backend)?);
    connect(&mut alice, &mut bob, "user://confab.local/bob@confab.local")?;
    assert!(backend.metric("media_packets_forwarded_total")? < 1.0, "the media goes from one to the other");
    converse(&mut alice, &mut bob, &backend)?;

    alice.tell(&json!({"type": "setMicrophone", "on": false}))?;
    bob.until("Alice is silent and is shown muted", SOON, |now| {
        let muted = now["roster"].as_array().into_iter().flatten().any(|one| one["muted"] == true);
        tone(now, "660") < -60.0 && muted
    })?;
    let hung_up = Instant::now();
    bob.tell(&json!({"type": "hangUp"}))?;
    let ended = alice.until_call("ended", SOON)?;
    assert_eq!(ended["call"]["ended"], "theyHungUp");
    assert!(hung_up.elapsed() < Duration::from_secs(2), "{} ms", hung_up.elapsed().as_millis());
    alice.until("Bob's picture is gone", SOON, |now| pictures(now).count() == 0)?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn bob_declines_is_busy_and_misses() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut alice, mut bob) = (alice(&backend.url, &backend)?, bob(&backend.url, &backend)?);
    let user = "user://confab.local/bob@confab.local";
    let ended = |why: &'static str| move |now: &Value| now["call"]["ended"] == why;

    alice.tell(&call(user))?;
    bob.until_call("incoming", SOON)?;
    bob.tell(&json!({"type": "decline"}))?;
    alice.until("Bob has declined", SOON, ended("declined"))?;

    alice.tell(&call(user))?;
    bob.until_call("incoming", SOON)?;
    alice.tell(&json!({"type": "hangUp"}))?;
    bob.until("Bob has missed it", SOON, ended("missed"))?;

    bob.tell(&json!({"type": "join", "room": "4711"}))?;
    bob.until("Bob is in a meeting", SOON, |now| now["participant"] == "p1")?;
    alice.tell(&call(user))?;
    alice.until("Bob is busy", SOON, ended("busy"))?;

    bob.leave()?;
    alice.until("the room is quiet", SOON, |_| true)?;
    alice.tell(&call(user))?;
    alice.until("Bob is signed in nowhere", SOON, ended("offline"))?;
    alice.tell(&call("user://confab.local/nobody@confab.local"))?;
    alice.until("there is nobody of that name", SOON, |now| {
        matches!(now["call"]["ended"].as_str(), Some("unknown" | "offline"))
            && now["call"]["peer"]["user"] == "user://confab.local/nobody@confab.local"
    })?;
    alice.leave()
}

#[test]
fn two_domains_call_each_other_and_one_falls_without_the_other() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let (mut alice, mut bob) =
        (alice(&backend.url_of("a.local")?, &backend)?, bob(&backend.url_of("b.local")?, &backend)?);
    watch_each_other(&mut alice, &mut bob)?;
    connect(&mut alice, &mut bob, "user://b.local/bob@b.local")?;
    alice.until("Bob is shown in a call", SOON, |now| presence(now) == "inCall")?;
    converse(&mut alice, &mut bob, &backend)?;
    alice.tell(&json!({"type": "hangUp"}))?;
    bob.until_call("ended", SOON)?;
    alice.until("Bob is available again", SOON, |now| presence(now) == "available")?;
    bob.leave()?;
    alice.until("Bob is gone", SOON, |now| presence(now) == "offline")?;
    alice.leave()
}

fn presence(now: &Value) -> &str {
    now["people"]["contacts"][0]["presence"].as_str().unwrap_or_default()
}

/// Contacts in both directions, allowed by both.
fn watch_each_other(alice: &mut Person, bob: &mut Person) -> Result<(), Trouble> {
    alice.tell(&json!({"type": "addContact", "user": "user://b.local/bob@b.local", "name": "Bob"}))?;
    bob.until("Bob is asked whether Alice may see his presence", SOON, |now| {
        now["people"]["asking"][0]["user"] == "user://a.local/alice@a.local"
    })?;
    alice.until("nothing is known before he says so", SOON, |now| presence(now) == "unknown")?;
    bob.tell(&json!({"type": "allowPresence", "user": "user://a.local/alice@a.local", "allowed": true}))?;
    alice.until("Bob is available", SOON, |now| presence(now) == "available")?;
    let changed = Instant::now();
    bob.tell(&json!({"type": "setPresence", "presence": "busy"}))?;
    alice.until("Bob is busy", SOON, |now| presence(now) == "busy")?;
    assert!(changed.elapsed() < Duration::from_secs(2), "{} ms", changed.elapsed().as_millis());
    bob.tell(&json!({"type": "setPresence", "presence": "available"}))?;
    alice.until("Bob is available again", SOON, |now| presence(now) == "available").map(drop)
}

#[test]
fn people_are_found_in_the_directory() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut alice = alice(&backend.url, &backend)?;
    alice.tell(&json!({"type": "findPeople", "text": "dan"}))?;
    alice.until("Daniel is found", SOON, |now| {
        now["people"]["search"]["found"][0]["user"] == "user://confab.local/daniel@confab.local"
    })?;
    alice.leave()?;
    eventually(Duration::from_secs(5), "nobody is connected", || {
        backend.metric("connections").ok().filter(|count| *count == 0.0)
    })
    .map(drop)
}

#[test]
fn a_stock_message_node_will_do() -> Result<(), Trouble> {
    let _turn = turn();
    let folder = Folder::new()?;
    let node = StockNode::start()?;
    let person = |user, sender, mic| {
        let plan = PersonPlan { user, sender, camera: "testcard", mic };
        Person::sign_in(&node.url, folder.as_ref(), plan)
    };
    let (mut alice, mut bob) = (person("alice", 1, "tone:660")?, person("bob", 2, "tone:330")?);
    let bobs = "user://stock.local/bob@stock.local";

    alice.tell(&call("user://stock.local/nobody@stock.local"))?;
    let ended = alice.until_call("ended", SOON)?;
    assert!(matches!(ended["call"]["ended"].as_str(), Some("offline" | "unknown" | "domainUnreachable")));
    assert_eq!(node.deaths(), 1, "the look-up that killed the node is not repeated");

    alice.until("Alice is back", SOON, |now| now["problems"].as_array().is_none_or(Vec::is_empty))?;
    eventually(SOON, "both are back", || (node.connected() == 2).then_some(()))?;
    alice.tell(&call(bobs))?;
    bob.until_call("incoming", SOON)?;
    bob.tell(&json!({"type": "accept", "video": true}))?;
    alice.until("Alice sees and hears Bob", SOON, |now| {
        tone(now, "330") > -40.0 && pictures(now).any(|picture| picture["sender"] == 2)
    })?;
    bob.until("Bob sees and hears Alice", SOON, |now| {
        tone(now, "660") > -40.0 && pictures(now).any(|picture| picture["sender"] == 1)
    })?;
    assert_eq!(node.deaths(), 1);
    assert_eq!(node.dropped(), 0, "every identity has a user name");
    alice.tell(&json!({"type": "hangUp"}))?;
    bob.until_call("ended", SOON)?;
    alice.leave()?;
    bob.leave()
}
