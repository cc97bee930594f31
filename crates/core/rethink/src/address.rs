//! What stands in `from` and `to`: usually a URL, but message nodes also use names like `mn:/session` or `PEP`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::url::Url;

/// A non-empty address of at most [`Address::MAX_BYTES`] bytes without control characters. Compared as exact text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// The text is empty, longer than 4096 bytes or has control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("address is empty, too long or has control characters")]
pub struct AddressError;

impl Address {
    /// The longest accepted address: a URL with room for sub-addresses.
    pub const MAX_BYTES: usize = 4096;

    /// Checks the length and characters.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        if text.is_empty() || text.len() > Address::MAX_BYTES || text.chars().any(char::is_control) {
            return Err(AddressError);
        }
        Ok(Address(text.to_owned()))
    }

    /// `mn:/session`: the message node's session manager.
    pub fn session() -> Address {
        Address("mn:/session".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL, when it is one.
    pub fn url(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Url> for Address {
    fn from(url: Url) -> Address {
        Address(url.into())
    }
}

impl From<&Url> for Address {
    fn from(url: &Url) -> Address {
        Address(url.as_str().to_owned())
    }
}

impl From<&Address> for Address {
    fn from(address: &Address) -> Address {
        address.clone()
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        Address::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.0
    }
}

impl PartialEq<Url> for Address {
    fn eq(&self, other: &Url) -> bool {
        self.0 == other.as_str()
    }
}

impl PartialEq<Address> for Url {
    fn eq(&self, other: &Address) -> bool {
        self.as_str() == other.0
    }
}

impl PartialEq<str> for Address {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Address {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
