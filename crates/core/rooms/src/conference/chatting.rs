//! What is written in a room. Nobody is heard but through the room: it checks a line, says who has written it, numbers it,
//! and passes it on to those who may read it (protocol page, 5).

use std::time::Duration;

use confab_rethink::{Body, Child, Code, Draft, Kind, Message};
use serde_json::{Value, json};

use super::Conference;
use super::commands::{Done, Refusal};
use super::messages::asserted_user;
use crate::media_server::MediaRoomId;
use crate::room::chat::{Line, Place, emoji};
use crate::room::key;

/// Most lines of a participant within that span.
const LINES: (usize, Duration) = (20, Duration::from_secs(10));
/// Most reactions that float by.
const REACTIONS: (usize, Duration) = (4, Duration::from_secs(1));
/// Most signs of typing.
const TYPING: (usize, Duration) = (2, Duration::from_secs(3));

impl Conference {
    /// A child was posted.
    pub(super) fn posted(&mut self, id: MediaRoomId, message: &Message, child: &Child) {
        let answer = match self.pass_on(id, message, child) {
            Ok(value) => message.ok(value),
            Err((code, desc)) => message.error(code, desc),
        };
        self.answer(answer);
    }

    fn pass_on(
        &mut self,
        id: MediaRoomId,
        message: &Message,
        child: &Child,
    ) -> Result<Value, (Code, &'static str)> {
        let (now, created) = (self.now, self.date());
        let no_one = (Code::FORBIDDEN, "not a participant");
        let number = self.sender(id, message).ok_or(no_one.clone())?;
        let line = Line::read(child)?;
        let room = self.rooms.get_mut(&id).ok_or(no_one.clone())?;
        if line.to.is_some_and(|to| to == number || !room.members.contains_key(&to)) {
            return Err((Code::NOT_FOUND, "nobody is called so"));
        }
        let member = room.members.get_mut(&number).ok_or(no_one)?;
        if !member.paces.lines.allows(now, LINES.0, LINES.1) {
            return Err((Code::Num(429), "too many lines"));
        }
        let seq = match room.chat.place(&line.id, member.user.as_str(), &created) {
            Place::New { seq } => seq,
            Place::Again { seq, created } => return Ok(json!({"seq": seq, "created": created})),
            Place::Taken => return Err((Code::Num(409), "there is a line of that id")),
        };
        let mut value = Body::new();
        value.insert("data".into(), line.data);
        value.insert("by".into(), key(number).into());
        value.insert("byName".into(), member.name.as_str().into());
        value.insert("seq".into(), seq.into());
        value.insert("created".into(), created.as_str().into());
        let (anonymous, hyperty) = (member.anonymous, member.hyperty.clone());
        let url = room.url().clone();
        let mut passed = Child::new(&line.id, &hyperty, &url, value);
        if anonymous {
            passed.value.remove("reporter");
        }
        let told: Vec<Draft> = match line.to {
            None => vec![passed.draft(&url, &url)],
            Some(to) => {
                let readers = [number, to].into_iter().filter_map(|number| room.members.get(&number));
                let letter = |to| {
                    Draft::new(Kind::Create, &url, to)
                        .with("resource", passed.id.as_str())
                        .with("mutual", false)
                        .with("value", Value::Object(passed.value.clone()))
                };
                readers.map(|member| letter(&member.hyperty)).collect()
            }
        };
        if line.to.is_none() {
            room.reporter.keep(passed);
        }
        self.publish(told);
        Ok(json!({"seq": seq, "created": created}))
    }

    /// A sign that somebody types.
    pub(super) fn sign(&mut self, id: MediaRoomId, message: &Message, value: &Value) {
        let Some(number) = self.sender(id, message).filter(|_| value == "typing") else { return };
        let now = self.now;
        let told = self.rooms.get_mut(&id).and_then(|room| {
            let allowed = room.members.get_mut(&number)?.paces.typing.allows(now, TYPING.0, TYPING.1);
            allowed.then(|| room.signal("typing", json!({"by": key(number)})))
        });
        self.publish(told);
    }

    /// `react [emoji]`
    pub(super) fn react(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let [emoji_value] = params else { return Err(Refusal::malformed("react takes one emoji")) };
        let emoji = emoji(emoji_value).ok_or(Refusal::malformed("react takes one emoji"))?;
        let now = self.now;
        let room = self.rooms.get_mut(&id).ok_or(Refusal::GONE)?;
        let member = room.members.get_mut(&by).ok_or(Refusal::GONE)?;
        if !member.paces.reactions.allows(now, REACTIONS.0, REACTIONS.1) {
            return Err(Refusal::new(Code::Num(429), "too many reactions"));
        }
        let told = room.signal("reaction", json!({"by": key(by), "emoji": emoji}));
        self.publish([told]);
        Ok(None)
    }

    /// Who of the room has sent a message; what the message itself says of that counts for nothing.
    fn sender(&self, id: MediaRoomId, message: &Message) -> Option<u32> {
        self.rooms.get(&id)?.caller(&message.from.url()?, asserted_user(message).as_ref())
    }
}
