//! What we say: checked, shown at once, queued until it has arrived.

use confab_contract::Delivery;
use confab_line::Line;
use confab_rethink::child::child_id;
use confab_rethink::{Address, Child, Draft, Kind, Url};
use serde_json::{Value, json};

use super::Conversation;
use crate::lines;
use crate::outbox::Way;
use crate::reactions::is_emoji;
use crate::side::Side;
use crate::text::{MAX_TEXT, clean_text};

/// Something to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// At most [`MAX_TEXT`] bytes.
    pub text: String,
    /// The roster key of the only one who shall read it; of use in a room only.
    pub to: Option<String>,
    /// The id of the line it answers.
    pub reply: Option<String>,
}

/// Why something cannot be said or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SayError {
    /// Nothing but empty space.
    #[error("there is nothing to say")]
    Empty,
    /// Longer than [`MAX_TEXT`].
    #[error("text of {0} bytes is longer than 16 kB")]
    TooLong(usize),
    /// Too much waits for the connection, or too many files are offered.
    #[error("too much is on its way")]
    TooMuch,
    /// Whom it is for is not there.
    #[error("there is nobody of that name here")]
    Nobody,
    /// It is over.
    #[error("conversation is over")]
    Closed,
}

impl Conversation {
    /// Says something to everybody.
    ///
    /// # Errors
    /// When it cannot be said; nothing is shown or sent then.
    pub fn say(&mut self, line: &mut Line<'_>, text: &str) -> Result<(), SayError> {
        self.speak(line, Words { text: text.to_owned(), ..Words::default() })
    }

    /// Says something, perhaps to one only, or in answer to a line.
    ///
    /// # Errors
    /// When it cannot be said; nothing is shown or sent then.
    pub fn speak(&mut self, line: &mut Line<'_>, words: Words) -> Result<(), SayError> {
        if words.text.len() > MAX_TEXT {
            return Err(SayError::TooLong(words.text.len()));
        }
        let text = clean_text(&words.text);
        if text.is_empty() {
            return Err(SayError::Empty);
        }
        self.check_open()?;
        let to = match (&self.side, words.to.filter(|to| !to.is_empty())) {
            (Side::Room(room), Some(to)) => Some(room.present(&to).ok_or(SayError::Nobody)?),
            _ => None,
        };
        let reply = words.reply.filter(|reply| self.lines.knows(reply));
        let id = self.next_id(line.unix_ms);
        let mut child = Child::chat(&id, line.hyperty, &self.object, &text, Some(&line.stamp));
        put(&mut child, "to", to.as_ref().map(|to| to.as_str().into()));
        put(&mut child, "reply", reply.as_deref().map(Into::into));
        self.show_own(line, &id, Some(text), Aim { to, reply });
        self.post(line, child);
        self.typing.rest();
        Ok(())
    }

    /// Puts an emoji under a line, or takes it away again.
    ///
    /// # Errors
    /// When it is none, the line is not there, or nothing can be said.
    pub fn react(&mut self, line: &mut Line<'_>, to_line: &str, emoji: &str) -> Result<(), SayError> {
        self.check_open()?;
        let Some(of) = self.lines.get_mut(to_line).filter(|_| is_emoji(emoji)) else {
            return Err(SayError::Empty);
        };
        // What was said to one only is for those two only.
        let partner = match &of.to {
            Some(to) => {
                let key = to.key.clone().ok_or(SayError::Nobody)?;
                Some(of.author.clone().unwrap_or(key))
            }
            None => None,
        };
        let off = self.reactions.has(to_line, emoji, None);
        self.reactions.set(to_line, emoji, None, !off);
        let id = self.next_id(line.unix_ms);
        let mut child = Child::new(&id, line.hyperty, &self.object, Default::default());
        child.value.insert("data".into(), json!({"type": "reaction", "of": to_line, "emoji": emoji}));
        put(&mut child, "off", off.then_some(true.into()));
        put(&mut child, "to", partner.map(|to| to.as_str().into()));
        self.post(line, child);
        Ok(())
    }

    /// The user writes, or no longer.
    pub fn typing(&mut self, line: &mut Line<'_>, on: bool) {
        if !on {
            self.typing.rest();
        } else if !self.closed && self.side.has_company() && self.is_live(line) && self.typing.tell(line.now)
        {
            line.send(Draft::new(Kind::Event, line.hyperty, self.object.children()).with("value", "typing"));
        }
    }

    /// What is there counts as read.
    pub fn read(&mut self) {
        self.lines.unread = 0;
    }

    pub(super) fn check_open(&self) -> Result<(), SayError> {
        match self.closed {
            true => Err(SayError::Closed),
            false if self.outbox.is_full() => Err(SayError::TooMuch),
            false => Ok(()),
        }
    }

    /// An id that sorts behind all earlier ones, whatever the clock does.
    pub(super) fn next_id(&mut self, unix_ms: u64) -> String {
        self.newest = self.newest.max(unix_ms);
        self.count += 1;
        child_id(self.newest, self.guid, self.count)
    }

    /// Queues a child of ours, and keeps it for those who come later.
    pub(super) fn post(&mut self, line: &mut Line<'_>, child: Child) {
        let child = child.by(line.identity);
        if let Side::Owner(owner) = &mut self.side {
            owner.keep(child.clone());
        }
        self.outbox.put(child);
        self.go_on(line);
    }

    /// Sends what waits, if anybody would hear it.
    pub(super) fn go_on(&mut self, line: &mut Line<'_>) {
        self.outbox.looked(line.now);
        if !self.closed && self.side.has_company() && self.is_live(line) {
            let way = match self.side {
                Side::Owner(_) => Way::Peers,
                Side::Guest(_) => Way::Owner,
                Side::Room(_) => Way::Room,
            };
            self.outbox.flush(line, &self.object, way);
        }
    }

    pub(super) fn show_own(&mut self, line: &Line<'_>, id: &str, text: Option<String>, aim: Aim) {
        let (id, name, at) = (id.to_owned(), self.me.clone(), line.unix_ms);
        let Aim { to, reply } = aim;
        let to = to.map(|to| self.recipient(to));
        let delivery = Delivery::Sending;
        self.put_line(lines::Line { id, author: None, name, at, delivery, text, to, reply, seq: None });
    }
}

/// For whom a line is, and what it answers.
#[derive(Debug, Default)]
pub(super) struct Aim {
    pub(super) to: Option<Address>,
    pub(super) reply: Option<String>,
}

/// Says something more in the `data` of a child.
fn put(child: &mut Child, key: &str, value: Option<Value>) {
    if let (Some(Value::Object(data)), Some(value)) = (child.value.get_mut("data"), value) {
        data.insert(key.to_owned(), value);
    }
}

/// Takes a file of ours back.
pub(super) fn withdrawal(hyperty: &Url, object: &Url, id: &str) -> Draft {
    Draft::new(Kind::Delete, hyperty, object.children()).with("resource", id)
}
