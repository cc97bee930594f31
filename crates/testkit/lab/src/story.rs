//! Random stories of people in two domains who call, write and watch each other, and of what breaks: made from a seed, run against lab
//! and model.

use std::time::Duration;

use confab_contract::{CallPhase, Intent, OwnPresence};
use confab_types::Chance;
use serde::{Deserialize, Serialize};

use crate::network::Weather;
use crate::replay::Replay;
use crate::script::without;
use crate::town::{DOMAINS, Town};

/// Something that somebody does, or that breaks. People are named by their seat, spans are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Rings somebody.
    Call(usize, usize, bool),
    /// Everybody at whose desk it rings takes the call.
    AcceptAll,
    /// Takes the call that rings.
    Accept(usize),
    /// Refuses the call that rings.
    Decline(usize),
    /// Hangs up, or gives up calling.
    HangUp(usize),
    /// Says something.
    Say(usize, String),
    /// Moves the microphone's switch.
    Microphone(usize, bool),
    /// Moves the camera's switch.
    Camera(usize, bool),
    /// Shares a screen, or no longer.
    Share(usize, bool),
    /// Puts somebody on the list.
    Add(usize, usize),
    /// Takes somebody off the list.
    Remove(usize, usize),
    /// Lets somebody see them, or no longer.
    Allow(usize, usize, bool),
    /// Says how they are.
    Presence(usize, OwnPresence),
    /// The program is killed; when the nodes notice.
    Kill(usize, u64),
    /// The program starts again.
    Revive(usize),
    /// Every connection to the nodes breaks; when the client and the nodes notice.
    Break(usize, u64, u64),
    /// The connection to one domain breaks; when both notice.
    BreakWay(usize, usize, u64),
    /// No network for so long.
    Offline(usize, u64),
    /// The path of the call is lost.
    LosePath(usize),
    /// The backend of a domain is away for so long.
    Fall(usize, u64),
    /// What happens to single messages from now on.
    Turn(Weather),
}

/// What happens, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Everything that is random in the run comes from it.
    pub seed: u64,
    /// How many people.
    pub people: usize,
    /// Milliseconds to wait before each deed.
    pub steps: Vec<(u64, Deed)>,
}

impl Town {
    /// Does it in the lab and in the model.
    pub fn act(&mut self, deed: &Deed) {
        let millis = Duration::from_millis;
        match *deed {
            Deed::Call(seat, other, video) => self.call(seat, other, video),
            Deed::AcceptAll => {
                for seat in 0..self.lab.seats.len() {
                    if self.phase(seat) == CallPhase::Incoming {
                        self.accept(seat);
                    }
                }
            }
            Deed::Accept(seat) => self.accept(seat),
            Deed::Decline(seat) => self.lab.wish(seat, Intent::Decline),
            Deed::HangUp(seat) => self.hang_up(seat),
            Deed::Say(seat, ref text) => self.say(seat, text),
            Deed::Microphone(seat, on) => self.lab.wish(seat, Intent::SetMicrophone { on }),
            Deed::Camera(seat, on) => self.lab.wish(seat, Intent::SetCamera { on }),
            Deed::Share(seat, true) => self.lab.wish(seat, Intent::ShareScreen { source: None }),
            Deed::Share(seat, false) => self.lab.wish(seat, Intent::StopSharing),
            Deed::Add(seat, other) => self.add(seat, other),
            Deed::Remove(seat, other) => self.remove(seat, other),
            Deed::Allow(seat, other, allowed) => self.allow(seat, other, allowed),
            Deed::Presence(seat, presence) => self.set_presence(seat, presence),
            Deed::Kill(seat, node) => self.kill(seat, node),
            Deed::Revive(seat) => self.revive(seat),
            Deed::Break(seat, client, node) => self.lab.break_wire(seat, millis(client), millis(node)),
            Deed::BreakWay(seat, site, both) => self.lab.break_way(seat, site, millis(both), millis(both)),
            Deed::Offline(seat, span) => self.lab.go_offline(seat, millis(span)),
            Deed::LosePath(seat) => self.lab.drop_peer(seat),
            Deed::Fall(site, outage) => self.lab.restart_site(site, millis(outage)),
            Deed::Turn(weather) => self.lab.set_weather(weather),
        }
    }
}

