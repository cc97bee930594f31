//! People machines at their seats, message nodes between them, virtual time, an unkind network.

mod node;

use std::collections::BTreeMap;
use std::time::Duration;

use confab_contract::{ContactView, Presence, Watching};
use confab_line::sessions::{WayEvent, Wish};
use confab_line::{Asks, Line, Sessions};
use confab_people::{Happened, People, PeopleMemory};
use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::{Domain, Flavour, Identity, Message, Session, SessionConfig, SessionEvent, Url};
use confab_types::{Chance, Mono};
pub use node::Node;
use node::is_look_up;

pub struct Seat {
    pub user: Url,
    pub home: Domain,
    pub hyperty: Url,
    pub runtime: Url,
    pub identity: Identity,
    pub people: People,
    pub happened: Vec<Happened>,
    sessions: Sessions,
    asks: Asks,
    chance: Chance,
    /// Domains it is connected to; each with the number of its connection.
    connections: BTreeMap<Domain, usize>,
}

/// On its way.
#[derive(Debug)]
enum Packet {
    ToNode(Domain, usize, Message),
    ToSeat(Domain, usize, Message),
}

pub struct World {
    pub now: Mono,
    pub seats: Vec<Seat>,
    pub nodes: BTreeMap<Domain, Node>,
    /// Percent of messages between people that are lost, and that are held up.
    pub loss: u64,
    pub delay: u64,
    pub delivered: usize,
    /// Look-ups that have reached a node.
    pub looks: usize,
    /// Delivered to the first seat.
    pub overheard: Vec<Message>,
    network: Vec<(Mono, u64, Packet)>,
    packets: u64,
    connections: usize,
    chance: Chance,
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

impl World {
    pub fn new(seed: u64, domains: &[&str]) -> World {
        World {
            now: Mono::ZERO,
            seats: Vec::new(),
            nodes: domains.iter().map(|name| (domain(name), Node::new(&domain(name)))).collect(),
            loss: 0,
            delay: 0,
            delivered: 0,
            looks: 0,
            overheard: Vec::new(),
            network: Vec::new(),
            packets: 0,
            connections: 0,
            chance: Chance::from_number(seed),
        }
    }

    /// Somebody starts the program: `name` at `home`, on the device with this number.
    pub fn start(&mut self, name: &str, home: &str, device: u32) -> usize {
        let home = domain(home);
        let url = |scheme: &str| Url::parse(&format!("{scheme}://{home}/{name}-{device}")).unwrap();
        let user = Url::user(&home, &format!("{name}@{home}")).unwrap();
        let identity = Identity {
            user_url: Some(user.clone()),
            name: Some(name.to_uppercase()),
            ..Identity::new(format!("{name}@{home}"))
        };
        let seat = Seat {
            people: People::new(&PeopleMemory::default(), &home),
            sessions: sessions(&home, &url("runtime"), self.chance.fork()),
            user,
            hyperty: url("hyperty"),
            runtime: url("runtime"),
            identity,
            happened: Vec::new(),
            asks: Asks::default(),
            chance: self.chance.fork(),
            connections: BTreeMap::new(),
            home,
        };
        self.seats.push(seat);
        self.sign_in(self.seats.len() - 1);
        self.seats.len() - 1
    }

    fn sign_in(&mut self, at: usize) {
        self.nodes.keys().for_each(|domain| self.seats[at].people.set_directory(domain, true));
        let record = Record::Hyperty(HypertyRecord {
            user: self.seats[at].user.to_string(),
            url: self.seats[at].hyperty.clone(),
            descriptor: "hyperty-catalogue://catalogue.a.test/.well-known/hyperty/Confab".into(),
            expires: 3600,
            resources: vec!["audio".into()],
            data_schemes: vec!["context".into()],
            status: "live".into(),
            runtime: self.seats[at].runtime.clone(),
            guid: None,
            extra: Default::default(),
        });
        self.with(at, |_, line| {
            line.route(std::slice::from_ref(line.hyperty));
            line.register(record);
        });
        let home = self.seats[at].home.clone();
        self.connect(at, &home);
    }

    /// The program ends without a word and starts again with what it had kept.
    pub fn restart(&mut self, at: usize) {
        self.stop(at);
        let kept = serde_json::to_string(&self.seats[at].people.memory()).unwrap();
        let memory: PeopleMemory = serde_json::from_str(&kept).unwrap();
        let fork = self.chance.fork();
        let seat = &mut self.seats[at];
        seat.people = People::new(&memory, &seat.home);
        seat.sessions = sessions(&seat.home, &seat.runtime, fork);
        self.sign_in(at);
    }

    /// The program ends without a word.
    pub fn stop(&mut self, at: usize) {
        for (domain, conn) in std::mem::take(&mut self.seats[at].connections) {
            self.nodes.get_mut(&domain).unwrap().down(conn);
        }
        self.collect();
    }

