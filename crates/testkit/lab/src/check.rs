//! Compares the system with the model, once everything is quiet. What differs is told in words.

use std::collections::{BTreeMap, BTreeSet};

use confab_contract::{MeetingPhase, TileKind};
use confab_media_model::MediaPlan;
use confab_rooms::LegFlow;

use crate::engine::Stage;
use crate::lab::Lab;
use crate::model::{Model, Person};

/// Everything that differs; empty when the system is as the model says.
pub fn differences(lab: &Lab, model: &Model) -> Vec<String> {
    let mut found = lab.violations.clone();
    for (seat, person) in model.people.iter().enumerate().filter(|(_, person)| person.runs) {
        screen(lab, model, seat, person, &mut found);
        engine(lab, seat, &mut found);
    }
    server(lab, model, &mut found);
    conference(lab, model, &mut found);
    found
}

fn check<T: PartialEq + std::fmt::Debug>(found: &mut Vec<String>, what: String, is: T, must: T) {
    if is != must {
        found.push(format!("{what}: is {is:?}, must be {must:?}"));
    }
}

/// One picture as the model wants it: kind, whose, me, muted, video, waiting, away.
type Wanted = (String, &'static str, bool, bool, bool, bool, bool);

fn screen(lab: &Lab, model: &Model, seat: usize, person: &Person, found: &mut Vec<String>) {
    let name = &person.name;
    let at = &lab.seats[seat];
    check(found, format!("{name} is connected"), at.is_connected(), true);
    let Some(room) = &person.room else {
        check(found, format!("{name}'s meeting"), at.phase(), MeetingPhase::Idle);
        check(found, format!("{name}'s plan is empty"), at.plan == MediaPlan::default(), true);
        return;
    };
    let Some(meeting) = &at.meeting else { return found.push(format!("{name} was shown nothing")) };
    check(found, format!("{name}'s meeting"), meeting.phase, MeetingPhase::In);
    check(found, format!("{name}'s room"), &meeting.room, room);
    let kind = |kind| if kind == TileKind::Camera { "camera" } else { "screen" };
    let mut shown: Vec<Wanted> = at
        .tiles()
        .iter()
        .map(|tile| {
            (tile.name.clone(), kind(tile.kind), tile.me, tile.muted, tile.video, tile.waiting, tile.away)
        })
        .collect();
    shown.sort();
    let company = model.company(seat);
    check(found, format!("{name}'s number of people"), meeting.people as usize, company.len() + 1);
    let everybody = company.iter().map(|&other| (&model.people[other], false)).chain([(person, true)]);
    let mut wanted: Vec<Wanted> = everybody
        .flat_map(|(other, me)| {
            let camera = (other.name.clone(), "camera", me, !other.microphone, other.is_seen(), false, false);
            let screen = (other.name.clone(), "screen", me, !other.microphone, true, false, false);
            [Some(camera), other.sharing.then_some(screen)].into_iter().flatten()
        })
        .collect();
    wanted.sort();
    check(found, format!("{name}'s screen"), shown, wanted);
}

fn engine(lab: &Lab, seat: usize, found: &mut Vec<String>) {
    let at = &lab.seats[seat];
    let running: BTreeMap<_, _> =
        at.engine.legs.iter().map(|(id, leg)| (*id, (leg.generation, leg.stage))).collect();
    let wanted = at.plan.legs.iter().map(|(id, leg)| (*id, (leg.generation, Stage::Up))).collect();
    check(found, format!("{}'s legs", at.name), running, wanted);
}

/// Publishes or receives: who, what, from whom, up, gates of sound and picture.
type Flow = (usize, bool, Option<(usize, bool)>, bool, (bool, bool));

fn server(lab: &Lab, model: &Model, found: &mut Vec<String>) {
    let Some(house) = lab.house() else { return found.push("the backend is away".to_owned()) };
    let table = &house.table;
    // A camera leg has sound and pictures, a screen leg pictures only: the plan of its owner tells which it is.
    let is_screen = |end: &crate::engine::End| {
        let plan = lab.seats[end.seat].plan.legs.get(&end.leg);
        plan.is_some_and(|leg| matches!(leg.role, confab_media_model::LegRole::Publish { audio: None, .. }))
    };
    let mut is: Vec<Flow> = Vec::new();
    for leg in table.legs.values() {
        let source = match leg.flow {
            LegFlow::Receive { of } => match table.legs.get(&of) {
                Some(source) => Some((source.end.seat, is_screen(&source.end))),
                None => {
                    found.push(format!("{} receives from a leg that is gone", lab.seats[leg.end.seat].name));
                    continue;
                }
            },
            LegFlow::Publish | LegFlow::Mix => None,
        };
        is.push((leg.end.seat, is_screen(&leg.end), source, leg.up, (leg.audio, leg.video)));
    }
    let mut must: Vec<Flow> = Vec::new();
    for (seat, person) in model.people.iter().enumerate().filter(|(_, person)| person.room.is_some()) {
        must.push((seat, false, None, true, (person.microphone, person.is_seen())));
        if person.sharing {
            must.push((seat, true, None, true, (true, true)));
        }
        for other in model.company(seat) {
            must.push((seat, false, Some((other, false)), true, (true, true)));
            if model.people[other].sharing {
                must.push((seat, false, Some((other, true)), true, (true, true)));
            }
        }
    }
    is.sort();
    must.sort();
    check(found, "flows at the media server".to_owned(), is, must);
}

fn conference(lab: &Lab, model: &Model, found: &mut Vec<String>) {
    let Some(house) = lab.house() else { return };
    let present = model.people.iter().filter(|person| person.room.is_some()).count();
    check(found, "participants".to_owned(), house.conference.participant_count(), present);
    check(found, "legs of the conference".to_owned(), house.conference.leg_count(), model.legs());
    check(found, "rooms".to_owned(), house.conference.room_count(), model.rooms.len());
    // Registered are hyperties of people, past and present, and those of the conference and its rooms.
    let stats = house.node.stats();
    let hyperties = house.disk.len();
    check(found, "registry entries".to_owned(), stats.entries, hyperties + 1 + model.rooms.len());
    let schemes: BTreeSet<&str> = house.disk.keys().map(|url| url.scheme()).collect();
    check(
        found,
        "only hyperties are stored".to_owned(),
        schemes.iter().all(|scheme| *scheme == "hyperty"),
        true,
    );
    check(found, "routes at the node".to_owned(), stats.routes, routes(model));
}

/// Different addresses that are routed when nobody forgets to clean up.
fn routes(model: &Model) -> usize {
    // The conference: `<runtime>/sm`, its hyperty, and for each room the object, its subscription and its children.
    let conference = 2 + 3 * model.rooms.len();
    // A person: `<runtime>/sm`, the hyperty, and the object of their presence with its subscription.
    let people = 4 * model.people.iter().filter(|person| person.runs).count();
    // The conference listens to the presence of everybody in a room, and they to its changes and to the older address of
    // its children, which are counted once.
    let present = model.people.iter().filter(|person| person.room.is_some()).count();
    let rooms: BTreeSet<_> = model.people.iter().filter_map(|person| person.room.as_ref()).collect();
    // A leg: the client's object with subscription and children, the conference's changes of it; the conference's object
    // with its subscription, and the client's three addresses of it.
    conference + people + present + 2 * rooms.len() + (4 + 5) * model.legs()
}
