//! One meeting: finding the room, being admitted, mirroring it, keeping its legs, leaving (docs/protocol.md, sections 4 to 7).

pub mod address;
mod answers;
mod events;
mod leaving;
mod legs;
mod orders;
mod room;
mod search;

use std::collections::{BTreeMap, VecDeque};

use confab_conference::{Focus, LegKey, Private, Roster, Streams};
use confab_contract::{LogLine, NextStep, ProblemCode, ReactionView, Silenced};
use confab_conversation::Conversation;
use confab_line::{Line, Reach};
use confab_rethink::session::Cause;
use confab_rethink::{Domain, Message, Observer, ObserverConfig, RequestId, Url};
use confab_types::{LegId, Mono, ParticipantId};

use crate::account::UNNOTICED;
use crate::leg::{Leg, Place};
use address::RoomAddress;
use leaving::Removal;
use search::Search;

pub use orders::Order;

/// Most Connection objects of the conference that are mirrored at once.
const ANSWER_LIMIT: usize = 128;

/// What became of a meeting, for the agent to act on.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// The room has admitted us.
    Joined,
    /// It is over; the reason is told as a problem, if there is one to tell.
    Ended(Option<(ProblemCode, String, NextStep)>),
    /// Something to tell, the meeting goes on.
    Trouble(ProblemCode, String, NextStep),
    /// Something to tell that is not about the room itself.
    Notice {
        /// What kind.
        code: ProblemCode,
        /// Whom it is about, as shown.
        about: String,
        /// The technical fact.
        details: String,
    },
    /// An organiser has closed something of ours.
    Silenced {
        /// What.
        what: Silenced,
        /// The organiser's name.
        by: String,
    },
    /// We were in the room, and are to wait in front of it now.
    Waits,
    /// What we have asked for before leaving is done: leave.
    MayLeave,
    /// The room has taken our invitation: ring them.
    Ring {
        /// The room's name for it.
        invitation: String,
        /// Whom.
        user: Url,
        /// As shown.
        name: String,
    },
    /// Of what is said and sent in the room.
    Said(confab_conversation::Happened),
}

/// What a request was for.
enum Waiting {
    Find,
    /// To be let into the room of this address.
    Join(Url),
    /// The state of the room of this address.
    ReadRoom(Url),
    Invite(LegKey, u32),
    Answer(Url),
    Order(Order),
}

/// One meeting from the click on "Join" to the end.
pub struct Meeting {
    /// What was typed.
    pub name: String,
    /// The room's data.
    pub roster: Roster,
    /// What the room tells organisers only.
    pub private: Private,
    /// The room's log, once asked for.
    pub log: Vec<LogLine>,
    /// Our key in it, once admitted.
    pub me: Option<ParticipantId>,
    /// When we were first admitted.
    pub since: Option<Mono>,
    /// Whether we wait to be let in.
    pub in_lobby: bool,
    /// Whether the user is asked what shall become of the meeting without them.
    pub asks_to_leave: bool,
    /// Who asks us to open the microphone.
    pub unmute_asked_by: Option<String>,
    /// Legs by what they are for.
    pub legs: BTreeMap<LegKey, Leg>,
    /// Numbers of pictures.
    pub streams: Streams,
    /// Whom we look at.
    pub focus: Focus,
    /// What is said and sent, once the room is found.
    pub conversation: Option<Conversation>,
    address: RoomAddress,
    place: Option<Place>,
    room: Option<Observer>,
    answers: BTreeMap<Url, Observer>,
    waiting: BTreeMap<RequestId, Waiting>,
    told: Option<(bool, bool)>,
    /// Rulings over our microphone and camera that the user knows of.
    ruled: (bool, bool),
    reactions: VecDeque<(Mono, ReactionView)>,
    last_reaction: u32,
    /// Whether the room was asked for what only organisers are told.
    private_asked: bool,
    removal: Option<Removal>,
    /// Whether the room ends by our own word.
    ended_by_us: bool,
    /// Whether the user has made somebody organiser to leave then: we go as soon as the meeting does not end by it.
    going: bool,
    /// Whether the meeting goes on without us: somebody else is organiser now.
    handed_over: bool,
    /// Since when the way to the room is lost.
    lost: Option<Mono>,
    next_leg: u32,
    search: Search,
}

