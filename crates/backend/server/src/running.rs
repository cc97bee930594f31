//! One domain, from its options to its end.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confab_backend_web::Guests;
use confab_backend_web::guests::Patience;
use confab_media_server::{EmbeddedMediaServer, MediaServerConfig};
use confab_message_node::{MessageNode, NodeConfig, NodeInput, Person, Policy};
use confab_rethink::{Domain, Url};
use confab_rooms::MediaEvent;
use confab_types::{Chance, Machine};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::database::{Database, EntryWriter};
use crate::doorkeeper::{Doorkeeper, Visitors};
use crate::hub::{self, Hub, HubHandle, HubInput};
use crate::neighbours::{Neighbour, Place, TrustedIssuer};
use crate::oidc::{self, Oidc};
use crate::polling::Polls;
use crate::resident::{Resident, Servants};
use crate::rooms::{self, RoomKeeper};
use crate::site::{self, Connections, Site};
use crate::tokens::AccessTokens;
use crate::web::{Front, Web};
use crate::{Config, StartError, accounts, secret, serving};

/// How long sockets may take to close, and how long HTTP requests may take to finish.
const CLOSE: Duration = Duration::from_millis(800);

/// A domain that has its ports and its data, and serves nobody yet.
pub(crate) struct Prepared {
    config: Config,
    clock: Clock,
    database: Database,
    password: Option<String>,
    listener: TcpListener,
    http: SocketAddr,
    server: Arc<EmbeddedMediaServer>,
    media_events: mpsc::Receiver<MediaEvent>,
    visitors: Visitors,
    oidc: Oidc,
    base: String,
}

/// A domain that is served. Dropping it without [`shutdown`](Running::shutdown) leaves its tasks to the runtime.
pub struct Running {
    domain: Domain,
    http: SocketAddr,
    media: SocketAddr,
    password: Option<String>,
    hub: HubHandle,
    guests: Guests,
    failed: watch::Receiver<bool>,
    sockets: mpsc::Receiver<()>,
    stop_http: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    // Last, so that legs are closed when nobody needs them any more.
    server: Arc<EmbeddedMediaServer>,
}

impl Prepared {
    /// Takes ports and data.
    pub(crate) async fn new(config: Config) -> Result<Prepared, StartError> {
        let clock = Clock::start();
        let folder = config.data.display().to_string();
        std::fs::create_dir_all(&config.data)
            .map_err(|source| StartError::Folder { path: folder, source })?;
        let database = Database::open(&config.data.join("confab.db"))?;
        let unix = i64::try_from(clock.wall_now()).unwrap_or(i64::MAX);
        database.prune_refresh(unix / 1_000)?;
        database.prune_invitations(unix)?;
        let password =
            accounts::prepare(&database, &config.data, config.made_accounts(), config.password.as_deref())?;
        let listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let http = listener.local_addr().map_err(listen)?;
        let (on_event, media_events) = hub::media_events();
        let server = Arc::new(media_server(&config, on_event)?);
        let base = oidc::base(config.public_url.as_deref(), http);
        let oidc = Oidc::open(&config.data, &config.domain, &base, &config.oidc)?;
        let visitors = Visitors::new(config.domain.clone(), clock);
        config.trust_issuer.iter().cloned().for_each(|issuer| visitors.trust(issuer));
        Ok(Prepared {
            config,
            clock,
            database,
            password,
            listener,
            http,
            server,
            media_events,
            visitors,
            oidc,
            base,
        })
    }

    /// The password of the made accounts, where there are any.
    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// What the others are told of it.
    pub(crate) fn as_neighbour(&self) -> Neighbour {
        let place = match &self.config.public_url {
            Some(url) => Place::Base(url.trim_end_matches('/').to_owned()),
            None => Place::Port(self.http.port()),
        };
        Neighbour { domain: self.config.domain.clone(), place }
    }

    /// Believes another domain of the same process about its own users.
    pub(crate) fn believe(&self, other: &Prepared) {
        let (domain, issuer) = (other.oidc.domain().clone(), other.oidc.issuer().to_owned());
        self.visitors.trust_known(TrustedIssuer { domain, issuer }, vec![other.oidc.jwk()]);
    }

