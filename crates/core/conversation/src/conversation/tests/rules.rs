//! Who may take part, and what is believed.

use confab_contract::Delivery;
use confab_rethink::{Child, Code, Draft, Kind, Message, MessageIds, Url};
use serde_json::json;

use super::world::World;
use crate::{Happened, MAX_TEXT, SayError};

fn message(draft: Draft) -> Message {
    draft.with_id(MessageIds::default().next_id())
}

fn said(text: &str) -> (bool, String) {
    (false, text.to_owned())
}

#[test]
fn two_people_talk() {
    let mut world = World::call(1);
    world.say(0, "hello");
    world.run(300);
    world.say(1, "hi <b>");
    world.run(300);
    assert_eq!(world.texts(0), [(true, "hello".to_owned()), (false, "hi <b>".to_owned())]);
    assert_eq!(world.texts(1), [(false, "hello".to_owned()), (true, "hi <b>".to_owned())]);
    assert_eq!(world.deliveries(0), [Delivery::Delivered]);
    let view = world.parties[1].conversation.as_ref().unwrap().view();
    assert_eq!((view.lines[0].name.as_str(), view.unread, view.open), ("alice", 1, true));
    let heard = Happened::Said { name: "alice".to_owned(), text: "hello".to_owned() };
    assert_eq!(world.parties[1].happened, [heard]);
    world.act(1, |conversation, _| conversation.read());
    assert_eq!(world.parties[1].conversation.as_ref().unwrap().view().unread, 0);
}

#[test]
fn only_the_invited_get_in() {
    let mut world = World::new(1, &["alice", "bob", "mallory"]);
    world.host();
    world.invite();
    world.join();
    world.join_as(2);
    world.run(3000);
    world.say(0, "private");
    world.act(2, |conversation, line| conversation.say(line, "let me in")).unwrap();
    world.run(20_000);
    assert_eq!(world.texts(1), [said("private")]);
    assert_eq!(world.texts(0).len(), 1);
    assert_eq!(world.texts(2), [(true, "let me in".to_owned())]);
    let refused = world.passed.iter().filter(|message| message.code() == Some(Code::FORBIDDEN)).count();
    assert!((1..20).contains(&refused), "{refused}");
}

#[test]
fn who_says_to_be_somebody_else_does_not_get_in() {
    let mut world = World::new(1, &["alice", "bob", "mallory"]);
    world.host();
    world.invite();
    let object = world.object();
    let (bob, mallory) = (world.parties[1].hyperty.clone(), world.parties[2].runtime.clone());
    let identity = json!({"userProfile": {"username": "m", "userURL": "user://a.test/mallory@a.test"}});
    let ask = Draft::new(Kind::Subscribe, mallory.sm(), object.subscription())
        .with("subscriber", bob.as_str())
        .with("identity", identity);
    world.deliver(0, message(ask));
    let answer = world.passed.iter().rfind(|message| message.is_response()).unwrap();
    assert_eq!((answer.code(), &answer.to), (Some(Code::FORBIDDEN), &mallory.sm().into()));
}

#[test]
fn strangers_and_echoes_are_not_heard() {
    for at in 0..2 {
        let mut world = World::call(4);
        let object = world.object();
        let stranger = Url::parse("hyperty://a.test/mallory").unwrap();
        let (own, other) = (world.parties[at].hyperty.clone(), world.parties[1 - at].hyperty.clone());
        let post = |from: &Url, id: &str| Child::chat(id, from, &object, id, None).draft(from, &object);
        let before = world.passed.len();
        world.deliver(at, message(post(&stranger, "1-m#1")));
        world.deliver(at, message(post(&own, "1-e#1")));
        let typing = Draft::new(Kind::Event, &stranger, object.children()).with("value", "typing");
        world.deliver(at, message(typing));
        assert_eq!(world.passed.len(), before, "neither is acknowledged");
        let mut to_object = post(&other, "1-o#1");
        to_object.to = object.clone().into();
        let older = Draft { to: object.child("/children/resources").into(), ..post(&other, "1-o#2") };
        if at == 0 {
            world.deliver(at, message(to_object));
        }
        world.deliver(at, message(older.clone()));
        world.deliver(at, message(older));
        let expected = if at == 0 { vec![said("1-o#1"), said("1-o#2")] } else { vec![said("1-o#2")] };
        assert_eq!(world.texts(at), expected);
        assert!(world.parties[at].conversation.as_ref().unwrap().view().typing.is_empty());
    }
}

