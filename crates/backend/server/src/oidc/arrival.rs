//! Who comes with an ID token to sign in. Visitors from other domains are the doorkeeper's.

use confab_identity::{Claims, IdToken, TokenError};

use super::options::AccountClaim;
use super::{CLIENT, Oidc};
use crate::accounts;
use crate::database::{Database, DatabaseError};
use crate::secret;

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
#[derive(Debug, thiserror::Error)]
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
    /// What was used before is not known.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Oidc {
    /// Whose sign-in an ID token is: one of the own provider for its client, or of the other provider of the options. It is
    /// good once, which the database remembers. `now` in Unix seconds. Blocks for 10 s at most, while the other provider's keys
    /// are fetched.
    pub fn arrive(&self, database: &Database, token: &str, now: u64) -> Result<Arrival, ArrivalError> {
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
        // Named by what is signed: the same token may have several valid signatures.
        let name = secret::fingerprint(token.signed_part());
        let seconds = |moment: u64| i64::try_from(moment).unwrap_or(i64::MAX);
        let until = seconds(claims.exp.saturating_add(MARGIN));
        if database.spend(&name, until, seconds(now))? { Ok(arrival) } else { Err(ArrivalError::Used) }
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
