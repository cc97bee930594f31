//! The newest picture to one access unit, on one thread per track.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use confab_codecs::OpenH264Encoder;
use confab_media_model::{PublishVideo, VideoContent, VideoEncoder, VideoFrame, VideoTune};
use confab_rtc::{Leg, SendOutcome};
use confab_types::{Bitrate, MediaTime, Mono};
use confab_video_surface::scale::{Flip, Plane, Scaler};

use super::ladder::{self, Rung};
use crate::Clock;
use crate::slot::Slot;
use crate::tally::Tally;

/// Pictures are left out while the transport has more than this waiting.
const BACKLOG: Duration = Duration::from_millis(250);
/// Key frames are at least this far apart, whoever asks.
const KEY_EVERY: Duration = Duration::from_millis(500);
/// Share of the estimate that video may use; the rest is for sound, retransmissions and the estimate's own error.
const SHARE_PERCENT: u32 = 85;
/// How often it is looked for new orders when no picture comes.
const LOOK: Duration = Duration::from_millis(50);
/// What an encoder begins with, before the path is known.
const START: Bitrate = Bitrate::kilobits(800);
/// The least an encoder is told.
const FLOOR: Bitrate = Bitrate::kilobits(80);

/// What the uplink is told while it runs.
#[derive(Default)]
pub struct VideoOrders {
    /// What is wanted; `None`: nothing is sent.
    plan: Mutex<Option<PublishVideo>>,
    /// Somebody needs a key frame.
    pub key: AtomicBool,
    /// Bits per second that the path carries, 0 while unknown.
    pub estimate: AtomicU32,
    stop: AtomicBool,
}

impl VideoOrders {
    /// Sends this from now on; `None`, and a plan whose gate is closed, send nothing.
    pub fn follow(&self, plan: Option<PublishVideo>) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    fn plan(&self) -> Option<PublishVideo> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).filter(|plan| plan.on)
    }
}

/// Everything a video uplink needs.
pub struct VideoUplinkParts {
    /// Pictures of the camera.
    pub camera: Arc<Slot<Arc<VideoFrame>>>,
    /// Pictures of the screen.
    pub screen: Arc<Slot<Arc<VideoFrame>>>,
    /// Where they go.
    pub leg: Arc<Leg>,
    /// Orders.
    pub orders: Arc<VideoOrders>,
    /// Counters.
    pub tally: Arc<Tally>,
    /// The process clock.
    pub clock: Clock,
}

/// One sending pipeline. Dropping it ends its thread.
pub struct VideoUplink {
    orders: Arc<VideoOrders>,
    thread: Option<JoinHandle<()>>,
}

impl VideoUplink {
    /// Starts the thread.
    pub fn start(parts: VideoUplinkParts) -> std::io::Result<VideoUplink> {
        let orders = parts.orders.clone();
        let thread = std::thread::Builder::new()
            .name("video uplink".to_owned())
            .spawn(move || Run::new(parts).run())?;
        Ok(VideoUplink { orders, thread: Some(thread) })
    }
}

