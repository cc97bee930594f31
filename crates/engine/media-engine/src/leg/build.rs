//! The task of one leg: negotiates, and wires the transport to the pipelines that use it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use confab_media_model::jitter::AudioPacket;
use confab_media_model::{LegDown, LegPlan, LegRole, MediaFact, RemoteDescription};
use confab_rtc::{Leg, LegConfig, LegEvent, LegSink, Tracks};
use confab_types::{Bitrate, LegId, StreamId};
use tokio::sync::watch;

use super::{Parts, Surroundings};
use crate::downlink::{Downlink, DownlinkParts, Packet};
use crate::uplink::{VideoUplink, VideoUplinkParts};

pub(super) struct Build {
    pub(super) id: LegId,
    pub(super) plan: LegPlan,
    pub(super) around: Surroundings,
    pub(super) parts: Parts,
}

/// What a role means for the pipelines.
struct Wiring {
    tracks: Tracks,
    /// Whether our voice goes out here.
    voice: bool,
    /// The ceiling of our picture, if there is one.
    picture: Option<Bitrate>,
    /// Whether somebody is heard.
    heard: bool,
    /// Where somebody is seen.
    seen: Option<StreamId>,
}

impl Wiring {
    fn of(role: &LegRole) -> Wiring {
        match *role {
            LegRole::Publish { audio, video } => Wiring {
                tracks: Tracks::Publish { audio: audio.is_some(), video: video.is_some() },
                voice: audio.is_some(),
                picture: video.map(|video| video.max_bitrate),
                heard: false,
                seen: None,
            },
            LegRole::Receive { stream, audio, video } => Wiring {
                tracks: Tracks::Receive { audio, video },
                voice: false,
                picture: None,
                heard: audio,
                seen: video.then_some(stream),
            },
            LegRole::Peer { video, stream, .. } => Wiring {
                tracks: Tracks::Peer,
                voice: true,
                picture: Some(video.max_bitrate),
                heard: true,
                seen: Some(stream),
            },
        }
    }
}

impl Build {
    /// Until the leg is not wanted any more (then the task is aborted) or cannot be.
    pub(super) async fn run(self, remote: watch::Receiver<Option<RemoteDescription>>) {
        let leg = self.id;
        let generation = self.plan.generation;
        if let Err(reason) = self.negotiate(remote).await {
            (self.around.facts)(MediaFact::LegDown { leg, generation, reason });
        }
    }

    async fn negotiate(&self, mut remote: watch::Receiver<Option<RemoteDescription>>) -> Result<(), LegDown> {
        let wiring = Wiring::of(&self.plan.role);
        let config = self.config(&wiring);
        let sink = self.sink(&wiring).map_err(LegDown::Transport)?;
        let (id, generation) = (self.id, self.plan.generation);
        let offer = if self.plan.offer.is_some() { remote.borrow_and_update().clone() } else { None };
        let (leg, _uplink, told) = match offer {
            Some(offer) => {
                let (leg, sdp) = Leg::answer(config, sink, offer.clone()).await?;
                let (leg, uplink) = self.wire(leg, &wiring)?;
                (self.around.facts)(MediaFact::LegAnswer { leg: id, generation, sdp });
                (leg, uplink, offer)
            }
            None => {
                let (leg, sdp) = Leg::offer(config, sink).await?;
                let (leg, uplink) = self.wire(leg, &wiring)?;
                (self.around.facts)(MediaFact::LegOffer { leg: id, generation, sdp });
                let Ok(answer) = remote.wait_for(Option::is_some).await.map(|answer| answer.clone()) else {
                    return Ok(());
                };
                let answer = answer.expect("waited for an answer");
                leg.accept(answer.clone()).await?;
                (leg, uplink, answer)
            }
        };
        // The pipelines live as long as this task; it is aborted when the leg is no longer wanted.
        let mut known: BTreeSet<String> = told.candidates.into_iter().collect();
        while remote.changed().await.is_ok() {
            let candidates = match &*remote.borrow_and_update() {
                Some(description) => description.candidates.clone(),
                None => continue,
            };
            let late = candidates.into_iter().filter(|candidate| known.insert(candidate.clone()));
            leg.add_candidates(late.collect()).await;
        }
        Ok(())
    }

