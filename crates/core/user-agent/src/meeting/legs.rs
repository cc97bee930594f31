//! Legs follow the roster and the wishes; the room is told what changed of ourselves.

use confab_conference::{LegKey, Wishes, wanted_legs};
use confab_contract::{NextStep, ProblemCode};
use confab_media_model::{LegDown, MediaFact};
use confab_types::LegId;
use serde_json::json;

use super::{Happened, Meeting, Waiting};
use crate::leg::{Leg, Place};
use confab_line::Line;

impl Meeting {
    pub(super) fn negotiate_all(&mut self, line: &mut Line<'_>, place: &Place) {
        for (key, leg) in &mut self.legs {
            if let Some(request) = leg.negotiate(line, place) {
                self.waiting.insert(request, Waiting::Invite(key.clone(), leg.state.generation));
            }
        }
    }

    /// A fact about one of our legs.
    pub fn fact(&mut self, line: &mut Line<'_>, fact: &MediaFact) -> Vec<Happened> {
        let (id, generation) = match fact {
            MediaFact::LegOffer { leg, generation, .. }
            | MediaFact::LegUp { leg, generation }
            | MediaFact::LegDown { leg, generation, .. } => (*leg, *generation),
            _ => return Vec::new(),
        };
        let admitted = self.place.clone().filter(|_| self.me.is_some());
        let found =
            self.legs.iter_mut().find(|(_, leg)| leg.state.id == id && leg.state.generation == generation);
        let Some((key, leg)) = found else { return Vec::new() };
        match fact {
            MediaFact::LegOffer { sdp, .. } => {
                if let Some(request) = leg.offered(line, sdp.clone(), admitted.as_ref()) {
                    self.waiting.insert(request, Waiting::Invite(key.clone(), generation));
                }
            }
            MediaFact::LegUp { .. } => leg.came_up(),
            MediaFact::LegDown { reason, .. } => {
                leg.fail(line);
                let problem = match reason {
                    LegDown::Security(_) => Some((ProblemCode::MediaInsecure, NextStep::TryAgain)),
                    LegDown::NoPath if leg.failures() > 1 => {
                        Some((ProblemCode::MediaBlocked, NextStep::TryAgain))
                    }
                    _ if leg.failures() > 1 && *key == LegKey::PublishCamera => {
                        Some((ProblemCode::MediaLost, NextStep::Wait))
                    }
                    _ => None,
                };
                return problem
                    .map(|(code, next)| Happened::Trouble(code, reason.to_string(), next))
                    .into_iter()
                    .collect();
            }
            _ => {}
        }
        Vec::new()
    }

    /// Makes the legs follow the roster and the wishes, and tells the room what changed of ourselves.
    pub fn follow(&mut self, line: &mut Line<'_>, wishes: &Wishes, heard: bool, seen: bool) {
        if let Some(me) = self.me.clone() {
            self.streams.retain(|id| self.roster.get(id).is_some());
            self.focus.follow(&self.roster, &me);
            self.tell(line, (!heard, !seen));
        }
        let wanted = wanted_legs(&self.roster, self.me.as_ref(), wishes);
        let gone: Vec<LegKey> = self.legs.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in gone {
            if let Some(mut leg) = self.legs.remove(&key) {
                leg.close(line);
            }
        }
        for (key, number) in wanted {
            if let Some(leg) = self.legs.get_mut(&key) {
                if leg.number != number {
                    leg.number = number;
                    leg.renew(line);
                }
                continue;
            }
            let id = LegId(self.next_leg);
            self.next_leg += 1;
            self.legs.insert(key.clone(), Leg::new(id, key, number));
        }
    }

    pub(super) fn tell(&mut self, line: &mut Line<'_>, state: (bool, bool)) {
        let Some(room) = self.room.as_mut().filter(|room| room.is_ready()) else { return };
        if self.told == Some(state) || !line.is_live() {
            return;
        }
        let command = room.execute("setState", vec![json!({"audioMuted": state.0, "videoMuted": state.1})]);
        if let Ok(request) = line.request(command) {
            self.told = Some(state);
            self.waiting.insert(request, Waiting::Command);
        }
    }
}
