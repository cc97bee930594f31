//! Where refresh tokens and keys are kept: one of each per account that is remembered on disk.

use confab_keychain::{Keychain, KeychainError};
use confab_user_agent::{Kept, Remembered};

fn account(base: &str, user: &str) -> String {
    format!("{user} at {base}")
}

/// The kept sign-ins of remembered accounts.
pub fn load(keychain: &dyn Keychain, remembered: &Remembered) -> Vec<Kept> {
    let mut kept = Vec::new();
    for known in &remembered.accounts {
        match keychain.get(&account(&known.server, &known.user)) {
            Ok(Some(refresh)) => {
                kept.push(Kept { base: known.server.clone(), user: known.user.clone(), refresh });
            }
            Ok(None) => {}
            Err(error) => tracing::info!(%error, "no kept sign-in"),
        }
    }
    kept
}

/// The text of a key, if it is kept.
pub fn key(keychain: &dyn Keychain, name: &str) -> Option<String> {
    keychain.get(&format!("key {name}")).ok().flatten()
}

/// Keeps a key.
pub fn keep_key(keychain: &dyn Keychain, name: &str, text: &str) -> Result<(), KeychainError> {
    keychain.put(&format!("key {name}"), text)
}

/// Forgets a key.
pub fn forget_key(keychain: &dyn Keychain, name: &str) -> Result<(), KeychainError> {
    keychain.forget(&format!("key {name}"))
}

/// Keeps a sign-in.
pub fn keep(keychain: &dyn Keychain, kept: &Kept) -> Result<(), KeychainError> {
    keychain.put(&account(&kept.base, &kept.user), &kept.refresh)
}

/// Forgets a sign-in.
pub fn forget(keychain: &dyn Keychain, base: &str, user: &str) -> Result<(), KeychainError> {
    keychain.forget(&account(base, user))
}
