//! Legs follow the roster and the wishes; the room is told what changed of ourselves.

use std::collections::BTreeMap;

use confab_conference::{LegKey, Wishes, wanted_legs};
use confab_contract::{NextStep, ProblemCode, Silenced};
use confab_media_model::{LegDown, MediaFact};
use confab_rethink::{Code, Message};
use confab_types::LegId;
use serde_json::json;

use super::{Happened, Meeting, Order, Waiting};
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
                    // A handshake that only took too long on a busy machine looks the same, so the leg is tried once more.
                    LegDown::Security(_) if leg.failures() > 1 => {
                        Some((ProblemCode::MediaInsecure, NextStep::TryAgain))
                    }
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
        // Who waits has no offers either: what will be wanted when they are let in is not known yet.
        let wanted = match self.in_lobby {
            true => BTreeMap::new(),
            false => wanted_legs(&self.roster, self.me.as_ref(), wishes),
        };
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

    /// The conference's answer to the offer of a leg.
    pub(super) fn leg_answered(
        &mut self,
        line: &mut Line<'_>,
        key: &LegKey,
        generation: u32,
        message: &Message,
    ) -> Vec<Happened> {
        let code = message.code();
        if code.as_ref().is_some_and(|code| code.is_ok()) {
            return Vec::new();
        }
        if let Some(leg) = self.legs.get_mut(key).filter(|leg| leg.state.generation == generation) {
            leg.fail(line);
        }
        if code == Some(Code::FORBIDDEN) {
            self.given_up(line);
        }
        Vec::new()
    }

    /// An organiser has stopped our share.
    pub(super) fn share_refused(&self) -> Happened {
        let organiser = self.roster.rules.organiser.as_ref();
        let by = organiser.map(|organiser| self.name_of(organiser.as_str())).unwrap_or_default();
        Happened::Silenced { what: Silenced::Share, by }
    }

    pub(super) fn tell(&mut self, line: &mut Line<'_>, state: (bool, bool)) {
        let Some(room) = self.room.as_mut().filter(|room| room.is_ready()) else { return };
        if self.told == Some(state) || !line.sessions.is_live(&self.address.domain) {
            return;
        }
        let command = room.execute("setState", vec![json!({"audioMuted": state.0, "videoMuted": state.1})]);
        if let Ok(request) = line.request(command) {
            self.told = Some(state);
            self.waiting.insert(request, Waiting::Order(Order::State));
        }
    }
}
