//! What is due, in order of time; things of the same moment in the order in which they were put down.

use std::collections::BTreeMap;

use confab_types::Mono;

/// What is due.
#[derive(Debug)]
pub struct Agenda<T> {
    due: BTreeMap<(Mono, u64), T>,
    last: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda { due: BTreeMap::new(), last: 0 }
    }
}

impl<T> Agenda<T> {
    /// Puts something down.
    pub fn at(&mut self, when: Mono, what: T) {
        self.last += 1;
        self.due.insert((when, self.last), what);
    }

    /// When the next thing is due.
    pub fn next(&self) -> Option<Mono> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Takes the next thing that is due at `now`.
    pub fn take(&mut self, now: Mono) -> Option<T> {
        self.next().filter(|when| *when <= now)?;
        self.due.pop_first().map(|(_, what)| what)
    }
}
