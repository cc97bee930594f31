//! The world of these tests.

use std::collections::{BTreeMap, BTreeSet};

use confab_contract::{Delivery, LineBody};
use confab_line::{Asks, Line, Sessions};
use confab_rethink::{
    Address, Code, Domain, Flavour, Identity, Kind, Message, Session, SessionConfig, SessionEvent, Url,
};
use confab_types::{Chance, Mono};
use serde_json::Value;

use crate::{Conversation, Happened, Person};

/// The wall clock when the world begins, milliseconds since 1970.
const DAY_ONE: u64 = 1_900_000_000_000;

/// One side.
pub struct Party {
    pub conversation: Option<Conversation>,
    pub happened: Vec<Happened>,
    pub up: bool,
    sessions: Sessions,
    asks: Asks,
    chance: Chance,
    domain: Domain,
    pub runtime: Url,
    pub hyperty: Url,
    user: Url,
    identity: Identity,
}

/// Everybody, and the node between them.
pub struct World {
    pub parties: Vec<Party>,
    pub now: Mono,
    pub chance: Chance,
    /// Messages out of a hundred that vanish.
    pub loss: u64,
    routes: BTreeMap<String, BTreeSet<usize>>,
    wire: Vec<(Mono, usize, Message)>,
    /// What the node has passed on.
    pub passed: Vec<Message>,
}

impl Party {
    fn new(name: &str, seed: u64) -> Party {
        let domain = Domain::parse("a.test").unwrap();
        let runtime = Url::parse(&format!("runtime://a.test/{name}")).unwrap();
        let config = SessionConfig::new(Flavour::NodeJs, domain.clone(), runtime.clone());
        let session = Session::new(config, Chance::from_number(seed));
        let user = Url::parse(&format!("user://a.test/{name}@a.test")).unwrap();
        let mut identity = Identity::new(format!("{name}@a.test"));
        (identity.user_url, identity.name) = (Some(user.clone()), Some(name.to_owned()));
        Party {
            conversation: None,
            happened: Vec::new(),
            up: false,
            sessions: Sessions::new(domain.clone(), session),
            asks: Asks::default(),
            chance: Chance::from_number(seed + 1000),
            hyperty: Url::parse(&format!("hyperty://a.test/{name}")).unwrap(),
            domain,
            runtime,
            user,
            identity,
        }
    }

    pub fn person(&self) -> Person {
        let name = self.identity.display_name().to_owned();
        Person { hyperty: self.hyperty.clone(), user: self.user.clone(), name }
    }

    pub fn with<T>(
        &mut self,
        now: Mono,
        act: impl FnOnce(&mut Option<Conversation>, &mut Line<'_>) -> T,
    ) -> T {
        let mut line = Line {
            sessions: &mut self.sessions,
            asks: &mut self.asks,
            chance: &mut self.chance,
            now,
            unix_ms: DAY_ONE + now.as_millis(),
            stamp: format!("2030-03-17T00:00:00.{:09}Z", now.as_millis()),
            domain: &self.domain,
            runtime: &self.runtime,
            hyperty: &self.hyperty,
            user: &self.user,
            identity: &self.identity,
        };
        act(&mut self.conversation, &mut line)
    }
}

impl World {
    pub fn new(seed: u64, names: &[&str]) -> World {
        let parties = names.iter().zip(1..).map(|(name, at)| Party::new(name, seed * 10 + at)).collect();
        let mut world = World {
            parties,
            now: Mono::from_millis(1000),
            chance: Chance::from_number(seed),
            loss: 0,
            routes: BTreeMap::new(),
            wire: Vec::new(),
            passed: Vec::new(),
        };
        (0..names.len()).for_each(|at| world.connect(at));
        world.run(1000);
        world
    }

    /// Alice hosts and has invited Bob, who has joined.
    pub fn call(seed: u64) -> World {
        let mut world = World::new(seed, &["alice", "bob"]);
        world.host();
        world.invite();
        world.join();
        world.run(2000);
        world
    }

    pub fn host(&mut self) {
        let now = self.now;
        self.parties[0]
            .with(now, |conversation, line| *conversation = Some(Conversation::host(line, "call-1")));
    }

    pub fn invite(&mut self) {
        let bob = self.parties[1].person();
        self.act(0, |conversation, line| conversation.invite(line, bob));
    }

    pub fn join(&mut self) {
        self.join_as(1);
    }

    pub fn join_as(&mut self, at: usize) {
        let (now, object) = (self.now, self.object());
        let alice = self.parties[0].person();
        self.parties[at].with(now, |conversation, line| {
            *conversation = Some(Conversation::join(line, &object, alice).unwrap());
        });
    }

    pub fn object(&self) -> Url {
        self.parties[0].conversation.as_ref().unwrap().object().clone()
    }