impl Drop for VideoUplink {
    fn drop(&mut self) {
        self.orders.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn encoder(plan: &PublishVideo, bitrate: Bitrate) -> OpenH264Encoder {
    OpenH264Encoder::new(VideoTune { content: plan.content, bitrate, fps: plan.max_fps })
}

struct Run {
    parts: VideoUplinkParts,
    /// What the encoder is set up for.
    plan: PublishVideo,
    encoder: OpenH264Encoder,
    scaler: Scaler,
    rung: Option<Rung>,
    bitrate: Bitrate,
    start: Option<Mono>,
    last_sent: Option<Mono>,
    last_key: Option<Mono>,
    key_due: bool,
}

impl Run {
    fn new(parts: VideoUplinkParts) -> Run {
        let plan = parts.orders.plan().unwrap_or(PublishVideo {
            content: VideoContent::Camera,
            on: false,
            max_size: (2, 2),
            max_fps: 1,
            max_bitrate: FLOOR,
        });
        let bitrate = plan.max_bitrate.min(START);
        Run {
            encoder: encoder(&plan, bitrate),
            scaler: Scaler::default(),
            rung: None,
            bitrate,
            start: None,
            last_sent: None,
            last_key: None,
            key_due: true,
            plan,
            parts,
        }
    }

    fn run(mut self) {
        let mut seen = 0;
        while !self.parts.orders.stop.load(Relaxed) {
            if let Some(plan) = self.parts.orders.plan()
                && plan != self.plan
            {
                if plan.content != self.plan.content {
                    // Numbers of pictures begin anew with another source.
                    seen = 0;
                }
                self.follow(plan);
            }
            let source = match self.plan.content {
                VideoContent::Camera => &self.parts.camera,
                VideoContent::Screen => &self.parts.screen,
            };
            let Some((number, frame)) = source.newer_than(seen, LOOK) else { continue };
            seen = number;
            if self.parts.orders.plan().is_none() || !self.parts.leg.is_connected() {
                self.key_due = true;
                continue;
            }
            self.picture(&frame);
        }
    }

    /// Another source, size or rate on the same track: the stream goes on with a key frame, its clock with it.
    fn follow(&mut self, plan: PublishVideo) {
        if plan.content != self.plan.content || plan.max_fps != self.plan.max_fps {
            self.bitrate = self.bitrate.min(plan.max_bitrate);
            self.encoder = encoder(&plan, self.bitrate);
            self.rung = None;
            self.key_due = true;
            self.last_key = None;
        }
        self.plan = plan;
    }

    fn picture(&mut self, frame: &VideoFrame) {
        self.follow_estimate();
        let rung = ladder::choose(self.plan.content, self.bitrate.0, self.rung);
        self.rung = Some(rung);
        let size = ladder::fit((frame.width(), frame.height()), self.plan.max_size, rung);
        let fps = rung.fps.min(self.plan.max_fps).min(ladder::affordable(self.plan.content, size)).max(1);
        // A tenth early is on time: cameras jitter.
        let pause = Duration::from_micros(900_000 / u64::from(fps));
        if self.last_sent.is_some_and(|last| frame.captured.since(last) < pause) {
            return;
        }
        if self.parts.leg.backlog() > BACKLOG {
            self.parts.tally.dropped.fetch_add(1, Relaxed);
            return;
        }
        self.last_sent = Some(frame.captured);
        let scaled;
        let picture = if size == (frame.width(), frame.height()) {
            frame
        } else {
            scaled = self.scale(frame, size);
            &scaled
        };
        self.encode(picture);
    }

    fn follow_estimate(&mut self) {
        let estimate = self.parts.orders.estimate.load(Relaxed);
        if estimate == 0 {
            return;
        }
        let share = Bitrate((u64::from(estimate) * u64::from(SHARE_PERCENT) / 100) as u32);
        let target = share.clamp(FLOOR, self.plan.max_bitrate.max(FLOOR));
        let change = target.0.abs_diff(self.bitrate.0);
        if change * 20 > self.bitrate.0 {
            match self.encoder.set_bitrate(target) {
                Ok(()) => self.bitrate = target,
                Err(error) => tracing::warn!(%error, "bitrate was not changed"),
            }
        }
        self.parts.tally.target.store(self.bitrate.0, Relaxed);
    }

    fn encode(&mut self, picture: &VideoFrame) {
        let now = (self.parts.clock)();
        self.key_due |= self.parts.orders.key.swap(false, Relaxed);
        let key = self.key_due && self.last_key.is_none_or(|last| now.since(last) >= KEY_EVERY);
        let start = *self.start.get_or_insert(picture.captured);
        let micros = picture.captured.since(start).as_micros() as u64;
        let time = MediaTime((micros * 9 / 100) as u32);
        match self.encoder.encode(picture, time, key) {
            Ok(Some(unit)) => {
                let tally = &self.parts.tally;
                tally.pictures.fetch_add(1, Relaxed);
                tally.set_size(picture.width(), picture.height());
                let is_key = unit.key;
                let outcome = self.parts.leg.send_video(unit);
                if is_key && matches!(outcome, SendOutcome::Sent) {
                    tally.key_frames.fetch_add(1, Relaxed);
                    self.last_key = Some(now);
                    self.key_due = false;
                }
                if matches!(outcome, SendOutcome::Dropped) {
                    tally.dropped.fetch_add(1, Relaxed);
                    self.key_due = true;
                }
            }
            Ok(None) => {
                self.parts.tally.dropped.fetch_add(1, Relaxed);
            }
            Err(error) => tracing::warn!(%error, "picture was not encoded"),
        }
    }

    fn scale(&mut self, frame: &VideoFrame, (width, height): (u32, u32)) -> VideoFrame {
        let mut scaled = VideoFrame::black(width, height, frame.captured);
        scaled.rotation = frame.rotation;
        let (w, h) = (width as usize, height as usize);
        let (from_w, from_h) = (frame.width() as usize, frame.height() as usize);
        let luma = Plane { data: frame.y(), stride: frame.stride_y(), width: from_w, height: from_h };
        let chroma = |data| Plane { data, stride: frame.stride_uv(), width: from_w / 2, height: from_h / 2 };
        let (y, u, v) = scaled.planes_mut();
        self.scaler.scale(luma, y, w, h, Flip::default());
        self.scaler.scale(chroma(frame.u()), u, w / 2, h / 2, Flip::default());
        self.scaler.scale(chroma(frame.v()), v, w / 2, h / 2, Flip::default());
        scaled
    }
}
