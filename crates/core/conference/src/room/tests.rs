//! The room as its members see it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn entry(n: u32, role: &str) -> Value {
    json!({"hypertyURL": format!("hyperty://a.example/{n}"), "name": format!("N{n}"), "role": role,
           "user": format!("user://a.example/n{n}@a.example")})
}

fn room() -> Roster {
    Roster::read(&json!({
        "moderated": true, "organiser": "p1", "locked": true, "lobby": true, "guests": true,
        "link": "https://a.example/j/4711",
        "roster": {"p1": entry(1, "organiser"), "p2": entry(2, "co-organiser"), "p3": entry(3, "participant"), "p4": entry(4, "guest")},
        "invited": {"i1": {"name": "Daniel", "user": "user://b.example/daniel@b.example", "by": "p2", "status": "ringing"},
                    "i2": {"mail": "erin@c.example", "by": "p1", "status": "mailed"}, "i3": {"status": "?"}},
    }))
}

fn private() -> Private {
    Private::read(&json!({
        "waiting": {"w2": {"name": "Zoe", "user": "user://a.example/zoe@a.example", "guest": false, "since": "2030-01-01T00:00:09Z"},
                    "w1": {"name": "Guest Yan", "mail": "yan@c.example", "guest": true, "since": "2030-01-01T00:00:01Z"}, "w3": 5},
        "trace": {"p4": {"user": "user://a.example/guest-1@a.example", "identity": "yan@c.example", "address": "3f9a"}},
    }))
}

fn seen_by(me: &str) -> RoomView {
    room_view(&room(), &ParticipantId::new(me), "4711", "a.example", &private())
}

#[test]
fn power_comes_with_the_role_and_only_in_a_moderated_room() {
    let check = |role, [silence, door, roles, end, invite]: [bool; 5]| {
        let rules = Rules { moderated: true, ..Rules::default() };
        let expected = Powers { silence, remove: silence, door, roles, end, invite, react: true };
        assert_eq!(powers(&rules, role), expected, "{role:?}");
        assert_eq!(powers(&Rules::default(), role), Powers::default(), "{role:?} without a moderator");
    };
    check(Role::Organiser, [true, true, true, true, true]);
    check(Role::CoOrganiser, [true, true, false, false, true]);
    check(Role::Participant, [false, false, false, false, true]);
    check(Role::Guest, [false, false, false, false, false]);
}

#[test]
fn who_waits_and_who_they_really_are_is_for_organisers() {
    for (me, told) in [("p1", true), ("p2", true), ("p3", false), ("p4", false)] {
        let view = seen_by(me);
        assert_eq!(view.waiting.len(), if told { 2 } else { 0 }, "{me}");
        let traced = view.people.iter().any(|one| one.trace.is_some());
        assert_eq!(traced, told, "{me}");
    }
    let view = seen_by("p1");
    let names: Vec<(&str, &str)> =
        view.waiting.iter().map(|one| (one.name.as_str(), one.who.as_str())).collect();
    assert_eq!(names, [("Guest Yan", "yan@c.example"), ("Zoe", "zoe@a.example")]);
    assert_eq!(view.people[3].trace.as_deref(), Some("yan@c.example · guest-1@a.example · 3f9a"));
}

#[test]
fn an_invitation_is_ours_when_we_have_made_it() {
    let view = seen_by("p2");
    let invited: Vec<(&str, &str, bool)> =
        view.invited.iter().map(|one| (one.id.as_str(), one.name.as_str(), one.ours)).collect();
    assert_eq!(invited, [("i1", "Daniel", true), ("i2", "erin@c.example", false)]);
}

#[test]
fn a_link_that_is_no_web_address_is_not_shown() {
    for (link, shown) in
        [("https://a/j/1", "https://a/j/1"), ("javascript:alert(1)", ""), ("https://a/\nj", "https://a/j")]
    {
        assert_eq!(Rules::read(&json!({"link": link})).link, shown);
    }
}

#[test]
fn a_log_is_read_in_both_clocks() {
    let log = Private::log(&json!({"log": [
        {"at": 5, "what": "joined", "who": "N1"},
        {"at": "2030-01-01T00:00:00.250Z", "what": "removed", "by": "N1", "who": "N3", "text": "noise"},
        {"at": "yesterday", "what": "left"}, {"what": "left"}, 7]}));
    let at: Vec<u64> = log.iter().map(|line| line.at).collect();
    assert_eq!(at, [5, 1_893_456_000_250]);
    assert_eq!((log[1].by.as_str(), log[1].who.as_str(), log[1].text.as_str()), ("N1", "N3", "noise"));
}

proptest! {
    #[test]
    fn no_data_of_a_room_panics_and_hands_are_a_queue_without_gaps(
        hands in proptest::collection::btree_map(1u32..60, proptest::option::of(0u64..9), 0..40),
        noise in ".{0,40}",
    ) {
        let roster: serde_json::Map<String, Value> = hands.iter().map(|(n, hand)| {
            let mut entry = entry(*n, &noise);
            entry["hand"] = json!(hand);
            entry["user"] = json!(noise);
            (format!("p{n}"), entry)
        }).collect();
        let data = json!({"roster": roster, "link": noise, "invited": {"i": {"status": noise, "name": noise}}, "organiser": noise});
        let private = Private::read(&json!({"waiting": {"w": {"name": noise, "user": noise}}, "trace": {"p1": noise}}));
        let view = room_view(&Roster::read(&data), &ParticipantId::new("p1"), "1", "a.example", &private);
        let mut places: Vec<u32> = view.people.iter().filter_map(|one| one.hand).collect();
        places.sort_unstable();
        prop_assert_eq!(places, (1..).take(hands.values().flatten().count()).collect::<Vec<u32>>());
    }
}
