//! People who only say a name: where the domain lets them in (`--invented-names`), and where a room does, which is then all they reach.
//! Each gets an address that nobody had before, is marked as a guest in everything the node says of them, and leaves nothing
//! behind: no ID token, nothing on disk.

use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Duration;

use axum::Json;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use confab_rethink::{Domain, Identity, Url};
use serde_json::json;

use crate::hub::HubInput;
use crate::metrics::Counters;
use crate::resident;
use crate::secret::{self, SecretError};
use crate::sign_in::Refusal;
use crate::site::Site;
use crate::{tokens, web};

/// With what the names of guests begin, and those of accounts never.
pub(crate) const PREFIX: &str = "guest-";
/// The longest name that is looked at, bytes.
const MAX_BYTES: usize = 1_024;
/// Under what guests of one address are counted together; no account is called so.
const LIMITED: &str = "*guests*";
/// How long somebody waits when the house is full.
const FULL: Duration = Duration::from_secs(60);

/// Lets somebody in under the name that they say.
pub(crate) fn sign_in(
    site: &Site,
    peer: SocketAddr,
    headers: &HeaderMap,
    name: &str,
) -> Result<Response, Refusal> {
    if !site.invented_names {
        return Err(Refusal::NoGuests);
    }
    let name = check(name).ok_or(Refusal::BadName)?;
    let begun = {
        let mut limiter = site.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.begin(LIMITED, peer.ip(), site.clock.now())
    };
    begun.map_err(Refusal::TooManyTries)?;
    if is_taken(&name, &site.database.names()?) {
        return Err(Refusal::NameTaken);
    }
    let Guest { reference, user, identity } = Guest::new(&site.domain, &name)?;
    let answer = answer(site, headers, &user, &identity, Reach::Domain)?;
    Counters::add(&site.hub.counters.guests);
    // By the reference what they do can be followed in the log; the name is nobody's.
    tracing::info!(user = reference, peer = %peer.ip(), "guest is let in");
    tracing::debug!(user = reference, name, "name of a guest");
    Ok(answer)
}

/// Lets in whom a room lets in: by a token of `/api/join`, which has seen to everything.
pub(crate) async fn sign_in_to_room(
    site: &Site,
    headers: &HeaderMap,
    ticket: &str,
) -> Result<Response, Refusal> {
    let caller = site.guests.redeem(ticket).ok_or(Refusal::Expired)?;
    let name = check(&caller.name).ok_or(Refusal::BadName)?;
    let Guest { reference, user, identity } = Guest::new(&site.domain, &name)?;
    let answer = answer(site, headers, &user, &identity, Reach::Rooms)?;
    Counters::add(&site.hub.counters.guests);
    tracing::info!(user = reference, room = caller.room, "guest of a room is let in");
    site.hub.send(HubInput::Stranger(web::stranger(user.to_string(), caller))).await;
    Ok(answer)
}

/// Lets a guest of a room in once more, as who they were; `None` when it is nobody's refresh token.
pub(crate) fn come_back(
    site: &Site,
    headers: &HeaderMap,
    refresh: &str,
) -> Option<Result<Response, Refusal>> {
    let (user, identity) = site.tokens.take_guest(refresh, site.clock.now())?;
    Some(answer(site, headers, &user, &identity, Reach::Rooms))
}

/// What a guest reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Everybody.
    Domain,
    /// Rooms, of which the conference opens one to them.
    Rooms,
}

/// What a guest's sign-in answers.
fn answer(
    site: &Site,
    headers: &HeaderMap,
    user: &Url,
    identity: &Identity,
    reach: Reach,
) -> Result<Response, Refusal> {
    let (now, confined) = (site.clock.now(), reach == Reach::Rooms);
    let access = site.tokens.issue_to_guest(user, identity, confined, now)?;
    let access = access.ok_or(Refusal::TooManyTries(FULL))?;
    let reference = user.last_segment().split('@').next().unwrap_or_default();
    let mut answer = json!({
        "domain": site.domain.as_str(),
        "user": user,
        "name": identity.display_name(),
        "guest": true,
        "accessToken": access,
        "expiresIn": tokens::LIFE.as_secs(),
        "messageNode": {"flavour": site.flavour.as_str(), "url": site.node_url(headers)},
        "iceServers": site.ice_servers(reference),
    });
    match reach {
        Reach::Domain => answer["domains"] = site.domains(headers),
        Reach::Rooms => {
            let refresh = site.tokens.keep_guest(user, identity, now)?;
            answer["refresh"] = refresh.ok_or(Refusal::TooManyTries(FULL))?.into();
        }
    }
    Ok(Json(answer).into_response())
}

/// Somebody whom nobody was before.
pub(crate) struct Guest {
    /// What others of their kind are not called.
    pub(crate) reference: String,
    /// Their address.
    pub(crate) user: Url,
    /// What the node says of them.
    pub(crate) identity: Identity,
}

impl Guest {
    /// A guest of that name, which was [checked](check).
    pub(crate) fn new(domain: &Domain, name: &str) -> Result<Guest, SecretError> {
        // In front, where nothing that cuts a long name takes it away, and for every client to see.
        let shown = format!("Guest {name}");
        let digits = secret::random()?[..10].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let reference = format!("{PREFIX}{digits}");
        let mail = format!("{reference}@{domain}");
        let user = Url::user(domain, &mail).expect("hexadecimal digits fit into URLs");
        let identity = Identity {
            user_url: Some(user.clone()),
            name: Some(shown),
            idp: Some(domain.to_string()),
            guest: true,
            ..Identity::new(mail)
        };
        Ok(Guest { reference, user, identity })
    }
}

/// The name as it is shown: 1 to 64 characters as people count them, without control or direction characters.
pub(crate) fn check(wished: &str) -> Option<String> {
    if wished.len() > MAX_BYTES || wished.chars().any(char::is_control) {
        return None;
    }
    let name = wished.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty() && confab_rooms::display_name(&name) == name).then_some(name)
}

/// Whether somebody with an account is called so, or nearly.
pub(crate) fn is_taken(name: &str, accounts: &[(String, String)]) -> bool {
    let fold = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    // `alice@the.domain` is Alice too.
    let names = [fold(name), fold(name.split('@').next().unwrap_or_default())];
    let known = accounts.iter().flat_map(|(name, display)| [fold(name), fold(display)]);
    known.chain([resident::NAME.to_owned()]).any(|known| !known.is_empty() && names.contains(&known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_people_can_read() {
        assert_eq!(check("  Zaphod   Beeblebrox ").as_deref(), Some("Zaphod Beeblebrox"));
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        assert_eq!(check(&family.repeat(40)).as_deref(), Some(&*family.repeat(40)), "40 characters");
        let long = "x".repeat(65);
        for bad in ["", "  ", "a\nb", "a\u{0}", "a\u{202e}b", &long, &"x".repeat(2_000)] {
            assert_eq!(check(bad), None, "{bad:?}");
        }
        assert!(check(&long[1..]).is_some());
    }

    #[test]
    fn nobody_is_called_like_an_account() {
        let accounts = [("alice".to_owned(), "Alice Ångström".to_owned())];
        for name in ["alice", "ALICE", "A l i c e", "alice@csp.test", "alice ÅNGSTRÖM", "Conference"] {
            assert!(is_taken(name, &accounts), "{name}");
        }
        assert!(!is_taken("Zaphod", &accounts) && !is_taken("\u{1f600}", &accounts));
    }
}
