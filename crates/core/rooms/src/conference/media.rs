//! What the media server tells.

use confab_types::LegId;

use super::Conference;
use crate::leg::{Failure, LegState};
use crate::media_server::{MediaCommand, MediaEvent, MediaRoomId, RoomMode};

impl Conference {
    pub(super) fn media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Answer { leg, sdp } => self.answered(leg, sdp),
            MediaEvent::Refused { leg, error } => self.fail(leg, Failure::from(&error), &error.to_string()),
            MediaEvent::LegUp { leg } => self.leg_up(leg),
            MediaEvent::LegDown { leg, reason } => self.fail(leg, Failure::Lost, &reason),
            MediaEvent::ReplaceLeg { leg } => {
                self.set_on_answer(leg, "replace", true.into());
            }
            MediaEvent::Speaker { room, leg } => self.speaker(room, leg),
            MediaEvent::EngineLost { reason } => self.engine_lost(&reason),
        }
    }

    /// Media flows. Others may receive a publisher's from now on; a leg that replaces another takes its place.
    fn leg_up(&mut self, id: LegId) {
        if !self.legs.get(&id).is_some_and(|leg| leg.state == LegState::Answered) {
            return;
        }
        self.set_on_answer(id, "status", "connected".into());
        let Some(purpose) = self.legs[&id].purpose.filter(|purpose| purpose.publishes) else { return };
        self.change(purpose.room, |room| room.publish(purpose.owner, purpose.media, Some(id)));
    }

    fn speaker(&mut self, room: MediaRoomId, leg: Option<LegId>) {
        let owner = leg.and_then(|leg| self.legs.get(&leg)?.purpose).filter(|purpose| purpose.room == room);
        if let Some(room) = self.rooms.get_mut(&room) {
            room.hear(owner.map(|purpose| purpose.owner));
        }
        self.show_speakers();
    }

    /// Tells everybody who speaks, where it is due.
    pub(super) fn show_speakers(&mut self) {
        let now = self.now;
        let due: Vec<_> =
            self.rooms.iter().filter(|(_, room)| room.speaker_is_due(now)).map(|(&id, _)| id).collect();
        for id in due {
            self.change(id, |room| room.show_speaker(now));
        }
    }

    /// The engine and all its legs are gone; the rooms are not.
    fn engine_lost(&mut self, reason: &str) {
        let negotiated = self
            .legs
            .iter()
            .filter(|(_, leg)| matches!(leg.state, LegState::Negotiating | LegState::Answered));
        for leg in negotiated.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.fail(leg, Failure::Lost, reason);
        }
        for room in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.command(MediaCommand::OpenRoom { room, mode: RoomMode::Forward });
        }
        for room in self.rooms.values_mut() {
            room.hear(None);
        }
        self.show_speakers();
    }
}
