//! What any bytes from the network go through, for fuzzing and for the short run of it in every test. It panics when a
//! promise is broken, never because of the input.

use serde_json::Value;

use crate::change::Update;
use crate::identity::Identity;
use crate::message::Message;
use crate::object::Snapshot;
use crate::path::{self, Path};
use crate::registry::{Lookup, Request};
use crate::socketio::Frame;
use crate::url::{Domain, Url};
use crate::{Child, Metadata};

/// A message, and everything that reads one.
pub fn message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Frame::parse(text);
    let Ok(message) = Message::parse(text) else { return };
    assert_eq!(Message::parse(&message.to_json()).as_ref(), Ok(&message), "what is written is read back");
    let _ = (message.code(), message.desc_text(), Child::parse(&message), Lookup::of(&message));
    let _ = (Request::parse(&message), crate::allocation::Allocation::parse(&message));
    if let Some(value) = message.value() {
        let _ = (Snapshot::parse(value), Child::parse_all(value), value.as_object().map(Metadata::parse));
    }
    if let Ok(update) = Update::parse(&message.body) {
        let mut value = serde_json::json!({"tags": [1, 2], "roster": {"p1": {"role": "participant"}}});
        let before = value.clone();
        if update.apply(&mut value).is_err() {
            assert_eq!(value, before, "a change that fails changes nothing");
        }
    }
}

/// A URL and a domain.
pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Domain::parse(text);
    let Ok(url) = Url::parse(text) else { return };
    assert_eq!(url.as_str(), text);
    assert!(!url.scheme().is_empty() && url.domain().len() >= 2);
    let _ = (url.path(), url.is_legacy(), url.last_segment(), url.routing_domain());
    assert_eq!(url.changes().strip_suffix("/changes"), Some(url));
}

/// A path, read, written and walked.
pub fn path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(path) = Path::parse(text) else { return };
    if let Ok(prefix) = path.writable_prefix() {
        assert_eq!(Path::parse(&prefix.to_string()), Ok(prefix), "what may be written is read the same");
    }
    let mut root = Value::Null;
    if path::set(&mut root, &path, Value::Bool(true)).is_ok() {
        assert_eq!(path::get(&root, &path), Some(&Value::Bool(true)));
        assert_eq!(path::remove(&mut root, &path), Some(Value::Bool(true)));
    }
}

/// Who somebody says they are.
pub fn identity(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let Some(identity) = Identity::parse(&value) else { return };
    assert!(!identity.username.is_empty());
    assert!(identity.to_value()["userProfile"]["username"].is_string());
    assert_eq!(Identity::parse(&identity.to_value()).map(|read| read.username), Some(identity.username));
}
