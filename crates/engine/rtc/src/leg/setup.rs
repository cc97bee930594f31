//! How a leg comes to its own description: sockets, tracks, candidates.

use std::sync::Arc;

use confab_media_model::LegDown;
use webrtc::error::Error;
use webrtc::peer_connection::{PeerConnection, RTCSessionDescription};

use super::outlet::{Outlet, Random};
use super::watch::{States, Watcher};
use crate::channel::{self, ChannelReceiver, ChannelSender, Socket};
use crate::config::{LegConfig, Tracks};
use crate::description::Room;
use crate::event::LegSink;
use crate::peer;
use crate::shared::Shared;
use crate::turn::Turn;

/// A connection with sockets, and everything around it, before it is a leg.
pub(super) struct Opened {
    pub(super) peer: Arc<dyn PeerConnection>,
    pub(super) shared: Arc<Shared>,
    pub(super) states: States,
    pub(super) turn: Turn,
    pub(super) channel: ChannelSender,
    pub(super) incoming: ChannelReceiver,
    pub(super) socket: Arc<Socket>,
}

impl Opened {
    pub(super) async fn new(config: &LegConfig, sink: LegSink) -> Result<Self, LegDown> {
        let shared = Shared::new(config, sink);
        let (channel, incoming, socket) = channel::channel(Arc::clone(&shared));
        let (watcher, states) = Watcher::new(Arc::clone(&shared), Arc::clone(&socket));
        let (servers, turn) = Turn::open(config).await;
        let peer = peer::open(config, &servers, turn.on_loopback, &shared, watcher).await.map_err(failed)?;
        Ok(Opened { peer, shared, states, turn, channel, incoming, socket })
    }

    /// Our tracks and our complete offer.
    pub(super) async fn offer(&self, config: &LegConfig) -> Result<(Vec<Outlet>, String), LegDown> {
        let peer = self.peer.as_ref();
        let tracks = config.tracks;
        let mut random = random()?;
        let mut outlets = Vec::new();
        for video in [false, true] {
            let wanted = if video { tracks.video() } else { tracks.audio() };
            if wanted && tracks.sends() {
                let track = peer::local_track(video, (random.ssrc(), random.ssrc()));
                peer::offer_sender(peer, &track, tracks.receives()).await.map_err(failed)?;
                outlets.push(Outlet::new(track, random.sequence()));
            } else if wanted {
                peer::offer_receiver(peer, video).await.map_err(failed)?;
            }
        }
        if tracks == Tracks::Peer {
            let channel = peer.create_data_channel(channel::LABEL, None).await.map_err(failed)?;
            self.socket.plug(channel);
        }
        let offer = peer.create_offer(None).await.map_err(failed)?;
        let sdp = self.describe(offer, config).await?;
        Ok((outlets, sdp))
    }

    /// Our tracks and our complete answer to an offer that has `room` for them.
    pub(super) async fn answer(
        &self,
        config: &LegConfig,
        offer: &str,
        room: Room,
    ) -> Result<(Vec<Outlet>, String), LegDown> {
        let peer = self.peer.as_ref();
        let bad = |error: Error| LegDown::BadAnswer(error.to_string().chars().take(200).collect());
        let offer = RTCSessionDescription::offer(offer.to_owned()).map_err(bad)?;
        // Tracks come after the offer: before it they would keep our numbers of header extensions, and every packet that
        // carries the audio level would be dropped without a word.
        peer.set_remote_description(offer).await.map_err(bad)?;
        let mut random = random()?;
        let mut outlets = Vec::new();
        for (video, wanted) in [(false, room.audio), (true, room.video)] {
            if wanted {
                let track = peer::local_track(video, (random.ssrc(), random.ssrc()));
                let sending = Arc::clone(&track.track);
                peer.add_track(sending).await.map_err(failed)?;
                outlets.push(Outlet::new(track, random.sequence()));
            }
        }
        let answer = peer.create_answer(None).await.map_err(bad)?;
        let sdp = self.describe(answer, config).await?;
        Ok((outlets, sdp))
    }

    /// Gathers candidates; the description with all of them.
    async fn describe(&self, own: RTCSessionDescription, config: &LegConfig) -> Result<String, LegDown> {
        self.peer.set_local_description(own).await.map_err(failed)?;
        self.states.gathered(config.limits.gathering).await;
        let description = self.peer.local_description().await;
        let sdp = description.map(|description| description.sdp).unwrap_or_default();
        let sdp = if config.include_loopback { sdp } else { without_loopback(&sdp) };
        if !sdp.contains("a=candidate:") {
            return Err(LegDown::NoPath);
        }
        Ok(sdp)
    }

    /// Closes what was opened.
    pub(super) async fn give_up(self, down: LegDown) -> LegDown {
        let _ = self.peer.close().await;
        down
    }
}

fn failed(error: Error) -> LegDown {
    peer::transport_failed(&error)
}

fn random() -> Result<Random, LegDown> {
    Random::new().map_err(|error| LegDown::Transport(error.to_string()))
}

/// The socket that reaches our own relays is nobody else's business.
fn without_loopback(sdp: &str) -> String {
    let ours = |line: &&str| !(line.starts_with("a=candidate:") && line.contains(" 127.0.0.1 "));
    sdp.split_inclusive('\n').filter(ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_of_this_machine_only_are_left_out() {
        let sdp = "v=0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host\r\n\
                   a=candidate:2 1 udp 2130706431 10.0.0.1 5001 typ host\r\na=end-of-candidates\r\n";
        let left = without_loopback(sdp);
        assert_eq!(
            left,
            "v=0\r\na=candidate:2 1 udp 2130706431 10.0.0.1 5001 typ host\r\na=end-of-candidates\r\n"
        );
    }
}
