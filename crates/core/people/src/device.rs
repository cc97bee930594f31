//! One running program of somebody: what the registry says of it, what it tells us, and whether it knows where we tell.

use std::time::Duration;

use confab_contract::{Presence, Watching};
use confab_rethink::{Observer, RequestId};
use confab_types::Mono;

use crate::own;

/// How long after a failure something is tried again, the first time; then twice as long, to six doublings.
const FIRST: Duration = Duration::from_secs(5);
/// How often the whole state is read, in case a message was lost on the way.
pub(crate) const READ_EVERY: Duration = Duration::from_secs(300);

/// One program, by its hyperty.
#[derive(Debug, Default)]
pub(crate) struct Device {
    /// Whether it runs, as far as the registry and messages from it tell.
    pub(crate) live: bool,
    /// Whether it lets us see its presence.
    pub(crate) watching: Watching,
    /// The mirror of its object.
    pub(crate) observer: Option<Observer>,
    /// The question that is open.
    pub(crate) asking: Option<RequestId>,
    /// When to ask.
    pub(crate) ask_at: Option<Mono>,
    /// When to read the whole state.
    pub(crate) read_at: Option<Mono>,
    /// When to invite it to our object.
    pub(crate) invite_at: Option<Mono>,
    /// Questions since the last success.
    pub(crate) asks: u32,
    /// Invitations since the last success.
    pub(crate) invitations: u32,
}

/// How long to wait after so many tries.
pub(crate) fn backoff(tries: u32) -> Duration {
    FIRST * (1 << tries.min(6))
}

impl Device {
    /// What it tells.
    pub(crate) fn presence(&self) -> Presence {
        if !self.live {
            return Presence::Offline;
        }
        let ready = self.observer.as_ref().filter(|observer| observer.is_ready());
        ready.map_or(Presence::Unknown, |observer| own::read(observer.data()))
    }

    /// Something is to be done then.
    pub(crate) fn due(&self) -> Option<Mono> {
        let ask_at = self.ask_at.filter(|_| self.asking.is_none());
        [ask_at, self.read_at, self.invite_at].into_iter().flatten().min()
    }

    /// Asks later, and later each time.
    pub(crate) fn ask_later(&mut self, now: Mono) {
        self.ask_at = Some(now + backoff(self.asks));
        self.asks += 1;
    }

    /// It does not run: nothing is asked of it before it runs again.
    pub(crate) fn rest(&mut self) {
        self.live = false;
        self.ask_at = None;
        self.read_at = None;
        self.invite_at = None;
        if self.watching == Watching::Allowed {
            self.watching = Watching::Waiting;
        }
    }
}
