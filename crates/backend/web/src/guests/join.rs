//! `POST /api/join`: who says a name, and where the room wants one an e-mail address, gets a token for one room, good once and for ten minutes.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lettre::Address;
use serde::Deserialize;
use serde_json::json;

use super::Guests;
use super::house::Caller;
use crate::limiter::Limiter;
use crate::whence::{place, whence};

/// The longest name of a room, a code, an e-mail address, bytes.
const MAX_ROOM: usize = 64;
const MAX_CODE: usize = 128;
const MAX_MAIL: usize = 254;

#[derive(Deserialize)]
struct Ask {
    room: String,
    code: Option<String>,
    name: String,
    #[serde(default)]
    mail: String,
}

/// Lets somebody in as far as the socket, or says why not.
pub(super) async fn join(
    State(guests): State<Guests>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let ip = whence(peer.ip(), &headers);
    let (here, now) = (place(ip), (guests.0.clock)());
    let knocks = lock(&guests.0.knocks).take(&here, now);
    let knocked = knocks.and_then(|()| lock(&guests.0.wrong).check(&here, now));
    if let Err(wait) = knocked {
        return too_many(wait);
    }
    match admit(&guests, ip, &headers, &body).await {
        Ok(token) => {
            guests.0.counters.let_in.fetch_add(1, Ordering::Relaxed);
            // By whatever name the site was reached: there the socket is, too.
            Json(json!({"token": token, "ws": "guest/ws"})).into_response()
        }
        Err((status, word)) => {
            guests.0.counters.refused.fetch_add(1, Ordering::Relaxed);
            if matches!(word, "no-such-room" | "bad-code")
                && let Err(wait) = lock(&guests.0.wrong).take(&here, now)
            {
                return too_many(wait);
            }
            (status, Json(json!({"error": word}))).into_response()
        }
    }
}

fn lock(limiter: &Mutex<Limiter>) -> MutexGuard<'_, Limiter> {
    limiter.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let body = Json(json!({"error": "too-many", "retryAfter": seconds}));
    let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn admit(
    guests: &Guests,
    ip: IpAddr,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, (StatusCode, &'static str)> {
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return Err((StatusCode::FORBIDDEN, "foreign-page"));
    }
    let malformed = (StatusCode::BAD_REQUEST, "malformed");
    let ask: Ask = serde_json::from_slice(body).map_err(|_| malformed)?;
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if ask.room.is_empty() || ask.room.len() > MAX_ROOM || !ask.room.chars().all(letter) {
        return Err((StatusCode::NOT_FOUND, "no-such-room"));
    }
    let code = ask.code.filter(|code| !code.is_empty());
    if code
        .as_ref()
        .is_some_and(|code| code.len() > MAX_CODE || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        return Err((StatusCode::FORBIDDEN, "bad-code"));
    }
    let mail = ask.mail.trim().to_owned();
    let mail = Some(mail).filter(|mail| !mail.is_empty());
    if mail.as_ref().is_some_and(|mail| mail.len() > MAX_MAIL || mail.parse::<Address>().is_err()) {
        return Err((StatusCode::BAD_REQUEST, "bad-mail"));
    }
    let address = (!ip.to_canonical().is_loopback()).then(|| place(ip));
    let caller = Caller { room: ask.room, code, name: ask.name, mail, address };
    guests.0.house.door(caller.clone()).await.map_err(|word| (status(word), word))?;
    let mut tickets = guests.0.tickets.lock().unwrap_or_else(PoisonError::into_inner);
    tickets.give(caller, (guests.0.clock)()).map_err(|error| {
        tracing::error!(%error, "no guest can come in");
        (StatusCode::INTERNAL_SERVER_ERROR, "broken")
    })
}

fn status(word: &str) -> StatusCode {
    match word {
        "no-such-room" => StatusCode::NOT_FOUND,
        "bad-name" => StatusCode::BAD_REQUEST,
        "full" | "broken" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    }
}
