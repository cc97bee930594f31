//! Descriptions, verdicts and the leg: what both sides do alike once there are two objects.

use std::time::Duration;

use confab_contract::{CallEnd, CallPhase};
use confab_line::{Line, Told};
use confab_media_model::{LegDown, MediaFact};
use confab_rethink::session::Cause;
use confab_rethink::{Domain, Message, RequestId};
use confab_types::Mono;

use crate::call::{Call, MISSING_LIMIT, RESTORE_LIMIT, Role};
use crate::caller::Find;
use crate::description::Described;
use crate::happened::Happened;
use crate::judging::Verdict;
use crate::own::OwnEvent;

/// How long a leg that failed rests before it is made anew.
const RENEW_PAUSE: Duration = Duration::from_millis(500);

impl Call {
    /// Does whatever can be done with what is known now.
    pub fn advance(&mut self, line: &mut Line<'_>) {
        let proof = match self.judging.verdict() {
            _ if self.over.is_some() => return,
            Verdict::Waiting { .. } => return,
            Verdict::False(why) => {
                let why = why.clone();
                return self.end(line, CallEnd::Insecure, &why);
            }
            Verdict::Proven => confab_contract::Proof::Signed,
            Verdict::Nothing | Verdict::Unknown if self.vouched => confab_contract::Proof::Domain,
            Verdict::Nothing | Verdict::Unknown => confab_contract::Proof::None,
        };
        self.proof = proof;
        let Some(described) = self.judging.described().filter(|_| self.agreed).cloned() else { return };
        match self.role {
            Role::Callee => {
                self.take_offer(line.now, &described);
                self.tell_answer(line, described.generation);
            }
            Role::Caller => self.take_answer(described),
        }
    }

    fn take_offer(&mut self, now: Mono, described: &Described) {
        match &mut self.leg.offer {
            Some(offer) if offer.sdp == described.remote.sdp => {
                offer.candidates.clone_from(&described.remote.candidates);
                return;
            }
            Some(_) => self.leg.generation += 1,
            None => {}
        }
        self.leg.offer = Some(described.remote.clone());
        self.local = None;
        if self.phase == CallPhase::Active {
            self.enter(now, CallPhase::Restoring, Some(RESTORE_LIMIT));
        }
    }

    fn take_answer(&mut self, described: Described) {
        let fits = match described.generation {
            Some(generation) => generation == self.leg.generation,
            None => self.stale.as_ref() != Some(&described.remote.sdp),
        };
        match &mut self.leg.answer {
            _ if !fits || self.local.is_none() => {}
            None => self.leg.answer = Some(described.remote),
            Some(answer) if answer.sdp == described.remote.sdp => {
                answer.candidates = described.remote.candidates;
            }
            Some(_) => {}
        }
    }

    /// Throws the transport away; our next offer follows when the media engine has made it.
    pub fn renew(&mut self, now: Mono) {
        if self.phase == CallPhase::Active {
            self.enter(now, CallPhase::Restoring, Some(RESTORE_LIMIT));
        }
        if let Some(answer) = self.leg.answer.take() {
            self.stale = Some(answer.sdp);
        }
        self.leg.generation += 1;
        self.local = None;
        self.renew_at = None;
    }

    /// A fact about our leg; true when it was.
    pub fn fact(&mut self, line: &mut Line<'_>, fact: &MediaFact) -> bool {
        let (leg, generation) = match fact {
            MediaFact::LegOffer { leg, generation, .. }
            | MediaFact::LegAnswer { leg, generation, .. }
            | MediaFact::LegUp { leg, generation }
            | MediaFact::LegDown { leg, generation, .. } => (*leg, *generation),
            _ => return false,
        };
        if leg != self.leg.id {
            return false;
        }
        if generation != self.leg.generation {
            return true;
        }
        match fact {
            MediaFact::LegOffer { sdp, .. } if self.role == Role::Caller => {
                self.local = Some(sdp.clone());
                match &mut self.own {
                    Some(own) => own.describe(line, sdp, Some(generation)),
                    None => self.ring_out(line),
                }
                self.advance(line);
            }
            MediaFact::LegAnswer { sdp, .. } if self.role == Role::Callee && self.leg.offer.is_some() => {
                self.local = Some(sdp.clone());
                self.advance(line);
            }
            MediaFact::LegUp { .. } => self.came_up(line),
            MediaFact::LegDown { reason, .. } => self.went_down(line, reason),
            _ => {}
        }
        true
    }

