//! Access tokens: short-lived, in memory only, kept as fingerprints.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// The most guests at a time. Nothing of them outlives their token.
const MOST_GUESTS: usize = 1_024;

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
    /// The sign-in it goes back to; sign-out ends them together. Guests have none.
    family: Option<i64>,
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
        self.lock().put(&token, user, identity, Some(family), now);
        Ok(token)
    }

    /// A token for somebody who has no account and comes but once; `None` when there are too many of them.
    pub fn issue_to_guest(
        &self,
        user: &Url,
        identity: &Identity,
        now: Mono,
    ) -> Result<Option<String>, SecretError> {
        let token = secret::token()?;
        let mut table = self.lock();
        // Nobody signs them out, so their tokens need not be known any longer than they open sessions.
        table.tokens.retain(|_, held| held.family.is_some() || held.expires > now);
        if table.tokens.values().filter(|held| held.family.is_none()).count() >= MOST_GUESTS {
            return Ok(None);
        }
        table.put(&token, user, identity, None, now);
        Ok(Some(token))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every token of a sign-in; their tickets, so that their sessions end too.
    pub fn revoke_family(&self, family: i64) -> Vec<u64> {
        let mut table = self.lock();
        let mut tickets = Vec::new();
        table.tokens.retain(|_, held| {
            let hit = held.family == Some(family);
            if hit {
                tickets.push(held.grant.ticket);
            }
            !hit
        });
        tickets
    }
}

impl Table {
    fn put(&mut self, token: &str, user: &Url, identity: &Identity, family: Option<i64>, now: Mono) {
        let own: Vec<(u64, Fingerprint)> = self
            .tokens
            .iter()
            .filter(|(_, held)| held.grant.user == *user)
            .map(|(fingerprint, held)| (held.grant.ticket, *fingerprint))
            .collect();
        if own.len() >= MOST_PER_USER
            && let Some((_, oldest)) = own.iter().min()
        {
            self.tokens.remove(oldest);
        }
        self.last_ticket += 1;
        let grant = Grant { user: user.clone(), identity: identity.clone(), ticket: self.last_ticket };
        self.tokens.insert(secret::fingerprint(token), Held { grant, family, expires: now + LIFE });
    }
}

impl Authority for AccessTokens {
    fn grant(&self, token: &str, now: Mono) -> Option<Grant> {
        let table = self.lock();
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

    #[test]
    fn there_are_so_many_guests_and_no_more_until_their_tokens_end() {
        let tokens = AccessTokens::default();
        let issue = |number: usize, now: u64| {
            let user = Url::parse(&format!("user://csp.test/guest-{number}@csp.test")).unwrap();
            tokens.issue_to_guest(&user, &Identity::new("guest"), Mono::from_millis(now)).unwrap()
        };
        let first = issue(0, 0).unwrap();
        assert!(tokens.grant(&first, Mono::ZERO).is_some());
        assert!((1..MOST_GUESTS).all(|number| issue(number, 1).is_some()));
        assert_eq!(issue(MOST_GUESTS, 599_999), None);
        assert!(issue(MOST_GUESTS, 600_000).is_some());
    }
}
