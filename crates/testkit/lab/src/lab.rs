//! The clock, the agenda and what happens next.

mod media;
mod wires;

use std::time::Duration;

use confab_contract::{CallPhase, Intent, MeetingPhase};
use confab_media_model::{LegDown, MediaPlan};
use confab_message_node::NodeInput;
use confab_rooms::MediaEvent;
use confab_types::{Chance, Machine, Mono};
use confab_user_agent::{Input, SignInFailure};

use crate::agenda::Agenda;
use crate::desk::{DOMAIN, Desk, PASSWORD};
use crate::event::Event;
use crate::fault::Swallow;
use crate::house::{Disk, House, Out, Rules, WALL};
use crate::network::Network;
use crate::seat::Seat;

/// More things than this at one moment are a machine that wakes itself in circles.
const CIRCLES: u32 = 20_000;
/// How long the media server waits for a transport.
const UP_WITHIN: Duration = Duration::from_secs(20);
/// The system is quiet when nothing is due for so long.
pub const QUIET: Duration = Duration::from_secs(60);

/// The whole system.
pub struct Lab {
    /// Now.
    pub now: Mono,
    /// The people.
    pub seats: Vec<Seat>,
    /// The backend, while it runs.
    pub house: Option<House>,
    /// What was seen that must never be.
    pub violations: Vec<String>,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) network: Network,
    pub(crate) chance: Chance,
    pub(crate) disk: Disk,
    pub(crate) rules: Rules,
    pub(crate) house_life: u32,
    pub(crate) swallows: Vec<Swallow>,
    desk: Desk,
    at_once: u32,
}

impl Lab {
    /// A backend with these rules, and nobody there.
    pub fn new(seed: u64, rules: Rules) -> Lab {
        let mut chance = Chance::from_number(seed);
        let house = House::open(1, Mono::ZERO, &rules, Disk::new(), &mut chance);
        Lab {
            now: Mono::ZERO,
            seats: Vec::new(),
            house: Some(house),
            violations: Vec::new(),
            agenda: Agenda::default(),
            network: Network::new(chance.fork()),
            chance,
            disk: Disk::new(),
            rules,
            house_life: 1,
            swallows: Vec::new(),
            desk: Desk::default(),
            at_once: 0,
        }
    }

    /// Somebody sits down and signs in with a password.
    pub fn add(&mut self, name: &str) -> usize {
        let seat = self.seats.len();
        self.seats.push(Seat::new(name));
        self.network.add_seat();
        self.start(seat);
        let (server, user, password) = (DOMAIN.to_owned(), name.to_owned(), PASSWORD.to_owned());
        self.wish(seat, Intent::SignIn { server, user, password });
        seat
    }

    /// Starts the program at a seat with what it remembers.
    pub(crate) fn start(&mut self, seat: usize) {
        let chance = self.chance.fork();
        self.seats[seat].start(chance);
        let (remembered, kept) = (self.seats[seat].remembered.clone(), self.seats[seat].kept.clone());
        let unix_ms = WALL + self.now.as_millis();
        self.tell(seat, Input::Start { unix_ms, remembered, kept });
    }

    /// A wish of somebody.
    pub fn wish(&mut self, seat: usize, intent: Intent) {
        self.tell(seat, Input::Intent(intent));
    }

