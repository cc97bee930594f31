//! One transport: offer, answer, events, and the pipelines that use it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use confab_media_model::jitter::AudioPacket;
use confab_media_model::{
    LegPlan, LegRole, LegStats, MediaFact, RemoteDescription, VideoContent, VideoFrame, VideoSurface,
};
use confab_rtc::{Leg, LegConfig, LegEvent, LegSink, Tracks};
use confab_types::{Bitrate, LegId};
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::downlink::{Downlink, DownlinkParts, Packet};
use crate::engine::EngineOptions;
use crate::listening::Listening;
use crate::slot::Slot;
use crate::tally::Tally;
use crate::uplink::{VideoOrders, VideoUplink, VideoUplinkParts, Voice};
use crate::{Clock, FactSink};

/// What every leg shares.
#[derive(Clone)]
pub struct Surroundings {
    /// The process clock.
    pub clock: Clock,
    /// Where facts go.
    pub facts: FactSink,
    /// Where pictures land.
    pub surface: Arc<dyn VideoSurface>,
    /// The own voice.
    pub voice: Arc<Voice>,
    /// Everyone else's.
    pub listening: Arc<Listening>,
    /// Pictures of the own camera.
    pub camera: Arc<Slot<Arc<VideoFrame>>>,
    /// Pictures of the own screen.
    pub screen: Arc<Slot<Arc<VideoFrame>>>,
    /// Options of the engine.
    pub options: EngineOptions,
}

/// A leg that is wanted. Dropping it closes the transport.
pub struct RunningLeg {
    id: LegId,
    /// The plan's generation it was built for.
    pub generation: u32,
    role: LegRole,
    answer: watch::Sender<Option<RemoteDescription>>,
    orders: Arc<VideoOrders>,
    tally: Arc<Tally>,
    transport: Arc<Mutex<Option<Arc<Leg>>>>,
    around: Surroundings,
    handle: Handle,
    task: JoinHandle<()>,
}

impl RunningLeg {
    /// Starts building the leg; its offer follows as a fact.
    pub fn start(id: LegId, plan: &LegPlan, around: Surroundings, handle: &Handle) -> RunningLeg {
        let (answer, answers) = watch::channel(plan.answer.clone());
        let orders = Arc::new(VideoOrders::default());
        let tally = Arc::new(Tally::default());
        let transport = Arc::new(Mutex::new(None));
        let build = Build {
            id,
            generation: plan.generation,
            plan: plan.clone(),
            around: around.clone(),
            orders: orders.clone(),
            tally: tally.clone(),
            transport: transport.clone(),
        };
        let task = handle.spawn(build.run(answers));
        let generation = plan.generation;
        let role = plan.role.clone();
        let leg = RunningLeg {
            id,
            generation,
            role,
            answer,
            orders,
            tally,
            transport,
            around,
            handle: handle.clone(),
            task,
        };
        leg.apply_gates();
        leg
    }

    /// Follows a plan of the same generation.
    pub fn update(&mut self, plan: &LegPlan) {
        self.role = plan.role.clone();
        self.apply_gates();
        self.answer.send_if_modified(|answer| {
            let changed = *answer != plan.answer;
            answer.clone_from(&plan.answer);
            changed
        });
    }

    fn apply_gates(&self) {
        if let LegRole::Publish { audio, video } = &self.role {
            if let Some(open) = audio {
                self.around.voice.set_open(*open);
            }
            self.orders.on.store(video.is_some_and(|video| video.on), Relaxed);
        }
    }

    /// How it did in the last `span`; `None` before there is a transport.
    pub fn stats(&self, span: Duration) -> Option<LegStats> {
        let leg = self.transport.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(self.tally.read(leg.stats(), self.around.listening.stats(self.id), span))
    }
}

impl Drop for RunningLeg {
    fn drop(&mut self) {
        self.task.abort();
        self.around.listening.close(self.id);
        if let LegRole::Receive { stream, .. } = self.role {
            self.around.surface.clear(stream);
        }
        let leg = self.transport.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(leg) = leg {
            self.around.voice.disconnect(&leg);
            // The gate closes now; the transport says goodbye as soon as its uplink has let go of it.
            self.orders.on.store(false, Relaxed);
            self.handle.spawn(async move {
                if let Some(leg) = Arc::into_inner(leg) {
                    leg.close().await;
                }
            });
        }
    }
}

struct Build {
    id: LegId,
    generation: u32,
    plan: LegPlan,
    around: Surroundings,
    orders: Arc<VideoOrders>,
    tally: Arc<Tally>,
    transport: Arc<Mutex<Option<Arc<Leg>>>>,
}

/// Threads of a leg, ended together with its task.
enum Pipelines {
    Send { _uplink: Option<VideoUplink> },
    Receive,
}

