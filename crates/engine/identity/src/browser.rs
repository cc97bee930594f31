//! Sign-in by the system's browser: OpenID Connect's code flow for native apps (RFC 8252) with PKCE (RFC 7636).
//!
//! The provider shows its own page in the person's own browser, and the answer comes back to a port of the loopback
//! interface that is open for this one sign-in. The password never passes through this program.

mod loopback;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::Url;

use crate::fetch::{self, FetchError};
use crate::issuers::{self, Endpoints, Issuers};
use crate::key::KeyError;
use crate::token::{IdToken, TokenError};
use loopback::Callback;

/// How long a person may take.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Where to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its URL.
    pub issuer: String,
    /// What it calls this program.
    pub client_id: String,
}

/// The words of the page that the browser shows in the end, in the person's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// BCP 47 tag of the language.
    pub language: String,
    /// Heading when all went well.
    pub done: String,
    /// That the page may be closed now.
    pub close: String,
    /// Heading when the provider has refused.
    pub refused: String,
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    /// The provider cannot be reached or is none.
    #[error(transparent)]
    Provider(#[from] FetchError),
    /// No port on this machine.
    #[error("no port on this machine: {0}")]
    Listen(String),
    /// No browser.
    #[error("no browser: {0}")]
    Open(String),
    /// The provider says no, by a word of RFC 6749, section 4.1.2.1 or 5.2: `access_denied` when the person has declined.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// Nobody came back within five minutes.
    #[error("nobody came back from the browser")]
    TimedOut,
    /// The ID token is not to be believed.
    #[error("ID token: {0}")]
    Token(#[from] TokenError),
    /// No random numbers.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The program is ending.
    #[error("the program is ending")]
    Ending,
}

/// What must come back.
struct Secrets {
    state: String,
    nonce: String,
    verifier: String,
}

/// Signs in and returns the ID token, checked. Nothing else of the provider's answer is kept. `open` shows a URL in the
/// system's browser and returns at once; `now` is the Unix time in seconds. Dropping the future cancels: the port is closed.
pub async fn sign_in(
    provider: &Provider,
    words: &Words,
    issuers: Arc<Issuers>,
    open: impl FnOnce(&str) -> Result<(), String>,
    now: impl Fn() -> u64,
) -> Result<String, BrowserError> {
    let issuer = provider.issuer.clone();
    let endpoints = blocking(move || issuers::discover(&issuer)).await??;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.map_err(|error| BrowserError::Listen(error.to_string()))?;
    let port = listener.local_addr().map_err(|error| BrowserError::Listen(error.to_string()))?.port();
    let redirect = format!("http://127.0.0.1:{port}{}", loopback::PATH);
    let secrets = Secrets {
        state: crate::random::<16>()?,
        nonce: crate::random::<16>()?,
        verifier: crate::random::<32>()?,
    };
    open(authorization(provider, &endpoints, &redirect, &secrets)?.as_str()).map_err(BrowserError::Open)?;

    let waiting = loopback::wait(listener, port, &secrets.state, &provider.issuer, words);
    let code = match timeout(LIMIT, waiting).await {
        Ok(Ok(Callback::Code(code))) => code,
        Ok(Ok(Callback::Refused(word))) => return Err(BrowserError::Refused(word)),
        Ok(Err(error)) => return Err(BrowserError::Listen(error.to_string())),
        Err(_) => return Err(BrowserError::TimedOut),
    };
    let exchange = exchange(provider.clone(), endpoints.token, code, redirect, secrets.verifier);
    let token = blocking(exchange).await??;
    let (issuer, client, moment) = (provider.issuer.clone(), provider.client_id.clone(), now());
    blocking(move || check(&issuers, &token, &issuer, &client, &secrets.nonce, moment).map(|()| token))
        .await?
}

/// Where the browser is sent.
fn authorization(
    provider: &Provider,
    endpoints: &Endpoints,
    redirect: &str,
    secrets: &Secrets,
) -> Result<Url, FetchError> {
    let mut url = fetch::secure(&endpoints.authorization)?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", "openid profile email")
        .append_pair("state", &secrets.state)
        .append_pair("nonce", &secrets.nonce)
        .append_pair("code_challenge", &crate::s256(&secrets.verifier))
        .append_pair("code_challenge_method", "S256");
    Ok(url)
}

fn exchange(
    provider: Provider,
    endpoint: String,
    code: String,
    redirect: String,
    verifier: String,
) -> impl FnOnce() -> Result<String, BrowserError> {
    move || {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect),
            ("client_id", &provider.client_id),
            ("code_verifier", &verifier),
        ];
        let (status, answer) = fetch::post_form(&endpoint, &form)?;
        match answer["id_token"].as_str() {
            Some(token) if status == 200 => Ok(token.to_owned()),
            _ => Err(BrowserError::Refused(word(answer["error"].as_str().unwrap_or("no ID token")))),
        }
    }
}

/// Checks a token that the provider has given for this sign-in (OpenID Connect Core, section 3.1.3.7).
fn check(
    issuers: &Issuers,
    token: &str,
    issuer: &str,
    client: &str,
    nonce: &str,
    now: u64,
) -> Result<(), BrowserError> {
    let claims = issuers.check(&IdToken::parse(token)?, issuer, now)?;
    claims.check_audience(client)?;
    if claims.nonce.as_deref() == Some(nonce) { Ok(()) } else { Err(TokenError::Nonce.into()) }
}

/// An error word as it may be shown and logged.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(64).collect()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, BrowserError> {
    spawn_blocking(work).await.map_err(|_| BrowserError::Ending)
}
