//! What is reached with a browser, tied to the hub: `backend/web` decides nothing about rooms, and nothing here does.

mod front;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use confab_backend_web::files::Limits;
use confab_backend_web::mail::catcher::Catcher;
use confab_backend_web::mail::{Post, Sender, Way};
use confab_backend_web::{FileStore, Guests, Mailer, links};
use tokio::sync::mpsc;

pub(crate) use front::{Front, stranger};

use crate::clock::Clock;
use crate::hub::{HubHandle, HubInput};
use crate::metrics::WebFigures;
use crate::{Config, StartError};

/// What files and mails have to tell that may wait for the hub.
const NEWS: usize = 4_096;

/// The file store, the post and the pages. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) files: FileStore,
    pub(crate) mailer: Mailer,
    /// Where pages reach this backend.
    base: String,
    /// Where mails are shown when there is no mail server, and nobody but this machine reaches us.
    catcher: Option<Catcher>,
}

/// Whether a site is reached by this machine only.
fn is_loopback(site: &str) -> bool {
    let url = url::Url::parse(site);
    url.is_ok_and(|url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    })
}

impl Web {
    /// With an empty file store. `base` is where pages reach this backend.
    pub(crate) fn open(config: &Config, base: &str, clock: Clock, hub: HubHandle) -> Result<Web, StartError> {
        if !links::is_built() {
            tracing::warn!(
                "this program was built without the page for guests: links say so to whoever opens them"
            );
        }
        let (news, mut waiting) = mpsc::channel(NEWS);
        tokio::spawn(async move {
            while let Some(input) = waiting.recv().await {
                if !hub.send(input).await {
                    return;
                }
            }
        });
        let tell = move |input| {
            if let Err(mpsc::error::TrySendError::Full(input)) = news.try_send(input) {
                tracing::error!(?input, "news of files or mails are lost: the hub does not keep up");
            }
        };
        let now: confab_driver::Clock = Arc::new(move || clock.now());
        let folder = config.data.join("files");
        let path = folder.display().to_string();
        let tell_store = tell.clone();
        let files = FileStore::open(folder, now.clone(), Limits::default(), move |event| {
            tell_store(HubInput::Store(event));
        });
        let files = files.map_err(|source| StartError::Folder { path, source })?;
        let (catcher, way) = match &config.smtp {
            Some(address) => (None, Way::Server(Post::new(address, config.domain.as_str())?)),
            // Whoever reaches the site by a proxy on this machine seems to be on this machine.
            None if config.public_url.as_deref().is_some_and(|url| !is_loopback(url)) => {
                tracing::warn!("there is no --smtp: nobody is invited by mail");
                (None, Way::Nowhere)
            }
            None => {
                let catcher = Catcher::default();
                (Some(catcher.clone()), Way::Catcher(catcher))
            }
        };
        let host = config.domain.as_str().split(':').next().unwrap_or_default();
        let from = config.mail_from.clone().unwrap_or_else(|| format!("confab@{host}"));
        let sender = Sender::new(&from, host, base)?;
        let mailer = Mailer::start(way, sender, now, move |event| tell(HubInput::Mail(event)));
        Ok(Web { files, mailer, base: base.to_owned(), catcher })
    }

    /// The routes of all of it.
    pub(crate) fn router(&self) -> Router {
        let router =
            Router::new().nest("/files", self.files.clone().router()).nest("/j", links::router(&self.base));
        match &self.catcher {
            Some(catcher) => router.nest("/mail", catcher.clone().router()),
            None => router,
        }
    }

    /// What is counted.
    pub(crate) fn figures(&self, guests: &Guests) -> WebFigures {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (files, mails, joins) = (self.files.counters(), self.mailer.counters(), guests.counters());
        WebFigures {
            guests: guests.count() as u64,
            joins: (load(&joins.let_in), load(&joins.refused)),
            file_bytes: self.files.bytes(),
            file_traffic: (load(&files.stored), load(&files.given)),
            files_refused: load(&files.refused),
            mails: (load(&mails.sent), load(&mails.failed), load(&mails.throttled)),
        }
    }
}
