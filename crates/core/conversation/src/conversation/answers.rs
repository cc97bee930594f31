//! Answers to what was asked.

use confab_contract::{Delivery, ProblemCode};
use confab_line::Line;
use confab_rethink::session::Cause;
use confab_rethink::{Message, RequestId};

use super::{Conversation, Happened};
use crate::outbox::Answered;
use crate::side::Side;

impl Conversation {
    /// The answer to a request; true when it was ours.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        let answered = self.outbox.replied(line.now, request, message, cause);
        if answered != Answered::NotOurs {
            self.answered(line, answered);
            return true;
        }
        if let Some(outcome) = self.files.replied(line.now, request, message, cause) {
            self.file_outcome(line, outcome);
            return true;
        }
        match &mut self.side {
            Side::Owner(owner) => owner.replied(line.now, request, message),
            Side::Guest(guest) => match guest.replied(line, request, message) {
                Some(heard) => {
                    self.hear(line, heard);
                    true
                }
                None => false,
            },
            Side::Room(room) => match room.replied(line.now, request, message) {
                Some(answer) => {
                    self.files.set_store(answer);
                    true
                }
                None => false,
            },
        }
    }

    fn answered(&mut self, line: &mut Line<'_>, answered: Answered) {
        match answered {
            Answered::NotOurs | Answered::Again => {}
            Answered::Delivered(id) => self.set_delivery(&id, Delivery::Delivered),
            Answered::Failed(id) => self.set_delivery(&id, Delivery::Failed),
            Answered::TooFast => {
                let (about, details) = (String::new(), "the room wants a pause".to_owned());
                self.happen(Happened::Trouble { code: ProblemCode::TooFast, about, details });
            }
            Answered::Refused(id, details) => {
                self.set_delivery(&id, Delivery::Failed);
                let about = String::new();
                self.happen(Happened::Trouble { code: ProblemCode::NotAllowed, about, details });
            }
        }
        self.go_on(line);
    }
}
