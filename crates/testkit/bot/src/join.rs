//! The run: sign in, join, measure, leave.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use confab_client::{Client, ClientConfig, ClientError};
use confab_contract::{Intent, MeetingPhase, ProblemCode};
use confab_fakes::{CameraSpec, FakeDevices, FakeSpec, MeasuringSurface, MicrophoneSpec, ScreenSpec};
use confab_keychain::MemoryKeychain;
use confab_media_engine::EngineOptions;

use crate::expect::Expectations;
use crate::stats::{Second, measure};
use crate::watch::Watch;

/// How long signing in and joining may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds after the first picture or sound that do not count for expectations: everybody is still arriving.
const WARM_UP: f32 = 3.0;

/// How to join.
#[derive(Args, Clone, Debug)]
pub struct JoinOptions {
    /// The backend: http://127.0.0.1:4710
    #[arg(long)]
    pub backend: String,
    /// The room's number or name.
    #[arg(long)]
    pub room: String,
    /// The user to sign in as.
    #[arg(long = "as")]
    pub user: String,
    /// The password; better given by the environment.
    #[arg(long, env = "CONFAB_PASSWORD", hide_env_values = true)]
    pub password: String,
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
    /// Leave after this many seconds in the room; 0: stay until told to stop.
    #[arg(long, default_value_t = 0)]
    pub seconds: u32,
    /// Write one JSON object a second to this file.
    #[arg(long)]
    pub stats: Option<PathBuf>,
    /// Fail unless these hold: video>=29fps,audio-gap<200ms
    #[arg(long, default_value = "")]
    pub expect: Expectations,
    /// Frequencies to listen for, Hz.
    #[arg(long, value_delimiter = ',', default_value = "330,440,550,660,880")]
    pub tones: Vec<u32>,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The client did not start.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A camera or microphone file.
    #[error("{0}")]
    Devices(String),
    /// The statistics file.
    #[error("{0}: {1}")]
    Stats(PathBuf, std::io::Error),
    /// The backend refused, or did not answer.
    #[error("{0}")]
    Refused(String),
    /// The meeting ended before its time.
    #[error("the meeting ended: {0}")]
    Ended(String),
    /// Expectations that do not hold.
    #[error("expectations do not hold: {}", .0.join("; "))]
    Expectations(Vec<String>),
}

/// Joins, measures, leaves.
///
/// # Errors
/// When it cannot join, when the meeting ends early, or when an expectation does not hold.
pub async fn join(options: JoinOptions) -> Result<(), JoinError> {
    let clock = confab_driver::process_clock();
    let sender = options
        .sender
        .unwrap_or_else(|| options.user.bytes().fold(0, |sum: u8, byte| sum.wrapping_add(byte)));
    let shares = options.screen != ScreenSpec::None;
    let (camera, microphone) = (options.camera.clone(), options.mic.clone());
    let on = (camera != CameraSpec::None, microphone != MicrophoneSpec::None);
    let spec = FakeSpec { sender, camera, microphone, screen: options.screen, speaker: true };
    let devices =
        FakeDevices::new(spec, clock.clone()).map_err(|error| JoinError::Devices(error.to_string()))?;
    let listener = devices.listener();
    let surface = Arc::new(MeasuringSurface::new(clock.clone()));
    let watch = Arc::new(Watch::default());
    let folder = std::env::temp_dir().join(format!("confab-bot-{}", std::process::id()));
    let config = ClientConfig {
        data: folder.clone(),
        keychain: Arc::new(MemoryKeychain::default()),
        devices: Arc::new(devices),
        surface: surface.clone(),
        clock: clock.clone(),
        engine: EngineOptions { loopback: true },
    };
    let client = Client::start(&tokio::runtime::Handle::current(), config, {
        let watch = watch.clone();
        move |view| watch.view(view)
    })?;
    client.dispatch(Intent::SetCamera { on: on.0 });
    client.dispatch(Intent::SetMicrophone { on: on.1 });
    let outcome = enter(&client, &watch, &options).await;
    let outcome = match outcome {
        Ok(()) => {
            if shares {
                client.dispatch(Intent::ShareScreen { source: None });
            }
            let mut tones = options.tones.clone();
            tones.extend(options.expect.tones());
            stay(
                &watch,
                &options,
                &clock,
                |t| measure(t, &watch.now(), &surface, &listener, &tones),
                || {
                    surface.start_over();
                    listener.start_over();
                },
            )
            .await
        }
        Err(error) => Err(error),
    };
    client.close().await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::debug!(%error, "temporary folder was not removed");
    }
    outcome
}

