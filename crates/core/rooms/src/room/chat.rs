//! What is written in a room: lines and reactions as participants post them, checked, and as the room passes them on.

use std::collections::VecDeque;

use confab_rethink::{Child, Code};
use serde_json::{Value, json};

use crate::offer::participant_number;

/// The longest text of a line, bytes.
const MAX_TEXT: usize = 16 * 1024;
/// The longest id of a child, bytes.
const MAX_ID: usize = 256;
/// The longest emoji, bytes.
const MAX_EMOJI: usize = 32;

/// Something that a participant writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: String,
    /// The only other one who may read it.
    pub(crate) to: Option<u32>,
    /// `data` as it is passed on: what the room knows, and nothing else.
    pub(crate) data: Value,
}

impl Line {
    /// From a child that was posted.
    pub(crate) fn read(child: &Child) -> Result<Line, (Code, &'static str)> {
        let malformed = |what| (Code::BAD_REQUEST, what);
        if child.id.len() > MAX_ID {
            return Err(malformed("id of the line is too long"));
        }
        let data = child.data().ok_or(malformed("line has no data"))?;
        let id_in = |key: &str| match &data[key] {
            Value::Null => Ok(None),
            Value::String(id) if !id.is_empty() && id.len() <= MAX_ID => Ok(Some(id.as_str())),
            _ => Err(malformed("id that the line names is not one")),
        };
        let to = match &data["to"] {
            Value::Null => None,
            to => Some(to.as_str().and_then(participant_number).ok_or(malformed("nobody is called so"))?),
        };
        let mut known = match data["type"].as_str() {
            Some("chat") => {
                let text = data["content"].as_str().filter(|text| !text.trim().is_empty());
                let text = text.ok_or(malformed("line has no text"))?;
                if text.len() > MAX_TEXT {
                    return Err((Code::Num(413), "line is too long"));
                }
                let mut line = json!({"type": "chat", "content": text});
                if let Some(reply) = id_in("reply")? {
                    line["reply"] = reply.into();
                }
                line
            }
            Some("reaction") => {
                let of = id_in("of")?.ok_or(malformed("reaction is to nothing"))?;
                let emoji = emoji(&data["emoji"]).ok_or(malformed("emoji is not one"))?;
                let mut reaction = json!({"type": "reaction", "of": of, "emoji": emoji});
                if data["off"] == true {
                    reaction["off"] = true.into();
                }
                reaction
            }
            _ => return Err(malformed("only chat lines and reactions are posted in a room")),
        };
        if let Some(to) = to {
            known["to"] = format!("p{to}").into();
        }
        Ok(Line { id: child.id.clone(), to, data: known })
    }
}

/// One character as people count them, which is no letter, digit or control character.
pub(crate) fn emoji(value: &Value) -> Option<&str> {
    let text = value.as_str().filter(|text| !text.is_empty() && text.len() <= MAX_EMOJI)?;
    let mut characters = 0;
    let mut joined = false;
    for char in text.chars() {
        if char.is_alphanumeric() || char.is_control() || char.is_whitespace() || char.is_ascii() {
            return None;
        }
        let joiner = char == '\u{200d}';
        let flag = matches!(char, '\u{1f1e6}'..='\u{1f1ff}');
        let mark = matches!(char, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{e0020}'..='\u{e007f}');
        if matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            return None;
        }
        if !(joiner || mark || joined) {
            // Two letters of a flag are one character.
            characters += if flag { 1 } else { 2 };
        }
        joined = joiner;
    }
    (1..=2).contains(&characters).then_some(text)
}

/// What the room has passed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chat {
    given: u64,
    known: VecDeque<Known>,
}

/// A line that was passed on, so that one that comes again is not.
#[derive(Clone, Debug)]
struct Known {
    id: String,
    user: String,
    seq: u64,
    created: String,
}

