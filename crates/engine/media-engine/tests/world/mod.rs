//! Two people with fake devices, and a wire between them.

#![allow(dead_code, reason = "every test file uses its part")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use confab_fakes::{FakeDevices, FakeSpec, Listener, MeasuringSurface, MicrophoneSpec};
use confab_media_engine::{Clock, EngineOptions, MediaEngine};
use confab_media_model::{
    CameraPlan, ChannelFact, LegPlan, LegRole, MediaFact, MediaPlan, PublishVideo, RemoteDescription,
    ScreenPlan, VideoContent,
};
use confab_types::{Bitrate, LegId, Mono, StreamId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};

pub const LEG: LegId = LegId(7);
/// Where the other one is seen.
pub const OTHER: StreamId = StreamId(9);
/// Nothing that a test waits for takes longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One participant.
pub struct Person {
    pub engine: MediaEngine,
    pub plan: MediaPlan,
    pub facts: mpsc::UnboundedReceiver<MediaFact>,
    pub files: mpsc::UnboundedReceiver<ChannelFact>,
    pub surface: MeasuringSurface,
    pub listener: Listener,
}

impl Person {
    /// With a test card of this number and a tone.
    pub fn new(sender: u8, hertz: u32) -> Person {
        Person::with(FakeSpec { sender, microphone: MicrophoneSpec::Tone(hertz), ..FakeSpec::default() })
    }

    /// With these devices.
    pub fn with(spec: FakeSpec) -> Person {
        let start = Instant::now();
        let clock: Clock = Arc::new(move || Mono::ZERO + start.elapsed());
        let devices = FakeDevices::new(spec, clock.clone()).expect("its files can be read");
        let listener = devices.listener();
        let surface = MeasuringSurface::new(clock.clone());
        let (tell, facts) = mpsc::unbounded_channel();
        let (hand_over, files) = mpsc::unbounded_channel();
        let engine = MediaEngine::start(
            &Handle::current(),
            clock,
            Arc::new(devices),
            Arc::new(surface.clone()),
            Arc::new(move |fact| {
                let _ = tell.send(fact);
            }),
            Arc::new(move |fact| {
                let _ = hand_over.send(fact);
            }),
            EngineOptions { loopback: true, ..EngineOptions::default() },
        );
        Person { engine, plan: MediaPlan::default(), facts, files, surface, listener }
    }

    /// Changes the plan.
    pub fn wish(&mut self, change: impl FnOnce(&mut MediaPlan)) {
        change(&mut self.plan);
        self.engine.set_plan(self.plan.clone());
    }

    /// All devices and a leg to another person.
    pub fn call(&mut self, offer: Option<RemoteDescription>) {
        self.wish(|plan| {
            plan.camera = Some(CameraPlan { device: None, size: (640, 360), fps: 30 });
            plan.screen = Some(ScreenPlan { source: None, fps: 15 });
            plan.microphone = Some(None);
            plan.speaker = Some(None);
            let role = LegRole::Peer { audio: true, video: camera(), stream: OTHER };
            let leg = LegPlan { generation: 1, role, offer, answer: None, ice_servers: Vec::new() };
            plan.legs.insert(LEG, leg);
        });
    }

    /// Changes the leg.
    pub fn change(&mut self, change: impl FnOnce(&mut LegPlan)) {
        self.wish(|plan| change(plan.legs.get_mut(&LEG).expect("the leg is planned")));
    }

    /// The next fact that `pick` takes.
    pub async fn told<T>(&mut self, what: &str, mut pick: impl FnMut(MediaFact) -> Option<T>) -> T {
        let found = async {
            loop {
                let fact = self.facts.recv().await.expect("the engine runs");
                if let MediaFact::LegDown { reason, .. } = &fact {
                    panic!("{reason}, but not {what}");
                }
                if let Some(found) = pick(fact) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("never told: {what}"))
    }

    pub async fn up(&mut self) {
        self.told("leg up", |fact| matches!(fact, MediaFact::LegUp { leg: LEG, .. }).then_some(())).await;
    }
}

pub fn camera() -> PublishVideo {
    PublishVideo {
        content: VideoContent::Camera,
        on: true,
        max_size: (640, 360),
        max_fps: 30,
        max_bitrate: Bitrate::kilobits(1_500),
    }
}

pub fn screen() -> PublishVideo {
    PublishVideo { content: VideoContent::Screen, max_size: (1280, 720), max_fps: 15, ..camera() }
}

pub fn description(sdp: String) -> RemoteDescription {
    RemoteDescription { sdp, candidates: Vec::new() }
}

/// Looks again and again.
pub async fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let looks = async {
        let mut ticks = interval(Duration::from_millis(20));
        while !true_now() {
            ticks.tick().await;
        }
    };
    timeout(PATIENCE, looks).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}

/// A caller (test card 1, 440 Hz) and a callee (test card 2, 880 Hz), connected.
pub async fn call() -> (Person, Person) {
    let (mut caller, mut callee) = (Person::new(1, 440), Person::new(2, 880));
    connect(&mut caller, &mut callee).await;
    (caller, callee)
}

/// Connects two people.
pub async fn connect(caller: &mut Person, callee: &mut Person) {
    caller.call(None);
    let offer = caller
        .told("an offer", |fact| match fact {
            MediaFact::LegOffer { leg: LEG, generation: 1, sdp } => Some(sdp),
            _ => None,
        })
        .await;
    callee.call(Some(description(offer)));
    let answer = callee
        .told("an answer", |fact| match fact {
            MediaFact::LegAnswer { leg: LEG, generation: 1, sdp } => Some(sdp),
            _ => None,
        })
        .await;
    caller.change(|leg| leg.answer = Some(description(answer)));
    caller.up().await;
    callee.up().await;
}
