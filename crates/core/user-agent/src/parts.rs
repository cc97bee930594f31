//! What an account does over its sessions: who hears of a message, an answer, a loss.

mod talking;

use std::collections::VecDeque;

use confab_call::Calls;
use confab_conversation::Conversation;
use confab_line::{Line, Told};
use confab_media_model::MediaFact;
use confab_people::People;
use confab_rethink::session::Cause;
use confab_rethink::{Domain, Kind, Message, Observer, ObserverConfig, RequestId, Url};
use confab_types::Mono;

use crate::Grant;
use crate::farewell::Farewells;
use crate::meeting::{self, Meeting};
use crate::memory::RememberedAccount;
use crate::room_maker::{Made, RoomMaker};

/// What became of a part, for the agent to act on.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// Of the meeting.
    Meeting(meeting::Happened),
    /// Of the call.
    Call(confab_call::Happened),
    /// Of contacts and presence.
    People(confab_people::Happened),
    /// Of what is said and sent in the call.
    Conversation(confab_conversation::Happened),
    /// Of a room that was to be made.
    Made(Made),
}

/// The parts of one account.
pub struct Parts {
    /// The meeting; at most one account has one, or a call.
    pub meeting: Option<Meeting>,
    /// Rooms that must still hear that we left.
    pub farewells: Farewells,
    /// The telephone.
    pub calls: Calls,
    /// Chat and files of the call, until its end is off the screen.
    pub conversation: Option<Conversation>,
    /// Contacts and presence.
    pub people: People,
    /// Rooms of one's own.
    pub maker: RoomMaker,
    /// The conference hyperty of the room we have left last.
    left: Option<Url>,
    happened: VecDeque<Happened>,
}

impl Parts {
    /// With what is remembered. `runtime` and `hyperty` are ours.
    pub fn new(grant: &Grant, remembered: &RememberedAccount, runtime: &Url, hyperty: &Url) -> Parts {
        let mut farewells = Farewells::default();
        if let Some(room) = remembered.room.as_deref().and_then(|room| Url::parse(room).ok()) {
            let (runtime, hyperty) = (runtime.clone(), hyperty.clone());
            let (reporter, identity, access_token) = (None, None, None);
            let object = room.clone();
            let config = ObserverConfig { object, hyperty, runtime, reporter, identity, access_token };
            // An organiser who comes back soon is not taken for one who has left.
            farewells.owe(room, Observer::new(config).leave().unsubscribe.with("restarted", true));
        }
        let mut calls = Calls::default();
        // Whoever has a sign-in desk like ours has a message node and a registry like ours: the one says who is behind a
        // message, the other has a directory. Nodes that believe everybody have neither.
        let known = grant.access_token.is_some();
        calls.set_vouched(known);
        let mut people = People::new(&remembered.people, &grant.domain);
        people.set_directory(&grant.domain, known);
        for neighbour in grant.domains.keys() {
            people.set_directory(neighbour, true);
        }
        let (meeting, conversation, maker) = (None, None, RoomMaker::default());
        let (left, happened) = (None, VecDeque::new());
        Parts { meeting, farewells, calls, conversation, people, maker, left, happened }
    }

