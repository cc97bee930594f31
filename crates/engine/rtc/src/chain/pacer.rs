//! Lets packets out at the pace of the estimate, the urgent ones first.
//!
//! Replaces the crate's pacer, which is one queue of 4096 packets: sound and retransmissions would wait behind
//! seconds of video, and nobody could see how long that queue is.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use confab_types::Bitrate;
use rtc::interceptor::{Attribute, Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use rtc::shared::marshal::MarshalSize;

use crate::shared::{Shared, count};

/// Video leaves at this multiple of the estimate: an access unit must not fill the whole time to the next one.
const FACTOR: f64 = 1.5;
/// How much may leave at once after a rest.
const BURST: Duration = Duration::from_millis(5);
/// Retransmissions beyond this much time at the pace are forgotten: they would come too late, and answering every
/// request is how a congested path stays congested.
const RETRANSMISSIONS: Duration = Duration::from_millis(300);
/// The leg refuses whole access units long before; this only bounds memory. In bytes.
const VIDEO_LIMIT: usize = 8 << 20;

/// The pace for an estimate, in bits per second; never 0.
pub(crate) fn pace(estimate: Bitrate) -> f64 {
    (f64::from(estimate.0) * FACTOR).max(1.0)
}

/// Packets of one urgency.
#[derive(Default)]
struct Lane {
    packets: VecDeque<TaggedPacket>,
    bytes: usize,
}

impl Lane {
    fn push(&mut self, packet: TaggedPacket) {
        self.bytes += size(&packet);
        self.packets.push_back(packet);
    }

    fn pop(&mut self) -> Option<TaggedPacket> {
        let packet = self.packets.pop_front()?;
        self.bytes -= size(&packet);
        Some(packet)
    }
}

/// RTP bytes; RTCP is not counted.
fn size(packet: &TaggedPacket) -> usize {
    match &packet.message.packet {
        Packet::Rtp(packet) => packet.marshal_size(),
        _ => 0,
    }
}

/// See the module. RTCP and sound pass at once (sound is charged), then come retransmissions, then video.
pub(super) struct Pacer {
    shared: Arc<Shared>,
    /// SSRCs of our audio.
    audio: HashSet<u32>,
    repairs: Lane,
    video: Lane,
    /// Bits that may leave; a packet may overdraw it.
    budget: f64,
    refilled: Option<Instant>,
    outbound: VecDeque<TaggedPacket>,
    inbound: VecDeque<TaggedPacket>,
}

impl Pacer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Pacer {
            shared,
            audio: HashSet::new(),
            repairs: Lane::default(),
            video: Lane::default(),
            budget: 0.0,
            refilled: None,
            outbound: VecDeque::new(),
            inbound: VecDeque::new(),
        }
    }

    fn pace(&self) -> f64 {
        pace(self.shared.estimate())
    }

    fn refill(&mut self, now: Instant) {
        let burst = self.pace() * BURST.as_secs_f64();
        let earned = match self.refilled {
            Some(before) => self.pace() * now.saturating_duration_since(before).as_secs_f64(),
            None => burst,
        };
        self.budget = (self.budget + earned).min(burst);
        self.refilled = Some(now);
    }

    fn release(&mut self, now: Instant, mut packet: TaggedPacket) {
        let bytes = size(&packet);
        self.budget -= bytes as f64 * 8.0;
        // Congestion control measures from the moment of leaving, not of queueing.
        packet.now = now;
        count(&self.shared.counters.sent_packets, 1);
        count(&self.shared.counters.sent_bytes, bytes as u64);
        self.outbound.push_back(packet);
    }

    fn drain(&mut self, now: Instant) {
        while self.budget > 0.0
            && let Some(packet) = self.repairs.pop().or_else(|| self.video.pop())
        {
            self.release(now, packet);
        }
        self.shared.paced_bytes.store(self.video.bytes as u64, Relaxed);
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Pacer {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        let Packet::Rtp(rtp) = &packet.message.packet else {
            self.outbound.push_back(packet);
            return Ok(());
        };
        let now = packet.now;
        self.refill(now);
        if self.audio.contains(&rtp.header.ssrc) {
            self.release(now, packet);
        } else if packet.message.has(&Attribute::Retransmission) {
            if self.repairs.bytes as f64 * 8.0 <= self.pace() * RETRANSMISSIONS.as_secs_f64() {
                count(&self.shared.counters.retransmitted, 1);
                self.repairs.push(packet);
            }
        } else if self.video.bytes < VIDEO_LIMIT {
            self.video.push(packet);
        }
        self.drain(now);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        if !self.repairs.packets.is_empty() || !self.video.packets.is_empty() {
            self.refill(now);
            self.drain(now);
        }
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        if self.repairs.packets.is_empty() && self.video.packets.is_empty() {
            return None;
        }
        // One bit more than nothing, so that the deadline lies behind the last refill.
        let wait = (1.0 - self.budget).max(1.0) / self.pace();
        self.refilled.map(|at| at + Duration::from_secs_f64(wait))
    }
}

impl Interceptor for Pacer {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        if super::tap::is_audio(info) {
            self.audio.insert(info.ssrc);
        }
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        self.audio.remove(&info.ssrc);
    }

    fn bind_remote_stream(&mut self, _: &StreamInfo) {}

    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests;
