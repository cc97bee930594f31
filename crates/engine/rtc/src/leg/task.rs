//! The task of one leg: feeds packets to the transport, watches its states and deadlines, and says when it is over.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use confab_media_model::{EncodedAudio, EncodedVideo, LegDown};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use webrtc::peer_connection::transport::DtlsTransport;
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateType, RTCPeerConnectionState, StatsSelector};

use super::outlet::{Outlet, Stopped};
use super::setup::Opened;
use super::watch::{State, States};
use crate::channel::{ChannelReceiver, Socket};
use crate::config::{LegConfig, Limits};
use crate::description::Agreed;
use crate::event::LegEvent;
use crate::shared::{Shared, count};
use crate::turn::Turn;

/// Between two requests for a key frame.
const ASKING: Duration = Duration::from_millis(300);
/// Between two looks at what the transport does not report by itself.
const LOOK: Duration = Duration::from_secs(1);
/// The transport's driver moves packets or timers every second; one that has not for this long has died.
const STILL: Duration = Duration::from_secs(6);

/// What the handle asks of the task. Its end is the end of the channel.
pub(super) enum Order {
    /// Both descriptions are there.
    Connect(Agreed),
}

/// How far the leg has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Waiting for the far side's description.
    Offered,
    /// Looking for a path until then.
    Seeking(Instant),
    /// Agreeing on keys until then.
    Securing(Instant),
    /// Connected.
    Up,
    /// Was connected; silence since.
    Silent,
}

/// How a leg ends.
enum End {
    /// Its owner let it go.
    Closed,
    /// By itself.
    Down(LegDown),
}

/// See the module.
pub(super) struct Task {
    peer: Arc<dyn PeerConnection>,
    shared: Arc<Shared>,
    audio: Option<Outlet>,
    video: Option<Outlet>,
    states: States,
    limits: Limits,
    phase: Phase,
    sends: bool,
    socket: Arc<Socket>,
    /// Connections to TURN servers; they end with the leg.
    _turn: Turn,
    /// The next request for a key frame leaves not before this.
    ask_after: Instant,
}

impl Task {
    /// The task, and what the far side sends on the data channel.
    pub(super) fn new(config: &LegConfig, opened: Opened, outlets: Vec<Outlet>) -> (Self, ChannelReceiver) {
        let (video, audio): (Vec<_>, Vec<_>) = outlets.into_iter().partition(Outlet::is_video);
        let task = Task {
            peer: opened.peer,
            shared: opened.shared,
            audio: audio.into_iter().next(),
            video: video.into_iter().next(),
            states: opened.states,
            limits: config.limits,
            phase: Phase::Offered,
            sends: config.tracks.sends(),
            socket: opened.socket,
            _turn: opened.turn,
            ask_after: Instant::now(),
        };
        (task, opened.incoming)
    }

    /// Until the leg is over.
    pub(super) async fn run(
        mut self,
        orders: mpsc::Receiver<Order>,
        audio: mpsc::Receiver<EncodedAudio>,
        video: mpsc::Receiver<EncodedVideo>,
    ) {
        let end = self.work(orders, audio, video).await;
        self.shared.end(match end {
            End::Closed => None,
            End::Down(reason) => {
                tracing::debug!(%reason, "leg is down");
                Some(LegEvent::Down(reason))
            }
        });
        // Fails only for a transport that is closed already.
        let _ = self.peer.close().await;
    }

