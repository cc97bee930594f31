//! A reader's mirror of one data object.
//!
//! It listens to changes before it asks for the state, so nothing is missed; applies versions in order, asks for the
//! whole state again when one is missing, and believes only the object's own address and reporter.

mod changes;
mod children;

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::address::Address;
use crate::change::Update;
use crate::child::Child;
use crate::code::Code;
use crate::identity::Identity;
use crate::message::{Draft, Kind, Message, Outgoing};
use crate::object::{Metadata, Snapshot};
use crate::path::{self, Path};
use crate::url::Url;
use children::Seen;

/// What an observer needs to know before it begins.
#[derive(Clone, Debug)]
pub struct ObserverConfig {
    /// The object.
    pub object: Url,
    /// Who observes.
    pub hyperty: Url,
    /// The runtime it lives in.
    pub runtime: Url,
    /// Who writes the object, when an invitation or the registry said so; else the first answer says.
    pub reporter: Option<Url>,
    /// Who we are, for the reporter.
    pub identity: Option<Identity>,
    /// The key of a meeting link.
    pub access_token: Option<String>,
}

/// What happened to the mirror.
#[derive(Clone, Debug, PartialEq)]
pub enum ObserverEvent {
    /// The reporter has not decided yet.
    Waiting,
    /// The state is here; children of its history follow as `ChildPosted`: the newest at once, older ones after the read that
    /// asks for them.
    Ready,
    /// One attribute changed.
    Changed {
        /// Which.
        path: Path,
    },
    /// The whole state was replaced after a gap or a reconnection.
    Resynced,
    /// A child that was not seen before. Whether its sender may post is the owner's check.
    ChildPosted(Child),
    /// A transient signal such as typing.
    ChildEvent {
        /// Its sender.
        from: Address,
        /// What kind it is, where the sender says so.
        resource: Option<String>,
        /// What it says.
        value: Value,
    },
    /// The state could not be read again; the next gap or [`Observer::resync`] tries anew.
    OutOfDate {
        /// Why.
        code: Code,
    },
    /// It is over.
    Closed {
        /// How.
        reason: CloseReason,
    },
    /// The reporter refused, or did not answer (408, 503).
    Refused {
        /// The answer.
        code: Code,
        /// Its text.
        desc: Option<String>,
    },
}

/// How a mirror ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The reporter deleted the object.
    Deleted,
    /// The reporter put this observer out.
    Removed,
    /// The object grew past [`Observer::MAX_BYTES`].
    TooLarge,
}

/// What [`Observer::begin`] wants: first the routes, then the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Begin {
    /// To be routed with the observer's hyperty as `source`.
    pub routes: Vec<Url>,
    /// To be sent as a request; every answer goes to [`Observer::reply`].
    pub subscribe: Draft,
}

/// What [`Observer::leave`] wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Leave {
    /// To be unrouted.
    pub routes: Vec<Url>,
    /// To be sent without waiting.
    pub unsubscribe: Draft,
}

/// Where the mirror is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not begun, refused or left.
    Idle,
    /// The subscribe is on its way; changes are kept back.
    Joining,
    /// In step.
    Ready,
    /// A read is on its way; changes are kept back.
    Reading,
    /// Over.
    Closed,
}

/// The mirror.
#[derive(Clone, Debug)]
pub struct Observer {
    config: ObserverConfig,
    state: State,
    metadata: Option<Metadata>,
    data: Value,
    version: u64,
    /// Changes kept back until the state is here, and whether some had to be dropped.
    waiting: VecDeque<Update>,
    waiting_bytes: usize,
    overflowed: bool,
    /// The version that made us read; a reporter that answers with less is not asked in circles.
    wanted: u64,
    /// Bytes of data, as last weighed plus what came since.
    bytes: usize,
    seen: Seen,
    outgoing: VecDeque<Outgoing>,
    events: VecDeque<ObserverEvent>,
}

impl Observer {
    /// The most data mirrored, in bytes of JSON.
    pub const MAX_BYTES: usize = 4 << 20;
    /// The most changes kept back; together they take no more than [`Observer::MAX_BYTES`].
    pub const MAX_WAITING: usize = 256;

