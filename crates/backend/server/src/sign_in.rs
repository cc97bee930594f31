//! `GET` and `POST /api/sign-in`, `POST /api/sign-out` (docs/protocol.md, section 2).

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use confab_backend_web::whence;
use confab_identity::TokenError;
use confab_message_node::Person;
use confab_rethink::{Identity, Url};
use serde::Deserialize;
use serde_json::json;

use crate::database::{Account, DatabaseError};
use crate::guests;
use crate::hub::HubInput;
use crate::metrics::Counters;
use crate::oidc::{self, Arrival, ArrivalError};
use crate::secret::{self, SecretError};
use crate::site::Site;
use crate::tokens;

/// How long a refresh token lives.
const REFRESH_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// The longest password that is hashed.
const MAX_PASSWORD: usize = 1024;

/// How a sign-in goes. `nonce` asks for an ID token that is bound to the client's key.
#[derive(Deserialize)]
#[serde(untagged)]
enum Ask {
    Password {
        user: String,
        password: String,
        nonce: Option<String>,
    },
    Refresh {
        refresh: String,
        nonce: Option<String>,
    },
    IdToken {
        #[serde(rename = "idToken")]
        id_token: String,
        nonce: Option<String>,
    },
    /// A token of `/api/join`.
    Ticket {
        ticket: String,
    },
    /// Only a name.
    Invented {
        name: String,
    },
}

impl Ask {
    fn nonce(&self) -> Option<&String> {
        match self {
            Ask::Password { nonce, .. } | Ask::Refresh { nonce, .. } | Ask::IdToken { nonce, .. } => {
                nonce.as_ref()
            }
            Ask::Ticket { .. } | Ask::Invented { .. } => None,
        }
    }

    /// Whether the nonce, if there is one, is a thumbprint: base64url of 32 bytes. Known before a refresh token is used up.
    fn is_fit(&self) -> bool {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        self.nonce().is_none_or(|nonce| nonce.len() == 43 && nonce.bytes().all(letter))
    }
}

/// Why somebody is not signed in.
pub(crate) enum Refusal {
    Malformed,
    WrongPassword,
    Expired,
    TooManyTries(Duration),
    /// The ID token is not believed.
    Token(ArrivalError),
    /// The provider is believed, and names somebody who has no account.
    UnknownUser,
    /// Nobody comes in here by a name alone.
    NoGuests,
    /// A name that cannot be shown.
    BadName,
    /// A name that somebody with an account has.
    NameTaken,
    Broken(String),
}

/// Says how one can sign in here.
pub async fn ways(State(site): State<Arc<Site>>) -> Response {
    let name = site.domain.as_str();
    let providers = site.oidc.providers();
    let ways = json!({"domain": name, "name": name, "password": true, "providers": providers,
        "inventedNames": site.invented_names});
    Json(ways).into_response()
}

/// Gives an access token for a password, a refresh token or an ID token.
pub async fn sign_in(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let peer = SocketAddr::new(whence(peer.ip(), &headers), peer.port());
    let ask = serde_json::from_slice(&body).ok().filter(Ask::is_fit);
    let nonce = ask.as_ref().and_then(Ask::nonce).cloned();
    let signed = match ask {
        Some(Ask::Password { user, password, .. }) => begin(by_password(&site, peer, &user, password).await),
        Some(Ask::Refresh { refresh, .. }) => match guests::come_back(&site, &headers, &refresh) {
            Some(answer) => return answer.unwrap_or_else(|refusal| refuse(&site, refusal)),
            None => by_refresh(&site, refresh).await,
        },
        Some(Ask::IdToken { id_token, .. }) => begin(by_id_token(&site, id_token).await),
        Some(Ask::Ticket { ticket }) => {
            let answer = guests::sign_in_to_room(&site, &headers, &ticket).await;
            return answer.unwrap_or_else(|refusal| refuse(&site, refusal));
        }
        Some(Ask::Invented { name }) => {
            return guests::sign_in(&site, peer, &headers, &name)
                .unwrap_or_else(|refusal| refuse(&site, refusal));
        }
        None => Err(Refusal::Malformed),
    };
    let refusal = match signed {
        Ok((account, family)) => match admit(&site, &headers, &account, family, nonce.as_deref()).await {
            Ok(answer) => {
                Counters::add(&site.hub.counters.signed_in);
                tracing::info!(user = account.name, "signed in");
                return answer;
            }
            Err(refusal) => refusal,
        },
        Err(refusal) => refusal,
    };
    refuse(&site, refusal)
}

