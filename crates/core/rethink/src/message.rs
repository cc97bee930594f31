//! The envelope every reTHINK message travels in, parsed once at the edge with limits.

mod draft;
mod id;
mod kind;

pub use draft::{Draft, Outgoing};
pub use id::{MessageId, MessageIds};
pub use kind::Kind;

use serde_json::{Map, Value};

use crate::address::Address;
use crate::code::Code;

/// The attributes of a body.
pub type Body = Map<String, Value>;

/// One message. The body is always an object and the id always positive, so what is written is always valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Given by the sender; a response repeats it.
    pub id: MessageId,
    /// What it asks.
    pub kind: Kind,
    /// The sender as it says; not to be trusted unless the message node binds addresses to connections.
    pub from: Address,
    /// The one receiver.
    pub to: Address,
    /// Its attributes; empty when it was missing or `null`.
    pub body: Body,
}

/// Why a text is not a message. [`ParseError::label`] is a fit name for a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`Message::MAX_BYTES`].
    #[error("message of {0} bytes is longer than 1 MiB and 64 KiB")]
    TooLong(usize),
    /// Not JSON, or nested deeper than the JSON parser goes.
    #[error("message is not JSON")]
    Json,
    /// JSON, but not an object.
    #[error("message is not a JSON object")]
    NotObject,
    /// Nested deeper than [`Message::MAX_DEPTH`].
    #[error("message is nested too deep")]
    TooDeep,
    /// `id` is missing, zero, or neither a positive integer nor a numeric text.
    #[error("message id is not a positive integer")]
    Id,
    /// `type` is missing, empty or longer than 64 bytes.
    #[error("message type is missing")]
    Kind,
    /// `from` is missing or no address.
    #[error("message has no valid from")]
    From,
    /// `to` is missing or no address (a list is not one either).
    #[error("message has no valid to")]
    To,
    /// `body` is neither an object nor missing.
    #[error("message body is not an object")]
    Body,
}

impl ParseError {
    /// A short constant name.
    pub fn label(self) -> &'static str {
        match self {
            ParseError::TooLong(_) => "too_long",
            ParseError::Json => "json",
            ParseError::NotObject => "not_object",
            ParseError::TooDeep => "too_deep",
            ParseError::Id => "id",
            ParseError::Kind => "type",
            ParseError::From => "from",
            ParseError::To => "to",
            ParseError::Body => "body",
        }
    }
}

impl Message {
    /// The longest accepted text: a mebibyte of content, as the reference node relays it, and room for what stands around it.
    pub const MAX_BYTES: usize = (1 << 20) + (64 << 10);
    /// The deepest accepted nesting of arrays and objects, the envelope included.
    pub const MAX_DEPTH: usize = 64;

    /// Parses one message text.
    pub fn parse(text: &str) -> Result<Message, ParseError> {
        if text.len() > Message::MAX_BYTES {
            return Err(ParseError::TooLong(text.len()));
        }
        Message::parse_value(serde_json::from_str(text).map_err(|_| ParseError::Json)?)
    }

    /// Takes an already parsed value (Socket.IO delivers objects). The caller has limited the text's length.
    pub fn parse_value(value: Value) -> Result<Message, ParseError> {
        if !is_shallow(&value, Message::MAX_DEPTH) {
            return Err(ParseError::TooDeep);
        }
        let Value::Object(mut fields) = value else { return Err(ParseError::NotObject) };
        let id = fields.get("id").and_then(MessageId::from_value).ok_or(ParseError::Id)?;
        let kind =
            fields.get("type").and_then(Value::as_str).and_then(Kind::parse).ok_or(ParseError::Kind)?;
        let from = address(fields.get("from")).ok_or(ParseError::From)?;
        let to = address(fields.get("to")).ok_or(ParseError::To)?;
        let body = match fields.remove("body") {
            None | Some(Value::Null) => Body::new(),
            Some(Value::Object(body)) => body,
            Some(_) => return Err(ParseError::Body),
        };
        Ok(Message { id, kind, from, to, body })
    }

    /// As a JSON value.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("id".into(), self.id.to_value());
        fields.insert("type".into(), self.kind.as_str().into());
        fields.insert("from".into(), self.from.as_str().into());
        fields.insert("to".into(), self.to.as_str().into());
        fields.insert("body".into(), Value::Object(self.body.clone()));
        Value::Object(fields)
    }

    /// As JSON text without line breaks.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    /// The response to this message with `code`: same id, `from` and `to` swapped as they were written.
    pub fn response(&self, code: impl Into<Code>) -> Message {
        let mut body = Body::new();
        body.insert("code".into(), code.into().to_value());
        Message { id: self.id, kind: Kind::Response, from: self.to.clone(), to: self.from.clone(), body }
    }

    /// Response 200 with a value.
    pub fn ok(&self, value: Value) -> Message {
        self.response(Code::OK).with("value", value)
    }

    /// A failure response; the text stands under both `desc` and `description`, as receivers read either.
    pub fn error(&self, code: impl Into<Code>, desc: &str) -> Message {
        self.response(code).with("desc", desc).with("description", desc)
    }

    /// The same message with one more body attribute.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Message {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    /// Whether it is a response.
    pub fn is_response(&self) -> bool {
        self.kind == Kind::Response
    }

    /// `body.code`.
    pub fn code(&self) -> Option<Code> {
        self.body.get("code").and_then(Code::from_value)
    }

    /// `body.desc` or `body.description`, of any JSON type.
    pub fn desc(&self) -> Option<&Value> {
        self.body.get("desc").or_else(|| self.body.get("description"))
    }

    /// [`desc`](Message::desc) when it is a text.
    pub fn desc_text(&self) -> Option<&str> {
        self.desc().and_then(Value::as_str)
    }

    /// `body.value`.
    pub fn value(&self) -> Option<&Value> {
        self.body.get("value")
    }

    /// A body attribute that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }

    /// A body attribute that is an address.
    pub fn address(&self, key: &str) -> Option<Address> {
        address(self.body.get(key))
    }
}

/// Whether arrays and objects nest at most `depth` deep. Stops there, so it cannot exhaust the stack.
pub fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_shallow(item, depth - 1)),
        Value::Object(fields) => depth > 0 && fields.values().all(|field| is_shallow(field, depth - 1)),
        _ => true,
    }
}

/// The object inside a `json!({…})`; anything else becomes an empty body.
pub fn body(value: Value) -> Body {
    match value {
        Value::Object(body) => body,
        _ => Body::new(),
    }
}

fn address(value: Option<&Value>) -> Option<Address> {
    Address::parse(value?.as_str()?).ok()
}

#[cfg(test)]
mod tests;
