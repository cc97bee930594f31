//! The reconciling task: compares the newest plan with what runs, and makes the difference.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use confab_media_model::{
    CameraRequest, CaptureFault, Channels, DeviceFault, DeviceList, Devices, FrameSink, MediaFact, MediaPlan,
    OpenDevice, ScreenRequest, VideoSurface,
};
use confab_types::{DeviceId, LegId, Mono, StreamId};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::channels::{ChannelSink, EngineChannels};
use crate::keeper::{Keeper, Step};
use crate::leg::{RunningLeg, Surroundings};
use crate::listening::Listening;
use crate::shares::Shares;
use crate::slot::Slot;
use crate::uplink::{Microphone, Voice};
use crate::{Clock, FactSink};

/// How often it is looked what is plugged in.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often statistics are told.
const STATS_EVERY: Duration = Duration::from_secs(1);
/// Reports of devices that may wait for the task.
const REPORTS: usize = 64;

/// How the engine behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct EngineOptions {
    /// Offer loopback candidates too: for a media server on this machine.
    pub loopback: bool,
    /// Use paths through TURN servers only: nobody learns our addresses.
    pub relay_only: bool,
}

/// Runs media for one user agent. Dropping it closes everything.
pub struct MediaEngine {
    channels: Arc<EngineChannels>,
    plan: watch::Sender<MediaPlan>,
    task: tokio::task::JoinHandle<()>,
}

/// The four kinds of device and what opening one needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Camera,
    Microphone,
    Speaker,
    Screen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    Camera(CameraRequest),
    Microphone(Option<DeviceId>),
    Speaker(Option<DeviceId>),
    Screen(ScreenRequest),
}

enum Report {
    Opened(Kind, u64, Result<Box<dyn OpenDevice>, DeviceFault>),
    Lost(Kind, u64, CaptureFault),
    Closed(Kind),
    Listed(DeviceList),
}

impl MediaEngine {
    /// Starts the task on a tokio runtime. `files` hears of data channels. The empty plan is in force until [`set_plan`](Self::set_plan).
    pub fn start(
        handle: &Handle,
        clock: Clock,
        devices: Arc<dyn Devices>,
        surface: Arc<dyn VideoSurface>,
        facts: FactSink,
        files: ChannelSink,
        options: EngineOptions,
    ) -> MediaEngine {
        let (plan, plans) = watch::channel(MediaPlan::default());
        let (reports, incoming) = mpsc::channel(REPORTS);
        let channels = EngineChannels::new(handle.clone(), files);
        let around = Surroundings {
            channels: channels.clone(),
            listening: Arc::new(Listening::new(clock.clone(), facts.clone())),
            clock,
            facts,
            surface,
            voice: Arc::new(Voice::default()),
            camera: Arc::new(Slot::default()),
            screen: Arc::new(Slot::default()),
            options,
        };
        let run = Run {
            handle: handle.clone(),
            shares: Shares::default(),
            devices,
            around,
            plan: MediaPlan::default(),
            keepers: BTreeMap::new(),
            guards: BTreeMap::new(),
            legs: BTreeMap::new(),
            reports,
            listed: DeviceList::default(),
            looking: false,
            last_stats: None,
        };
        let task = handle.spawn(run.run(plans, incoming));
        MediaEngine { channels, plan, task }
    }

    /// The sending side of data channels.
    pub fn channels(&self) -> Arc<dyn Channels> {
        self.channels.clone()
    }

    /// Wants this from now on. Plans that were not yet looked at are skipped.
    pub fn set_plan(&self, plan: MediaPlan) {
        self.plan.send_replace(plan);
    }

    /// Closes everything and waits until it is closed.
    pub async fn close(self) {
        let MediaEngine { plan, task, .. } = self;
        drop(plan);
        let _ = task.await;
    }
}

struct Run {
    handle: Handle,
    shares: Shares,
    devices: Arc<dyn Devices>,
    around: Surroundings,
    plan: MediaPlan,
    keepers: BTreeMap<Kind, Keeper<Request>>,
    guards: BTreeMap<Kind, Box<dyn OpenDevice>>,
    legs: BTreeMap<LegId, RunningLeg>,
    reports: mpsc::Sender<Report>,
    listed: DeviceList,
    looking: bool,
    last_stats: Option<Mono>,
}

