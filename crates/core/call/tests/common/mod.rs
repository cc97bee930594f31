//! A world in virtual time: message nodes that route by exact address, seats with a telephone each, and raw peers that say what
//! a test writes.
#![allow(dead_code, unused_imports)]

mod engine;
mod node;
mod seat;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use confab_call::{Calls, Happened};
use confab_contract::{CallEnd, CallPhase};
use confab_line::{WayEvent, Wish};
use confab_rethink::{Address, Domain, Draft, Flavour, Kind, Message, MessageIds, SessionEvent, Url};
use confab_types::Mono;
use serde_json::Value;

pub use engine::Engine;
pub use node::{End, Node};
pub use seat::{Judge, Seat};

pub fn url(text: &str) -> Url {
    Url::parse(text).expect("tests write URLs")
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("tests write domains")
}

/// A peer of another make: every message to it is kept, and it says what the test wants.
pub struct Raw {
    pub hyperty: Url,
    pub inbox: Vec<Message>,
    ids: MessageIds,
}

pub struct World {
    pub now: Mono,
    pub seats: Vec<Seat>,
    pub raws: Vec<Raw>,
    pub nodes: BTreeMap<Domain, Node>,
    /// Everything that passed a node.
    pub wire: Vec<Message>,
    /// Messages that the node loses.
    pub lose: Box<dyn FnMut(&Message) -> bool>,
    /// Somebody at the node puts another fingerprint in the place of this one, wherever a description has it.
    pub meddle: Option<&'static str>,
    /// Whether a node says 404 when nobody is there, as ours does.
    pub says_404: bool,
    on_the_way: VecDeque<(End, Domain, Message)>,
}

impl World {
    pub fn new(domains: &[&str]) -> World {
        World {
            now: Mono::from_millis(1_000),
            seats: Vec::new(),
            raws: Vec::new(),
            nodes: domains.iter().map(|name| (domain(name), Node::default())).collect(),
            wire: Vec::new(),
            lose: Box::new(|_| false),
            meddle: None,
            says_404: true,
            on_the_way: VecDeque::new(),
        }
    }

    /// One domain and two people: seat 0 is Alice, seat 1 is Bob, whose hyperty is the higher one.
    pub fn pair() -> World {
        let mut world = World::new(&["a.example"]);
        world.sit("alice", "a.example", "h1");
        world.sit("bob", "a.example", "h2");
        world
    }

    /// Somebody signs in.
    pub fn sit(&mut self, name: &str, home: &str, hyperty: &str) -> usize {
        let at = self.seats.len();
        let seat = Seat::new(name, home, hyperty, at as u64);
        let node = self.nodes.get_mut(&domain(home)).expect("the domain is there");
        node.register(&seat.user, &seat.hyperty);
        node.route(&Address::from(&seat.hyperty), End::Seat(at));
        self.seats.push(seat);
        self.seats[at].sessions.transport_up(self.now, &domain(home));
        self.run();
        at
    }

    /// A peer of another make signs in.
    pub fn raw(&mut self, name: &str, home: &str, hyperty: &str) -> usize {
        let at = self.raws.len();
        let hyperty = url(&format!("hyperty://{home}/{hyperty}"));
        let node = self.nodes.get_mut(&domain(home)).expect("the domain is there");
        node.register(&url(&format!("user://{home}/{name}@{home}")), &hyperty);
        node.route(&Address::from(&hyperty), End::Raw(at));
        self.raws.push(Raw { hyperty, inbox: Vec::new(), ids: MessageIds::default() });
        at
    }

    /// A raw peer listens to an address.
    pub fn listen(&mut self, raw: usize, address: &str) {
        let address = Address::parse(address).expect("tests write addresses");
        let home = self.home_of(&address);
        self.nodes.get_mut(&home).expect("it is there").route(&address, End::Raw(raw));
    }

    /// A raw peer says something.
    pub fn say(&mut self, raw: usize, draft: Draft) {
        let message = draft.with_id(self.raws[raw].ids.next_id());
        self.deliver(message, End::Raw(raw));
        self.run();
    }

    /// A raw peer answers.
    pub fn answer(&mut self, raw: usize, message: Message) {
        self.deliver(message, End::Raw(raw));
        self.run();
    }

