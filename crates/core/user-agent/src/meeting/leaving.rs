//! Leaving, being put out, and the end.

use confab_contract::{NextStep, ProblemCode, Role};
use confab_line::Line;
use confab_rethink::{Draft, Kind, Message, Url};
use serde_json::{Value, json};

use super::Meeting;

/// The longest reason shown, characters.
const REASON_LIMIT: usize = 200;

/// Why an organiser has put us out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    reason: String,
}

impl Meeting {
    /// Whether the meeting ends for others when we leave: we are its organiser, and they are there.
    pub fn would_end(&self) -> bool {
        let Some(me) = self.me.as_ref().filter(|_| self.since.is_some() && !self.handed_over) else {
            return false;
        };
        self.roster.rules.moderated
            && self.roster.rules.ends_with_organiser
            && self.role() == Some(Role::Organiser)
            && self.roster.others(me).next().is_some()
    }

    /// The user stays after all.
    pub fn stay(&mut self) {
        (self.asks_to_leave, self.going) = (false, false);
    }

    /// Whether the user wants to go, and nothing ends by it any more.
    pub(super) fn may_go(&self) -> bool {
        self.going && self.is_listed() && !self.would_end()
    }

    /// The room will end by our own word, or go on without us by our own word.
    pub fn goes_on(&mut self, without_us: bool) {
        (self.handed_over, self.ended_by_us) = (without_us, !without_us);
    }

    /// What the conference hyperty says when it puts us out, besides doing so.
    pub(super) fn note_removal(&mut self, message: &Message) {
        let Some(place) = &self.place else { return };
        let about_us =
            message.kind == Kind::Unsubscribe && message.text("resource") == Some(place.room.as_str());
        if about_us && message.from == place.conference {
            let reason = message.text("reason").unwrap_or_default();
            let visible = |c: &char| !c.is_control();
            self.removal =
                Some(Removal { reason: reason.chars().filter(visible).take(REASON_LIMIT).collect() });
        }
    }

    /// We were put out.
    pub(super) fn put_out(&mut self) -> Option<(ProblemCode, String, NextStep)> {
        let reason = self.removal.take().map(|removal| removal.reason).unwrap_or_default();
        Some((ProblemCode::Removed, reason, NextStep::Dismiss))
    }

    /// The room is closed.
    pub(super) fn closed(&self) -> Option<(ProblemCode, String, NextStep)> {
        if self.ended_by_us {
            return None;
        }
        let because = self.roster.closed_because.clone();
        let code = match because.as_str() {
            "organiser-left" | "organiser-lost" => ProblemCode::OrganiserGone,
            _ => ProblemCode::RoomClosed,
        };
        Some((code, because, NextStep::Dismiss))
    }

    /// Ends everything of ours; the goodbye that the room must hear. Who is organiser and has not said what shall become of the
    /// meeting leaves it to a deputy, if there is one.
    pub fn leave(&mut self, line: &mut Line<'_>) -> Option<(Url, Draft)> {
        let deputy = self.deputy().filter(|_| self.would_end() && !self.ended_by_us);
        if let (Some(deputy), Some(room)) = (deputy, &self.room) {
            line.send(room.execute("delegate", vec![json!(deputy)]));
        }
        if let Some(conversation) = &mut self.conversation {
            conversation.close(line);
        }
        self.let_go(line)
    }

    /// Closes every leg.
    pub(super) fn close_legs(&mut self, line: &mut Line<'_>) {
        for leg in self.legs.values_mut() {
            leg.close(line);
        }
        self.legs.clear();
        for (_, mut answer) in std::mem::take(&mut self.answers) {
            let leave = answer.leave();
            line.send(leave.unsubscribe);
            line.unroute(&leave.routes);
        }
    }

    /// Closes every leg and listens no more.
    pub(super) fn let_go(&mut self, line: &mut Line<'_>) -> Option<(Url, Draft)> {
        self.close_legs(line);
        let mut room = self.room.take()?;
        let leave = room.leave();
        line.unroute(&leave.routes);
        Some((room.object().clone(), leave.unsubscribe))
    }

    /// The first co-organiser who is there.
    fn deputy(&self) -> Option<Value> {
        let me = self.me.as_ref()?;
        let mut others = self.roster.others(me);
        let deputy = others.find(|other| other.role == Role::CoOrganiser && !other.away)?;
        Some(deputy.id.as_str().into())
    }
}
