//! What transfers share: the address and token of the store, the way to tell, and waiting that ends when it is in vain.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use confab_media_model::{FileFact, StoreAccess};

use super::http::Place;

/// Where things are told; `None` when a thread has ended.
type Tell = Box<dyn Fn(Option<FileFact>) + Send + Sync>;

/// One desk for all transfers.
pub(super) struct Desk {
    tell: Tell,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    access: Option<StoreAccess>,
    /// The token that the store has refused.
    refused: Option<String>,
}

/// The wish of a transfer to end, and whether it has.
#[derive(Debug, Default)]
pub(super) struct Task {
    over: AtomicBool,
    discard: AtomicBool,
    done: AtomicBool,
}

/// It is wanted no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over;

impl Task {
    /// It is to end; what is there stays.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// It is to end, and what is there of it goes.
    pub(super) fn discard(&self) {
        self.discard.store(true, Ordering::Release);
        self.end();
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn is_to_go(&self) -> bool {
        self.discard.load(Ordering::Acquire)
    }

    /// Whether its thread has ended.
    pub(super) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

impl Desk {
    pub(super) fn new(tell: Tell) -> Desk {
        Desk { tell, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Tells a fact, unless nobody wants to know any more.
    pub(super) fn tell(&self, task: &Task, fact: FileFact) {
        if !task.is_over() {
            (self.tell)(Some(fact));
        }
    }

    /// A thread ends.
    pub(super) fn done(&self, task: &Task) {
        task.done.store(true, Ordering::Release);
        (self.tell)(None);
    }

    pub(super) fn set_access(&self, access: Option<StoreAccess>) {
        let mut state = self.lock();
        let token = access.as_ref().map(|access| &access.token);
        let works_again = state.refused.is_some() && token.is_some() && state.refused.as_ref() != token;
        if works_again || access.is_none() {
            state.refused = None;
        }
        state.access = access;
        drop(state);
        self.wake();
        if works_again {
            (self.tell)(Some(FileFact::Store(true)));
        }
    }

    /// Everybody who waits looks again.
    pub(super) fn wake(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        let _state = self.lock();
        self.changed.notify_all();
    }

    /// The place of the store now, if it can be reached at once.
    pub(super) fn place_now(&self) -> Option<Place> {
        self.lock().access.as_ref().and_then(Place::new)
    }

    /// Waits until there is a store to speak to, with a token that it has not refused.
    pub(super) fn place(&self, task: &Task) -> Result<Place, Over> {
        let mut state = self.lock();
        loop {
            if task.is_over() {
                return Err(Over);
            }
            let good = |access: &&StoreAccess| state.refused.as_ref() != Some(&access.token);
            if let Some(place) = state.access.as_ref().filter(good).and_then(Place::new) {
                return Ok(place);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The store does not take this token: a new one is asked for once.
    pub(super) fn refused(&self, place: &Place) {
        let mut state = self.lock();
        let current = state.access.as_ref().is_some_and(|access| access.token == place.token());
        if !current || state.refused.as_deref() == Some(place.token()) {
            return;
        }
        state.refused = Some(place.token().to_owned());
        drop(state);
        (self.tell)(Some(FileFact::Store(false)));
    }

    /// Waits for so long, less when the transfer is to end.
    pub(super) fn pause(&self, task: &Task, time: Duration) -> Result<(), Over> {
        let until = Instant::now() + time;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if task.is_over() {
                return Err(Over);
            }
            if left.is_zero() {
                return Ok(());
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait after failures, and when to give up: 0.25 s doubled up to 4 s, for ten minutes without any progress.
#[derive(Debug)]
pub(super) struct Patience {
    next: Duration,
    since: Option<Instant>,
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(250);
    const LONGEST: Duration = Duration::from_secs(4);
    const IN_ALL: Duration = Duration::from_secs(600);

    pub(super) fn new() -> Patience {
        Patience { next: Patience::FIRST, since: None }
    }

    /// Something went well.
    pub(super) fn restore(&mut self) {
        *self = Patience::new();
    }

    /// Something failed: how long to wait; `None` when that has been so for too long.
    pub(super) fn after_failure(&mut self) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let wait = self.next;
        self.next = (self.next * 2).min(Patience::LONGEST);
        (since.elapsed() < Patience::IN_ALL).then_some(wait)
    }
}