    /// A node loses its memory and every connection.
    pub fn restart_node(&mut self, name: &str) {
        let domain = domain(name);
        self.nodes.get_mut(&domain).unwrap().restart();
        for at in 0..self.seats.len() {
            self.cut(at, &domain);
        }
    }

    /// A connection breaks; the own one comes back at once, others when the way is wanted.
    pub fn cut(&mut self, at: usize, domain: &Domain) {
        let Some(conn) = self.seats[at].connections.remove(domain) else { return };
        self.network.retain(|(_, _, packet)| !matches!(packet, Packet::ToNode(_, of, _) if *of == conn));
        self.nodes.get_mut(domain).unwrap().down(conn);
        let seat = &mut self.seats[at];
        seat.sessions.transport_down(self.now, &mut seat.chance, domain);
        self.pump(at);
        if *domain == self.seats[at].home {
            self.connect(at, domain);
        }
        self.collect();
    }

    fn connect(&mut self, at: usize, domain: &Domain) {
        self.connections += 1;
        let (conn, now) = (self.connections, self.now);
        let seat = &mut self.seats[at];
        if let Some(node) = self.nodes.get_mut(domain) {
            node.up(conn, &seat.identity);
            seat.connections.insert(domain.clone(), conn);
            seat.sessions.transport_up(now, domain);
        } else {
            seat.sessions.transport_down(now, &mut seat.chance, domain);
        }
        self.pump(at);
    }

