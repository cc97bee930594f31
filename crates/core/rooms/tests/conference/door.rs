//! Who comes in: lobby, lock, guests, bans, invitations, rooms of one's own.

use std::time::Duration;

use confab_rethink::{Code, Draft, Kind};
use confab_rooms::{ConferenceInput, MailEvent, Stranger};
use serde_json::{Value, json};

use crate::world::{ROOM, World, code_of, user};

fn desc(world: &World, client: usize) -> String {
    world.clients[client].replies.last().unwrap().desc_text().unwrap_or_default().to_owned()
}

/// Asks to come in; the code of the answer.
pub fn knock(world: &mut World, name: &str, change: impl FnOnce(Draft) -> Draft) -> (usize, Code) {
    let client = world.client(name);
    world.subscribe_with(client, change);
    (client, world.clients[client].last_code())
}

fn waiting(world: &World, client: usize) -> Value {
    world.clients[client].signals("private").last().map(|value| value["waiting"].clone()).unwrap_or_default()
}

#[test]
fn who_waits_is_seen_by_organisers_only_and_comes_in_when_admitted() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    assert_eq!(world.execute(alice, "setRoom", json!([{"lobby": true}])), Code::OK);
    let (carol, code) = knock(&mut world, "carol", |draft| draft);
    assert_eq!(code, Code::PROVISIONAL);
    let entry = json!({"name": "carol the 3", "user": "carol@csp.test", "guest": false, "since": "1970-01-01T00:00:01Z"});
    assert_eq!(waiting(&world, alice), json!({"w1": entry}));
    assert!(world.clients[bob].signals("private").is_empty());
    assert_eq!(world.clients[bob].sees("/waiting"), json!(null));
    // Who waits reads and hears nothing, and is in nobody's roster.
    world.chat(bob, "secret");
    assert!(world.clients[carol].heard.is_empty(), "{:?}", world.clients[carol].heard);
    let read = Draft::new(
        Kind::Read,
        &world.clients[carol].hyperty,
        world.clients[carol].room.as_ref().unwrap().object(),
    );
    world.ask(carol, read);
    assert_eq!(world.clients[carol].last_code(), Code::FORBIDDEN);

    assert_eq!(world.execute(bob, "admit", json!(["w1"])), Code::FORBIDDEN);
    assert_eq!(world.execute(alice, "admit", json!(["w7"])), Code::NOT_FOUND);
    assert_eq!(world.execute(alice, "admit", json!(["w1"])), Code::OK);
    assert_eq!(world.clients[carol].key.as_deref(), Some("p3"));
    assert_eq!(waiting(&world, alice), json!({}));
}

#[test]
fn somebody_who_waits_is_told_to_go_on_waiting_and_may_stop() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    let (bob, _) = knock(&mut world, "bob", |draft| draft);
    let told = world.clients[bob].replies.len();
    world.pass(Duration::from_secs(275));
    assert_eq!(world.clients[bob].replies.len() - told, 3, "every minute and a half");
    world.leave(bob);
    assert_eq!(world.clients[bob].last_code(), Code::OK);
    assert_eq!(waiting(&world, alice), json!({}));
    let (carol, _) = knock(&mut world, "carol", |draft| draft);
    assert!(waiting(&world, alice).get("w2").is_some());
    world.disconnect(carol);
    assert_eq!(waiting(&world, alice), json!({}));
}

#[test]
fn who_is_refused_is_told_why() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    let (bob, _) = knock(&mut world, "bob", |draft| draft);
    assert_eq!(world.execute(alice, "refuse", json!(["w1", "come tomorrow"])), Code::OK);
    assert_eq!(
        (world.clients[bob].last_code(), desc(&world, bob)),
        (Code::FORBIDDEN, "refused: come tomorrow".into())
    );
    let (carol, _) = knock(&mut world, "carol", |draft| draft);
    world.leave(alice);
    assert_eq!((world.clients[carol].last_code(), desc(&world, carol)), (Code::FORBIDDEN, "ended".into()));
}

