//! The handle of one leg.

mod outlet;
mod setup;
mod task;
mod watch;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use confab_media_model::{EncodedAudio, EncodedVideo, LegDown, RemoteDescription};
use rtc::peer_connection::transport::RTCIceCandidateInit;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use webrtc::peer_connection::{PeerConnection, RTCSessionDescription};

use crate::channel::{ChannelReceiver, ChannelSender};
use crate::config::{LegConfig, Tracks};
use crate::description::{self, Agreed};
use crate::event::{LegSink, SendOutcome, TransportStats};
use crate::shared::{Shared, count};
use setup::Opened;
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
    /// What both sides want; set once.
    agreed: OnceLock<Agreed>,
    channel: ChannelSender,
    incoming: Mutex<Option<ChannelReceiver>>,
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
        let opened = Opened::new(&config, sink).await?;
        match opened.offer(&config).await {
            Ok((outlets, sdp)) => {
                let leg = Self::start(&config, opened, outlets, description::audio_level(&sdp));
                Ok((leg, sdp))
            }
            Err(down) => Err(opened.give_up(down).await),
        }
    }

    /// Answers a peer's offer: opens sockets, gathers candidates like [`Leg::offer`], and gives the leg with its complete SDP
    /// answer. The leg begins to connect at once.
    ///
    /// # Errors
    /// [`LegDown::BadAnswer`] when the offer cannot be used (no codec in common, no fingerprint, malformed),
    /// [`LegDown::Transport`] and [`LegDown::NoPath`] as [`Leg::offer`].
    pub async fn answer(
        config: LegConfig,
        sink: LegSink,
        offer: RemoteDescription,
    ) -> Result<(Leg, String), LegDown> {
        let room = description::check_offer(&offer.sdp)?;
        let opened = Opened::new(&config, sink).await?;
        let (outlets, sdp) = match opened.answer(&config, &offer.sdp, room).await {
            Ok(answered) => answered,
            Err(down) => return Err(opened.give_up(down).await),
        };
        let leg = Self::start(&config, opened, outlets, None);
        leg.agree(description::agreed(&offer.sdp, &sdp)).await?;
        leg.add_candidates(offer.candidates).await;
        Ok((leg, sdp))
    }

    fn start(
        config: &LegConfig,
        opened: Opened,
        outlets: Vec<outlet::Outlet>,
        offered_level: Option<u8>,
    ) -> Leg {
        let (video, videos) = mpsc::channel(VIDEO_QUEUE);
        let (audio, audios) = mpsc::channel(AUDIO_QUEUE);
        let (orders, ordered) = mpsc::channel(1);
        let (peer, shared) = (Arc::clone(&opened.peer), Arc::clone(&opened.shared));
        let channel = opened.channel.clone();
        let (task, incoming) = Task::new(config, opened, outlets);
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
            agreed: OnceLock::new(),
            channel,
            incoming: Mutex::new(Some(incoming)),
            broken: false.into(),
        }
    }

    /// Uses the far side's answer to our offer; the leg starts to connect and tells how that ends. Once per leg.
    ///
    /// # Errors
    /// [`LegDown::BadAnswer`] when the answer cannot be used; the leg is then good for nothing but closing.
    pub async fn accept(&self, answer: RemoteDescription) -> Result<(), LegDown> {
        let agreed = description::check_answer(&answer.sdp, self.tracks, self.offered_level)?;
        let bad =
            |error: webrtc::error::Error| LegDown::BadAnswer(error.to_string().chars().take(200).collect());
        let description = RTCSessionDescription::answer(answer.sdp).map_err(bad)?;
        // Before the description: the deadline for a path must not start late.
        self.agree(agreed).await?;
        self.peer.set_remote_description(description).await.map_err(bad)?;
        self.add_candidates(answer.candidates).await;
        Ok(())
    }

    async fn agree(&self, agreed: Agreed) -> Result<(), LegDown> {
        let _ = self.agreed.set(agreed);
        let order = self.orders.send(Order::Connect(agreed)).await;
        order.map_err(|_| LegDown::Transport("the leg has ended".to_owned()))
    }

    /// Uses candidates of the far side that came after its description. Known ones do no harm; one that we cannot use (a
    /// name, a protocol) does not spoil the others.
    pub async fn add_candidates(&self, candidates: Vec<String>) {
        for candidate in candidates {
            // One transport carries all tracks, so none of them needs to be named.
            let candidate = candidate.trim().trim_start_matches("a=").to_owned();
            let candidate = RTCIceCandidateInit { candidate, sdp_mline_index: Some(0), ..Default::default() };
            if self.peer.add_ice_candidate(candidate).await.is_err() {
                tracing::debug!("a remote candidate was not usable");
            }
        }
    }

    /// The sending end of the data channel; it sends nothing until the receiving end tells that the channel is open.
    pub fn channel(&self) -> ChannelSender {
        self.channel.clone()
    }

    /// The receiving end of the data channel, once. A leg with a media server has none to speak of: nothing ever comes.
    pub fn take_channel(&self) -> Option<ChannelReceiver> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn sends(&self, pick: impl Fn(&Agreed) -> Option<u8>) -> bool {
        self.shared.is_connected() && self.tracks.sends() && self.agreed.get().and_then(pick).is_some()
    }

    /// Sends one access unit. Never waits: what would wait longer than 0.6 s in front of the network is dropped, and
    /// with it everything up to the next key frame; [`SendOutcome::Dropped`] says so, and the encoder should make one.
    /// Better still, look at [`Leg::backlog`] and leave a picture out before encoding it.
    pub fn send_video(&self, unit: EncodedVideo) -> SendOutcome {
        if !self.sends(|agreed| agreed.video) {
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
        if self.sends(|agreed| agreed.audio) {
            // A full queue means that the transport stands still: late sound is worse than none.
            let _ = self.audio.try_send(packet);
        }
    }

    /// Asks the far side for a key frame of its video (PLI): at most once in 300 ms, and again after that only if
    /// asked again here and no key frame has begun to arrive meanwhile. Calling it often is harmless.
    pub fn request_key_frame(&self) {
        if self.tracks.receives() {
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
