//! JSON from servers that may be anybody's: over HTTPS, or over HTTP within this machine, with limits.

use std::time::Duration;

use serde_json::Value;
use url::{Host, Url};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The largest answer that is read, bytes.
const SIZE_LIMIT: u64 = 256 * 1024;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Neither HTTPS nor this machine.
    #[error("{0} is neither https nor on this machine")]
    Insecure(String),
    /// Nobody answers.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// An answer, and no use.
    #[error("{0} answers {1}")]
    Useless(String, String),
}

/// Takes a URL that secrets may go to: `https`, or `http` to a loopback address.
pub fn secure(text: &str) -> Result<Url, FetchError> {
    let insecure = || FetchError::Insecure(text.chars().take(256).collect());
    let url = Url::parse(text).map_err(|_| insecure())?;
    let fits = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        _ => false,
    };
    if fits && url.username().is_empty() && url.password().is_none() { Ok(url) } else { Err(insecure()) }
}

/// Whether a URL leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// `GET`s a JSON document. Blocks for 5 s at most.
pub fn get(url: &str) -> Result<Value, FetchError> {
    secure(url)?;
    let (status, value) = answer(url, agent().get(url).header("accept", "application/json").call())?;
    if status == 200 { Ok(value) } else { Err(FetchError::Useless(url.to_owned(), status.to_string())) }
}

/// `POST`s a form; the status and the JSON of the answer. Blocks for 5 s at most.
pub fn post_form(url: &str, form: &[(&str, &str)]) -> Result<(u16, Value), FetchError> {
    secure(url)?;
    let request = agent().post(url).header("accept", "application/json");
    answer(url, request.send_form(form.iter().copied()))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .tls_config(confab_trust::http())
        .timeout_global(Some(LIMIT))
        // An answer comes from where it was asked, or not at all.
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

fn answer(
    url: &str,
    sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<(u16, Value), FetchError> {
    let unreachable = |error: ureq::Error| FetchError::Unreachable(url.to_owned(), error.to_string());
    let mut response = sent.map_err(unreachable)?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(SIZE_LIMIT).read_to_string().map_err(unreachable)?;
    let value = serde_json::from_str(&text);
    Ok((status, value.map_err(|_| FetchError::Useless(url.to_owned(), format!("{status} without JSON")))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for fine in
            ["https://a.example/oidc", "http://127.0.0.1:4710/oidc", "http://[::1]:1/", "http://localhost:1"]
        {
            assert!(secure(fine).is_ok(), "{fine}");
        }
        for bad in [
            "http://a.example/",
            "http://10.0.0.1/",
            "http://localhost.a.example/",
            "http://127.0.0.1@a.example/",
            "https://user:secret@a.example/",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            "",
        ] {
            assert!(matches!(secure(bad), Err(FetchError::Insecure(_))), "{bad}");
        }
    }
}
