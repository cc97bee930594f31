//! What the transport says of itself, as values that can be waited for.

use std::sync::Arc;
use std::time::Duration;

use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use tokio::sync::watch;
use webrtc::data_channel::DataChannel;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnectionEventHandler, RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState,
};

use crate::channel::{LABEL, Socket};
use crate::shared::Shared;

/// The transport's states; each newer one replaces the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub(super) gathered: bool,
    pub(super) ice: RTCIceConnectionState,
    pub(super) peer: RTCPeerConnectionState,
}

impl State {
    /// Whether ICE has a path.
    pub(super) fn has_path(self) -> bool {
        matches!(self.ice, RTCIceConnectionState::Connected | RTCIceConnectionState::Completed)
    }
}

/// Called by the transport's driver.
pub(super) struct Watcher {
    states: watch::Sender<State>,
    shared: Arc<Shared>,
    /// Where the far side's data channel goes.
    socket: Arc<Socket>,
}

/// The other end of a [`Watcher`].
pub(super) struct States(watch::Receiver<State>);

impl Watcher {
    pub(super) fn new(shared: Arc<Shared>, socket: Arc<Socket>) -> (Arc<Self>, States) {
        let (states, changes) = watch::channel(State::default());
        (Arc::new(Watcher { states, shared, socket }), States(changes))
    }
}

impl States {
    /// Waits for the last candidate, but not longer than `limit`.
    pub(super) async fn gathered(&self, limit: Duration) {
        let mut changes = self.0.clone();
        let gathered = changes.wait_for(|state| state.gathered);
        // What has not come by then is left out of the offer.
        let _ = tokio::time::timeout(limit, gathered).await;
    }

    /// The newest state, as soon as it differs from the one given last; `None` when the transport is gone.
    pub(super) async fn next(&mut self) -> Option<State> {
        self.0.changed().await.ok()?;
        Some(*self.0.borrow_and_update())
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Watcher {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.states.send_modify(|known| known.gathered |= state == RTCIceGatheringState::Complete);
    }

    async fn on_ice_connection_state_change(&self, state: RTCIceConnectionState) {
        self.states.send_modify(|known| known.ice = state);
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.states.send_modify(|known| known.peer = state);
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        if channel.label().await.is_ok_and(|label| label == LABEL) {
            self.socket.plug(channel);
        } else {
            tracing::debug!("a data channel that we do not know was ignored");
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        if track.kind().await == RtpCodecKind::Video {
            self.shared.set_remote_video(track);
        }
    }
}
