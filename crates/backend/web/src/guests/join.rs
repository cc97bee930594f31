//! `POST /api/join`: who says a name and an e-mail address gets a token for one room, good once and for ten minutes.

use std::net::{IpAddr, SocketAddr};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lettre::Address;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Guests;
use super::house::Caller;
use crate::secret::hex;

/// The longest name of a room, a code, an e-mail address, bytes.
const MAX_ROOM: usize = 64;
const MAX_CODE: usize = 128;
const MAX_MAIL: usize = 254;

#[derive(Deserialize)]
struct Ask {
    room: String,
    code: Option<String>,
    name: String,
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
    let knocked = {
        let mut knocks = guests.0.knocks.lock().unwrap_or_else(PoisonError::into_inner);
        knocks.take(&place(ip), (guests.0.clock)())
    };
    if let Err(wait) = knocked {
        let seconds = wait.as_secs() + 1;
        let body = Json(json!({"error": "too-many", "retryAfter": seconds}));
        let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    match admit(&guests, ip, &headers, &body).await {
        Ok(token) => {
            guests.0.counters.let_in.fetch_add(1, Ordering::Relaxed);
            let ws = format!("{}/guest/ws", guests.0.base.replacen("http", "ws", 1));
            Json(json!({"token": token, "ws": ws})).into_response()
        }
        Err((status, word)) => {
            guests.0.counters.refused.fetch_add(1, Ordering::Relaxed);
            (status, Json(json!({"error": word}))).into_response()
        }
    }
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
    if mail.len() > MAX_MAIL || mail.parse::<Address>().is_err() {
        return Err((StatusCode::BAD_REQUEST, "bad-mail"));
    }
    let address = (!ip.is_loopback()).then(|| place(ip));
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

/// Where a request came from: what the proxy on this machine says, when it came through one.
fn whence(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let said = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    // The last one was written by the proxy itself; those before it by anybody.
    let said = said.and_then(|said| said.rsplit(',').next()?.trim().parse().ok());
    said.filter(|_| peer.is_loopback()).unwrap_or(peer)
}

/// A name for where somebody is, which does not say where: the same for one household, another after a restart.
fn place(ip: IpAddr) -> String {
    use std::sync::OnceLock;
    static SALT: OnceLock<[u8; 32]> = OnceLock::new();
    // Without randomness nothing starts here, so the other arm is never reached.
    let salt = SALT.get_or_init(|| crate::secret::random().unwrap_or_default());
    let mut hash = Sha256::new();
    hash.update(salt);
    match ip.to_canonical() {
        IpAddr::V4(four) => hash.update(four.octets()),
        IpAddr::V6(six) => hash.update(&six.octets()[..8]),
    }
    hex(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_says_where_a_request_came_from() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.1, 203.0.113.7".parse().unwrap());
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(whence(ip("127.0.0.1"), &headers), ip("203.0.113.7"));
        assert_eq!(whence(ip("192.0.2.1"), &headers), ip("192.0.2.1"));
        assert_eq!(whence(ip("127.0.0.1"), &HeaderMap::new()), ip("127.0.0.1"));
    }

    #[test]
    fn a_household_has_one_place_and_neighbours_another() {
        let ip = |text: &str| place(text.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::2"));
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        assert_eq!(ip("192.0.2.1"), ip("::ffff:192.0.2.1"));
        assert_ne!(ip("192.0.2.1"), ip("192.0.2.2"));
    }
}
