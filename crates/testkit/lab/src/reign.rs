//! Random scripts of a moderated room: who rules over whom, who is let in, what is said to whom, and what breaks meanwhile. What must be
//! true in the end is worked out by [`crate::justice`].

use std::time::Duration;

use confab_contract::{Intent, MeetingPhase, Silenced};
use confab_types::Chance;
use serde::{Deserialize, Serialize};

use crate::house::{ROOMS, Rules};
use crate::justice;
use crate::lab::Lab;
use crate::replay::Replay;
use crate::script::NAMES;

/// How long the system may take to be quiet.
const PATIENCE: Duration = Duration::from_secs(900);

/// Something that somebody does, or that breaks. People are named by their seat; a ruler by none is whoever organises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Comes into the room.
    Enter(usize),
    /// Leaves; an organiser hands over to whoever is there longest.
    Leave(usize),
    /// Ends the meeting for all.
    End(Option<usize>),
    /// Closes somebody's microphone, camera or share.
    Silence(Option<usize>, usize, u8),
    /// Closes the microphones of all.
    MuteAll(Option<usize>),
    /// Lifts what was closed, and asks.
    Ask(Option<usize>, usize),
    /// Puts somebody out.
    Remove(Option<usize>, usize, bool),
    /// Lets in who waits.
    Admit(Option<usize>),
    /// Turns away who waits.
    Refuse(Option<usize>),
    /// Whether people wait.
    Lobby(Option<usize>, bool),
    /// Whether nobody comes in.
    Lock(Option<usize>, bool),
    /// Makes a deputy, or no longer.
    Deputy(Option<usize>, usize, bool),
    /// Hands the room over.
    HandOver(Option<usize>, usize),
    /// Moves the own switches: microphone or camera.
    Switch(usize, bool, bool),
    /// Shares a screen, or no longer.
    Share(usize, bool),
    /// Says something to all, or to one.
    Say(usize, Option<usize>),
    /// The connection breaks; milliseconds until client and node notice.
    Break(usize, u64, u64),
    /// No network for so many milliseconds.
    Offline(usize, u64),
    /// The program is killed; milliseconds until the node notices.
    Kill(usize, u64),
    /// It starts again.
    Revive(usize),
    /// The backend is away for so many milliseconds.
    Restart(u64),
    /// The media server loses everything.
    LoseMediaServer,
}

/// What happens, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reign {
    /// Everything that is random in the run comes from it.
    pub seed: u64,
    /// How many people.
    pub people: usize,
    /// Milliseconds to wait before each act.
    pub steps: Vec<(u64, Act)>,
}

impl Replay for Reign {
    const NAME: &'static str = "reign";

