//! What must be true in a moderated room, whatever has happened, once everything is quiet.

use confab_contract::{Delivery, LineBody, MeetingPhase, MemberView, Role};
use confab_media_model::MediaPlan;
use confab_rooms::LegFlow;

use crate::lab::Lab;

/// A line that says who may read it.
pub fn words(from: usize, to: Option<usize>, number: usize) -> String {
    match to {
        Some(to) => format!("{from}>{to} {number}"),
        None => format!("{from}>* {number}"),
    }
}

/// Everything that is wrong; empty when all is as it must be.
pub fn wrongs(lab: &Lab) -> Vec<String> {
    let mut found = lab.violations.clone();
    let running = || (0..lab.seats.len()).filter(|seat| lab.seats[*seat].agent.is_some());
    for seat in running() {
        phases(lab, seat, &mut found);
        lines(lab, seat, &mut found);
    }
    let inside: Vec<usize> = running().filter(|seat| lab.seats[*seat].phase() == MeetingPhase::In).collect();
    company(lab, &inside, &mut found);
    media(lab, &inside, &mut found);
    order(lab, &inside, &mut found);
    door(lab, &inside, &mut found);
    found
}

fn phases(lab: &Lab, seat: usize, found: &mut Vec<String>) {
    let at = &lab.seats[seat];
    let phase = at.phase();
    if !matches!(phase, MeetingPhase::Idle | MeetingPhase::In | MeetingPhase::Waiting) {
        found.push(format!("{} is {phase:?} for ever", at.name));
    }
    if phase == MeetingPhase::Idle && at.plan != MediaPlan::default() {
        found.push(format!("{} is in no meeting and has media open", at.name));
    }
    if let (MeetingPhase::In, Some(me)) = (phase, at.room.people.iter().find(|one| one.me)) {
        let meeting = at.meeting.as_ref().map(|meeting| &meeting.me);
        let open = meeting.is_some_and(|me| me.microphone != confab_contract::SwitchState::Off);
        if me.muted_by_organiser && open {
            found.push(format!("{} has an open microphone against the ruling", at.name));
        }
    }
}

/// Everybody sees the same people, and exactly one of them organises.
fn company(lab: &Lab, inside: &[usize], found: &mut Vec<String>) {
    let plain = |one: &MemberView| MemberView { me: false, trace: None, ..one.clone() };
    let seen = |seat: usize| lab.seats[seat].room.people.iter().map(plain).collect::<Vec<_>>();
    for pair in inside.windows(2) {
        if seen(pair[0]) != seen(pair[1]) {
            let names = pair.iter().map(|seat| lab.seats[*seat].name.as_str()).collect::<Vec<_>>();
            found.push(format!(
                "{names:?} see different people: {:?} and {:?}",
                seen(pair[0]),
                seen(pair[1])
            ));
        }
    }
    let Some(&first) = inside.first() else { return };
    let people = seen(first);
    if people.len() != inside.len() {
        found.push(format!("{} are in the room and {} are shown", inside.len(), people.len()));
    }
    let organisers = people.iter().filter(|one| one.role == Role::Organiser).count();
    if organisers != 1 {
        found.push(format!("{organisers} people organise"));
    }
    if let Some(house) = lab.house()
        && house.conference.participant_count() != inside.len()
    {
        found.push(format!("{} participants, {} are in", house.conference.participant_count(), inside.len()));
    }
}

/// What flows at the media server is what is shown; nothing flows of anybody else.
fn media(lab: &Lab, inside: &[usize], found: &mut Vec<String>) {
    let Some(house) = lab.house() else { return found.push("the backend is away".to_owned()) };
    for leg in house.table.legs.values() {
        let at = &lab.seats[leg.end.seat];
        if !inside.contains(&leg.end.seat) {
            found.push(format!("{} has a leg and is not in the room", at.name));
            continue;
        }
        let role = at.plan.legs.get(&leg.end.leg).map(|leg| &leg.role);
        let camera = matches!(role, Some(confab_media_model::LegRole::Publish { audio: Some(_), .. }));
        let Some(me) = at.room.people.iter().find(|one| one.me).filter(|_| camera) else { continue };
        if matches!(leg.flow, LegFlow::Publish) && (leg.audio, leg.video) != (!me.muted, !me.camera_off) {
            let flows = (leg.audio, leg.video);
            found.push(format!(
                "{} is shown as {:?} and flows are {flows:?}",
                at.name,
                (me.muted, me.camera_off)
            ));
        }
    }
}

fn texts(lab: &Lab, seat: usize) -> Vec<(String, Delivery)> {
    let text = |line: &confab_contract::LineView| match &line.body {
        LineBody::Text { text } => Some((text.clone(), line.delivery)),
        LineBody::File { .. } => None,
    };
    lab.seats[seat].conversation.lines.iter().filter_map(text).collect()
}

/// Nobody reads what is for others, and nothing is on its way for ever.
fn lines(lab: &Lab, seat: usize, found: &mut Vec<String>) {
    let name = &lab.seats[seat].name;
    for (text, delivery) in texts(lab, seat) {
        let (whom, _) = text.split_once(' ').unwrap_or_default();
        let (from, to) = whom.split_once('>').unwrap_or_default();
        let own = seat.to_string();
        if to != "*" && from != own && to != own {
            found.push(format!("{name} reads {text:?}"));
        }
        if delivery == Delivery::Sending {
            found.push(format!("{name}'s {text:?} is on its way for ever"));
        }
    }
}

/// What two of them read stands in the same order for both.
fn order(lab: &Lab, inside: &[usize], found: &mut Vec<String>) {
    for pair in inside.windows(2) {
        let arrived = |seat: usize| -> Vec<String> {
            let lines = texts(lab, seat).into_iter().filter(|(_, delivery)| *delivery == Delivery::Delivered);
            lines.map(|(text, _)| text).collect()
        };
        let (first, second) = (arrived(pair[0]), arrived(pair[1]));
        let common = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|text| other.contains(text)).cloned().collect()
        };
        if common(&first, &second) != common(&second, &first) {
            found.push(format!("lines stand in different orders: {first:?} and {second:?}"));
        }
    }
}

/// Organisers know of everybody who waits.
fn door(lab: &Lab, inside: &[usize], found: &mut Vec<String>) {
    let running = lab.seats.iter().filter(|seat| seat.agent.is_some());
    let waiting = running.filter(|seat| seat.phase() == MeetingPhase::Waiting).count();
    for seat in inside.iter().map(|seat| &lab.seats[*seat]).filter(|seat| seat.room.may.door) {
        if seat.room.waiting.len() != waiting {
            found.push(format!("{} knows of {} who wait, {waiting} do", seat.name, seat.room.waiting.len()));
        }
    }
}
