//! The handle of one leg.

mod outlet;
mod task;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use confab_media_model::{EncodedAudio, EncodedVideo, LegDown, RemoteDescription};
use rtc::peer_connection::transport::RTCIceCandidateInit;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use webrtc::peer_connection::{PeerConnection, RTCSessionDescription};

use crate::config::{LegConfig, Tracks};
use crate::event::{LegSink, SendOutcome, TransportStats};
use crate::shared::{Shared, count};
use crate::{answer, peer};
use outlet::{Outlet, Random};
use task::{Order, Task};

/// Video that would wait longer than this is refused.
const BACKLOG_LIMIT: Duration = Duration::from_millis(600);
/// Access units between the caller and the leg's task; it empties them as fast as they can be cut.
const VIDEO_QUEUE: usize = 8;
/// Audio packets likewise: 640 ms.
const AUDIO_QUEUE: usize = 32;
/// How long closing may take before the transport is abandoned.
const CLOSING: Duration = Duration::from_secs(1);

/// One leg. Dropping it closes it, too; [`Leg::close`] also waits.
pub struct Leg {
    tracks: Tracks,
    peer: Arc<dyn PeerConnection>,
    shared: Arc<Shared>,
    video: mpsc::Sender<EncodedVideo>,
    audio: mpsc::Sender<EncodedAudio>,
    /// The task ends when this is dropped.
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
    /// The id our offer gave to the audio level extension.
    offered_level: Option<u8>,
    /// A unit was refused: the following ones cannot be decoded until a key frame.
    broken: AtomicBool,
}

impl Leg {
    /// Opens sockets, gathers candidates for at most [`crate::Limits::gathering`], and gives the leg with its complete SDP
    /// offer. Needs a tokio runtime with IO and time.
    ///
    /// # Errors
    /// [`LegDown::Transport`] when no socket could be opened or the system refused something.
    pub async fn offer(config: LegConfig, sink: LegSink) -> Result<(Leg, String), LegDown> {
        let shared = Shared::new(&config, sink);
        let (watcher, states) = watch::Watcher::new(Arc::clone(&shared));
        let peer =
            peer::open(&config, &shared, watcher).await.map_err(|error| peer::transport_failed(&error))?;
        match Self::describe(&config, peer.as_ref(), &states).await {
            Ok((outlets, sdp)) => {
                let leg = Self::start(&config, peer, shared, outlets, states, answer::audio_level(&sdp));
                Ok((leg, sdp))
            }
            Err(down) => {
                let _ = peer.close().await;
                Err(down)
            }
        }
    }

    /// Adds the tracks and waits for candidates.
    async fn describe(
        config: &LegConfig,
        peer: &dyn PeerConnection,
        states: &watch::States,
    ) -> Result<(Vec<Outlet>, String), LegDown> {
        let mut random = Random::new().map_err(|error| LegDown::Transport(error.to_string()))?;
        let mut outlets = Vec::new();
        let failed = |error| peer::transport_failed(&error);
        for video in [false, true] {
            let wanted = if video { config.tracks.video() } else { config.tracks.audio() };
            if wanted && config.tracks.is_publish() {
                let ssrcs = (random.ssrc(), random.ssrc());
                let track = peer::add_sender(peer, video, ssrcs).await.map_err(failed)?;
                outlets.push(Outlet::new(track, random.sequence()));
            } else if wanted {
                peer::add_receiver(peer, video).await.map_err(failed)?;
            }
        }
        let offer = peer.create_offer(None).await.map_err(failed)?;
        peer.set_local_description(offer).await.map_err(failed)?;
        states.gathered(config.limits.gathering).await;
        let description = peer.local_description().await;
        let sdp = description.map(|description| description.sdp).unwrap_or_default();
        if !sdp.contains("a=candidate:") {
            return Err(LegDown::NoPath);
        }
        Ok((outlets, sdp))
    }

    fn start(
        config: &LegConfig,
        peer: Arc<dyn PeerConnection>,
        shared: Arc<Shared>,
        outlets: Vec<Outlet>,
        states: watch::States,
        offered_level: Option<u8>,
    ) -> Leg {
        let (video, videos) = mpsc::channel(VIDEO_QUEUE);
        let (audio, audios) = mpsc::channel(AUDIO_QUEUE);
        let (orders, ordered) = mpsc::channel(1);
        let task = Task::new(config, Arc::clone(&peer), Arc::clone(&shared), outlets, states);
        let task = tokio::spawn(task.run(ordered, audios, videos));
        Leg {
            tracks: config.tracks,
            peer,
            shared,
            video,
            audio,
            orders,
            task,
            offered_level,
            broken: false.into(),
        }
    }

