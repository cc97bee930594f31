//! The meeting with power: what the room rules is so at once, what it refuses is told, and nothing opens by itself.

use std::time::Duration;

use crate::house::{Door, House, person};
use confab_contract::{
    Intent, InvitationStatus, Layout, MeetingPhase, ProblemCode, Role, Silenced, SwitchState,
};
use confab_media_model::LegRole;
use confab_user_agent::Input;
use serde_json::json;

fn sends_sound(house: &House) -> bool {
    house.plan.legs.values().any(|leg| matches!(leg.role, LegRole::Publish { audio: Some(true), .. }))
}

#[test]
fn a_ruling_closes_the_microphone_at_once_and_it_stays_closed_until_lifted() {
    let mut house = House::joined("participant");
    assert!(sends_sound(&house));
    house.set(&["roster", "p2", "mutedByOrganiser"], true.into());
    assert_eq!(house.me().microphone, SwitchState::Off);
    assert!(!sends_sound(&house));
    let problem = house.problem(ProblemCode::SilencedByOrganiser).expect("it is told").clone();
    assert_eq!((problem.about.as_str(), problem.details.as_str()), ("Bob", "audio"));
    assert_eq!(house.ordered("setState").last(), Some(&json!([{"audioMuted": true, "videoMuted": false}])));

    house.intend(Intent::SetMicrophone { on: true });
    assert!(!sends_sound(&house), "a late unmute loses to the ruling");
    house.intend(Intent::PushToTalk { down: true });
    assert!(!sends_sound(&house), "so does the talk key");

    house.set(&["roster", "p2", "mutedByOrganiser"], false.into());
    house.signal("ask", json!({"unmute": "audio", "by": "p1"}));
    assert_eq!(house.room.unmute_asked_by.as_deref(), Some("Bob"));
    assert!(!sends_sound(&house), "a question opens nothing");
    house.intend(Intent::SetMicrophone { on: true });
    assert!(sends_sound(&house));
    assert_eq!(house.room.unmute_asked_by, None);
}

#[test]
fn a_camera_and_a_share_are_closed_by_a_ruling_too() {
    let mut house = House::joined("participant");
    house.intend(Intent::ShareScreen { source: None });
    assert_eq!(house.plan.legs.len(), 3);
    house.signal("stopped", json!({"media": "screen", "by": "p1"}));
    assert_eq!(house.plan.screen, None);
    assert_eq!(house.plan.legs.len(), 2);
    house.set(&["roster", "p2", "cameraStopped"], true.into());
    assert_eq!((house.me().camera, house.plan.camera.clone()), (SwitchState::Off, None));
    house.intend(Intent::SetCamera { on: true });
    assert_eq!(house.plan.camera, None);
    assert_eq!(
        house.problem(ProblemCode::SilencedByOrganiser).map(|problem| problem.details.as_str()),
        Some("video")
    );
}

#[test]
fn the_talk_key_opens_the_microphone_while_it_is_held() {
    let mut house = House::joined("participant");
    house.intend(Intent::SetMicrophone { on: false });
    house.intend(Intent::PushToTalk { down: true });
    assert!(sends_sound(&house));
    house.intend(Intent::PushToTalk { down: true });
    house.intend(Intent::PushToTalk { down: false });
    assert!(!sends_sound(&house));
    house.intend(Intent::SetMicrophone { on: true });
    house.intend(Intent::PushToTalk { down: true });
    house.intend(Intent::PushToTalk { down: false });
    assert!(sends_sound(&house), "an open microphone is not closed by letting go");
}

