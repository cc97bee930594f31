//! Making a room of one's own: the conference hyperty of the domain is found and asked (docs/protocol.md, section 5).

use confab_contract::ProblemCode;
use confab_line::Line;
use confab_rethink::registry::{self, Criteria, Lookup, Query};
use confab_rethink::session::Cause;
use confab_rethink::{Draft, Kind, Message, RequestId, Url};
use serde_json::{Value, json};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// The room is there, under this name.
    Room(String),
    /// It is not: why, and the technical fact.
    Not(ProblemCode, String),
}

/// One wish at a time; a newer one replaces it.
#[derive(Debug, Default)]
pub struct RoomMaker {
    name: Option<String>,
    asked: Option<(RequestId, Step)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Where the conference hyperty is.
    Find,
    /// To make the room.
    Make,
}

impl RoomMaker {
    /// Begins. Without a name the room gets a number. False when it cannot be asked now.
    pub fn make(&mut self, line: &mut Line<'_>, name: Option<String>) -> bool {
        self.name = name;
        let Ok(conference) = Url::user(line.domain, &format!("conference@{}", line.domain)) else {
            return false;
        };
        let criteria = Criteria { resources: vec!["conference".to_owned()], ..Criteria::default() };
        let draft = registry::read(line.runtime, line.domain, &Query::User(conference), &criteria);
        self.asked = line.request(draft).ok().map(|request| (request, Step::Find));
        self.asked.is_some()
    }

    /// An answer; `None` when it was another's. `Some(None)`: it goes on.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> Option<Option<Made>> {
        let (_, step) = self.asked.filter(|(asked, _)| *asked == request)?;
        if message.code().is_some_and(|code| code.is_provisional()) {
            return Some(None);
        }
        self.asked = None;
        let desc = message.desc_text().unwrap_or_default().to_owned();
        let code = message.code().and_then(|code| code.number());
        Some(match step {
            _ if cause != Cause::Answered => Some(Made::Not(ProblemCode::RoomSilent, desc)),
            Step::Find => self.found(line, message),
            Step::Make => Some(match code {
                Some(200..=299) => {
                    let name = message.value().and_then(|value| value.get("name")).and_then(Value::as_str);
                    let unnamed =
                        || Made::Not(ProblemCode::RoomSilent, "the answer names no room".to_owned());
                    name.map_or_else(unnamed, |name| Made::Room(name.to_owned()))
                }
                Some(400 | 409) => Made::Not(ProblemCode::BadRoomName, desc),
                Some(429) => Made::Not(ProblemCode::TooFast, desc),
                _ => Made::Not(ProblemCode::NotAllowed, desc),
            }),
        })
    }

    fn found(&mut self, line: &mut Line<'_>, message: &Message) -> Option<Made> {
        let lookup = Lookup::of(message);
        let newest = lookup.live().max_by_key(|device| device.last_modified.clone());
        let Some(conference) = newest.map(|device| device.url.clone()) else {
            return Some(Made::Not(ProblemCode::NoSuchRoom, "this domain has no rooms".to_owned()));
        };
        let wish = self.name.take().map(|name| json!({"name": name}));
        let draft = Draft::new(Kind::Execute, line.hyperty, &conference)
            .with("method", "createRoom")
            .with("params", Value::Array(wish.into_iter().collect()))
            .with("identity", line.identity.to_value());
        match line.request(draft) {
            Ok(request) => {
                self.asked = Some((request, Step::Make));
                None
            }
            Err(_) => Some(Made::Not(ProblemCode::RoomSilent, "there is no connection".to_owned())),
        }
    }
}
