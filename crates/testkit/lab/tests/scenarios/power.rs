//! Power in a room: who is heard, who comes in, who goes, and what becomes of the meeting.

use confab_contract::{CallPhase, Intent, InvitationStatus, MeetingPhase, ProblemCode, Role, Silenced};
use confab_lab::Lab;
use confab_lab::house::{ROOMS, Rules};
use confab_rooms::LegFlow;

use crate::{ALICE, BOB, CAROL, ROOM, key, problems, seconds};

const NAMES: [&str; 4] = ["Alice", "Bob", "Carol", "Dave"];
const DAVE: usize = 3;

/// People who are signed in, in a domain where a meeting ends with its organiser.
pub fn people(seed: u64, number: usize) -> Lab {
    let mut lab = Lab::new(seed, Rules { ends_with_organiser: true, ..Rules::default() });
    for name in &NAMES[..number] {
        lab.add(name);
    }
    lab.run(seconds(2));
    lab
}

/// So many of them meet; Alice was first and organises.
pub fn meet(seed: u64, number: usize, present: usize) -> Lab {
    let mut lab = people(seed, number);
    for seat in 0..present {
        enter(&mut lab, seat);
    }
    lab
}

pub fn enter(lab: &mut Lab, seat: usize) {
    lab.wish(seat, Intent::Join { room: ROOM.to_owned() });
    lab.run(seconds(4));
}

fn phase(lab: &Lab, seat: usize) -> MeetingPhase {
    lab.seats[seat].phase()
}

fn role(lab: &Lab, seat: usize) -> Option<Role> {
    lab.seats[seat].room.people.iter().find(|one| one.me).map(|one| one.role)
}

/// What of somebody flows at the media server: sound and pictures of the camera.
fn flows(lab: &Lab, seat: usize) -> (bool, bool) {
    let table = &lab.house().expect("the backend runs").table;
    let mut legs =
        table.legs.values().filter(|leg| leg.end.seat == seat && matches!(leg.flow, LegFlow::Publish));
    legs.next().map_or((false, false), |leg| (leg.audio, leg.video))
}

#[test]
fn who_is_muted_is_not_heard_until_they_open_it_themselves() {
    let mut lab = meet(301, 2, 2);
    let bob = key(&lab, BOB);
    assert_eq!((flows(&lab, BOB).0, role(&lab, ALICE)), (true, Some(Role::Organiser)));
    lab.wish(ALICE, Intent::Silence { participant: bob.clone(), what: Silenced::Microphone });
    lab.run(seconds(1));
    assert!(!flows(&lab, BOB).0);
    assert_eq!(problems(&lab, BOB), [ProblemCode::SilencedByOrganiser]);
    lab.wish(BOB, Intent::SetMicrophone { on: true });
    lab.run(seconds(1));
    assert!(!flows(&lab, BOB).0, "a ruling is stronger than a wish");
    lab.wish(ALICE, Intent::AskToOpen { participant: bob, what: Silenced::Microphone });
    lab.run(seconds(1));
    assert!(!flows(&lab, BOB).0, "a question opens nothing");
    assert_eq!(lab.seats[BOB].room.unmute_asked_by.as_deref(), Some("Alice"));
    lab.wish(BOB, Intent::SetMicrophone { on: true });
    lab.run(seconds(1));
    assert!(flows(&lab, BOB).0);
}

#[test]
fn a_wish_and_a_ruling_at_the_same_moment_end_in_silence() {
    for millis in (0..200).step_by(10) {
        let mut lab = meet(320 + millis, 2, 2);
        let bob = key(&lab, BOB);
        lab.wish(BOB, Intent::SetMicrophone { on: false });
        lab.run(seconds(1));
        lab.wish(ALICE, Intent::Silence { participant: bob, what: Silenced::Microphone });
        lab.run(std::time::Duration::from_millis(millis));
        lab.wish(BOB, Intent::SetMicrophone { on: true });
        lab.run(seconds(2));
        assert!(!flows(&lab, BOB).0, "after {millis} ms");
        let shown = lab.seats[ALICE].room.people.iter().find(|one| one.name == "Bob").expect("Bob is there");
        assert!(shown.muted && shown.muted_by_organiser);
    }
}

