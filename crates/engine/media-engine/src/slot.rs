//! A newest-value mailbox: the writer never waits, readers see the newest value once.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Holds the newest value and its number.
pub struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    number: u64,
    value: Option<T>,
    closed: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot { state: Mutex::new(State { number: 0, value: None, closed: false }), changed: Condvar::new() }
    }
}

impl<T: Clone> Slot<T> {
    /// Replaces the value.
    pub fn put(&self, value: T) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.number += 1;
        state.value = Some(value);
        self.changed.notify_all();
    }

    /// Waits for a value newer than `seen` (0: any); `None` after `limit` or when the slot is closed.
    pub fn newer_than(&self, seen: u64, limit: Duration) -> Option<(u64, T)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |state: &mut State<T>| !state.closed && (state.number <= seen || state.value.is_none());
        let (state, _) =
            self.changed.wait_timeout_while(state, limit, waiting).unwrap_or_else(PoisonError::into_inner);
        let fresh = !state.closed && state.number > seen;
        state.value.clone().filter(|_| fresh).map(|value| (state.number, value))
    }

    /// Forgets the value: late readers do not see what is no longer true.
    pub fn clear(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).value = None;
    }

    /// Wakes every reader for good.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_the_newest_value_once() {
        let slot = Slot::default();
        slot.put(1);
        slot.put(2);
        let (number, value) = slot.newer_than(0, Duration::ZERO).expect("a value is there");
        assert_eq!(value, 2);
        assert_eq!(slot.newer_than(number, Duration::ZERO), None);
        slot.put(3);
        assert_eq!(slot.newer_than(number, Duration::ZERO).map(|(_, value)| value), Some(3));
    }

    #[test]
    fn closing_wakes_a_waiting_reader() {
        let slot = std::sync::Arc::new(Slot::<u8>::default());
        let reader = std::thread::spawn({
            let slot = slot.clone();
            move || slot.newer_than(0, Duration::from_secs(60))
        });
        slot.close();
        assert_eq!(reader.join().expect("the reader ends"), None);
    }
}
