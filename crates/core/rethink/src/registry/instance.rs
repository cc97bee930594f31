//! What a look-up answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Record;
use super::record::seconds;
use crate::message::{Body, Message};
use crate::url::Url;

/// An entry of the registry: a hyperty (with a `user`) or a data object (with a `reporter`).
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The hyperty or object.
    pub url: Url,
    /// Whose hyperty it is, as registered.
    pub user: Option<String>,
    /// Who reports the object.
    pub reporter: Option<Url>,
    /// The object's name.
    pub name: Option<String>,
    /// What it carries or can.
    pub resources: Vec<String>,
    /// Schemes of its data objects.
    pub data_schemes: Vec<String>,
    /// `live` or `disconnected`.
    pub status: String,
    /// Its runtime.
    pub runtime: Option<Url>,
    /// Seconds it lives without a keep-alive; 0 when not told.
    pub expires: u32,
    /// When it was last registered or kept alive (ISO 8601).
    pub last_modified: Option<String>,
    /// The other attributes: descriptor, schema, startingTime, guid …
    pub extra: Body,
}

/// The outcome of a look-up.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// At least one entry.
    Found(BTreeMap<Url, Instance>),
    /// Entries, but all of them are offline; empty when the node did not say which.
    AllDisconnected(BTreeMap<Url, Instance>),
    /// Nobody of that name. Worth remembering: a repeated look-up can crash old nodes.
    NotFound,
    /// No answer in time, or the node cannot reach its registry.
    Unreachable,
    /// An answer that makes no sense.
    Invalid,
}

impl Instance {
    /// The entry of a record.
    pub fn of(record: &Record, last_modified: Option<String>) -> Instance {
        let Value::Object(mut fields) = record.to_value() else { unreachable!("a record is an object") };
        if let Some(user) = fields.remove("user") {
            fields.insert("userID".into(), user);
        }
        let mut instance = Instance::from_fields(record.url().clone(), fields);
        instance.last_modified = last_modified;
        instance
    }

    /// From one entry; `url` is the key it stood under.
    pub fn parse(url: Option<&str>, value: &Value) -> Option<Instance> {
        let fields = value.as_object()?;
        let named = fields.get("hypertyID").or_else(|| fields.get("url")).and_then(Value::as_str);
        Some(Instance::from_fields(Url::parse(named.or(url)?).ok()?, fields.clone()))
    }

    /// As an entry: hyperties say `hypertyID` and `userID`, objects `url`.
    pub fn to_value(&self) -> Value {
        let mut fields = self.extra.clone();
        let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        put("resources", self.resources.clone().into());
        put("dataSchemes", self.data_schemes.clone().into());
        put("status", self.status.as_str().into());
        put("expires", self.expires.into());
        put(if self.user.is_some() { "hypertyID" } else { "url" }, self.url.as_str().into());
        let optional = [
            ("userID", self.user.as_deref()),
            ("reporter", self.reporter.as_ref().map(Url::as_str)),
            ("name", self.name.as_deref()),
            ("runtime", self.runtime.as_ref().map(Url::as_str)),
            ("lastModified", self.last_modified.as_deref()),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                put(key, value.into());
            }
        }
        Value::Object(fields)
    }

    /// Whether it can be reached.
    pub fn is_live(&self) -> bool {
        self.status == "live"
    }

    fn from_fields(url: Url, mut fields: Body) -> Instance {
        let list = |value: Option<Value>| match value {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let address = |value: Option<Value>| value.and_then(|value| Url::parse(value.as_str()?).ok());
        fields.remove("hypertyID");
        fields.remove("url");
        Instance {
            url,
            user: text(fields.remove("userID")),
            reporter: address(fields.remove("reporter")),
            name: text(fields.remove("name")),
            resources: list(fields.remove("resources")),
            data_schemes: list(fields.remove("dataSchemes")),
            status: text(fields.remove("status")).unwrap_or_else(|| "live".to_owned()),
            runtime: address(fields.remove("runtime")),
            expires: fields.remove("expires").as_ref().and_then(seconds).unwrap_or(0),
            last_modified: text(fields.remove("lastModified")),
            extra: fields,
        }
    }
}

impl Lookup {
    /// From the answer, a synthetic one included.
    pub fn of(message: &Message) -> Lookup {
        let found = message.value().filter(|value| !value.is_null()).map(entries);
        match (message.code().and_then(|code| code.number()), found) {
            (Some(200..300), None) => Lookup::Invalid,
            (Some(200..300), Some(found)) if found.is_empty() => match message.value() {
                Some(Value::Object(map)) if map.is_empty() => Lookup::NotFound,
                _ => Lookup::Invalid,
            },
            (Some(200..300), Some(found)) => Lookup::Found(found),
            (Some(404), _) => Lookup::NotFound,
            // The Vert.x node turns 408 into 500 and keeps the value; a 408 without one is a time-out.
            (Some(408 | 500), Some(found)) => Lookup::AllDisconnected(found),
            (Some(408 | 503 | 504), None) => Lookup::Unreachable,
            (Some(503 | 504), Some(_)) => Lookup::Unreachable,
            _ => Lookup::Invalid,
        }
    }

    /// The live entries.
    pub fn live(&self) -> impl Iterator<Item = &Instance> {
        let found = match self {
            Lookup::Found(found) => Some(found),
            _ => None,
        };
        found.into_iter().flat_map(BTreeMap::values).filter(|instance| instance.is_live())
    }
}

/// One entry, or a map of entries by URL.
fn entries(value: &Value) -> BTreeMap<Url, Instance> {
    let one = ["hypertyID", "status", "descriptor"].iter().any(|key| value.get(key).is_some());
    if one {
        return Instance::parse(None, value).into_iter().map(|entry| (entry.url.clone(), entry)).collect();
    }
    let entries = value.as_object().into_iter().flatten();
    entries
        .filter_map(|(url, entry)| Instance::parse(Some(url), entry))
        .map(|entry| (entry.url.clone(), entry))
        .collect()
}
