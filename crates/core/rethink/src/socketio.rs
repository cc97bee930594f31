//! Text frames of Socket.IO 1.x over Engine.IO 3 with the WebSocket transport, both sides.
//!
//! An Engine.IO packet is one digit and a payload; its message packet (`4`) holds a Socket.IO packet, again one digit
//! and a payload; its event packet (`2`) holds a JSON list `["message", argument]`. Clients write the argument as JSON
//! text, nodes as an object; both are read.

use std::time::Duration;

use serde_json::{Value, json};

use crate::message::{Message, ParseError};

/// The event name of every reTHINK message.
const EVENT: &str = "message";

/// How often a client pings when the node does not say.
const PING_INTERVAL: Duration = Duration::from_secs(25);
/// How much longer a node waits for a ping when it does not say.
const PING_TIMEOUT: Duration = Duration::from_secs(60);
/// A ping's payload is echoed; longer ones are cut.
const MAX_PAYLOAD: usize = 128;

/// One text frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The node's first frame.
    Open {
        /// The connection's name at the node.
        sid: String,
        /// How often the client must ping.
        ping_interval: Duration,
        /// How long after a missed ping the node gives up.
        ping_timeout: Duration,
    },
    /// The Engine.IO connection ends.
    Close,
    /// From the client; its payload (at most 128 bytes) is echoed.
    Ping(String),
    /// From the node.
    Pong(String),
    /// The Socket.IO session is up: messages may follow.
    Connect,
    /// The Socket.IO session is over; the node ignores what follows.
    Disconnect,
    /// A reTHINK message.
    Message(Message),
    /// A `message` event whose argument is no message. The peers of the reference node are not told.
    Malformed(ParseError),
    /// Well-formed but of no interest: upgrades, acknowledgements, other events, broken Socket.IO packets.
    Ignored,
}

/// Not an Engine.IO packet: a node closes the connection with code 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text frame is not an engine.io packet")]
pub struct BadFrame;

impl Frame {
    /// Parses one text frame of either side.
    pub fn parse(text: &str) -> Result<Frame, BadFrame> {
        let (&digit, _) = text.as_bytes().split_first().ok_or(BadFrame)?;
        if !digit.is_ascii_digit() {
            return Err(BadFrame);
        }
        let payload = &text[1..];
        match digit {
            b'0' => Ok(open_frame(payload)),
            b'1' => Ok(Frame::Close),
            b'2' => Ok(Frame::Ping(cut(payload))),
            b'3' => Ok(Frame::Pong(cut(payload))),
            b'4' => Ok(socket_packet(payload)),
            // Upgrade and noop belong to polling.
            b'5' | b'6' => Ok(Frame::Ignored),
            _ => Err(BadFrame),
        }
    }
}

/// A client's message: the argument is the message as JSON text, as every reference stub writes it.
pub fn client_message(message: &Message) -> String {
    format!("42{}", json!([EVENT, message.to_json()]))
}

/// A node's message: the argument is an object.
pub fn server_message(message: &Message) -> String {
    format!("42{}", json!([EVENT, message.to_value()]))
}

/// The node's first frame.
pub fn open(sid: &str, ping_interval: Duration, ping_timeout: Duration) -> String {
    first(sid, &[], ping_interval, ping_timeout)
}

/// The node's first packet to a client that begins by polling: it may go on by WebSocket.
pub fn open_polling(sid: &str, ping_interval: Duration, ping_timeout: Duration) -> String {
    first(sid, &["websocket"], ping_interval, ping_timeout)
}

/// The node's second frame: messages may follow.
pub fn connect() -> String {
    "40".to_owned()
}

/// Ends the Socket.IO session.
pub fn disconnect() -> String {
    "41".to_owned()
}

/// Ends the Engine.IO connection.
pub fn close() -> String {
    "1".to_owned()
}

/// A client's ping.
pub fn ping(payload: &str) -> String {
    format!("2{payload}")
}

/// A node's answer to a ping: the same payload.
pub fn pong(payload: &str) -> String {
    format!("3{payload}")
}

fn first(sid: &str, upgrades: &[&str], ping_interval: Duration, ping_timeout: Duration) -> String {
    let (interval, timeout) = (millis(ping_interval), millis(ping_timeout));
    format!(
        "0{}",
        json!({"sid": sid, "upgrades": upgrades, "pingInterval": interval, "pingTimeout": timeout})
    )
}

