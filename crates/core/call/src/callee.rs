//! The callee's side: being rung, and the choice.

use confab_contract::{CallEnd, CallPhase};
use confab_line::Line;

use crate::call::{Call, FIND_LIMIT, RING_LIMIT, Role};
use crate::happened::Happened;
use crate::invitation::Invitation;
use crate::own::{Invite, Own, Purpose};
use crate::their::Their;

impl Call {
    /// Somebody calls. It rings when their object is here; nothing of ours is opened for it.
    pub fn invited(line: &mut Line<'_>, invitation: &Invitation, vouched: bool) -> Call {
        let mut call = Call::new(line, Role::Callee, invitation.user(), invitation.name());
        call.enter(line.now, CallPhase::Idle, Some(FIND_LIMIT));
        call.hyperty = Some(invitation.source.clone());
        call.observe(line, invitation, vouched);
        call
    }

    /// Looks at the other side's object.
    pub fn observe(&mut self, line: &mut Line<'_>, invitation: &Invitation, vouched: bool) {
        if let (Role::Callee, Some(name)) = (self.role, &invitation.call) {
            self.name.clone_from(name);
        }
        self.vouched = vouched && invitation.identity.as_ref().is_some_and(|who| who.user_url.is_some());
        let answers = self.role == Role::Caller;
        self.their = Some(Their::new(line, invitation.object.clone(), invitation.source.clone(), answers));
    }

    /// The caller's object is here: it rings.
    pub fn rings_here(&mut self, line: &Line<'_>) {
        if self.phase == CallPhase::Idle {
            self.enter(line.now, CallPhase::Incoming, Some(RING_LIMIT));
            self.events.push_back(Happened::Rings);
        }
    }

    /// We take the call.
    pub fn accept(&mut self, line: &mut Line<'_>, video: bool) {
        if self.phase == CallPhase::Incoming {
            self.video |= video;
            self.ours.video = video;
            self.agree(line);
            self.advance(line);
        }
    }

    /// Tells our answer: in an object of ours, to which the caller is invited.
    pub fn tell_answer(&mut self, line: &mut Line<'_>, generation: Option<u32>) {
        let (Some(sdp), Some(hyperty), Some(their)) = (&self.local, &self.hyperty, &self.their) else {
            return;
        };
        if self.own.is_none() {
            let purpose = Purpose {
                peer: hyperty,
                user: &self.user,
                parties: (hyperty, line.hyperty),
                call: &self.name,
                answers: Some(their.url()),
            };
            self.own = Some(Own::new(line, &purpose, self.ours));
        }
        let Some(own) = &mut self.own else { return };
        if !own.says(sdp) {
            own.describe(line, sdp, generation);
        }
        if own.is_described() {
            own.invite(line);
        }
    }

    /// What the caller's answer to our invitation means.
    pub fn weigh_answer(&mut self, line: &mut Line<'_>) {
        let Some(own) = self.own.as_ref().filter(|own| !own.observed && self.role == Role::Callee) else {
            return;
        };
        match own.invite.clone() {
            Invite::Refused(code) if code.number() == Some(486) => {
                self.end(line, CallEnd::TakenElsewhere, "486")
            }
            Invite::Refused(code) => self.end(line, CallEnd::Lost, &code.to_string()),
            Invite::Silent => self.end(line, CallEnd::Lost, "the caller does not answer"),
            Invite::Owed | Invite::Sent(_) | Invite::Again(_) | Invite::Received => {}
        }
    }
}
