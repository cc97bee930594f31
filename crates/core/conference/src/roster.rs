//! The room's data, read once into types (profile `rethink-conf/1`, section 4).

use std::collections::BTreeMap;

use confab_types::ParticipantId;
use serde_json::Value;

/// The longest display name shown, in characters; longer ones are cut where they enter.
pub const NAME_LIMIT: usize = 64;
/// The most participants read from one room.
pub const ROSTER_LIMIT: usize = 500;

/// Who is in a room and what they do, as its reporter says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// By roster key, in the order of joining (`p2` before `p10`).
    pub participants: BTreeMap<RosterOrder, Participant>,
    /// The room's loudest speaker.
    pub speaker: Option<ParticipantId>,
    /// Whether the room was closed.
    pub closed: bool,
    /// Why it was closed, in a word.
    pub closed_because: String,
    /// The quality class the room promises, empty when none.
    pub promised: String,
}

/// Sorts roster keys by their number, so that `p10` comes after `p9`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterOrder(u64, ParticipantId);

impl RosterOrder {
    fn of(id: &ParticipantId) -> Self {
        let digits = id.as_str().trim_start_matches(|c: char| !c.is_ascii_digit());
        RosterOrder(digits.parse().unwrap_or(u64::MAX), id.clone())
    }
}

/// One member of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The roster key.
    pub id: ParticipantId,
    /// The name to show, cleaned and cut to [`NAME_LIMIT`].
    pub name: String,
    /// The hyperty it speaks through.
    pub hyperty: String,
    /// The own wish of that participant.
    pub audio_muted: bool,
    /// The own wish of that participant.
    pub video_muted: bool,
    /// Connection lost, being waited for.
    pub away: bool,
    /// The number of its published camera leg; a new number means: receive it anew.
    pub camera_leg: Option<u64>,
    /// The number of its published screen leg.
    pub screen_leg: Option<u64>,
}

impl Roster {
    /// Reads what is there; entries that do not parse are left out.
    pub fn read(data: &Value) -> Roster {
        let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut roster = Roster {
            speaker: data.get("activeSpeaker").and_then(Value::as_str).map(ParticipantId::new),
            closed: text("status") == "closed",
            closed_because: text("closedBecause").to_owned(),
            promised: clean(text("promised")),
            ..Roster::default()
        };
        let entries = data.get("roster").and_then(Value::as_object);
        for (key, entry) in entries.into_iter().flatten().take(ROSTER_LIMIT) {
            if let Some(participant) = Participant::read(ParticipantId::new(key.as_str()), entry) {
                roster.participants.insert(RosterOrder::of(&participant.id), participant);
            }
        }
        roster
    }

    /// One participant.
    pub fn get(&self, id: &ParticipantId) -> Option<&Participant> {
        self.participants.get(&RosterOrder::of(id))
    }

    /// Everyone but `me`, in the order of joining.
    pub fn others<'a>(&'a self, me: &'a ParticipantId) -> impl Iterator<Item = &'a Participant> {
        self.participants.values().filter(move |participant| participant.id != *me)
    }
}

impl Participant {
    fn read(id: ParticipantId, entry: &Value) -> Option<Participant> {
        let entry = entry.as_object()?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let flag = |key: &str| entry.get(key).and_then(Value::as_bool).unwrap_or(false);
        let leg = |flag_key: &str, key: &str| {
            entry
                .get(key)
                .and_then(Value::as_u64)
                .filter(|_| entry.get(flag_key) != Some(&Value::Bool(false)))
        };
        let name = text("name").map(clean).filter(|name| !name.is_empty());
        Some(Participant {
            name: name.unwrap_or_else(|| id.as_str().to_owned()),
            hyperty: text("hypertyURL")?.to_owned(),
            audio_muted: flag("audioMuted"),
            video_muted: flag("videoMuted"),
            away: flag("away"),
            camera_leg: leg("camera", "cameraLeg"),
            screen_leg: leg("screen", "screenLeg"),
            id,
        })
    }
}

/// Takes control and direction-changing characters out of a name and cuts it.
fn clean(name: &str) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let cleaned: String = name.chars().filter(visible).take(NAME_LIMIT).collect();
    cleaned.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_sort_by_their_number() {
        let entry =
            |n: u32| json!({"hypertyURL": format!("hyperty://a.example/{n}"), "name": format!("N{n}")});
        let data = json!({"roster": {"p10": entry(10), "p9": entry(9), "p1": entry(1)}});
        let roster = Roster::read(&data);
        let names: Vec<_> = roster.participants.values().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["N1", "N9", "N10"]);
    }

    #[test]
    fn wrong_types_leave_an_entry_out_and_never_the_others() {
        let data = json!({"roster": {"p1": 5, "p2": {"hypertyURL": 7}, "p3": {"hypertyURL": "hyperty://a.example/3", "audioMuted": "yes"}},
                          "activeSpeaker": {}, "status": []});
        let roster = Roster::read(&data);
        assert_eq!(roster.participants.len(), 1);
        assert_eq!(roster.speaker, None);
        assert!(!roster.get(&ParticipantId::new("p3")).expect("p3 was read").audio_muted);
    }

    #[test]
    fn names_lose_control_and_direction_characters() {
        assert_eq!(clean("A\u{202e}b\u{0007}c"), "Abc");
        assert_eq!(clean(&"x".repeat(200)).len(), NAME_LIMIT);
    }
}
