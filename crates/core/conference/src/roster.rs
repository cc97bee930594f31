//! The room's data, read once into types (profile `rethink-conf/1`, section 4).

use std::collections::BTreeMap;

use confab_contract::Role;
use confab_types::ParticipantId;
use serde_json::Value;

use crate::room::Rules;

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
    /// Who may come in, and who holds power.
    pub rules: Rules,
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
    /// The hyperty it speaks through; empty for somebody anonymous.
    pub hyperty: String,
    /// `user://…`; empty when there is none.
    pub user: String,
    /// What they may do.
    pub role: Role,
    /// Their microphone is closed, by their own wish or an organiser's.
    pub audio_muted: bool,
    /// Their camera is closed, by their own wish or an organiser's.
    pub video_muted: bool,
    /// An organiser has closed their microphone; it stays so until one lifts it.
    pub muted_by_organiser: bool,
    /// The same of their camera.
    pub camera_stopped: bool,
    /// When they raised their hand, as a number that grows; `None`: not raised.
    pub hand: Option<u64>,
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
            rules: Rules::read(data),
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

    /// Places in the queue of raised hands, from 1.
    pub fn hands(&self) -> BTreeMap<&ParticipantId, u32> {
        let raised = self.participants.values().filter_map(|one| Some((one.hand?, one)));
        let mut raised: Vec<_> = raised.collect();
        // Whoever came first is first where two numbers are the same.
        raised.sort_by_key(|(number, _)| *number);
        raised.into_iter().map(|(_, one)| &one.id).zip(1..).collect()
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
        let hyperty = match entry.get("hypertyURL") {
            Some(url) => url.as_str()?.to_owned(),
            // The room does not say where somebody anonymous is; they are there all the same, and hear us.
            None if entry.contains_key("name") => String::new(),
            None => return None,
        };
        Some(Participant {
            name: name.unwrap_or_else(|| id.as_str().to_owned()),
            hyperty,
            user: text("user").unwrap_or_default().to_owned(),
            role: role(text("role").unwrap_or_default()),
            audio_muted: flag("audioMuted"),
            video_muted: flag("videoMuted"),
            muted_by_organiser: flag("mutedByOrganiser"),
            camera_stopped: flag("cameraStopped"),
            hand: entry.get("hand").and_then(Value::as_u64),
            away: flag("away"),
            camera_leg: leg("camera", "cameraLeg"),
            screen_leg: leg("screen", "screenLeg"),
            id,
        })
    }
}

/// A word that is not known gives no power.
fn role(word: &str) -> Role {
    match word {
        "organiser" => Role::Organiser,
        "co-organiser" => Role::CoOrganiser,
        "guest" => Role::Guest,
        _ => Role::Participant,
    }
}

/// Takes control and direction-changing characters and those without width out of a name and cuts it.
pub(crate) fn clean(name: &str) -> String {
    let visible = |c: &char| {
        let direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !(c.is_control() || direction || matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'))
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
    fn somebody_anonymous_is_in_the_roster() {
        let data = json!({"roster": {"p4": {"name": "Zaphod", "role": "participant", "camera": true, "cameraLeg": 1}}});
        let roster = Roster::read(&data);
        let zaphod = roster.get(&ParticipantId::new("p4")).expect("p4 was read");
        assert_eq!((zaphod.name.as_str(), zaphod.hyperty.as_str()), ("Zaphod", ""));
        assert_eq!(zaphod.camera_leg, Some(1));
    }

    #[test]
    fn hands_queue_in_the_order_they_were_raised() {
        let entry =
            |n: u32, hand: Value| json!({"hypertyURL": format!("hyperty://a.example/{n}"), "hand": hand});
        let data = json!({"roster": {"p1": entry(1, json!(7)), "p2": entry(2, json!(null)),
            "p3": entry(3, json!(2)), "p10": entry(10, json!(7))}});
        let roster = Roster::read(&data);
        let queue: Vec<(&str, u32)> = roster.hands().into_iter().map(|(id, at)| (id.as_str(), at)).collect();
        assert_eq!(queue, [("p1", 2), ("p10", 3), ("p3", 1)]);
    }

    #[test]
    fn an_unknown_role_gives_no_power() {
        let check = |word: &str, expected| assert_eq!(role(word), expected, "{word}");
        check("organiser", Role::Organiser);
        check("co-organiser", Role::CoOrganiser);
        check("guest", Role::Guest);
        check("owner", Role::Participant);
        check("", Role::Participant);
    }

    #[test]
    fn names_lose_control_and_direction_characters() {
        assert_eq!(clean("A\u{202e}b\u{0007}c"), "Abc");
        assert_eq!(clean("\u{200b}A\u{61c}b\u{feff}"), "Ab");
        assert_eq!(clean(&"x".repeat(200)).len(), NAME_LIMIT);
    }
}
