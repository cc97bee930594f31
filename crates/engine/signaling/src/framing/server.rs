//! The node's side.

use std::time::Duration;

use confab_rethink::socketio::{self, Frame};
use confab_rethink::{Flavour, Message, ParseError};

/// How often clients shall ping, and how much longer the node waits. Shorter than those of the reference node, so that
/// both sides see a dead line within half a minute.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// What a text from the client means.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerHeard {
    /// A message.
    Message(Message),
    /// A message that cannot be read: it is counted and nobody is told.
    Malformed(ParseError),
    /// Answer with this text.
    Reply(String),
    /// The client leaves.
    Bye,
    /// Not even a frame: the connection is closed with code 1000, as the reference node does.
    Garbage,
    /// Nothing of interest.
    Nothing,
}

/// The node's side of one connection.
#[derive(Clone, Debug)]
pub struct ServerFraming {
    socket_io: bool,
    sid: String,
}

impl ServerFraming {
    /// Socket.IO for [`Flavour::NodeJs`], else plain. `sid` names the connection to its client.
    pub fn new(flavour: Flavour, sid: impl Into<String>) -> ServerFraming {
        ServerFraming { socket_io: flavour == Flavour::NodeJs, sid: sid.into() }
    }

    /// What the node says first.
    pub fn greeting(&self) -> Vec<String> {
        match self.socket_io {
            true => vec![socketio::open(&self.sid, PING_INTERVAL, PING_TIMEOUT), socketio::connect()],
            false => Vec::new(),
        }
    }

    /// What the node says first to a Socket.IO client that begins by polling.
    pub fn polling_greeting(&self) -> [String; 2] {
        [socketio::open_polling(&self.sid, PING_INTERVAL, PING_TIMEOUT), socketio::connect()]
    }

    /// How often the node pings on its own by WebSocket ping; Socket.IO clients ping themselves.
    pub fn ping_interval(&self) -> Option<Duration> {
        (!self.socket_io).then_some(PING_INTERVAL)
    }

    /// How long a client may be silent. Reference clients obey the interval they are told; those that come without one
    /// answer WebSocket pings.
    pub fn patience(&self) -> Duration {
        PING_INTERVAL + PING_TIMEOUT
    }

    /// A text from the client.
    pub fn hear(&self, text: &str) -> ServerHeard {
        if !self.socket_io {
            return Message::parse(text).map_or_else(ServerHeard::Malformed, ServerHeard::Message);
        }
        match Frame::parse(text) {
            Err(_) => ServerHeard::Garbage,
            Ok(Frame::Ping(payload)) => ServerHeard::Reply(socketio::pong(&payload)),
            Ok(Frame::Message(message)) => ServerHeard::Message(message),
            Ok(Frame::Malformed(error)) => ServerHeard::Malformed(error),
            Ok(Frame::Disconnect | Frame::Close) => ServerHeard::Bye,
            Ok(Frame::Open { .. } | Frame::Connect | Frame::Pong(_) | Frame::Ignored) => ServerHeard::Nothing,
        }
    }

    /// A message as text.
    pub fn say(&self, message: &Message) -> String {
        if self.socket_io { socketio::server_message(message) } else { message.to_json() }
    }

    /// What the node says before it closes the connection.
    pub fn farewell(&self) -> Option<String> {
        self.socket_io.then(socketio::disconnect)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClientFraming, ClientHeard};
    use super::*;

    #[test]
    fn both_sides_understand_each_other_in_every_framing() {
        let text = r#"{"id":"7","type":"read","from":"runtime://d.test/r","to":"mn:/session","body":{"value":"\"é"}}"#;
        let message = Message::parse(text).unwrap();
        for flavour in [Flavour::NodeJs, Flavour::Vertx] {
            let server = ServerFraming::new(flavour, "s-1");
            let mut client = ClientFraming::new(flavour);
            let heard: Vec<ClientHeard> = server.greeting().iter().map(|text| client.hear(text)).collect();
            assert_eq!(heard.last() == Some(&ClientHeard::Up), !client.is_up_at_once());
            assert_eq!(server.hear(&client.say(&message)), ServerHeard::Message(message.clone()));
            assert_eq!(client.hear(&server.say(&message)), ClientHeard::Message(message.clone()));
            if let Some(ping) = client.ping() {
                let ServerHeard::Reply(pong) = server.hear(&ping) else { panic!("a ping is answered") };
                assert_eq!(client.hear(&pong), ClientHeard::Nothing);
            }
            if let Some(farewell) = server.farewell() {
                assert_eq!(client.hear(&farewell), ClientHeard::Bye);
            }
            assert!(client.patience() <= server.patience());
        }
    }

    #[test]
    fn garbage_ends_a_socket_io_connection_and_is_counted_on_a_plain_one() {
        let server = |flavour| ServerFraming::new(flavour, "s-1");
        assert_eq!(server(Flavour::NodeJs).hear("zzz"), ServerHeard::Garbage);
        assert_eq!(
            server(Flavour::NodeJs).hear("42[\"message\",5]"),
            ServerHeard::Malformed(ParseError::NotObject)
        );
        assert_eq!(server(Flavour::NodeJs).hear("42[broken"), ServerHeard::Nothing);
        assert_eq!(server(Flavour::Vertx).hear("zzz"), ServerHeard::Malformed(ParseError::Json));
    }

    #[test]
    fn a_node_cannot_make_a_client_ping_without_end_or_wait_for_ever() {
        let mut client = ClientFraming::new(Flavour::NodeJs);
        client.hear(r#"0{"sid":"x","pingInterval":0,"pingTimeout":99999999}"#);
        assert_eq!(client.ping_interval(), SHORTEST);
        assert_eq!(client.patience(), Duration::from_secs(20));
    }

    const SHORTEST: Duration = Duration::from_millis(100);
}
