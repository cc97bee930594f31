//! Calls, chat and presence between people of two domains: what they do, what breaks, and what both must see in the end.

mod endings;
mod falls;
mod presence;
mod talking;
mod weather;

use confab_contract::{CallEnd, CallPhase};
use confab_lab::Town;

/// Of `a.test`.
pub const ALICE: usize = 0;
/// Of `b.test`.
pub const BOB: usize = 1;
/// Of `a.test`.
pub const CAROL: usize = 2;
/// Of `b.test`.
pub const DAVE: usize = 3;

/// Two people who talk; the first has called.
pub fn talking(seed: u64, caller: usize, callee: usize) -> Town {
    let mut town = Town::new(seed, 1 + caller.max(callee));
    town.begin_call(caller, callee);
    let open = move |town: &Town| [caller, callee].iter().all(|&at| town.lab.seats[at].conversation.open);
    town.until(5_000, open).expect("a conversation begins with the call");
    town
}

/// It rings at both.
pub fn ringing(seed: u64, caller: usize, callee: usize) -> Town {
    let mut town = Town::new(seed, 1 + caller.max(callee));
    town.call(caller, callee, true);
    let rings = move |town: &Town| {
        town.phase(caller) == CallPhase::Ringing && town.phase(callee) == CallPhase::Incoming
    };
    town.until(10_000, rings).expect("it rings");
    town
}

/// Waits for the end of both calls: how each is shown.
pub fn ends(town: &mut Town, one: usize, other: usize, millis: u64) -> (Option<CallEnd>, Option<CallEnd>) {
    let over = |town: &Town, seat| {
        !matches!(town.phase(seat), CallPhase::Incoming | CallPhase::Ringing)
            && matches!(town.phase(seat), CallPhase::Ended | CallPhase::Idle)
    };
    town.until(millis, |town| over(town, one) && over(town, other)).expect("the call ends at both");
    (town.end(one), town.end(other))
}
