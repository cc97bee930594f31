//! Who opens a session: by access tokens of this domain; and from other domains by assertions, whose ID tokens are of issuers
//! that are believed about those domains' users.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_identity::opening::OpeningError;
use confab_identity::{Claims, IdToken, Issuers, Jwk, Opening, Replay, TokenError};
use confab_message_node::{Authority, Grant};
use confab_rethink::{Domain, Identity, Kind, Message, Url};
use confab_types::Mono;

use crate::clock::Clock;
use crate::neighbours::TrustedIssuer;
use crate::secret;
use crate::tokens::AccessTokens;

/// The longest identifier of a user, bytes.
const MAX_IDENTIFIER: usize = 256;
/// The longest name that is shown, characters.
const MAX_NAME: usize = 64;
/// Tickets of visitors have this bit, those of access tokens never.
const VISITOR: u64 = 1 << 63;
/// The most assertions that are remembered as used.
const MOST_USED: usize = 65_536;

/// The keeper of tokens, as the message node asks it.
#[derive(Debug)]
pub struct Doorkeeper {
    clock: Clock,
    tokens: AccessTokens,
    visitors: Visitors,
}

impl Doorkeeper {
    /// With both kinds of tokens.
    pub fn new(clock: Clock, tokens: AccessTokens, visitors: Visitors) -> Doorkeeper {
        Doorkeeper { clock, tokens, visitors }
    }
}

impl Authority for Doorkeeper {
    fn grant(&self, token: &str, now: Mono) -> Option<Grant> {
        self.tokens.grant(token, now)
    }

    fn visitor(&self, proof: &str, runtime: &Url, _now: Mono) -> Option<Grant> {
        let granted = self.visitors.grant(proof, runtime, self.clock.wall_now() / 1_000);
        granted.inspect_err(|error| tracing::info!(%error, "visitor is refused")).ok()
    }
}

/// Why a visitor is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisitorError {
    /// The assertion.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// Its ID token.
    #[error("ID token: {0}")]
    Token(#[from] TokenError),
    /// Nobody is believed who has issued it.
    #[error("issuer {0:?} is not trusted")]
    Issuer(String),
    /// The ID token is another user's, or that of nobody who could be one.
    #[error("the ID token is somebody else's")]
    SomebodyElse,
}

/// Who is believed about the users of other domains, the keys of those, and the assertions that were used. Shared by the
/// message node and every client's task.
#[derive(Clone, Debug)]
pub struct Visitors {
    /// Which domain they visit.
    domain: Domain,
    trusted: Arc<Mutex<Vec<TrustedIssuer>>>,
    issuers: Arc<Issuers>,
    used: Arc<Mutex<Replay>>,
    clock: Clock,
}

impl Visitors {
    /// Believes nobody yet.
    pub fn new(domain: Domain, clock: Clock) -> Visitors {
        let used = Arc::new(Mutex::new(Replay::new(MOST_USED)));
        Visitors { domain, trusted: Arc::default(), issuers: Arc::default(), used, clock }
    }

    /// Believes an issuer about the users of its domain.
    pub fn trust(&self, issuer: TrustedIssuer) {
        self.lock().push(issuer);
    }

    /// Believes an issuer of the same process, whose keys need not be fetched.
    pub fn trust_known(&self, issuer: TrustedIssuer, keys: Vec<Jwk>) {
        self.issuers.pin(&issuer.issuer, keys);
        self.trust(issuer);
    }

    /// Fetches the keys that are missing to judge an `open`, so that the node never waits for the network. Only the client
    /// that asks waits, 10 s at most.
    pub async fn prepare(&self, message: &Message) {
        let (Kind::Open, Some(proof), Some(runtime)) =
            (&message.kind, message.text("proof"), message.from.url())
        else {
            return;
        };
        let now = self.clock.wall_now() / 1_000;
        let Ok(opening) = self.read(proof, &runtime, now) else { return };
        let Some(trusted) = self.trusted(opening.token()).into_iter().next() else { return };
        let missing = self.issuers.check_known(opening.token(), &trusted.issuer, now);
        if matches!(missing, Err(TokenError::NoKeys(_) | TokenError::UnknownKey)) {
            let issuers = self.issuers.clone();
            let refreshed = tokio::task::spawn_blocking(move || {
                issuers.refresh(&trusted.issuer, now).map_err(|e| (trusted, e))
            });
            if let Ok(Err((trusted, error))) = refreshed.await {
                tracing::warn!(domain = %trusted.domain, %error, "keys of a trusted issuer");
            }
        }
    }

    fn read(&self, proof: &str, runtime: &Url, now: u64) -> Result<Opening, OpeningError> {
        Opening::read(proof, self.domain.as_str(), runtime.as_str(), now)
    }

    /// Whom an assertion proves to open from this runtime at the moment `now` (Unix seconds). It is used up.
    fn grant(&self, proof: &str, runtime: &Url, now: u64) -> Result<Grant, VisitorError> {
        let opening = self.read(proof, runtime, now)?;
        let token = opening.token();
        let ticket = secret::fingerprint(token.signed_part());
        let ticket = u64::from_be_bytes(ticket[..8].try_into().expect("eight bytes of 32")) | VISITOR;
        let issuer = &token.unverified.iss;
        let mut error = VisitorError::Issuer(issuer.chars().take(256).collect());
        for trusted in self.trusted(token) {
            let claims = self.issuers.check_known(token, &trusted.issuer, now)?;
            let person = person(&trusted.domain, &claims);
            let Some((user, identity)) = person.filter(|(user, _)| user.as_str() == opening.user()) else {
                error = VisitorError::SomebodyElse;
                continue;
            };
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            opening.spend(&mut used, now)?;
            return Ok(Grant { user, identity, ticket, confined: false });
        }
        Err(error)
    }

    /// Who may have issued the token. One issuer may speak for several domains.
    fn trusted(&self, token: &IdToken) -> Vec<TrustedIssuer> {
        self.lock().iter().filter(|trusted| trusted.issuer == token.unverified.iss).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TrustedIssuer>> {
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user of the domain that an issuer says somebody is: by e-mail address, or by the short name where there is none.
fn person(domain: &Domain, claims: &Claims) -> Option<(Url, Identity)> {
    let identifier = match (&claims.email, &claims.preferred_username) {
        (Some(email), _) => email.clone(),
        (None, Some(name)) => format!("{name}@{domain}"),
        (None, None) => return None,
    };
    let fits = identifier.len() <= MAX_IDENTIFIER && !identifier.contains('/');
    if !fits || !claims.is_of(domain.as_str(), &identifier) {
        return None;
    }
    let user = Url::user(domain, &identifier).ok()?;
    let identity = Identity {
        user_url: Some(user.clone()),
        name: claims.name.as_ref().map(|name| name.chars().take(MAX_NAME).collect()),
        idp: Some(domain.to_string()),
        ..Identity::new(identifier)
    };
    Some((user, identity))
}

#[cfg(test)]
mod tests;