#[test]
fn a_stopped_share_does_not_come_back_by_itself() {
    let mut lab = meet(302, 2, 2);
    lab.wish(BOB, Intent::ShareScreen { source: None });
    lab.run(seconds(3));
    assert_eq!(lab.seats[ALICE].tiles().len(), 3);
    let bob = key(&lab, BOB);
    lab.wish(ALICE, Intent::Silence { participant: bob, what: Silenced::Share });
    lab.run(seconds(30));
    assert_eq!(lab.seats[ALICE].tiles().len(), 2);
    lab.wish(BOB, Intent::ShareScreen { source: None });
    lab.run(seconds(3));
    assert_eq!(lab.seats[ALICE].tiles().len(), 3, "later it may");
}

#[test]
fn the_lobby_lets_in_whom_an_organiser_admits() {
    let mut lab = meet(303, 4, 2);
    lab.wish(ALICE, Intent::SetLobby { on: true });
    lab.run(seconds(1));
    enter(&mut lab, CAROL);
    enter(&mut lab, DAVE);
    assert_eq!((phase(&lab, CAROL), phase(&lab, DAVE)), (MeetingPhase::Waiting, MeetingPhase::Waiting));
    assert_eq!((lab.seats[ALICE].room.waiting.len(), lab.seats[BOB].room.waiting.len()), (2, 0));
    lab.run(seconds(400));
    assert_eq!(phase(&lab, CAROL), MeetingPhase::Waiting, "patience has no end");
    let [carol, dave] = [0, 1].map(|at| lab.seats[ALICE].room.waiting[at].id.clone());
    lab.wish(ALICE, Intent::Admit { waiting: Some(carol) });
    lab.wish(ALICE, Intent::Refuse { waiting: dave });
    lab.run(seconds(3));
    assert_eq!((phase(&lab, CAROL), phase(&lab, DAVE)), (MeetingPhase::In, MeetingPhase::Idle));
    assert_eq!(problems(&lab, DAVE), [ProblemCode::NotAdmitted]);
    lab.wish(ALICE, Intent::SetLobby { on: false });
    lab.wish(ALICE, Intent::SetLocked { on: true });
    lab.run(seconds(1));
    enter(&mut lab, DAVE);
    assert_eq!(
        (phase(&lab, DAVE), problems(&lab, DAVE)),
        (MeetingPhase::Idle, vec![ProblemCode::RoomLocked])
    );
}

#[test]
fn who_is_removed_is_gone_hears_why_and_who_is_banned_stays_out() {
    let mut lab = meet(304, 3, 3);
    for (ban, comes_back) in [(false, MeetingPhase::Waiting), (true, MeetingPhase::Idle)] {
        let bob = lab.seats[ALICE].room.people.iter().find(|one| one.name == "Bob").expect("he is there");
        let (participant, reason) = (bob.participant.clone(), "too loud".to_owned());
        lab.wish(ALICE, Intent::Remove { participant, reason, ban });
        lab.run(seconds(2));
        assert_eq!((phase(&lab, BOB), flows(&lab, BOB)), (MeetingPhase::Idle, (false, false)));
        let problem = lab.seats[BOB].problems.first().expect("it is told");
        assert_eq!((problem.code, problem.details.as_str()), (ProblemCode::Removed, "too loud"));
        enter(&mut lab, BOB);
        assert_eq!(phase(&lab, BOB), comes_back, "ban: {ban}");
        lab.wish(ALICE, Intent::Admit { waiting: None });
        lab.run(seconds(3));
    }
    let log = |lab: &Lab| lab.seats[ALICE].room.log.iter().map(|line| line.what.clone()).collect::<Vec<_>>();
    lab.wish(ALICE, Intent::AskLog);
    lab.run(seconds(1));
    assert!(log(&lab).contains(&"removed".to_owned()) && log(&lab).contains(&"banned".to_owned()));
}

