//! Messages that wait for an id.

use serde_json::Value;

use super::{Body, Kind, Message, MessageId};
use crate::address::Address;

/// A message without an id. Whoever owns the connection numbers it when it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it asks.
    pub kind: Kind,
    /// The sender.
    pub from: Address,
    /// The receiver.
    pub to: Address,
    /// Its attributes.
    pub body: Body,
}

impl Draft {
    /// With an empty body.
    pub fn new(kind: Kind, from: impl Into<Address>, to: impl Into<Address>) -> Draft {
        Draft { kind, from: from.into(), to: to.into(), body: Body::new() }
    }

    /// The same draft with one more body attribute.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Draft {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    /// The same draft with one more body attribute when there is one.
    #[must_use]
    pub fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Draft {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Numbered.
    pub fn with_id(self, id: MessageId) -> Message {
        Message { id, kind: self.kind, from: self.from, to: self.to, body: self.body }
    }
}

/// What a reporter or an observer wants sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// Its answers matter: send it as a request and hand the answers back.
    Request(Draft),
    /// Nobody waits for an answer.
    Notify(Draft),
    /// An answer, already numbered.
    Reply(Message),
}
