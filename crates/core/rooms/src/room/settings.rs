//! What organisers choose for a room.

use serde_json::Value;

use crate::keeping::DoorRecord;

/// The room's door, as everybody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Nobody comes in any more but those who were in it or are invited.
    pub(crate) locked: bool,
    /// Whoever comes waits to be let in.
    pub(crate) lobby: bool,
    /// People without an account may come.
    pub(crate) guests: bool,
    /// People may come under a name that nobody can be found by.
    pub(crate) invented: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { locked: false, lobby: false, guests: true, invented: true }
    }
}

impl Settings {
    /// What lasts of it.
    pub(crate) fn record(&self) -> DoorRecord {
        let Settings { lobby, guests, invented, .. } = *self;
        DoorRecord { lobby, guests, invented }
    }

    /// Each with its name on the wire.
    pub(crate) fn entries(&self) -> [(&'static str, bool); 4] {
        [("locked", self.locked), ("lobby", self.lobby), ("guests", self.guests), ("invented", self.invented)]
    }

    /// With the wishes of `setRoom`; `None` when they are malformed. Fields of later versions are passed over.
    pub(crate) fn changed_by(self, params: &[Value]) -> Option<Settings> {
        let [Value::Object(fields)] = params else { return None };
        let flag = |key: &str, old: bool| match fields.get(key) {
            None => Some(old),
            Some(value) => value.as_bool(),
        };
        Some(Settings {
            locked: flag("locked", self.locked)?,
            lobby: flag("lobby", self.lobby)?,
            guests: flag("guests", self.guests)?,
            invented: flag("invented", self.invented)?,
        })
    }
}

impl From<DoorRecord> for Settings {
    fn from(door: DoorRecord) -> Settings {
        let DoorRecord { lobby, guests, invented } = door;
        Settings { locked: false, lobby, guests, invented }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wishes_change_what_they_name() {
        let open = Settings::default();
        for (params, expected) in [
            (json!([{"locked": true}]), Some(Settings { locked: true, ..open })),
            (json!([{"guests": false, "invented": false, "colour": 5}]), {
                Some(Settings { guests: false, invented: false, ..open })
            }),
            (json!([{}]), Some(open)),
            (json!([{"lobby": "yes"}]), None),
            (json!([{"lobby": null}]), None),
            (json!([]), None),
            (json!([{}, {}]), None),
        ] {
            assert_eq!(open.changed_by(params.as_array().unwrap()), expected, "{params}");
        }
    }
}