impl Run {
    async fn run(mut self, mut plans: watch::Receiver<MediaPlan>, mut incoming: mpsc::Receiver<Report>) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut stats = tokio::time::interval(STATS_EVERY);
        loop {
            tokio::select! {
                changed = plans.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.plan = plans.borrow_and_update().clone();
                    self.follow_plan();
                }
                Some(report) = incoming.recv() => self.report(report),
                _ = look.tick() => self.look(),
                _ = stats.tick() => self.tell_stats(),
            }
        }
        self.legs.clear();
        let guards = std::mem::take(&mut self.guards);
        let _ = self.handle.spawn_blocking(move || drop(guards)).await;
    }

    fn follow_plan(&mut self) {
        let plan = self.plan.clone();
        // Legs that go away go first: their silence must not wait for a device.
        self.legs
            .retain(|id, leg| plan.legs.get(id).is_some_and(|wanted| wanted.generation == leg.generation));
        self.around.listening.ring(plan.ring);
        self.around.voice.set_listen(plan.listen && plan.is_muted());
        self.shares.want(plan.watch_shares, &self.devices, &self.around.facts);
        // A ring is heard before anything else wants the speaker.
        let speaker = plan.speaker.or(plan.ring.map(|_| None));
        let camera = plan.camera.map(|camera| {
            Request::Camera(CameraRequest { device: camera.device, size: camera.size, fps: camera.fps })
        });
        let screen = plan
            .screen
            .map(|screen| Request::Screen(ScreenRequest { source: screen.source, fps: screen.fps }));
        for (kind, wanted) in [
            (Kind::Camera, camera),
            (Kind::Microphone, plan.microphone.map(Request::Microphone)),
            (Kind::Speaker, speaker.map(Request::Speaker)),
            (Kind::Screen, screen),
        ] {
            let step = self.keepers.entry(kind).or_default().want(wanted, plan.device_attempt);
            self.step(kind, step);
        }
        for (id, wanted) in &plan.legs {
            match self.legs.get_mut(id) {
                Some(leg) => leg.update(wanted),
                None => {
                    let leg = RunningLeg::start(*id, wanted, self.around.clone(), &self.handle);
                    self.legs.insert(*id, leg);
                }
            }
        }
    }

    fn step(&mut self, kind: Kind, step: Step<Request>) {
        match step {
            Step::Wait => {}
            Step::Close => self.close(kind),
            Step::Open(request, number) => self.open(kind, request, number),
        }
    }

    fn close(&mut self, kind: Kind) {
        self.forget_picture(kind);
        let guard = self.guards.remove(&kind);
        let reports = self.reports.clone();
        self.handle.spawn_blocking(move || {
            drop(guard);
            let _ = reports.blocking_send(Report::Closed(kind));
        });
    }

    fn forget_picture(&self, kind: Kind) {
        match kind {
            Kind::Camera => {
                self.around.camera.clear();
                self.around.surface.clear(StreamId::OWN_CAMERA);
            }
            Kind::Screen => {
                self.around.screen.clear();
                self.around.surface.clear(StreamId::OWN_SCREEN);
            }
            Kind::Microphone | Kind::Speaker => {}
        }
    }

    fn open(&self, kind: Kind, request: Request, number: u64) {
        let devices = self.devices.clone();
        let around = self.around.clone();
        let reports = self.reports.clone();
        self.handle.spawn_blocking(move || {
            let lost = reports.clone();
            let fault = Box::new(move |fault| {
                let _ = lost.blocking_send(Report::Lost(kind, number, fault));
            });
            let opened = match &request {
                Request::Camera(request) => {
                    let sink = picture_sink(&around, StreamId::OWN_CAMERA, around.camera.clone());
                    devices.open_camera(request, sink, fault)
                }
                Request::Screen(request) => {
                    let sink = picture_sink(&around, StreamId::OWN_SCREEN, around.screen.clone());
                    devices.open_screen(request, sink, fault)
                }
                Request::Microphone(device) => {
                    match Microphone::new(around.voice.clone(), around.facts.clone()) {
                        Ok(mut microphone) => devices.open_microphone(
                            device.as_ref(),
                            Box::new(move |block| microphone.block(block)),
                            fault,
                        ),
                        Err(error) => Err(DeviceFault::Driver(error.to_string())),
                    }
                }
                Request::Speaker(device) => {
                    let listening = around.listening.clone();
                    devices.open_speaker(device.as_ref(), Box::new(move |block| listening.fill(block)), fault)
                }
            };
            let _ = reports.blocking_send(Report::Opened(kind, number, opened));
        });
    }

    fn report(&mut self, report: Report) {
        let facts = self.around.facts.clone();
        match report {
            Report::Opened(kind, number, Ok(guard)) => {
                facts(opened(kind, guard.describe()));
                self.guards.insert(kind, guard);
                let step = self.keepers.entry(kind).or_default().opened(number);
                self.step(kind, step);
            }
            Report::Opened(kind, number, Err(fault)) => {
                let (news, step) = self.keepers.entry(kind).or_default().failed(number);
                if news {
                    tracing::info!(?kind, %fault, "device could not be opened");
                    facts(failed(kind, fault));
                }
                self.step(kind, step);
            }
            Report::Lost(kind, number, fault) => {
                let (news, step) = self.keepers.entry(kind).or_default().failed(number);
                if news {
                    tracing::info!(?kind, %fault, "device was lost");
                    let guard = self.guards.remove(&kind);
                    self.handle.spawn_blocking(move || drop(guard));
                    self.forget_picture(kind);
                    facts(lost(kind, fault));
                }
                self.step(kind, step);
            }
            Report::Closed(kind) => {
                match kind {
                    Kind::Camera => facts(MediaFact::CameraClosed),
                    Kind::Microphone => facts(MediaFact::MicrophoneClosed),
                    Kind::Screen => facts(MediaFact::ScreenClosed),
                    Kind::Speaker => {}
                }
                let step = self.keepers.entry(kind).or_default().closed();
                self.step(kind, step);
            }
            Report::Listed(list) => {
                self.looking = false;
                if list == self.listed {
                    return;
                }
                self.listed = list.clone();
                facts(MediaFact::Devices(list));
                for kind in [Kind::Camera, Kind::Microphone, Kind::Speaker, Kind::Screen] {
                    let step = self.keepers.entry(kind).or_default().plugged();
                    self.step(kind, step);
                }
            }
        }
    }

    fn look(&mut self) {
        if std::mem::replace(&mut self.looking, true) {
            return;
        }
        let devices = self.devices.clone();
        let reports = self.reports.clone();
        self.handle.spawn_blocking(move || {
            let _ = reports.blocking_send(Report::Listed(devices.list()));
        });
    }

    fn tell_stats(&mut self) {
        let now = (self.around.clock)();
        let span = now.since(self.last_stats.replace(now).unwrap_or(Mono::ZERO));
        for (id, leg) in &self.legs {
            if let Some(stats) = leg.stats(span) {
                (self.around.facts)(MediaFact::Stats(*id, stats));
            }
        }
    }
}