    /// Calls a seat's telephone.
    pub fn with<T>(
        &mut self,
        seat: usize,
        call: impl FnOnce(&mut Calls, &mut confab_line::Line<'_>) -> T,
    ) -> T {
        let result = self.seats[seat].with(self.now, call);
        self.run();
        result
    }

    pub fn call(&mut self, from: usize, user: &str, video: bool) {
        self.seats[from].wishes.camera = video;
        assert!(self.with(from, |calls, line| calls.call(line, &url(user), "", video)), "a call begins");
    }

    pub fn accept(&mut self, seat: usize, video: bool) {
        self.seats[seat].wishes.camera = video;
        self.with(seat, |calls, line| calls.accept(line, video));
    }

    pub fn hang_up(&mut self, seat: usize) {
        self.with(seat, |calls, line| calls.hang_up(line));
    }

    pub fn phase(&self, seat: usize) -> CallPhase {
        self.seats[seat].calls.phase()
    }

    pub fn phases(&self) -> Vec<CallPhase> {
        self.seats.iter().map(|seat| seat.calls.phase()).collect()
    }

    /// How a seat's last call ended.
    pub fn end(&self, seat: usize) -> Option<CallEnd> {
        self.seats[seat].log.iter().rev().find_map(|happened| match happened {
            Happened::Ended { past, .. } | Happened::Missed(past) => Some(past.end),
            _ => None,
        })
    }

    /// Cuts or mends a seat's connection to a domain's node. Routes are forgotten with it, as by the oldest nodes.
    pub fn cut(&mut self, seat: usize, name: &str) {
        let (name, now) = (domain(name), self.now);
        self.nodes.get_mut(&name).expect("it is there").forget(End::Seat(seat));
        self.on_the_way.retain(|(end, way, _)| (*end, way) != (End::Seat(seat), &name));
        let seat = &mut self.seats[seat];
        seat.sessions.transport_down(now, &mut seat.chance, &name);
        self.run();
    }

    pub fn mend(&mut self, seat: usize, name: &str) {
        let name = domain(name);
        let hyperty = Address::from(&self.seats[seat].hyperty);
        self.nodes.get_mut(&name).expect("it is there").route(&hyperty, End::Seat(seat));
        let now = self.now;
        self.seats[seat].sessions.transport_up(now, &name);
        self.run();
    }

    /// The transport of both sides breaks.
    pub fn break_media(&mut self, seats: &[usize]) {
        for seat in seats {
            self.seats[*seat].engine.break_all();
        }
        self.run();
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            let next = self.seats.iter().filter_map(|seat| seat.deadline(self.now)).min();
            match next.filter(|next| *next <= until) {
                Some(next) => self.now = next.max(self.now + Duration::from_micros(1)),
                None => break,
            }
            for seat in &mut self.seats {
                seat.sessions.wake(self.now);
                seat.with(self.now, |calls, line| calls.wake(line));
            }
            self.run();
        }
        self.now = until;
        self.run();
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// Until nothing moves any more.
    pub fn run(&mut self) {
        for _ in 0..10_000 {
            let mut moved = false;
            for at in 0..self.seats.len() {
                moved |= self.step(at);
            }
            if let Some((end, way, message)) = self.on_the_way.pop_front() {
                moved = true;
                match end {
                    End::Seat(at) => self.seats[at].sessions.receive(self.now, &way, message),
                    End::Raw(at) => self.raws[at].inbox.push(message),
                }
            }
            moved |= self.connect_media();
            if !moved {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn step(&mut self, at: usize) -> bool {
        let now = self.now;
        let mut moved = false;
        let seat = &mut self.seats[at];
        while let Some((way, event)) = seat.sessions.poll_event(now, &mut seat.chance) {
            moved = true;
            match event {
                WayEvent::Session(SessionEvent::Live { .. }) => {
                    seat.with(now, |calls, line| calls.connected(line, &way))
                }
                WayEvent::Session(SessionEvent::Lost) => seat.calls.disconnected(&way),
                WayEvent::Session(SessionEvent::Incoming(message)) => {
                    seat.with(now, |calls, line| calls.incoming(line, &message));
                }
                WayEvent::Session(SessionEvent::Reply { request, message, cause }) => {
                    seat.with(now, |calls, line| calls.replied(line, request, &message, cause));
                }
                WayEvent::Session(_) => {}
                WayEvent::Unreachable => seat.with(now, |calls, line| calls.unreachable(line, &way)),
            }
        }
        moved |= seat.answer_asks(now) | seat.follow_plan(now);
        let mut wishes = Vec::new();
        while let Some(wish) = seat.sessions.poll_wish(now) {
            wishes.push(wish);
        }
        for wish in wishes {
            moved = true;
            self.grant(at, wish);
        }
        moved
    }

    fn grant(&mut self, at: usize, wish: Wish) {
        let now = self.now;
        match wish {
            Wish::Send { domain, message } => self.send(End::Seat(at), &domain, message),
            Wish::Discover { domain, .. } => {
                let found =
                    self.nodes.contains_key(&domain).then(|| (Flavour::NodeJs, "ws://node".to_owned()));
                let seat = &mut self.seats[at];
                seat.sessions.discovered(now, &mut seat.chance, &domain, found);
            }
            Wish::Connect { domain, .. } => self.seats[at].sessions.transport_up(now, &domain),
            Wish::Identify => self.seats[at].sessions.identified(now, None),
            Wish::Disconnect { domain } => {
                if let Some(node) = self.nodes.get_mut(&domain) {
                    node.forget(End::Seat(at));
                }
            }
        }
    }

    /// From a seat or raw peer to the node of a domain.
    fn send(&mut self, from: End, way: &Domain, message: Message) {
        let Some(node) = self.nodes.get_mut(way) else { return };
        let answer = node.serve(way, from, &message);
        match answer {
            Some(answer) => self.on_the_way.push_back((from, way.clone(), answer)),
            None if message.to == way.registry() => {}
            None => self.forward(from, way, message),
        }
    }

    fn deliver(&mut self, message: Message, from: End) {
        let way = self.home_of(&message.to);
        self.forward(from, &way, message);
    }

    fn forward(&mut self, from: End, way: &Domain, mut message: Message) {
        if let Some(fingerprint) = self.meddle {
            message.body.values_mut().for_each(|value| meddle(value, fingerprint));
        }
        self.wire.push(message.clone());
        if (self.lose)(&message) {
            return;
        }
        let ends = self.nodes[way].routed(&message.to);
        if ends.is_empty() && self.says_404 && expects_answer(&message) {
            self.on_the_way.push_back((from, way.clone(), message.error(404, "nobody is there")));
        }
        for end in ends {
            self.on_the_way.push_back((end, way.clone(), message.clone()));
        }
    }

    fn home_of(&self, address: &Address) -> Domain {
        let home = address.url().and_then(|url| Domain::parse(&url.routing_domain()).ok());
        home.filter(|home| self.nodes.contains_key(home)).expect("tests know their domains")
    }

    /// Legs that know each other's descriptions come up.
    fn connect_media(&mut self) -> bool {
        let mut moved = false;
        for caller in 0..self.seats.len() {
            for callee in 0..self.seats.len() {
                if caller == callee {
                    continue;
                }
                let (a, b) = (&self.seats[caller].engine, &self.seats[callee].engine);
                if let (Some(up), Some(other)) = (a.meets(b), b.met_by(a)) {
                    let now = self.now;
                    self.seats[caller].came_up(now, up);
                    self.seats[callee].came_up(now, other);
                    moved = true;
                }
            }
        }
        moved
    }
}

fn meddle(value: &mut Value, fingerprint: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(sdp)) = fields.get_mut("sdp") {
                *sdp = sdp.replace(fingerprint, "66:66");
            }
            fields.values_mut().for_each(|field| meddle(field, fingerprint));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| meddle(item, fingerprint)),
        _ => {}
    }
}

/// Only requests are answered when nobody is there.
fn expects_answer(message: &Message) -> bool {
    matches!(message.kind, Kind::Create | Kind::Read | Kind::Subscribe | Kind::Execute)
}

/// A value of a Connection object as its reporter last told it on the wire.
pub fn told(world: &World, object: &str, attribute: &str) -> Option<Value> {
    let updates = world.wire.iter().rev().filter(|message| {
        message.kind == Kind::Update
            && message.from == *object
            && message.text("attribute") == Some(attribute)
    });
    updates.into_iter().next().and_then(|message| message.value().cloned())
}
