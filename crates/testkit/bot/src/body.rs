//! A client with fakes for devices, and its way in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use confab_client::{Client, ClientConfig};
use confab_contract::{Intent, Problem, ProblemCode};
use confab_driver::Clock;
use confab_fakes::{
    CameraSpec, FakeDevices, FakeSpec, Listener, MeasuringSurface, MicrophoneSpec, ScreenSpec,
};
use confab_keychain::MemoryKeychain;
use confab_media_engine::EngineOptions;

use crate::join::JoinError;
use crate::watch::{Seen, Watch};

/// How long signing in and joining may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Who it is, with what.
#[derive(Args, Clone, Debug)]
pub struct BodyOptions {
    /// The backend: http://127.0.0.1:4710
    #[arg(long)]
    pub backend: String,
    /// The user to sign in as.
    #[arg(long = "as")]
    pub user: String,
    /// The password; better given by the environment. A guest needs none.
    #[arg(long, env = "CONFAB_PASSWORD", hide_env_values = true, default_value = "")]
    pub password: String,
    /// Come in as a guest: the name of --as is made up.
    #[arg(long)]
    pub guest: bool,
    /// Send media through TURN servers only.
    #[arg(long)]
    pub relay_only: bool,
    /// testcard, none, or a .y4m file.
    #[arg(long, default_value = "testcard")]
    pub camera: CameraSpec,
    /// tone:440, none, or a .wav file.
    #[arg(long, default_value = "tone:440")]
    pub mic: MicrophoneSpec,
    /// Share a screen: testcard or none.
    #[arg(long, default_value = "none")]
    pub screen: ScreenSpec,
    /// The number in the test card; by default made from the name.
    #[arg(long)]
    pub sender: Option<u8>,
    /// Write JSON objects to this file, one a line.
    #[arg(long)]
    pub stats: Option<PathBuf>,
    /// Frequencies to listen for, Hz.
    #[arg(long, value_delimiter = ',', default_value = "330,440,550,660,770,880")]
    pub tones: Vec<u32>,
    /// Folder of what is remembered; by default one that is removed at the end.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Folder that fetched files are saved in; by default inside the one above.
    #[arg(long)]
    pub downloads: Option<PathBuf>,
}

/// The running client and what it is measured with.
pub(crate) struct Body {
    pub(crate) client: Client,
    pub(crate) watch: Arc<Watch>,
    pub(crate) surface: Arc<MeasuringSurface>,
    pub(crate) listener: Listener,
    pub(crate) clock: Clock,
    pub(crate) folder: Folder,
}

/// Where it remembers.
pub(crate) struct Folder {
    path: PathBuf,
    passing: bool,
}

impl Folder {
    /// Removes it, unless it was given.
    pub(crate) fn forget(self) {
        if self.passing
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::debug!(%error, "temporary folder was not removed");
        }
    }
}

impl Body {
    /// Starts the client; its camera and microphone are on when it has them.
    pub(crate) fn start(options: &BodyOptions) -> Result<Body, JoinError> {
        let clock = confab_driver::process_clock();
        let sender = options
            .sender
            .unwrap_or_else(|| options.user.bytes().fold(0, |sum: u8, byte| sum.wrapping_add(byte)));
        let (camera, microphone) = (options.camera.clone(), options.mic.clone());
        let on = (camera != CameraSpec::None, microphone != MicrophoneSpec::None);
        let spec = FakeSpec { sender, camera, microphone, screen: options.screen, speaker: true };
        let devices =
            FakeDevices::new(spec, clock.clone()).map_err(|error| JoinError::Devices(error.to_string()))?;
        let listener = devices.listener();
        let surface = Arc::new(MeasuringSurface::new(clock.clone()));
        let watch = Arc::new(Watch::default());
        let passing = std::env::temp_dir().join(format!("confab-bot-{}", std::process::id()));
        let folder =
            Folder { path: options.data.clone().unwrap_or(passing), passing: options.data.is_none() };
        let config = ClientConfig {
            data: folder.path.clone(),
            keychain: Arc::new(MemoryKeychain::default()),
            devices: Arc::new(devices),
            surface: surface.clone(),
            clock: clock.clone(),
            engine: EngineOptions { loopback: true, relay_only: options.relay_only },
            downloads: Some(options.downloads.clone().unwrap_or_else(|| folder.path.join("downloads"))),
        };
        let client = Client::start(&tokio::runtime::Handle::current(), config, {
            let watch = watch.clone();
            move |view| watch.view(view)
        })?;
        client.dispatch(Intent::SetCamera { on: on.0 });
        client.dispatch(Intent::SetMicrophone { on: on.1 });
        Ok(Body { client, watch, surface, listener, clock, folder })
    }
}

/// Signs in and waits until it is done.
pub(crate) async fn sign_in(client: &Client, watch: &Watch, options: &BodyOptions) -> Result<(), JoinError> {
    let (server, user, password) = (options.backend.clone(), options.user.clone(), options.password.clone());
    client.dispatch(match options.guest {
        true => Intent::SignInAsGuest { server, name: user },
        false => Intent::SignIn { server, user, password },
    });
    let signed =
        tokio::time::timeout(PATIENCE, watch.until(|seen| seen.signed_in() || stuck(seen).is_some()));
    let late = |_| JoinError::Refused(format!("signing in took longer than {} s", PATIENCE.as_secs()));
    let seen = signed.await.map_err(late)?;
    match stuck(&seen) {
        Some(problem) => {
            Err(JoinError::Refused(format!("{:?} {}: {}", problem.code, problem.about, problem.details)))
        }
        None => Ok(()),
    }
}

/// The problem after which waiting is in vain, if there is one. Those of devices are not: a bot may well have none.
pub(crate) fn stuck(seen: &Seen) -> Option<Problem> {
    let is_final = |code| {
        matches!(
            code,
            ProblemCode::WrongPassword
                | ProblemCode::TooManyTries
                | ProblemCode::ServerUnreachable
                | ProblemCode::NotAServer
                | ProblemCode::SignInExpired
                | ProblemCode::NameRefused
                | ProblemCode::NoSuchRoom
                | ProblemCode::RoomRefused
                | ProblemCode::RoomSilent
                | ProblemCode::RoomClosed
                | ProblemCode::RoomFull
                | ProblemCode::RoomLocked
                | ProblemCode::NotAdmitted
                | ProblemCode::NoGuests
                | ProblemCode::Removed
                | ProblemCode::OrganiserGone
                | ProblemCode::BadRoomName
        )
    };
    seen.problems.iter().find(|problem| is_final(problem.code)).cloned()
}

/// Ends when somebody asks the process to.
#[cfg(unix)]
pub(crate) fn terminated() -> Result<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>, JoinError> {
    let kind = tokio::signal::unix::SignalKind::terminate();
    let mut signal =
        tokio::signal::unix::signal(kind).map_err(|error| JoinError::Refused(error.to_string()))?;
    Ok(Box::pin(async move {
        signal.recv().await;
    }))
}

/// Ends when somebody asks the process to.
#[cfg(not(unix))]
pub(crate) fn terminated() -> Result<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>, JoinError> {
    Ok(Box::pin(std::future::pending()))
}
