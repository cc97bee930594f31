//! Response codes: numbers like those of SIP and HTTP, and the texts some message nodes send instead.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The `code` of a response body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// A number; below 200 it is provisional.
    Num(u16),
    /// A text such as `"error"`, which the Node.js message node sends for every failure.
    Text(String),
}

impl Code {
    /// 100: provisional, or a child was received.
    pub const PROVISIONAL: Code = Code::Num(100);
    /// 183: progress; the value is a percentage.
    pub const PROGRESS: Code = Code::Num(183);
    /// 200.
    pub const OK: Code = Code::Num(200);
    /// 400: a field is missing or has the wrong shape.
    pub const BAD_REQUEST: Code = Code::Num(400);
    /// 401: read or execute refused by the reference reporter.
    pub const UNAUTHORISED: Code = Code::Num(401);
    /// 403: refused.
    pub const FORBIDDEN: Code = Code::Num(403);
    /// 404.
    pub const NOT_FOUND: Code = Code::Num(404);
    /// 408: no answer in time; from a registry: only disconnected entries.
    pub const TIMEOUT: Code = Code::Num(408);
    /// 486: busy.
    pub const BUSY: Code = Code::Num(486);
    /// 500.
    pub const SERVER_ERROR: Code = Code::Num(500);
    /// 501: not implemented; the answer to a mutual-authentication handshake.
    pub const NOT_IMPLEMENTED: Code = Code::Num(501);
    /// 503: made locally when the connection was lost before the answer.
    pub const UNAVAILABLE: Code = Code::Num(503);
    /// 504: the node cannot reach its registry.
    pub const GATEWAY_TIMEOUT: Code = Code::Num(504);

    /// From a body's `code`: a number, a numeric text, or any other text.
    pub fn from_value(value: &Value) -> Option<Code> {
        match value {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok().map(Code::Num),
            Value::String(text) => {
                Some(text.parse().map_or_else(|_| Code::Text(text.chars().take(64).collect()), Code::Num))
            }
            _ => None,
        }
    }

    /// The number, when it is one.
    pub fn number(&self) -> Option<u16> {
        match self {
            Code::Num(number) => Some(*number),
            Code::Text(_) => None,
        }
    }

    /// Below 200: more answers follow.
    pub fn is_provisional(&self) -> bool {
        matches!(self, Code::Num(0..200))
    }

    /// 200 to 299.
    pub fn is_ok(&self) -> bool {
        matches!(self, Code::Num(200..300))
    }

    /// 300 and above, and every text.
    pub fn is_failure(&self) -> bool {
        !self.is_provisional() && !self.is_ok()
    }

    /// 401 or 403: implementations use both for the same refusal.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Code::Num(401 | 403))
    }

    /// As it stands in JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Code::Num(number) => Value::from(*number),
            Code::Text(text) => Value::from(text.as_str()),
        }
    }
}

impl From<u16> for Code {
    fn from(number: u16) -> Code {
        Code::Num(number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Code::Num(number) => write!(f, "{number}"),
            Code::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_come_as_numbers_numeric_texts_and_words() {
        for (value, code) in [
            (json!(200), Some(Code::OK)),
            (json!("404"), Some(Code::NOT_FOUND)),
            (json!("error"), Some(Code::Text("error".into()))),
            (json!(-1), None),
            (json!(70000), None),
            (json!(null), None),
        ] {
            assert_eq!(Code::from_value(&value), code, "{value}");
        }
        assert!(Code::Text("error".into()).is_failure());
        assert!(Code::Num(183).is_provisional() && !Code::Num(183).is_failure());
    }
}
