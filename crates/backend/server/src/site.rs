//! Everything that is served on the one HTTP port.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use confab_backend_web::Guests;
use confab_message_node::{ConnId, iso8601};
use confab_rethink::{Domain, Flavour};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::clock::Clock;
use crate::database::Database;
use crate::hub::HubHandle;
use crate::limiter::Limiter;
use crate::neighbours::{self, Neighbour};
use crate::oidc::{self, Oidc};
use crate::polling::{self, Polls};
use crate::resident::MediaHandle;
use crate::tokens::AccessTokens;
use crate::web::Web;
use crate::{metrics, sign_in, socket, turn};

/// The most connections at once.
const MOST_CONNECTIONS: usize = 4096;
/// The most passwords that are hashed at once.
pub(crate) const MOST_HASHES: usize = 2;

/// What the handlers share.
pub(crate) struct Site {
    pub(crate) domain: Domain,
    pub(crate) flavour: Flavour,
    pub(crate) public_url: Option<String>,
    pub(crate) address: SocketAddr,
    /// What figures are labelled with, when there are several domains.
    pub(crate) label: Option<String>,
    pub(crate) neighbours: Vec<Neighbour>,
    pub(crate) turn: Vec<String>,
    pub(crate) turn_secret: Option<String>,
    pub(crate) clock: Clock,
    pub(crate) database: Database,
    pub(crate) tokens: AccessTokens,
    pub(crate) oidc: Oidc,
    /// Whether people are let in who only say a name.
    pub(crate) invented_names: bool,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) hashing: Semaphore,
    /// A hash that no password fits, for names that nobody has.
    pub(crate) nobody: String,
    pub(crate) hub: HubHandle,
    pub(crate) media: MediaHandle,
    pub(crate) connections: Connections,
    pub(crate) polls: Polls,
    pub(crate) web: Web,
    pub(crate) guests: Guests,
    /// Held by every socket: when all are dropped, all sockets are closed.
    pub(crate) alive: mpsc::Sender<()>,
}

/// Places for connections to the message node, and their names. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    places: Arc<Semaphore>,
    last: Arc<AtomicU64>,
}

impl Default for Connections {
    fn default() -> Connections {
        Connections { places: Arc::new(Semaphore::new(MOST_CONNECTIONS)), last: Arc::default() }
    }
}

impl Connections {
    /// A place for one more: its name, and what is dropped when it ends.
    pub(crate) fn take(&self) -> Option<(ConnId, OwnedSemaphorePermit)> {
        let permit = self.places.clone().try_acquire_owned().ok()?;
        Some((ConnId(self.last.fetch_add(1, Ordering::Relaxed) + 1), permit))
    }
}

impl Site {
    pub(crate) fn unix_seconds(&self) -> i64 {
        i64::try_from(self.clock.wall_now() / 1_000).unwrap_or(i64::MAX)
    }

    /// Where clients are told to connect: the configured base, else the host they have asked.
    pub(crate) fn node_url(&self, headers: &HeaderMap) -> String {
        let base = match (&self.public_url, asked_host(headers)) {
            (Some(url), _) => url.trim_end_matches('/').replacen("http", "ws", 1),
            (None, Some(host)) => format!("ws://{host}"),
            (None, None) => format!("ws://{}", self.address),
        };
        match self.flavour {
            Flavour::NodeJs => format!("{base}/socket.io/"),
            Flavour::Vertx | Flavour::Matrix => format!("{base}/ws"),
        }
    }

    /// A place for one more connection: its name, and what is dropped when it ends.
    fn admit(&self) -> Option<(ConnId, (OwnedSemaphorePermit, mpsc::Sender<()>))> {
        let (conn, permit) = self.connections.take()?;
        Some((conn, (permit, self.alive.clone())))
    }

    /// Relays for the user of an account, as `iceServers` of the answer to a sign-in.
    pub(crate) fn ice_servers(&self, name: &str) -> Value {
        turn::ice_servers(&self.turn, self.turn_secret.as_deref(), name, self.unix_seconds())
    }

    /// Neighbour domains, as `domains` of the answer to a sign-in.
    pub(crate) fn domains(&self, headers: &HeaderMap) -> Value {
        let host = asked_host(headers).map(|host| match host.rsplit_once(':') {
            // The colons of an IPv6 address stand between brackets.
            Some((host, port)) if !port.ends_with(']') => host,
            _ => host,
        });
        neighbours::to_value(&self.neighbours, host.unwrap_or(&self.address.ip().to_string()))
    }
}

/// The host as the client has named it.
fn asked_host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.len() <= 256 && host.bytes().all(fits)).then_some(host)
}

/// The routes.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/live", get(live))
        .route("/metrics", get(metrics_page))
        .route("/.well-known/protocolstub/default", get(descriptor))
        .route("/api/sign-in", get(sign_in::ways).post(sign_in::sign_in))
        .route("/api/sign-out", post(sign_in::sign_out))
        .nest("/oidc", oidc::router())
        .route("/socket.io/", get(socket_io))
        .route("/socket.io/", post(polled).layer(DefaultBodyLimit::max(confab_signaling::MAX_FRAME)))
        .route("/ws", get(plain))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(site)
}

