//! How children arrive: once each, acknowledged, never our own echo.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use super::{Observer, ObserverEvent, State};
use crate::child::Child;
use crate::code::Code;
use crate::message::{Kind, Message, Outgoing};

/// The ids of the latest children, so that duplicates and histories are shown once.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    ids: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    const MAX: usize = 2048;

    /// True when the id is new.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > Seen::MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

impl Observer {
    pub(super) fn receive_child(&mut self, message: &Message) {
        if message.from == self.config.hyperty || matches!(self.state, State::Idle | State::Closed) {
            return;
        }
        match message.kind {
            Kind::Create => {
                let Some(child) = Child::parse(message) else { return };
                self.outgoing.push_back(Outgoing::Reply(message.response(Code::PROVISIONAL)));
                self.show(child);
            }
            Kind::Event => {
                let value = message.value().cloned().unwrap_or_default();
                let resource = message.text("resource").map(str::to_owned);
                self.events.push_back(ObserverEvent::ChildEvent {
                    from: message.from.clone(),
                    resource,
                    value,
                });
            }
            _ => {}
        }
    }

    pub(super) fn show(&mut self, child: Child) {
        if !child.is_heartbeat() && self.seen.insert(&child.id) {
            self.events.push_back(ObserverEvent::ChildPosted(child));
        }
    }

    /// A part of a long answer that holds children only.
    pub(super) fn child_part(&mut self, value: Option<&Value>) {
        for child in value.map(Child::parse_all).unwrap_or_default() {
            self.show(child);
        }
    }
}
