//! Starting, commanding and stopping the media thread.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use confab_rooms::{MediaCaps, MediaCommand, MediaError, MediaEvent, MediaServer};
use confab_types::{Dbfs, LegId};
use str0m::Candidate;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::config::{MediaServerConfig, StartError};
use crate::counters::{Counters, MediaServerStats};
use crate::engine::Engine;
use crate::negotiation::Maker;

/// Commands that may wait. A conference that changes hands of everybody at once makes a few hundred.
const COMMANDS: usize = 4096;

/// Where events go. Called on the media thread: it must hand over and return.
pub(crate) type EventSink = Arc<dyn Fn(MediaEvent) + Send + Sync>;

/// Levels heard lately, with when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels(Arc<Mutex<HashMap<LegId, (Dbfs, Instant)>>>);

impl Levels {
    pub(crate) fn set(&self, leg: LegId, level: Dbfs, now: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(leg, (level, now));
    }

    pub(crate) fn remove(&self, leg: LegId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&leg);
    }

    fn get(&self, leg: LegId) -> Option<Dbfs> {
        let (level, heard) = *self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&leg)?;
        (heard.elapsed() <= Duration::from_secs(1)).then_some(level)
    }
}

/// A media server inside this process. Dropping it closes every leg and waits for its thread.
pub struct EmbeddedMediaServer {
    /// `None` only while dropping.
    commands: Option<mpsc::Sender<MediaCommand>>,
    /// Set when the queue was full: the engine has missed a command and is no longer to be trusted.
    overflowed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    address: SocketAddr,
    max_legs: u32,
    counters: Arc<Counters>,
    levels: Levels,
    events: EventSink,
}

impl EmbeddedMediaServer {
    /// Binds the socket and starts the thread `confab-media`. `events` is called on that thread and must only hand over.
    pub fn start(
        config: MediaServerConfig,
        events: impl Fn(MediaEvent) + Send + Sync + 'static,
    ) -> Result<EmbeddedMediaServer, StartError> {
        let socket = bind(config.bind).map_err(|source| StartError::Bind { address: config.bind, source })?;
        let address =
            socket.local_addr().map_err(|source| StartError::Bind { address: config.bind, source })?;
        let mut advertised =
            if config.advertise.is_empty() { vec![address] } else { config.advertise.clone() };
        // Nobody is told port 0: it is the one that was bound.
        for told in advertised.iter_mut().filter(|told| told.port() == 0) {
            told.set_port(address.port());
        }
        let candidate =
            |&address| Candidate::host(address, "udp").map_err(|_| StartError::Advertise(address));
        let maker = Maker::new(advertised.iter().map(candidate).collect::<Result<_, _>>()?)?;

        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (commands, queue) = mpsc::channel(COMMANDS);
        let events: EventSink = Arc::new(events);
        let overflowed = Arc::new(AtomicBool::new(false));
        let counters = Arc::new(Counters::default());
        let levels = Levels::default();
        let max_legs = config.max_legs;
        let sink = Arc::clone(&events);
        let (flag, cells, shared) = (Arc::clone(&overflowed), Arc::clone(&counters), levels.clone());
        let run = move || {
            let farewell = Farewell(Arc::clone(&sink));
            runtime.block_on(async {
                match tokio::net::UdpSocket::from_std(socket) {
                    Ok(socket) => {
                        let engine = Engine::new(config, advertised, maker, socket, sink, cells, shared);
                        engine.run(queue, flag).await;
                    }
                    Err(error) => sink(MediaEvent::EngineLost { reason: format!("no socket: {error}") }),
                }
            });
            drop(farewell);
        };
        let thread =
            std::thread::Builder::new().name("confab-media".into()).spawn(run).map_err(StartError::Thread)?;
        Ok(EmbeddedMediaServer {
            commands: Some(commands),
            overflowed,
            thread: Some(thread),
            address,
            max_legs,
            counters,
            levels,
            events,
        })
    }

    /// Where media is received.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Whether its thread is there. One that is gone does not come back; [`MediaEvent::EngineLost`] was told when it went.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// What happened so far.
    pub fn stats(&self) -> MediaServerStats {
        self.counters.read()
    }
}

impl MediaServer for EmbeddedMediaServer {
    fn caps(&self) -> MediaCaps {
        MediaCaps {
            mix: false,
            forward: true,
            video_per_leg: 1,
            renegotiate: false,
            simulcast: false,
            max_legs: self.max_legs,
        }
    }

    fn submit(&self, command: MediaCommand) {
        let Some(commands) = &self.commands else { return };
        match commands.try_send(command) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.overflowed.store(true, Ordering::Release),
            // That it has ended was told when it did; told again for every room that is opened anew, it would never be over.
            Err(TrySendError::Closed(MediaCommand::AddLeg { leg, .. })) => {
                (self.events)(MediaEvent::Refused { leg, error: MediaError::Lost })
            }
            Err(TrySendError::Closed(_)) => {}
        }
    }

    fn level(&self, leg: LegId) -> Option<Dbfs> {
        self.levels.get(leg)
    }
}

impl Drop for EmbeddedMediaServer {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the media thread had panicked");
        }
    }
}

/// Tells of a panic on the media thread, which nobody else could.
struct Farewell(EventSink);

impl Drop for Farewell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)(MediaEvent::EngineLost { reason: "media thread panicked".into() });
        }
    }
}

fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