async fn enter(client: &Client, watch: &Watch, options: &JoinOptions) -> Result<(), JoinError> {
    let (server, user, password) = (options.backend.clone(), options.user.clone(), options.password.clone());
    client.dispatch(Intent::SignIn { server, user, password });
    let stuck = |seen: &crate::watch::Seen| {
        seen.problems
            .iter()
            .find(|problem| problem.code != ProblemCode::NoSecretStore && is_final(problem.code))
            .cloned()
    };
    let in_time =
        |what: &str| JoinError::Refused(format!("{what} took longer than {} s", PATIENCE.as_secs()));
    let signed =
        tokio::time::timeout(PATIENCE, watch.until(|seen| seen.signed_in() || stuck(seen).is_some()));
    let seen = signed.await.map_err(|_| in_time("signing in"))?;
    if let Some(problem) = stuck(&seen) {
        return Err(JoinError::Refused(format!("{:?} {}: {}", problem.code, problem.about, problem.details)));
    }
    client.dispatch(Intent::Join { room: options.room.clone() });
    let joined = watch.until(|seen| seen.phase() == MeetingPhase::In || stuck(seen).is_some());
    let seen = tokio::time::timeout(PATIENCE, joined).await.map_err(|_| in_time("joining"))?;
    match stuck(&seen) {
        Some(problem) => {
            Err(JoinError::Refused(format!("{:?} {}: {}", problem.code, problem.about, problem.details)))
        }
        None => Ok(()),
    }
}

/// Problems after which waiting is in vain. Those of devices are not: a bot may well have none.
fn is_final(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::WrongPassword
            | ProblemCode::TooManyTries
            | ProblemCode::ServerUnreachable
            | ProblemCode::NotAServer
            | ProblemCode::SignInExpired
            | ProblemCode::NoSuchRoom
            | ProblemCode::RoomRefused
            | ProblemCode::RoomSilent
            | ProblemCode::RoomClosed
            | ProblemCode::RoomFull
            | ProblemCode::BadRoomName
    )
}

async fn stay(
    watch: &Watch,
    options: &JoinOptions,
    clock: &confab_driver::Clock,
    measure: impl Fn(f32) -> Second,
    start_over: impl Fn(),
) -> Result<(), JoinError> {
    let failed = |error| JoinError::Stats(options.stats.clone().unwrap_or_default(), error);
    let mut file = options.stats.as_ref().map(File::create).transpose().map_err(failed)?.map(BufWriter::new);
    let begin = clock();
    let mut seconds: Vec<Second> = Vec::new();
    let mut warm = None;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut terminated = terminated()?;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = tokio::signal::ctrl_c() => break,
            () = &mut terminated => break,
            seen = watch.until(|seen| seen.phase() == MeetingPhase::Idle) => {
                let why = seen.problems.last().map(|problem| format!("{:?} {}", problem.code, problem.details));
                return Err(JoinError::Ended(why.unwrap_or_default()));
            }
        }
        let t = clock().since(begin).as_secs_f32();
        let second = measure(t);
        if let Some(file) = &mut file {
            let line = serde_json::to_string(&second).map_err(|error| failed(error.into()))?;
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(failed)?;
        }
        let lively = second.audio.sounded || second.streams.values().any(|stream| stream.frames > 0);
        if lively && warm.is_none() {
            warm = Some(t);
        }
        match warm {
            Some(since) if t - since >= WARM_UP => {
                if seconds.is_empty() {
                    start_over();
                }
                // Only the ends of the measured time are looked at; those in between would grow without bound.
                seconds.truncate(1);
                let first = seconds.is_empty();
                seconds.push(if first { measure(t) } else { second });
            }
            _ => {}
        }
        if options.seconds > 0 && t >= options.seconds as f32 {
            break;
        }
    }
    let failures = options.expect.failures(&seconds);
    if failures.is_empty() { Ok(()) } else { Err(JoinError::Expectations(failures)) }
}

#[cfg(unix)]
fn terminated() -> Result<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>, JoinError> {
    let kind = tokio::signal::unix::SignalKind::terminate();
    let mut signal =
        tokio::signal::unix::signal(kind).map_err(|error| JoinError::Refused(error.to_string()))?;
    Ok(Box::pin(async move {
        signal.recv().await;
    }))
}

#[cfg(not(unix))]
fn terminated() -> Result<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>, JoinError> {
    Ok(Box::pin(std::future::pending()))
}
