//! The three kinds of message node and how their connections begin.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::url::Url;

/// Which message node a domain runs; it decides framing and session handling, not the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Socket.IO 1.x over Engine.IO 3 at `/socket.io/`; the node forgets everything with the connection.
    NodeJs,
    /// Plain WebSocket at `/ws`; sessions survive the connection and are resumed with a runtime token.
    Vertx,
    /// Plain WebSocket with the runtime URL in the query; no `open`.
    Matrix,
}

impl Flavour {
    /// As in configuration: `nodejs`, `vertx`, `matrix`.
    pub fn parse(text: &str) -> Option<Flavour> {
        [Flavour::NodeJs, Flavour::Vertx, Flavour::Matrix]
            .into_iter()
            .find(|flavour| flavour.as_str() == text)
    }

    /// The name in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Flavour::NodeJs => "nodejs",
            Flavour::Vertx => "vertx",
            Flavour::Matrix => "matrix",
        }
    }

    /// The text a Matrix node expects before the connection is closed for good; the others get a `close` message.
    pub fn farewell(self, runtime: &Url) -> Option<String> {
        let text = json!({"cmd": "disconnect", "body": {"runtimeURL": runtime.as_str()}}).to_string();
        (self == Flavour::Matrix).then_some(text)
    }
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
