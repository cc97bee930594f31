//! The mirror of the room: who is in it, what is ruled over us, how it ends.

use confab_conference::{Roster, powers};
use confab_contract::{NextStep, ProblemCode, Role, Silenced};
use confab_conversation::News;
use confab_line::Line;
use confab_rethink::observer::CloseReason;
use confab_rethink::{Code, ObserverEvent, Outgoing};

use super::{Happened, Meeting, Order, Waiting};

impl Meeting {
    pub(super) fn follow_room(&mut self, line: &mut Line<'_>) -> Vec<Happened> {
        let mut happened = Vec::new();
        let (mut gone, mut given_up, mut waits) = (false, false, false);
        let Some(mut room) = self.room.take() else { return happened };
        let news = if self.since.is_some() { News::Fresh } else { News::Old };
        let mut children = Vec::new();
        while let Some(event) = room.poll_event() {
            match event {
                ObserverEvent::Ready | ObserverEvent::Changed { .. } | ObserverEvent::Resynced => {
                    let was_there = self.is_listed();
                    let before = std::mem::replace(&mut self.roster, Roster::read(room.data()));
                    given_up |= was_there && !self.is_listed();
                    happened.extend(self.obey(&before));
                    if self.since.is_none() && self.me.is_some() {
                        self.since = Some(line.now);
                        happened.push(Happened::Joined);
                    }
                }
                ObserverEvent::Closed { reason } => {
                    let end = match reason {
                        CloseReason::Deleted => self.closed(),
                        CloseReason::Removed => self.put_out(),
                        CloseReason::TooLarge => {
                            Some((ProblemCode::RoomClosed, "too-large".to_owned(), NextStep::Dismiss))
                        }
                    };
                    happened.push(Happened::Ended(end));
                }
                ObserverEvent::Refused { code: Code::NOT_FOUND, .. } if self.search.returning => gone = true,
                ObserverEvent::Refused { code, desc } => {
                    happened.extend(
                        self.refused(&code, desc.unwrap_or_default()).map(|end| Happened::Ended(Some(end))),
                    );
                }
                ObserverEvent::Waiting => waits = true,
                ObserverEvent::ChildPosted(child) => children.push(child),
                ObserverEvent::ChildEvent { .. } | ObserverEvent::OutOfDate { .. } => {}
            }
        }
        while let Some(outgoing) = room.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => {
                    if let Ok(request) = line.request(draft) {
                        self.waiting.insert(request, Waiting::ReadRoom(room.object().clone()));
                    }
                }
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        self.room = Some(room);
        if let Some(conversation) = &mut self.conversation {
            let people = self.roster.participants.values();
            conversation.set_people(people.map(|one| (&one.id, one.name.as_str())));
            conversation.history(line, children, news);
        }
        if waits {
            happened.extend(self.wait(line));
        }
        self.ask_private(line);
        if self.may_go() {
            happened.push(Happened::MayLeave);
        }
        if given_up {
            self.given_up(line);
        }
        if gone {
            happened.extend(self.look_for_room(line));
        }
        happened
    }

    /// We are to wait. Who was in the room before, and was put out while away or comes to where it has moved, is in it no more: nothing of
    /// theirs goes on.
    fn wait(&mut self, line: &mut Line<'_>) -> Option<Happened> {
        self.in_lobby = true;
        self.close_legs(line);
        self.me = None;
        self.forget_company();
        // Who has not been in it yet has nothing more to lose.
        self.since.take()?;
        if let Some(conversation) = &mut self.conversation {
            conversation.disconnected(&self.address.domain);
        }
        Some(Happened::Waits)
    }

    pub(super) fn is_listed(&self) -> bool {
        self.me.as_ref().is_some_and(|me| self.roster.get(me).is_some())
    }

    /// Our role in the room.
    pub fn role(&self) -> Option<Role> {
        Some(self.roster.get(self.me.as_ref()?)?.role)
    }

    /// What is ruled over us is true at once, whatever we wish.
    fn obey(&mut self, before: &Roster) -> Vec<Happened> {
        let Some(me) = &self.me else { return Vec::new() };
        let Some(own) = self.roster.get(me) else { return Vec::new() };
        let ruled = (own.muted_by_organiser, own.camera_stopped);
        let newly =
            [(ruled.0 && !self.ruled.0, Silenced::Microphone), (ruled.1 && !self.ruled.1, Silenced::Camera)];
        if ruled.0 {
            self.unmute_asked_by = None;
        }
        self.ruled = ruled;
        // Who has done it the room says to us alone; the organiser will do until then.
        let organiser = self.roster.rules.organiser.as_ref().or(before.rules.organiser.as_ref());
        let by = organiser.map(|organiser| self.name_of(organiser.as_str())).unwrap_or_default();
        let news = newly.into_iter().filter(|(newly, _)| *newly);
        news.map(|(_, what)| Happened::Silenced { what, by: by.clone() }).collect()
    }

    /// Whoever has become organiser knows who waits and who is who.
    fn ask_private(&mut self, line: &mut Line<'_>) {
        let may = self.role().is_some_and(|role| powers(&self.roster.rules, role).door);
        if !may {
            self.private = Default::default();
            self.private_asked = false;
        } else if !self.private_asked
            && self.execute(line, "private", Vec::new(), Order::Private { log: false })
        {
            self.private_asked = true;
        }
    }

    /// The room has refused to let us in. `None` when it was not the room.
    fn refused(&self, code: &Code, desc: String) -> Option<(ProblemCode, String, NextStep)> {
        let word = desc.split([':', ' ']).next().unwrap_or_default();
        let (problem, next) = match (code.number(), word) {
            (Some(503), _) => return None,
            (Some(486), _) => (ProblemCode::RoomFull, NextStep::TryAgain),
            (Some(408), _) => (ProblemCode::RoomSilent, NextStep::TryAgain),
            (Some(404), _) => (ProblemCode::NoSuchRoom, NextStep::CheckInput),
            (_, "locked") => (ProblemCode::RoomLocked, NextStep::TryAgain),
            (_, "no-guests" | "no-invented-names") => (ProblemCode::NoGuests, NextStep::SignIn),
            (_, "banned") => (ProblemCode::Removed, NextStep::Dismiss),
            (_, "ended") => (ProblemCode::RoomClosed, NextStep::Dismiss),
            (_, "refused") => (ProblemCode::NotAdmitted, NextStep::Dismiss),
            (_, "removed") => (ProblemCode::Removed, NextStep::Dismiss),
            _ if self.in_lobby => (ProblemCode::NotAdmitted, NextStep::Dismiss),
            _ => (ProblemCode::RoomRefused, NextStep::Dismiss),
        };
        // What a person has written stands behind the word.
        let reason = ["refused", "removed"].iter().find_map(|word| desc.strip_prefix(word));
        let details = reason.map(|reason| reason.trim_start_matches(':').trim().to_owned());
        Some((problem, details.unwrap_or(desc), next))
    }
}
