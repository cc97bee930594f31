//! Rooms that must still hear that we left: a goodbye that was said into a broken connection is said again.

use std::collections::BTreeMap;

use confab_rethink::session::Cause;
use confab_rethink::{Domain, Draft, RequestId, Url};

use confab_line::Line;

/// Most rooms that are told again; the room that waited longest in the order of addresses is given up first, and forgets
/// us by itself when our connection is lost for good.
const LIMIT: usize = 8;

/// What is still to be said, by room.
#[derive(Debug, Default)]
pub struct Farewells(BTreeMap<Url, Owed>);

#[derive(Debug)]
struct Owed {
    unsubscribe: Draft,
    /// On its way.
    request: Option<RequestId>,
}

impl Farewells {
    /// A goodbye to a room that is said as soon as the session is live: the program ended without it.
    pub fn owe(&mut self, room: Url, unsubscribe: Draft) {
        self.0.insert(room, Owed { unsubscribe, request: None });
    }

    /// Says goodbye to a room, now if the session is live.
    pub fn say(&mut self, line: &mut Line<'_>, room: Url, unsubscribe: Draft) {
        let request = line.request(unsubscribe.clone()).ok();
        self.0.insert(room, Owed { unsubscribe, request });
        while self.0.len() > LIMIT {
            self.0.pop_first();
        }
    }

    /// The session with a domain is live again; when it is our own, the ways to others are opened.
    pub fn say_again(&mut self, line: &mut Line<'_>, domain: &Domain) {
        let home = domain == line.domain;
        let there = |room: &Url| home || room.routing_domain() == domain.as_str();
        for (_, owed) in self.0.iter_mut().filter(|(room, _)| there(room)) {
            owed.request = line.request(owed.unsubscribe.clone()).ok();
        }
    }

    /// The answer to a goodbye, whatever it is, ends it; only a lost connection does not. False for other requests.
    pub fn replied(&mut self, request: RequestId, cause: Cause) -> bool {
        let room =
            self.0.iter().find(|(_, owed)| owed.request == Some(request)).map(|(room, _)| room.clone());
        if let (Some(room), Cause::Answered | Cause::TimedOut) = (&room, cause) {
            self.0.remove(room);
        }
        room.is_some()
    }

    /// We are in this room again: what was to be said is no longer true.
    pub fn forget(&mut self, room: &Url) {
        self.0.remove(room);
    }
}
