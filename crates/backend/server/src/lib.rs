//! The backend of one domain in one process: message node, accounts, rooms and media server behind one HTTP port and
//! one UDP port.
//!
//! Nothing here decides what a message means, who is in a room or which packet goes where: that is `core/message-node`,
//! `core/rooms` and `backend/media-server`. No request or frame of one client can hold up another one.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`Config`]: the options of the command line |
//! | [`hub`] | the one task that owns the node and the conference |
//! | `resident` | the conference and its media server |
//! | `socket`, [`mailbox`] | one client's WebSocket; what waits to be sent to it |
//! | `site` | the HTTP routes and the small pages |
//! | `sign_in`, [`tokens`], [`limiter`] | accounts' front door |
//! | [`database`], [`accounts`], [`secret`] | what is on disk, the made accounts, hashes |
//! | [`metrics`], [`clock`] | counters; the one clock |

pub mod accounts;
pub mod clock;
pub mod config;
pub mod database;
pub mod hub;
pub mod limiter;
pub mod mailbox;
pub mod metrics;
mod resident;
pub mod secret;
mod sign_in;
mod site;
mod socket;
pub mod tokens;

use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confab_media_server::{EmbeddedMediaServer, MediaServerConfig};
use confab_message_node::{MessageNode, NodeConfig, Policy};
use confab_rethink::Domain;
use confab_types::Chance;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use clock::Clock;
pub use config::Config;
use database::{Database, EntryWriter};
use hub::{Hub, HubHandle, HubInput};
use resident::Resident;
use site::Site;

/// How long sockets may take to close, and how long HTTP requests may take to finish.
const CLOSE: Duration = Duration::from_millis(800);

/// Why the backend does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error("data folder {path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The HTTP port.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The thread that writes registry entries.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::AccountError),
    /// No randomness.
    #[error(transparent)]
    Secret(#[from] secret::SecretError),
    /// The media server.
    #[error(transparent)]
    Media(#[from] confab_media_server::StartError),
}

/// A backend that runs. Dropping it without [`shutdown`](Running::shutdown) leaves its tasks to the runtime.
pub struct Running {
    http: SocketAddr,
    media: SocketAddr,
    domain: Domain,
    password: String,
    hub: HubHandle,
    sockets: mpsc::Receiver<()>,
    stop_http: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    // Last, so that legs are closed when nobody needs them any more.
    server: Arc<EmbeddedMediaServer>,
}

/// Starts everything on the current tokio runtime. When it returns, clients can connect and the rooms are open.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let clock = Clock::start();
    let folder = config.data.display().to_string();
    std::fs::create_dir_all(&config.data).map_err(|source| StartError::Folder { path: folder, source })?;
    let database = Database::open(&config.data.join("confab.db"))?;
    database.prune_refresh(i64::try_from(clock.wall_now() / 1_000).unwrap_or(i64::MAX))?;
    let password = accounts::prepare(&database, &config.data, &config.users, config.password.as_deref())?;

    let listen = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let http = listener.local_addr().map_err(listen)?;
    let (on_event, media_events) = hub::media_events();
    let server = Arc::new(media_server(&config, on_event)?);
    let media = server.local_addr();

    let policy = if config.open { Policy::OPEN } else { Policy::STRICT };
    let node_config =
        NodeConfig { wall: clock.wall_at_zero(), ..NodeConfig::new(config.domain.clone(), policy) };
    let tokens = tokens::AccessTokens::default();
    let mut node = MessageNode::new(node_config, tokens.clone(), Chance::from_seed(secret::random()?));
    node.restore(clock.now(), database.entries()?);
    let chance = Chance::from_seed(secret::random()?);
    let resident =
        Resident::new(&config.domain, server.clone(), config.rooms.clone(), clock.wall_at_zero(), chance);
    let writer = EntryWriter::start(database.clone()).map_err(StartError::Thread)?;
    let (handle, queue) = HubHandle::new();
    let hub = Hub::new(clock, node, resident, writer, handle.counters.clone());
    tokio::spawn(hub.run(queue, media_events));

    let (alive, sockets) = mpsc::channel(1);
    let site = Site {
        domain: config.domain.clone(),
        flavour: config.flavour,
        public_url: config.public_url.clone(),
        address: http,
        clock,
        database,
        tokens,
        limiter: Mutex::default(),
        hashing: Semaphore::new(site::MOST_HASHES),
        nobody: secret::hash_password(&secret::token()?)?,
        hub: handle.clone(),
        media: server.clone(),
        last_conn: AtomicU64::new(0),
        connections: Site::connection_permits(),
        alive,
    };
    let (stop_http, stopped) = oneshot::channel::<()>();
    let app = site::router(Arc::new(site)).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move {
        let stopped = async {
            // A dropped sender stops it as well.
            let _ = stopped.await;
        };
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "http server has failed");
        }
    });
    tracing::info!(%http, %media, domain = %config.domain, open = config.open, "backend is up");
    Ok(Running {
        http,
        media,
        domain: config.domain,
        password,
        hub: handle,
        sockets,
        stop_http,
        serving,
        server,
    })
}

fn media_server(
    config: &Config,
    on_event: impl Fn(confab_rooms::MediaEvent) + Send + Sync + 'static,
) -> Result<EmbeddedMediaServer, StartError> {
    let mut media = MediaServerConfig {
        bind: SocketAddr::new(config.listen.ip(), config.media_port),
        ..MediaServerConfig::default()
    };
    if let Some(address) = config.media_address {
        media.advertise = vec![SocketAddr::new(address, config.media_port)];
    }
    Ok(EmbeddedMediaServer::start(media, on_event)?)
}

impl Running {
    /// Where HTTP and WebSocket are served.
    pub fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Where media is received.
    pub fn media_addr(&self) -> SocketAddr {
        self.media
    }

    /// The password of the made accounts.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// What the program prints when it is ready, after the word `ready`.
    pub fn ready_line(&self) -> String {
        let ready = json!({
            "http": format!("http://{}", self.http),
            "domain": self.domain.as_str(),
            "media": self.media.to_string(),
        });
        format!("ready {ready}")
    }

    /// Closes the rooms, says farewell to every client and stops; takes at most some three seconds.
    pub async fn shutdown(mut self) {
        let (done, closed) = oneshot::channel();
        if self.hub.send(HubInput::Shutdown(done)).await {
            // The hub limits itself.
            let _ = closed.await;
        }
        let _ = self.stop_http.send(());
        // The site, and with it the last sender, goes when the last socket and request are done.
        let closing = async {
            let _ = self.serving.await;
            while self.sockets.recv().await.is_some() {}
        };
        if timeout(CLOSE, closing).await.is_err() {
            tracing::warn!("some clients did not close in time");
        }
        drop(self.server);
        tracing::info!("backend is down");
    }
}