impl Replay for Story {
    const NAME: &'static str = "story";

    /// A story of two to four people and up to thirty deeds.
    fn random(seed: u64) -> Story {
        let mut chance = Chance::from_number(seed ^ 0x707e);
        let people = 2 + chance.below(3) as usize;
        let steps = 6 + chance.below(25);
        // A third of the stories happens in fair weather.
        let foul = chance.percent(66);
        let mut story = Story { seed, people, steps: Vec::new() };
        for seat in 0..people {
            for other in (0..people).filter(|other| *other != seat) {
                if chance.percent(60) {
                    story.steps.push((chance.below(300), Deed::Allow(seat, other, true)));
                }
            }
        }
        for _ in 0..steps {
            // Most things happen while something else is under way, some after all is calm.
            let wait =
                if chance.percent(20) { 5_000 + chance.below(25_000) } else { 60 + chance.below(1_500) };
            story.steps.push((wait, deed(&mut chance, people, foul)));
        }
        story
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn play(&self) -> Vec<String> {
        let mut town = Town::new(self.seed, self.people);
        for (wait, deed) in &self.steps {
            town.run(*wait);
            town.act(deed);
        }
        let found = town.settle();
        if !found.is_empty() {
            return found;
        }
        let there: Vec<usize> = (0..self.people).filter(|&seat| town.model.people[seat].runs).collect();
        match there[..] {
            [one, two, ..] if self.seed.is_multiple_of(2) => town.probe(one, two),
            [.., one, two] => town.probe(two, one),
            _ => Vec::new(),
        }
    }

    fn without(&self, step: usize) -> Option<Story> {
        Some(Story { steps: without(&self.steps, step)?, ..self.clone() })
    }
}

fn deed(chance: &mut Chance, people: usize, foul: bool) -> Deed {
    let seat = chance.below(people as u64) as usize;
    let other = (seat + 1 + chance.below(people as u64 - 1) as usize) % people;
    let site = chance.below(DOMAINS.len() as u64) as usize;
    match chance.below(100) {
        0..16 => Deed::Call(seat, other, chance.percent(50)),
        16..30 => Deed::AcceptAll,
        30..33 => Deed::Accept(seat),
        33..36 => Deed::Decline(seat),
        36..40 => Deed::HangUp(seat),
        40..52 => Deed::Say(seat, format!("{} says {}", seat, chance.below(1_000))),
        52..55 => Deed::Microphone(seat, chance.percent(50)),
        55..57 => Deed::Camera(seat, chance.percent(50)),
        57..59 => Deed::Share(seat, chance.percent(60)),
        59..62 => Deed::Add(seat, other),
        62..64 => Deed::Remove(seat, other),
        64..69 => Deed::Allow(seat, other, chance.percent(65)),
        69..74 => Deed::Presence(seat, own(chance)),
        74..77 => Deed::Kill(seat, chance.below(6_000)),
        77..81 => Deed::Revive(seat),
        81..85 => Deed::Break(seat, chance.below(3_000), chance.below(6_000)),
        85..88 => Deed::BreakWay(seat, site, chance.below(3_000)),
        88..90 => Deed::Offline(seat, chance.below(20_000)),
        90..92 => Deed::LosePath(seat),
        92..95 => Deed::Fall(site, 500 + chance.below(12_000)),
        _ if foul => Deed::Turn(Weather {
            loss: chance.below(20),
            doubles: chance.below(20),
            overtaken: chance.below(30),
        }),
        _ => Deed::Say(seat, "fair".to_owned()),
    }
}

fn own(chance: &mut Chance) -> OwnPresence {
    [OwnPresence::Available, OwnPresence::Busy, OwnPresence::Away, OwnPresence::Invisible]
        [chance.below(4) as usize]
}
