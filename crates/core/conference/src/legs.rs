//! Which legs are wanted: one that publishes camera and microphone, one for a shared screen, one per picture of the others.

use std::collections::BTreeMap;

use confab_types::ParticipantId;

use crate::{Picture, Roster, Wishes};

/// What a leg is for. At most one leg of a key exists at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LegKey {
    /// Own microphone and camera to the room.
    PublishCamera,
    /// Own screen to the room.
    PublishScreen,
    /// Somebody's picture (and voice) from the room.
    Receive(Picture),
}

/// The wanted legs with the far side's publishing number: when the number changes, the leg is made anew.
///
/// `me` is `None` until the room has admitted us: the publishing leg is wanted from the start, so that its offer is ready
/// when the room says yes.
pub fn wanted_legs(roster: &Roster, me: Option<&ParticipantId>, wishes: &Wishes) -> BTreeMap<LegKey, u64> {
    let mut wanted = BTreeMap::from([(LegKey::PublishCamera, 0)]);
    if wishes.screen.is_some() {
        wanted.insert(LegKey::PublishScreen, 0);
    }
    let Some(me) = me else { return wanted };
    for other in roster.others(me) {
        if let Some(number) = other.camera_leg {
            wanted.insert(LegKey::Receive(Picture::Camera(other.id.clone())), number);
        }
        if let Some(number) = other.screen_leg {
            wanted.insert(LegKey::Receive(Picture::Screen(other.id.clone())), number);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_never_receives_oneself() {
        let entry = |n: u32| json!({"hypertyURL": format!("hyperty://a.example/{n}"), "camera": true, "cameraLeg": 1});
        let roster = Roster::read(&json!({"roster": {"p1": entry(1), "p2": entry(2)}}));
        let wanted = wanted_legs(&roster, Some(&ParticipantId::new("p1")), &Wishes::default());
        let keys: Vec<_> = wanted.keys().cloned().collect();
        assert_eq!(keys, [LegKey::PublishCamera, LegKey::Receive(Picture::Camera(ParticipantId::new("p2")))]);
    }
}
