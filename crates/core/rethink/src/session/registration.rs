//! Registrations: made after every connection, kept alive, ended politely.

use std::time::Duration;

use confab_types::Mono;

use super::outstanding::Purpose;
use super::{Phase, SendError, Session, SessionEvent};
use crate::code::Code;
use crate::message::Message;
use crate::registry::{self, Record};
use crate::url::Url;

/// The first pause after a failure; it doubles up to the longest, plus up to a quarter by chance.
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// No keep-alive is sent more often than this, whatever `expires` says.
const SHORTEST_PERIOD: Duration = Duration::from_secs(5);

/// One registration and when it is next looked after.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    record: Record,
    next: Next,
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Nothing until the session is live or an answer comes.
    Nothing,
    /// A keep-alive then.
    Refresh(Mono),
    /// Registering anew then.
    Register(Mono),
}

impl Session {
    /// Registers a hyperty or object, keeps it alive and registers it again after every reconnection. A hyperty's own
    /// address is routed as well.
    pub fn register(&mut self, now: Mono, record: Record) -> Result<(), SendError> {
        let url = record.url().clone();
        if self.registrations.len() >= Session::MAX_REGISTRATIONS && !self.registrations.contains_key(&url) {
            return Err(SendError::TooMany);
        }
        if matches!(record, Record::Hyperty(_)) {
            self.route(now, std::slice::from_ref(&url), &url)?;
        }
        self.registrations.insert(url.clone(), Registration { record, next: Next::Nothing, failures: 0 });
        if self.phase == Phase::Live {
            self.send_registration(now, url);
        }
        Ok(())
    }

    /// Ends a registration: `disconnected` in the registry, and a hyperty's own address is no longer routed.
    pub fn unregister(&mut self, url: &Url) {
        let Some(registration) = self.registrations.remove(url) else { return };
        if self.phase == Phase::Live {
            let draft = registry::set_status(&self.config.runtime, &self.config.domain, url, "disconnected");
            let message = draft.with_id(self.ids.next_id());
            self.outgoing.push_back(message);
        }
        if matches!(registration.record, Record::Hyperty(_)) {
            self.unroute(std::slice::from_ref(url));
        }
    }

    pub(super) fn register_all(&mut self, now: Mono) {
        for url in self.registrations.keys().cloned().collect::<Vec<_>>() {
            self.send_registration(now, url);
        }
    }

    pub(super) fn forget_registered(&mut self) {
        for registration in self.registrations.values_mut() {
            registration.next = Next::Nothing;
        }
    }

    pub(super) fn registration_deadline(&self) -> Option<Mono> {
        if self.phase != Phase::Live {
            return None;
        }
        let due = |registration: &Registration| match registration.next {
            Next::Nothing => None,
            Next::Refresh(at) | Next::Register(at) => Some(at),
        };
        self.registrations.values().filter_map(due).min()
    }

    pub(super) fn refresh_registrations(&mut self, now: Mono) {
        if self.phase != Phase::Live {
            return;
        }
        let next: Vec<(Url, Next)> =
            self.registrations.iter().map(|(url, registration)| (url.clone(), registration.next)).collect();
        for (url, next) in next {
            match next {
                Next::Refresh(at) if at <= now => self.send_refresh(now, url),
                Next::Register(at) if at <= now => self.send_registration(now, url),
                _ => {}
            }
        }
    }

    pub(super) fn registered(&mut self, now: Mono, url: Url, message: &Message) {
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        if code.is_ok() {
            self.schedule_refresh(now, &url);
            self.events.push_back(SessionEvent::Registered { url });
        } else {
            self.retry_later(now, url, code);
        }
    }

    pub(super) fn refreshed(&mut self, now: Mono, url: Url, message: &Message) {
        match message.code().unwrap_or(Code::SERVER_ERROR) {
            code if code.is_ok() => self.schedule_refresh(now, &url),
            // The registry lost it, for instance in a restart.
            Code::NOT_FOUND => self.send_registration(now, url),
            code => self.retry_later(now, url, code),
        }
    }

    fn send_registration(&mut self, now: Mono, url: Url) {
        let Some(registration) = self.registrations.get_mut(&url) else { return };
        registration.next = Next::Nothing;
        let draft = registry::register(&self.config.runtime, &self.config.domain, &registration.record);
        self.ask(now, draft, Purpose::Register(url), self.config.request_timeout);
    }

    fn send_refresh(&mut self, now: Mono, url: Url) {
        let Some(registration) = self.registrations.get_mut(&url) else { return };
        registration.next = Next::Nothing;
        let draft = registry::keep_alive(&self.config.runtime, &self.config.domain, &url);
        self.ask(now, draft, Purpose::Refresh(url), self.config.request_timeout);
    }

    fn schedule_refresh(&mut self, now: Mono, url: &Url) {
        let Some(registration) = self.registrations.get_mut(url) else { return };
        let period = Duration::from_secs(registration.record.expires().into()).mul_f64(1.0 / 2.2);
        registration.failures = 0;
        registration.next = Next::Refresh(now + period.max(SHORTEST_PERIOD));
    }

    fn retry_later(&mut self, now: Mono, url: Url, code: Code) {
        let Some(registration) = self.registrations.get_mut(&url) else { return };
        let pause = FIRST_RETRY.saturating_mul(1 << registration.failures.min(6)).min(LONGEST_RETRY);
        let extra = pause.mul_f64(self.chance.below(250) as f64 / 1000.0);
        registration.failures = registration.failures.saturating_add(1);
        registration.next = Next::Register(now + pause + extra);
        self.events.push_back(SessionEvent::RegistrationFailed { url, code });
    }
}
