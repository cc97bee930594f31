//! Who may see whose presence, worked out from what people did and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use confab_contract::{OwnPresence, Presence, Watching};

/// What one person has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// Whether the program runs.
    pub runs: bool,
    /// What they let others know.
    pub own: OwnPresence,
    /// Whom they have on their list.
    pub list: BTreeSet<usize>,
    /// Whom they have allowed, or forbidden, to see them.
    pub decided: BTreeMap<usize, bool>,
}

/// Everybody, in the order of the lab's seats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintances {
    /// Everybody.
    pub people: Vec<Resident>,
}

impl Acquaintances {
    /// Somebody puts another one on the list.
    pub fn add(&mut self, seat: usize, other: usize) {
        self.people[seat].list.insert(other);
    }

    /// Somebody takes another one off the list, who is then not allowed any more, but not refused either.
    pub fn remove(&mut self, seat: usize, other: usize) {
        if self.people[seat].list.remove(&other) && self.people[seat].decided.get(&other) == Some(&true) {
            self.people[seat].decided.remove(&other);
        }
    }

    /// Somebody decides whether another one may see them. Who is let in is on the list too.
    pub fn allow(&mut self, seat: usize, other: usize, allowed: bool) {
        self.people[seat].decided.insert(other, allowed);
        if allowed {
            self.add(seat, other);
        }
    }

    /// What `watcher` must see of `other`, if they are on the list: presence, and how far the permission is (`None`: it does not
    /// matter). `talks`: whether the other one is in a call.
    pub fn seen(&self, watcher: usize, other: usize, talks: bool) -> Option<(Presence, Option<Watching>)> {
        self.people[watcher].list.contains(&other).then_some(())?;
        let them = &self.people[other];
        if !them.runs {
            return Some((Presence::Offline, None));
        }
        Some(match them.decided.get(&watcher) {
            Some(true) => (told(them.own, talks), Some(Watching::Allowed)),
            Some(false) => (Presence::Unknown, Some(Watching::Refused)),
            None => (Presence::Unknown, Some(Watching::Asked)),
        })
    }
}

fn told(own: OwnPresence, talks: bool) -> Presence {
    match own {
        OwnPresence::Invisible => Presence::Offline,
        _ if talks => Presence::InCall,
        OwnPresence::Available => Presence::Available,
        OwnPresence::Busy => Presence::Busy,
        OwnPresence::Away => Presence::Away,
    }
}
