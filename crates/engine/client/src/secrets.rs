//! Where the refresh token is kept: one secret per account, the account being the one remembered on disk.

use confab_keychain::{Keychain, KeychainError};
use confab_user_agent::{Kept, Remembered};

fn account(base: &str, user: &str) -> String {
    format!("{user} at {base}")
}

/// The kept sign-in of the remembered account, if there is one.
pub fn load(keychain: &dyn Keychain, remembered: &Remembered) -> Option<Kept> {
    if remembered.server.is_empty() || remembered.user.is_empty() {
        return None;
    }
    match keychain.get(&account(&remembered.server, &remembered.user)) {
        Ok(refresh) => {
            let (base, user) = (remembered.server.clone(), remembered.user.clone());
            refresh.map(|refresh| Kept { base, user, refresh })
        }
        Err(error) => {
            tracing::info!(%error, "no kept sign-in");
            None
        }
    }
}

/// Keeps a sign-in.
pub fn keep(keychain: &dyn Keychain, kept: &Kept) -> Result<(), KeychainError> {
    keychain.put(&account(&kept.base, &kept.user), &kept.refresh)
}

/// Forgets a sign-in.
pub fn forget(keychain: &dyn Keychain, base: &str, user: &str) -> Result<(), KeychainError> {
    keychain.forget(&account(base, user))
}
