//! Access tokens: short-lived, in memory only, kept as fingerprints.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use confab_message_node::{Authority, Grant};
use confab_rethink::{Identity, Url};
use confab_types::Mono;

use crate::secret::{self, Fingerprint, SecretError};

/// How long an access token lives.
pub const LIFE: Duration = Duration::from_secs(600);
/// The most tokens that are remembered of one user; the oldest gives way. Expired ones are remembered too, because a
/// session that was opened by one lives on until sign-out.
const MOST_PER_USER: usize = 64;

/// The keeper of access tokens, shared by the sign-in desk and the message node.
#[derive(Clone, Debug, Default)]
pub struct AccessTokens(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    tokens: BTreeMap<Fingerprint, Held>,
    last_ticket: u64,
}

#[derive(Debug)]
struct Held {
    grant: Grant,
    /// The sign-in it goes back to, by password; sign-out ends them together.
    family: i64,
    expires: Mono,
}

impl AccessTokens {
    /// A new token for a user.
    pub fn issue(
        &self,
        user: &Url,
        identity: &Identity,
        family: i64,
        now: Mono,
    ) -> Result<String, SecretError> {
        let token = secret::token()?;
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own: Vec<(u64, Fingerprint)> = table
            .tokens
            .iter()
            .filter(|(_, held)| held.grant.user == *user)
            .map(|(fingerprint, held)| (held.grant.ticket, *fingerprint))
            .collect();
        if own.len() >= MOST_PER_USER
            && let Some((_, oldest)) = own.iter().min()
        {
            table.tokens.remove(oldest);
        }
        table.last_ticket += 1;
        let grant = Grant { user: user.clone(), identity: identity.clone(), ticket: table.last_ticket };
        table.tokens.insert(secret::fingerprint(&token), Held { grant, family, expires: now + LIFE });
        Ok(token)
    }

    /// Ends every token of a sign-in; their tickets, so that their sessions end too.
    pub fn revoke_family(&self, family: i64) -> Vec<u64> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tickets = Vec::new();
        table.tokens.retain(|_, held| {
            let hit = held.family == family;
            if hit {
                tickets.push(held.grant.ticket);
            }
            !hit
        });
        tickets
    }
}

impl Authority for AccessTokens {
    fn grant(&self, token: &str, now: Mono) -> Option<Grant> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = table.tokens.get(&secret::fingerprint(token))?;
        (held.expires > now).then(|| held.grant.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_user_until_it_expires_or_is_revoked() {
        let tokens = AccessTokens::default();
        let user = Url::parse("user://csp.test/zoe@csp.test").unwrap();
        let identity = Identity::new("zoe@csp.test");
        let one = tokens.issue(&user, &identity, 1, Mono::ZERO).unwrap();
        let two = tokens.issue(&user, &identity, 2, Mono::ZERO).unwrap();
        assert_eq!(tokens.grant(&one, Mono::ZERO).unwrap().user, user);
        assert_eq!(tokens.revoke_family(1), [1]);
        assert_eq!(tokens.grant(&one, Mono::ZERO), None);
        assert!(tokens.grant(&two, Mono::from_millis(599_999)).is_some());
        assert_eq!(tokens.grant(&two, Mono::from_millis(600_000)), None);
        assert_eq!(tokens.grant("", Mono::ZERO), None);
    }

    #[test]
    fn the_oldest_of_too_many_tokens_gives_way() {
        let tokens = AccessTokens::default();
        let user = Url::parse("user://csp.test/zoe@csp.test").unwrap();
        let issue = || tokens.issue(&user, &Identity::new("zoe"), 1, Mono::ZERO).unwrap();
        let first = issue();
        for _ in 0..MOST_PER_USER {
            issue();
        }
        assert_eq!(tokens.grant(&first, Mono::ZERO), None);
    }
}
