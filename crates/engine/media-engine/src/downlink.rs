//! Pictures on their way in: packets to access units to frames to the surface, on one thread per leg.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use confab_codecs::OpenH264Decoder;
use confab_media_model::h264::{Depacketized, Depacketizer, DepacketizerConfig, VideoPacket};
use confab_media_model::{EncodedVideo, MediaFact, VideoDecoder, VideoSurface};
use confab_types::{MediaTime, Mono, StreamId};

use crate::tally::Tally;
use crate::{Clock, FactSink};

/// Packets that may wait for the decoder: about half a second of a 720p stream. Beyond that they are dropped.
const WAITING_LIMIT: usize = 256;
/// A stream without a picture for this long has stalled.
const STALL: Duration = Duration::from_secs(3);
/// At most one key frame is asked for in this time (the transport throttles further).
const ASK_EVERY: Duration = Duration::from_millis(300);

/// One RTP packet, owned.
pub struct Packet {
    /// Sender's number of the stream.
    pub ssrc: u32,
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 90 kHz.
    pub time: MediaTime,
    /// RTP marker: last of its access unit.
    pub marker: bool,
    /// RTP payload.
    pub payload: Vec<u8>,
}

/// Everything a downlink needs of its surroundings.
pub struct DownlinkParts {
    /// Where the picture lands.
    pub stream: StreamId,
    /// The surface.
    pub surface: Arc<dyn VideoSurface>,
    /// The process clock.
    pub clock: Clock,
    /// Where facts go.
    pub facts: FactSink,
    /// Counters of the leg.
    pub tally: Arc<Tally>,
    /// Asks the sender for a key frame.
    pub ask_key: Box<dyn Fn() + Send>,
}

/// One receiving pipeline. Dropping it ends its thread and clears its tile.
pub struct Downlink {
    packets: Option<SyncSender<Packet>>,
    thread: Option<JoinHandle<()>>,
    tally: Arc<Tally>,
}

impl Downlink {
    /// Starts the thread.
    pub fn start(parts: DownlinkParts) -> std::io::Result<Downlink> {
        let (packets, incoming) = sync_channel(WAITING_LIMIT);
        let tally = parts.tally.clone();
        let name = format!("downlink {}", parts.stream.0);
        let thread = std::thread::Builder::new().name(name).spawn(move || Run::new(parts).run(incoming))?;
        Ok(Downlink { packets: Some(packets), thread: Some(thread), tally })
    }

    /// Hands over a packet; when too many wait it is dropped, and a key frame will be asked for.
    pub fn packet(&self, packet: Packet) {
        if let Some(packets) = &self.packets
            && let Err(TrySendError::Full(_)) = packets.try_send(packet)
        {
            self.tally.dropped.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Downlink {
    fn drop(&mut self) {
        self.packets = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Run {
    parts: DownlinkParts,
    depacketizer: Depacketizer,
    decoder: OpenH264Decoder,
    ssrc: Option<u32>,
    last_picture: Option<Mono>,
    last_asked: Option<Mono>,
    showing: bool,
}

impl Run {
    fn new(parts: DownlinkParts) -> Run {
        Run {
            parts,
            depacketizer: Depacketizer::new(DepacketizerConfig::default()),
            decoder: OpenH264Decoder::new(),
            ssrc: None,
            last_picture: None,
            last_asked: None,
            showing: false,
        }
    }

    fn run(mut self, incoming: Receiver<Packet>) {
        loop {
            let now = (self.parts.clock)();
            let patience =
                self.depacketizer.deadline().map_or(Duration::from_millis(500), |at| at.since(now));
            match incoming.recv_timeout(patience.min(Duration::from_millis(500))) {
                Ok(packet) => self.packet(&packet),
                Err(RecvTimeoutError::Timeout) => {
                    let now = (self.parts.clock)();
                    self.depacketizer.wake(now);
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.drain();
            self.watch();
        }
        self.parts.surface.clear(self.parts.stream);
    }

    fn packet(&mut self, packet: &Packet) {
        if self.ssrc.replace(packet.ssrc).is_some_and(|before| before != packet.ssrc) {
            self.depacketizer.reset();
        }
        let now = (self.parts.clock)();
        let Packet { sequence, time, marker, ref payload, .. } = *packet;
        self.depacketizer.push(now, VideoPacket { sequence, time, marker, payload });
    }

    fn drain(&mut self) {
        while let Some(output) = self.depacketizer.poll() {
            match output {
                Depacketized::Unit(unit) => self.decode(&unit),
                Depacketized::Lost => self.ask_key(),
            }
        }
        self.parts.tally.malformed.store(self.depacketizer.stats().malformed as u32, Relaxed);
        if self.depacketizer.needs_key() && self.ssrc.is_some() {
            self.ask_key();
        }
    }

    fn decode(&mut self, unit: &EncodedVideo) {
        let now = (self.parts.clock)();
        match self.decoder.decode(unit, now) {
            Ok(Some(frame)) => {
                let tally = &self.parts.tally;
                tally.pictures.fetch_add(1, Relaxed);
                if unit.key {
                    tally.key_frames.fetch_add(1, Relaxed);
                }
                tally.set_size(frame.width(), frame.height());
                self.last_picture = Some(now);
                self.parts.surface.submit(self.parts.stream, Arc::new(frame));
                if !std::mem::replace(&mut self.showing, true) {
                    (self.parts.facts)(MediaFact::FirstPicture(self.parts.stream));
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(stream = self.parts.stream.0, %error, "access unit was not decoded");
                self.ask_key();
            }
        }
    }

    fn ask_key(&mut self) {
        let now = (self.parts.clock)();
        if self.last_asked.is_none_or(|last| now.since(last) >= ASK_EVERY) {
            self.last_asked = Some(now);
            (self.parts.ask_key)();
        }
    }

    fn watch(&mut self) {
        let now = (self.parts.clock)();
        if self.showing && self.last_picture.is_some_and(|last| now.since(last) >= STALL) {
            self.showing = false;
            self.parts.surface.clear(self.parts.stream);
            (self.parts.facts)(MediaFact::PictureStalled(self.parts.stream));
        }
    }
}
