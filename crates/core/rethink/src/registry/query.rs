//! What is looked up.

use serde_json::{Value, json};

use crate::message::Body;
use crate::url::Url;

/// The subject of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The hyperties of a user.
    User(Url),
    /// The hyperties of whoever has this identifier (an e-mail) at an identity provider.
    Identifier(String),
    /// The hyperties of a `user-guid://…`.
    Guid(String),
    /// One hyperty.
    Hyperty(Url),
    /// One data object. Old nodes look up `comm://…` only.
    Object(Url),
    /// The data objects of a name.
    Name(String),
    /// The data objects a hyperty reports.
    Reporter(Url),
}

/// Conditions that all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// All of these resources.
    pub resources: Vec<String>,
    /// All of these data schemes.
    pub data_schemes: Vec<String>,
    /// Reported by this hyperty.
    pub reporter: Option<Url>,
}

const BY_IDENTIFIER: &str = "/hyperty/idp-identifier/";

impl Query {
    /// The `resource` of the look-up.
    pub fn resource(&self) -> String {
        match self {
            Query::User(url) | Query::Hyperty(url) | Query::Object(url) => url.to_string(),
            Query::Identifier(identifier) => format!("{BY_IDENTIFIER}{identifier}"),
            Query::Guid(text) | Query::Name(text) => text.clone(),
            Query::Reporter(_) => "/comm".to_owned(),
        }
    }

    /// From the `resource` of a look-up. Texts that are none of the known forms are names.
    pub fn parse(resource: &str, criteria: &Criteria) -> Query {
        if let Some(identifier) = resource.strip_prefix(BY_IDENTIFIER) {
            return Query::Identifier(identifier.to_owned());
        }
        if resource.starts_with("user-guid://") {
            return Query::Guid(resource.to_owned());
        }
        if let (true, Some(reporter)) = (resource.starts_with('/'), &criteria.reporter) {
            return Query::Reporter(reporter.clone());
        }
        match Url::parse(resource) {
            Ok(url) if url.scheme() == "user" => Query::User(url),
            Ok(url) if url.scheme() == "hyperty" => Query::Hyperty(url),
            Ok(url) if !url.is_legacy() => Query::Object(url),
            _ => Query::Name(resource.to_owned()),
        }
    }
}

impl Criteria {
    /// From the `criteria` of a look-up.
    pub fn parse(value: Option<&Value>) -> Criteria {
        let list = |key: &str| {
            let items = value.and_then(|value| value.get(key)).and_then(Value::as_array);
            let items = items.map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).take(64).collect()
        };
        let reporter = value.and_then(|value| value.get("reporter")?.as_str());
        Criteria {
            resources: list("resources"),
            data_schemes: list("dataSchemes"),
            reporter: reporter.and_then(|reporter| Url::parse(reporter).ok()),
        }
    }

    /// As the `criteria` of a look-up; `None` when there is no condition.
    pub fn to_value(&self) -> Option<Value> {
        let mut fields = Body::new();
        if !self.resources.is_empty() {
            fields.insert("resources".into(), json!(self.resources));
        }
        if !self.data_schemes.is_empty() {
            fields.insert("dataSchemes".into(), json!(self.data_schemes));
        }
        if let Some(reporter) = &self.reporter {
            fields.insert("reporter".into(), reporter.as_str().into());
        }
        (!fields.is_empty()).then_some(Value::Object(fields))
    }

    /// Whether an entry with these resources and schemes fits.
    pub fn fits(&self, resources: &[String], data_schemes: &[String]) -> bool {
        self.resources.iter().all(|wanted| resources.contains(wanted))
            && self.data_schemes.iter().all(|wanted| data_schemes.contains(wanted))
    }
}
