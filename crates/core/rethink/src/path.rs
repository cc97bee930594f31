//! Attribute paths of data objects, with the reference runtime's rule for keys that are URLs.
//!
//! A path is dotted text. If it contains `scheme://`, everything from the scheme on is one key, dots and all, except
//! that the word `identity` inside it cuts it in pieces. The rule is reproduced exactly on reading; on writing, paths
//! it would read differently are widened to a prefix it reads the same (see [`Path::writable_prefix`]).

use std::fmt;

use serde_json::{Map, Value};

/// The keys from the root of an object's data to one attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<String>);

/// Why a path cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No key, or an empty one.
    #[error("path is empty or has an empty key")]
    Empty,
    /// Longer than [`Path::MAX_BYTES`] or more than [`Path::MAX_KEYS`] keys.
    #[error("path is longer than 4096 bytes or 32 keys")]
    TooLong,
    /// A value on the way is neither an object nor a list, or a list index is not a position in it.
    #[error("path leads through a value that has no such member")]
    NoContainer,
    /// The first key contains a dot or a URL that cannot be written as a path.
    #[error("path cannot be written so that others read the same")]
    Unwritable,
    /// A value nested too deep for a message.
    #[error("value is nested too deep")]
    TooDeep,
}

impl Path {
    /// The longest accepted path text.
    pub const MAX_BYTES: usize = 4096;
    /// The most keys of a path.
    pub const MAX_KEYS: usize = 32;

    /// Reads a path as the reference runtime does.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        if text.len() > Path::MAX_BYTES {
            return Err(PathError::TooLong);
        }
        Path::checked(parse_attributes(text))
    }

    /// From keys, each taken as it is.
    pub fn from_keys(keys: &[&str]) -> Result<Path, PathError> {
        if keys.iter().map(|key| key.len() + 1).sum::<usize>() > Path::MAX_BYTES {
            return Err(PathError::TooLong);
        }
        Path::checked(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    fn checked(keys: Vec<String>) -> Result<Path, PathError> {
        if keys.len() > Path::MAX_KEYS {
            return Err(PathError::TooLong);
        }
        if keys.is_empty() || keys.iter().any(String::is_empty) {
            return Err(PathError::Empty);
        }
        Ok(Path(keys))
    }

    /// The keys, at least one.
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// The longest beginning of this path that every reader splits into the same keys and that does not go below a
    /// key that is a URL. A writer replaces the whole value there.
    pub fn writable_prefix(&self) -> Result<Path, PathError> {
        let url_key = self.0.iter().position(|key| key.contains("://"));
        let longest = url_key.map_or(self.0.len(), |at| at + 1);
        let prefixes = (1..=longest).rev().map(|len| Path(self.0[..len].to_vec()));
        prefixes
            .into_iter()
            .find(|path| parse_attributes(&path.to_string()) == path.0)
            .ok_or(PathError::Unwritable)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// Splits a path text into keys exactly as the reference runtime does. Without limits; see [`Path::parse`].
pub fn parse_attributes(text: &str) -> Vec<String> {
    const CUT: &str = "identity";
    let Some(scheme) = scheme_start(text) else {
        return text.split('.').map(str::to_owned).collect();
    };
    let (before, url) = text.split_at(scheme);
    let mut keys: Vec<String> = before.split('.').map(str::to_owned).collect();
    match url.split_once(CUT) {
        None => keys.push(url.to_owned()),
        Some((head, tail)) => {
            // The reference drops the characters next to the word, dots or not.
            let mut head = head.chars();
            head.next_back();
            let mut tail = tail.chars();
            tail.next();
            keys.extend([head.as_str().to_owned(), CUT.to_owned()]);
            keys.extend(tail.as_str().split('.').map(str::to_owned));
        }
    }
    keys.retain(|key| !key.is_empty());
    keys
}

/// Where the first `scheme://` begins: a letter or digit, then letters, digits, `_` and `-`.
fn scheme_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    text.match_indices("://").find_map(|(colon, _)| {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-';
        let start = colon - bytes[..colon].iter().rev().take_while(|byte| word(byte)).count();
        (start..colon).find(|&at| bytes[at].is_ascii_alphanumeric())
    })
}

/// The value at `path`, if there is one.
pub fn get<'a>(root: &'a Value, path: &Path) -> Option<&'a Value> {
    path.0.iter().try_fold(root, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The value at `path`, for changing.
pub fn get_mut<'a>(root: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.0.iter().try_fold(root, |value, key| step(value, key))
}

/// Puts `new` at `path`. Missing objects on the way are made; a list takes an index up to its length.
pub fn set(root: &mut Value, path: &Path, new: Value) -> Result<(), PathError> {
    let (last, way) = path.0.split_last().expect("a path has at least one key");
    if root.is_null() {
        *root = Value::Object(Map::new());
    }
    let mut value = root;
    for key in way {
        if let Value::Object(map) = value {
            map.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
        }
        value = step(value, key).ok_or(PathError::NoContainer)?;
    }
    match value {
        Value::Object(map) => {
            map.insert(last.clone(), new);
        }
        Value::Array(items) => {
            let at =
                last.parse::<usize>().ok().filter(|&at| at <= items.len()).ok_or(PathError::NoContainer)?;
            if at == items.len() { items.push(new) } else { items[at] = new }
        }
        _ => return Err(PathError::NoContainer),
    }
    Ok(())
}

/// Takes the value at `path` away and returns it.
pub fn remove(root: &mut Value, path: &Path) -> Option<Value> {
    let (last, way) = path.0.split_last().expect("a path has at least one key");
    match way.iter().try_fold(root, |value, key| step(value, key))? {
        Value::Object(map) => map.remove(last),
        Value::Array(items) => {
            let at = last.parse::<usize>().ok().filter(|&at| at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

/// Roughly how many bytes a value takes as JSON.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| weight(item) + 1).sum::<usize>(),
        Value::Object(map) => 2 + map.iter().map(|(key, value)| key.len() + 4 + weight(value)).sum::<usize>(),
    }
}

fn step<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
