//! One transport that is wanted: follows the plan, and lets go of everything when it is not wanted any more.

mod build;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use confab_media_model::{LegPlan, LegRole, LegStats, RemoteDescription, VideoFrame, VideoSurface};
use confab_rtc::Leg;
use confab_types::{Bitrate, LegId};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::channels::EngineChannels;
use crate::engine::EngineOptions;
use crate::listening::Listening;
use crate::slot::Slot;
use crate::tally::Tally;
use crate::uplink::{VideoOrders, Voice};
use crate::{Clock, FactSink};
use build::Build;

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
    /// Data channels.
    pub channels: Arc<EngineChannels>,
    /// Pictures of the own camera.
    pub camera: Arc<Slot<Arc<VideoFrame>>>,
    /// Pictures of the own screen.
    pub screen: Arc<Slot<Arc<VideoFrame>>>,
    /// Options of the engine.
    pub options: EngineOptions,
}

/// What a leg's task and its owner share.
#[derive(Clone)]
struct Parts {
    orders: Arc<VideoOrders>,
    /// Counters of the pictures that are sent, and of those that are received: the same for a leg in one direction.
    sent: Arc<Tally>,
    received: Arc<Tally>,
    transport: Arc<Mutex<Option<Arc<Leg>>>>,
}

impl Parts {
    fn new(role: &LegRole) -> Parts {
        let received = Arc::new(Tally::default());
        let sent = match role {
            LegRole::Peer { .. } => Arc::default(),
            LegRole::Publish { .. } | LegRole::Receive { .. } => received.clone(),
        };
        Parts { orders: Arc::default(), sent, received, transport: Arc::default() }
    }

    fn leg(&self) -> Option<Arc<Leg>> {
        self.transport.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A leg that is wanted. Dropping it closes the transport.
pub struct RunningLeg {
    id: LegId,
    /// The plan's generation it was built for.
    pub generation: u32,
    role: LegRole,
    remote: watch::Sender<Option<RemoteDescription>>,
    parts: Parts,
    around: Surroundings,
    handle: Handle,
    task: JoinHandle<()>,
}

/// What is known of the far side: its offer, if it is the one that offers, or else its answer.
fn remote(plan: &LegPlan) -> Option<RemoteDescription> {
    plan.offer.clone().or_else(|| plan.answer.clone())
}

impl RunningLeg {
    /// Starts building the leg; its offer or answer follows as a fact.
    pub fn start(id: LegId, plan: &LegPlan, around: Surroundings, handle: &Handle) -> RunningLeg {
        let (remote, description) = watch::channel(remote(plan));
        let parts = Parts::new(&plan.role);
        let build = Build { id, plan: plan.clone(), around: around.clone(), parts: parts.clone() };
        // Before the task: its first picture must find the gate as it is meant.
        apply_gates(&plan.role, &around.voice, &parts.orders);
        let task = handle.spawn(build.run(description));
        let (generation, role) = (plan.generation, plan.role.clone());
        RunningLeg { id, generation, role, remote, parts, around, handle: handle.clone(), task }
    }

    /// Follows a plan of the same generation.
    pub fn update(&mut self, plan: &LegPlan) {
        self.role = plan.role.clone();
        apply_gates(&self.role, &self.around.voice, &self.parts.orders);
        let wanted = remote(plan);
        self.remote.send_if_modified(|known| {
            let changed = *known != wanted;
            *known = wanted;
            changed
        });
    }

    /// How it did in the last `span`; `None` before there is a transport.
    pub fn stats(&self, span: Duration) -> Option<LegStats> {
        let transport = self.parts.leg()?.stats();
        let sound = self.around.listening.stats(self.id);
        let stats = self.parts.received.read(transport, sound, span);
        // Both directions share the figures of the transport; pictures are told as they are received.
        let target = self.parts.sent.target.load(Relaxed);
        Some(LegStats { target: (target > 0).then_some(Bitrate(target)), ..stats })
    }
}

fn apply_gates(role: &LegRole, voice: &Voice, orders: &VideoOrders) {
    match role {
        LegRole::Publish { audio, video } => {
            if let Some(open) = audio {
                voice.set_open(*open);
            }
            orders.follow(*video);
        }
        LegRole::Peer { audio, video, .. } => {
            voice.set_open(*audio);
            orders.follow(Some(*video));
        }
        LegRole::Receive { .. } => {}
    }
}

impl Drop for RunningLeg {
    fn drop(&mut self) {
        self.task.abort();
        self.around.listening.close(self.id);
        if let LegRole::Receive { stream, .. } | LegRole::Peer { stream, .. } = self.role {
            self.around.surface.clear(stream);
        }
        let leg = self.parts.transport.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(leg) = leg {
            self.around.voice.disconnect(&leg);
            // The gate closes now; the transport says goodbye as soon as its uplink has let go of it.
            self.parts.orders.follow(None);
            self.handle.spawn(async move {
                if let Some(leg) = Arc::into_inner(leg) {
                    leg.close().await;
                }
            });
        }
    }
}
