//! Calls from one person to another, between real programs: one domain and two.

use std::time::{Duration, Instant};

use confab_tests::{Backend, Folder, Person, PersonPlan, StockNode, Trouble, eventually, turn, within};
use serde_json::{Value, json};

use crate::pair::{SOON, accept, alice, bob, call, connect, converse, hang_up, presence, watch};
use crate::{pictures, tone};

#[test]
fn alice_calls_bob_in_her_domain() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut alice, mut bob) = (alice(&backend.url, &backend)?, bob(&backend.url, &backend)?);
    let bobs = "user://confab.local/bob@confab.local";
    within(Duration::from_secs(2), "the other one hears who has hung up", || {
        connect(&mut alice, &mut bob, bobs)?;
        hang_up(&mut alice, &mut bob)
    })?;
    connect(&mut alice, &mut bob, bobs)?;
    assert!(backend.metric("media_packets_forwarded_total")? < 1.0, "the media goes from one to the other");
    converse(&mut alice, &mut bob, &backend)?;

    alice.tell(&json!({"type": "setMicrophone", "on": false}))?;
    bob.until("Alice is silent and is shown muted", SOON, |now| {
        let muted = now["roster"].as_array().into_iter().flatten().any(|one| one["muted"] == true);
        tone(now, "550") < -60.0 && muted
    })?;
    hang_up(&mut bob, &mut alice)?;
    alice.until("Bob's picture is gone", SOON, |now| pictures(now).count() == 0)?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn bob_declines_is_busy_and_misses() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--flavour", "vertx"])?;
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
fn people_of_two_domains_call_and_watch_each_other() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let (mut alice, mut bob) =
        (alice(&backend.url_of("a.local")?, &backend)?, bob(&backend.url_of("b.local")?, &backend)?);
    watch(&mut alice, &mut bob, "user://a.local/alice@a.local", "user://b.local/bob@b.local")?;
    within(Duration::from_secs(2), "presence is seen to change", || {
        let changed = Instant::now();
        bob.tell(&json!({"type": "setPresence", "presence": "busy"}))?;
        alice.until("Bob is busy", SOON, |now| presence(now) == "busy")?;
        let took = changed.elapsed();
        bob.tell(&json!({"type": "setPresence", "presence": "available"}))?;
        alice.until("Bob is available again", SOON, |now| presence(now) == "available")?;
        Ok(took)
    })?;
    connect(&mut alice, &mut bob, "user://b.local/bob@b.local")?;
    alice.until("Bob is shown in a call", SOON, |now| presence(now) == "inCall")?;
    converse(&mut alice, &mut bob, &backend)?;
    alice.tell(&json!({"type": "hangUp"}))?;
    bob.until_call("ended", SOON)?;
    alice.until("Bob is available again", SOON, |now| presence(now) == "available")?;
    bob.leave()?;
    alice.until("Bob is gone", SOON, |now| presence(now) == "offline")?;
    let bob = self::bob(&backend.url_of("b.local")?, &backend)?;
    alice.until("Bob is back, and need not be asked again", SOON, |now| presence(now) == "available")?;
    bob.leave()?;
    alice.leave()
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
    eventually(SOON, "nobody is connected", || {
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

    eventually(SOON, "both are back", || (node.routed() == 2).then_some(()))?;
    alice.until("Alice is back", SOON, |now| now["problems"].as_array().is_none_or(Vec::is_empty))?;
    alice.tell(&call(bobs))?;
    bob.until_call("incoming", SOON)?;
    accept(&mut alice, &mut bob)?;
    assert_eq!(node.deaths(), 1);
    assert_eq!(node.dropped(), 0, "every identity has a user name");
    alice.tell(&json!({"type": "hangUp"}))?;
    bob.until_call("ended", SOON)?;
    alice.leave()?;
    bob.leave()
}
