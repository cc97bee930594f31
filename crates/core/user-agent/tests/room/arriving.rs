//! Ways into a room: links, rooms of one's own and of other domains, and a look at one's devices before.

use std::time::Duration;

use confab_contract::{DeviceKind, Intent, MeetingPhase, ProblemCode};
use confab_user_agent::{Input, Secret, SignInFailure};
use serde_json::json;

use crate::house::{Door, House};

#[test]
fn a_link_is_shown_and_never_joins_or_asks_by_itself() {
    let mut house = House::new();
    let (sign_ins, plan) = (house.sign_ins.len(), house.plan.clone());
    house.intend(Intent::OpenLink { link: "https://a.local/j/4711#i=c0de".to_owned() });
    assert!(house.arrival.open && house.arrival.known);
    assert_eq!((house.arrival.server.as_str(), house.arrival.room.as_str()), ("https://a.local", "4711"));
    assert_eq!((house.phase(), house.sign_ins.len(), &house.plan), (MeetingPhase::Idle, sign_ins, &plan));
    house.intend(Intent::DropLink);
    assert!(!house.arrival.open);

    house.intend(Intent::OpenLink {
        link: "confab://join?server=https://a.local&room=4711&i=c0de".to_owned(),
    });
    let account = house.arrival.account;
    house.intend(Intent::FollowLink { account, name: String::new() });
    assert_eq!(house.phase(), MeetingPhase::In);
    assert!(!house.arrival.open);
    assert_eq!(house.asked_in.as_ref().and_then(|asked| asked.text("accessToken")), Some("c0de"));

    house.intend(Intent::OpenLink { link: "https://evil.example/welcome".to_owned() });
    assert!(house.problem(ProblemCode::BadLink).is_some() && !house.arrival.open);
}

#[test]
fn a_link_to_an_unknown_server_is_followed_as_a_guest_with_a_name() {
    let mut house = House::new();
    house.intend(Intent::OpenLink { link: "https://b.example/j/17".to_owned() });
    assert!(house.arrival.open && !house.arrival.known && house.arrival.account.is_none());
    house.intend(Intent::FollowLink { account: None, name: " ".to_owned() });
    assert!(house.arrival.open && house.sign_ins.is_empty(), "nobody comes in without a name");
    house.intend(Intent::FollowLink { account: None, name: "Zoe".to_owned() });
    let (account, base, secret) = house.sign_ins.pop().expect("a guest signs in");
    let wanted = Secret::Invited { room: "17".to_owned(), code: None, name: "Zoe".to_owned() };
    assert_eq!((base.as_str(), secret), ("https://b.example", wanted));
    house.tell(Input::SignedIn { account, grant: crate::house::grant("b.example", "guest-1") });
    assert_eq!(house.phase(), MeetingPhase::Joining);
    assert_eq!(house.meeting.as_ref().map(|meeting| meeting.room.as_str()), Some("17"));
}

#[test]
fn a_guest_of_a_room_is_nobody_in_another_one() {
    let mut house = House::new();
    let link = |room: &str| Intent::OpenLink { link: format!("https://b.example/j/{room}#i=c0de") };
    let come = Intent::FollowLink { account: None, name: "Zoe".to_owned() };
    house.intend(link("17"));
    house.intend(come.clone());
    let (account, _, secret) = house.sign_ins.pop().expect("a guest signs in");
    assert!(matches!(secret, Secret::Invited { code: Some(code), .. } if code == "c0de"));
    house
        .tell(Input::SignInFailed { account, failure: SignInFailure::Room("guests-not-allowed".to_owned()) });
    assert!(house.problem(ProblemCode::NoGuests).is_some());
    house.intend(link("17"));
    house.intend(come);
    assert!(house.problem(ProblemCode::NoGuests).is_none());
    let (account, ..) = house.sign_ins.pop().expect("a guest signs in");
    house.tell(Input::SignedIn { account, grant: crate::house::grant("b.example", "guest-1") });
    house.intend(link("17"));
    assert_eq!(house.arrival.account, Some(account), "they are there");
    house.intend(link("18"));
    assert!(house.arrival.open && !house.arrival.known, "and nobody in another room");
}

#[test]
fn a_link_that_led_nowhere_yet_is_still_there_until_it_did() {
    let mut house = House::new();
    let come = Intent::FollowLink { account: None, name: "Zoe".to_owned() };
    house.intend(Intent::OpenLink { link: "https://b.example/j/17".to_owned() });
    for word in ["full", "banned"] {
        house.intend(come.clone());
        let (account, ..) = house.sign_ins.pop().expect("a guest signs in");
        assert!(!house.arrival.open);
        house.tell(Input::SignInFailed { account, failure: SignInFailure::Room(word.to_owned()) });
        assert_eq!(house.arrival.open, word == "full", "{word}");
    }
}