impl Meeting {
    /// Starts joining. `first_leg` is a number no leg of this process has had.
    pub fn join(address: RoomAddress, first_leg: u32, line: &mut Line<'_>) -> Meeting {
        let mut meeting = Meeting {
            name: address.typed(line.domain),
            roster: Roster::default(),
            private: Private::default(),
            log: Vec::new(),
            me: None,
            since: None,
            in_lobby: false,
            asks_to_leave: false,
            unmute_asked_by: None,
            legs: BTreeMap::new(),
            streams: Streams::default(),
            focus: Focus::default(),
            conversation: None,
            address,
            place: None,
            room: None,
            answers: BTreeMap::new(),
            waiting: BTreeMap::new(),
            told: None,
            ruled: (false, false),
            reactions: VecDeque::new(),
            last_reaction: 0,
            private_asked: false,
            removal: None,
            ended_by_us: false,
            going: false,
            handed_over: false,
            lost: None,
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

    /// The hyperty that reports the room, once found.
    pub fn conference(&self) -> Option<&Url> {
        self.place.as_ref().map(|place| &place.conference)
    }

    /// The room's object, once found.
    pub fn room(&self) -> Option<&Url> {
        self.place.as_ref().map(|place| &place.room)
    }

    /// Where the room is, as people say it.
    pub fn address(&self) -> &RoomAddress {
        &self.address
    }

    /// The room's domain.
    pub fn domain(&self) -> &Domain {
        &self.address.domain
    }

    /// What somebody is called; empty when they are not there.
    pub fn name_of(&self, participant: &str) -> String {
        let known = self.roster.get(&ParticipantId::new(participant));
        known.map(|known| known.name.clone()).unwrap_or_default()
    }

    /// Which leg has this number.
    pub fn leg_key(&self, id: LegId) -> Option<&LegKey> {
        self.legs.iter().find(|(_, leg)| leg.state.id == id).map(|(key, _)| key)
    }

    /// Whether the user should see that the way to the room is gone.
    pub fn noticed_loss(&self, now: Mono) -> bool {
        self.lost.is_some_and(|lost| now.since(lost) >= UNNOTICED)
    }

    /// The session with the room's domain is live, for the first time or again: find the room, or take one's place in it again.
    pub fn connected(&mut self, line: &mut Line<'_>) {
        let domain = self.address.domain.clone();
        if line.reach(&domain) != Reach::Live {
            return;
        }
        self.lost = None;
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

    /// The way to the room's domain cannot be opened now.
    pub fn unreachable(&self) -> Vec<Happened> {
        // Who is in the room already comes back when the way is there again.
        let end = (ProblemCode::DomainUnreachable, self.address.domain.to_string(), NextStep::TryAgain);
        if self.since.is_none() { vec![Happened::Ended(Some(end))] } else { Vec::new() }
    }

    fn subscribe(&mut self, line: &mut Line<'_>, place: Place) {
        let mut room = Observer::new(ObserverConfig {
            object: place.room.clone(),
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(place.conference.clone()),
            identity: Some(line.identity.clone()),
            access_token: self.address.code.clone(),
        });
        let begin = room.begin();
        line.route(&begin.routes);
        let name = line.identity.name.clone();
        if let Ok(request) = line.request(begin.subscribe.with_some("name", name)) {
            self.waiting.insert(request, Waiting::Join(place.room.clone()));
        }
        match &mut self.conversation {
            Some(conversation) if *conversation.object() != place.room => conversation.moved(&place.room),
            Some(_) => {}
            None => self.conversation = Conversation::of_room(line, &place.room).ok(),
        }
        self.room = Some(room);
        self.place = Some(place);
    }

    /// The room says that we are not in it, which we have not heard: ask for a new place.
    fn given_up(&mut self, line: &mut Line<'_>) {
        let asked = self.waiting.values().any(|waiting| matches!(waiting, Waiting::Join(_)));
        if let Some(place) = self.place.clone().filter(|_| !asked && self.me.is_some()) {
            self.subscribe(line, place);
        }
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
        if message.code().is_some_and(|code| code.is_provisional()) {
            // The room lets us wait, or a long answer comes in parts.
            return match self.waiting.get(&request) {
                Some(Waiting::Join(room) | Waiting::ReadRoom(room)) if self.room() == Some(room) => {
                    self.room_answered(line, message)
                }
                _ => Vec::new(),
            };
        }
        match self.waiting.remove(&request) {
            Some(Waiting::Find) => self.found(line, message, cause),
            // The room has moved since it was asked.
            Some(Waiting::Join(room) | Waiting::ReadRoom(room)) if self.room() != Some(&room) => Vec::new(),
            Some(Waiting::Join(_)) => {
                if message.code().is_some_and(|code| code.is_ok()) {
                    self.admitted(line, message);
                }
                self.room_answered(line, message)
            }
            Some(Waiting::ReadRoom(_)) => self.room_answered(line, message),
            Some(Waiting::Answer(url)) => {
                self.answers.get_mut(&url).into_iter().for_each(|answer| answer.reply(message));
                self.follow_answer(line, &url)
            }
            Some(Waiting::Invite(key, generation)) => self.leg_answered(line, &key, generation, message),
            Some(Waiting::Order(order)) => self.order_answered(line, order, message, cause),
            None => Vec::new(),
        }
    }

    fn room_answered(&mut self, line: &mut Line<'_>, message: &Message) -> Vec<Happened> {
        self.room.iter_mut().for_each(|room| room.reply(message));
        self.follow_room(line)
    }

    fn admitted(&mut self, line: &mut Line<'_>, message: &Message) {
        let Some(me) = message.text("participant").map(ParticipantId::new) else { return };
        if self.me.as_ref().is_some_and(|before| *before != me) {
            // The room had given us up: what we published there is gone.
            self.legs.values_mut().for_each(|leg| leg.renew(line));
            self.told = None;
        }
        if let Some(conversation) = &mut self.conversation {
            conversation.admitted(line, &me);
        }
        self.me = Some(me);
        self.in_lobby = false;
        self.search = Search::default();
        if let Some(place) = self.place.clone() {
            self.negotiate_all(line, &place);
        }
    }

    /// The connection is lost: what we told may not have arrived.
    pub fn disconnected(&mut self, now: Mono) {
        self.lost.get_or_insert(now);
        self.told = None;
        self.search.again_at = None;
        self.waiting.clear();
        if let Some(conversation) = &mut self.conversation {
            conversation.disconnected(&self.address.domain);
        }
    }

    /// Reactions that are shown now, oldest first.
    pub fn reactions(&self) -> impl Iterator<Item = &ReactionView> {
        self.reactions.iter().map(|(_, reaction)| reaction)
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let conversation = self.conversation.as_ref().and_then(Conversation::deadline);
        let reaction = self.reactions.front().map(|(until, _)| *until);
        let notice = self.lost.map(|lost| lost + UNNOTICED).filter(|at| *at > now);
        let legs = self.legs.values().filter_map(Leg::deadline).min();
        [legs, self.search.again_at, conversation, reaction, notice].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        self.legs.values_mut().for_each(|leg| leg.wake(line));
        self.search_again(line);
        while self.reactions.front().is_some_and(|(until, _)| *until <= line.now) {
            self.reactions.pop_front();
        }
        if let Some(conversation) = &mut self.conversation {
            conversation.wake(line);
        }
    }

    /// What has happened in the conversation.
    pub fn poll_said(&mut self) -> Option<Happened> {
        self.conversation.as_mut()?.poll().map(Happened::Said)
    }
}
