//! SHA-256 as a value.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A SHA-256 (FIPS 180-4); as text 64 hexadecimal digits, written in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileHash(pub [u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash is not 64 hexadecimal digits")]
pub struct FileHashError;

impl FileHash {
    /// From 64 hexadecimal digits of either case.
    pub fn parse(text: &str) -> Result<FileHash, FileHashError> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(FileHashError);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or(FileHashError);
            *byte = (digit(0)? << 4 | digit(1)?) as u8;
        }
        Ok(FileHash(hash))
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileHash({self})")
    }
}

impl TryFrom<String> for FileHash {
    type Error = FileHashError;
    fn try_from(text: String) -> Result<FileHash, FileHashError> {
        FileHash::parse(&text)
    }
}

impl From<FileHash> for String {
    fn from(hash: FileHash) -> String {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_back_and_nothing_else_is_one() {
        let hash = FileHash(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(FileHash::parse(&hash.to_string()), Ok(hash));
        assert_eq!(FileHash::parse(&hash.to_string().to_uppercase()), Ok(hash));
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert_eq!(FileHash::parse(text), Err(FileHashError), "{text}");
        }
    }
}
