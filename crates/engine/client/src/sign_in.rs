//! The two HTTP requests of docs/protocol.md, section 2.

use std::time::Duration;

use confab_user_agent::{Grant, Secret, SignInFailure};
use serde_json::{Value, json};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest answer read, bytes.
const SIZE_LIMIT: u64 = 64 * 1024;

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

/// `POST <base>/api/sign-in`. Blocks for 10 s at most.
pub fn sign_in(base: &str, user: &str, secret: &Secret) -> Result<Grant, SignInFailure> {
    let body = match secret {
        Secret::Password(password) => json!({"user": user, "password": password}),
        Secret::Refresh(refresh) => json!({"refresh": refresh}),
    };
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
        (401, "expired") => Err(SignInFailure::Expired),
        (401, _) => Err(SignInFailure::Wrong),
        (429, _) => {
            let seconds = answer.get("retryAfter").and_then(Value::as_u64).unwrap_or(60);
            Err(SignInFailure::TooMany(u32::try_from(seconds).unwrap_or(u32::MAX)))
        }
        (500..=599, _) => Err(SignInFailure::Unreachable(format!("server answers {status}"))),
        _ => Err(SignInFailure::NotAServer(format!("server answers {status}"))),
    }
}

/// `POST <base>/api/sign-out`. Blocks for 10 s at most.
pub fn sign_out(base: &str, refresh: &str) {
    if let Err(error) = agent().post(format!("{base}/api/sign-out")).send_json(json!({"refresh": refresh})) {
        tracing::info!(%error, "sign-out was not heard");
    }
}
