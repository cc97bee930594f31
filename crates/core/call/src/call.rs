//! One call: its phases, their limits, and its end.

use std::collections::VecDeque;
use std::time::Duration;

use confab_conference::plan::PeerLeg;
use confab_contract::{CallEnd, CallPhase, NextStep, PastCall, ProblemCode, Proof};
use confab_line::Line;
use confab_rethink::{Draft, Url, new_guid};
use confab_types::{LegId, Mono, StreamId};

use crate::caller::Find;
use crate::happened::{Happened, Media};
use crate::invitation::person;
use crate::judging::{Judging, Verdict};
use crate::meeting::Room;
use crate::own::Own;
use crate::their::Their;

/// How long the other side is looked for.
pub(crate) const FIND_LIMIT: Duration = Duration::from_secs(20);
/// How long it rings.
pub(crate) const RING_LIMIT: Duration = Duration::from_secs(45);
/// How long media may take to come up after both have agreed.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// How long lost media may take to come back.
pub(crate) const RESTORE_LIMIT: Duration = Duration::from_secs(10);

/// How long nobody may answer for the other side's object while no media flows: longer than the longest pause between two tries to
/// come back to a node.
pub(crate) const MISSING_LIMIT: Duration = Duration::from_secs(5);

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// We: our object carries offers.
    Caller,
    /// They: our object carries answers.
    Callee,
}

/// How a call has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub end: CallEnd,
    pub details: String,
    /// Whether it was no call at all: nothing is told of it.
    pub void: bool,
}

/// The call.
#[derive(Debug)]
pub(crate) struct Call {
    pub id: u32,
    /// The same on both sides; the name of its conversation.
    pub name: String,
    pub role: Role,
    /// Whether they called us, whatever became of the roles.
    pub came_in: bool,
    pub phase: CallPhase,
    /// When the phase ends by itself. Only an active call has none.
    pub limit: Option<Mono>,
    /// The other one's user URL, and the name to show.
    pub user: Url,
    pub shown_name: String,
    /// The hyperty we talk to, once that is decided.
    pub hyperty: Option<Url>,
    pub home: String,
    /// Whether there were or are to be pictures.
    pub video: bool,
    pub began_ms: u64,
    pub since: Option<Mono>,
    /// Whether both have agreed.
    pub agreed: bool,
    /// Whether our message node vouches for the identity on messages.
    pub vouched: bool,
    pub proof: Proof,
    pub leg: PeerLeg,
    /// Our description of the leg's present generation.
    pub local: Option<String>,
    /// The answer of the generation before, which is no answer to this one.
    pub stale: Option<String>,
    pub renew_at: Option<Mono>,
    pub ours: Media,
    pub theirs: Media,
    pub conversation: Option<Url>,
    /// The meeting that it asks to; no media follows then.
    pub meeting: Option<Room>,
    pub find: Find,
    /// When devices are rung even without our description.
    pub ring_at: Option<Mono>,
    pub rings: Vec<Own>,
    /// Our object for the one we talk to.
    pub own: Option<Own>,
    pub their: Option<Their>,
    pub judging: Judging,
    pub events: VecDeque<Happened>,
    /// Last words to say.
    pub words: Vec<Draft>,
    pub over: Option<Over>,
}

impl Call {
    /// A call that has just begun.
    pub fn new(line: &mut Line<'_>, role: Role, user: Url, shown_name: String) -> Call {
        // Positive, and small enough for every reader of JSON.
        let id = (line.chance.bits() as u32 >> 1).max(1);
        Call {
            id,
            name: new_guid(line.chance).to_string(),
            role,
            came_in: role == Role::Callee,
            phase: CallPhase::Idle,
            limit: None,
            user,
            shown_name,
            hyperty: None,
            home: line.domain.as_str().to_owned(),
            video: false,
            began_ms: line.unix_ms,
            since: None,
            agreed: false,
            vouched: false,
            proof: Proof::None,
            // Legs of meetings count from one; those of calls have the top bit.
            leg: PeerLeg {
                id: LegId(id | 1 << 31),
                generation: 0,
                offer: None,
                answer: None,
                stream: StreamId::FIRST_REMOTE,
            },
            local: None,
            stale: None,
            renew_at: None,
            ours: Media::default(),
            theirs: Media::default(),
            conversation: None,
            meeting: None,
            find: Find::Done,
            ring_at: None,
            rings: Vec::new(),
            own: None,
            their: None,
            judging: Judging::default(),
            events: VecDeque::new(),
            words: Vec::new(),
            over: None,
        }
    }

    /// Goes to a phase that lasts at most so long.
    pub fn enter(&mut self, now: Mono, phase: CallPhase, limit: Option<Duration>) {
        self.phase = phase;
        self.limit = limit.map(|limit| now + limit);
    }

    /// Both have agreed.
    pub fn agree(&mut self, line: &mut Line<'_>) {
        if !self.agreed {
            self.agreed = true;
            self.enter(line.now, CallPhase::Connecting, Some(CONNECT_LIMIT));
            self.events.push_back(Happened::Accepted);
            if let (Role::Callee, Some(conversation)) = (self.role, &self.conversation) {
                self.events.push_back(Happened::Conversation(conversation.clone()));
            }
        }
    }

