//! Scenarios with a name: what people do, what breaks, and what everybody must see in the end.

mod company;
mod joining;
mod legs;
mod losing;
mod power;
mod restarts;
mod talking;
mod vanishing;

use std::time::Duration;

use confab_contract::ProblemCode;
use confab_lab::house::ROOMS;
use confab_lab::script::Play;
use confab_lab::{Action, Lab};

pub const ROOM: &str = ROOMS[0];
pub const ALICE: usize = 0;
pub const BOB: usize = 1;
pub const CAROL: usize = 2;

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn join(seat: usize) -> Action {
    Action::Join(seat, ROOM.to_owned())
}

/// So many people in one room, all of it at rest.
pub fn meeting(seed: u64, people: usize) -> Play {
    let mut play = Play::new(seed, people);
    for seat in 0..people {
        play.act(&join(seat));
    }
    play.agree();
    play
}

/// The problems on somebody's screen.
pub fn problems(lab: &Lab, seat: usize) -> Vec<ProblemCode> {
    lab.seats[seat].problems.iter().map(|problem| problem.code).collect()
}

/// Somebody's key in the room.
pub fn key(lab: &Lab, seat: usize) -> String {
    let agent = lab.seats[seat].agent.as_ref().expect("the program runs");
    agent.participant().expect("somebody in a room has a key").to_string()
}

/// What `viewer` sees of `other`'s camera tile: muted, video, away.
pub fn seen(lab: &Lab, viewer: usize, other: usize) -> Option<(bool, bool, bool)> {
    let name = lab.seats[other].name.clone();
    let tiles = lab.seats[viewer].tiles();
    tiles.iter().find(|tile| tile.name == name).map(|tile| (tile.muted, tile.video, tile.away))
}
