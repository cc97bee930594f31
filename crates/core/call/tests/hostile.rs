//! Messages that nobody of good will would send.

mod common;

use common::{World, url};
use confab_contract::CallPhase;
use confab_rethink::{Body, Draft, Kind, Message, MessageId};
use confab_types::Chance;
use serde_json::{Value, json};

const BOB: &str = "user://a.example/bob@a.example";

/// Alice rings Bob, and Mallory is signed in too.
fn ringing() -> (World, usize, String) {
    let mut world = World::pair();
    let mallory = world.raw("mallory", "a.example", "mallory");
    world.listen(mallory, "runtime://a.example/mallory/sm");
    world.call(0, BOB, false);
    let invitation = world.wire.iter().find(|message| message.kind == Kind::Create).expect("Bob is invited");
    let object = invitation.from.as_str().trim_end_matches("/subscription").to_owned();
    (world, mallory, object)
}

#[test]
fn strangers_can_neither_look_at_a_call_nor_end_or_change_it() {
    let (mut world, mallory, object) = ringing();
    let object = url(&object);
    let me = url("hyperty://a.example/mallory");
    let sm = url("runtime://a.example/mallory/sm");
    let bob = "hyperty://a.example/h2";
    for draft in [
        Draft::new(Kind::Subscribe, &sm, object.subscription()).with("subscriber", me.as_str()),
        Draft::new(Kind::Read, &me, &object),
        Draft::new(Kind::Execute, &me, &object).with("method", "hangUp").with("params", json!([])),
        Draft::new(Kind::Unsubscribe, &sm, object.subscription()).with("source", bob),
        Draft::new(Kind::Delete, &me, object.changes()),
        Draft::new(Kind::Update, &me, object.changes()).with("attribute", "media.audio").with("value", false),
        Draft::new(Kind::Update, &object, object.changes())
            .with("attribute", "closedBecause")
            .with("value", "taken")
            .with("version", 9)
            .with("source", me.as_str()),
        Draft::new(Kind::Unsubscribe, &me, url(bob)).with("resource", object.as_str()),
        Draft::new(Kind::Create, &me, object.children()).with("value", json!({"x": 1})),
    ] {
        world.say(mallory, draft.clone());
        assert_eq!(world.phases(), [CallPhase::Ringing, CallPhase::Incoming], "{draft:?}");
    }
    for message in &world.raws[mallory].inbox {
        assert!(!message.to_json().contains("v=0"), "the offer has leaked: {}", message.to_json());
    }
}

#[test]
fn nonsense_of_every_kind_leaves_a_ringing_telephone_alone() {
    let (mut world, mallory, object) = ringing();
    let values = [
        json!(null),
        json!(5),
        json!("x"),
        json!([]),
        json!({}),
        json!([{"candidate": {}}]),
        json!({"sdp": 7}),
    ];
    let object = url(&object);
    for (at, value) in values.iter().enumerate() {
        for attribute in [
            "connectionDescription",
            "iceCandidates",
            "media",
            "media.audio",
            "answers",
            "conversation",
            "x.y",
        ] {
            let update = Draft::new(Kind::Update, &object, object.changes())
                .with("attribute", attribute)
                .with("value", value.clone())
                .with("version", 100 + at as u64)
                .with("source", "hyperty://a.example/h1");
            world.say(mallory, update);
        }
    }
    let alive = |phase: CallPhase| !matches!(phase, CallPhase::Active);
    assert!(world.phases().into_iter().all(alive));
}

#[test]
fn a_huge_description_is_not_taken() {
    let mut world = World::pair();
    let raw = world.raw("mallory", "a.example", "mallory");
    for suffix in ["", "/subscription"] {
        world.listen(raw, &format!("connection://a.example/big{suffix}"));
    }
    let object = url("connection://a.example/big");
    let invitation = Draft::new(Kind::Create, object.subscription(), url("hyperty://a.example/h2"))
        .with("source", "hyperty://a.example/mallory")
        .with("value", json!({"resources": ["audio"]}));
    world.say(raw, invitation);
    let asked = world.raws[raw]
        .inbox
        .iter()
        .find(|message| message.kind == Kind::Subscribe)
        .expect("Bob looks")
        .clone();
    let big = format!("v=0\r\n{}", "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n".repeat(5_000));
    let many: Vec<Value> = (0..5_000)
        .map(|n| json!({"candidate": format!("candidate:{n} 1 udp 1 192.0.2.1 5000 typ host")}))
        .collect();
    let value = json!({"url": object.as_str(), "reporter": "hyperty://a.example/mallory", "version": 0,
        "data": {"connectionDescription": {"type": "offer", "sdp": big}, "iceCandidates": many}});
    world.answer(raw, asked.ok(value));
    assert_eq!(world.phase(1), CallPhase::Incoming);
    world.accept(1, false);
    assert_eq!(world.phase(1), CallPhase::Connecting, "there is no description to answer");
    let update = Draft::new(Kind::Update, &object, object.changes())
        .with("attribute", "connectionDescription")
        .with("value", json!({"type": "offer", "sdp": "v=0\r\nm=audio 9 x\r\n"}))
        .with("version", 1)
        .with("source", "hyperty://a.example/mallory");
    world.say(raw, update);
    let plan = world.seats[1].engine.plan.clone().expect("it is answered");
    let offer = plan.legs.values().next().and_then(|leg| leg.offer.clone()).expect("there is an offer");
    assert_eq!(offer.candidates.len(), 64);
}

#[test]
fn a_name_cannot_turn_the_text_around_it() {
    let mut world = World::pair();
    world.seats[0].identity.name = Some(format!("Mal\u{202e}lory\u{7}{}", "x".repeat(500)));
    world.call(0, BOB, false);
    let name = world.seats[1].calls.view(0, false).peer.name;
    assert!(name.starts_with("Mallory") && name.chars().count() == 120, "{name:?}");
}

#[test]
fn no_invitation_whatever_it_holds_breaks_the_telephone() {
    let mut chance = Chance::from_number(77);
    let words = [
        "connection://a.example/x/subscription",
        "connection://a.example/x",
        "hyperty://a.example/h1",
        "",
        "a b",
        "PEP",
        "comm://a.example/y/subscription",
        "hyperty://a.example/h2",
        "user://a.example/zoe@a.example",
    ];
    let mut world = World::pair();
    for _ in 0..2_000 {
        let mut pick = || words[chance.below(words.len() as u64) as usize];
        let (from, source, reporter) = (pick(), pick(), pick());
        let Ok(from) = confab_rethink::Address::parse(from) else { continue };
        let mut body = Body::new();
        body.insert("source".into(), source.into());
        let user = pick();
        body.insert("identity".into(), json!({"userProfile": {"userURL": user, "username": pick()}}));
        body.insert(
            "value".into(),
            json!({"reporter": reporter, "resources": [pick()], "call": pick(), "answers": pick()}),
        );
        let message = Message {
            id: MessageId::new(1 + chance.below(1_000)).expect("positive"),
            kind: Kind::Create,
            from,
            to: (&url("hyperty://a.example/h1")).into(),
            body,
        };
        world.with(0, |calls, line| calls.incoming(line, &message));
        if chance.percent(3) {
            world.seconds(60);
        }
    }
    world.seconds(120);
    assert_eq!(world.phase(0), CallPhase::Idle);
}