fn open_frame(payload: &str) -> Frame {
    let Ok(fields) = serde_json::from_str::<Value>(payload) else { return Frame::Ignored };
    let span = |key: &str, default| fields[key].as_u64().map_or(default, Duration::from_millis);
    Frame::Open {
        sid: cut(fields["sid"].as_str().unwrap_or_default()),
        ping_interval: span("pingInterval", PING_INTERVAL),
        ping_timeout: span("pingTimeout", PING_TIMEOUT),
    }
}

fn socket_packet(payload: &str) -> Frame {
    match payload.as_bytes().first() {
        Some(b'0') => Frame::Connect,
        Some(b'1') => Frame::Disconnect,
        Some(b'2') => event(&payload[1..]),
        _ => Frame::Ignored,
    }
}

fn event(payload: &str) -> Frame {
    // The text is escaped inside the frame, so the frame of the longest message is longer than the message.
    if payload.len() > 2 * Message::MAX_BYTES {
        return Frame::Malformed(ParseError::TooLong(payload.len()));
    }
    // An acknowledgement number may stand in front of the list; nobody uses it.
    let list = payload.trim_start_matches(|char: char| char.is_ascii_digit());
    let Ok(Value::Array(list)) = serde_json::from_str(list) else { return Frame::Ignored };
    let mut list = list.into_iter();
    if list.next().as_ref().and_then(Value::as_str) != Some(EVENT) {
        return Frame::Ignored;
    }
    let parsed = match list.next() {
        Some(Value::String(text)) => Message::parse(&text),
        Some(_) if payload.len() > Message::MAX_BYTES => Err(ParseError::TooLong(payload.len())),
        Some(value) => Message::parse_value(value),
        None => Err(ParseError::NotObject),
    };
    parsed.map_or_else(Frame::Malformed, Frame::Message)
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_PAYLOAD).collect()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const READ: &str = r#"{"id":1,"type":"read","from":"aa","to":"bb","body":{"value":"é\"{"}}"#;

    #[test]
    fn the_handshake_of_a_node_reads_as_open_and_connect() {
        let text = open("kd-1", Duration::from_secs(25), Duration::from_secs(60));
        let frame = Frame::Open {
            sid: "kd-1".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(60),
        };
        assert_eq!(Frame::parse(&text), Ok(frame));
        assert_eq!(Frame::parse(&connect()), Ok(Frame::Connect));
        assert_eq!(Frame::parse(&disconnect()), Ok(Frame::Disconnect));
        assert_eq!(Frame::parse(&ping("probe")), Ok(Frame::Ping("probe".into())));
        assert_eq!(Frame::parse(&pong("")), Ok(Frame::Pong("".into())));
        assert_eq!(Frame::parse(&close()), Ok(Frame::Close));
    }

    #[test]
    fn the_argument_of_an_event_is_a_text_or_an_object() {
        let message = Message::parse(READ).unwrap();
        for text in [client_message(&message), server_message(&message), format!("427[\"message\",{READ}]")] {
            assert_eq!(Frame::parse(&text), Ok(Frame::Message(message.clone())), "{text}");
        }
    }

    #[test]
    fn garbage_is_ignored_counted_or_ends_the_connection() {
        for (text, expected) in [
            ("42[\"message\",\"this is not json\"]", Ok(Frame::Malformed(ParseError::Json))),
            ("42[\"message\",\"5\"]", Ok(Frame::Malformed(ParseError::NotObject))),
            ("42[\"message\"]", Ok(Frame::Malformed(ParseError::NotObject))),
            ("42[\"foo\",\"{}\"]", Ok(Frame::Ignored)),
            ("42[broken", Ok(Frame::Ignored)),
            ("4", Ok(Frame::Ignored)),
            ("0nonsense", Ok(Frame::Ignored)),
            ("zzz", Err(BadFrame)),
            ("é", Err(BadFrame)),
            ("", Err(BadFrame)),
        ] {
            assert_eq!(Frame::parse(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[0-9]{0,3}.{0,100}") {
            let _ = Frame::parse(&text);
        }

        #[test]
        fn both_sides_read_what_the_other_writes(id in 1u64.., text in ".{0,80}") {
            let message = Message::parse(READ).unwrap().with("value", text.as_str());
            let message = Message { id: crate::MessageId::new(id).unwrap(), ..message };
            prop_assert_eq!(Frame::parse(&client_message(&message)), Ok(Frame::Message(message.clone())));
            prop_assert_eq!(Frame::parse(&server_message(&message)), Ok(Frame::Message(message)));
        }
    }
}
