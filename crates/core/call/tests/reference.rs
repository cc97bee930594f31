//! Calls with peers of other makes, as they were seen on the wire: metadata-only invitations, candidates in every place, few
//! answers.

mod common;

use common::{World, url};
use confab_contract::{CallEnd, CallPhase, Proof};
use confab_media_model::MediaFact;
use confab_rethink::{Draft, Kind, Message, Url};
use serde_json::{Value, json};

const BOB: &str = "user://a.example/rob@a.example";
const THEIRS: &str = "connection://a.example/theirs";
const HOST: &str = "candidate:7 1 udp 2122260223 192.0.2.7 50001 typ host";
const SDP: &str = "v=0\r\no=- 461171 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\n";

/// Alice and a peer of another make.
fn world() -> (World, usize, Url) {
    let mut world = World::new(&["a.example"]);
    world.says_404 = false;
    world.sit("alice", "a.example", "h1");
    let raw = world.raw("rob", "a.example", "rob");
    world.listen(raw, "runtime://a.example/raw/sm");
    for suffix in ["", "/subscription"] {
        world.listen(raw, &format!("{THEIRS}{suffix}"));
    }
    let alice = world.seats[0].hyperty.clone();
    (world, raw, alice)
}

fn last(world: &World, raw: usize, kind: Kind) -> Message {
    let found = world.raws[raw].inbox.iter().rev().find(|message| message.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind} arrived")).clone()
}

/// Subscribes to an object as `runtime/sm`, and returns the data it has.
fn subscribe(world: &mut World, raw: usize, object: &Url) -> Value {
    let subscribe = Draft::new(Kind::Subscribe, url("runtime://a.example/raw/sm"), object.subscription())
        .with("subscriber", "hyperty://a.example/rob");
    world.say(raw, subscribe);
    let answer = last(world, raw, Kind::Response);
    answer.value().expect("it is admitted")["data"].clone()
}

fn invite(world: &mut World, raw: usize, to: &Url) {
    let invitation = Draft::new(Kind::Create, url(THEIRS).subscription(), to)
        .with("source", "hyperty://a.example/rob")
        .with("schema", "hyperty-catalogue://catalogue.a.example/.well-known/dataschema/Connection")
        .with("value", metadata());
    world.say(raw, invitation);
}

fn metadata() -> Value {
    json!({"resources": ["audio", "video"], "name": "Call to bob", "reporter": "hyperty://a.example/rob", "resume": false,
        "schema": "hyperty-catalogue://catalogue.a.example/.well-known/dataschema/Connection", "url": THEIRS,
        "runtime": "runtime://a.example/raw", "status": "live", "childrens": []})
}

/// Answers the subscribe to our object with this data.
fn admit(world: &mut World, raw: usize, data: Value) {
    let mut value = metadata();
    value["data"] = data;
    value["version"] = json!(0);
    let asked = last(world, raw, Kind::Subscribe);
    world.answer(raw, asked.ok(value));
}

fn update(world: &mut World, raw: usize, version: u64, change: Value) {
    let mut draft = Draft::new(Kind::Update, url(THEIRS), url(THEIRS).changes())
        .with("version", version)
        .with("source", "hyperty://a.example/rob");
    draft.body.extend(change.as_object().expect("a body").clone());
    world.say(raw, draft);
}

fn delete(world: &mut World, raw: usize) {
    world.say(raw, Draft::new(Kind::Delete, url(THEIRS).subscription(), url(THEIRS).changes()));
}

fn object(world: &World, raw: usize) -> Url {
    let invitation = last(world, raw, Kind::Create);
    invitation.from.url().and_then(|url| url.strip_suffix("/subscription")).expect("it invites to an object")
}

fn connect(world: &mut World) {
    let leg = world.seats[0].calls.leg().expect("there is a leg");
    world.with(0, |calls, line| calls.fact(line, &MediaFact::LegUp { leg, generation: 0 }));
}

