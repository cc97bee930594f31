//! Who comes with an ID token to sign in. Visitors from other domains are the doorkeeper's.

use std::sync::PoisonError;

use confab_identity::replay::Seen;
use confab_identity::{Claims, IdToken, TokenError, s256};

use super::options::AccountClaim;
use super::{CLIENT, Oidc};
use crate::accounts;

/// How much longer than it lives a token is remembered as used, seconds: clocks may differ.
const MARGIN: u64 = 60;

/// Somebody whom a provider has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The account's name.
    pub name: String,
    /// What people read, for an account that is made.
    pub display: String,
    /// Whether the account is made when it is missing.
    pub create: bool,
}

/// Why an ID token is not good for signing in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrivalError {
    /// It is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It was used before.
    #[error("used before")]
    Used,
    /// It names nobody who could have an account here.
    #[error("names nobody of this domain")]
    Nobody,
}

impl Oidc {
    /// Whose sign-in an ID token is: one of the own provider for its client, or of the other provider of the options. It is
    /// good once. `now` in Unix seconds. Blocks for 10 s at most, while the other provider's keys are fetched.
    pub fn arrive(&self, token: &str, now: u64) -> Result<Arrival, ArrivalError> {
        let token = IdToken::parse(token)?;
        let (issuer, client) = match self.options.external() {
            Some((issuer, client)) if token.unverified.iss == issuer => (issuer, client),
            // Whoever else has issued it is refused by the check.
            _ => (self.issuer.as_str(), CLIENT),
        };
        let claims = self.issuers.check(&token, issuer, now)?;
        claims.check_audience(client)?;
        let arrival = if issuer == self.issuer {
            Arrival { name: claims.sub.clone(), display: String::new(), create: false }
        } else {
            self.map(&claims).ok_or(ArrivalError::Nobody)?
        };
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // Named by what is signed: the same token may have several valid signatures.
        match spent.see(&s256(token.signed_part()), claims.exp.saturating_add(MARGIN), now) {
            Seen::First => Ok(arrival),
            Seen::Again | Seen::Full => Err(ArrivalError::Used),
        }
    }

    /// The account of somebody whom the other provider has named.
    fn map(&self, claims: &Claims) -> Option<Arrival> {
        let named = match self.options.oidc_claim {
            AccountClaim::Email => {
                let (name, domain) = claims.email.as_deref()?.rsplit_once('@')?;
                let own = domain.eq_ignore_ascii_case(self.domain.as_str());
                (own && claims.email_verified != Some(false)).then_some(name)?
            }
            AccountClaim::PreferredUsername => claims.preferred_username.as_deref()?,
        };
        let name = named.to_lowercase();
        let display = claims.name.as_deref().unwrap_or(named).chars().filter(|c| !c.is_control()).take(64);
        accounts::is_name(&name).then(|| Arrival {
            display: display.collect(),
            create: self.options.oidc_create,
            name,
        })
    }
}
