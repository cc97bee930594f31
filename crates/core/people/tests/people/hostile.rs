//! Messages that lie, and too many of them.

use confab_contract::{OwnPresence, Presence, Watching};
use confab_people::Happened;
use confab_rethink::message::MessageIds;
use confab_rethink::{Draft, Identity, Kind, Message, Metadata, Url};
use serde_json::json;

use crate::world::World;

/// Mallory, Alice and Bob; Alice watches Bob, who lets her.
fn three() -> (World, usize, usize, usize) {
    let mut world = World::new(1, &["a.test"]);
    let mallory = world.start("mallory", "a.test", 1);
    let (alice, bob) = (world.start("alice", "a.test", 1), world.start("bob", "a.test", 1));
    world.run(1);
    world.add(alice, bob);
    world.run(1);
    world.allow(bob, alice, true);
    world.run(1);
    assert_eq!(world.sees(alice, bob), (Presence::Available, Watching::Allowed));
    (world, mallory, alice, bob)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn send(world: &mut World, from: usize, ids: &mut MessageIds, draft: Draft) {
    let message: Message = draft.with_id(ids.next_id());
    world.inject(from, message);
}

/// The address of Bob's object, as only those who observe it know it.
fn object_of(world: &mut World, watcher: usize, reporter: usize) -> Url {
    let hyperty = world.seats[reporter].hyperty.clone();
    world.observed(watcher, &hyperty).expect("it is observed")
}

fn invitation(object: &Url, reporter: &Url, source: &Url, to: &Url) -> Draft {
    let metadata =
        Metadata::new(object.clone(), reporter.clone(), url("runtime://a.test/m"), "Context", "presence");
    Draft::new(Kind::Create, object.subscription(), to)
        .with("source", source.as_str())
        .with("value", serde_json::Value::Object(metadata.to_body()))
}

#[test]
fn what_others_say_in_somebodys_name_is_not_believed() {
    let (mut world, mallory, alice, bob) = three();
    let mut ids = MessageIds::after(1 << 30);
    let object = object_of(&mut world, alice, bob);
    let (from, to) = (world.seats[mallory].hyperty.clone(), world.seats[alice].hyperty.clone());
    let bobs = world.seats[bob].hyperty.clone();
    let forged = url("ctxt://a.test/forged");
    let away = |draft: Draft| draft.with("attribute", "presence").with("value", "away");
    for draft in [
        // As if from Bob's object: the node says that it is Mallory.
        away(Draft::new(Kind::Update, &object, object.changes()).with("version", 99)),
        Draft::new(Kind::Delete, object.subscription(), object.changes()),
        // From the wrong place.
        away(Draft::new(Kind::Update, &from, object.changes()).with("version", 1)),
        // As if from the registry.
        Draft::new(Kind::Update, &from, bobs.registration())
            .with("attribute", "status")
            .with("value", "disconnected"),
        // Invitations to Mallory's object as if it were Bob's.
        invitation(&forged, &bobs, &from, &to),
        invitation(&forged, &bobs, &bobs, &to),
        invitation(&forged, &from, &from, &to),
        Draft::new(Kind::Unsubscribe, &from, &to).with("resource", object.as_str()),
    ] {
        let what = format!("{draft:?}");
        send(&mut world, mallory, &mut ids, draft);
        world.run(10);
        assert_eq!(world.sees(alice, bob), (Presence::Available, Watching::Allowed), "{what}");
        assert_eq!(object_of(&mut world, alice, bob), object, "{what}");
    }
}

#[test]
fn whoever_learns_the_address_still_gets_nothing() {
    let (mut world, mallory, alice, bob) = three();
    let object = object_of(&mut world, alice, bob);
    let mut ids = MessageIds::after(1 << 30);
    let from = world.seats[mallory].hyperty.clone();
    let sm = world.seats[mallory].runtime.sm();
    let alices = world.seats[alice].hyperty.clone();
    let pretender =
        Identity { user_url: Some(world.seats[alice].user.clone()), ..Identity::new("alice@a.test") };
    for draft in [
        Draft::new(Kind::Subscribe, &sm, object.subscription()).with("subscriber", from.as_str()),
        Draft::new(Kind::Subscribe, &sm, object.subscription()).with("subscriber", alices.as_str()),
        Draft::new(Kind::Subscribe, &sm, object.subscription())
            .with("subscriber", from.as_str())
            .with("identity", pretender.to_value()),
        Draft::new(Kind::Read, &from, &object),
        Draft::new(Kind::Read, &alices, &object),
    ] {
        let what = format!("{draft:?}");
        world.overheard.clear();
        send(&mut world, mallory, &mut ids, draft);
        world.run(2);
        let told = |message: &&Message| message.is_response() && message.to_json().contains("available");
        assert_eq!(world.overheard.iter().find(told), None, "{what}");
    }
}

#[test]
fn nobody_asks_in_another_name() {
    let (mut world, mallory, alice, bob) = three();
    let mut ids = MessageIds::after(1 << 30);
    let (from, to) = (world.seats[mallory].hyperty.clone(), world.seats[bob].hyperty.clone());
    let alices = world.seats[alice].hyperty.clone();
    let alice_user = world.seats[alice].user.to_string();
    for (from, user) in
        [(&from, alice_user.as_str()), (&alices, alice_user.as_str()), (&from, "nonsense://x")]
    {
        let ask = Draft::new(Kind::Execute, from, &to).with("method", "watch");
        send(&mut world, mallory, &mut ids, ask.with("params", json!([{"user": user, "name": "Alice"}])));
        world.run(2);
    }
    let view = world.seats[bob].people.view();
    let asking: Vec<_> = view.asking.iter().map(|person| person.user.as_str()).collect();
    // The third says nothing about a user: it is the one the node knows.
    assert_eq!(asking, ["user://a.test/mallory@a.test"]);
}

#[test]
fn floods_of_questions_and_invitations_are_bounded() {
    let (mut world, mallory, alice, bob) = three();
    let mut ids = MessageIds::after(1 << 30);
    let to = world.seats[bob].hyperty.clone();
    for n in 0..300 {
        // As a node that vouches for nobody would deliver it.
        let from = url(&format!("hyperty://a.test/flood-{n}"));
        let user = format!("user://a.test/flood{n}@a.test");
        let draft = Draft::new(Kind::Execute, &from, &to)
            .with("method", "watch")
            .with("params", json!([{"user": user, "name": "x".repeat(100_000)}]));
        let message = draft.with_id(ids.next_id());
        world.with(bob, |people, line| assert!(people.incoming(line, &message)));
    }
    let seat = &world.seats[bob];
    assert!(seat.people.view().asking.len() <= 64);
    assert!(seat.people.view().asking.iter().all(|person| person.name.chars().count() <= 64));
    assert!(seat.happened.iter().filter(|happened| matches!(happened, Happened::Asked(_))).count() <= 65);

    // Bob himself, gone mad: every invitation replaces the one before, and his programs are counted.
    for n in 0..300 {
        let (object, reporter) =
            (url(&format!("ctxt://a.test/o{n}")), url(&format!("hyperty://a.test/b{n}")));
        let identity = world.seats[bob].identity.to_value();
        let alices = world.seats[alice].hyperty.clone();
        let draft = invitation(&object, &reporter, &reporter, &alices).with("identity", identity);
        let message = draft.with_id(ids.next_id());
        world.with(alice, |people, line| assert!(people.incoming(line, &message)));
    }
    assert!(world.routes(alice) < 64, "{} routes", world.routes(alice));
    world.run(600);
    world.with(bob, |people, line| people.set_presence(line, OwnPresence::Busy));
    world.run(2);
    assert_eq!(world.sees(alice, bob).0, Presence::Busy, "and the true one is still seen");
    let _ = mallory;
}

#[test]
fn nonsense_is_survived() {
    let (mut world, _, alice, bob) = three();
    let mut ids = MessageIds::after(1 << 30);
    let (alices, bobs) = (world.seats[alice].hyperty.clone(), world.seats[bob].hyperty.clone());
    let object = object_of(&mut world, alice, bob);
    let values =
        [json!(null), json!([]), json!("x"), json!({"url": 1}), json!({"url": object.as_str()}), json!(-1)];
    for to in [alices.clone(), object.changes(), bobs.registration(), object.clone(), object.subscription()] {
        for kind in [
            Kind::Create,
            Kind::Update,
            Kind::Delete,
            Kind::Read,
            Kind::Execute,
            Kind::Subscribe,
            Kind::Event,
        ] {
            for value in &values {
                let draft = Draft::new(kind.clone(), &bobs, &to)
                    .with("value", value.clone())
                    .with("params", value.clone())
                    .with("method", "watch")
                    .with("attribute", value.clone())
                    .with("identity", value.clone());
                let message = draft.with_id(ids.next_id());
                for at in [alice, bob] {
                    world.with(at, |people, line| people.incoming(line, &message));
                }
            }
        }
    }
    world.run(700);
    assert_eq!(world.sees(alice, bob), (Presence::Available, Watching::Allowed));
}
