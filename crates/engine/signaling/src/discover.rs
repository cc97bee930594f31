//! Where the message node of a domain is, and what kind it is.
//!
//! Two ways, in this order: the descriptor of the domain's protocol stub (`/.well-known/protocolstub/default`, reTHINK catalogue),
//! and a careful look at what answers there. A domain may be named by anybody, so a name alone never leads into the own
//! network: only an address that the user typed, or that their own domain vouches for, may be private or without TLS.

mod guard;

use std::time::Duration;

use confab_rethink::{Domain, Flavour};
use serde_json::Value;
use tokio_tungstenite::connect_async_tls_with_config;

use crate::tls;
use guard::Guard;

/// How long one question may take; there are at most four.
const LIMIT: Duration = Duration::from_secs(5);
/// The largest answer read, bytes.
const SIZE_LIMIT: u64 = 64 * 1024;
/// Redirects of the descriptor that are followed.
const REDIRECTS: u32 = 3;
/// Where the descriptor is.
const DESCRIPTOR: &str = "/.well-known/protocolstub/default";

/// Why a domain's node was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    /// The domain, the hint or the descriptor names no host.
    #[error("{0} is no address of a node")]
    Address(String),
    /// The address is private, or without TLS, and nobody vouches for it.
    #[error("{0} is not public, and nobody vouches for it")]
    Private(String),
    /// Nothing of a message node answers.
    #[error("no message node answers at {0}")]
    Silent(String),
}

/// Finds the node of a domain. `hint` is an address (`http`, `https`, `ws`, `wss`) that the user typed or their own domain vouches
/// for; without one, `https://<domain>` is asked. Blocks for 20 s at most.
pub fn discover(domain: &Domain, hint: Option<&str>) -> Result<(Flavour, String), DiscoverError> {
    let base = match hint {
        Some(hint) => http_url(hint).ok_or_else(|| DiscoverError::Address(short(hint)))?,
        None => format!("https://{}", host_of(domain)?),
    };
    let base = base.trim_end_matches('/');
    let guard = Guard { vouched: hint.is_some() };
    guard.check(base)?;
    let agent = agent(guard, base.starts_with("https://"));
    if let Some((flavour, url)) = described(&agent, base) {
        guard.check(&url)?;
        let probed = || probe(&agent, http_url(&url)?.trim_end_matches('/')).map(|(flavour, _)| flavour);
        let flavour = flavour.or_else(|| by_path(&url)).or_else(probed);
        return flavour.map(|flavour| (flavour, url)).ok_or_else(|| DiscoverError::Silent(short(base)));
    }
    probe(&agent, base).ok_or_else(|| DiscoverError::Silent(short(base)))
}

/// What was found at an address that the user typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The node's framing.
    pub flavour: Flavour,
    /// The node's address.
    pub url: String,
    /// The domain, as the node's health page or, without one, its host name says.
    pub domain: Domain,
}

/// Looks at an address that the user typed for a message node without a sign-in desk, as the reference ones are. Blocks for 25 s at
/// most.
pub fn survey(base: &str) -> Result<Found, DiscoverError> {
    let address = || DiscoverError::Address(short(base));
    let host = http_url(base).ok_or_else(address)?;
    let host = host.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    let by_host = Domain::parse(host).map_err(|_| address())?;
    let (flavour, url) = discover(&by_host, Some(base))?;
    let live = health(&agent(Guard { vouched: true }, false), base.trim_end_matches('/'));
    let named = live.and_then(|live| Domain::parse(live["domain"].as_str()?).ok());
    Ok(Found { flavour, url, domain: named.unwrap_or(by_host) })
}