    /// Ends it: everything of ours is closed, and the other side is told.
    pub fn end(&mut self, line: &mut Line<'_>, end: CallEnd, details: &str) {
        if self.over.is_some() {
            return;
        }
        let because = word(end);
        for own in std::mem::take(&mut self.rings).into_iter().chain(self.own.take()) {
            self.words.extend(own.close(line, because));
        }
        if let Some(their) = self.their.take() {
            self.words.push(their.leave(line, because));
        }
        if end == CallEnd::Insecure {
            let code = match self.judging.verdict() {
                Verdict::False(_) => ProblemCode::IdentityMismatch,
                // The transport itself is another one than was said, or the other side has noticed something.
                _ => ProblemCode::MediaInsecure,
            };
            self.trouble(code, details, NextStep::Dismiss);
        }
        self.over = Some(Over { end, details: details.to_owned(), void: false });
    }

    /// Our user does something else, before it has rung: the caller hears that we are busy.
    pub fn make_way(&mut self, line: &mut Line<'_>) {
        if let Some(their) = self.their.take() {
            self.words.push(their.leave(line, "busy"));
        }
        self.end(line, CallEnd::Missed, "busy");
    }

    /// Ends what turns out to be no call.
    pub fn dissolve(&mut self, line: &mut Line<'_>) {
        self.end(line, CallEnd::Missed, "");
        if let Some(over) = &mut self.over {
            over.void = true;
        }
    }

    /// Something to tell.
    pub fn trouble(&mut self, code: ProblemCode, details: &str, next: NextStep) {
        let (about, details) = (self.shown_name.clone(), details.to_owned());
        self.events.push_back(Happened::Trouble { code, about, details, next });
    }

    /// We hang up, give up calling, or decline.
    pub fn hang_up(&mut self, line: &mut Line<'_>) {
        let end = match (self.agreed, self.role) {
            (true, _) => CallEnd::HungUp,
            (false, Role::Caller) => CallEnd::Cancelled,
            (false, Role::Callee) => CallEnd::WeDeclined,
        };
        self.end(line, end, "");
    }

    /// The other side has closed its object, or looks away from ours; `because` is what it says.
    pub fn they_left(&mut self, line: &mut Line<'_>, because: &str) {
        let end = match (self.agreed, self.role, because) {
            (_, _, "insecure") => CallEnd::Insecure,
            (true, _, "no-path") => CallEnd::NoPath,
            (true, _, "lost") => CallEnd::Lost,
            (_, Role::Callee, "taken" | "glare") if self.since.is_none() => CallEnd::TakenElsewhere,
            (true, ..) => CallEnd::TheyHungUp,
            (false, Role::Callee, "declined") => CallEnd::WeDeclined,
            (false, Role::Callee, _) => CallEnd::Missed,
            (false, Role::Caller, "busy") => CallEnd::Busy,
            (false, Role::Caller, "lost") => CallEnd::Lost,
            (false, Role::Caller, _) if self.rang_out(line.now) => CallEnd::NoAnswer,
            (false, Role::Caller, _) => CallEnd::Declined,
        };
        self.end(line, end, because);
    }

    /// The present phase has lasted too long.
    pub fn too_long(&mut self, line: &mut Line<'_>) {
        let (end, details) = match (self.phase, self.role) {
            (CallPhase::Finding, _) => (self.not_found(line), "nobody was found in time"),
            (CallPhase::Calling | CallPhase::Ringing, _) => (CallEnd::NoAnswer, "45 s without an answer"),
            (_, Role::Callee) if !self.agreed => (CallEnd::Missed, "not answered in time"),
            (CallPhase::Connecting, Role::Callee)
                if self.own.as_ref().is_some_and(|own| !own.has_arrived()) =>
            {
                (CallEnd::Lost, "the caller does not answer")
            }
            (CallPhase::Connecting, _) => (CallEnd::NoPath, "media did not come up in time"),
            _ => (CallEnd::Lost, "media did not come back in time"),
        };
        self.end(line, end, details);
    }

    /// Whether the other side has let it ring for as long as one does: that is no answer, not a refusal.
    fn rang_out(&self, now: Mono) -> bool {
        self.limit.is_some_and(|limit| limit <= now + Duration::from_secs(1))
    }

    /// For the list of past calls, once it is over.
    pub fn past(&self, now: Mono, end: CallEnd) -> PastCall {
        PastCall {
            id: self.id,
            peer: person(&self.user, &self.shown_name, &self.home),
            incoming: self.came_in,
            video: self.video,
            end,
            at: self.began_ms,
            seconds: self
                .since
                .map_or(0, |since| u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX)),
            unseen: end == CallEnd::Missed,
        }
    }
}

/// How the end is told to the other side, in `closedBecause`.
fn word(end: CallEnd) -> &'static str {
    match end {
        CallEnd::Cancelled => "cancelled",
        CallEnd::NoAnswer => "no-answer",
        CallEnd::NoPath => "no-path",
        CallEnd::Insecure => "insecure",
        CallEnd::Lost => "lost",
        CallEnd::Declined | CallEnd::WeDeclined => "declined",
        _ => "hung-up",
    }
}
