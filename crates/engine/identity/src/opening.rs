//! The assertion by which a user of another domain opens a session (docs/protocol.md, section "Assertions").
//!
//! An ID token is seen by everybody its owner calls, so it opens nothing by itself. This assertion is made for one node, one
//! runtime and one moment, and is good once. One that was made for a call does not open, and this one proves no call.

use confab_line::ask::Statement;

use crate::assertion::{Assertion, Signed, WINDOW};
use crate::replay::{Replay, Seen};
use crate::token::IdToken;

/// Why an assertion opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// No assertion, or too long.
    #[error("not an assertion")]
    Malformed,
    /// About a call, for another domain, or of another runtime.
    #[error("the assertion is {0}")]
    Other(&'static str),
    /// By another key than the one that the ID token is bound to.
    #[error("{0}")]
    Signature(String),
    /// It has opened a session already.
    #[error("the assertion was used before")]
    Used,
    /// So many were used within the last minutes that no more can be remembered.
    #[error("too many assertions at once")]
    TooMany,
}

/// One that says what it must, signed by the key of its ID token. Its user is who they say when the token is, too, which
/// [`token`](Self::token) is for, and when it was not [used](Self::spend) before.
#[derive(Clone, Debug)]
pub struct Opening {
    token: IdToken,
    signed: Signed,
    thumbprint: String,
}

impl Opening {
    /// Reads one that must be for the node of `domain` and for this runtime, at the moment `now` (Unix seconds).
    pub fn read(text: &str, domain: &str, runtime: &str, now: u64) -> Result<Opening, OpeningError> {
        let assertion = Assertion::parse(text).ok_or(OpeningError::Malformed)?;
        let signed = &assertion.statement;
        let expected = Statement::opening(&signed.user, domain, runtime);
        let differs = |why| Err(OpeningError::Other(why));
        if !signed.fingerprints.is_empty() {
            return differs("about a call");
        }
        if signed.audience != expected.audience {
            return differs("for another domain");
        }
        if !signed.says(&expected) || !expected.is_opening() {
            return differs("of another runtime");
        }
        signed.check_moment(now).map_err(OpeningError::Other)?;
        let (token, thumbprint) = assertion.check_signature().map_err(OpeningError::Signature)?;
        Ok(Opening { token, thumbprint, signed: assertion.statement })
    }

    /// The ID token, not yet verified.
    pub fn token(&self) -> &IdToken {
        &self.token
    }

    /// The user URL of whoever says that they open.
    pub fn user(&self) -> &str {
        &self.signed.user
    }

    /// Uses it up. To be done last, so that nobody else's forgery uses up a name.
    pub fn spend(&self, seen: &mut Replay, now: u64) -> Result<(), OpeningError> {
        let name = format!("{} {}", self.thumbprint, self.signed.jti);
        match seen.see(&name, self.signed.iat.saturating_add(WINDOW), now) {
            Seen::First => Ok(()),
            Seen::Again => Err(OpeningError::Used),
            Seen::Full => Err(OpeningError::TooMany),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{SigningKey, Wallet};

    const NOW: u64 = 1_000_000;
    const ALICE: &str = "user://a.local/alice@a.local";
    const RUNTIME: &str = "runtime://a.local/1";

    fn wallet() -> Wallet {
        let mut wallet = Wallet::generate().unwrap();
        let claims = json!({"iss": "https://a.local/oidc", "sub": "alice", "aud": "rethink", "iat": NOW,
            "exp": NOW + 600, "nonce": wallet.nonce(), "email": "alice@a.local"});
        wallet.set_id_token(&SigningKey::generate().unwrap().jwt(&claims).unwrap()).unwrap();
        wallet
    }

    fn read(text: &str) -> Result<Opening, OpeningError> {
        Opening::read(text, "b.local", RUNTIME, NOW)
    }

    #[test]
    fn it_opens_one_session_at_one_node_from_one_runtime_at_one_moment() {
        let proof = wallet().sign(&Statement::opening(ALICE, "b.local", RUNTIME), NOW).unwrap();
        let opening = read(&proof).unwrap();
        assert_eq!(opening.user(), ALICE);
        let mut seen = Replay::new(2);
        assert_eq!(opening.spend(&mut seen, NOW), Ok(()));
        assert_eq!(read(&proof).unwrap().spend(&mut seen, NOW + 119), Err(OpeningError::Used));
        for (domain, runtime, now, why) in [
            ("c.local", RUNTIME, NOW, "for another domain"),
            ("b.local", "runtime://a.local/2", NOW, "of another runtime"),
            ("b.local", RUNTIME, NOW + 121, "too old, or a clock is wrong"),
            ("b.local", RUNTIME, NOW - 121, "too old, or a clock is wrong"),
        ] {
            let error = Opening::read(&proof, domain, runtime, now).unwrap_err();
            assert_eq!(error, OpeningError::Other(why));
        }
    }

    #[test]
    fn neither_a_call_nor_a_bare_token_opens() {
        let wallet = wallet();
        let opening = Statement::opening(ALICE, "b.local", RUNTIME);
        let media = vec!["sha-256 AB:CD".to_owned()];
        let call = Statement { fingerprints: media.clone(), ..opening.clone() };
        assert_eq!(read(&wallet.sign(&call, NOW).unwrap()).unwrap_err(), OpeningError::Other("about a call"));
        let call = Statement {
            audience: "user://b.local/bob@b.local".to_owned(),
            call: "connection://a.local/1".to_owned(),
            fingerprints: media,
            ..opening
        };
        assert!(read(&wallet.sign(&call, NOW).unwrap()).is_err());
        assert_eq!(read(wallet.id_token(NOW).unwrap()).unwrap_err(), OpeningError::Malformed);
    }

    #[test]
    fn a_stolen_token_or_statement_opens_nothing_under_another_key() {
        let wallet = wallet();
        let proof = wallet.sign(&Statement::opening(ALICE, "b.local", RUNTIME), NOW).unwrap();
        let forged = |change: &dyn Fn(&mut Assertion)| {
            let mut assertion = Assertion::parse(&proof).unwrap();
            change(&mut assertion);
            read(&assertion.to_text()).unwrap_err()
        };
        let mallory = SigningKey::generate().unwrap();
        let error = forged(&|assertion| {
            assertion.key = mallory.jwk();
            assertion.signature = mallory.sign(assertion.statement.text().as_bytes()).unwrap();
        });
        assert_eq!(error, OpeningError::Signature("the ID token is bound to another key".to_owned()));
        let unsigned = OpeningError::Signature("the statement is not signed by its key".to_owned());
        assert_eq!(forged(&|assertion| assertion.statement.jti = "again".to_owned()), unsigned);
        assert_eq!(forged(&|assertion| assertion.statement.iat += 1), unsigned);
        let carol = "user://a.local/carol@a.local";
        assert_eq!(forged(&|assertion| assertion.statement.user = carol.to_owned()), unsigned);
    }
}