#[test]
fn a_reference_callee_is_called_and_answers_with_one_candidate_after_the_other() {
    let (mut world, raw, alice) = world();
    world.call(0, BOB, false);
    let offer = object(&world, raw);
    let invitation = last(&world, raw, Kind::Create);
    assert!(invitation.value().is_some_and(|value| value.get("data").is_none()), "metadata only");
    world.answer(raw, invitation.response(200));
    assert_eq!(world.phase(0), CallPhase::Calling);
    let data = subscribe(&mut world, raw, &offer);
    assert!(data["connectionDescription"]["sdp"].is_string());
    assert_eq!(world.phase(0), CallPhase::Ringing);

    invite(&mut world, raw, &alice);
    let empty = json!({"scheme": "connection", "status": "", "owner": data["owner"], "peer": data["peer"],
        "connectionDescription": {}, "iceCandidates": []});
    admit(&mut world, raw, empty);
    assert_eq!(world.phase(0), CallPhase::Connecting);
    let answer = json!({"attribute": "connectionDescription", "value": {"type": "answer", "sdp": SDP}});
    update(&mut world, raw, 1, answer);
    let first = json!({"attribute": "iceCandidates", "value": [{"type": "candidate", "candidate": HOST}]});
    update(&mut world, raw, 2, first);
    let second = json!({"attribute": "iceCandidates.1", "attributeType": "array", "operation": "add",
        "value": {"candidate": HOST.replace("7 1", "8 1"), "sdpMid": "0"}});
    update(&mut world, raw, 3, second);
    let plan = world.seats[0].engine.plan.clone().expect("media is on its way");
    let remote = plan.legs.values().next().and_then(|leg| leg.answer.clone()).expect("it is answered");
    assert_eq!((remote.sdp.as_str(), remote.candidates.len()), (SDP, 2));
    connect(&mut world);
    assert_eq!(world.phase(0), CallPhase::Active);
    assert_eq!(world.seats[0].calls.view(0, false).proof, Proof::None);
    let theirs = world.seats[0].calls.theirs().expect("they talk");
    assert!(theirs.audio && theirs.video, "somebody who says nothing of it is heard and seen");
    delete(&mut world, raw);
    assert_eq!(world.end(0), Some(CallEnd::TheyHungUp));
}

#[test]
fn a_reference_callee_that_never_acknowledges_but_looks_is_ringing() {
    let (mut world, raw, _) = world();
    world.call(0, BOB, false);
    let offer = object(&world, raw);
    subscribe(&mut world, raw, &offer);
    world.seconds(20);
    assert_eq!(world.phase(0), CallPhase::Ringing);
    world.seconds(30);
    assert_eq!(world.end(0), Some(CallEnd::NoAnswer));
}

#[test]
fn a_reference_callee_declines_by_486_or_by_looking_away() {
    let (mut world, raw, _) = world();
    world.call(0, BOB, false);
    let invitation = last(&world, raw, Kind::Create);
    world.answer(raw, invitation.response(486));
    assert_eq!(world.end(0), Some(CallEnd::Busy));
    world.call(0, BOB, false);
    let offer = object(&world, raw);
    let invitation = last(&world, raw, Kind::Create);
    world.answer(raw, invitation.response(200));
    subscribe(&mut world, raw, &offer);
    let away = Draft::new(Kind::Unsubscribe, url("runtime://a.example/raw/sm"), offer.subscription())
        .with("source", "hyperty://a.example/rob");
    world.say(raw, away);
    assert_eq!(world.end(0), Some(CallEnd::Declined));
}

#[test]
fn a_silent_peer_is_unreachable() {
    let (mut world, _, _) = world();
    world.call(0, BOB, false);
    world.seconds(24);
    assert_eq!(world.phase(0), CallPhase::Calling);
    world.seconds(2);
    assert_eq!(world.end(0), Some(CallEnd::Offline));
}