#[test]
fn who_is_removed_while_away_hears_it_on_coming_back_and_sends_nothing() {
    for seed in 0..10 {
        let mut lab = meet(340 + seed, 3, 3);
        let bob = key(&lab, BOB);
        lab.wish(BOB, Intent::ShareScreen { source: None });
        lab.run(seconds(1));
        lab.go_offline(BOB, seconds(4));
        lab.run(seconds(1));
        lab.wish(ALICE, Intent::Remove { participant: bob, reason: "too loud".to_owned(), ban: false });
        lab.run(seconds(20));
        assert_eq!(phase(&lab, BOB), MeetingPhase::Idle, "seed {seed}");
        assert!(problems(&lab, BOB).contains(&ProblemCode::Removed), "seed {seed}");
        assert_eq!(flows(&lab, BOB), (false, false), "seed {seed}");
        enter(&mut lab, BOB);
        assert_eq!(phase(&lab, BOB), MeetingPhase::Waiting, "seed {seed}");
        assert!(lab.seats[BOB].plan.legs.is_empty() && lab.seats[BOB].plan.screen.is_none());
        let waiting = lab.seats[ALICE].room.waiting.first().map(|waiting| waiting.id.clone());
        lab.wish(ALICE, Intent::Admit { waiting });
        lab.run(seconds(4));
        assert_eq!(phase(&lab, BOB), MeetingPhase::In, "seed {seed}");
        assert_eq!(lab.violations, Vec::<String>::new());
    }
}

#[test]
fn who_comes_back_to_a_room_that_has_moved_waits_in_its_lobby() {
    let mut lab = meet(351, 2, 2);
    lab.go_offline(BOB, seconds(25));
    lab.restart_house(seconds(1));
    lab.run(seconds(10));
    lab.wish(ALICE, Intent::SetLobby { on: true });
    lab.run(seconds(60));
    assert_eq!((phase(&lab, ALICE), phase(&lab, BOB)), (MeetingPhase::In, MeetingPhase::Waiting));
    lab.wish(ALICE, Intent::Admit { waiting: None });
    lab.run(seconds(5));
    assert_eq!((phase(&lab, BOB), flows(&lab, BOB)), (MeetingPhase::In, (true, true)));
}

#[test]
fn nobody_without_power_has_any() {
    let mut lab = meet(305, 3, 3);
    let alice = key(&lab, ALICE);
    for intent in [
        Intent::Silence { participant: alice.clone(), what: Silenced::Microphone },
        Intent::MuteAll,
        Intent::Remove { participant: alice.clone(), reason: String::new(), ban: true },
        Intent::SetLocked { on: true },
        Intent::HandOver { participant: alice.clone() },
        Intent::AskLog,
    ] {
        lab.wish(BOB, intent.clone());
        lab.run(seconds(1));
        let problem = lab.seats[BOB].problems.first().expect("it is told");
        assert_eq!(problem.code, ProblemCode::NotAllowed, "{intent:?}");
        let id = problem.id;
        lab.wish(BOB, Intent::Dismiss { problem: id });
    }
    assert!(
        flows(&lab, ALICE).0 && !lab.seats[ALICE].room.locked && role(&lab, ALICE) == Some(Role::Organiser)
    );
}

#[test]
fn an_organiser_who_leaves_hands_over_or_ends_it_for_all() {
    let mut lab = meet(306, 3, 3);
    lab.wish(ALICE, Intent::Leave);
    assert!(lab.seats[ALICE].room.leaving);
    let bob = key(&lab, BOB);
    lab.wish(ALICE, Intent::LeaveTo { participant: bob });
    lab.run(seconds(2));
    assert_eq!((phase(&lab, ALICE), role(&lab, BOB)), (MeetingPhase::Idle, Some(Role::Organiser)));
    lab.wish(BOB, Intent::EndForAll);
    lab.run(seconds(2));
    assert_eq!((phase(&lab, BOB), problems(&lab, BOB)), (MeetingPhase::Idle, vec![]));
    assert_eq!(
        (phase(&lab, CAROL), problems(&lab, CAROL)),
        (MeetingPhase::Idle, vec![ProblemCode::RoomClosed])
    );
    enter(&mut lab, CAROL);
    assert_eq!(phase(&lab, CAROL), MeetingPhase::In, "the room is open again, and empty");
}

#[test]
fn an_organiser_who_vanishes_is_followed_by_the_deputy_or_the_end() {
    for deputy in [true, false] {
        let mut lab = meet(307, 3, 3);
        if deputy {
            let carol = key(&lab, CAROL);
            lab.wish(ALICE, Intent::SetCoOrganiser { participant: carol, on: true });
            lab.run(seconds(1));
        }
        lab.kill(ALICE, seconds(1));
        lab.run(seconds(50));
        assert_eq!((phase(&lab, BOB), phase(&lab, CAROL)), (MeetingPhase::In, MeetingPhase::In));
        lab.run(seconds(20));
        match deputy {
            true => {
                assert_eq!((phase(&lab, BOB), role(&lab, CAROL)), (MeetingPhase::In, Some(Role::Organiser)))
            }
            false => assert_eq!(problems(&lab, BOB), [ProblemCode::OrganiserGone]),
        }
    }
}