#[test]
fn opening_the_lobby_lets_everybody_in_but_those_who_were_put_out() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    world.execute(alice, "removeUser", json!(["p2"]));
    world.subscribe(bob);
    let (carol, _) = knock(&mut world, "carol", |draft| draft);
    world.execute(alice, "setRoom", json!([{"lobby": false}]));
    assert!(world.clients[carol].key.is_some());
    assert_eq!(waiting(&world, alice).as_object().unwrap().len(), 1);
}

#[test]
fn opening_the_lobby_lets_nobody_in_whom_the_room_does_not_take() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    let (guest, _) = knock(&mut world, "guest-1", |draft| draft);
    assert_eq!(world.execute(alice, "setRoom", json!([{"lobby": false, "guests": false}])), Code::OK);
    assert_eq!(world.clients[guest].key, None);
    assert_eq!(waiting(&world, alice).as_object().unwrap().len(), 1);
}

#[test]
fn whoever_waited_and_was_invited_is_missed_when_they_are_lost() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    let (bob, code) = knock(&mut world, "bob", |draft| draft);
    assert_eq!(code, Code::PROVISIONAL);
    world.value_of(alice, "invite", json!([[{"user": user("bob").as_str(), "name": "Bob"}]]));
    world.subscribe(bob);
    assert_eq!(world.clients[bob].last_code(), Code::OK);
    world.disconnect(bob);
    assert_eq!(world.clients[alice].sees("/roster/p2/away"), true);
}