/// Whether a line is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    New {
        seq: u64,
    },
    /// Its poster did not hear that it was passed on.
    Again {
        seq: u64,
        created: String,
    },
    /// Somebody else has posted another one under this id.
    Taken,
}

impl Chat {
    /// How many lines are known again.
    const MOST: usize = 2048;

    /// What was passed on under this id is gone: another one may have it.
    pub(crate) fn forget(&mut self, id: &str) {
        self.known.retain(|known| known.id != id);
    }

    /// Gives a line its number.
    pub(crate) fn place(&mut self, id: &str, user: &str, created: &str) -> Place {
        if let Some(known) = self.known.iter().find(|known| known.id == id) {
            return match known.user == user {
                true => Place::Again { seq: known.seq, created: known.created.clone() },
                false => Place::Taken,
            };
        }
        if self.known.len() == Chat::MOST {
            self.known.pop_front();
        }
        self.given += 1;
        let (id, user, created) = (id.to_owned(), user.to_owned(), created.to_owned());
        self.known.push_back(Known { id, user, seq: self.given, created });
        Place::New { seq: self.given }
    }
}

#[cfg(test)]
mod tests {
    use confab_rethink::{Body, Url};

    use super::*;

    fn read(data: Value) -> Result<Line, u16> {
        let (zoe, room) =
            (Url::parse("hyperty://csp.test/z").unwrap(), Url::parse("comm://csp.test/o").unwrap());
        let child = Child::new("1-x#1", &zoe, &room, Body::from_iter([("data".to_owned(), data)]));
        Line::read(&child).map_err(|(code, _)| code.number().unwrap())
    }

    #[test]
    fn a_line_is_passed_on_without_what_the_room_does_not_know() {
        let line = read(
            json!({"type": "chat", "content": "hi", "by": "p9", "role": "organiser", "to": "p3", "reply": "1-y#1"}),
        );
        let line = line.unwrap();
        assert_eq!(line.to, Some(3));
        assert_eq!(line.data, json!({"type": "chat", "content": "hi", "to": "p3", "reply": "1-y#1"}));
    }

    #[test]
    fn malformed_lines_are_refused() {
        for (data, code) in [
            (json!({"type": "chat"}), 400),
            (json!({"type": "chat", "content": "  "}), 400),
            (json!({"type": "chat", "content": 5}), 400),
            (json!({"type": "chat", "content": "x".repeat(MAX_TEXT + 1)}), 413),
            (json!({"type": "chat", "content": "x", "to": "everybody"}), 400),
            (json!({"type": "chat", "content": "x", "reply": ["1"]}), 400),
            (json!({"type": "file", "content": "x"}), 400),
            (json!({"type": "reaction", "emoji": "👍"}), 400),
            (json!({"type": "reaction", "of": "1-y#1", "emoji": "boo"}), 400),
            (json!("text"), 400),
        ] {
            assert_eq!(read(data.clone()).unwrap_err(), code, "{data}");
        }
    }

    #[test]
    fn an_emoji_is_one_character() {
        for (text, good) in [
            ("👍", true),
            ("👩🏽‍💻", true),
            ("❤️", true),
            ("🇵🇹", true),
            ("👨‍👩‍👧", true),
            ("👍👍", false),
            ("a", false),
            ("é", false),
            ("", false),
            ("\u{202e}", false),
            (" ", false),
        ] {
            assert_eq!(emoji(&json!(text)).is_some(), good, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_comes_again_has_the_number_it_had() {
        let mut chat = Chat::default();
        assert_eq!(chat.place("a", "zoe", "10:00"), Place::New { seq: 1 });
        assert_eq!(chat.place("b", "zoe", "10:01"), Place::New { seq: 2 });
        assert_eq!(chat.place("a", "zoe", "10:02"), Place::Again { seq: 1, created: "10:00".into() });
        assert_eq!(chat.place("a", "eve", "10:02"), Place::Taken);
    }
}
