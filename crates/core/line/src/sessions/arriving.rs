//! What arrives, whether it may be believed, and the way back.

use std::time::Duration;

use confab_rethink::{Address, Domain, Message};
use confab_types::Mono;

use super::{Late, Sessions};

/// Most requests whose way back is remembered.
const ARRIVALS: usize = 256;
/// Most answers that wait for a way.
const LATE: usize = 32;
/// How long an answer is of use.
const LATE_FOR: Duration = Duration::from_secs(10);

impl Sessions {
    /// A message came from the node of this domain.
    ///
    /// A foreign node vouches for its own addresses only: what comes over it from elsewhere to elsewhere is dropped. An
    /// answer may come over our own node although the question went over another, because answers follow the domain
    /// of who asked.
    pub fn receive(&mut self, now: Mono, domain: &Domain, message: Message) {
        if *domain == self.home {
            if message.is_response() && !self.own.awaits(&message) {
                let asked = self.foreign.values_mut().find(|foreign| foreign.session.awaits(&message));
                if let Some(foreign) = asked {
                    return foreign.session.receive(now, message);
                }
            }
            // Who speaks to us over our own node is there, and so may be theirs: nobody waits for the next regular try.
            let from = self.domain_of(&message.from);
            if let Some(foreign) = self.foreign.get_mut(&from) {
                foreign.hurry(now);
            }
            return self.own.receive(now, message);
        }
        if !message.is_response() {
            if self.domain_of(&message.from) != *domain && self.domain_of(&message.to) != *domain {
                return;
            }
            if self.arrivals.len() >= ARRIVALS {
                self.arrivals.pop_front();
            }
            self.arrivals.push_back((message.from.clone(), message.id, domain.clone()));
        }
        if let Some(foreign) = self.foreign.get_mut(domain) {
            foreign.used = now;
            foreign.session.receive(now, message);
        }
    }

    /// Answers a request: the way it came, when that was another domain's node, else over the node of whoever
    /// asked, else over our own.
    pub fn reply(&mut self, now: Mono, message: Message) {
        let way = self.way_back(&message.to, &message);
        let live = self.is_live(&way);
        if !live && way != self.home {
            // Our own node may know the way. If not, the answer is given as soon as theirs can be spoken to; an answer that
            // comes twice does no harm.
            if self.foreign.contains_key(&way) {
                if self.late.len() >= LATE {
                    self.late.pop_front();
                }
                let late = Late { domain: way, message: message.clone(), until: now + LATE_FOR };
                self.late.push_back(late);
            }
            let _ = self.own.reply(message);
            return;
        }
        if let Some(session) = self.session(&way) {
            let _ = session.reply(message);
        }
    }

    fn way_back(&mut self, to: &Address, message: &Message) -> Domain {
        let came = self.arrivals.iter().position(|(from, id, _)| from == to && *id == message.id);
        let provisional = message.code().is_some_and(|code| code.is_provisional());
        match came {
            Some(at) if provisional => self.arrivals[at].2.clone(),
            Some(at) => self.arrivals.remove(at).map_or_else(|| self.home.clone(), |(_, _, way)| way),
            None => self.domain_of(to),
        }
    }

    /// The way is open: says what had to wait.
    pub(super) fn say_late(&mut self, now: Mono, domain: &Domain) {
        let (due, rest) = std::mem::take(&mut self.late).into_iter().partition(|late| late.domain == *domain);
        self.late = rest;
        let due: std::collections::VecDeque<Late> = due;
        if let Some(session) = self.session(domain) {
            for late in due.into_iter().filter(|late| late.until > now) {
                let _ = session.reply(late.message);
            }
        }
    }
}