#[test]
fn a_reference_caller_whose_offer_comes_late_is_answered() {
    for late in [true, false] {
        let (mut world, raw, alice) = world();
        invite(&mut world, raw, &alice);
        assert_eq!(last(&world, raw, Kind::Response).code(), Some(200.into()));
        let described = json!({"type": "offer", "sdp": SDP});
        let data = json!({"scheme": "connection", "owner": "hyperty://a.example/rob", "peer": alice.as_str(), "status": "",
            "connectionDescription": if late { json!({}) } else { described.clone() }, "iceCandidates": [HOST]});
        admit(&mut world, raw, data);
        assert_eq!(world.phase(0), CallPhase::Incoming);
        assert!(world.seats[0].engine.plan.as_ref().is_some_and(|plan| plan.legs.is_empty()));
        world.accept(0, false);
        if late {
            update(&mut world, raw, 1, json!({"attribute": "connectionDescription", "value": described}));
        }
        let plan = world.seats[0].engine.plan.clone().expect("media is on its way");
        let offer = plan.legs.values().next().and_then(|leg| leg.offer.clone()).expect("we answer");
        assert_eq!(offer.candidates, [HOST], "late {late}");
        let ours = object(&world, raw);
        let invitation = last(&world, raw, Kind::Create);
        world.answer(raw, invitation.response(200));
        let data = subscribe(&mut world, raw, &ours);
        assert_eq!(data["connectionDescription"]["type"], "answer");
        assert_eq!(data["iceCandidates"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&data["owner"], &data["peer"]),
            (&json!("hyperty://a.example/rob"), &json!(alice.as_str()))
        );
        connect(&mut world);
        assert_eq!(world.phase(0), CallPhase::Active);
        // A second offer in the same object asks for a new transport.
        let second = json!({"attribute": "connectionDescription", "value": {"type": "offer", "sdp": format!("{SDP}a=x\r\n")}});
        update(&mut world, raw, 1 + u64::from(late), second);
        assert_eq!(world.phase(0), CallPhase::Restoring);
        let generation =
            world.seats[0].engine.plan.as_ref().and_then(|plan| Some(plan.legs.values().next()?.generation));
        assert_eq!(generation, Some(1));
        delete(&mut world, raw);
        assert_eq!(world.end(0), Some(CallEnd::TheyHungUp));
    }
}

#[test]
fn a_reference_peer_that_lets_nobody_read_its_object_again_is_talked_to_all_the_same() {
    let (mut world, raw, alice) = world();
    invite(&mut world, raw, &alice);
    let data = json!({"owner": "hyperty://a.example/rob", "peer": alice.as_str(),
        "connectionDescription": {"type": "offer", "sdp": SDP}});
    admit(&mut world, raw, data);
    world.accept(0, false);
    let ours = object(&world, raw);
    let invitation = last(&world, raw, Kind::Create);
    world.answer(raw, invitation.response(200));
    subscribe(&mut world, raw, &ours);
    connect(&mut world);
    for code in [401, 500] {
        world.seconds(31);
        let read = last(&world, raw, Kind::Read);
        world.answer(raw, read.error(code, "no"));
        assert_eq!(world.phase(0), CallPhase::Active, "{code}");
    }
}

#[test]
fn a_reference_caller_gives_up_by_deleting_its_object() {
    let (mut world, raw, alice) = world();
    invite(&mut world, raw, &alice);
    admit(&mut world, raw, json!({"owner": "hyperty://a.example/rob"}));
    assert_eq!(world.phase(0), CallPhase::Incoming);
    assert_eq!(world.seats[0].calls.view(0, false).peer.user, "hyperty://a.example/rob", "nobody was named");
    delete(&mut world, raw);
    assert_eq!(world.end(0), Some(CallEnd::Missed));
}

#[test]
fn a_reference_peer_that_calls_while_it_is_called_follows_the_order_of_addresses() {
    // `h1` is lower than `rob`: our offer is kept, theirs is let go.
    let (mut world, raw, alice) = world();
    world.call(0, BOB, false);
    invite(&mut world, raw, &alice);
    admit(&mut world, raw, json!({"owner": "hyperty://a.example/rob", "peer": alice.as_str()}));
    assert_eq!(last(&world, raw, Kind::Unsubscribe).to, url(THEIRS).subscription());
    assert_eq!(world.phase(0), CallPhase::Calling);
    let offer = object(&world, raw);
    subscribe(&mut world, raw, &offer);
    assert_eq!(world.phase(0), CallPhase::Ringing);
}

#[test]
fn an_object_with_data_only_is_no_call() {
    let (mut world, raw, alice) = world();
    let mut value = metadata();
    value["resources"] = json!(["data"]);
    let invitation = Draft::new(Kind::Create, url(THEIRS).subscription(), &alice)
        .with("source", "hyperty://a.example/rob")
        .with("value", value);
    world.say(raw, invitation);
    assert!(!world.seats[0].calls.is_under_way());
}
