//! The conversation as the page shows it.

use confab_contract::{ConversationView, Delivery, LineBody, LineView};
use confab_line::Line;

use super::Conversation;
use crate::lines;

impl Conversation {
    /// What is shown.
    pub fn view(&self) -> ConversationView {
        let lines = self.lines.iter().filter_map(|line| {
            let body = match &line.text {
                Some(text) => LineBody::Text { text: text.clone() },
                None => LineBody::File { file: self.files.view(&line.id)? },
            };
            Some(LineView {
                id: line.id.clone(),
                name: line.name.clone(),
                me: line.author.is_none(),
                at: line.at,
                delivery: line.delivery,
                body,
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

    pub(super) fn show_own(&mut self, line: &Line<'_>, id: &str, text: Option<String>, delivery: Delivery) {
        let (id, name, at) = (id.to_owned(), self.me.clone(), line.unix_ms);
        self.put_line(lines::Line { id, author: None, name, at, delivery, text });
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
