//! The room as shown: who is in it, and what one may do there.

use confab_conference::{Truth, Wishes, room_view};
use confab_contract::RoomView;

use crate::meeting::Meeting;

/// The room beside the pictures. Before the room has let us in, only its name is known.
pub fn room(meeting: &Meeting, wishes: &Wishes, truth: &Truth) -> RoomView {
    let (name, domain) = (meeting.address().name.as_str(), meeting.domain().as_str());
    let Some(me) = meeting.me.as_ref().filter(|_| meeting.since.is_some()) else {
        return RoomView { name: name.to_owned(), domain: domain.to_owned(), ..RoomView::default() };
    };
    RoomView {
        leaving: meeting.asks_to_leave && meeting.would_end(),
        unmute_asked_by: meeting.unmute_asked_by.clone(),
        reactions: meeting.reactions().cloned().collect(),
        muted_speaking: truth.muted_speech && !wishes.microphone,
        log: meeting.log.clone(),
        ..room_view(&meeting.roster, me, name, domain, &meeting.private)
    }
}
