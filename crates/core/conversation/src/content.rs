//! Small files as text through message nodes: `read` of `<runtime>/storage/<guid>`, answered with base64.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use confab_media_model::files::SMALL_FILE;
use confab_rethink::{Draft, Kind, Message, Url};
use serde_json::{Value, json};

use crate::offer::Offer;

/// The address of a runtime's storage.
pub(crate) fn storage_of(runtime: &Url) -> Url {
    runtime.child("/storage")
}

/// Asks for the bytes behind a storage address.
pub(crate) fn ask(hyperty: &Url, content: &Url) -> Option<Draft> {
    let base = content.strip_suffix(&format!("/{}", content.last_segment()))?;
    Some(Draft::new(Kind::Read, hyperty, &base).with("resource", content.as_str()))
}

/// Which guid a `read` asks of our storage; `None` when it is no such message.
pub(crate) fn asked<'a>(message: &'a Message, storage: &Url) -> Option<&'a str> {
    let under = message.to.as_str().strip_prefix(storage.as_str())?;
    if message.kind != Kind::Read || !(under.is_empty() || under.starts_with('/')) {
        return None;
    }
    let resource = message.text("resource").and_then(|resource| resource.strip_prefix(storage.as_str()));
    Some(resource.filter(|rest| rest.len() > 1).unwrap_or(under).trim_start_matches('/'))
}

/// The answer with the bytes.
pub(crate) fn answer(request: &Message, offer: &Offer, bytes: &[u8]) -> Message {
    let mut value = Value::Object(offer.to_body());
    value["content"] = STANDARD.encode(bytes).into();
    value["encoding"] = json!("base64");
    request.ok(value)
}

/// The bytes in an answer; `None` when there are none that we can read, or too many.
pub(crate) fn bytes(message: &Message) -> Option<Arc<[u8]>> {
    let value = message.value()?;
    let text = value["content"].as_str().filter(|_| value["encoding"] == "base64")?;
    // Four characters for three bytes.
    let most = (SMALL_FILE as usize).div_ceil(3) * 4;
    let bytes = STANDARD.decode(Some(text).filter(|text| text.len() <= most)?).ok()?;
    (bytes.len() as u64 <= SMALL_FILE).then(|| Arc::from(bytes))
}
