//! Requests that wait for answers, found by the address they were sent from and their number.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_types::Mono;

use super::RequestId;
use crate::address::Address;
use crate::code::Code;
use crate::message::{Message, MessageId};
use crate::url::Url;

/// Who asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Purpose {
    /// The session's user; some requests end with the first answer, even a provisional one.
    User { request: RequestId, first_is_enough: bool },
    /// `open`.
    Open,
    /// `re-open`.
    ReOpen,
    /// A subscription at the node.
    Route(Asked),
    /// A registration.
    Register(Url),
    /// A keep-alive.
    Refresh(Url),
    /// A registration that ends.
    Depart,
}

/// What the node's subscription manager is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub urls: Vec<Url>,
    /// Whether the session waits for the answer before it is live.
    pub replay: bool,
    /// How often it was asked, this one included.
    pub tries: u8,
}

#[derive(Clone, Debug)]
struct Entry {
    purpose: Purpose,
    timeout: Duration,
    deadline: Mono,
    /// Parts of a long answer that have come.
    parts: u64,
    /// The request without its body, to make a synthetic answer of.
    request: Message,
}

/// How long somebody who said "wait" or "ringing" is waited for. Saying it again prolongs it.
const PATIENCE: Duration = Duration::from_secs(180);

/// Everything unanswered. Answers match on (`to`, `id`) only, because nodes answer under names of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Outstanding(BTreeMap<(Address, MessageId), Entry>);

impl Outstanding {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, answer: &Message) -> bool {
        self.0.contains_key(&(answer.to.clone(), answer.id))
    }

    pub(super) fn insert(&mut self, now: Mono, message: &Message, purpose: Purpose, timeout: Duration) {
        let request = Message {
            id: message.id,
            kind: message.kind.clone(),
            from: message.from.clone(),
            to: message.to.clone(),
            body: Default::default(),
        };
        let entry = Entry { purpose, timeout, deadline: now + timeout, parts: 0, request };
        self.0.insert((message.from.clone(), message.id), entry);
    }

    /// Who asked for this answer. The entry stays while more answers may come.
    pub(super) fn answered(&mut self, now: Mono, message: &Message) -> Option<Purpose> {
        let key = (message.to.clone(), message.id);
        let entry = self.0.get_mut(&key)?;
        let of = message.value().and_then(|value| value.get("responses")?.as_u64());
        entry.parts += u64::from(of.is_some());
        // The last part of a long answer has the code of the others.
        let last = of.is_some_and(|of| entry.parts >= of);
        let provisional = message.code().is_some_and(|code| code.is_provisional()) && !last;
        let (report, keep) = match &entry.purpose {
            Purpose::User { first_is_enough, .. } => (true, provisional && !first_is_enough),
            _ => (!provisional, provisional),
        };
        let purpose = entry.purpose.clone();
        // A part of a long answer carries a value, a plea to wait does not.
        let wait = if message.value().is_some() { entry.timeout } else { entry.timeout.max(PATIENCE) };
        entry.deadline = entry.deadline.max(now + wait);
        if !keep {
            self.0.remove(&key);
        }
        report.then_some(purpose)
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.0.values().map(|entry| entry.deadline).min()
    }

    /// Takes one entry whose time is over, with the answer 408 that nobody gave.
    pub(super) fn expire(&mut self, now: Mono) -> Option<(Purpose, Message)> {
        let key = self.0.iter().find(|(_, entry)| entry.deadline <= now).map(|(key, _)| key.clone())?;
        let entry = self.0.remove(&key)?;
        Some((entry.purpose, entry.request.error(Code::TIMEOUT, "Response timeout!")))
    }

    /// Takes one entry, with the answer 503 of a lost connection.
    pub(super) fn abandon(&mut self) -> Option<(Purpose, Message)> {
        let (_, entry) = self.0.pop_first()?;
        Some((
            entry.purpose,
            entry.request.error(Code::UNAVAILABLE, "connection to the message node was lost"),
        ))
    }

    pub(super) fn has_departures(&self) -> bool {
        self.0.values().any(|entry| entry.purpose == Purpose::Depart)
    }
}