#[test]
fn every_power_is_an_order_to_the_room() {
    let mut house = House::joined("organiser");
    let waiting = json!({"w1": {"name": "Zoe", "user": "user://a.local/zoe@a.local", "since": "1"},
                         "w2": {"name": "Yan", "user": "user://a.local/yan@a.local", "since": "2"}});
    house.signal(
        "private",
        json!({"waiting": waiting, "trace": {"p1": {"user": "user://a.local/bob@a.local"}}}),
    );
    assert_eq!(house.room.waiting.len(), 2);
    let p1 = || "p1".to_owned();
    for (intent, method, params) in [
        (
            Intent::Silence { participant: p1(), what: Silenced::Microphone },
            "muteUser",
            json!(["p1", "audio"]),
        ),
        (Intent::Silence { participant: p1(), what: Silenced::Share }, "muteUser", json!(["p1", "screen"])),
        (Intent::MuteAll, "muteAll", json!([])),
        (
            Intent::AskToOpen { participant: p1(), what: Silenced::Camera },
            "unmuteUser",
            json!(["p1", "video"]),
        ),
        (
            Intent::Remove { participant: p1(), reason: "noise".into(), ban: true },
            "removeUser",
            json!(["p1", "noise", true]),
        ),
        (Intent::Admit { waiting: Some("w1".into()) }, "admit", json!(["w1"])),
        (Intent::Admit { waiting: None }, "admit", json!(["w1", "w2"])),
        (Intent::Refuse { waiting: "w2".into() }, "refuse", json!(["w2"])),
        (Intent::SetCoOrganiser { participant: p1(), on: true }, "setRole", json!(["p1", "co-organiser"])),
        (Intent::HandOver { participant: p1() }, "delegate", json!(["p1"])),
        (Intent::SetLocked { on: true }, "setRoom", json!([{"locked": true}])),
        (Intent::SetLobby { on: false }, "setRoom", json!([{"lobby": false}])),
        (Intent::SetGuests { on: false }, "setRoom", json!([{"guests": false}])),
        (Intent::SetInventedNames { on: false }, "setRoom", json!([{"invented": false}])),
        (Intent::RaiseHand { up: true }, "raiseHand", json!([true])),
        (Intent::LowerHand { participant: p1() }, "lowerHand", json!(["p1"])),
        (Intent::React { emoji: "👍".into() }, "react", json!(["👍"])),
    ] {
        house.orders.clear();
        house.intend(intent.clone());
        assert_eq!(house.ordered(method), [params], "{intent:?}");
        assert!(house.problems.is_empty(), "{intent:?}");
    }
}

#[test]
fn what_the_room_refuses_comes_back_as_a_problem() {
    let check = |answer: u16, intent: Intent, expected: Option<ProblemCode>| {
        let mut house = House::joined("participant");
        house.answers.push_back((answer, json!(null)));
        house.intend(intent.clone());
        assert_eq!(house.problems.first().map(|problem| problem.code), expected, "{intent:?} {answer}");
    };
    let mute = || Intent::Silence { participant: "p1".to_owned(), what: Silenced::Microphone };
    check(403, mute(), Some(ProblemCode::NotAllowed));
    check(404, mute(), None);
    check(429, Intent::React { emoji: "🎉".to_owned() }, Some(ProblemCode::TooFast));
    check(
        403,
        Intent::Invite { user: "zoe".to_owned(), name: String::new() },
        Some(ProblemCode::InvitationFailed),
    );
    check(200, Intent::Invite { user: "no one".to_owned(), name: String::new() }, Some(ProblemCode::BadUser));
    check(
        200,
        Intent::InviteByMail { address: "zoe".to_owned(), name: String::new(), language: None },
        Some(ProblemCode::BadUser),
    );
    let mut house = House::joined("participant");
    house.cut();
    house.intend(mute());
    assert!(house.problem(ProblemCode::RoomSilent).is_some(), "what cannot be asked is told at once");
}

#[test]
fn powers_follow_the_role_the_room_gives() {
    let mut house = House::joined("participant");
    assert!(!house.room.may.silence && house.room.may.invite);
    house.set(&["roster", "p2", "role"], "co-organiser".into());
    assert!(house.room.may.silence && !house.room.may.end);
    assert_eq!(house.ordered("private").len(), 1, "who becomes organiser asks who waits");
    assert_eq!(house.room.people.iter().find(|one| one.me).map(|one| one.role), Some(Role::CoOrganiser));
    house.set(&["roster", "p2", "role"], "participant".into());
    house.signal("private", json!({"waiting": {"w1": {"name": "Zoe"}}}));
    assert!(house.room.waiting.is_empty(), "what is for organisers is not shown to others");
}

#[test]
fn who_waits_is_told_so_and_then_let_in_or_not() {
    let mut house = House::new();
    house.door = Door::Wait;
    house.intend(Intent::Join { room: "4711".to_owned() });
    assert_eq!((house.phase(), house.plan.legs.len()), (MeetingPhase::Waiting, 0));
    house.open();
    assert_eq!(house.phase(), MeetingPhase::In);

    for (desc, code, details) in [
        ("refused", ProblemCode::NotAdmitted, ""),
        ("refused: not today", ProblemCode::NotAdmitted, "not today"),
        ("removed: too loud", ProblemCode::Removed, "too loud"),
        ("ended", ProblemCode::RoomClosed, "ended"),
    ] {
        let mut house = House::new();
        house.door = Door::Wait;
        house.intend(Intent::Join { room: "4711".to_owned() });
        house.turn_away(desc);
        assert_eq!(house.phase(), MeetingPhase::Idle);
        assert_eq!(house.problem(code).map(|problem| problem.details.as_str()), Some(details), "{desc}");
    }
}

