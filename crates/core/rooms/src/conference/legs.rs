//! Offers read, answers reported, legs closed (protocol page, 6).

use std::time::Duration;

use confab_rethink::{
    Code, Message, Observer, ObserverConfig, ObserverEvent, Outgoing, Reporter, Url, new_guid,
};
use confab_types::LegId;
use serde_json::{Value, json};

use super::messages::{asserted_user, base};
use super::{Conference, Errand, Object};
use crate::config::ConferenceConfig;
use crate::leg::{Failure, Leg, LegState, Purpose};
use crate::media_server::{LegFlow, MediaCommand, MediaKind, MediaRoomId};
use crate::offer::{Direction, Media, Offer, candidates};
use crate::port::ConferenceEvent;
use crate::room;

/// How long an invited object may be without an offer.
const OFFER_WITHIN: Duration = Duration::from_secs(15);
/// How long a client may take to delete a leg that failed.
const FAILED_FOR: Duration = Duration::from_secs(30);

impl Conference {
    /// A participant offers a leg.
    pub(super) fn invited(&mut self, message: &Message) {
        let (code, desc) = match self.check_invitation(message) {
            Ok((theirs, hyperty)) => match self.begin_leg(theirs, hyperty) {
                Ok(()) => return self.answer(message.response(Code::OK)),
                Err(()) => (Code::BUSY, "the conference server is full"),
            },
            Err(refusal) => refusal,
        };
        self.answer(message.error(code, desc));
    }

    /// The invited object and the hyperty that reports it.
    fn check_invitation(&self, message: &Message) -> Result<(Url, Url), (Code, &'static str)> {
        let malformed = (Code::BAD_REQUEST, "the invitation is malformed");
        let object = message
            .from
            .url()
            .and_then(|from| from.strip_suffix("/subscription"))
            .ok_or(malformed.clone())?;
        if base(&(&object).into()).as_ref() != Some(&object) {
            return Err(malformed);
        }
        if object.scheme() != "connection" {
            return Err((Code::NOT_FOUND, "this hyperty takes legs only"));
        }
        let hyperty = message.address("source").and_then(|source| source.url()).ok_or(malformed)?;
        let user = asserted_user(message);
        if self.closing || !self.rooms.values().any(|room| room.caller(&hyperty, user.as_ref()).is_some()) {
            return Err((Code::FORBIDDEN, "not a participant"));
        }
        if self.objects.contains_key(&object) {
            return Err((Code::BUSY, "this leg is under way"));
        }
        let own = self.legs.values().filter(|leg| leg.hyperty == hyperty).count();
        if own >= self.legs_for(&hyperty) || self.legs.len() >= self.config.max_legs {
            return Err((Code::BUSY, "too many legs"));
        }
        Ok((object, hyperty))
    }

    /// How many legs a hyperty has use for: camera and screen of everybody in its rooms, its own among them.
    fn legs_for(&self, hyperty: &Url) -> usize {
        let theirs = self.rooms.values().filter(|room| room.number_of(hyperty).is_some());
        let people: usize = theirs.map(|room| room.members.len()).sum();
        (2 * people + ConferenceConfig::SPARE_LEGS).min(ConferenceConfig::LEGS_PER_PARTICIPANT)
    }

    /// Observes the client's object. Its changes are all we need of it; a leg has no chat.
    fn begin_leg(&mut self, object: Url, hyperty: Url) -> Result<(), ()> {
        self.legs_given += 1;
        let id = LegId(self.legs_given);
        let mut theirs = Observer::new(ObserverConfig {
            object: object.clone(),
            hyperty: self.hyperty.clone(),
            runtime: self.session.config().runtime.clone(),
            reporter: Some(hyperty.clone()),
            identity: Some(self.config.identity()),
            access_token: None,
        });
        let begin = theirs.begin();
        self.session.route(self.now, &[object.changes()], &self.hyperty).map_err(drop)?;
        if self.ask(begin.subscribe, Errand::Observe(id)).is_err() {
            self.session.unroute(&[object.changes()]);
            return Err(());
        }
        let state = LegState::Reading { until: self.now + OFFER_WITHIN };
        let leg = Leg { hyperty, theirs, ours: None, state, purpose: None, candidates: 0 };
        self.legs.insert(id, leg);
        self.objects.insert(object, Object::Offer(id));
        Ok(())
    }

