//! Message ids.

use std::cmp::Ordering;
use std::num::NonZeroU64;

use serde_json::Value;

/// A positive id. It remembers whether it came as a JSON text, so that a node answers with the type it was asked in;
/// two ids of the same number are equal whatever their type, because some nodes turn texts into numbers.
#[derive(Clone, Copy, Debug)]
pub struct MessageId {
    number: NonZeroU64,
    text: bool,
}

impl MessageId {
    /// From a number; `None` for 0, which nodes drop silently.
    pub fn new(number: u64) -> Option<MessageId> {
        NonZeroU64::new(number).map(|number| MessageId { number, text: false })
    }

    /// A positive integer or a text of decimal digits.
    pub fn from_value(value: &Value) -> Option<MessageId> {
        match value {
            Value::Number(number) => MessageId::new(number.as_u64()?),
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(MessageId { number: text.parse().ok()?, text: true })
            }
            _ => None,
        }
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.number.get()
    }

    /// With the JSON type it was read with.
    pub fn to_value(self) -> Value {
        if self.text { Value::from(self.number.to_string()) } else { Value::from(self.number.get()) }
    }
}

impl PartialEq for MessageId {
    fn eq(&self, other: &MessageId) -> bool {
        self.number == other.number
    }
}

impl Eq for MessageId {}

impl PartialOrd for MessageId {
    fn partial_cmp(&self, other: &MessageId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MessageId {
    fn cmp(&self, other: &MessageId) -> Ordering {
        self.number.cmp(&other.number)
    }
}

/// A sender's counter: 1, 2, 3 and so on.
#[derive(Clone, Debug, Default)]
pub struct MessageIds(u64);

impl MessageIds {
    /// Counts on after this number.
    pub fn after(number: u64) -> MessageIds {
        MessageIds(number)
    }

    /// The next id. After 2⁵³ − 1, the largest number JavaScript holds exactly, it starts again at 1.
    pub fn next_id(&mut self) -> MessageId {
        self.0 = if self.0 >= (1 << 53) - 1 { 1 } else { self.0 + 1 };
        MessageId::new(self.0).expect("the counter is at least 1")
    }
}
