//! The owner of everything: one loop over commands, datagrams and time. What happens to media is in `flow`.

mod flow;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use confab_rooms::{LegFlow, MediaCommand, MediaError, MediaEvent, MediaKind, MediaRoomId, RoomMode};
use confab_sfu::{Forwarder, PacketOut, SpeakerDetector, Track};
use confab_types::{LegId, Mono};
use str0m::net::{Protocol, Receive};
use str0m::{Input, RtcError};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::config::MediaServerConfig;
use crate::counters::Counters;
use crate::demux::{Allowance, Demux, Lookup};
use crate::leg::{Leg, LegEvent};
use crate::negotiation::Maker;
use crate::server::{EventSink, Levels};
use crate::wire::Wire;

/// Datagrams taken before commands and time have their turn again.
const BATCH: usize = 64;
/// Longest sleep: speakers fall silent and a full queue is noticed without any datagram.
const NAP: Duration = Duration::from_millis(100);
/// Larger than any datagram on an Ethernet; longer ones are cut and then dropped as garbage.
const DATAGRAM: usize = 2048;

struct Room {
    mode: RoomMode,
    speaker: SpeakerDetector,
}

pub(crate) struct Engine {
    config: MediaServerConfig,
    /// What clients were told; a datagram's destination is one of these for ICE, wherever the socket is bound.
    addresses: Vec<SocketAddr>,
    maker: Maker,
    wire: Wire,
    sink: EventSink,
    levels: Levels,
    started: Instant,
    rooms: BTreeMap<MediaRoomId, Room>,
    legs: BTreeMap<LegId, Leg>,
    demux: Demux,
    strangers: Allowance,
    schedule: BTreeSet<(Instant, LegId)>,
    table: Forwarder,
    happened: VecDeque<(LegId, LegEvent)>,
    /// Reused for every packet.
    targets: Vec<(LegId, PacketOut)>,
}

impl Engine {
    pub(crate) fn new(
        config: MediaServerConfig,
        addresses: Vec<SocketAddr>,
        maker: Maker,
        socket: UdpSocket,
        sink: EventSink,
        counters: Arc<Counters>,
        levels: Levels,
    ) -> Engine {
        Engine {
            config,
            addresses,
            maker,
            wire: Wire::new(socket, counters),
            sink,
            levels,
            started: Instant::now(),
            rooms: BTreeMap::new(),
            legs: BTreeMap::new(),
            demux: Demux::default(),
            strangers: Allowance::default(),
            schedule: BTreeSet::new(),
            table: Forwarder::default(),
            happened: VecDeque::new(),
            targets: Vec::new(),
        }
    }