    fn random(seed: u64) -> Reign {
        let mut chance = Chance::from_number(seed ^ 0xface);
        let people = 2 + chance.below(4) as usize;
        let mut reign = Reign { seed, people, steps: Vec::new() };
        for seat in 0..people {
            reign.steps.push((chance.below(3_000), Act::Enter(seat)));
        }
        for _ in 0..6 + chance.below(25) {
            let wait =
                if chance.percent(25) { 5_000 + chance.below(60_000) } else { 20 + chance.below(1_500) };
            reign.steps.push((wait, act(&mut chance, people)));
        }
        reign
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn play(&self) -> Vec<String> {
        let mut lab = Lab::new(self.seed, Rules { ends_with_organiser: true, ..Rules::default() });
        for name in &NAMES[..self.people] {
            lab.add(name);
        }
        lab.run(Duration::from_secs(2));
        for (number, (wait, act)) in self.steps.iter().enumerate() {
            lab.run(Duration::from_millis(*wait));
            perform(&mut lab, act, number);
        }
        // Who waits is told every minute that they still do.
        let waits = |lab: &Lab| lab.seats.iter().any(|seat| seat.phase() == MeetingPhase::Waiting);
        if !lab.run_until_quiet(PATIENCE) && !waits(&lab) {
            return vec![format!("the system is not quiet after {PATIENCE:?}")];
        }
        justice::wrongs(&lab)
    }

    fn without(&self, step: usize) -> Option<Reign> {
        let mut steps = self.steps.clone();
        let (gone, _) = (step < steps.len()).then(|| steps.remove(step))?;
        if let Some((wait, _)) = steps.get_mut(step) {
            *wait += gone;
        }
        Some(Reign { steps, ..self.clone() })
    }
}

fn act(chance: &mut Chance, people: usize) -> Act {
    let seat = chance.below(people as u64) as usize;
    let other = (seat + 1 + chance.below(people as u64 - 1) as usize) % people;
    // Most orders come from whoever may give them.
    let ruler = if chance.percent(75) { None } else { Some(seat) };
    let on = chance.percent(50);
    match chance.below(100) {
        0..12 => Act::Enter(seat),
        12..17 => Act::Leave(seat),
        17..18 => Act::End(ruler),
        18..28 => Act::Silence(ruler, other, chance.below(3) as u8),
        28..31 => Act::MuteAll(ruler),
        31..35 => Act::Ask(ruler, other),
        35..40 => Act::Remove(ruler, other, chance.percent(30)),
        40..45 => Act::Admit(ruler),
        45..46 => Act::Refuse(ruler),
        46..50 => Act::Lobby(ruler, on),
        50..52 => Act::Lock(ruler, on),
        52..56 => Act::Deputy(ruler, other, chance.percent(70)),
        56..58 => Act::HandOver(ruler, other),
        58..68 => Act::Switch(seat, chance.percent(60), on),
        68..71 => Act::Share(seat, on),
        71..83 => Act::Say(seat, chance.percent(30).then_some(other)),
        83..88 => Act::Break(seat, chance.below(8_000), chance.below(8_000)),
        88..91 => Act::Offline(seat, chance.below(30_000)),
        91..94 => Act::Kill(seat, chance.below(8_000)),
        94..98 => Act::Revive(seat),
        98..99 => Act::Restart(chance.below(20_000)),
        _ => Act::LoseMediaServer,
    }
}

fn perform(lab: &mut Lab, act: &Act, number: usize) {
    let millis = Duration::from_millis;
    let intent = match *act {
        Act::Enter(seat) => {
            if lab.seats[seat].is_signed_in() && lab.seats[seat].phase() == MeetingPhase::Idle {
                lab.wish(seat, Intent::Join { room: ROOMS[0].to_owned() });
            }
            return;
        }
        Act::Leave(seat) => return leave(lab, seat),
        Act::Switch(seat, microphone, on) => {
            let wish = if microphone { Intent::SetMicrophone { on } } else { Intent::SetCamera { on } };
            return lab.wish(seat, wish);
        }
        Act::Share(seat, on) => {
            return lab
                .wish(seat, if on { Intent::ShareScreen { source: None } } else { Intent::StopSharing });
        }
        Act::Say(seat, to) => {
            let text = justice::words(seat, to, number);
            let key = to.map(|to| key(lab, seat, to));
            // To nobody nothing is said.
            if let Some(to) = key.map_or(Some(None), |key| key.map(Some)) {
                lab.wish(seat, Intent::Say { text, to, reply: None });
            }
            return;
        }
        Act::Break(seat, client, node) => return lab.break_wire(seat, millis(client), millis(node)),
        Act::Offline(seat, span) => return lab.go_offline(seat, millis(span)),
        Act::Kill(seat, node) => {
            if lab.seats[seat].agent.is_some() {
                lab.kill(seat, millis(node));
            }
            return;
        }
        Act::Revive(seat) => {
            if lab.seats[seat].agent.is_none() {
                lab.revive(seat);
            }
            return;
        }
        Act::Restart(outage) => return lab.restart_house(millis(outage)),
        Act::LoseMediaServer => return lab.lose_media_server(),
        Act::End(by) => (by, None, Intent::EndForAll),
        Act::MuteAll(by) => (by, None, Intent::MuteAll),
        Act::Admit(by) => (by, None, Intent::Admit { waiting: None }),
        Act::Lobby(by, on) => (by, None, Intent::SetLobby { on }),
        Act::Lock(by, on) => (by, None, Intent::SetLocked { on }),
        Act::Refuse(by) => (by, None, Intent::Refuse { waiting: String::new() }),
        Act::Silence(by, of, what) => {
            let what = [Silenced::Microphone, Silenced::Camera, Silenced::Share][usize::from(what) % 3];
            (by, Some(of), Intent::Silence { participant: String::new(), what })
        }
        Act::Ask(by, of) => {
            (by, Some(of), Intent::AskToOpen { participant: String::new(), what: Silenced::Microphone })
        }
        Act::Remove(by, of, ban) => {
            (by, Some(of), Intent::Remove { participant: String::new(), reason: String::new(), ban })
        }
        Act::Deputy(by, of, on) => (by, Some(of), Intent::SetCoOrganiser { participant: String::new(), on }),
        Act::HandOver(by, of) => (by, Some(of), Intent::HandOver { participant: String::new() }),
    };
    rule(lab, intent);
}

/// Gives an order, if there is somebody to give it, and somebody it is about.
fn rule(lab: &mut Lab, (by, of, intent): (Option<usize>, Option<usize>, Intent)) {
    let organises = |seat: &usize| lab.seats[*seat].room.may.end;
    let Some(by) = by.or_else(|| (0..lab.seats.len()).find(organises)) else { return };
    // Only who may is asked to end it all; others would just leave.
    if intent == Intent::EndForAll && !organises(&by) {
        return;
    }
    let named = match of {
        Some(of) => key(lab, by, of),
        None => Some(String::new()),
    };
    let Some(participant) = named else { return };
    let intent = match intent {
        Intent::Silence { what, .. } => Intent::Silence { participant, what },
        Intent::AskToOpen { what, .. } => Intent::AskToOpen { participant, what },
        Intent::Remove { reason, ban, .. } => Intent::Remove { participant, reason, ban },
        Intent::SetCoOrganiser { on, .. } => Intent::SetCoOrganiser { participant, on },
        Intent::HandOver { .. } => Intent::HandOver { participant },
        Intent::Refuse { .. } => match lab.seats[by].room.waiting.first() {
            Some(first) => Intent::Refuse { waiting: first.id.clone() },
            None => return,
        },
        other => other,
    };
    lab.wish(by, intent);
}

fn leave(lab: &mut Lab, seat: usize) {
    lab.wish(seat, Intent::Leave);
    if lab.seats[seat].room.leaving {
        let heir = lab.seats[seat].room.people.iter().find(|one| !one.me).map(|one| one.participant.clone());
        if let Some(participant) = heir {
            lab.wish(seat, Intent::LeaveTo { participant });
        }
    }
}

/// The key of somebody, as another one sees it.
fn key(lab: &Lab, by: usize, of: usize) -> Option<String> {
    let name = &lab.seats[of].name;
    lab.seats[by].room.people.iter().find(|one| one.name == *name).map(|one| one.participant.clone())
}
