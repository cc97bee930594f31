//! A WebRTC client for tests: `str0m` on a socket of its own, driven by hand.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use confab_media_server::{EmbeddedMediaServer, MediaServerConfig};
use confab_rooms::{LegFlow, MediaCommand, MediaError, MediaEvent, MediaRoomId, MediaServer, RoomMode};
use confab_types::{Bitrate, LegId};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

pub const ROOM: MediaRoomId = MediaRoomId(1);
/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server with one open room, and what it tells.
pub struct Server {
    pub server: EmbeddedMediaServer,
    pub events: Receiver<MediaEvent>,
}

impl Server {
    pub fn start(change: impl FnOnce(&mut MediaServerConfig)) -> Server {
        let mut config =
            MediaServerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..MediaServerConfig::default() };
        change(&mut config);
        let (sender, events) = channel();
        let server = EmbeddedMediaServer::start(config, move |event| {
            // The test may be over before the server is.
            sender.send(event).ok();
        });
        let server = server.unwrap();
        server.submit(MediaCommand::OpenRoom { room: ROOM, mode: RoomMode::Forward });
        Server { server, events }
    }

    pub fn add(&self, leg: LegId, flow: LegFlow, offer: String) -> Result<String, MediaError> {
        let max_bitrate = Bitrate::kilobits(2_000);
        self.server.submit(MediaCommand::AddLeg { room: ROOM, leg, flow, offer, max_bitrate });
        loop {
            match self.events.recv_timeout(PATIENCE).expect("the server answers") {
                MediaEvent::Answer { leg: answered, sdp } if answered == leg => return Ok(sdp),
                MediaEvent::Refused { leg: refused, error } if refused == leg => return Err(error),
                _ => {}
            }
        }
    }

    /// The first event that fits, while clients live on.
    pub fn wait(&self, clients: &mut [&mut Client], fits: impl Fn(&MediaEvent) -> bool) -> MediaEvent {
        let mut found = None;
        drive(clients, |_| {
            found = self.events.try_iter().find(&fits);
            found.is_some()
        });
        found.unwrap()
    }
}

/// What a client of the server is.
pub struct Client {
    pub rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    pub audio: Option<Mid>,
    pub video: Option<Mid>,
    pub connected: bool,
    pub closed: bool,
    pub key_frames_asked: usize,
    pub heard: Vec<RtpPacket>,
    pub seen: Vec<RtpPacket>,
    audio_seq: u64,
    video_seq: u64,
}

