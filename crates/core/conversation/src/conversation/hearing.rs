//! What comes in: messages of others, checked before they are believed.

use confab_contract::Delivery;
use confab_line::Line;
use confab_rethink::{Address, Child, Code, Kind, Message};
use serde_json::Value;

use super::{Conversation, Happened};
use crate::content::{self, storage_of};
use crate::lines::{self, order_of};
use crate::offer::Offer;
use crate::reactions::is_emoji;
use crate::side::{Heard, Side};
use crate::text::clean_text;

/// How far a sender's clock is believed, milliseconds.
const CLOCK: u64 = 24 * 3_600_000;

impl Conversation {
    /// A message that answers nothing; true when it was ours.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if matches!(self.side, Side::Room(_)) {
            return self.relayed(line, message);
        }
        if let Some(guid) = content::asked(message, &storage_of(line.runtime)) {
            self.give(line, message, guid);
            return true;
        }
        if message.to == *line.hyperty {
            return self.spoken_to(line, message);
        }
        let Some(rest) = message.to.as_str().strip_prefix(self.object.as_str()) else { return false };
        if !(rest.is_empty() || rest.starts_with('/')) {
            return false;
        }
        // Own echo; and nobody but participants may post.
        let posts = matches!(message.kind, Kind::Create | Kind::Event | Kind::Delete) && rest != "/changes";
        if self.closed || message.from == *line.hyperty || (posts && !self.side.takes_part(&message.from)) {
            return true;
        }
        if posts && message.kind == Kind::Delete {
            self.taken_back(message);
            return true;
        }
        let heard = self.receive(line, message);
        self.hear(line, heard);
        true
    }

    /// An invitation to the object we know, or the request to leave it.
    fn spoken_to(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let invitation = message.kind == Kind::Create && message.from == self.object.subscription();
        let removal =
            message.kind == Kind::Unsubscribe && message.text("resource") == Some(self.object.as_str());
        if !invitation && !removal {
            return false;
        }
        if invitation {
            line.reply(message.response(if self.closed { Code::NOT_FOUND } else { Code::OK }));
        }
        if self.closed {
            return true;
        }
        let heard = match &mut self.side {
            Side::Guest(guest) if invitation => {
                guest.invited(line);
                Vec::new()
            }
            Side::Guest(guest) => guest.receive(line, message),
            Side::Owner(_) | Side::Room(_) => Vec::new(),
        };
        self.hear(line, heard);
        true
    }

    fn receive(&mut self, line: &mut Line<'_>, message: &Message) -> Vec<Heard> {
        match &mut self.side {
            Side::Owner(owner) => owner.receive(line, message),
            Side::Guest(guest) => guest.receive(line, message),
            Side::Room(_) => Vec::new(),
        }
    }

    pub(super) fn hear(&mut self, line: &mut Line<'_>, heard: Vec<Heard>) {
        for heard in heard {
            match heard {
                Heard::Life => self.outbox.kick(),
                Heard::Child(child) => self.arrived(line, child),
                Heard::Event(from, value) => self.typing.heard(line.now, &from, &value),
                Heard::Left(hyperty) => self.typing.stopped(&hyperty),
                Heard::Closed => {
                    self.closed = true;
                    self.typing.clear();
                    line.unroute(&[storage_of(line.runtime)]);
                    self.happen(Happened::Closed);
                }
            }
        }
        self.go_on(line);
    }

    /// A child: of somebody who takes part, or one of ours that the owner's history has.
    fn arrived(&mut self, line: &mut Line<'_>, child: Child) {
        let Some(author) = child.reporter.clone() else { return };
        let mine = author == *line.hyperty;
        if mine && self.outbox.remove(&child.id) {
            self.set_delivery(&child.id, Delivery::Delivered);
        }
        if !mine && !self.side.takes_part(&author) {
            return;
        }
        if let Side::Owner(owner) = &mut self.side {
            owner.keep(child.clone());
        }
        self.typing.stopped(&author);
        if !self.lines.knows(&child.id) {
            self.show(line, child, (!mine).then_some(author));
        }
    }

    fn show(&mut self, line: &mut Line<'_>, child: Child, author: Option<Address>) {
        let data = child.data();
        let word = |key: &str| data.and_then(|data| data.get(key)).and_then(Value::as_str);
        if let (Some("reaction"), Some(of), Some(emoji)) = (word("type"), word("of"), word("emoji")) {
            if is_emoji(emoji) {
                self.reactions.set(of, emoji, author.as_ref(), data.is_none_or(|data| data["off"] != true));
            }
            return;
        }
        let reply = word("reply").map(str::to_owned);
        let text = child.chat_text().map(clean_text);
        let offer = if text.is_none() { Offer::parse(&child) } else { None };
        if text.as_ref().is_none_or(String::is_empty) && offer.is_none() {
            return;
        }
        let name = author.as_ref().map_or_else(|| self.me.clone(), |author| self.side.name_of(author));
        // Lines of the history are as old as their authors say, within reason.
        let at = order_of(&child.id).map(|(at, _)| at).filter(|at| line.unix_ms.abs_diff(*at) < CLOCK);
        if author.is_some() {
            let name = name.clone();
            match (&text, &offer) {
                (Some(text), _) => self.happen(Happened::Said { name, text: text.clone() }),
                (None, Some(offer)) => self.happen(Happened::Offered { name, file: offer.name.clone() }),
                (None, None) => {}
            }
        }
        let id = child.id.clone();
        let at = at.unwrap_or(line.unix_ms).min(line.unix_ms);
        let (to, seq, delivery) = (None, None, Delivery::Delivered);
        self.put_line(lines::Line { id, author, name, at, delivery, text, to, reply, seq });
        // Who comes too late to be shown has no line that would give its file up one day.
        if let Some(offer) = offer.filter(|_| self.lines.get(&child.id).is_some()) {
            self.files.offered(&child.id, offer);
        }
    }

    /// The author of an offer takes it back.
    fn taken_back(&mut self, message: &Message) {
        let Some(id) = message.text("resource") else { return };
        if self.lines.get_mut(id).is_some_and(|line| line.author.as_ref() == Some(&message.from)) {
            self.files.withdrawn(id);
        }
    }

    /// A participant reads a small file of ours.
    fn give(&mut self, line: &mut Line<'_>, message: &Message, guid: &str) {
        let answer = if self.closed || !self.side.takes_part(&message.from) {
            message.error(Code::FORBIDDEN, "not a participant")
        } else {
            match self.files.content_of(guid) {
                Some((offer, bytes)) => content::answer(message, offer, &bytes),
                None => message.error(Code::NOT_FOUND, "no such file"),
            }
        };
        line.reply(answer);
    }
}