#[test]
fn somebody_is_asked_rings_and_comes() {
    let mut lab = meet(308, 4, 2);
    let users = [CAROL, DAVE].map(|seat| lab.user(seat).to_string());
    for user in users {
        lab.wish(ALICE, Intent::Invite { user, name: String::new() });
    }
    lab.run(seconds(3));
    for seat in [CAROL, DAVE] {
        assert_eq!(lab.seats[seat].call.phase, CallPhase::Incoming);
        assert_eq!(lab.seats[seat].call.meeting.as_deref(), Some(ROOM));
        assert!(lab.seats[seat].plan.microphone.is_none() && lab.seats[seat].plan.camera.is_none());
    }
    lab.wish(CAROL, Intent::Accept { video: true });
    lab.wish(DAVE, Intent::Decline);
    lab.run(seconds(4));
    assert_eq!((phase(&lab, CAROL), phase(&lab, DAVE)), (MeetingPhase::In, MeetingPhase::Idle));
    let invited: Vec<(String, InvitationStatus)> =
        lab.seats[BOB].room.invited.iter().map(|one| (one.name.clone(), one.status)).collect();
    assert_eq!(invited.len(), 1, "{invited:?}");
    assert_eq!(invited[0].1, InvitationStatus::Declined);
    assert_eq!(lab.seats[ALICE].room.people.len(), 3);
}

#[test]
fn who_is_in_a_meeting_is_busy_and_who_is_away_unreachable() {
    let mut lab = meet(309, 4, 2);
    lab.wish(CAROL, Intent::Join { room: ROOMS[1].to_owned() });
    lab.run(seconds(3));
    lab.kill(DAVE, seconds(0));
    lab.run(seconds(1));
    for seat in [CAROL, DAVE] {
        let user = lab.user(seat).to_string();
        lab.wish(ALICE, Intent::Invite { user, name: String::new() });
    }
    lab.run(seconds(30));
    let statuses: Vec<InvitationStatus> =
        lab.seats[ALICE].room.invited.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [InvitationStatus::Busy, InvitationStatus::Unreachable]);
}

#[test]
fn a_room_of_ones_own_is_made_and_others_come_by_its_link() {
    let mut lab = people(310, 2);
    lab.wish(ALICE, Intent::CreateRoom { name: Some("our-room".to_owned()) });
    lab.run(seconds(4));
    assert_eq!((phase(&lab, ALICE), role(&lab, ALICE)), (MeetingPhase::In, Some(Role::Organiser)));
    lab.wish(BOB, Intent::Join { room: "our-room".to_owned() });
    lab.run(seconds(4));
    assert_eq!(lab.seats[ALICE].room.people.len(), 2);
}

#[test]
fn somebody_of_another_domain_takes_part() {
    let mut lab =
        Lab::of_domains(311, &["a.test", "b.test"], Rules { ends_with_organiser: true, ..Rules::default() });
    lab.add_to(0, "Alice");
    lab.add_to(1, "Bob");
    lab.run(seconds(2));
    enter(&mut lab, ALICE);
    lab.wish(BOB, Intent::Join { room: format!("{ROOM}@a.test") });
    lab.run(seconds(8));
    assert_eq!((phase(&lab, BOB), lab.seats[ALICE].room.people.len()), (MeetingPhase::In, 2));
    assert_eq!(flows(&lab, BOB), (true, true));
    let meeting = lab.seats[BOB].meeting.as_ref().expect("he is in it");
    assert_eq!((meeting.room.as_str(), meeting.through.as_str()), ("4711@a.test", "a.test"));
    lab.wish(BOB, Intent::Say { text: "hello".to_owned(), to: None, reply: None });
    lab.run(seconds(1));
    assert_eq!(lab.seats[ALICE].conversation.lines.len(), 1);
    lab.wish(BOB, Intent::Leave);
    lab.run(seconds(3));
    assert_eq!(lab.seats[ALICE].room.people.len(), 1);
}
