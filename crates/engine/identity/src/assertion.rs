//! The form of an assertion (docs/protocol.md, section "Assertions"): base64url of
//! `{"tokenID":<JWT>,"key":<JWK>,"statement":{…},"signature":…}`.

use confab_line::ask::Statement;
use serde::{Deserialize, Serialize};

use crate::key::{Algorithm, Jwk};
use crate::token::IdToken;

/// The longest assertion that is read, bytes.
pub const MAX_ASSERTION: usize = 16 * 1024;
/// How old or early an assertion may be, seconds.
pub const WINDOW: u64 = 120;
/// The longest name of an assertion, bytes.
const MAX_JTI: usize = 64;

/// One assertion.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assertion {
    /// The ID token of who signs. Its nonce is the thumbprint of the key.
    #[serde(rename = "tokenID")]
    pub token_id: String,
    /// The public key of who signs.
    pub key: Jwk,
    /// What is signed.
    pub statement: Signed,
    /// Of [`Signed::text`], by the key.
    pub signature: String,
}

/// A statement with its moment and name. The members stand in the order of their names, so that serialising them gives
/// the canonical form of RFC 8785, which is what the signature is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// See [`Statement::audience`].
    pub audience: String,
    /// See [`Statement::call`].
    pub call: String,
    /// See [`Statement::fingerprints`].
    pub fingerprints: Vec<String>,
    /// When, Unix seconds.
    pub iat: u64,
    /// Its own name: good once.
    pub jti: String,
    /// See [`Statement::user`].
    pub user: String,
}

impl Signed {
    /// The statement at a moment.
    pub fn new(statement: &Statement, iat: u64, jti: String) -> Signed {
        let Statement { user, audience, call, fingerprints } = statement.clone();
        Signed { audience, call, fingerprints, iat, jti, user }
    }

    /// Whether this is the statement.
    pub fn says(&self, statement: &Statement) -> bool {
        *self == Signed::new(statement, self.iat, self.jti.clone())
    }

    /// Whether it is of this moment and has a name; the error says why not.
    pub(crate) fn check_moment(&self, now: u64) -> Result<(), &'static str> {
        if self.iat.abs_diff(now) > WINDOW {
            return Err("too old, or a clock is wrong");
        }
        if self.jti.is_empty() || self.jti.len() > MAX_JTI {
            return Err("without a name");
        }
        Ok(())
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

impl Assertion {
    /// Reads one; `None` when it is none.
    pub fn parse(text: &str) -> Option<Assertion> {
        if text.len() > MAX_ASSERTION {
            return None;
        }
        serde_json::from_slice(&crate::decode(text)?).ok()
    }

    /// Whether the key has signed the statement and is the one that the ID token is bound to: the token and the thumbprint of
    /// the key. Whether the token is to be believed is not known then. The error says why not.
    pub(crate) fn check_signature(&self) -> Result<(IdToken, String), String> {
        let es256 = self.key.algorithm() == Some(Algorithm::Es256);
        if !es256 || !self.key.verify(self.statement.text().as_bytes(), &self.signature) {
            return Err("the statement is not signed by its key".to_owned());
        }
        let token = IdToken::parse(&self.token_id).map_err(|error| error.to_string())?;
        let thumbprint = self.key.thumbprint();
        if token.unverified.nonce.as_deref() != Some(&thumbprint) {
            return Err("the ID token is bound to another key".to_owned());
        }
        Ok((token, thumbprint))
    }

    /// As it travels.
    pub fn to_text(&self) -> String {
        crate::encode(serde_json::to_string(self).expect("texts and numbers are JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_text_is_canonical() {
        let statement = Statement {
            user: "user://a.example/alice@a.example".to_owned(),
            audience: "user://b.example/bob@b.example".to_owned(),
            call: "connection://a.example/\u{1}\"é".to_owned(),
            fingerprints: vec!["sha-256 AB:CD".to_owned()],
        };
        let text = Signed::new(&statement, 7, "x".to_owned()).text();
        assert_eq!(
            text,
            r#"{"audience":"user://b.example/bob@b.example","call":"connection://a.example/\u0001\"é","fingerprints":["sha-256 AB:CD"],"iat":7,"jti":"x","user":"user://a.example/alice@a.example"}"#
        );
    }
}
