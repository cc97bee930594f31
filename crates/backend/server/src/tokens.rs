//! Access tokens, and refresh tokens of guests: short-lived, in memory only, kept as fingerprints.

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

/// The most guests at a time. Nothing of them outlives their tokens.
const MOST_GUESTS: usize = 1_024;
/// How long a guest of a room may be away without losing their address.
const GUEST_REFRESH: Duration = Duration::from_secs(3_600);

/// The keeper of access tokens, shared by the sign-in desk and the message node.
#[derive(Clone, Debug, Default)]
pub struct AccessTokens(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    tokens: BTreeMap<Fingerprint, Held>,
    /// Refresh tokens of guests of rooms.
    guests: BTreeMap<Fingerprint, Lodger>,
    last_ticket: u64,
}

/// A guest of one room.
#[derive(Debug)]
struct Lodger {
    user: Url,
    identity: Identity,
    expires: Mono,
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
        let whose = Grant { user: user.clone(), identity: identity.clone(), ticket: 0, confined: false };
        self.lock().put(&token, whose, Some(family), now);
        Ok(token)
    }

    /// A token for somebody who has no account and comes but once; `None` when there are too many of them. A `confined` one reaches
    /// rooms only.
    pub fn issue_to_guest(
        &self,
        user: &Url,
        identity: &Identity,
        confined: bool,
        now: Mono,
    ) -> Result<Option<String>, SecretError> {
        let token = secret::token()?;
        let mut table = self.lock();
        // Nobody signs them out, so their tokens need not be known any longer than they open sessions.
        table.tokens.retain(|_, held| held.family.is_some() || held.expires > now);
        if table.tokens.values().filter(|held| held.family.is_none()).count() >= MOST_GUESTS {
            return Ok(None);
        }
        let whose = Grant { user: user.clone(), identity: identity.clone(), ticket: 0, confined };
        table.put(&token, whose, None, now);
        Ok(Some(token))
    }

    /// A refresh token for a guest of a room, good once within an hour; `None` when there are too many of them.
    pub fn keep_guest(
        &self,
        user: &Url,
        identity: &Identity,
        now: Mono,
    ) -> Result<Option<String>, SecretError> {
        let token = secret::token()?;
        let mut table = self.lock();
        table.guests.retain(|_, guest| guest.expires > now);
        if table.guests.len() >= MOST_GUESTS {
            return Ok(None);
        }
        let guest = Lodger { user: user.clone(), identity: identity.clone(), expires: now + GUEST_REFRESH };
        table.guests.insert(secret::fingerprint(&token), guest);
        Ok(Some(token))
    }

    /// The guest whose refresh token this is. It is used up.
    pub fn take_guest(&self, refresh: &str, now: Mono) -> Option<(Url, Identity)> {
        let guest = self.lock().guests.remove(&secret::fingerprint(refresh))?;
        (guest.expires > now).then_some((guest.user, guest.identity))
    }

    /// Ends every token of a guest; their tickets, so that their sessions end too.
    pub fn revoke_guest(&self, user: &Url) -> Vec<u64> {
        self.lock().revoke(|held| held.family.is_none() && held.grant.user == *user)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every token of a sign-in; their tickets, so that their sessions end too.
    pub fn revoke_family(&self, family: i64) -> Vec<u64> {
        self.lock().revoke(|held| held.family == Some(family))
    }
}

impl Table {
    fn revoke(&mut self, hit: impl Fn(&Held) -> bool) -> Vec<u64> {
        let gone = self.tokens.extract_if(.., |_, held| hit(held));
        gone.map(|(_, held)| held.grant.ticket).collect()
    }

    fn put(&mut self, token: &str, whose: Grant, family: Option<i64>, now: Mono) {
        let own: Vec<(u64, Fingerprint)> = self
            .tokens
            .iter()
            .filter(|(_, held)| held.grant.user == whose.user)
            .map(|(fingerprint, held)| (held.grant.ticket, *fingerprint))
            .collect();
        if own.len() >= MOST_PER_USER
            && let Some((_, oldest)) = own.iter().min()
        {
            self.tokens.remove(oldest);
        }
        self.last_ticket += 1;
        let grant = Grant { ticket: self.last_ticket, ..whose };
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
            tokens.issue_to_guest(&user, &Identity::new("guest"), true, Mono::from_millis(now)).unwrap()
        };
        let first = issue(0, 0).unwrap();
        assert!(tokens.grant(&first, Mono::ZERO).is_some());
        assert!((1..MOST_GUESTS).all(|number| issue(number, 1).is_some()));
        assert_eq!(issue(MOST_GUESTS, 599_999), None);
        assert!(issue(MOST_GUESTS, 600_000).is_some());
    }

    #[test]
    fn a_guest_of_a_room_comes_back_once_by_each_token() {
        let tokens = AccessTokens::default();
        let (user, identity) =
            (Url::parse("user://csp.test/guest-1@csp.test").unwrap(), Identity::new("guest-1"));
        let access = tokens.issue_to_guest(&user, &identity, true, Mono::ZERO).unwrap().unwrap();
        assert!(tokens.grant(&access, Mono::ZERO).unwrap().confined);
        let keep = || tokens.keep_guest(&user, &identity, Mono::ZERO).unwrap().unwrap();
        let (one, two) = (keep(), keep());
        assert_eq!(
            tokens.take_guest(&one, Mono::from_millis(3_599_999)),
            Some((user.clone(), identity.clone()))
        );
        assert_eq!(tokens.take_guest(&one, Mono::ZERO), None);
        assert_eq!(tokens.take_guest(&two, Mono::from_millis(3_600_000)), None);
        assert_eq!(tokens.revoke_guest(&user).len(), 1);
        assert_eq!(tokens.grant(&access, Mono::ZERO), None);
    }
}
