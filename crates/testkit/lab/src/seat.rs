//! One person at a desk: the user agent, its media engine, and what the screen shows.

use std::collections::BTreeSet;

use confab_contract::{
    CallView, ContactView, ConversationView, MeetingPhase, MeetingView, PastCall, PeopleView, Problem,
    RoomView, SessionPhase, SessionView, TileView, View,
};
use confab_media_model::MediaPlan;
use confab_types::{Chance, LegId, Mono};
use confab_user_agent::{Kept, Remembered, UserAgent};

use crate::engine::Engine;

/// One person.
pub struct Seat {
    /// The name others see, and the user.
    pub name: String,
    /// Whose domain they are of.
    pub home: usize,
    /// Counts starts of the program.
    pub life: u32,
    /// The program, while it runs.
    pub agent: Option<UserAgent>,
    /// Its media engine.
    pub engine: Engine,
    /// No packet comes in or goes out before then.
    pub offline_until: Mono,
    /// What is on disk.
    pub remembered: Remembered,
    /// What is in the secret store.
    pub kept: Vec<Kept>,
    /// The session as shown.
    pub session: Option<SessionView>,
    /// The meeting as shown.
    pub meeting: Option<MeetingView>,
    /// Who is in the room, as shown.
    pub room: RoomView,
    /// The call as shown.
    pub call: CallView,
    /// What is said in it, as shown.
    pub conversation: ConversationView,
    /// Contacts as shown.
    pub people: PeopleView,
    /// Calls that are over, as shown.
    pub calls: Vec<PastCall>,
    /// The problems as shown.
    pub problems: Vec<Problem>,
    /// The newest plan.
    pub plan: MediaPlan,
    /// Legs, with their generation, whose first picture was told.
    pub pictures: BTreeSet<(LegId, u32)>,
}

impl Seat {
    /// An empty desk.
    pub fn new(name: &str, home: usize) -> Seat {
        Seat {
            name: name.to_owned(),
            home,
            life: 0,
            agent: None,
            engine: Engine::default(),
            offline_until: Mono::ZERO,
            remembered: Remembered::default(),
            kept: Vec::new(),
            session: None,
            meeting: None,
            room: RoomView::default(),
            call: CallView::default(),
            conversation: ConversationView::default(),
            people: PeopleView::default(),
            calls: Vec::new(),
            problems: Vec::new(),
            plan: MediaPlan::default(),
            pictures: BTreeSet::new(),
        }
    }

    /// The program starts.
    pub fn start(&mut self, chance: Chance) {
        self.stop();
        self.agent = Some(UserAgent::new(chance));
    }

    /// The program is gone, with all that it knew.
    pub fn stop(&mut self) {
        self.life += 1;
        self.agent = None;
        let camera_is_broken = self.engine.camera_is_broken;
        self.engine = Engine::default();
        self.engine.camera_is_broken = camera_is_broken;
        self.session = None;
        self.meeting = None;
        self.room = RoomView::default();
        self.call = CallView::default();
        self.conversation = ConversationView::default();
        self.people = PeopleView::default();
        self.calls.clear();
        self.problems.clear();
        self.plan = MediaPlan::default();
        self.pictures.clear();
    }

    /// A secret is forgotten.
    pub fn forget(&mut self, base: &str, user: &str) {
        self.kept.retain(|kept| kept.base != base || kept.user != user);
    }

    /// A part of the screen changes.
    pub fn show(&mut self, view: View) {
        match view {
            View::Session(session) => self.session = Some(session),
            View::Meeting(meeting) => self.meeting = Some(meeting),
            View::Room(room) => self.room = room,
            View::Call(call) => self.call = call,
            View::Problems { problems } => self.problems = problems,
            View::Conversation(conversation) => self.conversation = conversation,
            View::People(people) => self.people = people,
            View::Home(home) => self.calls = home.calls,
            // Nobody looks at anything else here.
            _ => {}
        }
    }

    /// What is shown of somebody on the contact list.
    pub fn contact(&self, user: &str) -> Option<&ContactView> {
        self.people.contacts.iter().find(|contact| contact.person.user == user)
    }

    /// How far the meeting is.
    pub fn phase(&self) -> MeetingPhase {
        self.meeting.as_ref().map_or(MeetingPhase::Idle, |meeting| meeting.phase)
    }

    /// Whether somebody was signed in at least once since the start.
    pub fn is_signed_in(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.domain.is_empty())
    }

    /// Whether the session is usable now.
    pub fn is_connected(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.phase == SessionPhase::SignedIn)
    }

    /// Every picture on the screen.
    pub fn tiles(&self) -> Vec<&TileView> {
        let stage = self.meeting.as_ref().map(|meeting| &meeting.stage);
        stage.into_iter().flat_map(|stage| stage.large.iter().chain(&stage.film)).collect()
    }
}
