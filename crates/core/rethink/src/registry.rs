//! The domain registry: what clients say to `domain://registry.<domain>` and how a node reads it.
//!
//! | file | holds |
//! |---|---|
//! | `directory` | people by a part of their name |
//! | `record` | [`Record`]: what is registered, with its mandatory fields |
//! | `instance` | [`Instance`] and [`Lookup`]: what a look-up answers |
//! | `query` | [`Query`] and [`Criteria`]: what is looked up |
//! | `request` | [`Request`]: a registry message as a node reads it |

mod directory;
mod instance;
mod query;
mod record;
mod request;

use serde_json::json;

pub use directory::{DIRECTORY, find_people, people_found};
pub use instance::{Instance, Lookup};
pub use query::{Criteria, Query};
pub use record::{HypertyRecord, ObjectRecord, Record, RecordError};
pub use request::{Request, RequestError};

use crate::message::{Draft, Kind};
use crate::url::{Domain, Url};

/// Registers a hyperty or a data object, or registers it again.
pub fn register(runtime: &Url, domain: &Domain, record: &Record) -> Draft {
    draft(Kind::Create, runtime, domain).with("value", record.to_value()).with("policy", "policy")
}

/// Keeps a registration alive; due every `expires / 2.2` seconds.
pub fn keep_alive(runtime: &Url, domain: &Domain, url: &Url) -> Draft {
    draft(Kind::Update, runtime, domain).with("resource", url.as_str())
}

/// Sets the status of a registration: `live` or `disconnected`.
pub fn set_status(runtime: &Url, domain: &Domain, url: &Url, status: &str) -> Draft {
    keep_alive(runtime, domain, url).with("value", json!({"status": status}))
}

/// Removes a hyperty. Data objects cannot be removed, only disconnected.
pub fn delete(runtime: &Url, domain: &Domain, user: &str, url: &Url) -> Draft {
    draft(Kind::Delete, runtime, domain).with("value", json!({"user": user, "url": url.as_str()}))
}

/// Looks something up. Do not repeat it automatically when the connection is lost before the answer: an old node's
/// registry connector crashes on unknown names.
pub fn read(runtime: &Url, domain: &Domain, query: &Query, criteria: &Criteria) -> Draft {
    let mut criteria = criteria.clone();
    if let Query::Reporter(reporter) = query {
        criteria.reporter = Some(reporter.clone());
    }
    Draft::new(Kind::Read, runtime.child("/discovery/"), domain.registry())
        .with("resource", query.resource())
        .with_some("criteria", criteria.to_value())
}

fn draft(kind: Kind, runtime: &Url, domain: &Domain) -> Draft {
    Draft::new(kind, runtime.child("/registry"), domain.registry())
}

#[cfg(test)]
mod tests;