    /// Serves, besides the neighbours of its options with those of the same process. When it returns, clients can connect
    /// and the rooms are open.
    pub(crate) fn open(self, beside: &[Neighbour]) -> Result<Running, StartError> {
        let clock = self.clock;
        let tokens = AccessTokens::default();
        let doorkeeper = Doorkeeper::new(clock, tokens.clone(), self.visitors.clone());
        let node = node(&self.config, clock, &self.database, doorkeeper)?;
        let chance = Chance::from_seed(secret::random()?);
        let grace = Duration::from_secs(self.config.organiser_grace);
        let (domain, rooms) = (self.config.domain.clone(), rooms::at_start(&self.config, &self.database)?);
        let (handle, queue) = HubHandle::new(self.visitors);
        let web = Web::open(&self.config, &self.base, clock, handle.clone())?;
        let servants = Servants {
            media: self.server.clone(),
            files: web.files.clone(),
            mailer: web.mailer.clone(),
            keeper: RoomKeeper::start(self.database.clone()).map_err(StartError::Thread)?,
            base: self.base.clone(),
        };
        let resident = Resident::new(&domain, grace, servants, rooms, clock.wall_at_zero(), chance);
        let writer = EntryWriter::start(self.database.clone()).map_err(StartError::Thread)?;
        let hub = Hub::new(clock, node, resident, writer, handle.counters.clone());
        let failed = supervise(domain.clone(), tokio::spawn(hub.run(queue, self.media_events)));

        let (alive, sockets) = mpsc::channel(1);
        let connections = Connections::default();
        let front = Front {
            domain: domain.clone(),
            clock,
            database: self.database.clone(),
            tokens: tokens.clone(),
            hub: handle.clone(),
            connections: connections.clone(),
            turn: (self.config.turn.clone(), self.config.turn_secret.clone()),
            identities: Mutex::default(),
        };
        let guests =
            Guests::new(Arc::new(front), Arc::new(move || clock.now()), self.base, Patience::default());
        let media = self.server.local_addr();
        let label = (!self.config.domains.is_empty()).then(|| domain.to_string());
        let neighbours = self.config.neighbour.iter().chain(beside);
        let neighbours = neighbours.filter(|neighbour| neighbour.domain != domain).cloned().collect();
        let site = Site {
            domain: domain.clone(),
            flavour: self.config.flavour,
            public_url: self.config.public_url.clone(),
            address: self.http,
            label,
            neighbours,
            turn: self.config.turn.clone(),
            turn_secret: self.config.turn_secret.clone(),
            clock,
            database: self.database,
            tokens,
            oidc: self.oidc,
            invented_names: self.config.invented_names,
            limiter: Mutex::default(),
            hashing: Semaphore::new(site::MOST_HASHES),
            nobody: secret::hash_password(&secret::token()?)?,
            hub: handle.clone(),
            media: self.server.clone(),
            connections,
            polls: Polls::default(),
            web: web.clone(),
            guests: guests.clone(),
            alive,
        };
        let (stop_http, stopped) = oneshot::channel::<()>();
        let app = site::router(Arc::new(site)).merge(web.router()).merge(guests.clone().router());
        let serving = tokio::spawn(serving::serve(self.listener, app, async {
            // A dropped sender stops it as well.
            let _ = stopped.await;
        }));
        tracing::info!(http = %self.http, %media, %domain, open = self.config.open, "domain is up");
        Ok(Running {
            domain,
            http: self.http,
            media,
            password: self.password,
            hub: handle,
            guests,
            failed,
            sockets,
            stop_http,
            serving,
            server: self.server,
        })
    }
}

/// The message node, with what it remembers and the people it can find.
fn node(
    config: &Config,
    clock: Clock,
    database: &Database,
    doorkeeper: Doorkeeper,
) -> Result<MessageNode<Doorkeeper>, StartError> {
    let policy = if config.open { Policy::OPEN } else { Policy::STRICT };
    let node_config =
        NodeConfig { wall: clock.wall_at_zero(), ..NodeConfig::new(config.domain.clone(), policy) };
    let mut node = MessageNode::new(node_config, doorkeeper, Chance::from_seed(secret::random()?));
    node.restore(clock.now(), database.entries()?);
    for (name, display) in database.names()? {
        let user = Url::user(&config.domain, &format!("{name}@{}", config.domain));
        let user = user.expect("account names fit into URLs");
        node.handle(clock.now(), NodeInput::Enrolled(Person { user, name: display }));
    }
    Ok(node)
}

/// Tells when the hub ends otherwise than asked: its clients are disconnected then, and other domains go on.
fn supervise(domain: Domain, hub: JoinHandle<()>) -> watch::Receiver<bool> {
    let (tell, failed) = watch::channel(false);
    tokio::spawn(async move {
        if let Err(error) = hub.await {
            tracing::error!(%domain, %error, "domain has failed");
            // Whoever runs it may not be interested.
            let _ = tell.send(true);
        }
    });
    failed
}

fn media_server(
    config: &Config,
    on_event: impl Fn(MediaEvent) + Send + Sync + 'static,
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
    /// Which domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Where HTTP and WebSocket are served.
    pub fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Where media is received.
    pub fn media_addr(&self) -> SocketAddr {
        self.media
    }

    /// The password of the made accounts, where there are any.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// What the line `ready …` says of it.
    pub fn to_value(&self) -> Value {
        json!({
            "http": format!("http://{}", self.http),
            "domain": self.domain.as_str(),
            "media": self.media.to_string(),
        })
    }

    /// The way to its hub.
    #[cfg(test)]
    pub(crate) fn hub(&self) -> &HubHandle {
        &self.hub
    }

    /// Waits until it fails by an error of its own; for ever when it does not.
    pub async fn failed(&mut self) {
        // What watches it is gone when it has ended as it was asked to.
        if self.failed.wait_for(|failed| *failed).await.is_err() {
            std::future::pending().await
        }
    }

    /// Closes the rooms, says farewell to every client and stops; takes at most some three seconds.
    pub async fn shutdown(mut self) {
        let (done, closed) = oneshot::channel();
        if self.hub.send(HubInput::Shutdown(done)).await {
            // The hub limits itself.
            let _ = closed.await;
        }
        // Guests have seen their rooms close; whoever was in none leaves now.
        self.guests.close();
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
        tracing::info!(domain = %self.domain, "domain is down");
    }
}
