//! Keys of our accounts, and what the assertions of others are worth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_identity::{Issuers, Verifier, Wallet};
use confab_keychain::Keychain;
use confab_line::{Ask, Statement, Told};
use confab_user_agent::Credentials;

use crate::secrets;

/// Wallets by the name of their key, and one verifier for the whole process.
pub struct Identities {
    keychain: Arc<dyn Keychain>,
    wallets: Mutex<BTreeMap<String, Wallet>>,
    issuers: Arc<Issuers>,
    verifier: Verifier,
}

impl Identities {
    /// Keys are kept in the system's store. A machine without one makes new ones at every start.
    pub fn new(keychain: Arc<dyn Keychain>) -> Identities {
        let issuers = Arc::new(Issuers::default());
        let verifier = Verifier::new(issuers.clone());
        Identities { keychain, wallets: Mutex::default(), issuers, verifier }
    }

    /// The thumbprint of a key, which an ID token is bound to. The key is made when there is none; `None` when that is not
    /// possible. May block on the system's store.
    pub fn nonce(&self, key: &str) -> Option<String> {
        let mut wallets = self.wallets();
        if !wallets.contains_key(key) {
            wallets.insert(key.to_owned(), self.load(key)?);
        }
        wallets.get(key).map(Wallet::nonce)
    }

    fn load(&self, key: &str) -> Option<Wallet> {
        if let Some(wallet) =
            secrets::key(self.keychain.as_ref(), key).and_then(|text| Wallet::from_text(&text).ok())
        {
            return Some(wallet);
        }
        let wallet =
            Wallet::generate().map_err(|error| tracing::warn!(%error, "no key could be made")).ok()?;
        if let Err(error) = secrets::keep_key(self.keychain.as_ref(), key, &wallet.to_text()) {
            tracing::info!(%error, "key is kept for this session only");
        }
        Some(wallet)
    }

    /// Forgets a key.
    pub fn forget(&self, key: &str) {
        self.wallets().remove(key);
        if let Err(error) = secrets::forget_key(self.keychain.as_ref(), key) {
            tracing::info!(%error, "key was not forgotten");
        }
    }

    /// Signs a statement, about a call or to open a session. May block on the system's store.
    pub fn sign(&self, with: &Credentials, statement: &Statement) -> Option<String> {
        self.nonce(&with.key)?;
        let mut wallets = self.wallets();
        let wallet = wallets.get_mut(&with.key)?;
        if let Some(Err(error)) = with.id_token.as_deref().map(|token| wallet.set_id_token(token)) {
            tracing::info!(%error, "ID token is of no use");
        }
        let signed = wallet.sign(statement, confab_driver::unix_ms() / 1000);
        signed.inspect_err(|error| tracing::info!(%error, "nothing was signed")).ok()
    }

    /// Signs or verifies. Blocks: issuers may have to be asked.
    pub fn answer(&self, with: &Credentials, ask: Ask) -> Told {
        let now = confab_driver::unix_ms() / 1000;
        match ask {
            Ask::Sign { ticket, statement } => match self.sign(with, &statement) {
                Some(assertion) => Told::Signed(ticket, assertion),
                None => Told::CannotSign(ticket),
            },
            Ask::Verify { ticket, assertion, statement } => {
                let issuer = |domain: &str| {
                    let base = site_of(with, domain);
                    self.issuers.of_domain(&base, now).map_err(|error| error.to_string())
                };
                Told::Judged(ticket, self.verifier.verify(&assertion, &statement, now, issuer))
            }
        }
    }

    fn wallets(&self) -> MutexGuard<'_, BTreeMap<String, Wallet>> {
        self.wallets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The site that speaks for a domain: as our own domain says, else the one of its name.
fn site_of(with: &Credentials, domain: &str) -> String {
    let home = std::iter::once(&with.home);
    let known = home.chain(&with.sites).find(|(known, _)| known.as_str() == domain);
    known.map_or_else(|| format!("https://{domain}"), |(_, site)| site.clone())
}
