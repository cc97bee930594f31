//! Whose tokens open a session: access tokens of this domain, and ID tokens of the issuers that are believed about the users of
//! other domains.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_identity::{Claims, IdToken, Issuers, Jwk, TokenError};
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

    fn visitor(&self, id_token: &str, _now: Mono) -> Option<Grant> {
        self.visitors.grant(id_token, self.clock.wall_now() / 1_000)
    }
}

/// Who is believed about the users of other domains, and the keys of those. Shared by the message node and every client's
/// task.
#[derive(Clone, Debug, Default)]
pub struct Visitors {
    trusted: Arc<Mutex<Vec<TrustedIssuer>>>,
    issuers: Arc<Issuers>,
    clock: Option<Clock>,
}

impl Visitors {
    /// Believes nobody yet.
    pub fn new(clock: Clock) -> Visitors {
        Visitors { clock: Some(clock), ..Visitors::default() }
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
        let (Kind::Open, Some(token), Some(clock)) = (&message.kind, message.text("idToken"), self.clock)
        else {
            return;
        };
        let now = clock.wall_now() / 1_000;
        let Ok(token) = IdToken::parse(token) else { return };
        let Some(trusted) = self.trusted(&token).into_iter().next() else { return };
        let missing = self.issuers.check_known(&token, &trusted.issuer, now);
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

    /// Whom a token stands for at the moment `now` (Unix seconds).
    fn grant(&self, token: &str, now: u64) -> Option<Grant> {
        let token = IdToken::parse(token).ok()?;
        let ticket = secret::fingerprint(token.signed_part());
        let ticket = u64::from_be_bytes(ticket[..8].try_into().expect("eight bytes of 32")) | VISITOR;
        self.trusted(&token).into_iter().find_map(|trusted| {
            let claims = self.issuers.check_known(&token, &trusted.issuer, now);
            if let Err(error) = &claims {
                tracing::info!(domain = %trusted.domain, %error, "visitor is refused");
            }
            let (user, identity) = person(&trusted.domain, &claims.ok()?)?;
            Some(Grant { user, identity, ticket })
        })
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
mod tests {
    use confab_identity::SigningKey;
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "http://127.0.0.1:4720/oidc";

    fn house() -> (Visitors, SigningKey) {
        let (visitors, key) = (Visitors::default(), SigningKey::generate().unwrap());
        let domain = Domain::parse("b.local").unwrap();
        visitors.trust_known(TrustedIssuer { domain, issuer: ISSUER.to_owned() }, vec![key.published()]);
        (visitors, key)
    }

    fn claims() -> Value {
        json!({"iss":ISSUER,"sub":"bob","aud":"confab","exp":1_000,"iat":400,"email":"bob@b.local","name":"Bob"})
    }

    #[test]
    fn an_issuer_is_believed_about_users_of_its_own_domain_while_the_token_lives() {
        let (visitors, key) = house();
        let token = key.jwt(&claims()).unwrap();
        let grant = visitors.grant(&token, 500).unwrap();
        assert_eq!(grant.user.as_str(), "user://b.local/bob@b.local");
        assert_eq!(
            (grant.identity.name.as_deref(), grant.identity.idp.as_deref()),
            (Some("Bob"), Some("b.local"))
        );
        assert!(grant.ticket >= VISITOR);
        assert_eq!(visitors.grant(&token, 2_000), None, "expired");
        let other = SigningKey::generate().unwrap().jwt(&claims()).unwrap();
        assert_eq!(visitors.grant(&other, 500), None, "another key");
        let mut foreign = claims();
        foreign["iss"] = json!("http://127.0.0.1:4730/oidc");
        assert_eq!(visitors.grant(&key.jwt(&foreign).unwrap(), 500), None, "an issuer that is not trusted");
        assert_eq!(visitors.grant("", 500), None);
    }

    #[test]
    fn names_that_are_no_user_of_the_domain_are_nobody() {
        let (visitors, key) = house();
        let grant = |email: Value, short: Value, verified: bool| {
            let mut claims = claims();
            claims["email"] = email;
            claims["preferred_username"] = short;
            claims["email_verified"] = json!(verified);
            visitors.grant(&key.jwt(&claims).unwrap(), 500).map(|grant| grant.user.to_string())
        };
        assert_eq!(grant(json!(null), json!("bob"), true).as_deref(), Some("user://b.local/bob@b.local"));
        assert_eq!(grant(json!("bob@b.local"), json!("bob"), false), None);
        assert_eq!(grant(json!(null), json!(null), true), None);
        for odd in ["a/b", "a b", &"x".repeat(300)] {
            assert_eq!(grant(json!(odd), json!(null), true), None, "{odd}");
        }
    }
}
