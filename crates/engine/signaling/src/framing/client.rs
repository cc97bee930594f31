//! The client's side.

use std::time::Duration;

use confab_rethink::socketio::{self, Frame};
use confab_rethink::{Flavour, Message, ParseError, Url};

/// How often a plain WebSocket is pinged.
const PLAIN_PING: Duration = Duration::from_secs(10);
/// The longest a client waits for a sign of life after a ping. Nodes allow more, but a person waits for it.
const LONGEST_PATIENCE: Duration = Duration::from_secs(20);
/// Nobody is pinged more often than this, whatever the node wishes.
const SHORTEST_PING: Duration = Duration::from_millis(100);

/// What a text from the node means.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientHeard {
    /// Messages may flow.
    Up,
    /// A message.
    Message(Message),
    /// A message that cannot be read.
    Malformed(ParseError),
    /// The node ends the session.
    Bye,
    /// Not even a frame.
    Garbage,
    /// Nothing of interest.
    Nothing,
}

/// The client's side of one connection.
#[derive(Clone, Debug)]
pub struct ClientFraming {
    flavour: Flavour,
    ping_interval: Duration,
    patience: Duration,
}

impl ClientFraming {
    /// Of a connection that was just made.
    pub fn new(flavour: Flavour) -> ClientFraming {
        ClientFraming { flavour, ping_interval: PLAIN_PING, patience: LONGEST_PATIENCE }
    }

    /// Whether messages may flow before the node has said anything.
    pub fn is_up_at_once(&self) -> bool {
        self.flavour != Flavour::NodeJs
    }

    /// How often to ping: with [`ping`](Self::ping), or with a WebSocket ping when that is `None`.
    pub fn ping_interval(&self) -> Duration {
        self.ping_interval
    }

    /// How long after a ping the node counts as lost when nothing at all was heard.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// A ping as text, where the framing has one.
    pub fn ping(&self) -> Option<String> {
        (self.flavour == Flavour::NodeJs).then(|| socketio::ping(""))
    }

    /// A text from the node.
    pub fn hear(&mut self, text: &str) -> ClientHeard {
        if self.flavour != Flavour::NodeJs {
            return Message::parse(text).map_or_else(ClientHeard::Malformed, ClientHeard::Message);
        }
        match Frame::parse(text) {
            Err(_) => ClientHeard::Garbage,
            Ok(Frame::Open { ping_interval, ping_timeout, .. }) => {
                self.ping_interval = ping_interval.clamp(SHORTEST_PING, Duration::from_secs(60));
                self.patience = ping_timeout.clamp(SHORTEST_PING, LONGEST_PATIENCE);
                ClientHeard::Nothing
            }
            Ok(Frame::Connect) => ClientHeard::Up,
            Ok(Frame::Message(message)) => ClientHeard::Message(message),
            Ok(Frame::Malformed(error)) => ClientHeard::Malformed(error),
            Ok(Frame::Disconnect | Frame::Close) => ClientHeard::Bye,
            Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Ignored) => ClientHeard::Nothing,
        }
    }

    /// A message as text.
    pub fn say(&self, message: &Message) -> String {
        match self.flavour {
            Flavour::NodeJs => socketio::client_message(message),
            Flavour::Vertx | Flavour::Matrix => message.to_json(),
        }
    }

    /// What to say before leaving for good.
    pub fn farewell(&self, runtime: Option<&Url>) -> Option<String> {
        match self.flavour {
            Flavour::NodeJs => Some(socketio::disconnect()),
            Flavour::Vertx | Flavour::Matrix => self.flavour.farewell(runtime?),
        }
    }
}
