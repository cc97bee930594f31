//! The live session as the meeting and its legs see it, for the length of one call.

use confab_rethink::{Domain, Draft, Identity, Message, RequestId, SendError, Session, Url, new_guid};
use confab_types::{Chance, Mono};

/// Borrowed for one mutation: who we are and the way to the message node.
pub struct Line<'a> {
    /// The session with the message node.
    pub session: &'a mut Session,
    /// For new addresses.
    pub chance: &'a mut Chance,
    /// The present moment.
    pub now: Mono,
    /// The same moment as ISO 8601 text.
    pub stamp: String,
    /// Our domain.
    pub domain: &'a Domain,
    /// Our runtime.
    pub runtime: &'a Url,
    /// Our hyperty.
    pub hyperty: &'a Url,
    /// Who we say we are; a strict message node replaces it by what it knows.
    pub identity: &'a Identity,
}

impl Line<'_> {
    /// Sends a request with the usual time limit.
    pub fn request(&mut self, draft: Draft) -> Result<RequestId, SendError> {
        self.session.request(self.now, draft, None)
    }

    /// Sends without waiting for an answer. What cannot be sent now is made good by the resynchronisation after the loss.
    pub fn send(&mut self, draft: Draft) {
        let _ = self.session.send(draft);
    }

    /// Answers a request.
    pub fn reply(&mut self, message: Message) {
        let _ = self.session.reply(message);
    }

    /// Asks the message node to route these to us, now and after every loss.
    pub fn route(&mut self, urls: &[Url]) {
        let _ = self.session.route(self.now, urls, self.hyperty);
    }

    /// Takes that back.
    pub fn unroute(&mut self, urls: &[Url]) {
        self.session.unroute(urls);
    }

    /// A new Connection object's address in our domain.
    pub fn new_connection(&mut self) -> Url {
        Url::connection(self.domain, new_guid(self.chance))
    }
}
