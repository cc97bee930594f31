//! An offered file as a child: the metadata of a HypertyResource, with the hash and the size of hashed pieces besides.

use confab_media_model::files::{PIECE, safe_name};
use confab_media_model::{FileHash, FileId};
use confab_rethink::{Body, Child, Url};
use serde_json::{Value, json};

use crate::text::clean_word;

/// What a child says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Safe to show.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) mime: String,
    /// Milliseconds since 1970.
    pub(crate) modified: Option<u64>,
    /// Of the whole, and in pieces as ours: it can be fetched over a channel.
    pub(crate) hash: Option<FileHash>,
    /// `<runtime>/storage/<guid>`.
    pub(crate) storage: Option<Url>,
    /// Its name in the store of a room.
    pub(crate) stored: Option<FileId>,
}

impl Offer {
    /// Reads the metadata where any dialect puts it: in the value itself, its `metadata` or its `data`.
    pub(crate) fn parse(child: &Child) -> Option<Offer> {
        let fields = [Some(&child.value), object(child, "metadata"), object(child, "data")];
        let is_file = |fields: &&Body| fields.get("resourceType").is_some_and(|kind| kind == "file");
        let fields = fields.into_iter().flatten().find(is_file)?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let pieces = fields.get("pieces").and_then(Value::as_u64);
        let hash = text("sha256").and_then(|hash| FileHash::parse(hash).ok());
        Some(Offer {
            name: safe_name(text("name").unwrap_or_default()),
            size: fields.get("size").and_then(Value::as_u64)?,
            mime: clean_word(text("mimetype").unwrap_or_default()),
            modified: fields.get("lastModified").and_then(Value::as_u64),
            hash: hash.filter(|_| pieces.is_none_or(|pieces| pieces == PIECE as u64)),
            storage: storage(fields.get("contentURL")),
            stored: stored(fields.get("contentURL")),
        })
    }

    /// As the attributes of a child.
    pub(crate) fn to_body(&self) -> Body {
        let content: Vec<&str> = self.storage.iter().map(Url::as_str).collect();
        let mut body = Body::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("resourceType", "file".into());
        put("name", self.name.as_str().into());
        put("size", self.size.into());
        put("mimetype", self.mime.as_str().into());
        put("contentURL", json!(content));
        put("pieces", PIECE.into());
        if let Some(modified) = self.modified {
            put("lastModified", modified.into());
        }
        if let Some(hash) = self.hash {
            put("sha256", hash.to_string().into());
        }
        body
    }

    /// Under which name its bytes are asked for.
    pub(crate) fn id(&self) -> Option<FileId> {
        let storage = self.storage.as_ref().and_then(|storage| FileId::parse(storage.last_segment()).ok());
        self.stored.clone().or(storage)
    }
}

fn object<'a>(child: &'a Child, key: &str) -> Option<&'a Body> {
    child.value.get(key).and_then(Value::as_object)
}

/// The first address that is a runtime's storage: nobody makes us ask anything else of anybody.
fn storage(value: Option<&Value>) -> Option<Url> {
    let list = match value? {
        Value::Array(items) => items.iter().take(8).collect(),
        one => vec![one],
    };
    let urls = list.into_iter().filter_map(|item| Url::parse(item.as_str()?).ok());
    urls.into_iter().find(|url| {
        let (base, last) = url.path().rsplit_once('/').unwrap_or_default();
        matches!(url.scheme(), "runtime" | "hyperty-runtime")
            && base.ends_with("/storage")
            && !last.is_empty()
    })
}

/// The name of a file in the store of a room: the end of a web address. Where the store is says the room, not the file.
fn stored(value: Option<&Value>) -> Option<FileId> {
    let first = match value? {
        Value::Array(items) => items.first()?.as_str()?,
        one => one.as_str()?,
    };
    let web = ["https://", "http://"].iter().any(|scheme| first.starts_with(scheme));
    FileId::parse(first.rsplit('/').next()?).ok().filter(|_| web)
}

/// What a file of this name usually is, for those who only look at the kind.
pub(crate) fn mime_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "txt" | "log" | "md" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(value: Value) -> Child {
        let room = Url::parse("comm://a.test/o").unwrap();
        Child::new("1-a#1", &room, &room, confab_rethink::message::body(value))
    }

    #[test]
    fn an_offer_is_read_back_from_every_dialect() {
        let offer = Offer {
            name: "a.pdf".into(),
            size: 5,
            mime: "application/pdf".into(),
            modified: Some(1_900_000_000_000),
            hash: Some(FileHash([3; 32])),
            storage: Url::parse("runtime://a.test/r/storage/g-1").ok(),
            stored: None,
        };
        let body = Value::Object(offer.to_body());
        for value in [body.clone(), json!({"metadata": body}), json!({"data": body})] {
            assert_eq!(Offer::parse(&child(value)), Some(offer.clone()));
        }
        assert_eq!(offer.id(), FileId::parse("g-1").ok());
    }

    #[test]
    fn hostile_offers_lose_what_is_wrong_with_them() {
        let offer = Offer::parse(&child(json!({"resourceType": "file", "name": "../../x\u{202e}", "size": 1,
            "mimetype": "a\u{0}b", "sha256": "zz", "contentURL": ["domain://registry.a.test", "comm://a.test/o",
            "runtime://a.test/r/sm", "runtime://a.test/r/storage/"]})))
        .unwrap();
        assert_eq!((offer.name.as_str(), offer.mime.as_str()), ("x", "ab"));
        assert_eq!((offer.hash, offer.storage), (None, None));
        for value in [json!({"resourceType": "file"}), json!({"resourceType": "file", "size": -1}), json!({})]
        {
            assert_eq!(Offer::parse(&child(value)), None);
        }
    }
}
