//! A room's conversation: what the room passes on, and its history (docs/protocol.md, section "Chat in rooms").

use confab_contract::Delivery;
use confab_line::Line;
use confab_rethink::{Address, Child, Kind, Message, Url};
use confab_types::ParticipantId;
use serde_json::Value;

use super::{Conversation, Happened};
use crate::lines::{self, order_of};
use crate::offer::Offer;
use crate::reactions::is_emoji;
use crate::text::{clean_text, clean_word};

/// How far the room's clock is believed, milliseconds.
const CLOCK: u64 = 24 * 3_600_000;

/// Whether what the room says is new to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was said just now, or while we were away.
    Fresh,
    /// It was said before we came.
    Old,
}

impl Conversation {
    /// The room has let us in, for the first time or again: what waits goes out.
    pub fn admitted(&mut self, line: &mut Line<'_>, me: &ParticipantId) {
        let object = self.object.clone();
        if let (Some(room), Ok(me)) = (self.room(), Address::parse(me.as_str())) {
            room.admitted(me);
            room.ask_store(line, &object);
        }
        self.outbox.kick();
        self.go_on(line);
    }

    /// The room is elsewhere now: what waits goes there; what was said stays on the screen. Its keys are other people there: what was
    /// for one alone is not sent any more.
    pub fn moved(&mut self, room: &Url) {
        self.object = room.clone();
        self.outbox.lost();
        for id in self.outbox.give_up(|child| child.data().is_some_and(|data| data.get("to").is_some())) {
            self.set_delivery(&id, Delivery::Failed);
        }
        self.lines.unnumber();
        self.reactions.unnumber();
        self.old_until = None;
        if let Some(side) = self.room() {
            side.moved();
        }
    }

    /// Who is in the room.
    pub fn set_people<'a>(&mut self, people: impl Iterator<Item = (&'a ParticipantId, &'a str)>) {
        if let Some(room) = self.room() {
            let known = people.filter_map(|(id, name)| Some((Address::parse(id.as_str()).ok()?, name)));
            let gone = room.set_people(known);
            for who in gone {
                self.typing.stopped(&who);
            }
        }
    }

    /// A message that the room passes on; true when it was one. Nobody but the room is believed.
    pub fn relayed(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if message.from != self.object || self.room().is_none() {
            return false;
        }
        let to_all = message.to == self.object.children();
        match message.kind {
            Kind::Create if to_all || message.to == *line.hyperty => {
                let Some(child) = Child::parse(message) else { return to_all };
                if child.value.get("by").is_none() {
                    return to_all;
                }
                self.posted(line, child, News::Fresh);
                self.go_on(line);
            }
            Kind::Event if to_all => {
                let value = message.value().cloned().unwrap_or_default();
                match message.text("resource") {
                    Some("typing") => {
                        let by = by_of(&value).filter(|by| self.room().is_some_and(|room| !room.is_me(by)));
                        if let Some(by) = by {
                            self.typing.heard(line.now, &by, &Value::from("typing"));
                        }
                    }
                    Some("file-gone") => {
                        if let Some(file) = value.get("file").and_then(Value::as_str) {
                            self.files.withdrawn(file);
                        }
                    }
                    // That it is stored its sender knows, and others see when they fetch it.
                    Some("file-stored") => {}
                    _ => return false,
                }
            }
            _ => return false,
        }
        true
    }

    /// What the room has kept. Children may come in any order.
    pub fn history(&mut self, line: &mut Line<'_>, mut children: Vec<Child>, news: News) {
        children.sort_by_key(seq_of);
        if news == News::Old {
            // Older parts of it may still come.
            self.old_until = self.old_until.max(children.last().and_then(seq_of));
        }
        for child in children {
            self.posted(line, child, news);
        }
        self.go_on(line);
    }

    fn posted(&mut self, line: &mut Line<'_>, child: Child, news: News) {
        let Some(by) = by_of(&Value::Object(child.value.clone())) else { return };
        let Some(room) = self.room() else { return };
        let mine = room.is_me(&by);
        let seq = seq_of(&child);
        let news = if seq.is_some() && seq <= self.old_until { News::Old } else { news };
        let author = (!mine).then(|| by.clone());
        self.typing.stopped(&by);
        if mine && self.outbox.remove(&child.id) {
            self.set_delivery(&child.id, Delivery::Delivered);
        }
        let data = child.data();
        let text = |key: &str| data.and_then(|data| data.get(key)).and_then(Value::as_str);
        if let (Some("reaction"), Some(of), Some(emoji)) = (text("type"), text("of"), text("emoji")) {
            let off = data.is_some_and(|data| data["off"] == true);
            if is_emoji(emoji) {
                self.reactions.set_at(seq, of, emoji, author.as_ref(), !off);
            }
            return;
        }
        let said = child.chat_text().map(clean_text).filter(|text| !text.is_empty());
        let offer = if said.is_none() { Offer::parse(&child) } else { None };
        let id = match &offer {
            // A file is known under its own name, whatever its child is called.
            Some(offer) => offer.id().map_or_else(|| child.id.clone(), |id| id.as_str().to_owned()),
            None => child.id.clone(),
        };
        if said.is_none() && offer.is_none() {
            return;
        }
        if self.lines.knows(&id) {
            self.set_delivery(&id, Delivery::Delivered);
            return self.lines.number(&id, seq);
        }
        let name = self.side.name_of(&by);
        let name = if mine { self.me.clone() } else { name };
        let told = child.value.get("byName").and_then(Value::as_str).map(clean_word);
        let name = if name.is_empty() { told.unwrap_or_default() } else { name };
        if !mine && news == News::Fresh {
            match (&said, &offer) {
                (Some(text), _) => self.happen(Happened::Said { name: name.clone(), text: text.clone() }),
                (None, Some(offer)) => {
                    self.happen(Happened::Offered { name: name.clone(), file: offer.name.clone() })
                }
                (None, None) => {}
            }
        }
        let at = order_of(&child.id).map(|(at, _)| at).filter(|at| line.unix_ms.abs_diff(*at) < CLOCK);
        let at = at.unwrap_or(line.unix_ms).min(line.unix_ms);
        let unread = self.lines.unread;
        let (to, reply) =
            (text("to").and_then(|to| Address::parse(to).ok()), text("reply").map(str::to_owned));
        let to = to.map(|to| self.recipient(to));
        let delivery = Delivery::Delivered;
        self.put_line(lines::Line { id: id.clone(), author, name, at, delivery, text: said, to, reply, seq });
        if news == News::Old {
            self.lines.unread = unread;
        }
        // Who comes too late to be shown has no line that would give its file up one day.
        if let Some(offer) = offer.filter(|_| self.lines.get(&id).is_some()) {
            self.files.offered(&id, offer);
        }
    }
}

/// Who has posted it, as the room says.
fn by_of(value: &Value) -> Option<Address> {
    Address::parse(value.get("by")?.as_str()?).ok()
}

/// The room counts what it passes on.
fn seq_of(child: &Child) -> Option<u64> {
    child.value.get("seq").and_then(Value::as_u64)
}
