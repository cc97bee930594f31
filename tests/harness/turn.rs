//! One measurement at a time: two on one machine would measure each other.

use std::sync::{Mutex, MutexGuard, PoisonError};

static TURN: Mutex<()> = Mutex::new(());

/// Waits for the other tests of this program; keep it until the end. Test programs are run one after the other by Cargo.
pub fn turn() -> MutexGuard<'static, ()> {
    // A test that failed with the turn in hand has put its things away like any other.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