#[derive(Debug, Deserialize)]
struct EngineIo {
    #[serde(rename = "EIO")]
    version: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

async fn socket_io(
    State(site): State<Arc<Site>>,
    Query(query): Query<EngineIo>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let three = query.version.as_deref().is_none_or(|version| version == "3");
    match (query.transport.as_deref().unwrap_or("websocket"), upgrade, query.sid) {
        ("websocket", Ok(upgrade), None) if three => begin(site, upgrade, Flavour::NodeJs),
        ("websocket", Ok(upgrade), Some(sid)) if three => change(&site, upgrade, &sid),
        ("polling", _, Some(sid)) if three => polling_answer(&headers, site.polls.get(&sid).await),
        ("polling", _, None) if three => match site.admit() {
            Some((conn, held)) => {
                let begun = site.polls.begin(conn, site.hub.clone(), held).await;
                begun.map_or_else(unavailable, |body| polling_answer(&headers, Ok(body)))
            }
            None => unavailable(),
        },
        _ => bad_request(&json!({"code": 0, "message": "Transport unknown"})),
    }
}

async fn polled(
    State(site): State<Arc<Site>>,
    Query(query): Query<EngineIo>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let sid = query.sid.unwrap_or_default();
    polling_answer(&headers, site.polls.post(&sid, &body).await.map(|()| "ok".to_owned()))
}

/// Answers a request of a client without a socket. Pages of other origins may read it: what speaks for a client is its
/// `sid` and its token, never a cookie.
fn polling_answer(headers: &HeaderMap, answer: Result<String, polling::Refusal>) -> Response {
    let mut response = match answer {
        Ok(body) => ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], body).into_response(),
        Err(refusal) => bad_request(&refusal.to_value()),
    };
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    response
}

fn bad_request(body: &Value) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "too many connections\n").into_response()
}

async fn plain(State(site): State<Arc<Site>>, upgrade: WebSocketUpgrade) -> Response {
    begin(site, upgrade, Flavour::Vertx)
}

/// A client comes with a socket.
fn begin(site: Arc<Site>, upgrade: WebSocketUpgrade, flavour: Flavour) -> Response {
    let Some((conn, held)) = site.admit() else { return unavailable() };
    let hub = site.hub.clone();
    limited(upgrade).on_upgrade(move |socket| async move {
        socket::serve(socket, flavour, conn, hub).await;
        drop(held);
    })
}

/// A client that has begun by polling goes on by a socket.
fn change(site: &Site, upgrade: WebSocketUpgrade, sid: &str) -> Response {
    let poll = match site.polls.find(sid) {
        Ok(poll) => poll,
        Err(refusal) => return bad_request(&refusal.to_value()),
    };
    let Some((_, held)) = site.admit() else { return unavailable() };
    limited(upgrade).on_upgrade(move |socket| async move {
        poll.change(socket).await;
        drop(held);
    })
}

fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(confab_signaling::MAX_FRAME).max_frame_size(confab_signaling::MAX_FRAME)
}

async fn live(State(site): State<Arc<Site>>) -> Response {
    // Meetings without media are no service: whoever watches is to start it again.
    let now = site.hub.snapshot().await.filter(|_| site.media.is_running());
    let Some(now) = now else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let body = json!({
        "status": "up",
        "domain": site.domain.as_str(),
        "domainRegistry": site.domain.registry(),
        "time": iso8601(site.clock.wall_now()),
        "connected": now.connected(),
    });
    axum::Json(body).into_response()
}

async fn metrics_page(State(site): State<Arc<Site>>) -> Response {
    let Some(now) = site.hub.snapshot().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let web = site.web.figures(&site.guests);
    let page = metrics::page(site.label.as_deref(), &site.hub.counters, &now, &site.media.stats(), &web);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
}

/// The catalogue's descriptor of this domain's protocol stub, from which other runtimes learn where to connect.
async fn descriptor(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let body = json!({
        "cguid": "confab-protocolstub-default",
        "type": "PROTOSTUB",
        "version": env!("CARGO_PKG_VERSION"),
        "objectName": "default",
        "description": "message node of this domain",
        "configuration": {"url": site.node_url(&headers), "flavour": site.flavour.as_str()},
    });
    axum::Json(body).into_response()
}

async fn index(State(site): State<Arc<Site>>) -> Html<String> {
    // The domain's characters are checked when it is parsed; none has a meaning in HTML.
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Confab backend</title>\
         <h1>Confab backend</h1><p>This is the conference backend of <b>{}</b>. Sign in with the Confab desktop client: \
         enter the address of this page and your account.</p>\
         <p>Meetings can be joined in a browser too, by their links.</p>\
         <p><a href=\"/live\">Status</a> · <a href=\"/metrics\">Metrics</a></p></html>\n",
        site.domain
    ))
}
