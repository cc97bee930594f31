//! The sessions of one account as those who speak see them, for the length of one mutation.

use std::time::Duration;

use confab_rethink::registry::Record;
use confab_rethink::{
    Address, Domain, Draft, Identity, Message, RequestId, SendError, Session, Url, new_guid,
};
use confab_types::{Chance, Mono};

use crate::ask::Asks;
use crate::sessions::{Reach, Sessions};

/// Borrowed for one mutation: who we are and the way to people.
pub struct Line<'a> {
    /// Sessions with our own and other domains.
    pub sessions: &'a mut Sessions,
    /// Questions to the shell.
    pub asks: &'a mut Asks,
    /// For new addresses.
    pub chance: &'a mut Chance,
    /// The present moment.
    pub now: Mono,
    /// The same moment, milliseconds since 1970.
    pub unix_ms: u64,
    /// The same moment as ISO 8601 text.
    pub stamp: String,
    /// Our domain.
    pub domain: &'a Domain,
    /// Our runtime.
    pub runtime: &'a Url,
    /// Our hyperty.
    pub hyperty: &'a Url,
    /// `user://domain/name@domain`.
    pub user: &'a Url,
    /// Who we say we are; a strict message node replaces it by what it knows.
    pub identity: &'a Identity,
}

impl Line<'_> {
    /// Whether our own domain can be spoken to now.
    pub fn is_live(&self) -> bool {
        self.sessions.is_live(self.domain)
    }

    /// Whether a domain can be spoken to now; if not, the way there is opened. `connected` or `unreachable` of whoever speaks is
    /// called when that is decided. A way that nobody has used for 60 s, and over which nothing is observed, is closed.
    pub fn reach(&mut self, domain: &Domain) -> Reach {
        self.sessions.reach(self.now, self.chance, self.runtime, self.hyperty, domain)
    }

    /// Sends a request with the usual time limit, 15 s.
    pub fn request(&mut self, draft: Draft) -> Result<RequestId, SendError> {
        let now = self.now;
        self.way(&draft.to)?.request(now, draft, None)
    }

    /// Sends a request that may take so long.
    pub fn request_within(&mut self, draft: Draft, limit: Duration) -> Result<RequestId, SendError> {
        let now = self.now;
        self.way(&draft.to)?.request(now, draft, Some(limit))
    }

    /// Sends a message and waits so long for the first answer of any code, as for children, which are acknowledged with 100.
    pub fn request_ack(&mut self, draft: Draft, limit: Duration) -> Result<RequestId, SendError> {
        let now = self.now;
        self.way(&draft.to)?.request_ack(now, draft, Some(limit))
    }

    /// Sends without waiting for an answer. What cannot be sent now is made good by the resynchronisation after the loss.
    pub fn send(&mut self, draft: Draft) {
        if let Ok(session) = self.way(&draft.to) {
            let _ = session.send(draft);
        }
    }

    /// Answers a request, the way it came.
    pub fn reply(&mut self, message: Message) {
        self.sessions.reply(self.now, message);
    }

    /// Asks the message node of each address's domain to route it to us, now and after every loss. The way there is opened.
    pub fn route(&mut self, urls: &[Url]) {
        for url in urls {
            let (now, hyperty) = (self.now, self.hyperty);
            if let Ok(session) = self.way(&url.into()) {
                let _ = session.route(now, std::slice::from_ref(url), hyperty);
            }
        }
    }

    /// Takes that back.
    pub fn unroute(&mut self, urls: &[Url]) {
        for url in urls {
            let domain = self.sessions.domain_of(&url.into());
            if let Some(session) = self.sessions.session(&domain) {
                session.unroute(std::slice::from_ref(url));
            }
        }
    }

    /// As [`Line::send`], over the node of `domain`: an object of ours that somebody there looks at is known there only.
    pub fn send_at(&mut self, domain: &Domain, draft: Draft) {
        if let Ok(session) = self.way_to(domain) {
            let _ = session.send(draft);
        }
    }

    /// As [`Line::route`], at the node of `domain`.
    pub fn route_at(&mut self, domain: &Domain, urls: &[Url]) {
        let (now, hyperty) = (self.now, self.hyperty);
        if let Ok(session) = self.way_to(domain) {
            let _ = session.route(now, urls, hyperty);
        }
    }

    /// Takes that back.
    pub fn unroute_at(&mut self, domain: &Domain, urls: &[Url]) {
        if let Some(session) = self.sessions.session(domain) {
            session.unroute(urls);
        }
    }

    /// The session that a message to this address takes; the way is opened when there is none.
    fn way(&mut self, to: &Address) -> Result<&mut Session, SendError> {
        let domain = self.sessions.domain_of(to);
        self.way_to(&domain)
    }

    fn way_to(&mut self, domain: &Domain) -> Result<&mut Session, SendError> {
        self.reach(domain);
        self.sessions.session(domain).ok_or(SendError::TooMany)
    }

    /// Registers a hyperty or object of ours in our own domain, now and after every loss.
    pub fn register(&mut self, record: Record) {
        let _ = self.sessions.home().register(self.now, record);
    }

    /// Takes that back.
    pub fn unregister(&mut self, url: &Url) {
        self.sessions.home().unregister(url);
    }

    /// A new Connection object's address in our domain.
    pub fn new_connection(&mut self) -> Url {
        Url::connection(self.domain, new_guid(self.chance))
    }

    /// A new Communication object's address in our domain.
    pub fn new_comm(&mut self) -> Url {
        Url::comm(self.domain, new_guid(self.chance))
    }

    /// A new Context object's address in our domain.
    pub fn new_context(&mut self) -> Url {
        let text = format!("ctxt://{}/{}", self.domain.as_str(), new_guid(self.chance));
        Url::parse(&text).expect("a domain and a GUID make a URL")
    }
}
