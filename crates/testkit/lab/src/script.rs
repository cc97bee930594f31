//! Random scripts of what people do in rooms and what breaks: made from a seed, run against lab and model.

use std::time::Duration;

use confab_contract::{Intent, Problem, ProblemCode};
use confab_types::Chance;
use serde::{Deserialize, Serialize};

use crate::check::differences;
use crate::house::{ROOMS, Rules};
use crate::lab::Lab;
use crate::model::{Model, Person};
use crate::replay::Replay;

/// Names of the people.
pub const NAMES: [&str; 6] = ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank"];
/// How long the system may take to be quiet.
const PATIENCE: Duration = Duration::from_secs(900);

/// Something that somebody does, or that breaks. People are named by their seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Enters a room.
    Join(usize, String),
    /// Leaves.
    Leave(usize),
    /// Moves the microphone's switch.
    Microphone(usize, bool),
    /// Moves the camera's switch.
    Camera(usize, bool),
    /// Shares a screen.
    Share(usize),
    /// Stops sharing.
    StopSharing(usize),
    /// The connection to the node breaks; milliseconds until the client and the node notice.
    Break(usize, u64, u64),
    /// No network for so many milliseconds.
    Offline(usize, u64),
    /// The program is killed; milliseconds until the node notices.
    Kill(usize, u64),
    /// The program starts again.
    Revive(usize),
    /// A transport is lost at both ends.
    DropLeg(usize, usize),
    /// A transport is lost at the media server only.
    DropLegAtServer(usize, usize),
    /// The media server asks for a new leg.
    Replace(usize, usize),
    /// The media server loses everything.
    LoseMediaServer,
    /// So many answers carry a wrong fingerprint.
    Spoil(u32),
    /// The backend is away for so many milliseconds.
    Restart(u64),
}

/// What happens, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Everything that is random in the run comes from it.
    pub seed: u64,
    /// How many people.
    pub people: usize,
    /// Percent of messages to clients that arrive twice.
    pub doubles: u64,
    /// Whose camera cannot be opened.
    pub broken_camera: Option<usize>,
    /// Milliseconds to wait before each action.
    pub steps: Vec<(u64, Action)>,
}

/// A lab and the model of it.
pub struct Play {
    /// The system.
    pub lab: Lab,
    /// What it must be.
    pub model: Model,
}

impl Play {
    /// So many people sign in; nobody is in a room.
    pub fn new(seed: u64, people: usize) -> Play {
        Play::of(Lab::new(seed, Rules::default()), people)
    }

    /// The same in a lab of its own making.
    pub fn of(lab: Lab, people: usize) -> Play {
        let rooms = lab.sites[0].rules.rooms.clone();
        let mut play = Play { lab, model: Model { people: Vec::new(), rooms } };
        for name in &NAMES[..people] {
            play.lab.add(name);
            play.model.people.push(Person::new(name));
        }
        play.lab.run(Duration::from_secs(2));
        play
    }

    /// Does it in the lab and in the model. What cannot be done now (somebody who is not there, or not signed in) is
    /// left out in both.
    pub fn act(&mut self, action: &Action) {
        self.try_again();
        let lab = &mut self.lab;
        let millis = Duration::from_millis;
        let person = |seat: usize| &self.model.people[seat];
        match *action {
            Action::Join(seat, ref room) if person(seat).runs && lab.seats[seat].is_signed_in() => {
                lab.wish(seat, Intent::Join { room: room.clone() });
                hand_over(lab, seat);
                let known = self.model.rooms.contains(room);
                self.model.people[seat].enter(known.then_some(room));
            }
            Action::Leave(seat) if person(seat).runs => {
                lab.wish(seat, Intent::Leave);
                hand_over(lab, seat);
                self.model.people[seat].enter(None);
            }
            Action::Microphone(seat, on) if person(seat).runs => {
                lab.wish(seat, Intent::SetMicrophone { on });
                self.model.people[seat].microphone = on;
            }
            Action::Camera(seat, on) if person(seat).runs => {
                lab.wish(seat, Intent::SetCamera { on });
                self.model.people[seat].camera = on;
            }
            Action::Share(seat) if person(seat).room.is_some() => {
                lab.wish(seat, Intent::ShareScreen { source: None });
                self.model.people[seat].sharing = true;
            }
            Action::StopSharing(seat) if person(seat).runs => {
                lab.wish(seat, Intent::StopSharing);
                self.model.people[seat].sharing = false;
            }
            Action::Break(seat, client, node) => lab.break_wire(seat, millis(client), millis(node)),
            Action::Offline(seat, span) => lab.go_offline(seat, millis(span)),
            Action::Kill(seat, node) if person(seat).runs => {
                lab.kill(seat, millis(node));
                self.model.people[seat].stop();
            }
            Action::Revive(seat) if !person(seat).runs => {
                lab.revive(seat);
                self.model.people[seat].runs = true;
            }
            Action::DropLeg(seat, which) => lab.drop_leg(seat, which),
            Action::DropLegAtServer(seat, which) => lab.drop_leg_at_server(seat, which),
            Action::Replace(seat, which) => lab.ask_for_replacement(seat, which),
            Action::LoseMediaServer => lab.lose_media_server(),
            Action::Spoil(number) => lab.spoil_answers(number),
            Action::Restart(outage) => lab.restart_house(millis(outage)),
            _ => {}
        }
    }

