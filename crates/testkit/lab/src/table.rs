//! A media server that is a table: who sends, who receives whom, which gates are closed.

use std::collections::{BTreeMap, BTreeSet};

use confab_rooms::{LegFlow, MediaCommand, MediaError, MediaEvent, MediaKind, MediaRoomId};
use confab_types::LegId;

use crate::engine::End;

/// One leg at the server.
#[derive(Clone, Debug)]
pub struct TableLeg {
    /// Where.
    pub room: MediaRoomId,
    /// The client's end, as its offer says.
    pub end: End,
    /// What flows.
    pub flow: LegFlow,
    /// Whether the transport is up.
    pub up: bool,
    /// Whether sound passes.
    pub audio: bool,
    /// Whether pictures pass.
    pub video: bool,
}

/// The server's table.
#[derive(Debug, Default)]
pub struct Table {
    /// Legs by the conference's names for them.
    pub legs: BTreeMap<LegId, TableLeg>,
    /// Open rooms.
    pub rooms: BTreeSet<MediaRoomId>,
    /// The next answers carry a fingerprint that is not the server's.
    pub spoilt_answers: u32,
}

impl Table {
    /// Carries a command out; what follows is told to the conference a little later.
    pub fn submit(&mut self, command: MediaCommand) -> Option<MediaEvent> {
        match command {
            MediaCommand::OpenRoom { room, .. } => {
                self.rooms.insert(room);
            }
            MediaCommand::CloseRoom { room } => {
                self.rooms.remove(&room);
                self.legs.retain(|_, leg| leg.room != room);
            }
            MediaCommand::AddLeg { room, leg, flow, offer, .. } => {
                return Some(self.add(room, leg, flow, &offer));
            }
            MediaCommand::SetFlow { leg, kind, on } => {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    match kind {
                        MediaKind::Audio => leg.audio = on,
                        MediaKind::Video => leg.video = on,
                    }
                }
            }
            MediaCommand::SetSource { leg, of } => {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    leg.flow = LegFlow::Receive { of };
                }
            }
            MediaCommand::RemoveLeg { leg } => {
                self.legs.remove(&leg);
            }
            MediaCommand::AddCandidate { .. } | MediaCommand::KeyFrame { .. } => {}
        }
        None
    }

    fn add(&mut self, room: MediaRoomId, leg: LegId, flow: LegFlow, offer: &str) -> MediaEvent {
        let refused = |error| MediaEvent::Refused { leg, error };
        let Some(end) = End::of_offer(offer) else { return refused(MediaError::BadSdp(offer.to_owned())) };
        let source_is_there = match flow {
            LegFlow::Receive { of } => self.legs.contains_key(&of),
            LegFlow::Publish | LegFlow::Mix => true,
        };
        if !self.rooms.contains(&room) || !source_is_there {
            return refused(MediaError::NotFound);
        }
        self.legs.insert(leg, TableLeg { room, end, flow, up: false, audio: true, video: true });
        let fingerprint = if self.spoilt_answers > 0 { "wrong" } else { "right" };
        self.spoilt_answers = self.spoilt_answers.saturating_sub(1);
        MediaEvent::Answer { leg, sdp: format!("answer {} {fingerprint}", leg.0) }
    }

    /// The leg whose other end this is.
    pub fn of_end(&self, end: &End) -> Option<LegId> {
        self.legs.iter().find(|(_, leg)| leg.end == *end).map(|(&id, _)| id)
    }

    /// The leg that `receiver` receives from, if both transports are up.
    pub fn source(&self, receiver: &TableLeg) -> Option<&TableLeg> {
        let LegFlow::Receive { of } = receiver.flow else { return None };
        self.legs.get(&of).filter(|source| source.up && receiver.up)
    }
}
