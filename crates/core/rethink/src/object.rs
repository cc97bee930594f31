//! What a data object says about itself, and its whole state at one version.

use serde_json::{Map, Value};

use crate::change::version;
use crate::child::Child;
use crate::message::Body;
use crate::url::Url;

/// The metadata every data object has, whatever its schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// The object.
    pub url: Url,
    /// The hyperty that writes it.
    pub reporter: Url,
    /// The runtime of the reporter; some implementations leave it out.
    pub runtime: Option<Url>,
    /// An identifier such as `hyperty-catalogue://…/dataschema/Communication`; never downloaded.
    pub schema: String,
    /// What people or registries find it by.
    pub name: String,
    /// `live` or `disconnected`.
    pub status: String,
    /// What it carries: `chat`, `file`, `audio`, `video` …
    pub resources: Vec<String>,
    /// Names of child collections.
    pub childrens: Vec<String>,
    /// When it was made (ISO 8601).
    pub created: Option<String>,
    /// When it last changed (ISO 8601).
    pub last_modified: Option<String>,
    /// Every other attribute, as it came.
    pub extra: Body,
}

/// Attributes of a snapshot that are not metadata, or are written by [`Metadata::to_body`] itself.
const OWN: [&str; 15] = [
    "url",
    "reporter",
    "runtime",
    "schema",
    "name",
    "status",
    "resources",
    "childrens",
    "created",
    "lastModified",
    "version",
    "data",
    "metadata",
    "childrenObjects",
    "responses",
];

impl Metadata {
    /// A live object without resources; `mutual`, `p2p`, `store` and `resume` are off.
    pub fn new(url: Url, reporter: Url, runtime: Url, schema: &str, name: &str) -> Metadata {
        let off = ["mutual", "p2p", "store", "resume"];
        Metadata {
            url,
            reporter,
            runtime: Some(runtime),
            schema: schema.to_owned(),
            name: name.to_owned(),
            status: "live".to_owned(),
            resources: Vec::new(),
            childrens: vec!["resources".to_owned()],
            created: None,
            last_modified: None,
            extra: off.into_iter().map(|key| (key.to_owned(), Value::Bool(false))).collect(),
        }
    }

    /// From the value of an invitation or a snapshot; `None` without a URL or a reporter.
    pub fn parse(body: &Body) -> Option<Metadata> {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let list = |key: &str| match body.get(key) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(item)) => vec![item.clone()],
            _ => Vec::new(),
        };
        // The older dialect says `children: "resources"`.
        let childrens: Vec<String> = list("childrens");
        Some(Metadata {
            url: Url::parse(text("url")?).ok()?,
            reporter: Url::parse(text("reporter")?).ok()?,
            runtime: text("runtime").and_then(|runtime| Url::parse(runtime).ok()),
            schema: text("schema").unwrap_or_default().to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
            status: text("status").unwrap_or("live").to_owned(),
            resources: list("resources"),
            childrens: if childrens.is_empty() { list("children") } else { childrens },
            created: text("created").map(str::to_owned),
            last_modified: text("lastModified").map(str::to_owned),
            extra: body.iter().filter(|(key, _)| !OWN.contains(&key.as_str())).map(clone_entry).collect(),
        })
    }

    /// As attributes.
    pub fn to_body(&self) -> Body {
        let mut body = self.extra.clone();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("url", self.url.as_str().into());
        put("reporter", self.reporter.as_str().into());
        put("schema", self.schema.as_str().into());
        put("name", self.name.as_str().into());
        put("status", self.status.as_str().into());
        put("resources", self.resources.clone().into());
        put("childrens", self.childrens.clone().into());
        let optional = [("created", &self.created), ("lastModified", &self.last_modified)];
        for (key, value) in optional {
            if let Some(value) = value {
                put(key, value.as_str().into());
            }
        }
        if let Some(runtime) = &self.runtime {
            put("runtime", runtime.as_str().into());
        }
        body
    }
}

/// The whole state of an object at one version: the answer to a subscribe or a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Its metadata.
    pub metadata: Metadata,
    /// Its data.
    pub data: Value,
    /// How many changes it has had.
    pub version: u64,
    /// Its children, oldest first as far as their order is known.
    pub children: Vec<Child>,
}

impl Snapshot {
    /// From the `value` of a response to a subscribe (metadata beside the data) or to a read (metadata inside).
    pub fn parse(value: &Value) -> Option<Snapshot> {
        let body = value.as_object()?;
        let metadata = match body.get("metadata") {
            Some(Value::Object(inside)) => Metadata::parse(inside)?,
            _ => Metadata::parse(body)?,
        };
        let inside = value.get("metadata").and_then(|inside| inside.get("version"));
        Some(Snapshot {
            metadata,
            data: body.get("data").cloned().unwrap_or_else(|| Value::Object(Map::new())),
            version: body.get("version").or(inside).and_then(version).unwrap_or(0),
            children: body.get("childrenObjects").map(Child::parse_all).unwrap_or_default(),
        })
    }

    /// As the value of a response to a subscribe.
    pub fn to_subscribe_value(&self) -> Value {
        let mut body = self.metadata.to_body();
        self.put_state(&mut body);
        Value::Object(body)
    }

    /// As the value of a response to a read.
    pub fn to_read_value(&self) -> Value {
        let mut body = Body::new();
        body.insert("metadata".into(), Value::Object(self.metadata.to_body()));
        self.put_state(&mut body);
        Value::Object(body)
    }

    fn put_state(&self, body: &mut Body) {
        body.insert("data".into(), self.data.clone());
        body.insert("version".into(), self.version.into());
        if !self.children.is_empty() {
            body.insert("childrenObjects".into(), Value::Object(Child::all_to_body(&self.children)));
        }
    }
}

fn clone_entry((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn snapshot() -> Snapshot {
        let url = Url::parse("comm://csp.test/o1").unwrap();
        let reporter = Url::parse("hyperty://csp.test/zoe").unwrap();
        let mut metadata = Metadata::new(url.clone(), reporter.clone(), reporter.clone(), "schema", "weekly");
        metadata.created = Some("2031-02-03T04:05:06Z".into());
        metadata.extra.insert("description".into(), "every week".into());
        let children = vec![Child::chat("1-g#1", &reporter, &url, "hello", None)];
        Snapshot { metadata, data: json!({"status": "open"}), version: 4, children }
    }

    #[test]
    fn both_forms_of_a_snapshot_are_read_back() {
        let snapshot = snapshot();
        assert_eq!(Snapshot::parse(&snapshot.to_subscribe_value()), Some(snapshot.clone()));
        assert_eq!(Snapshot::parse(&snapshot.to_read_value()), Some(snapshot));
    }

    #[test]
    fn what_other_implementations_leave_out_gets_a_default() {
        let bare =
            json!({"url": "comm://csp.test/o1", "reporter": "hyperty://csp.test/z", "children": "resources"});
        let snapshot = Snapshot::parse(&bare).unwrap();
        assert_eq!((snapshot.version, snapshot.metadata.status.as_str()), (0, "live"));
        assert_eq!(snapshot.metadata.childrens, ["resources"]);
        assert_eq!(snapshot.data, json!({}));
        assert_eq!(Snapshot::parse(&json!({"url": "comm://csp.test/o1"})), None);
        assert_eq!(Snapshot::parse(&json!("text")), None);
    }
}