    /// A look-up that was lost with the connection is not repeated by itself: whoever still wants into the room does it.
    fn try_again(&mut self) {
        for seat in 0..self.lab.seats.len() {
            hand_over(&mut self.lab, seat);
        }
        for (seat, person) in self.model.people.iter().enumerate() {
            let silent = |problem: &Problem| {
                problem.code == ProblemCode::RoomSilent && person.room.as_ref() == Some(&problem.about)
            };
            let Some(problem) = self.lab.seats[seat].problems.iter().find(|problem| silent(problem)) else {
                continue;
            };
            let problem = problem.id;
            self.lab.wish(seat, Intent::Resolve { problem });
            if person.sharing {
                self.lab.wish(seat, Intent::ShareScreen { source: None });
            }
        }
    }

    /// Lets everything come to rest; what differs from the model then.
    pub fn settle(&mut self) -> Vec<String> {
        for _ in 0..2 {
            if !self.lab.run_until_quiet(PATIENCE) {
                return vec![format!("the system is not quiet after {PATIENCE:?}")];
            }
            self.try_again();
        }
        differences(&self.lab, &self.model)
    }

    /// Panics unless everything comes to rest as the model says.
    pub fn agree(&mut self) {
        let found = self.settle();
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// An organiser who is asked what shall become of the meeting gives it to whoever is there longest; who cannot reach the room just goes.
fn hand_over(lab: &mut Lab, seat: usize) {
    if !lab.seats[seat].room.leaving {
        return;
    }
    let heir = lab.seats[seat].room.people.iter().find(|one| !one.me).map(|one| one.participant.clone());
    if let Some(participant) = heir {
        lab.wish(seat, Intent::LeaveTo { participant });
    }
    let seen = &lab.seats[seat];
    if seen.room.leaving && seen.problems.iter().any(|problem| problem.code == ProblemCode::RoomSilent) {
        lab.wish(seat, Intent::EndForAll);
    }
}

impl Replay for Script {
    const NAME: &'static str = "script";

    /// A script of two to six people and up to thirty steps.
    fn random(seed: u64) -> Script {
        let mut chance = Chance::from_number(seed ^ 0x5eed);
        let people = 2 + chance.below(5) as usize;
        let steps = 4 + chance.below(27);
        let doubles = if chance.percent(30) { 10 } else { 0 };
        let broken_camera = chance.percent(15).then(|| chance.below(people as u64) as usize);
        let mut script = Script { seed, people, doubles, broken_camera, steps: Vec::new() };
        for seat in 0..people {
            script.steps.push((chance.below(500), Action::Join(seat, ROOMS[0].to_owned())));
        }
        for _ in 0..steps {
            // Most things happen while something else is under way, some after all is calm.
            let wait =
                if chance.percent(25) { 5_000 + chance.below(25_000) } else { 60 + chance.below(1_500) };
            script.steps.push((wait, action(&mut chance, people)));
        }
        script
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn play(&self) -> Vec<String> {
        let mut play = Play::new(self.seed, self.people);
        play.lab.double_messages(self.doubles);
        if let Some(seat) = self.broken_camera {
            play.lab.seats[seat].engine.camera_is_broken = true;
            play.model.people[seat].camera_is_broken = true;
        }
        for (wait, action) in &self.steps {
            play.lab.run(Duration::from_millis(*wait));
            play.act(action);
        }
        play.settle()
    }

    fn without(&self, step: usize) -> Option<Script> {
        Some(Script { steps: without(&self.steps, step)?, ..self.clone() })
    }
}

/// Steps with one less, the others at the same times.
pub(crate) fn without<T: Clone>(steps: &[(u64, T)], step: usize) -> Option<Vec<(u64, T)>> {
    let mut steps = steps.to_vec();
    let (wait, _) = (step < steps.len()).then(|| steps.remove(step))?;
    if let Some(next) = steps.get_mut(step) {
        next.0 += wait;
    }
    Some(steps)
}

fn action(chance: &mut Chance, people: usize) -> Action {
    let seat = chance.below(people as u64) as usize;
    let which = chance.below(12) as usize;
    match chance.below(100) {
        0..16 => Action::Join(seat, ROOMS[usize::from(chance.percent(25))].to_owned()),
        16..28 => Action::Leave(seat),
        28..40 => Action::Microphone(seat, chance.percent(50)),
        40..49 => Action::Camera(seat, chance.percent(50)),
        49..56 => Action::Share(seat),
        56..60 => Action::StopSharing(seat),
        60..70 => Action::Break(seat, chance.below(3_000), chance.below(6_000)),
        70..77 => Action::Offline(seat, chance.below(30_000)),
        77..82 => Action::Kill(seat, chance.below(6_000)),
        82..87 => Action::Revive(seat),
        87..90 => Action::DropLeg(seat, which),
        90..93 => Action::DropLegAtServer(seat, which),
        93..95 => Action::Replace(seat, which),
        95 => Action::LoseMediaServer,
        96..98 => Action::Spoil(1 + chance.below(3) as u32),
        _ => Action::Restart(500 + chance.below(10_000)),
    }
}