fn refuse(site: &Site, refusal: Refusal) -> Response {
    let counters = &site.hub.counters;
    Counters::add(if matches!(refusal, Refusal::TooManyTries(_)) {
        &counters.throttled
    } else {
        &counters.refused
    });
    refusal.into_response()
}

/// Revokes a refresh token, the access tokens of the same sign-in, and the sessions opened by them.
pub async fn sign_out(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let Ok(Ask::Refresh { refresh, .. }) = serde_json::from_slice(&body) else {
        return Refusal::Malformed.into_response();
    };
    let revoked = match site.tokens.take_guest(&refresh, site.clock.now()) {
        Some((user, _)) => site.tokens.revoke_guest(&user),
        None => match take(&site, refresh).await {
            Ok(Some((_, family))) => site.tokens.revoke_family(family),
            // Whoever is signed out already has what they wanted.
            Ok(None) => Vec::new(),
            Err(refusal) => return refusal.into_response(),
        },
    };
    for ticket in revoked {
        site.hub.send(HubInput::Revoked { ticket }).await;
    }
    StatusCode::NO_CONTENT.into_response()
}

/// The account whose password this is. Guessing is limited by name and address, wherever the password was typed.
pub(crate) async fn by_password(
    site: &Arc<Site>,
    peer: SocketAddr,
    user: &str,
    password: String,
) -> Result<Account, Refusal> {
    // `alice` and `alice@<domain>` are the same account; so is `Alice`.
    let name = user.strip_suffix(&format!("@{}", site.domain)).unwrap_or(user).to_lowercase();
    if name.len() > 64 || password.len() > MAX_PASSWORD {
        return Err(Refusal::WrongPassword);
    }
    let begun = {
        let mut limiter = site.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.begin(&name, peer.ip(), site.clock.now())
    };
    if let Err(wait) = begun {
        tracing::warn!(user = name, peer = %peer.ip(), "too many failed sign-ins");
        return Err(Refusal::TooManyTries(wait));
    }
    // Hashing takes a core and 19 MiB, so only a few go on at once and the others wait their turn.
    let turn = site.hashing.acquire().await.map_err(|error| Refusal::Broken(error.to_string()))?;
    let shared = site.clone();
    let asked = name.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let account = shared.database.user(&asked)?;
        // An unknown name takes as long as a wrong password.
        let hash = account.as_ref().map_or(shared.nobody.as_str(), |account| account.password.as_str());
        let right = secret::verify_password(&password, hash);
        Ok(account.filter(|_| right))
    });
    let checked: Result<Option<Account>, DatabaseError> =
        checked.await.map_err(|error| Refusal::Broken(error.to_string()))?;
    drop(turn);
    let Some(account) = checked? else {
        tracing::info!(user = name, peer = %peer.ip(), "wrong password");
        return Err(Refusal::WrongPassword);
    };
    site.limiter.lock().unwrap_or_else(PoisonError::into_inner).succeeded(&name, peer.ip());
    Ok(account)
}

/// The account that an ID token names.
async fn by_id_token(site: &Arc<Site>, token: String) -> Result<Account, Refusal> {
    let (shared, now) = (site.clone(), site.now_unix());
    let arrived =
        tokio::task::spawn_blocking(move || shared.oidc.arrive(&shared.database, &token, now)).await;
    let arrived = arrived.map_err(|error| Refusal::Broken(error.to_string()))?;
    let Arrival { name, display, create } = arrived.map_err(Refusal::Token)?;
    if let Some(account) = site.database.user(&name)? {
        return Ok(account);
    }
    if !create {
        tracing::info!(user = name, "has no account");
        return Err(Refusal::UnknownUser);
    }
    // Nobody knows the password: this account is entered by the provider only.
    let made = site.database.add_user(&name, &display, &secret::hash_password(&secret::token()?)?);
    let account = site.database.user(&name)?;
    // Two sign-ins at once make one account.
    let account = account.ok_or_else(|| Refusal::Broken(format!("account is not made: {made:?}")))?;
    let (user, _) = site.person(&account);
    site.hub.send(HubInput::Enrolled(Person { user, name: account.display.clone() })).await;
    Ok(account)
}

