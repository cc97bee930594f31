//! From a connection to a live session, and out of it again.

use std::time::Duration;

use confab_types::Mono;
use serde_json::Value;

use super::outstanding::Purpose;
use super::{Cause, Phase, Session, SessionEvent};
use crate::address::Address;
use crate::code::Code;
use crate::flavour::Flavour;
use crate::message::{Draft, Kind, Message};
use crate::registry;

/// How long the registry may take to note that we leave.
const FAREWELL: Duration = Duration::from_secs(2);
/// The longest runtime token that is believed.
const MAX_TOKEN: usize = 256;

impl Session {
    /// The connection is up (for Socket.IO: its session is connected).
    pub fn transport_up(&mut self, now: Mono) {
        if self.phase == Phase::Closed {
            return;
        }
        if self.phase != Phase::Down {
            self.transport_down(now);
        }
        self.phase = Phase::Opening;
        match self.config.flavour {
            // The URL of the connection named the runtime already.
            Flavour::Matrix => self.replay(now, false),
            Flavour::Vertx if self.runtime_token.is_some() => self.open(now, Kind::ReOpen, Purpose::ReOpen),
            Flavour::Vertx | Flavour::NodeJs => self.open(now, Kind::Open, Purpose::Open),
        }
    }

    /// The connection is gone: every unanswered request of the user ends with 503.
    pub fn transport_down(&mut self, _now: Mono) {
        self.outgoing.clear();
        self.postponed.clear();
        while let Some((purpose, message)) = self.outstanding.abandon() {
            if let Purpose::User { request, .. } = purpose {
                self.events.push_back(SessionEvent::Reply { request, message, cause: Cause::Disconnected });
            }
        }
        self.forget_registered();
        match self.phase {
            Phase::Down | Phase::Closed => {}
            Phase::Leaving { .. } => self.close(),
            _ => {
                self.phase = Phase::Down;
                self.events.push_back(SessionEvent::Lost);
            }
        }
    }

    /// Leaves for good: registrations become `disconnected`, the node is told, then `Closed` follows (after two
    /// seconds at the latest).
    pub fn shutdown(&mut self, now: Mono) {
        if self.phase != Phase::Live {
            if self.phase != Phase::Closed && !matches!(self.phase, Phase::Leaving { .. }) {
                self.close();
            }
            return;
        }
        self.phase = Phase::Leaving { until: now + FAREWELL };
        for url in self.registrations.keys().cloned().collect::<Vec<_>>() {
            let draft = registry::set_status(&self.config.runtime, &self.config.domain, &url, "disconnected");
            self.ask(now, draft, Purpose::Depart, FAREWELL);
        }
        self.finish_leaving(now);
    }

    pub(super) fn opened(&mut self, now: Mono, message: &Message) {
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        if self.phase != Phase::Opening {
            return;
        }
        if !code.is_ok() {
            self.phase = Phase::Refused;
            self.events.push_back(SessionEvent::Refused { code });
            return;
        }
        let token = message.body.get("runtimeToken").and_then(Value::as_str);
        // It becomes part of an address.
        let fits = |token: &&str| token.len() <= MAX_TOKEN && !token.chars().any(|char| char.is_control());
        self.runtime_token = token.filter(fits).map(str::to_owned);
        self.replay(now, false);
    }

    pub(super) fn re_opened(&mut self, now: Mono, message: &Message) {
        if self.phase != Phase::Opening {
            return;
        }
        if message.code().is_some_and(|code| code.is_ok()) {
            return self.replay(now, true);
        }
        // The node forgot the session: an ordinary open makes a new one.
        self.runtime_token = None;
        self.open(now, Kind::Open, Purpose::Open);
    }

    pub(super) fn go_live(&mut self, now: Mono, resumed: bool) {
        self.phase = Phase::Live;
        self.events.push_back(SessionEvent::Live { resumed });
        self.register_all(now);
    }

    pub(super) fn finish_leaving(&mut self, now: Mono) {
        let Phase::Leaving { until } = self.phase else { return };
        if self.outstanding.has_departures() && now < until {
            return;
        }
        if self.config.flavour != Flavour::Matrix {
            let draft = Draft::new(Kind::Close, self.session_address(), Address::session());
            let message = draft.with_id(self.ids.next_id());
            self.outgoing.push_back(message);
        }
        self.close();
    }

    fn open(&mut self, now: Mono, kind: Kind, purpose: Purpose) {
        // Whoever is let in by a runtime token says no more.
        let proof = if kind == Kind::Open { self.config.proof.take() } else { None };
        let draft = Draft::new(kind, self.session_address(), Address::session())
            .with_some("accessToken", self.config.access_token.as_deref())
            .with_some("proof", proof.as_deref());
        self.ask(now, draft, purpose, self.config.open_timeout);
    }

    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.postponed.clear();
        while let Some((purpose, message)) = self.outstanding.abandon() {
            if let Purpose::User { request, .. } = purpose {
                self.events.push_back(SessionEvent::Reply { request, message, cause: Cause::Disconnected });
            }
        }
        self.events.push_back(SessionEvent::Closed);
    }
}