impl Client {
    pub fn new() -> Client {
        Client::with(
            RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, false).enable_h264(true),
        )
    }

    pub fn with(config: RtcConfig) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let address = socket.local_addr().unwrap();
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        Client {
            rtc,
            socket,
            address,
            audio: None,
            video: None,
            connected: false,
            closed: false,
            key_frames_asked: 0,
            heard: Vec::new(),
            seen: Vec::new(),
            // Close to the wrap of the 16-bit sequence number, where mistakes live.
            audio_seq: 65_500,
            video_seq: 65_500,
        }
    }

    /// Negotiates a leg with audio and video.
    pub fn join(server: &Server, leg: LegId, flow: LegFlow) -> Client {
        let mut client = Client::new();
        let (offer, pending) = client.offer(flow);
        let answer = server.add(leg, flow, offer).unwrap();
        let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
        client.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        client
    }

    pub fn offer(&mut self, flow: LegFlow) -> (String, str0m::change::SdpPendingOffer) {
        let direction = if flow == LegFlow::Publish { Direction::SendOnly } else { Direction::RecvOnly };
        let mut changes = self.rtc.sdp_api();
        self.audio = Some(changes.add_media(MediaKind::Audio, direction, None, None, None));
        self.video = Some(changes.add_media(MediaKind::Video, direction, None, None, None));
        let (offer, pending) = changes.apply().unwrap();
        (offer.to_sdp_string(), pending)
    }

    /// One turn: sends what is to be sent, then takes one datagram or a millisecond.
    pub fn turn(&mut self) {
        self.drain();
        let mut buffer = [0; 2048];
        let received = self.socket.recv_from(&mut buffer);
        let now = Instant::now();
        let input = match received {
            Ok((length, source)) => {
                let Ok(contents) = buffer[..length].try_into() else { return };
                Input::Receive(
                    now,
                    Receive { proto: Protocol::Udp, source, destination: self.address, contents },
                )
            }
            Err(_) => Input::Timeout(now),
        };
        self.rtc.handle_input(input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    self.socket.send_to(&transmit.contents, transmit.destination).unwrap();
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::Closed) => self.closed = true,
                Output::Event(Event::KeyframeRequest(_)) => self.key_frames_asked += 1,
                Output::Event(Event::RtpPacket(packet)) => {
                    let params = self.rtc.codec_config().params();
                    let params =
                        params.iter().find(|params| params.pt() == packet.header.payload_type).unwrap();
                    match params.spec().codec {
                        Codec::Opus => self.heard.push(packet),
                        _ => self.seen.push(packet),
                    }
                }
                Output::Event(_) => {}
            }
        }
    }

    pub fn send_audio(&mut self, payload: &[u8], level: i8) {
        self.audio_seq += 1;
        let (mid, seq) = (self.audio.unwrap(), self.audio_seq);
        let extensions =
            ExtensionValues { audio_level: Some(level), voice_activity: Some(true), ..Default::default() };
        self.write(mid, Codec::Opus, seq, seq as u32 * 960, payload, false, extensions);
    }

    pub fn send_video(&mut self, payload: &[u8], marker: bool) {
        self.video_seq += 1;
        let (mid, seq) = (self.video.unwrap(), self.video_seq);
        self.write(mid, Codec::H264, seq, seq as u32 * 3_000, payload, marker, ExtensionValues::default());
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        mid: Mid,
        codec: Codec,
        seq: u64,
        time: u32,
        payload: &[u8],
        marker: bool,
        ext: ExtensionValues,
    ) {
        let media = self.rtc.media(mid).unwrap();
        let params = self.rtc.codec_config().params();
        let ours = |params: &&str0m::format::PayloadParams| {
            media.remote_pts().contains(&params.pt()) && params.spec().codec == codec
        };
        let pt = params.iter().find(ours).unwrap().pt();
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).unwrap();
        let write = RtpWrite::new(pt, seq.into(), time, Instant::now(), payload.to_vec());
        stream.write_rtp(write.marker(marker).ext_vals(ext).nackable(codec == Codec::H264));
        self.drain();
        self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
        self.drain();
    }

    pub fn lose_picture(&mut self) {
        let mid = self.video.unwrap();
        let mut api = self.rtc.direct_api();
        api.stream_rx_by_mid(mid, None).unwrap().request_keyframe(KeyframeRequestKind::Pli);
        self.drain();
        self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
        self.drain();
    }

    pub fn pictures(&self) -> Vec<Vec<u8>> {
        self.seen.iter().map(|packet| packet.payload.to_vec()).collect()
    }
}

/// Turns every client until `done`; fails after [`PATIENCE`].
pub fn drive(clients: &mut [&mut Client], mut done: impl FnMut(&mut [&mut Client]) -> bool) {
    let start = Instant::now();
    while !done(clients) {
        assert!(start.elapsed() < PATIENCE, "nothing came of it in time");
        for client in clients.iter_mut() {
            client.turn();
        }
        if clients.is_empty() {
            std::thread::yield_now();
        }
    }
}

/// Turns every client until all are connected.
pub fn connect(clients: &mut [&mut Client]) {
    drive(clients, |clients| clients.iter().all(|client| client.connected));
}

/// Pictures as RTP payloads: a key frame of two packets, then pictures of one, each with its number in it.
pub struct TestCard {
    next: u32,
    waiting: VecDeque<(Vec<u8>, bool)>,
}

impl TestCard {
    pub fn new() -> TestCard {
        TestCard { next: 0, waiting: VecDeque::new() }
    }

    /// Payload and marker of the next packet.
    pub fn packet(&mut self, key: bool) -> (Vec<u8>, bool) {
        if let Some(packet) = self.waiting.pop_front() {
            return packet;
        }
        self.next += 1;
        let number = self.next.to_be_bytes();
        if key {
            // A STAP-A of both parameter sets, then the first and only fragment of a small IDR.
            self.waiting.push_back(([&[0x7c, 0x85][..], &number, &[7; 900]].concat(), true));
            return ([&[0x78, 0, 5, 0x67][..], &number, &[0, 5, 0x68], &number].concat(), false);
        }
        ([&[0x41][..], &number, &[9; 500]].concat(), true)
    }
}