/// The descriptor's address and, when it says so, flavour.
fn described(agent: &ureq::Agent, base: &str) -> Option<(Option<Flavour>, String)> {
    let (status, text) = get(agent, &format!("{base}{DESCRIPTOR}"))?;
    let descriptor: Value = serde_json::from_str(&text).ok().filter(|_| status == 200)?;
    // Catalogues deliver the configuration as an object, or as a text that is one.
    let configuration = match &descriptor["configuration"] {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let url = configuration["url"].as_str().filter(|url| url.len() <= 2048 && http_url(url).is_some())?;
    let named = configuration["flavour"].as_str().or(descriptor["flavour"].as_str());
    Some((named.and_then(Flavour::parse), url.to_owned()))
}

/// What the address of a node gives away.
fn by_path(url: &str) -> Option<Flavour> {
    let path = url.split('?').next()?.trim_end_matches('/');
    if path.ends_with("/socket.io") {
        Some(Flavour::NodeJs)
    } else if path.ends_with("/ws") {
        Some(Flavour::Vertx)
    } else {
        None
    }
}

/// What answers at an address without a descriptor: a Node.js node tells its health and greets pollers, a Vert.x node opens
/// WebSockets at `/ws`. A Matrix node cannot be told from any other server, so it needs a descriptor.
fn probe(agent: &ureq::Agent, base: &str) -> Option<(Flavour, String)> {
    if health(agent, base).is_some() {
        return Some((Flavour::NodeJs, base.to_owned()));
    }
    let polled = get(agent, &format!("{base}/socket.io/?EIO=3&transport=polling&b64=1"));
    if polled.is_some_and(|(status, text)| status == 200 && is_greeting(&text)) {
        return Some((Flavour::NodeJs, base.to_owned()));
    }
    let url = format!("{}/ws", base.replacen("http", "ws", 1));
    opens(&url).then_some((Flavour::Vertx, url))
}

/// What a Node.js node says of itself at `/live`.
fn health(agent: &ureq::Agent, base: &str) -> Option<Value> {
    let (_, text) = get(agent, &format!("{base}/live")).filter(|(status, _)| *status == 200)?;
    let live: Value = serde_json::from_str(&text).ok()?;
    (live["status"].is_string() && live["domain"].is_string()).then_some(live)
}

/// `97:0{"sid":…}`: the length of a packet, its type, its content (Engine.IO 3, payload).
fn is_greeting(text: &str) -> bool {
    let Some((length, packet)) = text.split_once(':') else { return false };
    length.parse::<usize>().is_ok() && packet.starts_with("0{") && packet.contains("\"sid\"")
}

/// Whether a WebSocket can be opened there.
fn opens(url: &str) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return false;
    };
    let dial = connect_async_tls_with_config(url, None, true, Some(tls::connector()));
    runtime.block_on(async { tokio::time::timeout(LIMIT, dial).await.is_ok_and(|made| made.is_ok()) })
}

fn agent(guard: Guard, https_only: bool) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .max_redirects(REDIRECTS)
        .https_only(https_only)
        .http_status_as_error(false)
        .tls_config(confab_trust::http())
        .build();
    ureq::Agent::with_parts(config, ureq::unversioned::transport::DefaultConnector::default(), guard)
}

fn get(agent: &ureq::Agent, url: &str) -> Option<(u16, String)> {
    let answer = agent.get(url).header("accept", "application/json, text/plain").call();
    let mut answer = answer.map_err(|error| tracing::debug!(url, %error, "no answer")).ok()?;
    let text = answer.body_mut().with_config().limit(SIZE_LIMIT).read_to_string().ok()?;
    Some((answer.status().as_u16(), text))
}

/// The address over HTTP, without its query.
fn http_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = match scheme {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return None,
    };
    let rest = rest.split(['?', '#']).next()?;
    let host = rest.split('/').next()?;
    let fits = |char: char| char.is_ascii_alphanumeric() || "-._:[]".contains(char);
    (!host.is_empty() && host.chars().all(fits)).then(|| format!("{scheme}://{rest}"))
}

/// Domains may hold characters that hosts may not.
fn host_of(domain: &Domain) -> Result<&str, DiscoverError> {
    let text = domain.as_str();
    let fits = |char: char| char.is_ascii_alphanumeric() || "-.:".contains(char);
    if text.chars().all(fits) { Ok(text) } else { Err(DiscoverError::Address(short(text))) }
}

fn short(text: &str) -> String {
    text.chars().take(256).collect()
}
