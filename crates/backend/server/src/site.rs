//! Everything that is served on the one HTTP port.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use confab_message_node::{ConnId, iso8601};
use confab_rethink::{Domain, Flavour};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use crate::clock::Clock;
use crate::database::Database;
use crate::hub::HubHandle;
use crate::limiter::Limiter;
use crate::resident::MediaHandle;
use crate::tokens::AccessTokens;
use crate::{metrics, sign_in, socket};

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
    pub(crate) clock: Clock,
    pub(crate) database: Database,
    pub(crate) tokens: AccessTokens,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) hashing: Semaphore,
    /// A hash that no password fits, for names that nobody has.
    pub(crate) nobody: String,
    pub(crate) hub: HubHandle,
    pub(crate) media: MediaHandle,
    pub(crate) last_conn: AtomicU64,
    pub(crate) connections: Arc<Semaphore>,
    /// Held by every socket: when all are dropped, all sockets are closed.
    pub(crate) alive: mpsc::Sender<()>,
}

impl Site {
    pub(crate) fn connection_permits() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(MOST_CONNECTIONS))
    }

    pub(crate) fn unix_seconds(&self) -> i64 {
        i64::try_from(self.clock.wall_now() / 1_000).unwrap_or(i64::MAX)
    }

    /// Where clients are told to connect: the configured base, else the host they have asked.
    pub(crate) fn node_url(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let fits = |host: &&str| {
            host.len() <= 256 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        };
        let base = match (&self.public_url, host.filter(fits)) {
            (Some(url), _) => url.trim_end_matches('/').replacen("http", "ws", 1),
            (None, Some(host)) => format!("ws://{host}"),
            (None, None) => format!("ws://{}", self.address),
        };
        match self.flavour {
            Flavour::NodeJs => format!("{base}/socket.io/"),
            Flavour::Vertx | Flavour::Matrix => format!("{base}/ws"),
        }
    }
}

/// The routes.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/live", get(live))
        .route("/metrics", get(metrics_page))
        .route("/.well-known/protocolstub/default", get(descriptor))
        .route("/api/sign-in", post(sign_in::sign_in))
        .route("/api/sign-out", post(sign_in::sign_out))
        .route("/socket.io/", get(socket_io))
        .route("/ws", get(plain))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(site)
}

#[derive(Debug, Deserialize)]
struct EngineIo {
    #[serde(rename = "EIO")]
    version: Option<String>,
    transport: Option<String>,
}

async fn socket_io(
    State(site): State<Arc<Site>>,
    Query(query): Query<EngineIo>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let three = query.version.as_deref().is_none_or(|version| version == "3");
    let websocket = query.transport.as_deref().is_none_or(|transport| transport == "websocket");
    match upgrade {
        Ok(upgrade) if three && websocket => begin(site, upgrade, Flavour::NodeJs),
        _ => (StatusCode::BAD_REQUEST, "only Engine.IO 3 with the websocket transport\n").into_response(),
    }
}

async fn plain(State(site): State<Arc<Site>>, upgrade: WebSocketUpgrade) -> Response {
    begin(site, upgrade, Flavour::Vertx)
}

fn begin(site: Arc<Site>, upgrade: WebSocketUpgrade, flavour: Flavour) -> Response {
    let Ok(permit) = site.connections.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many connections\n").into_response();
    };
    let conn = ConnId(site.last_conn.fetch_add(1, Ordering::Relaxed) + 1);
    let hub = site.hub.clone();
    let alive = site.alive.clone();
    upgrade
        .max_message_size(confab_signaling::MAX_FRAME)
        .max_frame_size(confab_signaling::MAX_FRAME)
        .on_upgrade(move |socket| async move {
            socket::serve(socket, flavour, conn, hub).await;
            drop((permit, alive));
        })
}

async fn live(State(site): State<Arc<Site>>) -> Response {
    let Some(now) = site.hub.snapshot().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
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
    let page = metrics::page(&site.hub.counters, &now, &site.media.stats());
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
         <p><a href=\"/live\">Status</a> · <a href=\"/metrics\">Metrics</a></p></html>\n",
        site.domain
    ))
}
