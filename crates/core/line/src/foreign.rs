//! The way to one foreign domain: where its node is, the connection to it, and when to try again.

use std::time::Duration;

use confab_rethink::{Flavour, Session};
use confab_types::{Chance, Mono};

/// A way that nobody uses is closed after this.
pub const UNUSED: Duration = Duration::from_secs(60);
/// The longest wait between two tries.
const RETRY_LIMIT: Duration = Duration::from_secs(30);
/// How soon after a try that failed somebody's new wish, or a sign of life, is a reason for another.
const AGAIN: Duration = Duration::from_secs(1);

/// How far a way is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The shell is asked where the node is.
    Discovering,
    /// We must be able to say who we are first: a fresh ID token is asked for.
    Identifying,
    /// The shell connects, or the session opens.
    Opening,
    /// It can be spoken to.
    Live,
    /// It was tried in vain.
    Waiting {
        /// When the last try failed.
        failed: Mono,
        /// When it is tried again.
        again: Mono,
    },
}

/// The way to one foreign domain.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) session: Session,
    pub(crate) phase: Phase,
    /// Where the node is, once found.
    pub(crate) node: Option<(Flavour, String)>,
    pub(crate) used: Mono,
    tries: u32,
}

impl Foreign {
    /// A way that is being looked for.
    pub(crate) fn new(session: Session, now: Mono) -> Foreign {
        Foreign { session, phase: Phase::Discovering, node: None, used: now, tries: 0 }
    }

    /// Whether somebody needs it: it was used lately, an answer is awaited, or something is observed there. Our own
    /// hyperty is always routed.
    pub(crate) fn is_needed(&self, now: Mono) -> bool {
        now.since(self.used) < UNUSED || self.observes() || (self.is_live() && !self.session.is_idle())
    }

    /// Whether addresses beside our own hyperty's are routed over it.
    fn observes(&self) -> bool {
        self.session.routes().any(|(url, hyperty)| url != hyperty)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Whether the shell has, or makes, a connection for it.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Opening | Phase::Live)
    }

    /// It can be spoken to.
    pub(crate) fn live(&mut self) {
        self.phase = Phase::Live;
        self.tries = 0;
    }

    /// A try failed, or the connection is lost: the next one comes after 1, 2, 4 … 30 s ± 50 %, the first after a loss
    /// next to at once.
    pub(crate) fn failed(&mut self, now: Mono, chance: &mut Chance) {
        let was_live = self.is_live();
        let wait = Duration::from_secs(1 << self.tries.min(5)).min(RETRY_LIMIT).as_millis() as u64;
        let wait = if was_live { 100 + chance.below(200) } else { wait / 2 + chance.below(wait) };
        self.tries = if was_live { 0 } else { self.tries.saturating_add(1) };
        self.phase = Phase::Waiting { failed: now, again: now + Duration::from_millis(wait) };
    }

    /// Somebody wants it now.
    pub(crate) fn wanted(&mut self, now: Mono) {
        self.used = now;
        self.hurry(now);
    }

    /// There is reason to believe that a try would not be in vain.
    pub(crate) fn hurry(&mut self, now: Mono) {
        if let Phase::Waiting { failed, again } = &mut self.phase {
            *again = (*again).min(*failed + AGAIN).max(now);
        }
    }

    /// When it wants to be woken.
    pub(crate) fn deadline(&self, now: Mono) -> Option<Mono> {
        let again = match self.phase {
            Phase::Waiting { again, .. } => Some(again),
            _ => None,
        };
        let unused = Some(self.used + UNUSED).filter(|at| *at > now);
        [again, unused, self.session.deadline()].into_iter().flatten().min()
    }
}
