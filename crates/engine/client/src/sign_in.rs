//! The HTTP requests of docs/protocol.md, section 2.

use std::time::Duration;

use confab_user_agent::{Grant, SignInFailure, SignInOptions};
use serde_json::{Value, json};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest answer read, bytes.
const SIZE_LIMIT: u64 = 64 * 1024;
/// The longest wait that a server may ask for, seconds.
const LONGEST_WAIT: u64 = 3600;

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .tls_config(confab_trust::http())
        .timeout_global(Some(LIMIT))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

/// What proves who the user is.
pub enum Proof<'a> {
    /// A password, as typed.
    Password {
        /// The user as typed.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// A single-use refresh token.
    Refresh(&'a str),
    /// What an identity provider says.
    IdToken(&'a str),
    /// Nothing: the name of a guest.
    Invented(&'a str),
    /// What the front door of a room has given to a guest.
    Ticket(&'a str),
}

/// `GET <base>/api/sign-in`: how one may sign in. Blocks for 10 s at most.
pub fn options(base: &str) -> Result<SignInOptions, SignInFailure> {
    let unreachable = |error: ureq::Error| SignInFailure::Unreachable(error.to_string());
    let mut response = agent().get(format!("{base}/api/sign-in")).call().map_err(unreachable)?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(SIZE_LIMIT).read_to_string().map_err(unreachable)?;
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match status {
        200 => SignInOptions::parse(&answer)
            .map_err(|field| SignInFailure::NotAServer(format!("answer lacks {field}"))),
        500..=599 => Err(SignInFailure::Unreachable(format!("server answers {status}"))),
        404 | 405 if confab_signaling::survey(base).is_ok() => {
            Ok(SignInOptions { password: true, providers: Vec::new(), invented: false })
        }
        _ => Err(SignInFailure::NotAServer(format!("server answers {status}"))),
    }
}

/// `POST <base>/api/sign-in`. The ID token that comes back is bound to `nonce`. Blocks for 10 s at most.
pub fn sign_in(base: &str, proof: &Proof<'_>, nonce: Option<&str>) -> Result<Grant, SignInFailure> {
    let mut body = match proof {
        Proof::Password { user, password } => json!({"user": user, "password": password}),
        Proof::Refresh(refresh) => json!({"refresh": refresh}),
        Proof::IdToken(token) => json!({"idToken": token}),
        Proof::Invented(name) => json!({"name": name}),
        Proof::Ticket(ticket) => json!({"ticket": ticket}),
    };
    if let Some(nonce) = nonce {
        body["nonce"] = nonce.into();
    }
    let unreachable = |error: ureq::Error| SignInFailure::Unreachable(error.to_string());
    let mut response = agent().post(format!("{base}/api/sign-in")).send_json(body).map_err(unreachable)?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(SIZE_LIMIT).read_to_string().map_err(unreachable)?;
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let word = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    match (status, word) {
        (200, _) => {
            Grant::parse(&answer).map_err(|field| SignInFailure::NotAServer(format!("answer lacks {field}")))
        }
        (400 | 403, "bad-name" | "name-taken" | "no-guests") => Err(SignInFailure::Name(word.to_owned())),
        (401, "expired") => Err(SignInFailure::Expired),
        (401, _) => Err(SignInFailure::Wrong),
        (429, _) => Err(SignInFailure::TooMany(retry_after(&answer))),
        (500..=599, _) => Err(SignInFailure::Unreachable(format!("server answers {status}"))),
        (404 | 405, _) => unasked(base, proof, status),
        _ => Err(SignInFailure::NotAServer(format!("server answers {status}"))),
    }
}

/// There is no sign-in desk: is there a message node that believes everybody, as the reference ones do?
fn unasked(base: &str, proof: &Proof<'_>, status: u16) -> Result<Grant, SignInFailure> {
    let none =
        |why: &dyn std::fmt::Display| SignInFailure::NotAServer(format!("server answers {status}; {why}"));
    let Proof::Password { user, .. } = proof else { return Err(none(&"only a name can be said here")) };
    let found = confab_signaling::survey(base).map_err(|error| none(&error))?;
    Grant::unasked(found.domain, user, found.flavour, found.url)
        .ok_or_else(|| none(&"the name is no address"))
}

/// `POST <base>/api/join`, and a sign-in by what it gives: as a guest of one room. A server that knows no such door is asked to let a guest
/// in by the name alone. Blocks for 20 s at most.
pub fn sign_in_to_room(
    base: &str,
    room: &str,
    code: Option<&str>,
    name: &str,
) -> Result<Grant, SignInFailure> {
    let mut body = json!({"room": room, "name": name});
    if let Some(code) = code {
        body["code"] = code.into();
    }
    let unreachable = |error: ureq::Error| SignInFailure::Unreachable(error.to_string());
    let mut response = agent().post(format!("{base}/api/join")).send_json(body).map_err(unreachable)?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(SIZE_LIMIT).read_to_string().map_err(unreachable)?;
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let word = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    match (status, word) {
        (200, _) => match answer.get("token").and_then(Value::as_str) {
            Some(ticket) => sign_in(base, &Proof::Ticket(ticket), None),
            None => Err(SignInFailure::NotAServer("answer lacks token".to_owned())),
        },
        (_, "bad-name" | "name-taken") => Err(SignInFailure::Name(word.to_owned())),
        (429, _) => Err(SignInFailure::TooMany(retry_after(&answer))),
        (_, "") if matches!(status, 404 | 405) => sign_in(base, &Proof::Invented(name), None),
        (500..=599, "" | "broken") => Err(SignInFailure::Unreachable(format!("server answers {status}"))),
        (_, "") => Err(SignInFailure::NotAServer(format!("server answers {status}"))),
        (_, word) => Err(SignInFailure::Room(word.chars().take(64).collect())),
    }
}

/// How long an answer asks to wait, seconds: an hour at most, whatever it says.
fn retry_after(answer: &Value) -> u32 {
    let seconds = answer.get("retryAfter").and_then(Value::as_u64).unwrap_or(60);
    seconds.min(LONGEST_WAIT) as u32
}

/// `POST <base>/api/sign-out`. Blocks for 10 s at most.
pub fn sign_out(base: &str, refresh: &str) {
    if let Err(error) = agent().post(format!("{base}/api/sign-out")).send_json(json!({"refresh": refresh})) {
        tracing::info!(%error, "sign-out was not heard");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_makes_us_wait_for_longer_than_an_hour() {
        for (asked, believed) in
            [(json!({}), 60), (json!({"retryAfter": 5}), 5), (json!({"retryAfter": u64::MAX}), 3600)]
        {
            assert_eq!(retry_after(&asked), believed, "{asked}");
        }
    }
}
