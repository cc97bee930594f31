//! What is on its way to the others: every child until somebody has acknowledged it.
//!
//! A child is sent to the object's children and waits three seconds for any acknowledgement; then it is sent again, every second time to the
//! object itself, as older runtimes do. After four tries it counts as failed, after eight it rests until something shows that the others
//! are there again. Receivers know a child by its id, so that sending again shows nothing twice.

use std::collections::VecDeque;
use std::time::Duration;

use confab_line::Line;
use confab_rethink::session::Cause;
use confab_rethink::{Child, Code, Message, RequestId, Url};
use confab_types::Mono;

/// How long an acknowledgement is waited for.
const ACK: Duration = Duration::from_secs(3);
/// How long a failed one rests.
const REST: Duration = Duration::from_secs(15);
/// After so many tries it counts as failed.
const FAILED: u32 = 4;
/// After so many tries only a sign of life helps.
const PARKED: u32 = 8;
/// Most that are unacknowledged at once; the others wait.
const IN_FLIGHT: usize = 16;
/// Most that wait.
pub(crate) const MAX_WAITING: usize = 256;

#[derive(Debug)]
struct Entry {
    child: Child,
    request: Option<RequestId>,
    tries: u32,
    again_at: Option<Mono>,
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Not about a child of ours.
    NotOurs,
    /// This one has arrived.
    Delivered(String),
    /// Nobody has acknowledged this one for a while.
    Failed(String),
    /// It is tried again.
    Again,
}

/// Children that are not acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: VecDeque<Entry>,
}

impl Outbox {
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_WAITING
    }

    pub(crate) fn put(&mut self, child: Child) {
        self.entries.push_back(Entry { child, request: None, tries: 0, again_at: None });
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.child.id != id);
        self.entries.len() < before
    }

    /// Sends what is due. `older` also tries the object itself.
    pub(crate) fn flush(&mut self, line: &mut Line<'_>, object: &Url, older: bool) {
        let mut flying = self.entries.iter().filter(|entry| entry.request.is_some()).count();
        for entry in &mut self.entries {
            if flying >= IN_FLIGHT {
                return;
            }
            let due = entry.again_at.is_none_or(|at| at <= line.now) && entry.tries < PARKED;
            if entry.request.is_some() || !due {
                continue;
            }
            let mut draft = entry.child.draft(line.hyperty, object);
            if older && entry.tries % 2 == 1 {
                draft.to = object.into();
            }
            match line.request_ack(draft, ACK) {
                Ok(request) => entry.request = Some(request),
                Err(_) => return,
            }
            flying += 1;
        }
    }

    /// The answer to a request.
    pub(crate) fn replied(
        &mut self,
        now: Mono,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> Answered {
        let Some(at) = self.entries.iter().position(|entry| entry.request == Some(request)) else {
            return Answered::NotOurs;
        };
        if message.code().is_some_and(|code| code.is_provisional() || code.is_ok()) {
            let entry = self.entries.remove(at).expect("it was just found");
            return Answered::Delivered(entry.child.id);
        }
        let entry = &mut self.entries[at];
        entry.request = None;
        if cause == Cause::Disconnected {
            return Answered::Again;
        }
        entry.tries += 1;
        // Who answers with a refusal does so at once; the next try shall not.
        let silent = cause == Cause::TimedOut || message.code() == Some(Code::TIMEOUT);
        let pause = match entry.tries {
            FAILED.. => REST,
            _ if silent => Duration::ZERO,
            _ => ACK,
        };
        entry.again_at = Some(now + pause);
        if entry.tries == FAILED { Answered::Failed(entry.child.id.clone()) } else { Answered::Again }
    }

    /// The others are there (again): everything that is not on its way is due.
    pub(crate) fn kick(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.request.is_none()) {
            (entry.tries, entry.again_at) = (0, None);
        }
    }

    /// The connection is lost, and with it every answer.
    pub(crate) fn lost(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.request = None);
    }

    /// When something that was tried is due again.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        let waiting = self.entries.iter().filter(|entry| entry.request.is_none() && entry.tries < PARKED);
        waiting.filter_map(|entry| entry.again_at).min()
    }
}
