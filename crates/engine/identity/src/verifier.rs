//! What somebody else's assertion is worth in a call.

use std::sync::{Arc, Mutex, PoisonError};

use confab_line::ask::{Judgement, Statement};

use crate::assertion::{Assertion, Signed, WINDOW};
use crate::issuers::Issuers;
use crate::replay::{Replay, Seen};
use crate::token::TokenError;

/// The most assertions that are remembered within the window.
const MOST: usize = 4_096;

/// Judges assertions. One for the whole process: it remembers what it has seen.
#[derive(Debug)]
pub struct Verifier {
    issuers: Arc<Issuers>,
    seen: Mutex<Replay>,
}

/// Why an assertion proves nothing.
enum Objection {
    Unknown(String),
    False(String),
}

impl Verifier {
    /// With the keys that are known to these issuers.
    pub fn new(issuers: Arc<Issuers>) -> Verifier {
        Verifier { issuers, seen: Mutex::new(Replay::new(MOST)) }
    }

    /// What an assertion is worth that must say `statement`, at the moment `now` (Unix seconds). `issuer_of` gives the
    /// issuer that speaks for a domain, reached through that domain (see [`Issuers::of_domain`]); the error says why it is
    /// not known. Blocks for 10 s at most when keys must be fetched, and for as long as `issuer_of` does.
    pub fn verify(
        &self,
        assertion: &str,
        statement: &Statement,
        now: u64,
        issuer_of: impl FnOnce(&str) -> Result<String, String>,
    ) -> Judgement {
        match self.judge(assertion, statement, now, issuer_of) {
            Ok(()) => Judgement::Proven,
            Err(Objection::Unknown(why)) => Judgement::Unknown(why),
            Err(Objection::False(why)) => Judgement::False(why),
        }
    }

    /// Cheap checks first; the network only for assertions that nothing else speaks against; the memory last, so that
    /// nobody else's forgery uses up a name.
    fn judge(
        &self,
        assertion: &str,
        statement: &Statement,
        now: u64,
        issuer_of: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<(), Objection> {
        let wrong = |why: &str| Objection::False(why.to_owned());
        let assertion = Assertion::parse(assertion).ok_or_else(|| wrong("not an assertion"))?;
        let signed = &assertion.statement;
        check_statement(signed, statement, now)?;
        let (token, thumbprint) = assertion.check_signature().map_err(Objection::False)?;
        let user = statement.user.strip_prefix("user://").and_then(|rest| rest.split_once('/'));
        let (domain, identifier) = user.ok_or_else(|| wrong("no user"))?;
        let issuer = issuer_of(domain).map_err(Objection::Unknown)?;
        let claims = self.issuers.check(&token, &issuer, now).map_err(|error| match error {
            TokenError::NoKeys(why) => Objection::Unknown(why),
            error => Objection::False(format!("ID token: {error}")),
        })?;
        if !claims.is_of(domain, identifier) {
            return Err(wrong("the ID token is somebody else's"));
        }
        let name = format!("{thumbprint} {}", signed.jti);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.see(&name, signed.iat.saturating_add(WINDOW), now) {
            Seen::First => Ok(()),
            Seen::Again => Err(wrong("the assertion was used before")),
            Seen::Full => Err(Objection::Unknown("too many assertions at once".to_owned())),
        }
    }
}

fn check_statement(signed: &Signed, expected: &Statement, now: u64) -> Result<(), Objection> {
    let wrong = |why: &str| Err(Objection::False(why.to_owned()));
    let differs = |why: &str| wrong(&format!("the assertion is {why}"));
    if signed.user != expected.user {
        return differs("by somebody else");
    }
    if signed.audience != expected.audience {
        return differs("for somebody else");
    }
    if signed.call != expected.call {
        return differs("for another call");
    }
    // One without fingerprints opens a session, and proves nothing of any media.
    if signed.fingerprints.is_empty() || signed.fingerprints != expected.fingerprints {
        return differs("for other media");
    }
    if let Err(why) = signed.check_moment(now) {
        return differs(why);
    }
    debug_assert!(signed.says(expected));
    Ok(())
}
