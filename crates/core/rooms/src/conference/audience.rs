//! Telling the message node who hears a room (protocol page, 3): a client that was put out reads nothing, whatever it
//! subscribes, and what a client posts is passed on by the room only.

use confab_rethink::session::Cause;
use confab_rethink::{Code, Draft, Kind, Message, Url};
use serde_json::{Value, json};

use super::{Conference, Errand};
use crate::media_server::MediaRoomId;
use crate::port::ConferenceEvent;

impl Conference {
    /// After our own connection was lost and found: guards went with it.
    pub(super) fn guard_rooms(&mut self) {
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.guard(id);
        }
    }

    /// Closes a room to all but its members.
    pub(super) fn guard(&mut self, id: MediaRoomId) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.unguarded = false;
            let draft = self.audience(id, None);
            // With too much to ask the answer is done without. While the node is away nobody hears anything, and it is told
            // when it is back.
            if self.ask(draft.clone(), Errand::Guard(id)).is_err() {
                self.publish([draft]);
            }
        }
    }

    /// The node has an answer to that. One that knows no audiences leaves rooms as open as the reference nodes do.
    pub(super) fn guarded(&mut self, id: MediaRoomId, message: &Message, cause: Cause) {
        // A node that is slow has refused nothing, and until it has answered the room may be open.
        if cause == Cause::TimedOut {
            return self.guard(id);
        }
        let lost = matches!(message.code(), Some(Code::TIMEOUT | Code::UNAVAILABLE));
        let refused = message.code().is_none_or(|code| code.is_failure()) && !lost;
        let Some(room) = self.rooms.get_mut(&id).filter(|room| refused && !room.unguarded) else { return };
        room.unguarded = true;
        let event = ConferenceEvent::Unguarded { room: room.name.clone() };
        self.tell(event);
    }

    /// Tells the node who hears a room from now on: its members, but for one who is being put out.
    pub(super) fn set_audience(&mut self, id: MediaRoomId, without: Option<u32>) {
        if self.rooms.get(&id).is_some_and(|room| !room.unguarded) {
            let draft = self.audience(id, without);
            self.publish([draft]);
        }
    }

    fn audience(&self, id: MediaRoomId, without: Option<u32>) -> Draft {
        let room = self.rooms.get(&id);
        let members = room.into_iter().flat_map(|room| &room.members);
        let hearing = members.filter(|(number, _)| Some(**number) != without);
        let hyperties: Vec<Value> = hearing.map(|(_, member)| member.hyperty.as_str().into()).collect();
        let object = room.map(|room| room.url().as_str()).unwrap_or_default();
        let config = self.session.config();
        let node: Url = config.domain.subscription_manager();
        Draft::new(Kind::Execute, config.runtime.sm(), node)
            .with("method", "audience")
            .with("params", json!([object, hyperties]))
    }
}
