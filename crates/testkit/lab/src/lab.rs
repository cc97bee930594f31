//! The clock, the agenda and what happens next.

mod media;
mod peers;
mod wires;

use std::time::Duration;

use confab_contract::{CallPhase, Intent, MeetingPhase};
use confab_media_model::{LegDown, MediaPlan};
use confab_message_node::NodeInput;
use confab_rethink::{Domain, Url};
use confab_rooms::MediaEvent;
use confab_types::{Chance, Machine, Mono};
use confab_user_agent::{Input, SignInFailure};

use crate::agenda::Agenda;
use crate::desk::{DOMAIN, PASSWORD, user_url};
use crate::event::Event;
use crate::fault::Swallow;
use crate::house::{House, Out, Rules, WALL};
use crate::network::Network;
use crate::privacy;
use crate::seat::Seat;
use crate::site::Site;

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
    /// The domains.
    pub sites: Vec<Site>,
    /// What was seen that must never be.
    pub violations: Vec<String>,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) network: Network,
    pub(crate) chance: Chance,
    pub(crate) swallows: Vec<Swallow>,
    /// Whether every message and view of a call is printed: `LAB_TRACE=1`.
    pub(crate) trace: bool,
    at_once: u32,
}

impl Lab {
    /// One domain with these rules, and nobody there.
    pub fn new(seed: u64, rules: Rules) -> Lab {
        Lab::of_domains(seed, &[DOMAIN], rules)
    }

    /// Several domains that know where the others are, and nobody there.
    pub fn of_domains(seed: u64, domains: &[&str], rules: Rules) -> Lab {
        let mut chance = Chance::from_number(seed);
        let parsed = |name: &&str| Domain::parse(name).expect("the lab's domains are valid");
        let domains: Vec<Domain> = domains.iter().map(parsed).collect();
        let site = |domain: &Domain| {
            let others = domains.iter().filter(|other| *other != domain).cloned().collect();
            Site::open(domain.clone(), others, rules.clone(), &mut chance)
        };
        let sites = domains.iter().map(site).collect();
        Lab {
            now: Mono::ZERO,
            seats: Vec::new(),
            sites,
            violations: Vec::new(),
            agenda: Agenda::default(),
            network: Network::new(chance.fork()),
            chance,
            swallows: Vec::new(),
            trace: std::env::var_os("LAB_TRACE").is_some(),
            at_once: 0,
        }
    }

    /// The backend of the first domain, while it runs.
    pub fn house(&self) -> Option<&House> {
        self.sites[0].house.as_ref()
    }

    /// The address of the user at a seat.
    pub fn user(&self, seat: usize) -> Url {
        user_url(&self.sites[self.seats[seat].home].domain, &self.seats[seat].name)
    }

    /// Somebody of the first domain sits down and signs in with a password.
    pub fn add(&mut self, name: &str) -> usize {
        self.add_to(0, name)
    }