    /// Uses the far side's answer; the leg starts to connect and tells how that ends. Once per leg.
    ///
    /// # Errors
    /// [`LegDown::BadAnswer`] when the answer cannot be used; the leg is then good for nothing but closing.
    pub async fn accept(&self, answer: RemoteDescription) -> Result<(), LegDown> {
        let accepted = answer::check(&answer.sdp, self.tracks, self.offered_level)?;
        let bad =
            |error: webrtc::error::Error| LegDown::BadAnswer(error.to_string().chars().take(200).collect());
        let description = RTCSessionDescription::answer(answer.sdp).map_err(bad)?;
        // Before the description: the deadline for a path must not start late.
        let order = self.orders.send(Order::Connect(accepted)).await;
        order.map_err(|_| LegDown::Transport("the leg has ended".to_owned()))?;
        self.peer.set_remote_description(description).await.map_err(bad)?;
        for candidate in answer.candidates {
            let candidate = RTCIceCandidateInit { candidate, sdp_mline_index: Some(0), ..Default::default() };
            // One that we cannot use (a name, a protocol) does not spoil the others.
            if self.peer.add_ice_candidate(candidate).await.is_err() {
                tracing::debug!("a remote candidate was not usable");
            }
        }
        Ok(())
    }

    /// Sends one access unit. Never waits: what would wait longer than 0.6 s in front of the network is dropped, and
    /// with it everything up to the next key frame; [`SendOutcome::Dropped`] says so, and the encoder should make one.
    /// Better still, look at [`Leg::backlog`] and leave a picture out before encoding it.
    pub fn send_video(&self, unit: EncodedVideo) -> SendOutcome {
        if !self.shared.is_connected() || !self.tracks.is_publish() || !self.tracks.video() {
            return SendOutcome::NotConnected;
        }
        let refused = (self.broken.load(Relaxed) && !unit.key) || self.backlog() > BACKLOG_LIMIT;
        let bytes = unit.data.len() as u64;
        if !refused {
            count(&self.shared.queued_bytes, bytes);
            match self.video.try_send(unit) {
                Ok(()) => {
                    self.broken.store(false, Relaxed);
                    return SendOutcome::Sent;
                }
                Err(_) => self.shared.queued_bytes.fetch_sub(bytes, Relaxed),
            };
        }
        self.broken.store(true, Relaxed);
        count(&self.shared.counters.dropped_units, 1);
        SendOutcome::Dropped
    }

    /// Sends one Opus packet with its level. Never waits; nothing is sent while the leg is not connected.
    pub fn send_audio(&self, packet: EncodedAudio) {
        if self.shared.is_connected() && self.tracks.is_publish() && self.tracks.audio() {
            // A full queue means that the transport stands still: late sound is worse than none.
            let _ = self.audio.try_send(packet);
        }
    }

    /// Asks the far side for a key frame of its video (PLI): at most once in 300 ms, and again after that only if
    /// asked again here and no key frame has begun to arrive meanwhile. Calling it often is harmless.
    pub fn request_key_frame(&self) {
        if !self.tracks.is_publish() {
            self.shared.key_frame_missing.store(true, Relaxed);
            self.shared.ask.notify_one();
        }
    }

    /// How long the video that was accepted will take to leave. Above about 0.25 s, rather skip pictures.
    pub fn backlog(&self) -> Duration {
        self.shared.backlog()
    }

    /// Between [`crate::LegEvent::Connected`] and the end.
    pub fn is_connected(&self) -> bool {
        self.shared.is_connected()
    }

    /// The present figures.
    pub fn stats(&self) -> TransportStats {
        self.shared.stats()
    }

    /// Closes the transport: nothing is told any more, and after at most a second nothing runs any more.
    pub async fn close(self) {
        self.shared.end(None);
        let Leg { orders, task, .. } = self;
        drop(orders);
        let abort = task.abort_handle();
        if tokio::time::timeout(CLOSING, task).await.is_err() {
            abort.abort();
        }
    }
}

impl std::fmt::Debug for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leg").field("tracks", &self.tracks).finish_non_exhaustive()
    }
}