#[test]
fn whoever_tries_again_still_has_the_invitation() {
    let mut house = House::new();
    house.door = Door::Refuse("locked");
    house.intend(Intent::OpenLink { link: "https://a.local/j/4711#i=c0de".to_owned() });
    let account = house.arrival.account;
    house.intend(Intent::FollowLink { account, name: String::new() });
    let problem = house.problem(ProblemCode::RoomLocked).expect("it is told").id;
    house.door = Door::Open;
    house.asked_in = None;
    house.intend(Intent::Resolve { problem });
    assert_eq!(house.phase(), MeetingPhase::In);
    assert_eq!(house.asked_in.as_ref().and_then(|asked| asked.text("accessToken")), Some("c0de"));
}

#[test]
fn a_mistyped_password_ends_nothing_of_an_account_that_is_signed_in() {
    let mut house = House::joined("participant");
    let sign_in = || {
        let (server, password) = ("https://a.local".to_owned(), "secret".to_owned());
        Intent::SignIn { server, user: "alice".to_owned(), password }
    };
    for (failure, problem) in [
        (SignInFailure::Wrong, ProblemCode::WrongPassword),
        (SignInFailure::Unreachable("no route".to_owned()), ProblemCode::ServerUnreachable),
    ] {
        house.intend(sign_in());
        let (account, _, secret) = house.sign_ins.pop().expect("the server is asked");
        assert!(matches!(secret, Secret::Password(_)));
        house.tell(Input::SignInFailed { account, failure });
        assert!(house.problem(problem).is_some(), "{problem:?}");
        assert_eq!((house.phase(), house.unsubscribed), (MeetingPhase::In, 0));
    }
    house.intend(sign_in());
    let (account, ..) = house.sign_ins.pop().expect("the server is asked");
    house.tell(Input::SignedIn { account, grant: crate::house::grant("a.local", "alice") });
    assert_eq!((house.phase(), house.unsubscribed), (MeetingPhase::In, 0));
}

#[test]
fn a_room_of_another_domain_is_looked_for_there() {
    let mut house = House::new();
    house.intend(Intent::Join { room: "17@b.example".to_owned() });
    assert_eq!(house.phase(), MeetingPhase::Joining);
    assert_eq!(house.meeting.as_ref().map(|meeting| meeting.room.as_str()), Some("17@b.example"));
    let account = 1;
    let domain = confab_rethink::Domain::parse("b.example").expect("a domain");
    house.tell(Input::Discovered { account, domain, node: None });
    assert!(house.problem(ProblemCode::DomainUnreachable).is_some());
    assert_eq!(house.phase(), MeetingPhase::Idle);
}

#[test]
fn devices_can_be_looked_at_before_joining_and_nothing_is_sent() {
    let mut house = House::new();
    assert_eq!((house.plan.camera.clone(), house.plan.microphone.clone()), (None, None));
    house.intend(Intent::CheckDevices { on: true });
    assert!(house.plan.camera.is_some() && house.plan.microphone.is_some() && house.plan.legs.is_empty());
    house.intend(Intent::ChooseDevice { kind: DeviceKind::Camera, device: None });
    house.intend(Intent::TestSpeaker);
    assert!(house.plan.ring.is_some());
    house.pass(Duration::from_secs(3));
    assert!(house.plan.ring.is_none() && house.plan.camera.is_some());
    house.intend(Intent::CheckDevices { on: false });
    assert!(house.plan.camera.is_none());
}

#[test]
fn a_room_of_ones_own_is_made_and_joined() {
    let mut house = House::new();
    house.answers.push_back((200, json!({"name": "4711", "link": "https://a.local/j/4711"})));
    house.intend(Intent::CreateRoom { name: Some("4711".to_owned()) });
    assert_eq!(house.ordered("createRoom"), [json!([{"name": "4711"}])]);
    assert_eq!(house.phase(), MeetingPhase::In);
    assert_eq!(house.room.link, "https://a.local/j/4711");
    for (answer, name, code) in [
        (409, "taken", ProblemCode::BadRoomName),
        (403, "mine", ProblemCode::NotAllowed),
        (200, "not a name", ProblemCode::BadRoomName),
    ] {
        let mut house = House::new();
        house.answers.push_back((answer, json!(null)));
        house.intend(Intent::CreateRoom { name: Some(name.to_owned()) });
        assert!(house.problem(code).is_some() && house.phase() == MeetingPhase::Idle, "{name}");
    }
}
