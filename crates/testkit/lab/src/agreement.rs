//! Compares what two people in a call must both see, and what one who watches another sees with what they may. What differs is told in
//! words.

use std::collections::BTreeSet;

use confab_contract::{CallPhase, Delivery, LineBody, MeetingPhase, SwitchState, TileView};
use confab_media_model::MediaPlan;

use crate::acquaintances::Acquaintances;
use crate::engine::{Device, End, Stage};
use crate::lab::Lab;

/// Calls and presence; empty when the system is as it must be.
pub fn differences(lab: &Lab, model: &Acquaintances) -> Vec<String> {
    let mut found = calls(lab, model);
    found.extend(presence(lab, model));
    found
}

/// Calls that are neither made nor over, and what was seen that must never be.
pub fn unfinished(lab: &Lab, model: &Acquaintances) -> Vec<String> {
    let mut found = lab.violations.clone();
    for (seat, _) in lab.seats.iter().zip(&model.people).filter(|(_, person)| person.runs) {
        if !matches!(seat.call.phase, CallPhase::Idle | CallPhase::Active) {
            found.push(format!("{}'s call is still {:?}", seat.name, seat.call.phase));
        }
    }
    found
}

/// Whether both sides of every call agree: that there is one, with whom, what is heard, seen and written in it. Nobody rings, and
/// nobody has media who is in none.
pub fn calls(lab: &Lab, model: &Acquaintances) -> Vec<String> {
    let mut found = lab.violations.clone();
    for (seat, _) in model.people.iter().enumerate().filter(|(_, person)| person.runs) {
        let at = &lab.seats[seat];
        let name = &at.name;
        if !at.is_connected() {
            found.push(format!("{name} is not connected: {:?}", at.session));
        }
        match at.call.phase {
            CallPhase::Idle => alone(lab, seat, &mut found),
            CallPhase::Active => match talks_to(lab, seat) {
                Some(other) => together(lab, seat, other, &mut found),
                None => found.push(format!("{name} talks to nobody: {:?}", at.call.peer)),
            },
            phase => found.push(format!("{name}'s call is {phase:?}")),
        }
    }
    found
}

/// Whom somebody is shown to talk to, if that one is shown to talk to them.
pub fn talks_to(lab: &Lab, seat: usize) -> Option<usize> {
    let shown = |seat: usize, other: usize| {
        let call = &lab.seats[seat].call;
        call.phase == CallPhase::Active && call.peer.user == lab.user(other).as_str()
    };
    (0..lab.seats.len()).find(|&other| shown(seat, other) && shown(other, seat))
}

fn alone(lab: &Lab, seat: usize, found: &mut Vec<String>) {
    let at = &lab.seats[seat];
    let name = &at.name;
    if at.phase() != MeetingPhase::Idle || at.plan != MediaPlan::default() || !at.engine.legs.is_empty() {
        found.push(format!("{name} is in no call, but has {:?}", at.plan));
    }
    for device in [Device::Camera, Device::Microphone, Device::Screen] {
        if at.engine.uses(device) {
            found.push(format!("{name} is in no call, but the {device:?} is open"));
        }
    }
    if at.conversation.open || !at.conversation.lines.is_empty() {
        found.push(format!("{name} is in no call, but sees what was said in one"));
    }
}

fn together(lab: &Lab, seat: usize, other: usize, found: &mut Vec<String>) {
    let (at, far) = (&lab.seats[seat], &lab.seats[other]);
    let name = &at.name;
    let ends: Vec<End> = lab.ends_of(seat);
    let linked = match &ends[..] {
        [end] => lab.peer_of(end).map(|far| far.seat),
        _ => None,
    };
    if linked != Some(other) {
        found.push(format!("{name} and {} talk over {ends:?}, which lead to {linked:?}", far.name));
    }
    for (leg, running) in &at.engine.legs {
        if running.stage != Stage::Up {
            found.push(format!("{name}'s {leg:?} is {:?}", running.stage));
        }
    }
    let (Some(meeting), Some(theirs)) = (&at.meeting, &far.meeting) else {
        return found.push(format!("{name} is shown no pictures"));
    };
    let tile = at.tiles().into_iter().find(|tile| !tile.me).cloned();
    let shows = |tile: &TileView| (!tile.muted, tile.video);
    let on = |state: SwitchState| state == SwitchState::On;
    let must = (on(theirs.me.microphone), on(theirs.me.camera) || on(theirs.me.sharing));
    if tile.as_ref().map(shows) != Some(must) {
        found.push(format!("{name} is shown {tile:?} of {}, who is {:?}", far.name, theirs.me));
    }
    if meeting.phase != MeetingPhase::In || !meeting.direct {
        found.push(format!("{name}'s call is shown as {:?}", meeting.phase));
    }
    if seat < other {
        conversation(lab, seat, other, found);
    }
}

fn conversation(lab: &Lab, seat: usize, other: usize, found: &mut Vec<String>) {
    let (at, far) = (&lab.seats[seat], &lab.seats[other]);
    let texts = |lines: &[confab_contract::LineView]| -> Vec<(String, String)> {
        let text = |body: &LineBody| match body {
            LineBody::Text { text } => text.clone(),
            LineBody::File { file } => file.name.clone(),
        };
        // Everybody reads in the order in which it came to them; it is the same for all that one person said.
        let mut texts: Vec<_> = lines.iter().map(|line| (line.id.clone(), text(&line.body))).collect();
        texts.sort();
        texts
    };
    let (here, there) = (texts(&at.conversation.lines), texts(&far.conversation.lines));
    if here != there {
        found.push(format!("{} reads {here:?}, {} reads {there:?}", at.name, far.name));
    }
    for (seat, lines) in [(at, &here), (far, &there)] {
        let once: BTreeSet<_> = lines.iter().collect();
        if once.len() != lines.len() {
            found.push(format!("{} reads something twice: {lines:?}", seat.name));
        }
        if !seat.conversation.open {
            found.push(format!("{} cannot write", seat.name));
        }
        let late = |line: &&confab_contract::LineView| line.me && line.delivery != Delivery::Delivered;
        for line in seat.conversation.lines.iter().filter(late) {
            found.push(format!("{}'s line {} is {:?}", seat.name, line.id, line.delivery));
        }
    }
}

/// Whether everybody sees of everybody what they may, and nothing else.
pub fn presence(lab: &Lab, model: &Acquaintances) -> Vec<String> {
    let mut found = Vec::new();
    let people = model.people.len();
    for watcher in (0..people).filter(|&watcher| model.people[watcher].runs) {
        let at = &lab.seats[watcher];
        for other in (0..people).filter(|&other| other != watcher) {
            let phase = lab.seats[other].call.phase;
            let talks = matches!(phase, CallPhase::Connecting | CallPhase::Active | CallPhase::Restoring);
            let must = model.seen(watcher, other, talks);
            let shown = at.contact(lab.user(other).as_str());
            let is = shown.map(|contact| (contact.presence, Some(contact.watching)));
            let same = match (must, is) {
                (Some((presence, None)), Some((shown, _))) => presence == shown,
                (must, is) => must == is,
            };
            if !same {
                found
                    .push(format!("{} sees {is:?} of {}, must see {must:?}", at.name, lab.seats[other].name));
            }
        }
    }
    found
}