    /// The user does something.
    pub fn with<T>(&mut self, at: usize, act: impl FnOnce(&mut People, &mut Line<'_>) -> T) -> T {
        let now = self.now;
        let seat = &mut self.seats[at];
        let mut line = Line {
            sessions: &mut seat.sessions,
            asks: &mut seat.asks,
            chance: &mut seat.chance,
            now,
            unix_ms: 1_900_000_000_000 + now.as_millis(),
            stamp: "2031-01-01T00:00:00Z".into(),
            domain: &seat.home,
            runtime: &seat.runtime,
            hyperty: &seat.hyperty,
            user: &seat.user,
            identity: &seat.identity,
        };
        let done = act(&mut seat.people, &mut line);
        self.pump(at);
        done
    }

    fn pump(&mut self, at: usize) {
        loop {
            let seat = &mut self.seats[at];
            seat.happened.extend(std::iter::from_fn(|| seat.people.poll()));
            if let Some((domain, event)) = seat.sessions.poll_event(self.now, &mut seat.chance) {
                self.event(at, &domain, event);
            } else if let Some(wish) = self.seats[at].sessions.poll_wish(self.now) {
                self.wish(at, wish);
            } else {
                return;
            }
        }
    }

    fn event(&mut self, at: usize, domain: &Domain, event: WayEvent) {
        self.with(at, |people, line| match event {
            WayEvent::Unreachable => people.unreachable(line, domain),
            WayEvent::Session(SessionEvent::Live { .. }) => people.connected(line, domain),
            WayEvent::Session(SessionEvent::Lost) => people.disconnected(domain),
            WayEvent::Session(SessionEvent::Incoming(message)) => {
                people.incoming(line, &message);
            }
            WayEvent::Session(SessionEvent::Reply { request, message, cause }) => {
                people.replied(line, request, &message, cause);
            }
            WayEvent::Session(SessionEvent::Refused { code }) => panic!("{domain} refused: {code}"),
            WayEvent::Session(_) => {}
        });
    }

    fn wish(&mut self, at: usize, wish: Wish) {
        match wish {
            Wish::Discover { domain, .. } => {
                let found = self.nodes.contains_key(&domain).then(|| (Flavour::NodeJs, domain.to_string()));
                let seat = &mut self.seats[at];
                seat.sessions.discovered(self.now, &mut seat.chance, &domain, found);
            }
            Wish::Identify => unreachable!("no tokens here"),
            Wish::Connect { domain, .. } => self.connect(at, &domain),
            Wish::Disconnect { domain } => {
                if let Some(conn) = self.seats[at].connections.remove(&domain) {
                    self.nodes.get_mut(&domain).unwrap().down(conn);
                    self.collect();
                }
            }
            Wish::Send { domain, message } => {
                if let Some(conn) = self.seats[at].connections.get(&domain).copied() {
                    self.push(Packet::ToNode(domain, conn, message));
                }
            }
        }
    }

    fn push(&mut self, packet: Packet) {
        let (Packet::ToNode(_, _, message) | Packet::ToSeat(_, _, message)) = &packet;
        // Losing what sets up the session is losing the connection, which is another test.
        let basic = |address: &str| address == "mn:/session" || address.starts_with("domain://msg-node");
        let basic = basic(message.to.as_str()) || basic(message.from.as_str());
        if !basic && self.chance.percent(self.loss) {
            return;
        }
        let late = !basic && self.chance.percent(self.delay);
        let due = self.now + Duration::from_millis(if late { self.chance.below(3_000) } else { 1 });
        self.packets += 1;
        self.network.push((due, self.packets, packet));
    }

    fn collect(&mut self) {
        for domain in self.nodes.keys().cloned().collect::<Vec<_>>() {
            for (conn, message) in std::mem::take(&mut self.nodes.get_mut(&domain).unwrap().out) {
                self.push(Packet::ToSeat(domain.clone(), conn, message));
            }
        }
    }

    /// Delivers one message, or lets time pass to the next deadline before `until`. False when nothing is left to do.
    pub fn step(&mut self, until: Mono) -> bool {
        let next = (0..self.network.len()).min_by_key(|&at| (self.network[at].0, self.network[at].1));
        let wake = (0..self.seats.len()).filter_map(|at| Some((self.deadline(at)?, at))).min();
        match (next.map(|at| self.network[at].0), wake) {
            (Some(due), wake) if wake.is_none_or(|(at, _)| due <= at) && due <= until => {
                self.now = self.now.max(due);
                let (_, _, packet) = self.network.remove(next.unwrap());
                self.delivered += 1;
                self.deliver(packet);
            }
            (_, Some((due, at))) if due <= until => {
                self.now = self.now.max(due);
                self.seats[at].sessions.wake(self.now);
                self.with(at, |people, line| people.wake(line));
            }
            _ => return false,
        }
        true
    }

    fn deadline(&self, at: usize) -> Option<Mono> {
        let seat = &self.seats[at];
        if seat.connections.is_empty() {
            return None;
        }
        [seat.sessions.deadline(self.now), seat.people.deadline()].into_iter().flatten().min()
    }

    fn deliver(&mut self, packet: Packet) {
        match packet {
            Packet::ToNode(domain, conn, message) => {
                self.looks += usize::from(is_look_up(&domain, &message));
                self.nodes.get_mut(&domain).unwrap().receive(conn, message);
                self.collect();
            }
            Packet::ToSeat(domain, conn, message) => {
                let owner = self.seats.iter().position(|seat| seat.connections.get(&domain) == Some(&conn));
                if let Some(at) = owner {
                    if at == 0 {
                        self.overheard.push(message.clone());
                    }
                    self.seats[at].sessions.receive(self.now, &domain, message);
                    self.pump(at);
                }
            }
        }
    }

    /// Time passes.
    pub fn run(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        let mut steps = 0;
        while self.step(until) {
            steps += 1;
            assert!(steps < 200_000, "the world does not come to rest");
        }
        self.now = until;
    }

    pub fn is_connected(&self, at: usize, domain: &Domain) -> bool {
        self.seats[at].connections.contains_key(domain)
    }

    /// Whether a look-up at this node is on its way.
    pub fn is_looking(&self, at: &Domain) -> bool {
        let mut packets = self.network.iter().map(|(_, _, packet)| packet);
        packets.any(|packet| matches!(packet, Packet::ToNode(domain, _, message) if domain == at && is_look_up(at, message)))
    }

    /// The object of this reporter that a seat listens to.
    pub fn observed(&mut self, at: usize, reporter: &Url) -> Option<Url> {
        let own = reporter.domain().to_owned();
        let session = self.seats[at].sessions.session(&domain(&own))?;
        let changes = session.routes().find(|(url, _)| url.as_str().ends_with("/changes"));
        changes.and_then(|(url, _)| url.strip_suffix("/changes"))
    }

    /// How many addresses a seat has routed at its own node.
    pub fn routes(&mut self, at: usize) -> usize {
        self.seats[at].sessions.home().routes().len()
    }

    /// Sends a message over a seat's connection, whatever is in it.
    pub fn inject(&mut self, from: usize, message: Message) {
        let (domain, conn) =
            self.seats[from].connections.iter().next().map(|(d, c)| (d.clone(), *c)).unwrap();
        self.push(Packet::ToNode(domain, conn, message));
    }

    pub fn contact(&self, at: usize, other: usize) -> ContactView {
        let user = self.seats[other].user.to_string();
        let contacts = self.seats[at].people.view().contacts;
        contacts.into_iter().find(|contact| contact.person.user == user).expect("they are on the list")
    }

    pub fn sees(&self, at: usize, other: usize) -> (Presence, Watching) {
        (self.contact(at, other).presence, self.contact(at, other).watching)
    }

    pub fn add(&mut self, at: usize, other: usize) {
        let user = self.seats[other].user.to_string();
        self.with(at, |people, line| people.add(line, &user, ""));
    }

    pub fn allow(&mut self, at: usize, other: usize, allowed: bool) {
        let user = self.seats[other].user.to_string();
        self.with(at, |people, line| people.allow(line, &user, allowed));
    }
}

fn sessions(home: &Domain, runtime: &Url, chance: Chance) -> Sessions {
    let config = SessionConfig::new(Flavour::NodeJs, home.clone(), runtime.clone());
    Sessions::new(home.clone(), Session::new(config, chance))
}
