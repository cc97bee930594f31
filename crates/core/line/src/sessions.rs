//! Sessions by domain: the own one, and those that are opened when somebody elsewhere is spoken to.

mod arriving;
mod opening;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use confab_rethink::{Address, Domain, Flavour, Message, MessageId, Session, SessionEvent, Url};
use confab_types::{Chance, Mono};

use crate::foreign::{Foreign, Phase};

/// How far the way to a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It can be spoken to.
    Live,
    /// The way is being opened.
    Connecting,
}

/// What the shell is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Where is the message node of this domain? [`Sessions::discovered`] follows.
    Discover {
        /// Which domain.
        domain: Domain,
        /// Where our own domain says it is: the `http` or `https` address of its site.
        hint: Option<String>,
    },
    /// We must be able to say who we are: [`Sessions::identified`] or [`Sessions::not_identified`] follows.
    Identify,
    /// Connect to this node; [`Sessions::present`] when we can say who we are, and [`Sessions::transport_up`] or [`Sessions::transport_down`] follows.
    Connect {
        /// Which domain.
        domain: Domain,
        /// The node's framing.
        flavour: Flavour,
        /// Its address.
        url: String,
    },
    /// Let go of the connection after what was sent before has left. Nothing is heard of it any more.
    Disconnect {
        /// Which domain.
        domain: Domain,
    },
    /// To a message node.
    Send {
        /// Which.
        domain: Domain,
        /// What.
        message: Message,
    },
}

/// What became of a domain's session.
#[derive(Clone, Debug, PartialEq)]
pub enum WayEvent {
    /// As the session says.
    Session(SessionEvent),
    /// A try to open the way was in vain. There will be others while somebody needs it.
    Unreachable,
}

/// Where our own domain says that another one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The node's address when the flavour is known, else that of its site.
    pub url: String,
    /// The kind of node.
    pub flavour: Option<Flavour>,
}

/// What is said late: the way to whom it is for was not open.
#[derive(Debug)]
struct Late {
    domain: Domain,
    message: Message,
    until: Mono,
}

/// One session per domain; the own one is always there.
#[derive(Debug)]
pub struct Sessions {
    home: Domain,
    own: Session,
    foreign: BTreeMap<Domain, Foreign>,
    neighbours: BTreeMap<Domain, Neighbour>,
    /// Until when we can say to other domains who we are; `None` when our own gives nothing for that.
    identified: Option<Mono>,
    made: u64,
    wishes: VecDeque<Wish>,
    events: VecDeque<(Domain, WayEvent)>,
    /// Requests that came over a foreign session, so that the answer goes back the same way.
    arrivals: VecDeque<(Address, MessageId, Domain)>,
    late: VecDeque<Late>,
}

impl Sessions {
    /// Most foreign domains at a time.
    pub const MAX_FOREIGN: usize = 32;

    /// With the session of our own domain.
    pub fn new(home: Domain, session: Session) -> Sessions {
        Sessions {
            home,
            own: session,
            foreign: BTreeMap::new(),
            neighbours: BTreeMap::new(),
            identified: None,
            made: 0,
            wishes: VecDeque::new(),
            events: VecDeque::new(),
            arrivals: VecDeque::new(),
            late: VecDeque::new(),
        }
    }

    /// The session with our own domain.
    pub fn home(&mut self) -> &mut Session {
        &mut self.own
    }

    /// Where our own domain says that others are.
    pub fn set_neighbours(&mut self, neighbours: BTreeMap<Domain, Neighbour>) {
        self.neighbours = neighbours;
    }

    /// The domain whose session a message to this address takes: that of the address, else our own.
    pub fn domain_of(&self, to: &Address) -> Domain {
        let domain = to.url().and_then(|url| Domain::parse(&url.routing_domain()).ok());
        domain.unwrap_or_else(|| self.home.clone())
    }

    /// The session with a domain, if there is one, live or not.
    pub fn session(&mut self, domain: &Domain) -> Option<&mut Session> {
        if *domain == self.home {
            return Some(&mut self.own);
        }
        self.foreign.get_mut(domain).map(|foreign| &mut foreign.session)
    }

    /// Whether a domain can be spoken to.
    pub fn is_live(&self, domain: &Domain) -> bool {
        if *domain == self.home {
            return self.own.is_live();
        }
        self.foreign.get(domain).is_some_and(Foreign::is_live)
    }

    /// As [`crate::Line::reach`]. `runtime` and `hyperty` are ours, for a session that does not exist yet.
    pub fn reach(
        &mut self,
        now: Mono,
        chance: &mut Chance,
        runtime: &Url,
        hyperty: &Url,
        domain: &Domain,
    ) -> Reach {
        if *domain != self.home {
            if !self.foreign.contains_key(domain) {
                self.open(now, chance, runtime, hyperty, domain);
            }
            if let Some(foreign) = self.foreign.get_mut(domain) {
                foreign.wanted(now);
            }
        }
        if self.is_live(domain) { Reach::Live } else { Reach::Connecting }
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let foreign = self.foreign.values().filter_map(|foreign| foreign.deadline(now));
        foreign.chain(self.own.deadline()).min()
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        self.own.wake(now);
        for domain in self.domains() {
            let Some(foreign) = self.foreign.get_mut(&domain) else { continue };
            foreign.session.wake(now);
            let due = matches!(foreign.phase, Phase::Waiting { again, .. } if again <= now);
            if due && foreign.is_needed(now) {
                self.begin(now, &domain);
            }
        }
    }

    /// The next wish. Ways that nobody needs are closed first.
    pub fn poll_wish(&mut self, now: Mono) -> Option<Wish> {
        self.tidy(now);
        if let Some(wish) = self.wishes.pop_front() {
            return Some(wish);
        }
        if let Some(message) = self.own.poll_transmit() {
            return Some(Wish::Send { domain: self.home.clone(), message });
        }
        self.foreign.iter_mut().find_map(|(domain, foreign)| {
            let message = foreign.session.poll_transmit()?;
            Some(Wish::Send { domain: domain.clone(), message })
        })
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self, now: Mono, chance: &mut Chance) -> Option<(Domain, WayEvent)> {
        if let Some(event) = self.own.poll_event() {
            if matches!(event, SessionEvent::Live { .. }) {
                // What was in vain may have been so for want of a network.
                self.foreign.values_mut().for_each(|foreign| foreign.hurry(now));
            }
            return Some((self.home.clone(), WayEvent::Session(event)));
        }
        for domain in self.domains() {
            self.collect(now, chance, &domain);
        }
        self.events.pop_front()
    }

    fn domains(&self) -> Vec<Domain> {
        self.foreign.keys().cloned().collect()
    }
}