/// Begins a family of tokens, which sign-out ends together.
fn begin(signed: Result<Account, Refusal>) -> Result<(Account, i64), Refusal> {
    let account = signed?;
    let bytes = secret::random()?;
    Ok((account, i64::from_le_bytes(bytes[..8].try_into().expect("eight bytes of 32"))))
}

async fn by_refresh(site: &Arc<Site>, refresh: String) -> Result<(Account, i64), Refusal> {
    let (name, family) = take(site, refresh).await?.ok_or(Refusal::Expired)?;
    let account = site.database.user(&name)?.ok_or(Refusal::Expired)?;
    Ok((account, family))
}

async fn take(site: &Arc<Site>, refresh: String) -> Result<Option<(String, i64)>, Refusal> {
    Ok(site.database.take_refresh(&secret::fingerprint(&refresh), site.unix_seconds())?)
}

async fn admit(
    site: &Site,
    headers: &HeaderMap,
    account: &Account,
    family: i64,
    nonce: Option<&str>,
) -> Result<Response, Refusal> {
    let (user, identity) = site.person(account);
    let access = site.tokens.issue(&user, &identity, family, site.clock.now())?;
    let refresh = secret::token()?;
    let expires = site.unix_seconds() + i64::try_from(REFRESH_LIFE.as_secs()).unwrap_or(i64::MAX);
    site.database.add_refresh(&secret::fingerprint(&refresh), &account.name, family, expires)?;
    let mut answer = json!({
        "domain": site.domain.as_str(),
        "user": user,
        "name": account.display,
        "accessToken": access,
        "expiresIn": tokens::LIFE.as_secs(),
        "refresh": refresh,
        "messageNode": {"flavour": site.flavour.as_str(), "url": site.node_url(headers)},
        "iceServers": site.ice_servers(&account.name),
        "domains": site.domains(headers),
    });
    if let Some(nonce) = nonce {
        let token = site.oidc.id_token(account, oidc::EVERYBODY, Some(nonce), site.now_unix())?;
        answer["idToken"] = json!(token);
    }
    Ok(Json(answer).into_response())
}

impl Site {
    /// Unix time in seconds.
    pub(crate) fn now_unix(&self) -> u64 {
        self.clock.wall_now() / 1_000
    }

    /// The user URL of an account, and the identity its messages carry.
    fn person(&self, account: &Account) -> (Url, Identity) {
        let mail = format!("{}@{}", account.name, self.domain);
        let user = Url::user(&self.domain, &mail).expect("account names fit into URLs");
        let identity = Identity {
            user_url: Some(user.clone()),
            name: Some(account.display.clone()),
            idp: Some(self.domain.to_string()),
            ..Identity::new(mail)
        };
        (user, identity)
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Refusal {
        Refusal::Broken(error.to_string())
    }
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Refusal {
        Refusal::Broken(error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Refusal::Malformed => (StatusCode::BAD_REQUEST, json!({"error": "malformed"})),
            Refusal::WrongPassword => (StatusCode::UNAUTHORIZED, json!({"error": "wrong-password"})),
            Refusal::Expired => (StatusCode::UNAUTHORIZED, json!({"error": "expired"})),
            Refusal::Token(ArrivalError::Token(TokenError::NoKeys(why))) => {
                tracing::warn!(why, "the provider cannot be reached");
                (StatusCode::SERVICE_UNAVAILABLE, json!({"error": "provider-unreachable"}))
            }
            Refusal::Token(ArrivalError::Database(error)) => {
                return Refusal::Broken(error.to_string()).into_response();
            }
            Refusal::Token(error) => {
                tracing::info!(%error, "ID token is refused");
                (StatusCode::UNAUTHORIZED, json!({"error": "wrong-token"}))
            }
            Refusal::NoGuests => (StatusCode::FORBIDDEN, json!({"error": "no-guests"})),
            Refusal::BadName => (StatusCode::BAD_REQUEST, json!({"error": "bad-name"})),
            Refusal::NameTaken => (StatusCode::FORBIDDEN, json!({"error": "name-taken"})),
            Refusal::UnknownUser => (StatusCode::FORBIDDEN, json!({"error": "unknown-user"})),
            Refusal::TooManyTries(wait) => {
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                (StatusCode::TOO_MANY_REQUESTS, json!({"error": "too-many-tries", "retryAfter": seconds}))
            }
            Refusal::Broken(error) => {
                tracing::error!(error, "sign-in does not work");
                (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": "broken"}))
            }
        };
        (status, Json(body)).into_response()
    }
}
