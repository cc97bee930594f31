//! Sessions by domain.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::{Address, Domain, Session};
use confab_types::Mono;

/// How far the way to a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It can be spoken to.
    Live,
    /// The way is being opened.
    Connecting,
}

/// One session per domain; the own one is always there.
#[derive(Debug)]
pub struct Sessions {
    home: Domain,
    sessions: BTreeMap<Domain, Session>,
    wanted: BTreeSet<Domain>,
}

impl Sessions {
    /// With the session of our own domain.
    pub fn new(home: Domain, session: Session) -> Sessions {
        Sessions { sessions: BTreeMap::from([(home.clone(), session)]), home, wanted: BTreeSet::new() }
    }

    /// The session with our own domain.
    pub fn home(&mut self) -> &mut Session {
        self.sessions.get_mut(&self.home).expect("the own session is always there")
    }

    /// The session that a message to this address takes: that of its domain, else our own.
    pub fn of(&mut self, to: &Address) -> &mut Session {
        let domain = to.url().and_then(|url| Domain::parse(&url.routing_domain()).ok());
        let domain = domain.filter(|domain| self.sessions.contains_key(domain)).unwrap_or(self.home.clone());
        self.sessions.get_mut(&domain).expect("it is there")
    }

    /// Whether a domain can be spoken to.
    pub fn is_live(&self, domain: &Domain) -> bool {
        self.sessions.get(domain).is_some_and(Session::is_live)
    }

    /// When a session wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        self.sessions.values().filter_map(Session::deadline).min()
    }

    /// As [`crate::Line::reach`].
    pub fn reach(&mut self, domain: &Domain) -> Reach {
        if self.is_live(domain) {
            return Reach::Live;
        }
        if *domain != self.home {
            self.wanted.insert(domain.clone());
        }
        Reach::Connecting
    }
}
