//! One meeting: finding the room, being admitted, mirroring it, keeping its legs, leaving (docs/protocol.md, sections 4 to 7).

mod answers;
mod legs;
mod search;

use std::collections::BTreeMap;

use confab_conference::{Focus, LegKey, Roster, Streams};
use confab_contract::{NextStep, ProblemCode};
use confab_rethink::observer::CloseReason;
use confab_rethink::session::Cause;
use confab_rethink::{
    Code, Draft, Kind, Message, Observer, ObserverConfig, ObserverEvent, Outgoing, RequestId, Url,
};
use confab_types::{LegId, Mono, ParticipantId};

use crate::leg::{Leg, Place};
use confab_line::Line;
use search::Search;

/// Most Connection objects of the conference that are mirrored at once.
const ANSWER_LIMIT: usize = 128;

/// What became of a meeting, for the agent to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The room has admitted us.
    Joined,
    /// It is over; the reason is told as a problem, if there is one to tell.
    Ended(Option<(ProblemCode, String, NextStep)>),
    /// Something to tell, the meeting goes on.
    Trouble(ProblemCode, String, NextStep),
}

/// What a request was for.
enum Waiting {
    Find,
    Join,
    ReadRoom,
    Invite(LegKey, u32),
    Answer(Url),
    Command,
}

/// One meeting from the click on "Join" to the end.
pub struct Meeting {
    /// What was typed.
    pub name: String,
    /// The room's data.
    pub roster: Roster,
    /// Our key in it, once admitted.
    pub me: Option<ParticipantId>,
    /// When we were first admitted.
    pub since: Option<Mono>,
    /// Legs by what they are for.
    pub legs: BTreeMap<LegKey, Leg>,
    /// Numbers of pictures.
    pub streams: Streams,
    /// Whom we look at.
    pub focus: Focus,
    place: Option<Place>,
    room: Option<Observer>,
    answers: BTreeMap<Url, Observer>,
    waiting: BTreeMap<RequestId, Waiting>,
    told: Option<(bool, bool)>,
    next_leg: u32,
    search: Search,
}

impl Meeting {
    /// Starts joining. `first_leg` is a number no leg of this process has had.
    pub fn join(name: &str, first_leg: u32, line: &mut Line<'_>) -> Meeting {
        let mut meeting = Meeting {
            name: name.to_owned(),
            roster: Roster::default(),
            me: None,
            since: None,
            legs: BTreeMap::new(),
            streams: Streams::default(),
            focus: Focus::default(),
            place: None,
            room: None,
            answers: BTreeMap::new(),
            waiting: BTreeMap::new(),
            told: None,
            next_leg: first_leg,
            search: Search::default(),
        };
        meeting.connected(line);
        meeting
    }

    /// The number the next leg of the process may have.
    pub fn next_leg(&self) -> u32 {
        self.next_leg
    }

    /// The room's object, once found.
    pub fn room(&self) -> Option<&Url> {
        self.place.as_ref().map(|place| &place.room)
    }

    /// Which leg has this number.
    pub fn leg_key(&self, id: LegId) -> Option<&LegKey> {
        self.legs.iter().find(|(_, leg)| leg.state.id == id).map(|(key, _)| key)
    }

    /// The session is live, for the first time or again: find the room, or take one's place in it again.
    pub fn connected(&mut self, line: &mut Line<'_>) {
        if !line.is_live() {
            return;
        }
        self.waiting.clear();
        if let Some(place) = self.place.clone() {
            self.search.returning = true;
            self.subscribe(line, place);
            for leg in self.legs.values_mut().filter(|leg| leg.state.answer.is_none()) {
                leg.renew(line);
            }
            self.resync_answers(line);
            return;
        }
        self.find(line);
    }

    fn subscribe(&mut self, line: &mut Line<'_>, place: Place) {
        let mut room = Observer::new(ObserverConfig {
            object: place.room.clone(),
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(place.conference.clone()),
            identity: Some(line.identity.clone()),
            access_token: None,
        });
        let begin = room.begin();
        line.route(&begin.routes);
        let name = line.identity.name.clone();
        if let Ok(request) = line.request(begin.subscribe.with_some("name", name)) {
            self.waiting.insert(request, Waiting::Join);
        }
        self.room = Some(room);
        self.place = Some(place);
    }

    /// Whether this request is one of ours.
    pub fn awaits(&self, request: RequestId) -> bool {
        self.waiting.contains_key(&request)
    }

