//! Secrets in the store of the operating system: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! It never writes a secret to a file and never logs one. Calls may block for as long as the system asks the user to unlock
//! the store: call them away from the user interface.
//!
//! | item | is |
//! |---|---|
//! | [`Keychain`] | the trait |
//! | [`SystemKeychain`] | the operating system's store |
//! | [`MemoryKeychain`] | forgets at the end of the process: for bots, tests, and machines without a store |

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The name our secrets are filed under.
const SERVICE: &str = "org.confab.desktop";

/// Why a secret was not kept or found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no store on this machine, or it is locked and nobody unlocked it.
    #[error("no secret store: {0}")]
    Unavailable(String),
}

/// Keeps one secret per account.
pub trait Keychain: Send + Sync {
    /// Keeps a secret, replacing an older one.
    fn put(&self, account: &str, secret: &str) -> Result<(), KeychainError>;
    /// The secret of an account, if there is one.
    fn get(&self, account: &str) -> Result<Option<String>, KeychainError>;
    /// Forgets it; forgetting what is not there succeeds.
    fn forget(&self, account: &str) -> Result<(), KeychainError>;
}

/// The operating system's store.
#[derive(Debug, Default)]
pub struct SystemKeychain;

impl SystemKeychain {
    fn entry(account: &str) -> Result<keyring::Entry, KeychainError> {
        keyring::Entry::new(SERVICE, account).map_err(|error| {
            let cause = keyring::Entry::store_status().as_ref().err().map(ToString::to_string);
            KeychainError::Unavailable(cause.unwrap_or_else(|| error.to_string()))
        })
    }
}

impl Keychain for SystemKeychain {
    fn put(&self, account: &str, secret: &str) -> Result<(), KeychainError> {
        Self::entry(account)?.set_password(secret).map_err(unavailable)
    }

    fn get(&self, account: &str) -> Result<Option<String>, KeychainError> {
        match Self::entry(account)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn forget(&self, account: &str) -> Result<(), KeychainError> {
        match Self::entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn unavailable(error: keyring::Error) -> KeychainError {
    KeychainError::Unavailable(error.to_string())
}

/// Forgets everything at the end of the process.
#[derive(Debug, Default)]
pub struct MemoryKeychain(Mutex<BTreeMap<String, String>>);

impl Keychain for MemoryKeychain {
    fn put(&self, account: &str, secret: &str) -> Result<(), KeychainError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(account.to_owned(), secret.to_owned());
        Ok(())
    }

    fn get(&self, account: &str) -> Result<Option<String>, KeychainError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned())
    }

    fn forget(&self, account: &str) -> Result<(), KeychainError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_gone_and_forgetting_twice_is_no_error() {
        let keychain = MemoryKeychain::default();
        keychain.put("alice", "s3cret").expect("memory keeps it");
        assert_eq!(keychain.get("alice"), Ok(Some("s3cret".to_owned())));
        keychain.forget("alice").expect("it can be forgotten");
        keychain.forget("alice").expect("twice");
        assert_eq!(keychain.get("alice"), Ok(None));
    }
}
