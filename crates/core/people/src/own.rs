//! The object that tells our presence.

use confab_contract::{OwnPresence, Presence};
use confab_line::Line;
use confab_rethink::{Metadata, Reporter, Url};
use serde_json::{Value, json};

/// Our presence and its object.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// What the user has chosen.
    pub(crate) chosen: OwnPresence,
    /// Whether a call or meeting is under way.
    pub(crate) in_call: bool,
    /// Whether nothing was touched for a while.
    pub(crate) idle: bool,
    /// The last word was said: from now on we are away for everybody.
    left: bool,
    object: Option<Reporter>,
}

impl Own {
    pub(crate) fn new(chosen: OwnPresence) -> Own {
        Own { chosen, ..Own::default() }
    }

    /// What others are told.
    pub(crate) fn presence(&self) -> Presence {
        match self.chosen {
            _ if self.left => Presence::Offline,
            OwnPresence::Invisible => Presence::Offline,
            _ if self.in_call => Presence::InCall,
            OwnPresence::Busy => Presence::Busy,
            OwnPresence::Away => Presence::Away,
            OwnPresence::Available if self.idle => Presence::Away,
            OwnPresence::Available => Presence::Available,
        }
    }

    /// The object, once there has been a connection.
    pub(crate) fn object(&mut self) -> Option<&mut Reporter> {
        self.object.as_mut()
    }

    /// Makes the object, unless it is there.
    pub(crate) fn open(&mut self, line: &mut Line<'_>) {
        self.left = false;
        if self.object.is_some() {
            return self.publish(line);
        }
        let url = line.new_context();
        let schema = format!("hyperty-catalogue://catalogue.{}/.well-known/dataschema/Context", line.domain);
        let mut metadata =
            Metadata::new(url, line.hyperty.clone(), line.runtime.clone(), &schema, "presence");
        metadata.resources = vec!["presence".to_owned()];
        metadata.childrens = Vec::new();
        let mut object = Reporter::new(metadata, data(self.presence()));
        object.stamp(&line.stamp);
        line.route(&routes(&object));
        self.object = Some(object);
    }

    /// Deletes the object and makes another one at an address nobody knows yet.
    pub(crate) fn renew(&mut self, line: &mut Line<'_>) {
        if let Some(mut object) = self.object.take() {
            line.send(object.delete());
            line.unroute(&routes(&object));
            self.open(line);
        }
    }

    /// Tells everybody who observes, if there is something new. The short attribute comes first: a reader that knows it
    /// needs one message.
    pub(crate) fn publish(&mut self, line: &mut Line<'_>) {
        let presence = self.presence();
        let Some(object) = &mut self.object else { return };
        object.stamp(&line.stamp);
        for (key, value) in [("presence", json!(word(presence))), ("values", values(presence))] {
            if let Ok(Some(draft)) = object.set(&[key], value) {
                line.send(draft);
            }
        }
    }

    /// Tells everybody that we go.
    pub(crate) fn leave(&mut self, line: &mut Line<'_>) {
        self.left = true;
        self.publish(line);
    }
}

/// What an object says.
pub(crate) fn read(data: &Value) -> Presence {
    let values = data["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let in_values = || values.iter().find(|value| value["name"] == "presence")?["value"].as_str();
    match data["presence"].as_str().or_else(in_values) {
        Some("available") => Presence::Available,
        Some("busy") => Presence::Busy,
        Some("in-call") => Presence::InCall,
        Some("away") => Presence::Away,
        Some("offline") => Presence::Offline,
        _ => Presence::Unknown,
    }
}

fn word(presence: Presence) -> &'static str {
    match presence {
        Presence::Available => "available",
        Presence::Busy => "busy",
        Presence::InCall => "in-call",
        Presence::Away => "away",
        Presence::Offline | Presence::Unknown => "offline",
    }
}

fn values(presence: Presence) -> Value {
    json!([{"name": "presence", "value": word(presence)}])
}

fn data(presence: Presence) -> Value {
    json!({"scheme": "context", "values": values(presence), "presence": word(presence)})
}

/// Children are not for this object.
fn routes(object: &Reporter) -> [Url; 2] {
    [object.url().clone(), object.url().subscription()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_the_choice_unless_a_call_or_idleness_says_otherwise() {
        for (chosen, in_call, idle, told) in [
            (OwnPresence::Available, false, false, Presence::Available),
            (OwnPresence::Available, false, true, Presence::Away),
            (OwnPresence::Available, true, true, Presence::InCall),
            (OwnPresence::Busy, false, true, Presence::Busy),
            (OwnPresence::Busy, true, false, Presence::InCall),
            (OwnPresence::Away, false, false, Presence::Away),
            (OwnPresence::Invisible, true, false, Presence::Offline),
        ] {
            let own = Own { in_call, idle, ..Own::new(chosen) };
            assert_eq!(own.presence(), told, "{chosen:?} in_call={in_call} idle={idle}");
        }
    }

    #[test]
    fn both_forms_of_a_context_are_read() {
        for presence in
            [Presence::Available, Presence::Busy, Presence::InCall, Presence::Away, Presence::Offline]
        {
            assert_eq!(read(&data(presence)), presence);
            assert_eq!(read(&json!({"values": values(presence)})), presence);
        }
        for odd in
            [json!(null), json!({"presence": 7}), json!({"presence": "on fire"}), json!({"values": {}})]
        {
            assert_eq!(read(&odd), Presence::Unknown);
        }
    }
}
