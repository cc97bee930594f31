//! What is registered.

use serde_json::Value;

use crate::message::Body;
use crate::url::Url;

/// A hyperty or a data object in the registry.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A hyperty of a user.
    Hyperty(HypertyRecord),
    /// A data object of a reporter.
    Object(ObjectRecord),
}

/// A hyperty. All named fields but `guid` are mandatory.
#[derive(Clone, Debug, PartialEq)]
pub struct HypertyRecord {
    /// `user://idp/identifier` is best: it is found by URL and by e-mail. Some runtimes register a bare e-mail.
    pub user: String,
    /// The hyperty.
    pub url: Url,
    /// Its catalogue entry.
    pub descriptor: String,
    /// Seconds until it counts as disconnected without a keep-alive.
    pub expires: u32,
    /// What it can: `chat`, `file`, `audio`, `video` …
    pub resources: Vec<String>,
    /// Schemes of its data objects: `comm`, `connection` …
    pub data_schemes: Vec<String>,
    /// `live` or `disconnected`.
    pub status: String,
    /// Its runtime.
    pub runtime: Url,
    /// `user-guid://…`.
    pub guid: Option<String>,
    /// Other attributes, as they came.
    pub extra: Body,
}

/// A data object. All named fields but `starting_time` are mandatory.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectRecord {
    /// What it is found by, for instance a bridge number.
    pub name: String,
    /// An identifier of its schema.
    pub schema: String,
    /// The object.
    pub url: Url,
    /// The hyperty that writes it.
    pub reporter: Url,
    /// What it carries.
    pub resources: Vec<String>,
    /// Usually its own scheme.
    pub data_schemes: Vec<String>,
    /// `live` or `disconnected`.
    pub status: String,
    /// Seconds until it counts as disconnected without a keep-alive.
    pub expires: u32,
    /// The reporter's runtime.
    pub runtime: Url,
    /// When it was made (ISO 8601).
    pub starting_time: Option<String>,
    /// Other attributes, as they came.
    pub extra: Body,
}

/// Why a value cannot be registered (400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A mandatory field is missing, empty or of the wrong type.
    #[error("registry record has no valid {0}")]
    Missing(&'static str),
}

impl Record {
    /// The most entries of `resources` and of `dataSchemes`.
    pub const MAX_LIST: usize = 64;
    /// The longest text field in bytes.
    pub const MAX_TEXT: usize = 2048;

    /// The registered address.
    pub fn url(&self) -> &Url {
        match self {
            Record::Hyperty(record) => &record.url,
            Record::Object(record) => &record.url,
        }
    }

    /// Seconds until it counts as disconnected.
    pub fn expires(&self) -> u32 {
        match self {
            Record::Hyperty(record) => record.expires,
            Record::Object(record) => record.expires,
        }
    }

    /// The `value` of a registration.
    pub fn to_value(&self) -> Value {
        let mut body = self.extra().clone();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        match self {
            Record::Hyperty(record) => {
                put("user", record.user.as_str().into());
                put("descriptor", record.descriptor.as_str().into());
                if let Some(guid) = &record.guid {
                    put("guid", guid.as_str().into());
                }
                put_common(
                    &mut put,
                    &record.url,
                    &record.runtime,
                    &record.status,
                    record.expires,
                    (&record.resources, &record.data_schemes),
                );
            }
            Record::Object(record) => {
                put("name", record.name.as_str().into());
                put("schema", record.schema.as_str().into());
                put("reporter", record.reporter.as_str().into());
                if let Some(time) = &record.starting_time {
                    put("startingTime", time.as_str().into());
                }
                put_common(
                    &mut put,
                    &record.url,
                    &record.runtime,
                    &record.status,
                    record.expires,
                    (&record.resources, &record.data_schemes),
                );
            }
        }
        Value::Object(body)
    }

    /// From the `value` of a registration: with a `reporter` a data object, else a hyperty.
    pub fn parse(value: &Value) -> Result<Record, RecordError> {
        let fields = value.as_object().ok_or(RecordError::Missing("value"))?;
        let text = |key: &'static str| {
            let text = fields.get(key).and_then(Value::as_str);
            let text = text.filter(|text| !text.is_empty() && text.len() <= Record::MAX_TEXT);
            text.map(str::to_owned).ok_or(RecordError::Missing(key))
        };
        let url = |key| Url::parse(&text(key)?).map_err(|_| RecordError::Missing(key));
        let list = |key: &'static str| {
            let items =
                fields.get(key).and_then(Value::as_array).filter(|items| items.len() <= Record::MAX_LIST);
            let items = items.ok_or(RecordError::Missing(key))?;
            let short = |item: &&str| item.len() <= Record::MAX_TEXT;
            let texts = items.iter().filter_map(Value::as_str).filter(short).map(str::to_owned);
            Ok(texts.collect())
        };
        let expires = fields.get("expires").and_then(seconds).ok_or(RecordError::Missing("expires"))?;
        if fields.contains_key("reporter") {
            return Ok(Record::Object(ObjectRecord {
                name: text("name")?,
                schema: text("schema")?,
                url: url("url")?,
                reporter: url("reporter")?,
                resources: list("resources")?,
                data_schemes: list("dataSchemes")?,
                status: text("status")?,
                expires,
                runtime: url("runtime")?,
                starting_time: text("startingTime").ok(),
                extra: rest(fields),
            }));
        }
        Ok(Record::Hyperty(HypertyRecord {
            user: text("user")?,
            url: url("url")?,
            descriptor: text("descriptor")?,
            expires,
            resources: list("resources")?,
            data_schemes: list("dataSchemes")?,
            status: text("status")?,
            runtime: url("runtime")?,
            guid: text("guid").ok(),
            extra: rest(fields),
        }))
    }

    fn extra(&self) -> &Body {
        match self {
            Record::Hyperty(record) => &record.extra,
            Record::Object(record) => &record.extra,
        }
    }
}

const NAMED: [&str; 13] = [
    "user",
    "url",
    "descriptor",
    "expires",
    "resources",
    "dataSchemes",
    "status",
    "runtime",
    "guid",
    "name",
    "schema",
    "reporter",
    "startingTime",
];

fn put_common(
    put: &mut impl FnMut(&str, Value) -> Option<Value>,
    url: &Url,
    runtime: &Url,
    status: &str,
    expires: u32,
    (resources, data_schemes): (&[String], &[String]),
) {
    put("url", url.as_str().into());
    put("runtime", runtime.as_str().into());
    put("status", status.into());
    put("expires", expires.into());
    put("resources", resources.to_vec().into());
    put("dataSchemes", data_schemes.to_vec().into());
}

fn rest(fields: &Body) -> Body {
    let rest = fields.iter().filter(|(key, _)| !NAMED.contains(&key.as_str()));
    rest.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Seconds as a number or a numeric text; more than 2³² − 1 are that many.
pub(super) fn seconds(value: &Value) -> Option<u32> {
    let seconds =
        value.as_u64().or_else(|| value.as_f64().filter(|number| *number > 0.0).map(|number| number as u64));
    let seconds = seconds.or_else(|| value.as_str()?.parse().ok())?;
    Some(u32::try_from(seconds).unwrap_or(u32::MAX))
}
