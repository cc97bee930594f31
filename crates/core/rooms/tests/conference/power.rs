//! Anybody tries anything in any order: what happens is what a small model of the rules says.

use std::time::Duration;

use confab_rethink::Code;
use confab_rooms::{MediaCommand, MediaKind};
use confab_types::LegId;
use proptest::prelude::*;
use serde_json::json;

use crate::world::{World, publish};

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dan", "guest-1"];
const GUEST: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Act {
    Join,
    Leave,
    Own { muted: bool },
    Mute,
    MuteAll,
    Unmute,
    Remove { ban: bool },
    Deputy { yes: bool },
    Delegate,
    Door { locked: bool, lobby: bool },
    Admit,
    Close,
    LowerHand,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Join),
        1 => Just(Act::Leave),
        2 => any::<bool>().prop_map(|muted| Act::Own { muted }),
        2 => Just(Act::Mute),
        1 => Just(Act::MuteAll),
        1 => Just(Act::Unmute),
        1 => any::<bool>().prop_map(|ban| Act::Remove { ban }),
        2 => any::<bool>().prop_map(|yes| Act::Deputy { yes }),
        1 => Just(Act::Delegate),
        1 => any::<(bool, bool)>().prop_map(|(locked, lobby)| Act::Door { locked, lobby }),
        2 => Just(Act::Admit),
        1 => Just(Act::Close),
        1 => Just(Act::LowerHand),
    ]
}

/// 3 organises, 2 is a deputy, 1 takes part, 0 is a guest.
type Rank = u8;

#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    key: Option<u32>,
    rank: Rank,
    muted: bool,
    ruled: bool,
    waits: bool,
    was_in: bool,
    /// Was put out, and banned.
    out: bool,
    banned: bool,
}

/// What the rules say, in as few words as possible.
#[derive(Default)]
struct Model {
    seats: [Seat; 5],
    given: u32,
    locked: bool,
    lobby: bool,
}

