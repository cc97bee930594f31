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

/// Everything unanswered. Answers match on (`to`, `id`), and come from where it was asked or from a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Outstanding(BTreeMap<(Address, MessageId), Entry>);

impl Outstanding {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, answer: &Message) -> bool {
        let entry = self.0.get(&(answer.to.clone(), answer.id));
        entry.is_some_and(|entry| may_answer(&entry.request.to, &answer.from))
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
        if !may_answer(&entry.request.to, &message.from) {
            return None;
        }
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
        let part = message.value().is_some_and(|value| !value.is_null());
        let wait = if part { entry.timeout } else { entry.timeout.max(PATIENCE) };
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

/// Whether an answer from there may be one to what was asked of `asked`. Nodes answer under names of their own, which no client can
/// take at a node that binds addresses. Everybody else speaks for themselves, be it from the path below an address or above it:
/// numbers are easily guessed, and a forged answer of the registry or of a room would be believed.
fn may_answer(asked: &Address, from: &Address) -> bool {
    let (asked, from) = (asked.as_str(), from.as_str());
    let of_a_node = match from.split_once("://") {
        Some((scheme, _)) => matches!(scheme, "domain" | "global" | "mn"),
        None => true,
    };
    let below = |path: &str, above: &str| {
        // A domain alone is above everybody.
        above.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'))
            && path
                .strip_prefix(above.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    of_a_node || from == asked || below(from, asked) || below(asked, from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Draft, Kind};

    #[test]
    fn nobody_answers_for_somebody_else_but_nodes_have_names_of_their_own() {
        let url = |text: &str| Url::parse(text).unwrap();
        let read = Draft::new(Kind::Read, url("hyperty://csp.test/z"), url("comm://csp.test/o"));
        let asked = read.with_id(MessageId::new(1).unwrap());
        for (from, believed) in [
            ("comm://csp.test/o", true),
            ("domain://registry.csp.test/", true),
            ("mn:/policies", true),
            ("PEP", true),
            ("comm://csp.test/o/subscription", true),
            ("comm://csp.test/other", false),
            ("comm://csp.test", false),
            ("hyperty://csp.test/mallory", false),
            ("domains://csp.test/x", false),
        ] {
            let mut outstanding = Outstanding::default();
            outstanding.insert(Mono::ZERO, &asked, Purpose::Depart, Duration::from_secs(1));
            let answer = Message { from: Address::parse(from).unwrap(), ..asked.response(200) };
            assert_eq!(outstanding.contains(&answer), believed, "{from}");
            assert_eq!(outstanding.answered(Mono::ZERO, &answer).is_some(), believed, "{from}");
            assert_eq!(outstanding.len(), usize::from(!believed), "{from}");
        }
    }
}
