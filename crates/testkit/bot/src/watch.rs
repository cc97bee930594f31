//! The newest views, for the run to look at.

use std::sync::{Mutex, PoisonError};

use confab_contract::{
    AccountsView, ArrivalView, CallView, ConversationView, MeetingPhase, MeetingView, PeopleView, Problem,
    QualityView, RoomView, SessionPhase, SessionView, TileKind, TileView, View,
};
use tokio::sync::Notify;

/// The newest view of each kind that a bot cares about.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Seen>,
    changed: Notify,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Who is signed in.
    pub session: Option<SessionView>,
    /// Every account.
    pub accounts: AccountsView,
    /// The meeting.
    pub meeting: Option<MeetingView>,
    /// Who is in the room, and what one may do there.
    pub room: RoomView,
    /// A link that was opened.
    pub arrival: ArrivalView,
    /// Quality.
    pub quality: Option<QualityView>,
    /// Problems.
    pub problems: Vec<Problem>,
    /// The call to one person.
    pub call: CallView,
    /// Contacts and presence.
    pub people: PeopleView,
    /// What was said and sent in the call.
    pub conversation: ConversationView,
}

impl Seen {
    /// Whether the sign-in is complete.
    pub fn signed_in(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.phase == SessionPhase::SignedIn)
    }

    /// How far the meeting is.
    pub fn phase(&self) -> MeetingPhase {
        self.meeting.as_ref().map_or(MeetingPhase::Idle, |meeting| meeting.phase)
    }

    /// Every tile, own ones included.
    pub fn tiles(&self) -> impl Iterator<Item = &TileView> {
        let stage = self.meeting.iter().map(|meeting| &meeting.stage);
        stage.flat_map(|stage| stage.large.iter().chain(&stage.film))
    }

    /// `p2/camera`, `p2/screen`.
    pub fn name(tile: &TileView) -> String {
        let kind = if tile.kind == TileKind::Camera { "camera" } else { "screen" };
        format!("{}/{kind}", tile.participant)
    }
}

impl Watch {
    /// Takes a view.
    pub fn view(&self, view: View) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match view {
            View::Session(session) => seen.session = Some(session),
            View::Meeting(meeting) => seen.meeting = Some(meeting),
            View::Quality(quality) => seen.quality = Some(quality),
            View::Problems { problems } => seen.problems = problems,
            View::Call(call) => seen.call = call,
            View::People(people) => seen.people = people,
            View::Conversation(conversation) => seen.conversation = conversation,
            View::Accounts(accounts) => seen.accounts = accounts,
            View::Room(room) => seen.room = room,
            View::Arrival(arrival) => seen.arrival = arrival,
            View::Home(_)
            | View::Levels(_)
            | View::Devices(_)
            | View::SignIn(_)
            | View::Check(_)
            | View::Settings(_) => {
                return;
            }
        }
        drop(seen);
        self.changed.notify_waiters();
    }

    /// What is there now.
    pub fn now(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `wanted` holds of what is seen.
    pub async fn until(&self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let seen = self.now();
            if wanted(&seen) {
                return seen;
            }
            changed.await;
        }
    }
}