    fn config(&self, wiring: &Wiring) -> LegConfig {
        let mut config = LegConfig::new(wiring.tracks);
        config.ice_servers = self.plan.ice_servers.clone();
        config.include_loopback = self.around.options.loopback;
        config.relay_only = self.around.options.relay_only;
        if let Some(ceiling) = wiring.picture {
            // Room above the encoder's ceiling, so that the estimate is not what holds it down.
            config.max_bitrate = Bitrate(ceiling.0.saturating_mul(2));
        }
        config
    }

    /// Connects our side of the transport: voice, picture and files.
    fn wire(&self, leg: Leg, wiring: &Wiring) -> Result<(Arc<Leg>, Option<VideoUplink>), LegDown> {
        let leg = Arc::new(leg);
        *self.parts.transport.lock().unwrap_or_else(PoisonError::into_inner) = Some(leg.clone());
        if wiring.voice {
            self.around.voice.connect(Some(leg.clone()));
        }
        if wiring.tracks == Tracks::Peer
            && let Some(incoming) = leg.take_channel()
        {
            self.around.channels.plug(self.id, leg.channel(), incoming);
        }
        let uplink = wiring.picture.map(|_| {
            VideoUplink::start(VideoUplinkParts {
                camera: self.around.camera.clone(),
                screen: self.around.screen.clone(),
                leg: leg.clone(),
                orders: self.parts.orders.clone(),
                tally: self.parts.sent.clone(),
                clock: self.around.clock.clone(),
            })
        });
        let uplink = uplink.transpose().map_err(|error| LegDown::Transport(error.to_string()))?;
        Ok((leg, uplink))
    }

    /// What the transport's events do. It holds no strong reference to the leg, so that dropping the leg ends it.
    fn sink(&self, wiring: &Wiring) -> Result<LegSink, String> {
        let (id, generation) = (self.id, self.plan.generation);
        if wiring.heard {
            self.around.listening.open(id).map_err(|error| error.to_string())?;
        }
        let downlink = wiring.seen.map(|stream| Downlink::start(self.downlink(stream))).transpose();
        let downlink = downlink.map_err(|error| error.to_string())?;
        let facts = self.around.facts.clone();
        let orders = self.parts.orders.clone();
        let voice = self.around.voice.clone();
        let listening = self.around.listening.clone();
        let speaks = wiring.voice;
        Ok(Arc::new(move |event| match event {
            LegEvent::Connected => facts(MediaFact::LegUp { leg: id, generation }),
            LegEvent::Disconnected => {}
            LegEvent::Down(reason) => facts(MediaFact::LegDown { leg: id, generation, reason }),
            LegEvent::KeyFrameWanted => orders.key.store(true, Relaxed),
            LegEvent::Estimate(estimate) => orders.estimate.store(estimate.0, Relaxed),
            LegEvent::Loss { fraction } if speaks => voice.set_loss(fraction),
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

    fn downlink(&self, stream: StreamId) -> DownlinkParts {
        let transport = Arc::downgrade(&self.parts.transport);
        let ask_key = Box::new(move || {
            let leg = transport.upgrade();
            let leg = leg.and_then(|leg| leg.lock().unwrap_or_else(PoisonError::into_inner).clone());
            if let Some(leg) = leg {
                leg.request_key_frame();
            }
        });
        DownlinkParts {
            stream,
            surface: self.around.surface.clone(),
            clock: self.around.clock.clone(),
            facts: self.around.facts.clone(),
            tally: self.parts.received.clone(),
            ask_key,
        }
    }
}