    /// Not begun yet.
    pub fn new(config: ObserverConfig) -> Observer {
        Observer {
            config,
            state: State::Idle,
            metadata: None,
            data: Value::Object(Map::new()),
            version: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            overflowed: false,
            wanted: 0,
            bytes: 0,
            seen: Seen::default(),
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Begins, or begins again after a refusal.
    pub fn begin(&mut self) -> Begin {
        self.state = State::Joining;
        self.forget_waiting();
        let hyperty = self.config.hyperty.as_str();
        let subscribe =
            Draft::new(Kind::Subscribe, self.config.runtime.sm(), self.config.object.subscription())
                .with("subscriber", hyperty)
                .with("source", hyperty)
                .with("mutual", false)
                .with_some("identity", self.identity())
                .with_some("accessToken", self.config.access_token.as_deref());
        Begin { routes: self.routes(), subscribe }
    }

    /// Leaves for good.
    pub fn leave(&mut self) -> Leave {
        self.state = State::Closed;
        self.forget_waiting();
        let unsubscribe =
            Draft::new(Kind::Unsubscribe, self.config.runtime.sm(), self.config.object.subscription())
                .with("source", self.config.hyperty.as_str())
                .with_some("identity", self.identity());
        Leave { routes: self.routes(), unsubscribe }
    }

    /// What must be routed to this observer: the changes and both dialects' children.
    pub fn routes(&self) -> Vec<Url> {
        let object = &self.config.object;
        vec![object.changes(), object.children(), object.child("/children/resources")]
    }

    /// Asks for the whole state, as after every reconnection; `None` unless it was ready before. Send it as a request.
    pub fn resync(&mut self) -> Option<Draft> {
        if !matches!(self.state, State::Ready | State::Reading) {
            return None;
        }
        self.state = State::Reading;
        self.wanted = 0;
        Some(self.read())
    }

    /// The message that posts a child; send it with `request_ack` and a timeout of three seconds.
    pub fn post(&mut self, child: &Child) -> Draft {
        self.seen.insert(&child.id);
        child.draft(&self.config.hyperty, &self.config.object)
    }

    /// A transient signal to everybody.
    pub fn event(&self, value: impl Into<Value>) -> Draft {
        Draft::new(Kind::Event, &self.config.hyperty, self.config.object.children()).with("value", value)
    }

    /// Calls a method of the reporter. Its effect is the update that follows, not the answer.
    pub fn execute(&self, method: &str, params: Vec<Value>) -> Draft {
        Draft::new(Kind::Execute, &self.config.hyperty, &self.config.object)
            .with("method", method)
            .with("params", params)
            .with_some("identity", self.identity())
    }

    /// Takes a message that is no answer. False when it is not about this object.
    pub fn receive(&mut self, message: &Message) -> bool {
        let object = &self.config.object;
        if message.to == self.config.hyperty {
            return self.receive_removal(message);
        }
        let Some(rest) = message.to.as_str().strip_prefix(object.as_str()) else { return false };
        match rest {
            "/changes" => self.receive_change(message),
            rest if rest.starts_with("/children/") => self.receive_child(message),
            _ => return false,
        }
        true
    }

    /// The next thing to send.
    pub fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<ObserverEvent> {
        self.events.pop_front()
    }

    /// The object.
    pub fn object(&self) -> &Url {
        &self.config.object
    }

    /// Its data; an empty object until it is ready.
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// How many changes are in the data.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its metadata, once it is ready.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// Who writes it, as far as known.
    pub fn reporter(&self) -> Option<&Url> {
        self.config.reporter.as_ref().or(self.metadata.as_ref().map(|metadata| &metadata.reporter))
    }

    /// Whether the data is the object's (though perhaps a few changes behind).
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready | State::Reading)
    }

    fn identity(&self) -> Option<Value> {
        self.config.identity.as_ref().map(Identity::to_value)
    }

    fn read(&self) -> Draft {
        Draft::new(Kind::Read, &self.config.hyperty, &self.config.object)
            .with_some("identity", self.identity())
    }

    fn close(&mut self, reason: CloseReason) {
        if self.state != State::Closed {
            self.state = State::Closed;
            self.forget_waiting();
            self.events.push_back(ObserverEvent::Closed { reason });
        }
    }

    fn receive_removal(&mut self, message: &Message) -> bool {
        let about_us = message.kind == Kind::Unsubscribe
            && message.text("resource") == Some(self.config.object.as_str());
        if about_us && self.reporter().is_some_and(|reporter| message.from == *reporter) {
            self.outgoing.push_back(Outgoing::Reply(message.response(Code::OK)));
            self.close(CloseReason::Removed);
        }
        about_us
    }

    fn forget_waiting(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.overflowed = false;
    }

    fn adopt(&mut self, snapshot: Snapshot) {
        self.bytes = path::weight(&snapshot.data);
        self.data = snapshot.data;
        self.version = snapshot.version;
        self.metadata = Some(snapshot.metadata);
    }
}

#[cfg(test)]
mod tests;
