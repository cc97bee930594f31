//! One change of a data object (or of one of its children): read from and written to the body of an `update`.

use serde_json::Value;

use crate::address::Address;
use crate::message::{Body, is_shallow};
use crate::path::{self, Path, PathError};

/// What happens at a path. The last three are read only: reference runtimes disagree about lists, so our writer
/// replaces them as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The value is new or replaced.
    Set(Value),
    /// The attribute goes away.
    Remove,
    /// The list element the path ends with is replaced.
    ArrayReplace(Value),
    /// These elements are inserted where the path's last key points.
    ArrayAdd(Vec<Value>),
    /// So many elements go away, from where the path's last key points.
    ArrayRemove(usize),
}

/// The body of an `update` of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Which attribute.
    pub path: Path,
    /// What happens there.
    pub change: Change,
    /// One more than the object's version before the change; some writers leave it out.
    pub version: Option<u64>,
    /// The hyperty that made the change.
    pub source: Option<Address>,
    /// When, as the writer's clock text.
    pub last_modified: Option<String>,
    /// The child that changes, when it is not the object itself.
    pub resource: Option<String>,
}

/// Why a body is no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// `attribute` is missing or unusable.
    #[error("update has no usable attribute: {0}")]
    Path(#[from] PathError),
    /// An unknown `operation` on a list, or its value has the wrong type.
    #[error("update has an unknown list operation")]
    Operation,
}

impl Update {
    /// Depth that a change may add to an object; a message cannot bring deeper ones anyway.
    const MAX_DEPTH: usize = 60;

    /// Reads the body of an `update`.
    pub fn parse(body: &Body) -> Result<Update, UpdateError> {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let path = Path::parse(text("attribute").ok_or(PathError::Empty)?)?;
        let value = body.get("value");
        if !value.is_none_or(|value| is_shallow(value, Update::MAX_DEPTH)) {
            return Err(PathError::TooDeep.into());
        }
        let change = match (text("attributeType"), text("operation"), value) {
            (Some("array"), Some("add"), Some(Value::Array(items))) => Change::ArrayAdd(items.clone()),
            (Some("array"), Some("add"), Some(item)) => Change::ArrayAdd(vec![item.clone()]),
            // Runtime-core leaves the number out; its observers then remove nothing, and so do we.
            (Some("array"), Some("remove"), count) => {
                let count = count.and_then(Value::as_u64).unwrap_or(0);
                Change::ArrayRemove(usize::try_from(count).unwrap_or(usize::MAX))
            }
            (Some("array"), None, Some(value)) => Change::ArrayReplace(value.clone()),
            (Some("array"), _, _) => return Err(UpdateError::Operation),
            (_, _, Some(value)) => Change::Set(value.clone()),
            (_, _, None) => Change::Remove,
        };
        Ok(Update {
            path,
            change,
            version: body.get("version").and_then(version),
            source: text("source").and_then(|source| Address::parse(source).ok()),
            last_modified: text("lastModified").map(str::to_owned),
            resource: text("resource").map(str::to_owned),
        })
    }

    /// As the body of an `update`.
    pub fn to_body(&self) -> Body {
        let mut body = Body::new();
        body.insert("attribute".into(), self.path.to_string().into());
        let (operation, value) = match &self.change {
            Change::Set(value) | Change::ArrayReplace(value) => (None, Some(value.clone())),
            Change::Remove => (None, None),
            Change::ArrayAdd(items) => (Some("add"), Some(Value::Array(items.clone()))),
            Change::ArrayRemove(count) => (Some("remove"), Some((*count).into())),
        };
        if !matches!(self.change, Change::Set(_) | Change::Remove) {
            body.insert("attributeType".into(), "array".into());
        }
        let mut put = |key: &str, value: Option<Value>| value.map(|value| body.insert(key.to_owned(), value));
        put("operation", operation.map(Value::from));
        put("value", value);
        put("version", self.version.map(Value::from));
        put("source", self.source.as_ref().map(|source| source.as_str().into()));
        put("lastModified", self.last_modified.as_deref().map(Value::from));
        put("resource", self.resource.as_deref().map(Value::from));
        body
    }

    /// Applies the change to an object's data. Fails without effect when the path leads nowhere; list positions past
    /// the end mean the end, as in JavaScript.
    pub fn apply(&self, data: &mut Value) -> Result<(), PathError> {
        match &self.change {
            Change::Set(value) => path::set(data, &self.path, value.clone()),
            Change::Remove => {
                path::remove(data, &self.path);
                Ok(())
            }
            Change::ArrayReplace(value) => {
                let (items, at) = self.list(data)?;
                match items.get_mut(at) {
                    Some(item) => *item = value.clone(),
                    None => items.push(value.clone()),
                }
                Ok(())
            }
            Change::ArrayAdd(new) => {
                let (items, at) = self.list(data)?;
                let at = at.min(items.len());
                items.splice(at..at, new.iter().cloned());
                Ok(())
            }
            Change::ArrayRemove(count) => {
                let (items, at) = self.list(data)?;
                let at = at.min(items.len());
                items.drain(at..at.saturating_add(*count).min(items.len()));
                Ok(())
            }
        }
    }

    fn list<'a>(&self, data: &'a mut Value) -> Result<(&'a mut Vec<Value>, usize), PathError> {
        let (last, way) = self.path.keys().split_last().expect("a path has at least one key");
        let at = last.parse().map_err(|_| PathError::NoContainer)?;
        let keys: Vec<&str> = way.iter().map(String::as_str).collect();
        let parent = Path::from_keys(&keys).map_err(|_| PathError::NoContainer)?;
        let items = path::get_mut(data, &parent).and_then(Value::as_array_mut);
        items.map(|items| (items, at)).ok_or(PathError::NoContainer)
    }
}

/// A version as a number or a numeric text.
pub(crate) fn version(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::body;

    #[test]
    fn the_five_kinds_of_change_are_read_written_and_applied() {
        for line in include_str!("../tests/vectors/changes.jsonl").lines() {
            let vector: Value = serde_json::from_str(line).unwrap();
            let update = Update::parse(&body(vector["body"].clone())).unwrap();
            assert_eq!(Update::parse(&update.to_body()), Ok(update.clone()), "{line}");
            let mut data = vector["before"].clone();
            update.apply(&mut data).unwrap();
            assert_eq!(data, vector["after"], "{line}");
        }
    }

    #[test]
    fn a_change_that_leads_nowhere_leaves_the_data_as_it_was() {
        for change in [
            json!({"attribute": "status.x", "value": 1}),
            json!({"attribute": "tags", "attributeType": "array", "operation": "add", "value": 1}),
            json!({"attribute": "none.0", "attributeType": "array", "value": 1}),
        ] {
            let before = json!({"status": "open", "tags": []});
            let mut data = before.clone();
            assert_eq!(Update::parse(&body(change)).unwrap().apply(&mut data), Err(PathError::NoContainer));
            assert_eq!(data, before);
        }
    }

    #[test]
    fn bodies_without_an_attribute_or_with_unknown_operations_are_refused() {
        assert_eq!(Update::parse(&Body::new()), Err(UpdateError::Path(PathError::Empty)));
        let odd = json!({"attribute": "t.0", "attributeType": "array", "operation": "swap", "value": 1});
        assert_eq!(Update::parse(&body(odd)), Err(UpdateError::Operation));
    }
}
