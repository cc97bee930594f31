//! The other side's Connection object, mirrored.

use std::time::Duration;

use confab_line::Line;
use confab_rethink::observer::CloseReason;
use confab_rethink::session::Cause;
use confab_rethink::{
    Address, Code, Domain, Message, Observer, ObserverConfig, ObserverEvent, Outgoing, RequestId, Url,
};
use confab_types::Mono;
use serde_json::Value;

use crate::goodbyes::{domain_of, is_live};

/// What became of the mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TheirEvent {
    /// Its state is here, or changed.
    Changed,
    /// Its reporter has deleted it, or put us out.
    Closed,
    /// It cannot be read: its reporter refused, or was silent from the first moment.
    Refused(Code),
    /// It was here, but nobody answers for it any more since then: its reporter has closed it, or is not back at a node that was away.
    Missing(Mono),
}

/// How soon a state that could not be read is read again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often the whole state is read, in case a message was lost on the way.
const READ_EVERY: Duration = Duration::from_secs(30);
/// How long the answer to a subscription is waited for.
const ADMISSION: Duration = Duration::from_secs(5);
/// How often it is asked for: what invites us over one node may be quicker than the routes at another.
const TRIES: u32 = 4;
/// The same of who has accepted a call of ours, and may be on the way back to their node: about 12 s.
const TRIES_OF_AN_ANSWER: u32 = 8;
/// After how long, the first time; then twice as long, up to eight times.
const FIRST_PAUSE: Duration = Duration::from_millis(300);

/// The mirror and the request under way.
#[derive(Debug)]
pub(crate) struct Their {
    observer: Observer,
    asked: Option<RequestId>,
    /// When to subscribe again, or to read the whole state.
    again_at: Option<Mono>,
    /// Subscriptions so far, and how many there may be.
    tries: u32,
    most: u32,
    /// Since when nobody answers for it.
    missing: Option<Mono>,
}

impl Their {
    /// Begins to mirror `object`, at once or as soon as the way to its domain is open. `answers`: it answers a call of ours.
    pub fn new(line: &mut Line<'_>, object: Url, reporter: Url, answers: bool) -> Their {
        let observer = Observer::new(ObserverConfig {
            object,
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(reporter),
            identity: Some(line.identity.clone()),
            access_token: None,
        });
        let most = if answers { TRIES_OF_AN_ANSWER } else { TRIES };
        let mut their = Their { observer, asked: None, again_at: None, tries: 0, most, missing: None };
        if let Some(domain) = their.domain() {
            line.reach(&domain);
        }
        their.begin(line);
        their
    }

    /// The object.
    pub fn url(&self) -> &Url {
        self.observer.object()
    }

    /// Its domain.
    pub fn domain(&self) -> Option<Domain> {
        domain_of(&Address::from(self.url()))
    }

    /// Its data; an empty object until it is here.
    pub fn data(&self) -> &Value {
        self.observer.data()
    }

    /// Whether its data is here.
    pub fn is_ready(&self) -> bool {
        self.observer.is_ready()
    }

    /// The way to a domain is open, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if self.domain().as_ref() != Some(domain) {
            return;
        }
        match self.observer.is_ready() {
            true => self.read(line),
            false => self.begin(line),
        }
    }

    /// Reads the whole state again.
    fn read(&mut self, line: &mut Line<'_>) {
        self.again_at = None;
        if let Some(read) = self.observer.resync() {
            self.asked = line.request(read).ok();
            if self.asked.is_none() {
                self.again_at = Some(line.now + AGAIN);
            }
        }
    }

    /// Since when nobody answers for it, although it was here.
    pub fn missing(&self) -> Option<Mono> {
        self.missing
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        self.again_at
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        if self.again_at.is_some_and(|at| at <= line.now) {
            match self.observer.is_ready() {
                true => self.read(line),
                false => self.begin(line),
            }
        }
    }

    /// A message; true when it was about this object.
    pub fn incoming(&mut self, message: &Message) -> bool {
        self.observer.receive(message)
    }

    /// An answer; true when it was to us.
    pub fn replied(&mut self, request: RequestId, message: &Message, cause: Cause) -> bool {
        if self.asked != Some(request) {
            return false;
        }
        if !message.code().is_some_and(|code| code.is_provisional()) {
            self.asked = None;
        }
        // What was lost with the connection is asked again when it is back.
        if cause != Cause::Disconnected {
            self.observer.reply(message);
        }
        true
    }

    /// The next thing that happened; what it wants sent is sent.
    pub fn poll(&mut self, line: &mut Line<'_>) -> Option<TheirEvent> {
        while let Some(outgoing) = self.observer.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => self.asked = line.request(draft).ok(),
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        loop {
            return Some(match self.observer.poll_event()? {
                ObserverEvent::Ready | ObserverEvent::Changed { .. } | ObserverEvent::Resynced => {
                    self.missing = None;
                    self.again_at = Some(line.now + READ_EVERY);
                    TheirEvent::Changed
                }
                ObserverEvent::Closed { reason: CloseReason::TooLarge } => {
                    TheirEvent::Refused(Code::SERVER_ERROR)
                }
                ObserverEvent::Closed { .. } => TheirEvent::Closed,
                ObserverEvent::Refused {
                    code: Code::NOT_FOUND | Code::TIMEOUT | Code::UNAVAILABLE, ..
                } if self.tries < self.most => {
                    let doubled = self.tries.saturating_sub(1).min(3);
                    self.again_at = Some(line.now + FIRST_PAUSE * (1 << doubled));
                    continue;
                }
                ObserverEvent::Refused { code, .. } => TheirEvent::Refused(code),
                // One that is silent may have it.
                ObserverEvent::OutOfDate { code: Code::TIMEOUT | Code::UNAVAILABLE } => {
                    self.again_at = Some(line.now + AGAIN);
                    continue;
                }
                ObserverEvent::OutOfDate { code: Code::NOT_FOUND } => {
                    self.again_at = Some(line.now + AGAIN);
                    TheirEvent::Missing(*self.missing.get_or_insert(line.now))
                }
                // It knows us no more.
                ObserverEvent::OutOfDate { code: Code::FORBIDDEN } => TheirEvent::Refused(Code::FORBIDDEN),
                // Other makes let nobody read twice, or cannot: what changes is still told.
                ObserverEvent::OutOfDate { .. } => {
                    self.again_at = Some(line.now + READ_EVERY);
                    continue;
                }
                ObserverEvent::Waiting | ObserverEvent::ChildPosted(_) | ObserverEvent::ChildEvent { .. } => {
                    continue;
                }
            });
        }
    }

    /// Lets go; the word its reporter must hear, with the reason as `closedBecause` would say it, if there is one.
    pub fn leave(mut self, line: &mut Line<'_>, because: &str) -> confab_rethink::Draft {
        let leave = self.observer.leave();
        line.unroute(&leave.routes);
        leave.unsubscribe.with_some("reason", (!because.is_empty()).then_some(because))
    }

    fn begin(&mut self, line: &mut Line<'_>) {
        self.again_at = None;
        if self.asked.is_none() && is_live(line, &Address::from(self.url())) {
            let begin = self.observer.begin();
            line.route(&begin.routes);
            self.tries += 1;
            self.asked = line.request_within(begin.subscribe, ADMISSION).ok();
        }
    }
}