    async fn work(
        &mut self,
        mut orders: mpsc::Receiver<Order>,
        mut audio: mpsc::Receiver<EncodedAudio>,
        mut video: mpsc::Receiver<EncodedVideo>,
    ) -> End {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shared = Arc::clone(&self.shared);
        loop {
            let deadline = self.deadline();
            let step = tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(Order::Connect(agreed)) => self.connect(agreed),
                    None => Err(End::Closed),
                },
                state = self.states.next() => match state {
                    Some(state) => self.observe(state),
                    None => Err(stopped()),
                },
                () = until(deadline) => Err(self.too_late()),
                Some(packet) = audio.recv() => self.send_audio(packet).await,
                Some(unit) = video.recv() => self.send_video(unit).await,
                () = asking(&shared, self.ask_after) => self.ask().await,
                _ = looks.tick() => self.look().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    fn connect(&mut self, agreed: Agreed) -> Result<(), End> {
        if let Some(outlet) = &mut self.audio {
            outlet.agree(agreed.audio, agreed.audio_level);
        }
        if let Some(outlet) = &mut self.video {
            outlet.agree(agreed.video, None);
        }
        self.socket.set_limit(agreed.message_limit.unwrap_or(0));
        if self.phase == Phase::Offered {
            self.phase = Phase::Seeking(Instant::now() + self.limits.path);
        }
        Ok(())
    }

    fn observe(&mut self, state: State) -> Result<(), End> {
        match state.peer {
            RTCPeerConnectionState::Connected if self.phase != Phase::Up => {
                self.phase = Phase::Up;
                self.shared.connected.store(true, Relaxed);
                self.shared.ask.notify_one();
                self.shared.tell(LegEvent::Connected);
            }
            RTCPeerConnectionState::Disconnected if self.phase == Phase::Up => {
                self.phase = Phase::Silent;
                self.shared.tell(LegEvent::Disconnected);
            }
            RTCPeerConnectionState::Failed => return Err(self.failed(state)),
            RTCPeerConnectionState::Closed => return Err(stopped()),
            _ => {}
        }
        if state.has_path() && matches!(self.phase, Phase::Seeking(_)) {
            self.phase = Phase::Securing(Instant::now() + self.limits.handshake);
        }
        Ok(())
    }

    fn failed(&self, state: State) -> End {
        End::Down(match self.phase {
            Phase::Up | Phase::Silent => LegDown::Lost,
            _ if state.has_path() => LegDown::Security("the handshake failed".to_owned()),
            _ => LegDown::NoPath,
        })
    }

    fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Seeking(until) | Phase::Securing(until) => Some(until),
            _ => None,
        }
    }

    fn too_late(&self) -> End {
        End::Down(match self.phase {
            // The transport drops a handshake whose certificate does not fit, and says nothing.
            Phase::Securing(_) => {
                LegDown::Security("the certificate did not match or the handshake did not end".to_owned())
            }
            _ => LegDown::NoPath,
        })
    }

    async fn send_audio(&mut self, packet: EncodedAudio) -> Result<(), End> {
        match &mut self.audio {
            Some(outlet) if self.shared.is_connected() => {
                outlet.send_audio(packet).await.map_err(|Stopped| stopped())
            }
            _ => Ok(()),
        }
    }

    async fn send_video(&mut self, unit: EncodedVideo) -> Result<(), End> {
        let bytes = unit.data.len() as u64;
        let sent = match &mut self.video {
            Some(outlet) if self.shared.is_connected() => outlet.send_video(unit).await,
            _ => Ok(()),
        };
        self.shared.queued_bytes.fetch_sub(bytes, Relaxed);
        sent.map_err(|Stopped| stopped())
    }

    /// Asks for a key frame, if one is still missing.
    async fn ask(&mut self) -> Result<(), End> {
        let Some(track) = self.shared.remote_video() else { return Ok(()) };
        if self.shared.key_frame_missing.swap(false, Relaxed) {
            self.ask_after = Instant::now() + ASKING;
            count(&self.shared.counters.key_frames_asked, 1);
            let media_ssrc = self.shared.remote_ssrc.load(Relaxed);
            let request = PictureLossIndication { sender_ssrc: 1, media_ssrc };
            track.write_rtcp(vec![Box::new(request)]).await.map_err(|_| stopped())?;
        }
        Ok(())
    }

    /// Looks at what the transport does not report by itself.
    async fn look(&mut self) -> Result<(), End> {
        if !self.shared.is_connected() {
            return Ok(());
        }
        if self.shared.stillness(std::time::Instant::now()) > STILL {
            return Err(stopped());
        }
        let Some(secure) = self.transport().await else { return Ok(()) };
        // The far side said goodbye (a DTLS alert), which the library takes for "still connected".
        if matches!(secure.state().await, Ok(RTCDtlsTransportState::Closed | RTCDtlsTransportState::Failed)) {
            return Err(End::Down(LegDown::Lost));
        }
        if let Ok(Some(path)) = secure.ice_transport().get_selected_candidate_pair().await {
            let ends = [path.local().typ, path.remote().typ];
            self.shared.set_relayed(ends.contains(&RTCIceCandidateType::Relay));
        }
        if !self.sends {
            // Nothing of ours is reported back, so the path's own checks are the only measure.
            let report = self.peer.get_stats(std::time::Instant::now(), StatsSelector::None).await;
            let round_trip = report.candidate_pairs().filter(|pair| pair.nominated).last();
            if let Some(seconds) =
                round_trip.map(|pair| pair.current_round_trip_time).filter(|time| *time > 0.0)
            {
                self.shared.set_round_trip(seconds as f32 * 1000.0);
            }
        }
        Ok(())
    }

    /// The one transport that carries everything (BUNDLE).
    async fn transport(&self) -> Option<Arc<dyn DtlsTransport>> {
        for sender in self.peer.get_senders().await {
            if let Ok(Some(transport)) = sender.transport().await {
                return Some(transport);
            }
        }
        for receiver in self.peer.get_receivers().await {
            if let Ok(Some(transport)) = receiver.transport().await {
                return Some(transport);
            }
        }
        None
    }
}

fn stopped() -> End {
    End::Down(LegDown::Transport("its driver stopped".to_owned()))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

/// A key frame is missing, there is a track to ask, and it is time.
async fn asking(shared: &Shared, after: Instant) {
    while !shared.can_ask() {
        shared.ask.notified().await;
    }
    sleep_until(after).await;
}
