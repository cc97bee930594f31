//! A media engine that makes descriptions and connects those that match.

use std::collections::BTreeMap;

use confab_media_model::{LegDown, LegPlan, MediaFact, MediaPlan};
use confab_types::LegId;

/// A leg as the engine has it.
struct Leg {
    plan: LegPlan,
    local: String,
    up: bool,
    broken: bool,
}

#[derive(Default)]
pub struct Engine {
    name: String,
    legs: BTreeMap<LegId, Leg>,
    /// The last plan.
    pub plan: Option<MediaPlan>,
    pub facts: Vec<MediaFact>,
    /// Whether transports come up.
    pub works: bool,
    /// Whether descriptions are made.
    pub describes: bool,
    /// The fingerprint in descriptions.
    pub fingerprint: String,
}

impl Engine {
    pub fn new(name: &str, number: u64) -> Engine {
        Engine {
            name: name.to_owned(),
            works: true,
            describes: true,
            fingerprint: format!("AB:{number:02X}"),
            ..Engine::default()
        }
    }

    /// Makes the plan so.
    pub fn follow(&mut self, plan: Option<MediaPlan>) {
        let wanted = plan.as_ref().map(|plan| plan.legs.clone()).unwrap_or_default();
        self.plan = plan;
        self.legs.retain(|id, _| wanted.contains_key(id));
        for (id, plan) in wanted {
            let known = self.legs.get_mut(&id).filter(|leg| leg.plan.generation == plan.generation);
            if let Some(leg) = known {
                leg.plan = plan;
                continue;
            }
            if !self.describes {
                continue;
            }
            let generation = plan.generation;
            let sdp = format!(
                "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns={}-{}-{generation}\r\na=fingerprint:sha-256 {}\r\n\
                 m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n\
                 m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\n",
                self.name, id.0, self.fingerprint
            );
            let leg = id;
            self.facts.push(match plan.offer {
                Some(_) => MediaFact::LegAnswer { leg, generation, sdp: sdp.clone() },
                None => MediaFact::LegOffer { leg, generation, sdp: sdp.clone() },
            });
            self.legs.insert(id, Leg { plan, local: sdp, up: false, broken: false });
        }
    }

    pub fn break_all(&mut self) {
        for (id, leg) in &mut self.legs {
            leg.up = false;
            leg.broken = true;
            let generation = leg.plan.generation;
            self.facts.push(MediaFact::LegDown { leg: *id, generation, reason: LegDown::Lost });
        }
    }

    /// Our leg that has got the other one's answer, and is not up.
    pub fn meets(&self, other: &Engine) -> Option<(LegId, u32)> {
        let (id, leg) = self.legs.iter().find(|(_, leg)| leg.plan.answer.is_some())?;
        let answer = &leg.plan.answer.as_ref()?.sdp;
        let there = other.legs.values().find(|there| there.local == *answer)?;
        let offer = there.plan.offer.as_ref().is_some_and(|offer| offer.sdp == leg.local);
        let sound = self.works && other.works && !leg.broken && !there.broken;
        (offer && sound && !(leg.up && there.up)).then_some((*id, leg.plan.generation))
    }

    /// The same, seen by who answered.
    pub fn met_by(&self, other: &Engine) -> Option<(LegId, u32)> {
        other.meets(self)?;
        let (id, leg) = self.legs.iter().next()?;
        Some((*id, leg.plan.generation))
    }

    pub fn came_up(&mut self, leg: LegId) {
        self.legs.get_mut(&leg).expect("it is there").up = true;
    }

    pub fn is_up(&self) -> bool {
        self.legs.values().any(|leg| leg.up)
    }
}