#[test]
fn an_old_invitation_does_not_lead_past_a_removal() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.value_of(alice, "invite", json!([[{"mail": "eve@mail.test", "name": "Eve"}]]));
    let code = code_of(&world.mails[0]);
    let (eve, answer) = knock(&mut world, "guest-1", |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(answer, Code::OK);
    assert_eq!(world.execute(alice, "removeUser", json!(["p2"])), Code::OK);
    world.subscribe_with(eve, |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(world.clients[eve].last_code(), Code::PROVISIONAL);
}

#[test]
fn a_locked_room_lets_in_who_was_there_and_who_is_invited() {
    let mut world = World::owned(Some("olga"), |_| {});
    let alice = world.join("alice");
    let bob = world.join("bob");
    let carol = world.join("carol");
    world.leave(bob);
    assert_eq!(world.execute(carol, "setRoom", json!([{"locked": true}])), Code::FORBIDDEN);
    assert_eq!(world.execute(alice, "setRoom", json!([{"locked": "yes"}])), Code::BAD_REQUEST);
    assert_eq!(world.execute(alice, "setRoom", json!([{"locked": true}])), Code::OK);
    let (dan, code) = knock(&mut world, "dan", |draft| draft);
    assert_eq!((code, desc(&world, dan)), (Code::FORBIDDEN, "locked".into()));
    for name in ["bob", "olga"] {
        assert_eq!(knock(&mut world, name, |draft| draft).1, Code::OK, "{name}");
    }
    let dans = json!([[{"user": user("dan").as_str(), "name": "Dan"}]]);
    assert_eq!(world.execute(carol, "invite", dans.clone()), Code::FORBIDDEN, "not past a lock");
    assert_eq!(world.value_of(alice, "invite", dans), json!(["i1"]));
    world.subscribe(dan);
    assert_eq!(world.clients[dan].last_code(), Code::OK);
}

#[test]
fn the_banned_are_refused_as_whoever_they_come() {
    let mut world = World::new();
    let alice = world.join("alice");
    let stranger = |name: &str, mail: &str, address: &str| Stranger {
        user: user(name).to_string(),
        mail: Some(mail.into()),
        address: Some(address.into()),
        ..Stranger::default()
    };
    world.conference(ConferenceInput::Stranger(stranger("guest-1", "eve@mail.test", "a1")));
    let eve = world.join("guest-1");
    let trace = world.clients[alice].signals("private").last().unwrap()["trace"].clone();
    let known = json!({"user": user("guest-1").as_str(), "identity": "guest-1@csp.test", "mail": "eve@mail.test", "address": "a1"});
    assert_eq!(trace, json!({"p2": known}));
    assert!(world.clients[eve].signals("private").is_empty());
    assert_eq!(world.execute(alice, "removeUser", json!(["p2", "spam", true])), Code::OK);
    for (name, mail, address, let_in) in [
        ("guest-1", "eve@mail.test", "a1", false),
        ("guest-2", "EVE@mail.test", "a2", false),
        ("guest-3", "mallory@mail.test", "a1", false),
        ("guest-4", "zoe@mail.test", "a4", true),
    ] {
        world.conference(ConferenceInput::Stranger(stranger(name, mail, address)));
        let (client, code) = knock(&mut world, name, |draft| draft);
        assert_eq!(code == Code::OK, let_in, "{name} {}", desc(&world, client));
        let door = world.conference.door(ROOM, None, Some(mail), Some(address));
        assert_eq!(door.is_ok(), let_in, "{door:?}");
    }
    // Banning an account puts all its devices out.
    let bob = world.join("bob");
    world.join("bob");
    let key = world.clients[bob].key.clone().unwrap();
    assert_eq!(world.execute(alice, "removeUser", json!([key, "", true])), Code::OK);
    assert_eq!(world.conference.participant_count(), 2);
    assert_eq!(knock(&mut world, "bob", |draft| draft).1, Code::FORBIDDEN);
    world.execute(alice, "invite", json!([[{"user": user("bob").as_str(), "name": "Bob"}]]));
    assert_eq!(knock(&mut world, "bob", |draft| draft).1, Code::OK, "an organiser wants them back");
}

#[test]
fn a_room_may_be_closed_to_guests_and_to_invented_names() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"invented": false}]));
    let anonymous = |draft: Draft| draft.with("anonymous", true);
    let (guest, code) = knock(&mut world, "guest-1", |draft| draft);
    assert_eq!((code, desc(&world, guest)), (Code::FORBIDDEN, "no-invented-names".into()));
    assert_eq!(knock(&mut world, "bob", anonymous).1, Code::FORBIDDEN);
    world.execute(alice, "setRoom", json!([{"invented": true, "guests": false}]));
    let (guest, code) = knock(&mut world, "guest-1", |draft| draft);
    assert_eq!((code, desc(&world, guest)), (Code::FORBIDDEN, "no-guests".into()));
    assert_eq!(world.conference.door(ROOM, None, Some("a@b.test"), None), Err("guests-not-allowed"));

    let (bob, code) = knock(&mut world, "bob", anonymous);
    assert_eq!(code, Code::OK);
    let seen = world.clients[alice].sees("/roster/p2");
    assert_eq!(
        (&seen["name"], &seen["user"], &seen["hypertyURL"]),
        (&json!("bob the 5"), &json!(null), &json!(null))
    );
    assert_eq!(world.clients[alice].sees("/participants").as_object().unwrap().len(), 1);
    let trace = world.clients[alice].signals("private").last().unwrap()["trace"]["p2"].clone();
    assert_eq!(trace["user"], user("bob").as_str());
    world.chat(bob, "boo");
    let line = world.clients[alice].heard.iter().rev().find(|message| message.kind == Kind::Create).unwrap();
    assert!(!line.to_json().contains("bob@csp.test"), "{}", line.to_json());
    assert!(!line.to_json().contains(world.clients[bob].hyperty.as_str()), "{}", line.to_json());
}

#[test]
fn a_guest_comes_into_the_room_they_asked_for_and_no_other() {
    let mut world = World::new();
    world.join("alice");
    let stranger = |room: &str| Stranger {
        user: user("guest-1").to_string(),
        room: Some(room.into()),
        ..Stranger::default()
    };
    world.conference(ConferenceInput::Stranger(stranger("4712")));
    let (guest, code) = knock(&mut world, "guest-1", |draft| draft);
    assert_eq!(code, Code::FORBIDDEN);
    world.conference(ConferenceInput::Stranger(stranger(ROOM)));
    world.subscribe(guest);
    assert_eq!(world.clients[guest].last_code(), Code::OK);
}