impl Model {
    fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..5).filter(|&seat| self.seats[seat].key.is_some())
    }

    fn organised(&self) -> bool {
        self.present().any(|seat| self.seats[seat].rank == 3)
    }

    fn sit(&mut self, seat: usize) {
        self.given += 1;
        let organised = self.organised();
        let seat_ = &mut self.seats[seat];
        let deputy = seat_.was_in && seat_.rank == 2;
        let rank = if seat == GUEST {
            0
        } else if !organised {
            3
        } else if deputy {
            2
        } else {
            1
        };
        let ruled = seat_.was_in && seat_.ruled && rank < 2;
        *seat_ = Seat { key: Some(self.given), rank, muted: ruled, ruled, was_in: true, ..Seat::default() };
    }

    fn join(&mut self, seat: usize) -> Code {
        let known = self.seats[seat];
        let would_organise = seat != GUEST && !self.organised();
        if known.key.is_some() {
            return Code::OK;
        }
        if known.banned {
            return Code::FORBIDDEN;
        }
        if !(would_organise || known.was_in) {
            if self.locked && !known.waits {
                return Code::FORBIDDEN;
            }
            if self.lobby || known.waits || known.out {
                self.seats[seat].waits = true;
                return Code::PROVISIONAL;
            }
        }
        self.sit(seat);
        Code::OK
    }

    fn end(&mut self) {
        *self = Model::default();
    }

    fn leave(&mut self, seat: usize) {
        let others = self.present().count() > 1;
        match self.seats[seat].rank {
            3 if others => self.end(),
            _ if others => self.seats[seat].key = None,
            // The company is gone; keys go on.
            _ => *self = Model { given: self.given, ..Model::default() },
        }
    }

    fn rules_over(&self, by: usize, over: usize) -> Result<(), Code> {
        let ranks = (self.seats[by].rank, self.seats[over].rank);
        match ranks {
            (0 | 1, _) => Err(Code::FORBIDDEN),
            _ if self.seats[over].key.is_none() => Err(Code::NOT_FOUND),
            (2, 2..) | (3, 3) => Err(Code::FORBIDDEN),
            _ => Ok(()),
        }
    }

    fn promotes(&self, by: usize, over: usize) -> Result<(), Code> {
        match self.seats[by].rank {
            3 if self.seats[over].key.is_none() => Err(Code::NOT_FOUND),
            3 if by == over => Err(Code::Num(409)),
            3 if over == GUEST => Err(Code::FORBIDDEN),
            3 => Ok(()),
            _ => Err(Code::FORBIDDEN),
        }
    }

    fn give(&mut self, seat: usize, rank: Rank) {
        self.seats[seat].rank = rank;
        self.seats[seat].ruled &= rank < 2;
    }

    fn apply(&mut self, by: usize, over: usize, act: Act) -> Code {
        self.try_apply(by, over, act).err().unwrap_or(Code::OK)
    }

    fn try_apply(&mut self, by: usize, over: usize, act: Act) -> Result<(), Code> {
        let organises = self.seats[by].rank >= 2;
        let needs = |right: bool| if right { Ok(()) } else { Err(Code::FORBIDDEN) };
        match act {
            Act::Join => match self.join(by) {
                Code::OK => {}
                code => return Err(code),
            },
            Act::Leave => self.leave(by),
            Act::Own { muted } => {
                needs(muted || !self.seats[by].ruled)?;
                self.seats[by].muted = muted;
            }
            Act::Mute => {
                self.rules_over(by, over)?;
                (self.seats[over].muted, self.seats[over].ruled) = (true, true);
            }
            Act::MuteAll => {
                needs(organises)?;
                for seat in self.present().filter(|&seat| seat != by).collect::<Vec<_>>() {
                    if self.seats[seat].rank < 2 {
                        (self.seats[seat].muted, self.seats[seat].ruled) = (true, true);
                    }
                }
            }
            Act::Unmute => {
                self.rules_over(by, over)?;
                self.seats[over].ruled = false;
            }
            Act::Remove { ban } => {
                self.rules_over(by, over)?;
                let known = self.seats[over];
                self.seats[over] =
                    Seat { out: known.out || !ban, banned: known.banned || ban, ..Seat::default() };
            }
            Act::Deputy { yes } => {
                self.promotes(by, over)?;
                self.give(over, if yes { 2 } else { 1 });
            }
            Act::Delegate => {
                self.promotes(by, over)?;
                self.give(by, 2);
                self.give(over, 3);
            }
            Act::Door { locked, lobby } => {
                needs(organises)?;
                let opens = self.lobby && !lobby;
                (self.locked, self.lobby) = (locked, lobby);
                for seat in 0..5 {
                    if opens && self.seats[seat].waits && !self.seats[seat].out {
                        self.sit(seat);
                    }
                }
            }
            Act::Admit => {
                needs(organises)?;
                let waiting: Vec<usize> = (0..5).filter(|&seat| self.seats[seat].waits).collect();
                waiting.iter().for_each(|&seat| self.sit(seat));
                if waiting.is_empty() {
                    return Err(Code::NOT_FOUND);
                }
            }
            Act::Close => {
                needs(self.seats[by].rank == 3)?;
                self.end();
            }
            Act::LowerHand => {
                needs(organises)?;
                if self.seats[over].key.is_none() {
                    return Err(Code::NOT_FOUND);
                }
            }
        }
        Ok(())
    }
}

struct Play {
    world: World,
    model: Model,
    legs: [Option<LegId>; 5],
    lines: u32,
}

impl Play {
    fn new() -> Play {
        let mut world = World::new();
        for name in NAMES {
            world.client(name);
        }
        Play { world, model: Model::default(), legs: [None; 5], lines: 0 }
    }

    fn step(&mut self, by: usize, over: usize, act: Act) -> Result<(), TestCaseError> {
        self.world.pass(Duration::from_secs(1));
        let present = self.model.seats[by].key.is_some();
        let been_there = self.world.clients[by].room.is_some();
        if !present && !matches!(act, Act::Join) {
            if been_there && !matches!(act, Act::Leave | Act::Admit) {
                let code = self.perform(by, over, act);
                prop_assert!(code.is_failure(), "{} {act:?} from outside: {code}", NAMES[by]);
            }
            return self.check();
        }
        if matches!(act, Act::Join) && present {
            return Ok(());
        }
        let order_of_waiting = matches!(act, Act::Admit | Act::Door { .. })
            && self.model.seats.iter().filter(|seat| seat.waits).count() > 1;
        if order_of_waiting {
            // Who came first gets the lower key; the model does not know who did.
            return self.check();
        }
        let code = self.perform(by, over, act);
        let expected = self.model.apply(by, over, act);
        prop_assert_eq!(code, expected, "{} {:?} {}", NAMES[by], act, NAMES[over]);
        for seat in 0..5 {
            if self.model.seats[seat].key.is_none() {
                self.legs[seat] = None;
            } else if self.legs[seat].is_none() {
                self.legs[seat] = Some(self.world.leg(seat, publish("camera")).1);
            }
        }
        self.check()
    }

