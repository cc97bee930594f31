//! A message to the registry as a node reads it.

use serde_json::Value;

use super::{Criteria, Query, Record, RecordError};
use crate::message::{Body, Kind, Message};
use crate::url::Url;

/// What a client wants of the registry.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Register, or register again.
    Register(Record),
    /// Stay registered.
    KeepAlive {
        /// What.
        url: Url,
    },
    /// Merge attributes, usually `status`, into a registration; it also keeps it alive.
    Update {
        /// What.
        url: Url,
        /// The attributes.
        value: Body,
    },
    /// Remove a hyperty.
    Delete {
        /// Whose, as registered; some clients leave it out.
        user: Option<String>,
        /// Which.
        url: Url,
    },
    /// Look up.
    Read {
        /// What.
        query: Query,
        /// Under which conditions.
        criteria: Criteria,
    },
}

/// Why a registry message cannot be served (400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not create, read, update or delete.
    #[error("registry does not know this message type")]
    Kind,
    /// `body.resource` is missing or no URL.
    #[error("registry message has no valid resource")]
    Resource,
    /// `body.value` is missing or has no URL.
    #[error("registry message has no valid value")]
    Value,
    /// A record with a missing field.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Request {
    /// Reads a message addressed to the registry.
    pub fn parse(message: &Message) -> Result<Request, RequestError> {
        let value = message.value();
        let resource = message.text("resource").filter(|resource| resource.len() <= Url::MAX_BYTES);
        match message.kind {
            Kind::Create => Ok(Request::Register(Record::parse(value.unwrap_or(&Value::Null))?)),
            Kind::Read => {
                let criteria = Criteria::parse(message.body.get("criteria"));
                let resource =
                    resource.filter(|resource| !resource.is_empty()).ok_or(RequestError::Resource)?;
                Ok(Request::Read { query: Query::parse(resource, &criteria), criteria })
            }
            Kind::Update => {
                let url =
                    resource.and_then(|resource| Url::parse(resource).ok()).ok_or(RequestError::Resource)?;
                match value {
                    None | Some(Value::Null) => Ok(Request::KeepAlive { url }),
                    Some(Value::Object(value)) if value.is_empty() => Ok(Request::KeepAlive { url }),
                    Some(Value::Object(value)) => Ok(Request::Update { url, value: value.clone() }),
                    Some(_) => Err(RequestError::Value),
                }
            }
            Kind::Delete => {
                let field = |key: &str| value.and_then(|value| value.get(key)).and_then(Value::as_str);
                let url = field("url").or(resource).and_then(|url| Url::parse(url).ok());
                let url = url.ok_or(RequestError::Value)?;
                Ok(Request::Delete { user: field("user").map(str::to_owned), url })
            }
            _ => Err(RequestError::Kind),
        }
    }
}
