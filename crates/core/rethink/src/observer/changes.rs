//! How changes and answers become the mirrored state.

use serde_json::Value;

use super::{CloseReason, Observer, ObserverEvent, State};
use crate::change::{Change, Update};
use crate::code::Code;
use crate::message::{Kind, Message, Outgoing};
use crate::object::Snapshot;
use crate::path;

impl Observer {
    /// Takes an answer to the subscribe or to a read, provisional or not.
    pub fn reply(&mut self, message: &Message) {
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        let value = message.value().filter(|value| !value.is_null());
        match self.state {
            State::Joining if code.is_provisional() && value.is_none() => {
                self.events.push_back(ObserverEvent::Waiting);
            }
            State::Joining | State::Reading if code.is_failure() => self.failed(code, message.desc_text()),
            State::Joining => match self.snapshot(value) {
                Some(snapshot) => {
                    self.joined(snapshot);
                    let more = message.body.get("more").and_then(Value::as_u64).unwrap_or_default();
                    if more > 0 && self.state == State::Ready {
                        self.read_for(self.version);
                    }
                }
                None if code.is_provisional() => {}
                None => self.failed(Code::SERVER_ERROR, Some("the answer has no state of this object")),
            },
            State::Reading => match self.snapshot(value) {
                Some(snapshot) => self.resynced(snapshot),
                None if code.is_provisional() => self.child_part(value),
                None => self.failed(Code::SERVER_ERROR, None),
            },
            // Further parts of an answer whose first part was the state.
            State::Ready if code.is_provisional() => self.child_part(value),
            State::Ready | State::Idle | State::Closed => {}
        }
    }

    pub(super) fn receive_change(&mut self, message: &Message) {
        let object = &self.config.object;
        let from_object = message.from == *object || message.from == object.subscription();
        let may_delete = from_object && self.state != State::Idle;
        match message.kind {
            Kind::Update if message.from == *object => {
                if let Ok(update) = Update::parse(&message.body) {
                    self.change(update);
                }
            }
            Kind::Delete if may_delete => self.close(CloseReason::Deleted),
            _ => {}
        }
    }

    fn change(&mut self, update: Update) {
        match self.state {
            State::Idle | State::Closed => {}
            State::Joining | State::Reading => self.keep_back(update),
            State::Ready => {
                if !self.is_from_reporter(&update) {
                    return;
                }
                match update.version {
                    Some(version) if version <= self.version => {}
                    Some(version) if version > self.version + 1 => {
                        self.keep_back(update);
                        self.read_for(version);
                    }
                    _ => self.apply(&update),
                }
            }
        }
    }

    fn keep_back(&mut self, update: Update) {
        self.waiting_bytes += weight(&update);
        self.waiting.push_back(update);
        while self.waiting.len() > Observer::MAX_WAITING || self.waiting_bytes > Observer::MAX_BYTES {
            let Some(oldest) = self.waiting.pop_front() else { break };
            self.waiting_bytes -= weight(&oldest);
            self.overflowed = true;
        }
    }

    fn read_for(&mut self, version: u64) {
        self.state = State::Reading;
        self.wanted = version;
        self.outgoing.push_back(Outgoing::Request(self.read()));
    }

    fn joined(&mut self, snapshot: Snapshot) {
        self.state = State::Ready;
        self.events.push_back(ObserverEvent::Ready);
        self.take_state(snapshot);
    }

    fn resynced(&mut self, snapshot: Snapshot) {
        self.state = State::Ready;
        self.events.push_back(ObserverEvent::Resynced);
        self.take_state(snapshot);
    }

    /// Adopts a state, then applies what was kept back and is newer.
    fn take_state(&mut self, mut snapshot: Snapshot) {
        let answered = snapshot.version >= self.wanted;
        let children = std::mem::take(&mut snapshot.children);
        self.adopt(snapshot);
        if self.bytes > Observer::MAX_BYTES {
            return self.close(CloseReason::TooLarge);
        }
        for child in children {
            self.show(child);
        }
        let mut waiting: Vec<Update> = self.waiting.drain(..).collect();
        waiting.retain(|update| self.is_from_reporter(update));
        waiting.sort_by_key(|update| update.version);
        let overflowed = self.overflowed;
        self.forget_waiting();
        for update in waiting {
            // A reporter that answers with less than it has published is not asked again: that would go in circles.
            if let Some(version) = update.version.filter(|&version| !answered && version > self.version) {
                self.version = version - 1;
            }
            self.change(update);
        }
        if overflowed && self.state == State::Ready {
            self.read_for(self.version);
        }
    }

    fn apply(&mut self, update: &Update) {
        self.version = update.version.unwrap_or(self.version);
        self.bytes += weight(update);
        if update.apply(&mut self.data).is_err() {
            return;
        }
        if let (Some(metadata), Some(when)) = (&mut self.metadata, &update.last_modified) {
            metadata.last_modified = Some(when.clone());
        }
        self.events.push_back(ObserverEvent::Changed { path: update.path.clone() });
        if self.bytes > Observer::MAX_BYTES {
            // Replaced values were counted twice: weigh before giving up.
            self.bytes = path::weight(&self.data);
            if self.bytes > Observer::MAX_BYTES {
                self.close(CloseReason::TooLarge);
            }
        }
    }

    fn failed(&mut self, code: Code, desc: Option<&str>) {
        self.forget_waiting();
        if self.state == State::Reading {
            self.state = State::Ready;
            self.events.push_back(ObserverEvent::OutOfDate { code });
        } else {
            self.state = State::Idle;
            self.events.push_back(ObserverEvent::Refused { code, desc: desc.map(str::to_owned) });
        }
    }

    /// The state in an answer, if it is this object's and names the reporter we know.
    fn snapshot(&self, value: Option<&Value>) -> Option<Snapshot> {
        let snapshot = Snapshot::parse(value?)?;
        let same_reporter = self.reporter().is_none_or(|reporter| *reporter == snapshot.metadata.reporter);
        (snapshot.metadata.url == self.config.object && same_reporter).then_some(snapshot)
    }

    fn is_from_reporter(&self, update: &Update) -> bool {
        // An update with a `resource` is about a child.
        let own = update.resource.as_deref().is_none_or(|resource| resource == self.config.object.as_str());
        let Some(reporter) = self.reporter() else { return false };
        own && update.source.as_ref().is_none_or(|source| source == reporter)
    }
}

/// Roughly how many bytes an update adds.
fn weight(update: &Update) -> usize {
    let value = match &update.change {
        Change::Set(value) | Change::ArrayReplace(value) => path::weight(value),
        Change::ArrayAdd(items) => items.iter().map(path::weight).sum(),
        Change::Remove | Change::ArrayRemove(_) => 0,
    };
    value + update.path.keys().iter().map(|key| key.len() + 4).sum::<usize>()
}