    fn perform(&mut self, by: usize, over: usize, act: Act) -> Code {
        let key = format!("p{}", self.model.seats[over].key.unwrap_or(999));
        let (method, params) = match act {
            Act::Join => {
                self.world.subscribe(by);
                return self.world.clients[by].last_code();
            }
            Act::Leave => {
                self.world.leave(by);
                return self.world.clients[by].last_code();
            }
            Act::Own { muted } => ("setState", json!([{"audioMuted": muted}])),
            Act::Mute => ("muteUser", json!([key, "audio"])),
            Act::MuteAll => ("muteAll", json!([])),
            Act::Unmute => ("unmuteUser", json!([key, "audio"])),
            Act::Remove { ban } => ("removeUser", json!([key, "out", ban])),
            Act::Deputy { yes: true } => ("setRole", json!([key, "co-organiser"])),
            Act::Deputy { yes: false } => ("setRole", json!([key, "participant"])),
            Act::Delegate => ("delegate", json!([key])),
            Act::Door { locked, lobby } => ("setRoom", json!([{"locked": locked, "lobby": lobby}])),
            Act::Admit => {
                let told = self.world.clients[by].signals("private").pop().unwrap_or_default();
                let waiting = told["waiting"].as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
                let waiting = waiting.filter(|keys| !keys.is_empty()).unwrap_or(vec!["w999".into()]);
                ("admit", json!(waiting))
            }
            Act::Close => ("close", json!([])),
            Act::LowerHand => ("lowerHand", json!([key])),
        };
        self.world.execute(by, method, params)
    }

    /// Everybody present sees the roster of the model, hears whom it lets be heard, and reads each other; nobody else does.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let present: Vec<usize> = self.model.present().collect();
        let Some(&speaker) = present.first() else { return Ok(()) };
        for &viewer in &present {
            let client = &self.world.clients[viewer];
            prop_assert_eq!(client.sees("/roster").as_object().unwrap().len(), present.len());
            for &seat in &present {
                let Seat { key, rank, muted, ruled, .. } = self.model.seats[seat];
                let entry = client.sees(&format!("/roster/p{}", key.unwrap()));
                let role = ["guest", "participant", "co-organiser", "organiser"][usize::from(rank)];
                prop_assert_eq!(&entry["role"], role, "{}", NAMES[seat]);
                prop_assert_eq!(
                    (&entry["audioMuted"], &entry["mutedByOrganiser"]),
                    (&json!(muted), &json!(ruled))
                );
            }
        }
        for (seat, leg) in self.legs.iter().enumerate() {
            if let Some(leg) = leg {
                prop_assert_eq!(self.flows(*leg), !self.model.seats[seat].muted, "{} is heard", NAMES[seat]);
            }
        }
        self.lines += 1;
        let id = format!("1-{}#1", self.lines);
        self.world.clients.iter_mut().for_each(|client| {
            client.heard.retain(|message| {
                message.body.get("seq").is_some() || message.text("resource") == Some("private")
            })
        });
        let code = self.world.post(speaker, &id, json!({"type": "chat", "content": "x"}));
        prop_assert_eq!(code, Code::OK);
        for (seat, client) in self.world.clients.iter().enumerate() {
            let read = client.lines().len();
            prop_assert_eq!(read, usize::from(present.contains(&seat)), "{} reads", client.name);
        }
        Ok(())
    }

    fn flows(&self, of: LegId) -> bool {
        let mut open = false;
        for command in &self.world.media {
            match command {
                MediaCommand::AddLeg { leg, .. } if *leg == of => open = true,
                MediaCommand::RemoveLeg { leg } if *leg == of => open = false,
                MediaCommand::SetFlow { leg, kind: MediaKind::Audio, on } if *leg == of => open = *on,
                _ => {}
            }
        }
        open
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nobody_does_what_they_have_no_right_to(steps in prop::collection::vec((0usize..5, 0usize..5, act()), 1..60)) {
        let mut play = Play::new();
        for (by, over, act) in steps {
            play.step(by, over, act)?;
        }
    }
}