#[test]
fn a_closed_door_says_why() {
    for (desc, code) in [
        ("locked", ProblemCode::RoomLocked),
        ("no-guests", ProblemCode::NoGuests),
        ("banned", ProblemCode::Removed),
        ("no", ProblemCode::RoomRefused),
    ] {
        let mut house = House::new();
        house.door = Door::Refuse(desc);
        house.intend(Intent::Join { room: "4711".to_owned() });
        assert_eq!(house.phase(), MeetingPhase::Idle);
        assert!(house.problem(code).is_some(), "{desc}");
    }
}

#[test]
fn who_is_put_out_hears_why_and_the_end_says_its_reason() {
    let mut house = House::joined("participant");
    house.put_out("too loud");
    assert_eq!((house.phase(), house.plan.legs.len()), (MeetingPhase::Idle, 0));
    assert_eq!(house.problem(ProblemCode::Removed).map(|problem| problem.details.as_str()), Some("too loud"));
    for (because, code) in [
        ("ended", ProblemCode::RoomClosed),
        ("organiser-left", ProblemCode::OrganiserGone),
        ("organiser-lost", ProblemCode::OrganiserGone),
    ] {
        let mut house = House::joined("participant");
        house.set(&["closedBecause"], because.into());
        let delete = house.reporter.delete();
        house.say(delete);
        assert_eq!(house.phase(), MeetingPhase::Idle);
        assert!(house.problem(code).is_some(), "{because}");
    }
}

#[test]
fn an_organiser_is_asked_before_the_meeting_ends_for_others() {
    let mut house = House::joined("organiser");
    house.intend(Intent::Leave);
    assert!(house.room.leaving && house.phase() == MeetingPhase::In);
    house.intend(Intent::Stay);
    assert!(!house.room.leaving);
    house.intend(Intent::Join { room: "4711".to_owned() });
    assert!(house.room.leaving, "another meeting would end this one as well");

    house.answers.push_back((403, json!(null)));
    house.intend(Intent::LeaveTo { participant: "p1".to_owned() });
    assert_eq!(house.phase(), MeetingPhase::In);
    assert!(house.problem(ProblemCode::NotAllowed).is_some());
    house.intend(Intent::LeaveTo { participant: "p1".to_owned() });
    assert_eq!(house.unsubscribed, 1);
    assert_eq!(house.ordered("delegate").len(), 2);
    assert_eq!(house.phase(), MeetingPhase::In, "then the other one is joined");

    let mut house = House::joined("organiser");
    house.intend(Intent::EndForAll);
    assert_eq!(
        (house.phase(), house.ordered("close").len(), house.problems.len()),
        (MeetingPhase::Idle, 1, 0)
    );

    let mut house = House::joined("organiser");
    house.remove(&["roster", "p1"]);
    house.intend(Intent::Leave);
    assert_eq!(house.phase(), MeetingPhase::Idle, "who is alone just leaves");
    let mut house = House::joined("co-organiser");
    house.intend(Intent::Leave);
    assert_eq!(house.phase(), MeetingPhase::Idle, "without a deputy the meeting goes on");
}

#[test]
fn who_could_not_hand_over_to_leave_is_not_put_out_by_it_later() {
    let mut house = House::joined("organiser");
    house.intend(Intent::Leave);
    house.cut();
    house.intend(Intent::LeaveTo { participant: "p1".to_owned() });
    assert!(house.problem(ProblemCode::RoomSilent).is_some());
    // Somebody else organises the room by the time that we are back.
    house.mend();
    assert_eq!(house.phase(), MeetingPhase::In);
}

#[test]
fn a_new_meeting_is_made_when_it_is_said_what_becomes_of_the_one_before() {
    let new = || Intent::CreateRoom { name: Some("4712".to_owned()) };
    let mut house = House::joined("organiser");
    house.intend(new());
    assert!(house.room.leaving && house.ordered("createRoom").is_empty());
    house.intend(Intent::Stay);
    assert!(house.ordered("createRoom").is_empty());
    house.intend(new());
    house.intend(Intent::LeaveTo { participant: "p1".to_owned() });
    assert_eq!(house.ordered("createRoom"), [json!([{"name": "4712"}])]);
}

