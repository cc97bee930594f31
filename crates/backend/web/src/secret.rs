//! Random secrets, and what is kept of them.

use sha2::{Digest, Sha256};

/// The SHA-256 of a token: what is kept instead of it.
pub type Fingerprint = [u8; 32];

/// The operating system has no randomness, or something else is missing that a secret is made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no secret can be made: {0}")]
pub struct SecretError(String);

impl SecretError {
    /// With what is missing.
    pub fn new(error: impl std::fmt::Display) -> SecretError {
        SecretError(error.to_string())
    }
}

/// 256 random bits of the operating system.
pub fn random() -> Result<[u8; 32], SecretError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(SecretError::new)?;
    Ok(bytes)
}

/// An opaque token of 256 bits in hexadecimal digits.
pub fn token() -> Result<String, SecretError> {
    Ok(hex(&random()?))
}

/// What is kept of a token. A token has 256 random bits, so a plain hash is enough.
pub fn fingerprint(token: &str) -> Fingerprint {
    Sha256::digest(token.as_bytes()).into()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
