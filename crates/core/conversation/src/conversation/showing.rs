//! The conversation as the page shows it.

use confab_contract::{ConversationView, Delivery, LineBody, LineView, ReplyView};
use confab_rethink::Address;

use super::Conversation;
use crate::lines;

/// How much of a line is shown where it is answered, characters.
const REPLY_TEXT: usize = 120;

impl Conversation {
    /// What is shown.
    pub fn view(&self) -> ConversationView {
        let lines = self.lines.iter().filter_map(|line| {
            let body = match &line.text {
                Some(text) => LineBody::Text { text: text.clone() },
                None => {
                    let mut file = self.files.view(&line.id)?;
                    // Receivers are known by their keys here.
                    for (who, _) in &mut file.receivers {
                        *who = self.name_of_key(who);
                    }
                    file.receivers.retain(|(who, _)| !who.is_empty());
                    LineBody::File { file }
                }
            };
            Some(LineView {
                id: line.id.clone(),
                name: line.name.clone(),
                me: line.author.is_none(),
                at: line.at,
                delivery: line.delivery,
                body,
                to: line.to.as_ref().map(|to| to.name.clone()),
                reply: line.reply.as_deref().and_then(|reply| self.reply_to(reply)),
                reactions: self.reactions.under(&line.id),
            })
        });
        ConversationView {
            open: !self.closed,
            lines: lines.collect(),
            typing: self.typing.who().map(|who| self.side.name_of(who)).collect(),
            unread: self.lines.unread,
            file_limit: if self.closed { 0 } else { self.files.limit() },
        }
    }

    fn reply_to(&self, line: &str) -> Option<ReplyView> {
        let of = self.lines.get(line)?;
        let text = match &of.text {
            Some(text) => text.chars().take(REPLY_TEXT).collect(),
            None => self.files.view(line)?.name,
        };
        Some(ReplyView { line: line.to_owned(), name: of.name.clone(), text })
    }

    /// What somebody in a room is called.
    fn name_of_key(&self, key: &str) -> String {
        let Ok(key) = Address::parse(key) else { return String::new() };
        let me = matches!(&self.side, crate::side::Side::Room(room) if room.is_me(&key));
        if me { self.me.clone() } else { self.side.name_of(&key) }
    }

    pub(super) fn recipient(&self, key: Address) -> lines::Recipient {
        lines::Recipient { name: self.name_of_key(key.as_str()), key: Some(key) }
    }

    pub(super) fn put_line(&mut self, line: lines::Line) {
        if let Some(gone) = self.lines.put(line) {
            self.files.forget(&gone);
        }
    }

    pub(super) fn set_delivery(&mut self, id: &str, delivery: Delivery) {
        if let Some(line) = self.lines.get_mut(id) {
            line.delivery = delivery;
        }
    }
}