/// Puts every picture into its slot and onto the own tile; the first one is told.
fn picture_sink(
    around: &Surroundings,
    stream: StreamId,
    slot: Arc<Slot<Arc<confab_media_model::VideoFrame>>>,
) -> FrameSink {
    let surface = around.surface.clone();
    let facts = around.facts.clone();
    let told = AtomicBool::new(false);
    Arc::new(move |frame| {
        slot.put(frame.clone());
        surface.submit(stream, frame);
        if !told.swap(true, Relaxed) {
            facts(MediaFact::FirstPicture(stream));
        }
    })
}

fn opened(kind: Kind, what: String) -> MediaFact {
    match kind {
        Kind::Camera => MediaFact::CameraOpened(what),
        Kind::Microphone => MediaFact::MicrophoneOpened(what),
        Kind::Speaker => MediaFact::SpeakerOpened(what),
        Kind::Screen => MediaFact::ScreenOpened(what),
    }
}

fn failed(kind: Kind, fault: DeviceFault) -> MediaFact {
    match kind {
        Kind::Camera => MediaFact::CameraFailed(fault),
        Kind::Microphone => MediaFact::MicrophoneFailed(fault),
        Kind::Speaker => MediaFact::SpeakerFailed(fault),
        Kind::Screen => MediaFact::ScreenFailed(fault),
    }
}

fn lost(kind: Kind, fault: CaptureFault) -> MediaFact {
    match kind {
        Kind::Camera => MediaFact::CameraLost(fault),
        Kind::Microphone => MediaFact::MicrophoneLost(fault),
        Kind::Speaker => MediaFact::SpeakerLost(fault),
        Kind::Screen => MediaFact::ScreenLost(fault),
    }
}
