//! The one shape of every deterministic machine in `core`.

use crate::Mono;

/// A deterministic state machine without IO, clock, threads or async.
///
/// The caller mutates once ([`handle`](Machine::handle) or [`wake`](Machine::wake)), drains
/// [`poll`](Machine::poll) to `None`, then waits until the next input or [`deadline`](Machine::deadline).
/// Only `engine/driver` (real time) and `testkit/lab` (virtual time) call these methods.
pub trait Machine {
    /// What may happen to it.
    type Input;
    /// What it asks of the world.
    type Output;

    /// One mutation. `now` never goes backwards.
    fn handle(&mut self, now: Mono, input: Self::Input);

    /// The next thing it asks for; drain to `None` after every mutation.
    fn poll(&mut self) -> Option<Self::Output>;

    /// When it wants [`wake`](Machine::wake) to be called, if nothing else happens first.
    fn deadline(&self) -> Option<Mono>;

    /// Time has passed. Calling it early is harmless.
    fn wake(&mut self, now: Mono);
}