    /// Somebody of a domain sits down and signs in with a password.
    pub fn add_to(&mut self, site: usize, name: &str) -> usize {
        let seat = self.seats.len();
        self.seats.push(Seat::new(name, site));
        self.network.add_seat();
        self.start(seat);
        let server = self.sites[site].domain.to_string();
        let (user, password) = (name.to_owned(), PASSWORD.to_owned());
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
        let houses = self.sites.iter().filter_map(|site| site.house.as_ref()?.deadline());
        agents.chain(houses).chain(self.agenda.next()).min()
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
        for site in 0..self.sites.len() {
            let Some(house) = self.sites[site].house.as_mut() else { continue };
            if house.deadline().is_some_and(|at| at <= self.now) {
                house.wake(self.now);
                self.drain_house(site);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input { seat, life, input } if self.lives(seat, life) => self.tell(seat, input),
            Event::Fact { seat, life, fact } if self.lives(seat, life) => self.tell(seat, Input::Media(fact)),
            Event::Chore { seat, life, chore } if self.lives(seat, life) => self.chore(seat, chore),
            Event::SignIn { seat, life, site, account, user, secret } if self.lives(seat, life) => {
                let online = self.is_online(seat);
                let site = &mut self.sites[site];
                let open = site.house.is_some() && online;
                let input = match open.then(|| site.desk.sign_in(self.now, site.life, &user, &secret)) {
                    None => {
                        let failure = SignInFailure::Unreachable("no route".to_owned());
                        Input::SignInFailed { account, failure }
                    }
                    Some(Ok(grant)) => Input::SignedIn { account, grant },
                    Some(Err(failure)) => Input::SignInFailed { account, failure },
                };
                self.tell(seat, input);
            }
            Event::Discover { seat, life, account, domain } if self.lives(seat, life) => {
                self.discover(seat, account, domain);
            }
            Event::Input { .. }
            | Event::Fact { .. }
            | Event::Chore { .. }
            | Event::SignIn { .. }
            | Event::Discover { .. } => {}
            Event::Dialled { conn, prove } => self.dialled(conn, prove),
            Event::Up { conn, proof } => self.up(conn, proof),
            Event::SeatNotices { conn } => self.seat_notices(conn),
            Event::NodeNotices { conn } => {
                let wire = self.network.wire(conn);
                let believed = wire.map(|wire| (wire.site, std::mem::take(&mut wire.node_believes)));
                if let Some((site, true)) = believed {
                    self.tell_node(site, NodeInput::Closed { conn });
                }
                self.network.sweep();
            }
            Event::ToNode { conn, message } => {
                let arrives = self.network.wire(conn).filter(|wire| !wire.dead && wire.node_believes);
                if let Some(site) = arrives.map(|wire| wire.site) {
                    self.tell_node(site, NodeInput::Incoming { conn, message });
                }
            }
            Event::ToSeat { conn, message } => {
                if let Some((seat, connection)) = self.listener(conn) {
                    self.tell(seat, Input::Received(connection, message));
                }
            }
            Event::Media { site, house, event } => self.media(site, house, event),
            Event::ServerLoses { site, house, leg } => {
                let there = self.sites[site].house_of(house);
                if there.is_some_and(|there| there.table.legs.remove(&leg).is_some()) {
                    self.media(site, house, MediaEvent::LegDown { leg, reason: "path lost".to_owned() });
                }
            }
            Event::ServerTires { site, house, leg } => {
                let there = self.sites[site].house_of(house);
                if there.and_then(|there| there.table.legs.get(&leg)).is_some_and(|leg| !leg.up) {
                    self.agenda.at(self.now, Event::ServerLoses { site, house, leg });
                }
            }
            Event::SeekEnds { end } if self.lives(end.seat, end.life) => self.seek_ends(&end),
            Event::SeekEnds { .. } => {}
            Event::ClientLoses { end, reason } => self.client_loses(&end, reason),
            Event::MediaStarves { seat, life } if self.lives(seat, life) && !self.is_online(seat) => {
                self.starve(seat);
            }
            Event::MediaStarves { .. } => {}
            Event::HouseOpens { site } => {
                self.sites[site].start(self.now, &mut self.chance);
                self.drain_house(site);
            }
        }
    }

    fn tell_node(&mut self, site: usize, input: NodeInput) {
        if let Some(house) = self.sites[site].house.as_mut() {
            house.node(self.now, input);
            self.drain_house(site);
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
        if idle && seat_now.plan != MediaPlan::default() {
            self.violations.push(format!("{} has media without a meeting", seat_now.name));
        }
        if let Some(breach) = privacy::breach(seat_now) {
            self.violations.push(format!("{} {breach}", seat_now.name));
        }
    }

    pub(crate) fn drain_house(&mut self, site: usize) {
        let Some(house) = self.sites[site].house.as_mut() else { return };
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
                        self.agenda.at(self.now + UP_WITHIN, Event::ServerTires { site, house: life, leg });
                    }
                    let at = self.now + self.network.span(Duration::from_millis(50));
                    self.agenda.at(at, Event::Media { site, house: life, event });
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