    pub fn act<T>(&mut self, at: usize, act: impl FnOnce(&mut Conversation, &mut Line<'_>) -> T) -> T {
        let now = self.now;
        let result =
            self.parties[at].with(now, |conversation, line| act(conversation.as_mut().unwrap(), line));
        self.settle(at);
        result
    }

    pub fn say(&mut self, at: usize, text: &str) {
        self.act(at, |conversation, line| conversation.say(line, text)).unwrap();
    }

    pub fn connect(&mut self, at: usize) {
        self.parties[at].up = true;
        let now = self.now;
        self.parties[at].sessions.home().transport_up(now);
        self.settle(at);
    }

    /// The connection is gone, and what the node knew of it.
    pub fn cut(&mut self, at: usize) {
        self.parties[at].up = false;
        self.routes.values_mut().for_each(|to| _ = to.remove(&at));
        self.wire.retain(|(_, to, _)| *to != at);
        let now = self.now;
        self.parties[at].sessions.home().transport_down(now);
        self.settle(at);
    }

    /// Lets so many milliseconds pass.
    pub fn run(&mut self, ms: u64) {
        let end = Mono::from_millis(self.now.as_millis() + ms);
        loop {
            let due = self.wire.iter().map(|(at, ..)| *at).min();
            let wakes = self.parties.iter_mut().filter_map(|party| {
                let conversation = party.conversation.as_ref().and_then(Conversation::deadline);
                [conversation, party.sessions.home().deadline()].into_iter().flatten().min()
            });
            let next =
                wakes.chain(due).min().unwrap_or(end).max(Mono::from_micros(self.now.as_micros() + 100));
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            let (due, later) = std::mem::take(&mut self.wire).into_iter().partition(|(at, ..)| *at <= next);
            self.wire = later;
            let due: Vec<(Mono, usize, Message)> = due;
            for (_, to, message) in due {
                self.deliver(to, message);
            }
            for at in 0..self.parties.len() {
                self.parties[at].sessions.home().wake(next);
                self.settle(at);
                self.parties[at].with(next, |conversation, line| {
                    conversation.iter_mut().for_each(|conversation| conversation.wake(line));
                    let due = conversation.as_ref().and_then(Conversation::deadline);
                    assert!(due.is_none_or(|at| at > next), "it wakes itself in circles");
                });
                self.settle(at);
            }
        }
    }

    /// A message arrives as if the node had brought it.
    pub fn deliver(&mut self, at: usize, message: Message) {
        if self.parties[at].up {
            let now = self.now;
            self.parties[at].sessions.home().receive(now, message);
            self.settle(at);
        }
    }

    /// Takes everything that a party's session has, until nothing is left.
    fn settle(&mut self, at: usize) {
        let now = self.now;
        loop {
            let party = &mut self.parties[at];
            if let Some(message) = party.sessions.home().poll_transmit() {
                if party.up {
                    self.route(at, message);
                }
                continue;
            }
            let Some(event) = party.sessions.home().poll_event() else { break };
            let domain = party.domain.clone();
            party.with(now, |conversation, line| {
                let Some(conversation) = conversation else { return };
                match event {
                    SessionEvent::Live { .. } => conversation.connected(line, &domain),
                    SessionEvent::Lost => conversation.disconnected(&domain),
                    SessionEvent::Incoming(message) => _ = conversation.incoming(line, &message),
                    SessionEvent::Reply { request, message, cause } => {
                        conversation.replied(line, request, &message, cause);
                    }
                    _ => {}
                }
            });
        }
        let party = &mut self.parties[at];
        while let Some(happened) = party.conversation.as_mut().and_then(Conversation::poll) {
            party.happened.push(happened);
        }
    }

    /// The node: sessions and routes are never lost, everything else may be.
    fn route(&mut self, from: usize, message: Message) {
        let to_manager = message.to.as_str().ends_with("/sm") && message.to.as_str().starts_with("domain://");
        if message.kind == Kind::Open || to_manager {
            let list =
                |key: &str| message.body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let own = [message.from.as_str().to_owned(), self.parties[from].hyperty.to_string()];
            let sm = format!("{}/sm", self.parties[from].runtime);
            let gone = message.kind == Kind::Unsubscribe;
            let listed = list(if gone { "unsubscribe" } else { "subscribe" });
            let listed = listed.iter().filter_map(Value::as_str).map(str::to_owned);
            for url in listed.chain(own.into_iter().chain([sm]).filter(|_| !gone)) {
                let to = self.routes.entry(url).or_default();
                if gone {
                    to.remove(&from)
                } else {
                    to.insert(from)
                };
            }
            let at = self.now + std::time::Duration::from_millis(5);
            self.wire.push((at, from, message.response(Code::OK)));
            return;
        }
        if self.chance.percent(self.loss) {
            return;
        }
        self.passed.push(message.clone());
        for to in self.routes.get(message.to.as_str()).cloned().unwrap_or_default() {
            let at = self.now + std::time::Duration::from_millis(5);
            self.wire.push((at, to, message.clone()));
        }
    }

    /// Texts as a party sees them, with whether they are its own.
    pub fn texts(&self, at: usize) -> Vec<(bool, String)> {
        let view = self.parties[at].conversation.as_ref().unwrap().view();
        let lines = view.lines.into_iter().filter_map(|line| match line.body {
            LineBody::Text { text } => Some((line.me, text)),
            LineBody::File { .. } => None,
        });
        lines.collect()
    }

    pub fn deliveries(&self, at: usize) -> Vec<Delivery> {
        let view = self.parties[at].conversation.as_ref().unwrap().view();
        view.lines.iter().filter(|line| line.me).map(|line| line.delivery).collect()
    }

    pub fn address(&self, at: usize) -> Address {
        Address::from(&self.parties[at].hyperty)
    }
}
