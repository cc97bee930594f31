//! The routes below `/oidc`.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use confab_backend_web::whence;
use confab_identity::s256;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::codes::Granted;
use super::pages;
use super::request::{Asked, Request, Wrong};
use super::{CLIENT, LIFE, Oidc};
use crate::secret::{self, SecretError};
use crate::sign_in::{self, Refusal};
use crate::site::Site;

/// The cookie that a form must come back with.
const COOKIE: &str = "confab-form";
/// How long a form may lie open, seconds.
const FORM_LIFE: u64 = 900;

/// The provider's routes, to be nested below `/oidc`.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/style.css", get(style))
        .route("/authorize", get(ask).post(answer))
        .route("/token", post(token))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    asked: Asked,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    form: String,
}

#[derive(Deserialize)]
struct Exchange {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    client_id: Option<String>,
    code_verifier: Option<String>,
}

async fn discovery(State(site): State<Arc<Site>>) -> Response {
    Json(site.oidc.discovery()).into_response()
}

async fn jwks(State(site): State<Arc<Site>>) -> Response {
    Json(json!({"keys": [site.oidc.jwk()]})).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], pages::STYLE).into_response()
}

/// Shows the form.
async fn ask(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    query: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = query else { return malformed(&site.oidc) };
    match asked.check(&site.oidc) {
        Ok(request) => show(&site, &headers, &asked, &request, None),
        Err(wrong) => refuse(&site.oidc, wrong),
    }
}

/// Takes the form: back to the client with a code, or the form again.
async fn answer(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Result<Form<Answer>, FormRejection>,
) -> Response {
    let Ok(Form(Answer { asked, user, password, form })) = form else { return malformed(&site.oidc) };
    let request = match asked.check(&site.oidc) {
        Ok(request) => request,
        Err(wrong) => return refuse(&site.oidc, wrong),
    };
    let again = |status, text: &str| show(&site, &headers, &asked, &request, Some((status, &user, text)));
    if !same_origin(&headers, site.oidc.issuer()) || cookie(&headers).as_deref() != Some(form.as_str()) {
        return again(StatusCode::FORBIDDEN, "This form was open for too long. Please try again.");
    }
    let peer = SocketAddr::new(whence(peer.ip(), &headers), peer.port());
    let account = match sign_in::by_password(&site, peer, &user, password).await {
        Ok(account) => account,
        Err(Refusal::TooManyTries(wait)) => {
            let text = format!("Too many tries. Please wait {} seconds.", wait.as_secs() + 1);
            return again(StatusCode::TOO_MANY_REQUESTS, &text);
        }
        Err(Refusal::Broken(error)) => return broken(&error),
        Err(_) => return again(StatusCode::UNAUTHORIZED, "User name or password is wrong."),
    };
    let granted = Granted {
        client: CLIENT.to_owned(),
        redirect: request.redirect.asked.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        account: account.name.clone(),
    };
    match lock_codes(&site.oidc).put(granted, site.now_unix()) {
        Ok(code) => {
            tracing::info!(user = account.name, "signed in by browser");
            Redirect::to(&request.redirect.with("code", &code)).into_response()
        }
        Err(error) => broken(&error.to_string()),
    }
}

/// Exchanges a code for an ID token (RFC 6749, section 4.1.3).
async fn token(State(site): State<Arc<Site>>, form: Result<Form<Exchange>, FormRejection>) -> Response {
    let Ok(Form(exchange)) = form else { return oauth_error("invalid_request") };
    let Exchange { grant_type, code, redirect_uri, client_id, code_verifier } = exchange;
    match grant_type.as_deref() {
        Some("authorization_code") => {}
        Some(_) => return oauth_error("unsupported_grant_type"),
        None => return oauth_error("invalid_request"),
    }
    if client_id.as_deref() != Some(CLIENT) {
        return oauth_error("invalid_client");
    }
    let (Some(code), Some(verifier)) = (code, code_verifier) else { return oauth_error("invalid_request") };
    let now = site.now_unix();
    let Some(granted) = lock_codes(&site.oidc).take(&code, now) else { return oauth_error("invalid_grant") };
    let fits = (43..=128).contains(&verifier.len()) && s256(&verifier) == granted.challenge;
    if !fits || redirect_uri.as_deref() != Some(&granted.redirect) || granted.client != CLIENT {
        return oauth_error("invalid_grant");
    }
    let account = match site.database.user(&granted.account) {
        Ok(Some(account)) => account,
        Ok(None) => return oauth_error("invalid_grant"),
        Err(error) => return broken(&error.to_string()),
    };
    let made: Result<_, SecretError> = site
        .oidc
        .id_token(&account, CLIENT, granted.nonce.as_deref(), now)
        // The access token is there because OAuth wants one. It opens nothing.
        .and_then(|token| Ok((token, secret::token()?)));
    match made {
        Ok((id_token, nothing)) => {
            let body = json!({"access_token": nothing, "token_type": "Bearer", "expires_in": LIFE,
                "id_token": id_token, "scope": "openid profile email"});
            (NOT_STORED, Json(body)).into_response()
        }
        Err(error) => broken(&error.to_string()),
    }
}

