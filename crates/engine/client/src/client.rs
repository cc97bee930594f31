//! Start, dispatch, close.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use confab_contract::{Intent, View};
use confab_driver::Clock;
use confab_file_transfer::{Downloads, FileTransfer};
use confab_identity::browser::Words;
use confab_keychain::Keychain;
use confab_media_engine::{EngineOptions, MediaEngine};
use confab_media_model::{ChannelFact, Devices, FileFact, MediaFact, VideoSurface};
use confab_storage::{Storage, StorageError};
use confab_types::Chance;
use confab_user_agent::{Input, Remembered, UserAgent};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::browser::Browser;
use crate::effects::{Effects, Hands};
use crate::secrets;

/// Inputs that may wait for the user agent.
const WAITING: usize = 1024;
/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a client is made of.
pub struct ClientConfig {
    /// Where things are remembered.
    pub data: PathBuf,
    /// Where secrets are kept.
    pub keychain: Arc<dyn Keychain>,
    /// Cameras, microphones, speakers, screens.
    pub devices: Arc<dyn Devices>,
    /// Where pictures land.
    pub surface: Arc<dyn VideoSurface>,
    /// The process clock.
    pub clock: Clock,
    /// Options of the media engine.
    pub engine: EngineOptions,
    /// Where fetched files go; `None`: the user's folder for downloads.
    pub downloads: Option<PathBuf>,
}

/// Why a client could not start.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The user's folder.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No randomness.
    #[error("the system gives no random numbers: {0}")]
    Chance(String),
}

/// A running client. Views come through the closure given at the start.
pub struct Client {
    inputs: mpsc::Sender<Input>,
    handle: Handle,
    browser: Arc<Browser>,
    task: tokio::task::JoinHandle<()>,
}

impl Client {
    /// Starts on a tokio runtime. `views` is called on the client's task and must return at once.
    pub fn start(
        handle: &Handle,
        config: ClientConfig,
        views: impl Fn(View) + Send + Sync + 'static,
    ) -> Result<Client, ClientError> {
        let storage = Storage::open(&config.data)?;
        let remembered = match storage.load::<Remembered>("remembered") {
            Ok(remembered) => remembered.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "starting without what was remembered");
                Remembered::default()
            }
        };
        let seed = confab_driver::seed().map_err(|error| ClientError::Chance(error.to_string()))?;
        let (inputs, receiver) = mpsc::channel(WAITING);
        let facts = {
            let (inputs, handle) = (inputs.downgrade(), handle.clone());
            Arc::new(move |fact: MediaFact| deliver(&inputs, &handle, fact))
        };
        let mover = Arc::new(OnceLock::<Weak<FileTransfer>>::new());
        let channels = {
            let mover = mover.clone();
            Arc::new(move |fact: ChannelFact| {
                if let Some(files) = mover.get().and_then(Weak::upgrade) {
                    files.channel(fact);
                }
            })
        };
        let media = MediaEngine::start(
            handle,
            config.clock.clone(),
            config.devices,
            config.surface,
            facts,
            channels,
            config.engine,
        );
        let downloads = config.downloads.map(Downloads::at).or_else(Downloads::of_user);
        let downloads = downloads.unwrap_or_else(|| Downloads::at(config.data.join("downloads")));
        let files = start_files(&media, downloads, inputs.downgrade());
        if let Some(files) = &files {
            let _ = mover.set(Arc::downgrade(files));
        }
        let browser = Arc::new(Browser::default());
        let agent = UserAgent::new(Chance::from_seed(seed));
        let mut effects = Effects::new(Hands {
            handle: handle.clone(),
            inputs: inputs.downgrade(),
            media,
            files,
            storage,
            keychain: config.keychain.clone(),
            browser: browser.clone(),
            views: Box::new(views),
        });
        let start = inputs.clone();
        let keychain = config.keychain;
        handle.spawn_blocking(move || {
            let kept = secrets::load(keychain.as_ref(), &remembered);
            let input = Input::Start { unix_ms: confab_driver::unix_ms(), remembered, kept };
            let _ = start.blocking_send(input);
        });
        let clock = config.clock;
        let task = handle.spawn(async move {
            let record = |_, input: &Input| tracing::trace!(?input, "user agent");
            confab_driver::run(agent, clock, receiver, record, |output| effects.carry_out(output)).await;
            effects.close().await;
        });
        Ok(Client { inputs, handle: handle.clone(), browser, task })
    }

    /// Hands over a wish. When too many wait (a page that sends without pause), it is dropped and logged.
    pub fn dispatch(&self, intent: Intent) {
        if self.inputs.try_send(Input::Intent(intent)).is_err() {
            tracing::warn!("an intent was dropped: too many wait");
        }
    }

    /// Offers a file in the call. The path is the user's own choice: nothing a page or a peer says may come here.
    pub fn offer_file(&self, path: PathBuf) {
        if self.inputs.try_send(Input::OfferFile(path)).is_err() {
            tracing::warn!("a file was dropped: too much waits");
        }
    }

    /// What the browser shows at the end of a sign-in, in the person's language.
    pub fn set_browser_words(&self, words: Words) {
        self.browser.set_words(words);
    }

    /// Leaves the meeting, hangs up, says goodbye everywhere, closes every device and connection, and waits for it (2 s at most).
    pub async fn close(self) {
        let Client { inputs, task, .. } = self;
        let _ = inputs.send(Input::Close).await;
        drop(inputs);
        if tokio::time::timeout(FAREWELL, task).await.is_err() {
            tracing::warn!("saying goodbye took too long");
        }
    }

    /// The runtime it runs on.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Hands a fact to the user agent without waiting. Levels and statistics may be lost when it is behind; others are not.
fn deliver(inputs: &mpsc::WeakSender<Input>, handle: &Handle, fact: MediaFact) {
    let Some(inputs) = inputs.upgrade() else { return };
    let fleeting = matches!(fact, MediaFact::Level(..) | MediaFact::OwnLevel(_) | MediaFact::Stats(..));
    if let Err(mpsc::error::TrySendError::Full(input)) = inputs.try_send(Input::Media(fact))
        && !fleeting
    {
        handle.spawn(async move { inputs.send(input).await });
    }
}

fn start_files(
    media: &MediaEngine,
    downloads: Downloads,
    inputs: mpsc::WeakSender<Input>,
) -> Option<Arc<FileTransfer>> {
    let facts = move |fact: FileFact| {
        if let Some(inputs) = inputs.upgrade() {
            let _ = inputs.blocking_send(Input::File(fact));
        }
    };
    match FileTransfer::start(media.channels(), downloads, facts) {
        Ok(files) => Some(Arc::new(files)),
        Err(error) => {
            tracing::warn!(%error, "no files in this session");
            None
        }
    }
}