impl Build {
    async fn run(self, mut answers: watch::Receiver<Option<RemoteDescription>>) {
        let tracks = match &self.plan.role {
            LegRole::Publish { audio, video } => {
                Tracks::Publish { audio: audio.is_some(), video: video.is_some() }
            }
            LegRole::Receive { audio, video, .. } => Tracks::Receive { audio: *audio, video: *video },
            LegRole::Peer { .. } => return,
        };
        let mut config = LegConfig::new(tracks);
        config.ice_servers = self.plan.ice_servers.clone();
        config.include_loopback = self.around.options.loopback;
        if let LegRole::Publish { video: Some(video), .. } = &self.plan.role {
            // Room above the encoder's ceiling, so that the estimate is not what holds it down.
            config.max_bitrate = Bitrate(video.max_bitrate.0.saturating_mul(2));
        }
        let sink = match self.sink() {
            Ok(sink) => sink,
            Err(error) => return self.down(confab_media_model::LegDown::Transport(error)),
        };
        let (leg, sdp) = match Leg::offer(config, sink).await {
            Ok((leg, sdp)) => (Arc::new(leg), sdp),
            Err(reason) => return self.down(reason),
        };
        *self.transport.lock().unwrap_or_else(PoisonError::into_inner) = Some(leg.clone());
        let _pipelines = match self.pipelines(&leg) {
            Ok(pipelines) => pipelines,
            Err(error) => return self.down(confab_media_model::LegDown::Transport(error)),
        };
        (self.around.facts)(MediaFact::LegOffer { leg: self.id, generation: self.generation, sdp });
        let answer = match answers.wait_for(Option::is_some).await {
            Ok(answer) => answer.clone().expect("waited for an answer"),
            Err(_) => return,
        };
        if let Err(reason) = leg.accept(answer).await {
            return self.down(reason);
        }
        // The pipelines live as long as this task; it is aborted when the leg is no longer wanted.
        std::future::pending::<()>().await;
    }

    fn down(&self, reason: confab_media_model::LegDown) {
        (self.around.facts)(MediaFact::LegDown { leg: self.id, generation: self.generation, reason });
    }

    fn pipelines(&self, leg: &Arc<Leg>) -> Result<Pipelines, String> {
        let LegRole::Publish { audio, video } = &self.plan.role else { return Ok(Pipelines::Receive) };
        if audio.is_some() {
            self.around.voice.connect(Some(leg.clone()));
        }
        let uplink = video.map(|plan| {
            let source = match plan.content {
                VideoContent::Camera => self.around.camera.clone(),
                VideoContent::Screen => self.around.screen.clone(),
            };
            VideoUplink::start(VideoUplinkParts {
                plan,
                source,
                leg: leg.clone(),
                orders: self.orders.clone(),
                tally: self.tally.clone(),
                clock: self.around.clock.clone(),
            })
        });
        Ok(Pipelines::Send { _uplink: uplink.transpose().map_err(|error| error.to_string())? })
    }

    /// What the transport's events do. It holds no strong reference to the leg, so that dropping the leg ends it.
    fn sink(&self) -> Result<LegSink, String> {
        let (id, generation) = (self.id, self.generation);
        let downlink = match &self.plan.role {
            LegRole::Receive { stream, audio, video } => {
                if *audio {
                    self.around.listening.open(id).map_err(|error| error.to_string())?;
                }
                let transport = Arc::downgrade(&self.transport);
                let ask_key = Box::new(move || {
                    let leg = transport.upgrade();
                    let leg = leg.and_then(|leg| leg.lock().unwrap_or_else(PoisonError::into_inner).clone());
                    if let Some(leg) = leg {
                        leg.request_key_frame();
                    }
                });
                let parts = DownlinkParts {
                    stream: *stream,
                    surface: self.around.surface.clone(),
                    clock: self.around.clock.clone(),
                    facts: self.around.facts.clone(),
                    tally: self.tally.clone(),
                    ask_key,
                };
                let downlink = video.then(|| Downlink::start(parts)).transpose();
                downlink.map_err(|error| error.to_string())?
            }
            LegRole::Publish { .. } | LegRole::Peer { .. } => None,
        };
        let facts = self.around.facts.clone();
        let orders = self.orders.clone();
        let voice = self.around.voice.clone();
        let listening = self.around.listening.clone();
        let publishes_voice = matches!(self.plan.role, LegRole::Publish { audio: Some(_), .. });
        Ok(Arc::new(move |event| match event {
            LegEvent::Connected => facts(MediaFact::LegUp { leg: id, generation }),
            LegEvent::Disconnected => {}
            LegEvent::Down(reason) => facts(MediaFact::LegDown { leg: id, generation, reason }),
            LegEvent::KeyFrameWanted => orders.key.store(true, Relaxed),
            LegEvent::Estimate(estimate) => orders.estimate.store(estimate.0, Relaxed),
            LegEvent::Loss { fraction } if publishes_voice => voice.set_loss(fraction),
            LegEvent::Loss { .. } | LegEvent::RoundTrip(_) => {}
            LegEvent::VideoPacket { ssrc, sequence, time, marker, payload } => {
                if let Some(downlink) = &downlink {
                    downlink.packet(Packet { ssrc, sequence, time, marker, payload: payload.into() });
                }
            }
            LegEvent::AudioPacket { ssrc, sequence, time, payload, .. } => {
                listening.packet(id, ssrc, AudioPacket { sequence, time, payload: &payload });
            }
        }))
    }
}
