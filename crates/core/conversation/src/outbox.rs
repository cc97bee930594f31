//! What is on its way to the others: every child until somebody has acknowledged it.
//!
//! A child is sent to the object's children and waits three seconds for any acknowledgement; then it is sent again, every second time to the
//! object itself, as older runtimes do. After four tries it counts as failed, after eight it rests until something shows that the others
//! are there again. Receivers know a child by its id, so that sending again shows nothing twice.
//!
//! A room takes one after the other and answers for all: yes, no, or not so fast.

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
/// How long a room's answer is waited for.
const ROOM_ACK: Duration = Duration::from_secs(10);
/// How long a room that wants a pause gets one.
const PAUSE: Duration = Duration::from_secs(2);
/// Most that wait.
pub(crate) const MAX_WAITING: usize = 256;

#[derive(Debug)]
struct Entry {
    child: Child,
    request: Option<RequestId>,
    tries: u32,
    again_at: Option<Mono>,
}

/// How children travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// We own the object: to all who observe it.
    Peers,
    /// To the owner and all who observe; every second time to the object itself.
    Owner,
    /// To a room, which passes them on: one at a time, so that they stay in order.
    Room,
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
    /// The room wants a pause.
    TooFast,
    /// The room does not pass this one on: its word.
    Refused(String, String),
}

/// Children that are not acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: VecDeque<Entry>,
    way: Option<Way>,
    pause_until: Option<Mono>,
    /// When it was last tried to send what is due: what could not be sent then waits for an answer or the connection, not for time.
    looked: Option<Mono>,
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

    /// Gives up what fits; the ids.
    pub(crate) fn give_up(&mut self, fits: impl Fn(&Child) -> bool) -> Vec<String> {
        let (gone, kept) =
            std::mem::take(&mut self.entries).into_iter().partition(|entry| fits(&entry.child));
        self.entries = kept;
        let gone: VecDeque<Entry> = gone;
        gone.into_iter().map(|entry| entry.child.id).collect()
    }

    /// What is due at this moment is sent now, if at all.
    pub(crate) fn looked(&mut self, now: Mono) {
        self.looked = Some(now);
    }

    /// Sends what is due.
    pub(crate) fn flush(&mut self, line: &mut Line<'_>, object: &Url, way: Way) {
        self.way = Some(way);
        if self.pause_until.is_some_and(|until| until > line.now) {
            return;
        }
        self.pause_until = None;
        let (most, ack) = if way == Way::Room { (1, ROOM_ACK) } else { (IN_FLIGHT, ACK) };
        let mut flying = self.entries.iter().filter(|entry| entry.request.is_some()).count();
        for entry in &mut self.entries {
            if flying >= most {
                return;
            }
            let due = entry.again_at.is_none_or(|at| at <= line.now) && entry.tries < PARKED;
            if way == Way::Room && entry.request.is_none() && !due && entry.tries < FAILED {
                // What comes later waits, so that it stays later; one that failed holds nobody up.
                return;
            }
            if entry.request.is_some() || !due {
                continue;
            }
            let mut draft = entry.child.draft(line.hyperty, object);
            if way == Way::Owner && entry.tries % 2 == 1 {
                draft.to = object.into();
            }
            match line.request_ack(draft, ack) {
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
        if let (Some(Way::Room), Cause::Answered, Some(code)) =
            (self.way, cause, message.code().and_then(|code| code.number()))
        {
            let id = entry.child.id.clone();
            match code {
                429 => {
                    entry.tries -= 1;
                    self.pause_until = Some(now + PAUSE);
                    return Answered::TooFast;
                }
                // A node that knows of no such room answers 404; soon it may.
                400 | 403 | 405..=407 | 409..=428 => {
                    self.entries.remove(at);
                    return Answered::Refused(id, message.desc_text().unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        let entry = &mut self.entries[at];
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
        self.pause_until = None;
    }

    /// The connection is lost, and with it every answer.
    pub(crate) fn lost(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.request = None);
    }

    /// When something that was tried is due again.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        let waiting = self.entries.iter().filter(|entry| entry.request.is_none() && entry.tries < PARKED);
        let ahead = |at: &Mono| self.looked.is_none_or(|looked| *at > looked);
        let waiting = waiting.filter_map(|entry| entry.again_at).filter(ahead).min();
        let pause = self.pause_until.filter(|_| !self.entries.is_empty());
        [waiting, pause.filter(ahead)].into_iter().flatten().min()
    }
}
