//! What the room tells us beside its data: rulings, questions, reactions, what is said (docs/protocol.md, section 5).

use std::time::Duration;

use confab_conference::{Private, powers};
use confab_contract::{ReactionView, Silenced};
use confab_line::Line;
use confab_rethink::{Kind, Message};
use serde_json::Value;

use super::{Happened, Meeting};

/// How long a reaction is shown.
const REACTION: Duration = Duration::from_secs(5);
/// Most reactions shown at once.
const MAX_REACTIONS: usize = 32;

impl Meeting {
    /// A message for us that answers nothing; `None` when it is not about this meeting.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> Option<Vec<Happened>> {
        self.note_removal(message);
        if let Some(happened) = self.told_by_room(line, message) {
            return Some(happened);
        }
        if self.room.as_mut().is_some_and(|room| room.receive(message)) {
            return Some(self.follow_room(line));
        }
        let conference = self.place.as_ref().map(|place| place.conference.clone())?;
        let about =
            self.answers.iter_mut().find_map(|(url, answer)| answer.receive(message).then(|| url.clone()));
        if let Some(url) = about {
            return Some(self.follow_answer(line, &url));
        }
        let taken = self.legs.values_mut().any(|leg| leg.incoming(line, message, &conference))
            || (message.kind == Kind::Create && self.invited(line, message, &conference));
        taken.then(Vec::new)
    }

    /// A message of the room; `None` when it is another's, or a change of its data.
    pub(super) fn told_by_room(&mut self, line: &mut Line<'_>, message: &Message) -> Option<Vec<Happened>> {
        let room = self.place.as_ref().map(|place| &place.room)?;
        let to_us = message.to == *line.hyperty;
        let to_children = message.to.as_str().starts_with(room.children().as_str());
        if message.from != *room {
            // Nobody but the room is heard in it, whatever a node lets through.
            return to_children.then(Vec::new);
        }
        if !(to_us || to_children) || self.me.is_none() {
            return None;
        }
        let value = message.value().cloned().unwrap_or_default();
        let resource = message.text("resource").unwrap_or_default();
        if message.kind == Kind::Event {
            match (to_us, resource) {
                (true, "private") => self.told_private(&value),
                (true, "ask") => self.asked(&value),
                (true, "stopped" | "ruling") => return Some(self.ruled(&value)),
                (true, "file-progress") => {
                    if let Some(conversation) = &mut self.conversation {
                        conversation.file_progress(&value);
                    }
                }
                (false, "reaction") => self.reaction(line, &value),
                (false, _) => {
                    if let Some(conversation) = &mut self.conversation {
                        conversation.relayed(line, message);
                    }
                }
                (true, _) => {}
            }
            return Some(Vec::new());
        }
        let conversation = self.conversation.as_mut()?;
        conversation.relayed(line, message).then(Vec::new)
    }

    fn told_private(&mut self, value: &Value) {
        if self.role().is_some_and(|role| powers(&self.roster.rules, role).door) {
            self.private = Private::read(value);
        }
    }

    /// An organiser has lifted a ruling and asks us to be heard again. It opens nothing.
    fn asked(&mut self, value: &Value) {
        if value["unmute"] == "audio" {
            let name = self.name_of(value["by"].as_str().unwrap_or_default());
            self.unmute_asked_by = Some(name);
        }
    }

    /// An organiser has closed something of ours, as they say to us alone.
    fn ruled(&mut self, value: &Value) -> Vec<Happened> {
        let word = value["media"].as_str().or(value["what"].as_str());
        let what = match word {
            Some("audio") => Silenced::Microphone,
            Some("video") => Silenced::Camera,
            Some("screen") => Silenced::Share,
            _ => return Vec::new(),
        };
        let by = self.name_of(value["by"].as_str().unwrap_or_default());
        vec![Happened::Silenced { what, by }]
    }

    fn reaction(&mut self, line: &Line<'_>, value: &Value) {
        let (Some(by), Some(emoji)) = (value["by"].as_str(), value["emoji"].as_str()) else { return };
        if !confab_conversation::is_emoji(emoji) {
            return;
        }
        if self.reactions.len() >= MAX_REACTIONS {
            self.reactions.pop_front();
        }
        self.last_reaction = self.last_reaction.wrapping_add(1);
        let (participant, name) = (by.to_owned(), self.name_of(by));
        let reaction = ReactionView { id: self.last_reaction, participant, name, emoji: emoji.to_owned() };
        self.reactions.push_back((line.now + REACTION, reaction));
    }
}
