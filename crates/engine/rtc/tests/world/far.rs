//! The far side: str0m on a thread of its own.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc as sync;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use confab_types::MediaTime;
use str0m::change::SdpOffer;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::sync::mpsc;

use super::Told;

/// How long the thread waits for the network before it looks at its orders.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Clone, Debug, PartialEq)]
pub enum FarEvent {
    Connected,
    Audio {
        level: Option<i8>,
        voice: Option<bool>,
        payload: Vec<u8>,
    },
    Video {
        sequence: u16,
        time: MediaTime,
        marker: bool,
        payload: Vec<u8>,
    },
    KeyFrameWanted,
    /// Packets that transport-wide feedback can number.
    Numbered,
}

pub enum Order {
    Audio {
        index: u32,
        level: i8,
        payload: Vec<u8>,
    },
    Video {
        sequence: u16,
        time: MediaTime,
        marker: bool,
        payload: Vec<u8>,
    },
    AskKeyFrame,
    /// Says goodbye.
    Close,
    /// Says nothing, ever again.
    Vanish,
}

pub struct Far {
    orders: sync::Sender<Order>,
    pub address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Far {
    /// Answers an offer.
    pub fn answer(offer: &str) -> (Far, String, Told<FarEvent>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        socket.set_read_timeout(Some(LOOK)).unwrap();
        let mut rtc = Rtc::builder().set_rtp_mode(true).build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let offer = SdpOffer::from_sdp_string(offer).expect("str0m reads the offer");
        let answer = rtc.sdp_api().accept_offer(offer).expect("str0m accepts the offer").to_sdp_string();
        let (orders, ordered) = sync::channel();
        let (tell, heard) = mpsc::unbounded_channel();
        let body = Body { rtc, socket, address, tell, audio: None, video: None };
        let thread = std::thread::spawn(move || body.run(&ordered));
        (Far { orders, address, thread: Some(thread) }, answer, heard)
    }

    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.order(Order::Vanish);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Body {
    rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    tell: mpsc::UnboundedSender<FarEvent>,
    audio: Option<Mid>,
    video: Option<Mid>,
}

impl Body {
    fn run(mut self, orders: &sync::Receiver<Order>) {
        let mut buffer = vec![0; 2000];
        loop {
            while let Ok(order) = orders.try_recv() {
                if matches!(order, Order::Vanish) {
                    return;
                }
                self.obey(order);
                if !self.drain() {
                    return;
                }
            }
            if !self.drain() {
                return;
            }
            match self.socket.recv_from(&mut buffer) {
                Ok((length, source)) => {
                    let Ok(contents) = buffer[..length].try_into() else { continue };
                    let receive =
                        Receive { proto: Protocol::Udp, source, destination: self.address, contents };
                    self.rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Whether it lives on.
    fn drain(&mut self) -> bool {
        while self.rtc.is_alive() {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return true,
                Output::Transmit(transmit) => {
                    let _ = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(event) => self.hear(event),
            }
        }
        false
    }

    fn hear(&mut self, event: Event) {
        let told = match event {
            Event::Connected => FarEvent::Connected,
            Event::MediaAdded(media) => {
                match media.kind {
                    MediaKind::Audio => self.audio = Some(media.mid),
                    MediaKind::Video => self.video = Some(media.mid),
                }
                return;
            }
            Event::KeyframeRequest(_) => FarEvent::KeyFrameWanted,
            Event::RtpPacket(packet) => {
                if packet.header.ext_vals.transport_cc.is_some() {
                    let _ = self.tell.send(FarEvent::Numbered);
                }
                let payload = packet.payload.to_vec();
                match *packet.header.payload_type {
                    111 => FarEvent::Audio {
                        level: packet.header.ext_vals.audio_level,
                        voice: packet.header.ext_vals.voice_activity,
                        payload,
                    },
                    _ => FarEvent::Video {
                        sequence: packet.header.sequence_number,
                        time: MediaTime(packet.header.timestamp),
                        marker: packet.header.marker,
                        payload,
                    },
                }
            }
            _ => return,
        };
        let _ = self.tell.send(told);
    }

    fn obey(&mut self, order: Order) {
        let mut api = self.rtc.direct_api();
        match order {
            Order::Audio { index, level, payload } => {
                let extensions = ExtensionValues {
                    audio_level: Some(level),
                    voice_activity: Some(true),
                    ..Default::default()
                };
                let stream = api.stream_tx_by_mid(self.audio.unwrap(), None).expect("audio is sent");
                let packet =
                    RtpWrite::new(111.into(), u64::from(index).into(), index * 960, Instant::now(), payload);
                stream.write_rtp(packet.ext_vals(extensions));
            }
            Order::Video { sequence, time, marker, payload } => {
                let stream = api.stream_tx_by_mid(self.video.unwrap(), None).expect("video is sent");
                let number = u64::from(sequence).into();
                let packet = RtpWrite::new(108.into(), number, time.0, Instant::now(), payload);
                stream.write_rtp(packet.marker(marker).nackable(true));
            }
            Order::AskKeyFrame => {
                let stream = api.stream_rx_by_mid(self.video.unwrap(), None).expect("video is received");
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            Order::Close => self.rtc.close().unwrap(),
            Order::Vanish => {}
        }
    }
}