    /// Runs until the other end of the queue is dropped, then closes every leg.
    pub(crate) async fn run(
        mut self,
        mut commands: mpsc::Receiver<MediaCommand>,
        overflowed: Arc<AtomicBool>,
    ) {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.command(Instant::now(), command),
                    None => break,
                },
                ready = self.wire.socket.readable() => match ready {
                    Ok(()) => self.receive(&mut buffer, &mut commands),
                    Err(error) => {
                        (self.sink)(MediaEvent::EngineLost { reason: format!("socket failed: {error}") });
                        break;
                    }
                },
                () = tokio::time::sleep_until(due.into()) => {}
            }
            if overflowed.swap(false, Ordering::AcqRel) {
                self.clear();
                (self.sink)(MediaEvent::EngineLost { reason: "too many commands at once".into() });
            }
            self.wake(Instant::now());
        }
        self.clear();
    }

    fn due(&self) -> Instant {
        let nap = Instant::now() + NAP;
        let leg = self.schedule.first().map_or(nap, |&(due, _)| due);
        let table =
            self.table.deadline().map_or(nap, |due| self.started + Duration::from_micros(due.as_micros()));
        nap.min(leg).min(table)
    }

    fn mono(&self, now: Instant) -> Mono {
        Mono::ZERO + now.saturating_duration_since(self.started)
    }

    fn clear(&mut self) {
        let now = Instant::now();
        for leg in self.legs.keys().copied().collect::<Vec<_>>() {
            self.remove(now, leg);
        }
        self.rooms.clear();
    }

    fn command(&mut self, now: Instant, command: MediaCommand) {
        let mono = self.mono(now);
        match command {
            MediaCommand::OpenRoom { room, mode } => {
                self.rooms.entry(room).or_insert_with(|| Room { mode, speaker: SpeakerDetector::default() });
            }
            MediaCommand::CloseRoom { room } => {
                let legs = self.legs.iter().filter(|(_, leg)| leg.room == room).map(|(&id, _)| id);
                for leg in legs.collect::<Vec<_>>() {
                    self.remove(now, leg);
                }
                self.rooms.remove(&room);
            }
            MediaCommand::AddLeg { room, leg, flow, offer, max_bitrate } => {
                let made = self.check_leg(room, leg, flow);
                let made = made.and_then(|()| self.maker.answer(now, flow, &offer, max_bitrate));
                let made = made.and_then(|(rtc, answer)| {
                    let config = &self.config;
                    let made = Leg::new(rtc, room, flow, now, config.connect_within, config.lost_after);
                    self.add(now, leg, made, &answer).map(|()| answer)
                });
                (self.sink)(match made {
                    Ok(sdp) => MediaEvent::Answer { leg, sdp },
                    Err(error) => MediaEvent::Refused { leg, error },
                });
            }
            MediaCommand::AddCandidate { leg, candidate } => {
                self.with(leg, |leg| {
                    leg.add_candidate(&candidate);
                    Ok(())
                });
            }
            MediaCommand::SetFlow { leg, kind, on } => {
                let track = match kind {
                    MediaKind::Audio => Track::Audio,
                    MediaKind::Video => Track::Video,
                };
                self.table.set_gate(mono, leg, track, on);
                if kind == MediaKind::Audio && !on {
                    self.hush(leg);
                }
            }
            MediaCommand::SetSource { leg, of } => self.table.set_source(mono, leg, of),
            MediaCommand::KeyFrame { leg } => self.table.key_frame(mono, leg),
            MediaCommand::RemoveLeg { leg } => self.remove(now, leg),
        }
        self.settle(now);
    }

    fn check_leg(&self, room: MediaRoomId, leg: LegId, flow: LegFlow) -> Result<(), MediaError> {
        let mode = self.rooms.get(&room).ok_or(MediaError::NotFound)?.mode;
        match flow {
            _ if self.legs.len() >= self.config.max_legs as usize => Err(MediaError::Capacity),
            // A leg has one life; whoever names two the same has lost count.
            _ if self.legs.contains_key(&leg) => Err(MediaError::Unsupported),
            LegFlow::Mix => Err(MediaError::Unsupported),
            _ if mode != RoomMode::Forward => Err(MediaError::Unsupported),
            LegFlow::Receive { of } if self.legs.get(&of).is_none_or(|of| of.room != room) => {
                Err(MediaError::NotFound)
            }
            LegFlow::Receive { of } if !self.table.is_publisher(of) => Err(MediaError::NotFound),
            LegFlow::Publish | LegFlow::Receive { .. } => Ok(()),
        }
    }

    fn add(&mut self, now: Instant, id: LegId, mut leg: Leg, answer: &str) -> Result<(), MediaError> {
        leg.check(answer)?;
        let drained = leg.drain(id, &mut |transmit| self.wire.send(transmit), &mut self.happened);
        drained.map_err(|error| MediaError::BadSdp(error.to_string()))?;
        self.demux.insert(id, &leg.ufrag());
        match leg.flow {
            LegFlow::Receive { of } => self.table.add_receiver(id, of),
            LegFlow::Publish | LegFlow::Mix => self.table.add_publisher(id),
        }
        self.legs.insert(id, leg);
        self.wire.counters.legs.set(self.legs.len() as u64);
        self.with(id, |leg| leg.wake(now));
        Ok(())
    }

    fn remove(&mut self, now: Instant, id: LegId) {
        self.table.remove(id);
        self.levels.remove(id);
        let Some(mut leg) = self.legs.remove(&id) else { return };
        self.schedule.remove(&(leg.scheduled, id));
        self.demux.remove(id, &leg.ufrag(), leg.source);
        self.wire.counters.legs.set(self.legs.len() as u64);
        // The client learns it from the transport at once, whatever becomes of the signalling.
        let farewell = leg.close().and_then(|()| leg.wake(now));
        let mut ignored = VecDeque::new();
        let sent =
            farewell.and_then(|()| leg.drain(id, &mut |transmit| self.wire.send(transmit), &mut ignored));
        if let Err(error) = sent {
            tracing::debug!(leg = %id, %error, "leg ended without a farewell");
        }
        if let Some(room) = self.rooms.get_mut(&leg.room) {
            room.speaker.remove(id);
        }
        self.decide(now, leg.room);
    }

    fn receive(&mut self, buffer: &mut [u8], commands: &mut mpsc::Receiver<MediaCommand>) {
        for _ in 0..BATCH {
            // A gate that was closed before a datagram is read is closed for it.
            while let Ok(command) = commands.try_recv() {
                self.command(Instant::now(), command);
            }
            let Ok((length, source)) = self.wire.receive(buffer) else { return };
            let now = Instant::now();
            self.wire.counters.datagrams_in.add(1);
            if !self.datagram(now, &buffer[..length], source) {
                self.wire.counters.datagrams_unknown.add(1);
            }
            self.settle(now);
        }
    }

    fn datagram(&mut self, now: Instant, datagram: &[u8], source: SocketAddr) -> bool {
        let Ok(contents) = datagram.try_into() else { return false };
        let destination = self.destination(source);
        let input = Input::Receive(now, Receive { proto: Protocol::Udp, source, destination, contents });
        let accepts = |id: &LegId| self.legs.get(id).is_some_and(|leg| leg.accepts(&input));
        let owner = match self.demux.find(datagram, source) {
            Lookup::Named(id) => Some(id).filter(|id| accepts(id)),
            Lookup::Source(id) if accepts(&id) => Some(id),
            Lookup::Source(_) | Lookup::Unknown if self.strangers.take(now) => {
                self.legs.keys().copied().find(accepts)
            }
            Lookup::Source(_) | Lookup::Unknown | Lookup::Nobody => None,
        };
        let Some(id) = owner else { return false };
        if let Some(leg) = self.legs.get_mut(&id)
            && leg.source != Some(source)
        {
            self.demux.moved(id, leg.source, source);
            leg.source = Some(source);
        }
        self.with(id, |leg| leg.receive(now, input));
        true
    }

    /// The address the client must have sent to, as far as one socket can know.
    fn destination(&self, source: SocketAddr) -> SocketAddr {
        let same = |address: &&SocketAddr| {
            address.is_ipv4() == source.is_ipv4() && address.ip().is_loopback() == source.ip().is_loopback()
        };
        let family = |address: &&SocketAddr| address.is_ipv4() == source.is_ipv4();
        let found = self.addresses.iter().find(same).or_else(|| self.addresses.iter().find(family));
        found.copied().unwrap_or(self.addresses[0])
    }

    /// Time has passed.
    fn wake(&mut self, now: Instant) {
        let due = self.schedule.iter().take_while(|&&(due, _)| due <= now).map(|&(_, id)| id);
        for id in due.collect::<Vec<_>>() {
            self.with(id, |leg| leg.wake(now));
            if let Some(leg) = self.legs.get(&id).filter(|leg| leg.is_lost(now)) {
                let reason =
                    if leg.was_up() { "nothing heard from the client" } else { "not connected in time" };
                self.happened.push_back((id, LegEvent::Down(reason.into())));
            }
        }
        self.table.wake(self.mono(now));
        for room in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.decide(now, room);
        }
        self.settle(now);
    }

    /// Changes one leg, then drains and reschedules it, as str0m wants it.
    fn with(&mut self, id: LegId, change: impl FnOnce(&mut Leg) -> Result<(), RtcError>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let drained = change(leg)
            .and_then(|()| leg.drain(id, &mut |transmit| self.wire.send(transmit), &mut self.happened));
        if let Err(error) = drained {
            self.happened.push_back((id, LegEvent::Down(error.to_string())));
        }
        self.schedule.remove(&(leg.scheduled, id));
        leg.scheduled = leg.due();
        self.schedule.insert((leg.scheduled, id));
    }

    /// Deals with everything that happened, and with what that brought about.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some((id, event)) = self.happened.pop_front() {
                self.event(now, id, event);
            } else if let Some(publisher) = self.table.poll_request() {
                self.wire.counters.key_frame_requests.add(1);
                self.with(publisher, |leg| {
                    leg.request_key_frame();
                    Ok(())
                });
            } else {
                return;
            }
        }
    }

    fn event(&mut self, now: Instant, id: LegId, event: LegEvent) {
        match event {
            LegEvent::Up => {
                self.table.set_up(self.mono(now), id);
                (self.sink)(MediaEvent::LegUp { leg: id });
            }
            LegEvent::Down(reason) => {
                if self.legs.contains_key(&id) {
                    self.remove(now, id);
                    (self.sink)(MediaEvent::LegDown { leg: id, reason });
                }
            }
            LegEvent::PictureLost => self.table.lost(self.mono(now), id),
            LegEvent::Rtp(track, packet) => self.forward(now, id, track, &packet),
        }
    }
}
