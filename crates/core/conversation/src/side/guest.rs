//! The observer: asks to be let in, mirrors the object, asks again after every loss.

use std::time::Duration;

use confab_line::{Line, Reach};
use confab_rethink::{
    Address, Domain, Identity, Message, Observer, ObserverConfig, ObserverEvent, Outgoing, RequestId, Url,
};
use confab_types::Mono;
use serde_json::Value;

use super::{Heard, shown};
use crate::conversation::Person;
use crate::text::clean_word;

/// Between the first tries to be let in.
const SOON: Duration = Duration::from_secs(1);
/// Between later ones.
const LATER: Duration = Duration::from_secs(10);
/// How many are the first.
const FIRST: u32 = 5;

/// The observer of somebody else's object.
pub(crate) struct Guest {
    observer: Observer,
    domain: Domain,
    host: Person,
    /// The subscribe or read that is on its way.
    asked: Option<RequestId>,
    tries: u32,
    again_at: Option<Mono>,
}

impl Guest {
    pub(crate) fn new(line: &Line<'_>, object: &Url, domain: Domain, host: Person) -> Guest {
        let observer = Observer::new(ObserverConfig {
            object: object.clone(),
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(host.hyperty.clone()),
            identity: Some(line.identity.clone()),
            access_token: None,
        });
        Guest { observer, domain, host, asked: None, tries: 0, again_at: None }
    }

    /// The way to the object's domain is open, or shall be: be let in, or read again what was missed.
    pub(crate) fn ask(&mut self, line: &mut Line<'_>) {
        self.again_at = None;
        if line.reach(&self.domain) != Reach::Live {
            return;
        }
        let draft = match self.observer.resync() {
            Some(read) => read,
            None => {
                let begin = self.observer.begin();
                line.route(&begin.routes);
                begin.subscribe
            }
        };
        self.tries += 1;
        match line.request(draft) {
            Ok(request) => self.asked = Some(request),
            Err(_) => self.again(line.now),
        }
    }

    pub(crate) fn is_in(&self) -> bool {
        self.observer.is_ready()
    }

    pub(crate) fn takes_part(&self, hyperty: &Address) -> bool {
        *hyperty == self.host.hyperty || self.entries().any(|entry| entry["hypertyURL"] == hyperty.as_str())
    }

    pub(crate) fn name_of(&self, hyperty: &Address) -> String {
        if *hyperty == self.host.hyperty {
            return shown(&self.host);
        }
        let entry = self.entries().find(|entry| entry["hypertyURL"] == hyperty.as_str());
        let identity = entry.and_then(|entry| Identity::parse(&entry["identity"]));
        identity.map(|identity| clean_word(identity.display_name())).unwrap_or_default()
    }

    /// An invitation to what we know already: the owner is there. Answered by the caller.
    pub(crate) fn invited(&mut self, line: &mut Line<'_>) {
        if !self.is_in() && self.asked.is_none() {
            self.ask(line);
        }
    }

    pub(crate) fn receive(&mut self, line: &mut Line<'_>, message: &Message) -> Vec<Heard> {
        self.observer.receive(message);
        self.follow(line)
    }

    /// The answer to what we asked; `None` when it is another's.
    pub(crate) fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
    ) -> Option<Vec<Heard>> {
        if self.asked != Some(request) {
            return None;
        }
        if !message.code().is_some_and(|code| code.is_provisional()) {
            self.asked = None;
        }
        self.observer.reply(message);
        Some(self.follow(line))
    }

    /// The connection to the object's domain is lost.
    pub(crate) fn disconnected(&mut self) {
        (self.asked, self.again_at, self.tries) = (None, None, 0);
    }

    /// The way there cannot be opened now.
    pub(crate) fn unreachable(&mut self, now: Mono) {
        self.tries = FIRST;
        self.again(now);
    }

    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.again_at
    }

    pub(crate) fn wake(&mut self, line: &mut Line<'_>) {
        if self.again_at.is_some_and(|at| at <= line.now) {
            self.ask(line);
        }
    }

    pub(crate) fn close(&mut self, line: &mut Line<'_>) {
        let leave = self.observer.leave();
        line.send(leave.unsubscribe);
        line.unroute(&leave.routes);
        self.disconnected();
    }

    fn again(&mut self, now: Mono) {
        self.again_at = Some(now + if self.tries < FIRST { SOON } else { LATER });
    }

    fn entries(&self) -> impl Iterator<Item = &Value> {
        self.observer.data()["participants"].as_object().into_iter().flat_map(|entries| entries.values())
    }

    fn follow(&mut self, line: &mut Line<'_>) -> Vec<Heard> {
        let mut heard = Vec::new();
        while let Some(event) = self.observer.poll_event() {
            match event {
                ObserverEvent::Ready | ObserverEvent::Resynced => {
                    self.tries = 0;
                    heard.push(Heard::Life);
                }
                ObserverEvent::Changed { .. } => heard.push(Heard::Life),
                ObserverEvent::ChildPosted(child) => heard.push(Heard::Child(child)),
                ObserverEvent::ChildEvent { from, value, .. } => heard.push(Heard::Event(from, value)),
                ObserverEvent::OutOfDate { code } => {
                    if code.is_refusal() {
                        // The owner has forgotten us: be let in again.
                        let begin = self.observer.begin();
                        line.route(&begin.routes);
                        self.asked = line.request(begin.subscribe).ok();
                    }
                    if self.asked.is_none() {
                        self.again(line.now);
                    }
                }
                ObserverEvent::Refused { .. } => self.again(line.now),
                ObserverEvent::Closed { .. } => {
                    self.disconnected();
                    line.unroute(&self.observer.routes());
                    heard.push(Heard::Closed);
                }
                ObserverEvent::Waiting => {}
            }
        }
        while let Some(outgoing) = self.observer.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => match line.request(draft) {
                    Ok(request) => self.asked = Some(request),
                    Err(_) => self.again(line.now),
                },
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        heard
    }
}
