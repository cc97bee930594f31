//! What outlasts the program: the door of a room that belongs to somebody, and invitations by mail.

use confab_rethink::Code;
use confab_rooms::{ConferenceInput, DoorRecord, InvitationRecord, Keep, Matter, Stranger};
use serde_json::json;

use crate::door::knock;
use crate::world::{ROOM, World, code_of, user};

#[test]
fn what_is_kept_opens_the_same_door_after_a_restart() {
    let mut before =
        World::owned(Some("alice"), |config| config.public_url = Some("https://csp.test".into()));
    let alice = before.join("alice");
    before.execute(alice, "setRoom", json!([{"locked": true}]));
    assert_eq!(before.kept, [], "a lock is for those who are in");
    before.execute(alice, "setRoom", json!([{"locked": false, "lobby": true, "invented": false}]));
    let people = json!([{"mail": "eve@mail.test", "name": "Eve"}, {"mail": "mallory@mail.test"}]);
    before.value_of(alice, "invite", json!([people, {"language": "pt-BR"}]));
    assert_eq!(before.execute(alice, "cancelInvitation", json!(["i2"])), Code::OK);
    let [invited, _, cancelled] = &before.mails[..] else { panic!("{:?}", before.mails) };
    let (code, other) = (code_of(invited), code_of(&before.mails[1]));
    assert_eq!((invited.language.as_str(), invited.sequence), ("pt", 0));
    assert!(cancelled.to == "mallory@mail.test" && cancelled.matter == Matter::Cancellation);
    assert_eq!((&cancelled.uid, cancelled.sequence), (&before.mails[1].uid, 1));

    let (mut door, mut invitations) = (None, Vec::new());
    for keep in before.kept.drain(..) {
        assert!(!format!("{keep:?}").contains(&code) && !format!("{keep:?}").contains("eve@"));
        match keep {
            Keep::Door { door: kept, .. } => door = Some(kept),
            Keep::Invitation(record) => invitations.push(record),
            Keep::Forget { uid } => invitations.retain(|record: &InvitationRecord| record.uid != uid),
            Keep::Room(_) => panic!("nobody has made one"),
        }
    }
    assert_eq!(door, Some(DoorRecord { lobby: true, guests: true, invented: false }));
    let mut after = World::owned(Some("alice"), |_| {});
    after.conference(ConferenceInput::Recall { room: ROOM.into(), door, invitations: invitations.clone() });
    assert_eq!(after.conference.door(ROOM, Some(&code), Some("eve@mail.test"), None), Ok(()));
    assert_eq!(after.conference.door(ROOM, Some(&other), Some("eve@mail.test"), None), Err("bad-code"));
    let alice = after.join("alice");
    assert_eq!(
        (after.clients[alice].sees("/lobby"), after.clients[alice].sees("/locked")),
        (json!(true), json!(false))
    );
    assert_eq!(after.clients[alice].sees("/invited/i1/name"), "Eve");
    let stranger = Stranger {
        user: user("guest-1").to_string(),
        mail: Some("eve@mail.test".into()),
        ..Stranger::default()
    };
    after.conference(ConferenceInput::Stranger(stranger));
    let (_, answer) = knock(&mut after, "guest-1", |draft| draft.with("accessToken", code.as_str()));
    assert_eq!(answer, Code::OK);
    assert_eq!(after.clients[alice].sees("/invited"), json!({}));
    let [Keep::Invitation(used)] = &after.kept[..] else { panic!("{:?}", after.kept) };
    assert_eq!(used, &InvitationRecord { used: true, ..invitations[0].clone() });
    assert_eq!(after.execute(alice, "cancelInvitation", json!(["i1"])), Code::OK);
    assert_eq!(after.mails[0].begins, 1_000, "the entry that is cancelled is the one of the invitation");
    assert_eq!(after.conference.door(ROOM, Some(&code), Some("eve@mail.test"), None), Err("bad-code"));
}

#[test]
fn invitations_grow_old() {
    let mut world = World::owned(Some("alice"), |_| {});
    let alice = world.join("alice");
    world.value_of(alice, "invite", json!([[{"mail": "eve@mail.test", "name": "Eve"}]]));
    let Some(Keep::Invitation(record)) = world.kept.pop() else { panic!("it is kept") };
    let days = |days: u64| record.created + days * 24 * 3_600_000;
    assert_eq!(record.expires, days(90));
    for (wall, expected) in [(days(89), Ok(())), (days(90), Err("bad-code"))] {
        let mut later = World::owned(Some("alice"), |config| config.wall = wall);
        let invitations = vec![record.clone()];
        later.conference(ConferenceInput::Recall { room: ROOM.into(), door: None, invitations });
        let code = code_of(&world.mails[0]);
        assert_eq!(later.conference.door(ROOM, Some(&code), Some("eve@mail.test"), None), expected);
    }
}

#[test]
fn a_room_of_nobody_begins_as_every_room_does() {
    let mut world = World::new();
    let alice = world.join("alice");
    world.execute(alice, "setRoom", json!([{"lobby": true, "guests": false}]));
    world.leave(alice);
    let bob = world.join("bob");
    assert_eq!(
        (world.clients[bob].sees("/lobby"), world.clients[bob].sees("/guests")),
        (json!(false), json!(true))
    );
    assert_eq!(world.kept, []);
    let mut owned = World::owned(Some("alice"), |_| {});
    let alice = owned.join("alice");
    owned.execute(alice, "setRoom", json!([{"lobby": true, "locked": true}]));
    owned.leave(alice);
    let alice = owned.join("alice");
    let seen = ["/lobby", "/locked"].map(|setting| owned.clients[alice].sees(setting));
    assert_eq!(seen, [json!(true), json!(false)]);
}