    fn came_up(&mut self, line: &mut Line<'_>) {
        let negotiated = match self.role {
            Role::Caller => self.leg.answer.is_some(),
            Role::Callee => self.local.is_some(),
        };
        if !negotiated || !matches!(self.phase, CallPhase::Connecting | CallPhase::Restoring) {
            return;
        }
        self.enter(line.now, CallPhase::Active, None);
        if self.since.is_none() {
            self.since = Some(line.now);
            self.events.push_back(Happened::Active);
        }
        if let Some(own) = &mut self.own {
            own.set(line, &["status"], "connected".into());
        }
    }

    fn went_down(&mut self, line: &mut Line<'_>, reason: &LegDown) {
        let details = reason.to_string();
        let missing = self.their.as_ref().and_then(|their| their.missing());
        match (reason, self.phase, self.role) {
            (LegDown::Security(_), ..) if self.agreed => self.end(line, CallEnd::Insecure, &details),
            (_, CallPhase::Connecting, _) => self.end(line, CallEnd::NoPath, &details),
            (_, CallPhase::Active, _) if missing.is_some_and(|since| line.now >= since + MISSING_LIMIT) => {
                self.they_left(line, "");
            }
            (_, CallPhase::Active, Role::Caller) => self.renew(line.now),
            (_, CallPhase::Active, Role::Callee) => {
                self.enter(line.now, CallPhase::Restoring, Some(RESTORE_LIMIT));
                let generation = self.judging.described().and_then(|described| described.generation);
                if let Some(own) = &mut self.own {
                    own.set(line, &["status"], "failed".into());
                    own.set(line, &["failed"], generation.into());
                }
            }
            (_, _, Role::Caller) => self.renew_at = Some(line.now + RENEW_PAUSE),
            (_, _, Role::Callee) => {}
        }
    }

    /// An answer of the shell; true when it was ours.
    pub fn told(&mut self, line: &mut Line<'_>, told: &Told) -> bool {
        let mut ours = self.judging.told(told);
        for own in self.rings.iter_mut().chain(&mut self.own) {
            ours = ours || own.told(line, told);
        }
        if ours {
            self.ring_out(line);
            self.advance(line);
        }
        ours
    }

    /// A message; true when it was about one of our objects.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if self.their.as_mut().is_some_and(|their| their.incoming(message)) {
            self.follow(line);
            return true;
        }
        let event = self.own.as_mut().and_then(|own| own.incoming(line, message));
        if let Some(event) = event {
            if let OwnEvent::Left(because) = event {
                self.they_left(line, &because);
            }
            return true;
        }
        let rung = self.rings.iter_mut().enumerate();
        let rung = rung.into_iter().find_map(|(at, own)| Some((at, own.incoming(line, message)?)));
        match rung {
            Some((_, OwnEvent::Observed)) => self.rings_there(),
            // Another device has accepted: this one may go without ending the call.
            Some((at, OwnEvent::Left(_))) if self.their.is_some() => {
                let own = self.rings.remove(at);
                self.words.extend(own.close(line, "taken"));
            }
            Some((_, OwnEvent::Left(because))) => self.they_left(line, &because),
            Some((_, OwnEvent::Noted)) => {}
            None => return false,
        }
        true
    }

    /// An answer to one of our requests; true when it was.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        if let Find::Asked { request: asked, by_identifier } = self.find
            && asked == request
        {
            if !message.code().is_some_and(|code| code.is_provisional()) {
                self.found(line, message, cause, by_identifier);
            }
            return true;
        }
        if self.their.as_mut().is_some_and(|their| their.replied(request, message, cause)) {
            self.follow(line);
            return true;
        }
        let mut owns = self.rings.iter_mut().chain(&mut self.own);
        let ours = owns.any(|own| own.replied(line.now, request, message, cause));
        if ours {
            self.weigh(line);
            self.weigh_answer(line);
        }
        ours
    }

    /// The way to a domain is open, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        self.look_up(line);
        for own in self.rings.iter_mut().chain(&mut self.own) {
            own.connected(line, domain);
        }
        self.ring_out(line);
        if let Some(their) = &mut self.their {
            their.connected(line, domain);
        }
        self.advance(line);
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        let owns = self.rings.iter().chain(&self.own).filter_map(|own| own.deadline());
        let owns = owns.chain(self.their.as_ref().and_then(|their| their.deadline()));
        let rest = [self.limit, self.ring_at, self.renew_at, self.judging.deadline()];
        owns.chain(rest.into_iter().flatten()).min()
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        for own in self.rings.iter_mut().chain(&mut self.own) {
            own.wake(line);
        }
        if let Some(their) = &mut self.their {
            their.wake(line);
        }
        self.judging.wake(line.now);
        if self.renew_at.is_some_and(|at| at <= line.now) {
            self.renew(line.now);
        }
        self.ring_out(line);
        self.advance(line);
        if self.limit.is_some_and(|limit| limit <= line.now) && self.over.is_none() {
            self.too_long(line);
        }
    }
}