/// For whatever has a secret in it (RFC 6749, section 5.1).
const NOT_STORED: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

fn oauth_error(word: &str) -> Response {
    let status = if word == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    (status, NOT_STORED, Json(json!({"error": word}))).into_response()
}

fn show(
    site: &Site,
    headers: &HeaderMap,
    asked: &Asked,
    request: &Request,
    again: Option<(StatusCode, &str, &str)>,
) -> Response {
    // Kept when there is one: several forms may be open, of several domains on one host.
    let form = match cookie(headers).map_or_else(secret::token, Ok) {
        Ok(form) => form,
        Err(error) => return broken(&error.to_string()),
    };
    let action = format!("{}/authorize", site.oidc.issuer());
    let (action, style) = (path(&action), style_path(&site.oidc));
    let mut hidden = asked.fields();
    hidden.push(("form", &form));
    let (status, user, wrong) = match again {
        Some((status, user, wrong)) => (status, user, Some(wrong)),
        None => (StatusCode::OK, "", None),
    };
    let origin = request.redirect.origin();
    let domain = site.domain.as_str();
    let shown = pages::Form { domain, action: &action, style: &style, hidden, user, wrong, origin: &origin };
    let mut response = pages::form(status, &shown);
    let secure = if site.oidc.issuer().starts_with("https:") { "; Secure" } else { "" };
    let text = format!(
        "{COOKIE}={form}; Path={}; Max-Age={FORM_LIFE}; HttpOnly; SameSite=Strict{secure}",
        path(site.oidc.issuer())
    );
    if let Ok(text) = text.parse() {
        response.headers_mut().insert(header::SET_COOKIE, text);
    }
    response
}

fn refuse(oidc: &Oidc, wrong: Wrong) -> Response {
    match wrong {
        Wrong::Here(text) => pages::refusal(&style_path(oidc), text),
        Wrong::There(redirect, word) => Redirect::to(&redirect.with("error", word)).into_response(),
    }
}

fn malformed(oidc: &Oidc) -> Response {
    pages::refusal(&style_path(oidc), "The request cannot be read.")
}

fn broken(error: &str) -> Response {
    tracing::error!(error, "sign-in by browser does not work");
    (StatusCode::INTERNAL_SERVER_ERROR, "sign-in does not work\n").into_response()
}

fn lock_codes(oidc: &Oidc) -> std::sync::MutexGuard<'_, super::codes::Codes> {
    // Every change is one step.
    oidc.codes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of a URL: the page may be asked for by another name of the host than the issuer's.
fn path(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "/oidc".to_owned(), |url| url.path().to_owned())
}

fn style_path(oidc: &Oidc) -> String {
    format!("{}/style.css", path(oidc.issuer()))
}

/// The form's cookie, if it has the form of ours.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    let fits = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| value.to_owned())
}

/// Whether the form was sent by a page of our own: of the host that was asked, or of the issuer's, as a proxy may ask by another
/// name. Browsers say so in every `POST`. Other programs need not.
fn same_origin(headers: &HeaderMap, issuer: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return true };
    let asked = origin.split_once("://").map(|(_, host)| host);
    let own = Url::parse(issuer).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    let public = own.is_some_and(|own| own.ascii_serialization() == origin);
    public || asked.is_some() && asked == text(header::HOST)
}
