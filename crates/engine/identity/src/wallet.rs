//! One account's key and ID token.

use confab_line::ask::Statement;

use crate::assertion::{Assertion, Signed};
use crate::key::{KeyError, SigningKey};
use crate::token::{IdToken, TokenError};

/// How long an ID token must still live to be shown, seconds: it travels, and may wait while somebody's phone rings.
const MARGIN: u64 = 60;

/// Why nothing is signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There is no ID token, or it ends in less than a minute: the account must be renewed first.
    #[error("no ID token that is still valid")]
    NoToken,
    /// A statement about a call that binds no media: whoever gets it could use it for theirs.
    #[error("statement has no fingerprints and opens no session")]
    NoMedia,
    /// No random numbers.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The key of one account on this installation, and the ID token that is bound to it.
#[derive(Debug)]
pub struct Wallet {
    key: SigningKey,
    token: Option<(String, u64)>,
}

impl Wallet {
    /// With a new key.
    pub fn generate() -> Result<Wallet, KeyError> {
        Ok(Wallet { key: SigningKey::generate()?, token: None })
    }

    /// With the key that [`to_text`](Self::to_text) gave.
    pub fn from_text(text: &str) -> Result<Wallet, KeyError> {
        Ok(Wallet { key: SigningKey::from_text(text)?, token: None })
    }

    /// The private key, to be kept in the keychain. The ID token is not in it.
    pub fn to_text(&self) -> String {
        self.key.to_text()
    }

    /// What ID tokens must be bound to: the thumbprint of the key (RFC 7638), 43 characters. Goes into sign-in requests.
    pub fn nonce(&self) -> String {
        self.key.jwk().thumbprint()
    }

    /// Takes the ID token of a sign-in. One that is not bound to the key is of no use and is refused; its signature is the
    /// verifiers' business.
    pub fn set_id_token(&mut self, token: &str) -> Result<(), TokenError> {
        let claims = IdToken::parse(token)?.unverified;
        if claims.nonce.as_deref() != Some(&self.nonce()) {
            return Err(TokenError::Nonce);
        }
        self.token = Some((token.to_owned(), claims.exp));
        Ok(())
    }

    /// The ID token, while it lives for another minute.
    pub fn id_token(&self, now: u64) -> Option<&str> {
        let (token, expires) = self.token.as_ref()?;
        (now.saturating_add(MARGIN) < *expires).then_some(token)
    }

    /// Signs a statement, about a call or to open a session, at the moment `now`, Unix seconds.
    pub fn sign(&self, statement: &Statement, now: u64) -> Result<String, SignError> {
        if statement.fingerprints.is_empty() && !statement.is_opening() {
            return Err(SignError::NoMedia);
        }
        let token_id = self.id_token(now).ok_or(SignError::NoToken)?.to_owned();
        let statement = Signed::new(statement, now, crate::random::<16>()?);
        let signature = self.key.sign(statement.text().as_bytes())?;
        Ok(Assertion { token_id, key: self.key.jwk(), statement, signature }.to_text())
    }
}
