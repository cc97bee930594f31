//! Where the room is: found by its name, and found again when its domain was restarted and it has a new address.

use std::time::Duration;

use confab_conference::{Focus, Roster};
use confab_contract::{NextStep, ProblemCode};
use confab_rethink::Message;
use confab_rethink::registry::{self, Criteria, Lookup, Query};
use confab_rethink::session::Cause;
use confab_types::Mono;

use super::{Happened, Meeting, Waiting};
use crate::leg::Place;
use confab_line::Line;

/// How long a room that is not where it was is looked for.
const LOOK_FOR: Duration = Duration::from_secs(60);
/// How often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The search for a room.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Whether we ask for our place in a room that we knew before the connection was lost.
    pub(super) returning: bool,
    /// When to look again.
    pub(super) again_at: Option<Mono>,
    /// Set while a room that we knew is not where it was: until when it is looked for.
    until: Option<Mono>,
}

impl Meeting {
    /// Asks the registry where the room is.
    pub(super) fn find(&mut self, line: &mut Line<'_>) {
        let criteria = Criteria { data_schemes: vec!["comm".to_owned()], ..Criteria::default() };
        let draft = registry::read(
            line.runtime,
            &self.address.domain,
            &Query::Name(self.address.name.clone()),
            &criteria,
        );
        if let Ok(request) = line.request(draft) {
            self.waiting.insert(request, Waiting::Find);
        }
    }

    /// The registry's answer.
    pub(super) fn found(&mut self, line: &mut Line<'_>, message: &Message, cause: Cause) -> Vec<Happened> {
        // A look-up that is followed by the loss of the connection is not repeated by itself, for there are nodes that break
        // down over some names.
        let lost = cause == Cause::Disconnected;
        let ended = |code, next| {
            vec![Happened::Ended(Some((code, message.desc_text().unwrap_or_default().to_owned(), next)))]
        };
        match Lookup::of(message) {
            Lookup::Found(rooms) => {
                // Rooms of that name that are over may still be registered.
                let rooms = rooms.iter().filter(|(url, _)| url.scheme() == "comm");
                let room = rooms.max_by_key(|(_, room)| (room.is_live(), room.last_modified.clone()));
                let place = room.and_then(|(url, instance)| {
                    let domain = self.address.domain.clone();
                    Some(Place { room: url.clone(), conference: instance.reporter.clone()?, domain })
                });
                let Some(place) = place else { return ended(ProblemCode::NoSuchRoom, NextStep::CheckInput) };
                if self.search.until.is_some() {
                    self.forget_room(line);
                }
                self.subscribe(line, place);
                Vec::new()
            }
            _ if self.search.until.is_some() && !lost => self.look_for_room(line),
            Lookup::AllDisconnected(_) | Lookup::NotFound | Lookup::Invalid => {
                ended(ProblemCode::NoSuchRoom, NextStep::CheckInput)
            }
            Lookup::Unreachable => ended(ProblemCode::RoomSilent, NextStep::TryAgain),
        }
    }

    /// The room is not where it was, as after a restart of its domain: soon it may be there under a new address.
    pub(super) fn look_for_room(&mut self, line: &mut Line<'_>) -> Vec<Happened> {
        match self.search.until {
            None => {
                self.search.until = Some(line.now + LOOK_FOR);
                self.find(line);
            }
            Some(until) if line.now < until => self.search.again_at = Some(line.now + LOOK_AGAIN),
            Some(_) => {
                let ended = (ProblemCode::RoomClosed, "gone".to_owned(), NextStep::TryAgain);
                return vec![Happened::Ended(Some(ended))];
            }
        }
        Vec::new()
    }

    /// The room has a new address: nothing of the old one is true any more, and its keys are other people.
    fn forget_room(&mut self, line: &mut Line<'_>) {
        self.let_go(line);
        self.forget_company();
        self.place = None;
        self.me = None;
    }

    /// Forgets who was in the room.
    pub(super) fn forget_company(&mut self) {
        self.roster = Roster::default();
        self.streams.retain(|_| false);
        self.focus = Focus::default();
        self.told = None;
        self.ruled = (false, false);
        self.unmute_asked_by = None;
    }

    /// Time has passed.
    pub(super) fn search_again(&mut self, line: &mut Line<'_>) {
        if self.search.again_at.is_some_and(|at| at <= line.now) {
            self.search.again_at = None;
            self.find(line);
        }
    }
}