#[test]
fn a_mailed_code_opens_the_lobby_until_it_is_cancelled() {
    let mut world = World::with(|config| config.public_url = Some("https://csp.test/".into()));
    let alice = world.join("alice");
    assert_eq!(world.clients[alice].sees("/link"), "https://csp.test/j/4711");
    let bob = world.join("bob");
    world.execute(alice, "setRoom", json!([{"lobby": true}]));
    let ids = world.value_of(
        bob,
        "invite",
        json!([[{"mail": "eve@mail.test", "name": "Eve"}, {"mail": "x@y.test"}]]),
    );
    assert_eq!(ids, json!(["i1", "i2"]));
    let mail = world.mails[0].clone();
    assert_eq!(
        (mail.to.as_str(), mail.from_name.as_str(), mail.room_name.as_str()),
        ("eve@mail.test", "bob the 2", ROOM)
    );
    let code = code_of(&mail);
    let shown = json!({"name": "Eve", "by": "p2", "status": "mailed", "at": "1970-01-01T00:00:01Z"});
    assert_eq!(world.clients[alice].sees("/invited/i1"), shown);
    assert_eq!(world.clients[alice].sees("/invited/i2/name"), "x");
    let failed = MailEvent { room: mail.room.clone(), invitation: "i2".into(), sent: false };
    world.conference(ConferenceInput::Mail(failed));
    assert_eq!(world.clients[alice].sees("/invited/i2/status"), "unreachable");

    assert_eq!(knock(&mut world, "guest-1", |draft| draft).1, Code::PROVISIONAL);
    assert_eq!(world.conference.door(ROOM, Some(&code), Some("eve@mail.test"), None), Ok(()));
    let (_, answer) = knock(&mut world, "guest-2", |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(answer, Code::OK);
    assert_eq!(world.clients[alice].sees("/invited/i1"), json!(null), "they have come");

    let carol = world.join("alice");
    let guest = world.clients.len() - 2;
    assert_eq!(world.execute(guest, "cancelInvitation", json!(["i1"])), Code::FORBIDDEN);
    assert_eq!(world.execute(carol, "cancelInvitation", json!(["i1"])), Code::OK);
    let (_, answer) = knock(&mut world, "guest-3", |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(answer, Code::PROVISIONAL);
    assert_eq!(world.conference.door(ROOM, Some(&code), Some("eve@mail.test"), None), Err("bad-code"));
}

#[test]
fn codes_in_calendars_are_good_for_the_next_meeting_in_the_room() {
    let mut world = World::owned(Some("alice"), |_| {});
    let alice = world.join("alice");
    world.join("bob");
    world.value_of(alice, "invite", json!([[{"mail": "eve@mail.test", "name": "Eve"}]]));
    let code = code_of(&world.mails[0]);
    assert_eq!(world.execute(alice, "close", json!([])), Code::OK);
    world.subscribe(alice);
    assert_eq!(world.clients[alice].sees("/organiser"), "p1");
    let shown = json!({"i1": {"name": "Eve", "status": "mailed", "at": "1970-01-01T00:00:01Z"}});
    assert_eq!(world.clients[alice].sees("/invited"), shown, "whom nobody of this company has asked");
    world.execute(alice, "setRoom", json!([{"locked": true}]));
    let (_, answer) = knock(&mut world, "guest-1", |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(answer, Code::OK);
}

#[test]
fn invitations_are_made_by_people_with_an_account_and_told_by_who_rings() {
    let mut world = World::new();
    let alice = world.join("alice");
    let bob = world.join("bob");
    let guest = world.join("guest-1");
    let dan = json!([[{"user": user("dan").as_str(), "name": "Dan"}]]);
    assert_eq!(world.execute(guest, "invite", dan.clone()), Code::FORBIDDEN);
    assert_eq!(world.value_of(bob, "invite", dan.clone()), json!(["i1"]));
    assert_eq!(world.clients[guest].sees("/invited/i1/status"), "ringing");
    assert_eq!(world.clients[guest].sees("/invited/i1/user"), user("dan").as_str());
    for (client, params, code) in [
        (alice, json!(["i1", "busy"]), Code::FORBIDDEN),
        (bob, json!(["i1", "eaten"]), Code::BAD_REQUEST),
        (bob, json!(["i9", "busy"]), Code::NOT_FOUND),
        (bob, json!(["i1", "busy"]), Code::OK),
    ] {
        assert_eq!(world.execute(client, "invitation", params.clone()), code, "{params}");
    }
    assert_eq!(world.clients[alice].sees("/invited/i1/status"), "busy");
    assert_eq!(world.value_of(alice, "invite", dan), json!(["i1"]), "the same one rings again");
    assert_eq!(world.clients[alice].sees("/invited/i1/by"), "p1");
    assert_eq!(world.execute(bob, "cancelInvitation", json!(["i1"])), Code::FORBIDDEN);
    for (params, code) in [
        (json!([]), Code::BAD_REQUEST),
        (json!([[]]), Code::BAD_REQUEST),
        (json!([[{"name": "x"}]]), Code::BAD_REQUEST),
        (json!([[{"mail": "a@b\r\nBcc: c@d", "name": "x"}]]), Code::BAD_REQUEST),
        (json!([[{"user": "hyperty://csp.test/x", "name": "x"}]]), Code::BAD_REQUEST),
    ] {
        assert_eq!(world.execute(alice, "invite", params.clone()), code, "{params}");
    }
    let many = |from: u32| {
        let mails = (from..from + 25).map(|n| json!({"mail": format!("m{n}@mail.test"), "name": ""}));
        json!([mails.collect::<Vec<_>>()])
    };
    assert_eq!(
        [0, 25, 50].map(|from| world.execute(alice, "invite", many(from))),
        [Code::OK, Code::OK, Code::Num(429)]
    );
}

#[test]
fn people_with_an_account_make_rooms_of_their_own() {
    let mut world = World::with(|config| config.public_url = Some("https://csp.test".into()));
    let create = |world: &mut World, client: usize, params: Value| {
        let conference = world.conference.hyperty().clone();
        let draft = Draft::new(Kind::Execute, &world.clients[client].hyperty, &conference);
        world.ask(client, draft.with("method", "createRoom").with("params", params));
        let reply = world.clients[client].replies.last().unwrap();
        (reply.code().unwrap(), reply.value().cloned().unwrap_or_default())
    };
    let alice = world.client("alice");
    let guest = world.client("guest-1");
    let (code, made) = create(&mut world, alice, json!([{"name": "standup"}]));
    assert_eq!(
        (code, &made["name"], &made["link"]),
        (Code::OK, &json!("standup"), &json!("https://csp.test/j/standup"))
    );
    assert_eq!(world.find_room(alice, "standup").unwrap().as_str(), made["url"].as_str().unwrap());
    assert_eq!((world.made[0].name.as_str(), &world.made[0].owner), ("standup", &user("alice")));
    let (code, made) = create(&mut world, alice, json!([]));
    assert_eq!(code, Code::OK);
    let number = made["name"].as_str().unwrap();
    assert!(number.len() == 9 && number.chars().all(|char| char.is_ascii_digit()), "{number}");
    for (client, params, expected) in [
        (guest, json!([{}]), Code::FORBIDDEN),
        (alice, json!([{"name": ROOM}]), Code::Num(409)),
        (alice, json!([{"name": "a b"}]), Code::BAD_REQUEST),
        (alice, json!([{"name": ".."}]), Code::BAD_REQUEST),
        (alice, json!(["x"]), Code::BAD_REQUEST),
    ] {
        assert_eq!(create(&mut world, client, params.clone()).0, expected, "{params}");
    }
    while create(&mut world, alice, json!([])).0 == Code::OK {}
    assert_eq!(world.made.len(), 64);
}