    /// The answer to one of our requests.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> Vec<Happened> {
        let provisional = message.code().is_some_and(|code| code.is_provisional());
        let waiting = if provisional { None } else { self.waiting.remove(&request) };
        match waiting {
            Some(Waiting::Find) => self.found(line, message, cause),
            Some(Waiting::Join) => {
                if message.code().is_some_and(|code| code.is_ok()) {
                    self.admitted(line, message);
                }
                self.room.iter_mut().for_each(|room| room.reply(message));
                self.follow_room(line)
            }
            Some(Waiting::ReadRoom) => {
                self.room.iter_mut().for_each(|room| room.reply(message));
                self.follow_room(line)
            }
            Some(Waiting::Answer(url)) => {
                self.answers.get_mut(&url).into_iter().for_each(|answer| answer.reply(message));
                self.follow_answer(line, &url);
                Vec::new()
            }
            Some(Waiting::Invite(key, generation)) => {
                let refused = message.code().is_none_or(|code| !code.is_ok());
                let leg = self.legs.get_mut(&key).filter(|leg| leg.state.generation == generation);
                if let Some(leg) = leg.filter(|_| refused) {
                    leg.fail(line);
                }
                Vec::new()
            }
            Some(Waiting::Command) => {
                if cause == Cause::TimedOut {
                    self.told = None;
                }
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn admitted(&mut self, line: &mut Line<'_>, message: &Message) {
        let Some(me) = message.text("participant").map(ParticipantId::new) else { return };
        if self.me.as_ref().is_some_and(|before| *before != me) {
            // The room had given us up: what we published there is gone.
            self.legs.values_mut().for_each(|leg| leg.renew(line));
            self.told = None;
        }
        self.me = Some(me);
        self.search = Search::default();
        if let Some(place) = self.place.clone() {
            self.negotiate_all(line, &place);
        }
    }

    /// A message for us that answers nothing; `None` when it is not about this meeting.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> Option<Vec<Happened>> {
        if self.room.as_mut().is_some_and(|room| room.receive(message)) {
            return Some(self.follow_room(line));
        }
        let conference = self.place.as_ref().map(|place| place.conference.clone())?;
        let about =
            self.answers.iter_mut().find_map(|(url, answer)| answer.receive(message).then(|| url.clone()));
        if let Some(url) = about {
            self.follow_answer(line, &url);
            return Some(Vec::new());
        }
        let taken = self.legs.values_mut().any(|leg| leg.incoming(line, message, &conference))
            || (message.kind == Kind::Create && self.invited(line, message, &conference));
        taken.then(Vec::new)
    }

    fn follow_room(&mut self, line: &mut Line<'_>) -> Vec<Happened> {
        let mut happened = Vec::new();
        let (mut gone, mut given_up) = (false, false);
        let Some(mut room) = self.room.take() else { return happened };
        while let Some(event) = room.poll_event() {
            match event {
                ObserverEvent::Ready | ObserverEvent::Changed { .. } | ObserverEvent::Resynced => {
                    let was_there = self.is_listed();
                    self.roster = Roster::read(room.data());
                    given_up |= was_there && !self.is_listed();
                    if self.since.is_none() && self.me.is_some() {
                        self.since = Some(line.now);
                        happened.push(Happened::Joined);
                    }
                }
                ObserverEvent::Closed { reason } => {
                    let word = match reason {
                        CloseReason::Deleted => self.roster.closed_because.clone(),
                        CloseReason::Removed => "removed".to_owned(),
                        CloseReason::TooLarge => "too-large".to_owned(),
                    };
                    happened.push(Happened::Ended(Some((ProblemCode::RoomClosed, word, NextStep::Dismiss))));
                }
                ObserverEvent::Refused { code: Code::NOT_FOUND, .. } if self.search.returning => gone = true,
                ObserverEvent::Refused { code, desc } => {
                    let (problem, next) = match code.number() {
                        Some(486) => (ProblemCode::RoomFull, NextStep::TryAgain),
                        Some(408 | 503) => (ProblemCode::RoomSilent, NextStep::TryAgain),
                        Some(404) => (ProblemCode::NoSuchRoom, NextStep::CheckInput),
                        _ => (ProblemCode::RoomRefused, NextStep::Dismiss),
                    };
                    if code.number() != Some(503) {
                        happened.push(Happened::Ended(Some((problem, desc.unwrap_or_default(), next))));
                    }
                }
                ObserverEvent::Waiting
                | ObserverEvent::ChildPosted(_)
                | ObserverEvent::ChildEvent { .. }
                | ObserverEvent::OutOfDate { .. } => {}
            }
        }
        while let Some(outgoing) = room.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => {
                    if let Ok(request) = line.request(draft) {
                        self.waiting.insert(request, Waiting::ReadRoom);
                    }
                }
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        self.room = Some(room);
        if let (true, Some(place)) = (given_up, self.place.clone()) {
            // We are still here, the room thinks otherwise: ask for a new place in it.
            self.subscribe(line, place);
        }
        if gone {
            happened.extend(self.look_for_room(line));
        }
        happened
    }

    fn is_listed(&self) -> bool {
        self.me.as_ref().is_some_and(|me| self.roster.get(me).is_some())
    }

    /// The connection is lost: what we told may not have arrived.
    pub fn disconnected(&mut self) {
        self.told = None;
        self.search.again_at = None;
        self.waiting.clear();
    }

    /// Closes every leg and listens no more; the goodbye that the room must hear.
    pub fn leave(&mut self, line: &mut Line<'_>) -> Option<(Url, Draft)> {
        for leg in self.legs.values_mut() {
            leg.close(line);
        }
        self.legs.clear();
        for (_, mut answer) in std::mem::take(&mut self.answers) {
            let leave = answer.leave();
            line.send(leave.unsubscribe);
            line.unroute(&leave.routes);
        }
        let mut room = self.room.take()?;
        let leave = room.leave();
        line.unroute(&leave.routes);
        Some((room.object().clone(), leave.unsubscribe))
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        self.legs.values().filter_map(Leg::deadline).chain(self.search.again_at).min()
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        self.legs.values_mut().for_each(|leg| leg.wake(line));
        self.search_again(line);
    }
}
