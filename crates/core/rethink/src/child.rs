//! Children of a data object: chat lines, files and other resources that every participant may post.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::address::Address;
use crate::identity::Identity;
use crate::message::{Body, Draft, Kind, Message};
use crate::url::Url;

/// One child.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Opaque and unique within its parent.
    pub id: String,
    /// Who posted it: the sender of the message; in a history, whom the reporter names.
    pub reporter: Option<Address>,
    /// The collection in the older dialect (`/children/<collection>`).
    pub collection: Option<String>,
    /// Its attributes: `data` for chat, file metadata, and the rest.
    pub value: Body,
    /// Who posted it, as they say.
    pub identity: Option<Identity>,
}

/// The conventional child id `<epoch ms>-<guid>#<n>`.
pub fn child_id(epoch_ms: u64, guid: Uuid, n: u64) -> String {
    format!("{epoch_ms}-{guid}#{n}")
}

impl Child {
    /// The longest accepted id.
    pub const MAX_ID: usize = 2048;

    /// A child of `parent` with further attributes.
    pub fn new(id: &str, reporter: &Url, parent: &Url, value: Body) -> Child {
        let mut value = value;
        value.insert("url".into(), id.into());
        value.insert("reporter".into(), reporter.as_str().into());
        value.insert("parent".into(), parent.as_str().into());
        Child { id: id.to_owned(), reporter: Some(reporter.into()), collection: None, value, identity: None }
    }

    /// A chat line; `created` is ISO 8601.
    pub fn chat(id: &str, reporter: &Url, parent: &Url, text: &str, created: Option<&str>) -> Child {
        let mut value = Body::new();
        value.insert("data".into(), json!({"type": "chat", "content": text}));
        if let Some(created) = created {
            value.insert("created".into(), created.into());
        }
        Child::new(id, reporter, parent, value)
    }

    /// The same child with its author's identity.
    #[must_use]
    pub fn by(mut self, identity: &Identity) -> Child {
        self.identity = Some(identity.clone());
        self
    }

    /// Its `data`.
    pub fn data(&self) -> Option<&Value> {
        self.value.get("data")
    }

    /// The text of a chat line.
    pub fn chat_text(&self) -> Option<&str> {
        let data = self.data()?;
        (data["type"] == "chat").then(|| data["content"].as_str())?
    }

    /// When it was made, as its author's clock text.
    pub fn created(&self) -> Option<&str> {
        self.value.get("created").and_then(Value::as_str)
    }

    /// Whether it is only the backup heartbeat of the reference runtime.
    pub fn is_heartbeat(&self) -> bool {
        self.id == "heartbeat"
    }

    /// The message that posts it, in the newer dialect, from the author's hyperty to `<object>/children/`.
    pub fn draft(&self, from: &Url, object: &Url) -> Draft {
        Draft::new(Kind::Create, from, object.children())
            .with("resource", self.id.as_str())
            .with("mutual", false)
            .with("value", Value::Object(self.value.clone()))
            .with_some("identity", self.identity.as_ref().map(Identity::to_value))
    }

    /// From a `create` to `<object>/children/` (newer dialect), `<object>/children/<collection>` (older dialect) or to
    /// the object itself (retries of older runtimes). `None` when it has no id or no value.
    pub fn parse(message: &Message) -> Option<Child> {
        if message.kind != Kind::Create {
            return None;
        }
        let collection = message.to.as_str().split_once("/children/").map(|(_, name)| name);
        let value = match message.value()? {
            Value::Object(value) => value.clone(),
            // A heartbeat's value is a number.
            other => Body::from_iter([("data".to_owned(), other.clone())]),
        };
        let id = message.text("resource").or_else(|| value.get("url")?.as_str())?;
        let identity = message.body.get("identity").and_then(Identity::parse);
        is_id(id).then(|| Child {
            id: id.to_owned(),
            reporter: Some(message.from.clone()),
            collection: collection.filter(|name| !name.is_empty()).map(str::to_owned),
            value: value.clone(),
            identity,
        })
    }

    /// From the `childrenObjects` of a snapshot: flat, or one level deeper by collection. Sorted by creation time.
    pub fn parse_all(value: &Value) -> Vec<Child> {
        let mut children = Vec::new();
        for (key, entry) in value.as_object().into_iter().flatten() {
            let Value::Object(fields) = entry else { continue };
            let is_child = ["value", "data", "url", "reporter"].iter().any(|key| fields.contains_key(*key));
            if is_child {
                children.extend(Child::from_entry(key, None, fields));
                continue;
            }
            for (id, entry) in fields {
                children
                    .extend(entry.as_object().and_then(|fields| Child::from_entry(id, Some(key), fields)));
            }
        }
        // Keys that begin with the same number of digits of a clock sort by time; `created` is for the others.
        children.sort_by(|a, b| a.created().cmp(&b.created()));
        children
    }

    /// As flat `childrenObjects`.
    pub fn all_to_body<'a>(children: impl IntoIterator<Item = &'a Child>) -> Body {
        children.into_iter().map(|child| (child.id.clone(), child.to_entry())).collect()
    }

    fn to_entry(&self) -> Value {
        let mut entry = Body::from_iter([("value".to_owned(), Value::Object(self.value.clone()))]);
        if let Some(identity) = &self.identity {
            entry.insert("identity".into(), identity.to_value());
        }
        Value::Object(entry)
    }

    fn from_entry(id: &str, collection: Option<&str>, fields: &Body) -> Option<Child> {
        let value = match fields.get("value") {
            Some(Value::Object(value)) => value,
            _ => fields,
        };
        let reporter = value.get("reporter").and_then(Value::as_str);
        is_id(id).then(|| Child {
            id: id.to_owned(),
            reporter: reporter.and_then(|reporter| Address::parse(reporter).ok()),
            collection: collection.map(str::to_owned),
            value: value.clone(),
            identity: fields.get("identity").and_then(Identity::parse),
        })
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= Child::MAX_ID
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageIds;

    #[test]
    fn a_chat_line_is_read_back_with_its_sender() {
        let (zoe, room) =
            (Url::parse("hyperty://csp.test/z").unwrap(), Url::parse("comm://csp.test/o").unwrap());
        let id = child_id(1_900_000_000_000, Uuid::nil(), 1);
        let child =
            Child::chat(&id, &zoe, &room, "hi", Some("2031-01-01T00:00:00Z")).by(&Identity::new("zoe"));
        let message = child.draft(&zoe, &room).with_id(MessageIds::default().next_id());
        assert_eq!(message.to, room.children());
        let read = Child::parse(&message).unwrap();
        assert_eq!(read, child);
        assert_eq!(read.chat_text(), Some("hi"));
    }

    #[test]
    fn children_of_both_dialects_are_read() {
        for line in include_str!("../tests/vectors/children.jsonl").lines() {
            let vector: Value = serde_json::from_str(line).unwrap();
            let ids: Vec<Value> = match vector.get("message") {
                Some(message) => {
                    let message = Message::parse_value(message.clone()).unwrap();
                    Child::parse(&message).into_iter().map(|child| child.id.into()).collect()
                }
                None => {
                    Child::parse_all(&vector["objects"]).into_iter().map(|child| child.id.into()).collect()
                }
            };
            assert_eq!(Value::Array(ids), vector["ids"], "{line}");
        }
    }
}