#[test]
fn texts_have_limits_and_lose_control_characters() {
    let mut world = World::call(5);
    let long = "x".repeat(MAX_TEXT + 1);
    for (text, error) in [
        ("", SayError::Empty),
        (" \n\u{7}", SayError::Empty),
        (long.as_str(), SayError::TooLong(MAX_TEXT + 1)),
    ] {
        assert_eq!(world.act(0, |conversation, line| conversation.say(line, text)), Err(error));
    }
    world.say(0, &"é".repeat(MAX_TEXT / 2));
    world.say(0, "a\u{0}b\u{1b}[0m");
    let (alice, object) = (world.parties[0].hyperty.clone(), world.object());
    let raw = Child::chat("2-x#1", &alice, &object, &format!("\u{8}{long}"), None);
    world.deliver(1, message(raw.draft(&alice, &object)));
    world.run(500);
    let texts: Vec<String> = world.texts(1).into_iter().map(|(_, text)| text).collect();
    assert!(texts.contains(&"ab[0m".to_owned()));
    assert!(texts.iter().all(|text| text.len() <= MAX_TEXT) && texts.len() == 3);
}

#[test]
fn writing_is_shown_for_a_while() {
    let mut world = World::call(6);
    for _ in 0..20 {
        world.act(0, |conversation, line| conversation.typing(line, true));
        world.run(100);
    }
    let events = world.passed.iter().filter(|message| message.kind == Kind::Event).count();
    assert_eq!(events, 1, "twenty letters in two seconds are told once");
    let typing = |world: &World| world.parties[1].conversation.as_ref().unwrap().view().typing;
    assert_eq!(typing(&world), ["alice"]);
    world.run(4100);
    assert!(typing(&world).is_empty());
    world.act(0, |conversation, line| conversation.typing(line, true));
    world.say(0, "done");
    world.run(100);
    assert!(typing(&world).is_empty(), "who has said it writes no longer");
}

#[test]
fn the_end_is_the_same_for_both() {
    for at in 0..2 {
        let mut world = World::call(7);
        world.say(at, "bye");
        world.run(100);
        world.act(at, |conversation, line| conversation.close(line));
        world.run(100);
        let other = world.parties[1 - at].conversation.as_ref().unwrap().view();
        assert_eq!(
            (other.open, other.lines.len()),
            (at == 1, 1),
            "a guest's leaving ends nothing for the owner"
        );
        assert_eq!(world.act(at, |conversation, line| conversation.say(line, "x")), Err(SayError::Closed));
        assert_eq!(world.act(at, |conversation, _| conversation.file_plan()), Default::default());
        let deadline = world.parties[at].conversation.as_ref().unwrap().deadline();
        assert_eq!(deadline, None);
    }
}

#[test]
fn nothing_waits_without_a_bound() {
    let mut world = World::call(8);
    world.cut(0);
    let mut refused = 0;
    for n in 0..1000 {
        let said = world.act(0, |conversation, line| conversation.say(line, &format!("{n}")));
        refused += usize::from(said == Err(SayError::TooMuch));
    }
    assert_eq!(refused, 1000 - crate::outbox::MAX_WAITING);
    let (alice, object) = (world.parties[0].hyperty.clone(), world.object());
    for n in 0..2000 {
        let child = Child::chat(&format!("{n}-z#{n}"), &alice, &object, "flood", None);
        world.deliver(1, message(child.draft(&alice, &object)));
    }
    assert_eq!(world.texts(1).len(), crate::lines::MAX_LINES);
}