#[test]
fn a_program_that_ends_leaves_the_meeting_to_a_deputy() {
    let mut house = House::joined("organiser");
    house.set(&["roster", "p5"], person("Eve", "co-organiser"));
    house.tell(Input::Close);
    assert_eq!(house.ordered("delegate"), [json!(["p5"])]);
    assert_eq!(house.unsubscribed, 1);
}

#[test]
fn reactions_float_by_and_hands_queue() {
    let mut house = House::joined("participant");
    house.shout("reaction", json!({"by": "p1", "emoji": "🎉"}));
    house.shout("reaction", json!({"by": "p1", "emoji": "<img>"}));
    let shown: Vec<(&str, &str)> =
        house.room.reactions.iter().map(|one| (one.name.as_str(), one.emoji.as_str())).collect();
    assert_eq!(shown, [("Bob", "🎉")]);
    house.pass(Duration::from_secs(6));
    assert!(house.room.reactions.is_empty());
    house.set(&["roster", "p1", "hand"], 4.into());
    house.set(&["roster", "p2", "hand"], 2.into());
    let hands: Vec<Option<u32>> = house.room.people.iter().map(|one| one.hand).collect();
    assert_eq!(hands, [Some(2), Some(1)]);
    let tiles: Vec<(bool, Option<u32>)> = house
        .stage()
        .large
        .iter()
        .chain(&house.stage().film)
        .map(|tile| (tile.organiser, tile.hand))
        .collect();
    assert_eq!(tiles, [(true, Some(2)), (false, Some(1))]);
    house.intend(Intent::SetLayout { layout: Layout::Grid });
    assert_eq!((house.stage().large.clone(), house.stage().film.len()), (None, 2));
}

#[test]
fn an_invitation_is_rung_when_the_room_has_taken_it() {
    let mut house = House::joined("participant");
    house.answers.push_back((200, json!(["i3"])));
    house.intend(Intent::Invite { user: "zoe@a.local".to_owned(), name: "Zoe".to_owned() });
    assert_eq!(house.ordered("invite"), [json!([[{"user": "user://a.local/zoe@a.local", "name": "Zoe"}]])]);
    // Zoe is signed in nowhere.
    assert_eq!(house.ordered("invitation"), [json!(["i3", "unreachable"])]);
    house.set(&["invited"], json!({"i3": {"name": "Zoe", "by": "p2", "status": "unreachable"}}));
    let invited = house.room.invited.first().expect("she is shown");
    assert_eq!((invited.status, invited.ours), (InvitationStatus::Unreachable, true));
    house.intend(Intent::CancelInvitation { invitation: "i3".to_owned() });
    assert_eq!(house.ordered("cancelInvitation"), [json!(["i3"])]);
    house.intend(Intent::InviteByMail {
        address: " zoe@c.example ".to_owned(),
        name: "Zoe".to_owned(),
        language: Some("de".to_owned()),
    });
    let asked = json!([[{"mail": "zoe@c.example", "name": "Zoe"}], {"language": "de"}]);
    assert_eq!(house.ordered("invite").last(), Some(&asked));
}

#[test]
fn who_was_put_out_while_away_waits_and_is_in_the_room_no_more() {
    let mut house = House::joined("participant");
    house.intend(Intent::ShareScreen { source: None });
    house.cut();
    house.door = Door::Wait;
    house.mend();
    assert_eq!((house.phase(), house.room.people.len()), (MeetingPhase::Waiting, 0));
    assert!(house.plan.legs.is_empty() && house.plan.screen.is_none(), "who waits offers nothing");
    house.open();
    assert_eq!((house.phase(), house.plan.legs.len()), (MeetingPhase::In, 2));
}

#[test]
fn a_refusal_to_let_us_back_in_is_the_end_with_its_reason() {
    let mut house = House::joined("participant");
    house.intend(Intent::ShareScreen { source: None });
    house.cut();
    house.door = Door::Refuse("removed: too loud");
    house.mend();
    assert_eq!((house.phase(), house.plan.clone()), (MeetingPhase::Idle, Default::default()));
    assert_eq!(house.problem(ProblemCode::Removed).map(|problem| problem.details.as_str()), Some("too loud"));
}

#[test]
fn a_meeting_that_outlives_its_organiser_is_left_without_a_question() {
    for (ends, asks) in [(None, true), (Some(true), true), (Some(false), false)] {
        let mut house = House::joined("organiser");
        if let Some(ends) = ends {
            house.set(&["endsWithOrganiser"], ends.into());
        }
        house.intend(Intent::Leave);
        assert_eq!((house.room.leaving, house.phase() == MeetingPhase::In), (asks, asks), "{ends:?}");
    }
}