    /// The client answered our subscription or a read.
    pub(super) fn observed(&mut self, id: LegId, message: &Message) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.theirs.reply(message);
            self.follow(id);
        }
    }

    /// Something happened to the client's object.
    pub(super) fn at_offer(&mut self, id: LegId, message: &Message) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.theirs.receive(message);
            self.follow(id);
        }
    }

    /// After our own connection was lost and found: what did we miss?
    pub(super) fn resync_legs(&mut self) {
        for id in self.legs.keys().copied().collect::<Vec<_>>() {
            let read = self.legs.get_mut(&id).and_then(|leg| leg.theirs.resync());
            if let Some(read) = read {
                self.ask(read, Errand::Observe(id)).ok();
            }
        }
    }

    /// Follows the mirror of the client's object.
    fn follow(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let outgoing: Vec<Outgoing> = std::iter::from_fn(|| leg.theirs.poll_transmit()).collect();
        let events: Vec<ObserverEvent> = std::iter::from_fn(|| leg.theirs.poll_event()).collect();
        for outgoing in outgoing {
            match outgoing {
                Outgoing::Request(draft) => {
                    self.ask(draft, Errand::Observe(id)).ok();
                }
                Outgoing::Notify(draft) => self.publish([draft]),
                Outgoing::Reply(message) => self.answer(message),
            }
        }
        for event in events {
            match event {
                ObserverEvent::Ready | ObserverEvent::Resynced | ObserverEvent::Changed { .. } => {
                    self.read_offer(id)
                }
                ObserverEvent::Closed { .. } | ObserverEvent::Refused { .. } => return self.close_leg(id),
                ObserverEvent::Waiting
                | ObserverEvent::OutOfDate { .. }
                | ObserverEvent::ChildPosted(_)
                | ObserverEvent::ChildEvent { .. } => {}
            }
        }
    }

    fn read_offer(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        match leg.state {
            LegState::Reading { .. } => match Offer::read(leg.theirs.data()) {
                Ok(None) => {}
                Ok(Some(offer)) => match self.negotiate(id, offer) {
                    Ok(()) => self.pass_candidates(id),
                    Err(failure) => self.fail(id, failure, "the offer does not fit the room"),
                },
                Err(malformed) => self.fail(id, Failure::BadSdp, &malformed.to_string()),
            },
            LegState::Negotiating | LegState::Answered => self.pass_candidates(id),
            LegState::Failed { .. } => {}
        }
    }

    fn negotiate(&mut self, id: LegId, offer: Offer) -> Result<(), Failure> {
        let leg = self.legs.get(&id).ok_or(Failure::Lost)?;
        let room = match self.objects.get(&offer.room) {
            Some(&Object::Room(room)) => room,
            _ => return Err(Failure::NoSuchParticipant),
        };
        if offer.owner != leg.hyperty || offer.peer != self.hyperty {
            return Err(Failure::NoSuchParticipant);
        }
        let entry = self.rooms.get_mut(&room).ok_or(Failure::NoSuchParticipant)?;
        let owner = entry.number_of(&leg.hyperty).ok_or(Failure::NoSuchParticipant)?;
        let flow = match offer.direction {
            Direction::Publish => LegFlow::Publish,
            Direction::Receive { of } => {
                let published =
                    entry.members.get_mut(&of).and_then(|member| member.published(offer.media).leg);
                LegFlow::Receive { of: published.ok_or(Failure::NoSuchParticipant)? }
            }
        };
        let member = &entry.members[&owner];
        let muted = (member.audio_muted, member.video_muted);
        let ruled = member.muted_by_organiser;
        let stopped = member.no_screen_until.is_some_and(|until| until > self.now);
        let shares = flow == LegFlow::Publish && offer.media == Media::Screen;
        if shares && stopped {
            return Err(Failure::Forbidden);
        }
        let purpose = Purpose { room, owner, media: offer.media, publishes: flow == LegFlow::Publish };
        let max_bitrate = self.config.max_bitrate;
        self.command(MediaCommand::AddLeg { room, leg: id, flow, offer: offer.sdp, max_bitrate });
        if purpose.publishes && purpose.media == Media::Camera && muted != (false, false) {
            self.gate(id, muted.0, muted.1);
        }
        if shares && ruled {
            self.command(MediaCommand::SetFlow { leg: id, kind: MediaKind::Audio, on: false });
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.purpose = Some(purpose);
            leg.state = LegState::Negotiating;
        }
        Ok(())
    }

    /// Hands candidates that came after the offer to the media server, each once.
    fn pass_candidates(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let known = candidates(leg.theirs.data());
        let fresh: Vec<String> = known.iter().skip(leg.candidates).cloned().collect();
        leg.candidates = leg.candidates.max(known.len());
        for candidate in fresh {
            self.command(MediaCommand::AddCandidate { leg: id, candidate });
        }
    }

    /// Reports the media server's answer.
    pub(super) fn answered(&mut self, id: LegId, sdp: String) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.state == LegState::Negotiating {
            leg.state = LegState::Answered;
            self.report(id, json!({"status": "", "connectionDescription": {"type": "answer", "sdp": sdp}}));
        }
    }

    /// Reports why there is no leg, or no longer.
    pub(super) fn fail(&mut self, id: LegId, failure: Failure, detail: &str) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.state, LegState::Failed { .. }) {
            leg.state = LegState::Failed { until: self.now + FAILED_FOR };
        }
        self.tell(ConferenceEvent::LegFailed { error: failure.word(), detail: detail.to_owned() });
        self.unpublish(id);
        let said = self.set_on_answer(id, "error", failure.word().into());
        if said {
            self.set_on_answer(id, "status", "failed".into());
        } else {
            self.report(id, json!({"status": "failed", "error": failure.word()}));
        }
    }

    /// Changes our object; false when there is none yet.
    pub(super) fn set_on_answer(&mut self, id: LegId, field: &str, value: Value) -> bool {
        let date = self.date();
        let Some(ours) = self.legs.get_mut(&id).and_then(|leg| leg.ours.as_mut()) else { return false };
        ours.stamp(&date);
        let told = room::set(ours, &[field], value);
        self.publish(told);
        true
    }

    /// Makes our object and invites the client to it.
    fn report(&mut self, id: LegId, news: Value) {
        let url = Url::connection(&self.config.domain, new_guid(&mut self.chance));
        let metadata = self.metadata(url.clone(), "Connection", "leg");
        let date = self.date();
        let identity = self.config.identity();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let offered = leg.theirs.data();
        let mut data = json!({
            "scheme": "connection",
            "owner": offered["owner"],
            "peer": offered["peer"],
            "roomId": offered["roomId"],
            "options": offered["options"],
            "answers": leg.theirs.object().as_str(),
            "iceCandidates": [],
        });
        if let (Value::Object(data), Value::Object(news)) = (&mut data, news) {
            data.extend(news);
        }
        let mut ours = Reporter::new(metadata, data);
        ours.stamp(&date);
        let invitation = ours.invite(&leg.hyperty, Some(&identity));
        leg.ours = Some(ours);
        self.objects.insert(url.clone(), Object::Answer(id));
        let routed = self.session.route(self.now, &[url.clone(), url.subscription()], &self.hyperty);
        if routed.and_then(|()| self.ask(invitation, Errand::Invite(id))).is_err() {
            self.close_leg(id);
        }
    }

    /// The client answered our invitation. Who does not take the answer has no leg.
    pub(super) fn invited_them(&mut self, id: LegId, message: &Message) {
        if message.code().is_none_or(|code| code.is_failure()) {
            self.close_leg(id);
        }
    }

    /// Ends a leg for good, from our side.
    pub(super) fn close_leg(&mut self, id: LegId) {
        self.unpublish(id);
        let Some(mut leg) = self.legs.remove(&id) else { return };
        self.command(MediaCommand::RemoveLeg { leg: id });
        let object = leg.theirs.object().clone();
        let leave = leg.theirs.leave();
        self.publish([leave.unsubscribe]);
        self.session.unroute(&[object.changes()]);
        self.objects.remove(&object);
        if let Some(mut ours) = leg.ours {
            let url = ours.url().clone();
            self.publish([ours.delete()]);
            self.session.unroute(&[url.clone(), url.subscription()]);
            self.objects.remove(&url);
        }
    }

    /// Ends every leg of a participant.
    pub(super) fn close_legs_of(&mut self, room: MediaRoomId, number: u32) {
        let Some(member) = self.rooms.get(&room).and_then(|room| room.members.get(&number)) else { return };
        let elsewhere =
            self.rooms.iter().any(|(&id, other)| id != room && other.number_of(&member.hyperty).is_some());
        let theirs = |leg: &Leg| match leg.purpose {
            Some(purpose) => purpose.room == room && purpose.owner == number,
            // Not read yet: it may be for another room that the hyperty is in.
            None => !elsewhere && leg.hyperty == member.hyperty,
        };
        let legs = self.legs.iter().filter(|(_, leg)| theirs(leg)).map(|(&id, _)| id);
        for leg in legs.collect::<Vec<_>>() {
            self.close_leg(leg);
        }
    }

    /// Nobody receives from this leg any more.
    pub(super) fn unpublish(&mut self, id: LegId) {
        let Some(purpose) = self.legs.get(&id).and_then(|leg| leg.purpose) else { return };
        let Some(room) = self.rooms.get_mut(&purpose.room) else { return };
        let published =
            room.members.get_mut(&purpose.owner).and_then(|member| member.published(purpose.media).leg);
        if published == Some(id) {
            self.change(purpose.room, |room| room.publish(purpose.owner, purpose.media, None));
        }
    }

    /// Drops legs whose offer never came, and failed ones that nobody deleted.
    pub(super) fn give_up_legs(&mut self) {
        let late = |leg: &Leg| leg.state.until().is_some_and(|until| until <= self.now);
        let legs = self.legs.iter().filter(|(_, leg)| late(leg)).map(|(&id, _)| id);
        for leg in legs.collect::<Vec<_>>() {
            self.close_leg(leg);
        }
    }
}