    /// Lets time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.step(next);
        }
        self.now = end;
    }

    /// Lets time pass until nothing is due for [`QUIET`]; false when that does not come within `limit`.
    pub fn run_until_quiet(&mut self, limit: Duration) -> bool {
        let end = self.now + limit;
        while self.now <= end {
            match self.next() {
                Some(next) if next.since(self.now) <= QUIET => self.step(next),
                _ => return true,
            }
        }
        false
    }

    fn next(&self) -> Option<Mono> {
        let agents = self.seats.iter().filter_map(|seat| seat.agent.as_ref()?.deadline());
        let house = self.house.as_ref().and_then(House::deadline);
        agents.chain(house).chain(self.agenda.next()).min()
    }

    fn step(&mut self, next: Mono) {
        if next > self.now {
            self.at_once = 0;
        }
        self.at_once += 1;
        assert!(self.at_once < CIRCLES, "a machine wakes itself in circles at {:?}", self.now);
        self.now = next.max(self.now);
        if let Some(event) = self.agenda.take(self.now) {
            return self.happen(event);
        }
        for seat in 0..self.seats.len() {
            let Some(agent) = self.seats[seat].agent.as_mut() else { continue };
            if agent.deadline().is_some_and(|at| at <= self.now) {
                agent.wake(self.now);
                self.drain(seat);
            }
        }
        if let Some(house) =
            self.house.as_mut().filter(|house| house.deadline().is_some_and(|at| at <= self.now))
        {
            house.wake(self.now);
            self.drain_house();
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input { seat, life, input } if self.lives(seat, life) => self.tell(seat, input),
            Event::Fact { seat, life, fact } if self.lives(seat, life) => self.tell(seat, Input::Media(fact)),
            Event::Chore { seat, life, chore } if self.lives(seat, life) => self.chore(seat, chore),
            Event::SignIn { seat, life, account, user, secret } if self.lives(seat, life) => {
                let open = self.house.is_some() && self.is_online(seat);
                let input = match open.then(|| self.desk.sign_in(self.now, self.house_life, &user, &secret)) {
                    None => {
                        let failure = SignInFailure::Unreachable("no route".to_owned());
                        Input::SignInFailed { account, failure }
                    }
                    Some(Ok(grant)) => Input::SignedIn { account, grant },
                    Some(Err(failure)) => Input::SignInFailed { account, failure },
                };
                self.tell(seat, input);
            }
            Event::Input { .. } | Event::Fact { .. } | Event::Chore { .. } | Event::SignIn { .. } => {}
            Event::Dialled { conn } => self.dialled(conn),
            Event::Up { conn } => {
                if let Some((seat, connection)) = self.listener(conn) {
                    self.tell(seat, Input::TransportUp(connection));
                }
            }
            Event::SeatNotices { conn } => self.seat_notices(conn),
            Event::NodeNotices { conn } => {
                let believed = self.network.wire(conn).map(|wire| std::mem::take(&mut wire.node_believes));
                if let (Some(true), Some(house)) = (believed, self.house.as_mut()) {
                    house.node(self.now, NodeInput::Closed { conn });
                    self.drain_house();
                }
                self.network.sweep();
            }
            Event::ToNode { conn, message } => {
                let arrives = self.network.wire(conn).is_some_and(|wire| !wire.dead && wire.node_believes);
                if let Some(house) = self.house.as_mut().filter(|_| arrives) {
                    house.node(self.now, NodeInput::Incoming { conn, message });
                    self.drain_house();
                }
            }
            Event::ToSeat { conn, message } => {
                if let Some((seat, connection)) = self.listener(conn) {
                    self.tell(seat, Input::Received(connection, message));
                }
            }
            Event::Media { house, event } => self.media(house, event),
            Event::ServerLoses { house, leg } => {
                let house_now = self.house.as_mut().filter(|now| now.life == house);
                if house_now.is_some_and(|now| now.table.legs.remove(&leg).is_some()) {
                    self.media(house, MediaEvent::LegDown { leg, reason: "path lost".to_owned() });
                }
            }
            Event::ServerTires { house, leg } => {
                let there = self.house.as_ref().filter(|now| now.life == house);
                if there.and_then(|house| house.table.legs.get(&leg)).is_some_and(|leg| !leg.up) {
                    self.agenda.at(self.now, Event::ServerLoses { house, leg });
                }
            }
            Event::ClientLoses { end, reason } => self.client_loses(&end, reason),
            Event::MediaStarves { seat, life } if self.lives(seat, life) && !self.is_online(seat) => {
                self.starve(seat);
            }
            Event::MediaStarves { .. } => {}
            Event::HouseOpens => {
                self.house_life += 1;
                let disk = std::mem::take(&mut self.disk);
                self.house =
                    Some(House::open(self.house_life, self.now, &self.rules, disk, &mut self.chance));
                self.drain_house();
            }
        }
    }

    fn lives(&self, seat: usize, life: u32) -> bool {
        self.seats[seat].life == life && self.seats[seat].agent.is_some()
    }

    pub(crate) fn is_online(&self, seat: usize) -> bool {
        self.seats[seat].offline_until <= self.now
    }

    /// One input for one user agent, and everything that it asks for.
    pub fn tell(&mut self, seat: usize, input: Input) {
        let Some(agent) = self.seats[seat].agent.as_mut() else { return };
        agent.handle(self.now, input);
        self.drain(seat);
    }

    fn drain(&mut self, seat: usize) {
        while let Some(output) = self.seats[seat].agent.as_mut().and_then(Machine::poll) {
            self.carry_out(seat, output);
        }
        let seat_now = &self.seats[seat];
        let idle = seat_now.phase() == MeetingPhase::Idle && seat_now.call.phase != CallPhase::Incoming;
        if idle && self.seats[seat].plan != MediaPlan::default() {
            self.violations.push(format!("{} has media without a meeting", self.seats[seat].name));
        }
    }

    pub(crate) fn drain_house(&mut self) {
        let Some(house) = self.house.as_mut() else { return };
        let life = house.life;
        let moved = std::mem::take(&mut house.moved);
        for out in house.take_out() {
            match out {
                Out::Send(conn, message) => self.hand_to_seat(conn, message),
                Out::Close(conn) => {
                    if let Some(wire) = self.network.wire(conn) {
                        wire.node_believes = false;
                    }
                    if let Some(at) = self.network.arrival_at_seat(self.now, conn) {
                        self.agenda.at(at, Event::SeatNotices { conn });
                    }
                }
                Out::Media(event) => {
                    if let MediaEvent::Answer { leg, .. } = event {
                        self.agenda.at(self.now + UP_WITHIN, Event::ServerTires { house: life, leg });
                    }
                    let at = self.now + self.network.span(Duration::from_millis(50));
                    self.agenda.at(at, Event::Media { house: life, event });
                }
                Out::Dropped(end) => {
                    let at = self.now + self.network.span(Duration::from_secs(3));
                    self.agenda.at(at, Event::ClientLoses { end, reason: LegDown::Lost });
                }
            }
        }
        if moved {
            self.show_pictures();
        }
    }
}