    /// A domain can be spoken to, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        self.farewells.say_again(line, domain);
        if let Some(meeting) = self.meeting.as_mut().filter(|meeting| meeting.domain() == domain) {
            meeting.connected(line);
        }
        self.calls.connected(line, domain);
        if let Some(conversation) = self.conversation.as_mut() {
            conversation.connected(line, domain);
        }
        self.people.connected(line, domain);
        self.settle(line);
    }

    /// The session with a domain is lost.
    pub fn disconnected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if let Some(meeting) = self.meeting.as_mut().filter(|meeting| meeting.domain() == domain) {
            meeting.disconnected(line.now);
        }
        self.calls.disconnected(domain);
        if let Some(conversation) = self.conversation.as_mut() {
            conversation.disconnected(domain);
        }
        self.people.disconnected(domain);
        self.settle(line);
    }

    /// The way to another domain could not be opened.
    pub fn unreachable(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if let Some(meeting) = self.meeting.as_ref().filter(|meeting| meeting.domain() == domain) {
            self.happened.extend(meeting.unreachable().into_iter().map(Happened::Meeting));
        }
        self.calls.unreachable(line, domain);
        if let Some(conversation) = self.conversation.as_mut() {
            conversation.unreachable(line, domain);
        }
        self.people.unreachable(line, domain);
        self.settle(line);
    }

    /// Calls the meeting.
    pub fn with_meeting(
        &mut self,
        line: &mut Line<'_>,
        call: impl FnOnce(&mut Meeting, &mut Line<'_>) -> Vec<meeting::Happened>,
    ) {
        let happened = self.meeting.as_mut().map(|meeting| call(meeting, line)).unwrap_or_default();
        self.happened.extend(happened.into_iter().map(Happened::Meeting));
    }

    /// A message that answers nothing.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) {
        if let Some(happened) = self.meeting.as_mut().and_then(|meeting| meeting.incoming(line, message)) {
            self.happened.extend(happened.into_iter().map(Happened::Meeting));
            return self.settle(line);
        }
        let conversation = &mut self.conversation;
        // What the conference says to legs of a room that we have left is no call.
        let late = message.kind == Kind::Create
            && self
                .left
                .as_ref()
                .is_some_and(|left| message.address("source").is_some_and(|from| from == *left));
        let taken = !late && self.calls.incoming(line, message)
            || conversation.as_mut().is_some_and(|conversation| conversation.incoming(line, message))
            || self.people.incoming(line, message);
        // Who asks our hyperty for something that nobody here knows must not wait in vain.
        let asks = matches!(message.kind, Kind::Create | Kind::Execute);
        if !taken && asks && message.to.as_str() == line.hyperty.as_str() {
            line.reply(message.error(404, "nothing of ours"));
        }
        self.settle(line);
    }

    /// An answer to a request.
    pub fn replied(&mut self, line: &mut Line<'_>, request: RequestId, message: &Message, cause: Cause) {
        if self.farewells.replied(request, cause) {
            return;
        }
        if self.meeting.as_ref().is_some_and(|meeting| meeting.awaits(request)) {
            self.with_meeting(line, |meeting, line| meeting.replied(line, request, message, cause));
            return self.settle(line);
        }
        if let Some(made) = self.maker.replied(line, request, message, cause) {
            self.happened.extend(made.map(Happened::Made));
            return;
        }
        let said = self.meeting.as_mut().and_then(|meeting| meeting.conversation.as_mut());
        if said.is_some_and(|said| said.replied(line, request, message, cause)) {
            return self.settle(line);
        }
        let conversation = &mut self.conversation;
        let _ = self.calls.replied(line, request, message, cause)
            || conversation
                .as_mut()
                .is_some_and(|conversation| conversation.replied(line, request, message, cause))
            || self.people.replied(line, request, message, cause);
        self.settle(line);
    }

    /// The shell's answer to a question.
    pub fn told(&mut self, line: &mut Line<'_>, told: &Told) {
        self.calls.told(line, told);
        self.settle(line);
    }

    /// Something became true of a leg.
    pub fn fact(&mut self, line: &mut Line<'_>, fact: &MediaFact) {
        if !self.calls.fact(line, fact) {
            self.with_meeting(line, |meeting, line| meeting.fact(line, fact));
        }
        self.settle(line);
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        if let Some(meeting) = self.meeting.as_mut() {
            meeting.wake(line);
        }
        self.calls.wake(line);
        if let Some(conversation) = self.conversation.as_mut() {
            conversation.wake(line);
        }
        self.people.wake(line);
        self.settle(line);
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let meeting = self.meeting.as_ref().and_then(|meeting| meeting.deadline(now));
        let conversation = self.conversation.as_ref().and_then(Conversation::deadline);
        [meeting, self.calls.deadline(), conversation, self.people.deadline()].into_iter().flatten().min()
    }

    /// Leaves the meeting and owes the room a goodbye. The number the next leg may have.
    pub fn leave(&mut self, line: &mut Line<'_>) -> Option<u32> {
        let mut meeting = self.meeting.take()?;
        self.left = meeting.conference().cloned().or(self.left.take());
        self.calls.stop_asking(line, None);
        if let Some((room, unsubscribe)) = meeting.leave(line) {
            self.farewells.say(line, room, unsubscribe);
        }
        Some(meeting.next_leg())
    }

    /// The account ends: hangs up and tells those who see our presence.
    pub fn goodbye(&mut self, line: &mut Line<'_>) {
        self.calls.stop_asking(line, None);
        self.calls.hang_up(line);
        self.settle(line);
        self.people.leave(line);
    }

    /// What has happened, oldest first.
    pub fn poll(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }
}
