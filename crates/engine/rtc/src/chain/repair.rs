//! Retransmissions (RFC 4588) in both directions.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtp;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use crate::shared::{Shared, count};

/// Tells an inner link of our retransmission stream too.
///
/// The crate announces only the media stream, so its numbering for congestion control leaves retransmissions out: the
/// estimate would not see the bytes they cost, just when a path is lossy.
pub(super) struct WithRepair<L>(L);

impl<L> WithRepair<L> {
    pub(super) fn new(inner: L) -> Self {
        WithRepair(inner)
    }
}

/// The retransmission stream of a media stream.
fn repair_of(info: &StreamInfo) -> Option<StreamInfo> {
    let (ssrc, payload_type) = info.ssrc_rtx.zip(info.payload_type_rtx)?;
    Some(StreamInfo { ssrc, payload_type, ssrc_rtx: None, payload_type_rtx: None, ..info.clone() })
}

impl<L: Interceptor> Protocol<TaggedPacket, TaggedPacket, ()> for WithRepair<L> {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.0.handle_read(packet)
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.0.poll_read()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.0.handle_write(packet)
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.0.poll_write()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.0.handle_timeout(now)
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn close(&mut self) -> Result<(), Error> {
        self.0.close()
    }
}

impl<L: Interceptor> Interceptor for WithRepair<L> {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        self.0.bind_local_stream(info);
        if let Some(repair) = repair_of(info) {
            self.0.bind_local_stream(&repair);
        }
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        self.0.unbind_local_stream(info);
        if let Some(repair) = repair_of(info) {
            self.0.unbind_local_stream(&repair);
        }
    }

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        self.0.bind_remote_stream(info);
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.0.unbind_remote_stream(info);
    }
}

/// Turns an arriving retransmission back into the packet it repeats.
///
/// The crate does this behind the whole chain, so its gap detector never learns that a gap is filled and asks for
/// every lost packet again and again.
pub(super) struct Unwrap {
    shared: Arc<Shared>,
    /// By retransmission SSRC.
    originals: HashMap<u32, Original>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

#[derive(Clone, Copy)]
struct Original {
    ssrc: u32,
    payload_type: u8,
    repair_type: u8,
}

impl Unwrap {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Unwrap { shared, originals: HashMap::new(), inbound: VecDeque::new(), outbound: VecDeque::new() }
    }

    fn unwrap(&self, packet: &mut rtp::Packet) {
        let header = &mut packet.header;
        let Some(original) = self.originals.get(&header.ssrc) else { return };
        // Shorter ones are padding, sent to probe the path.
        if header.payload_type != original.repair_type || packet.payload.len() < 2 {
            return;
        }
        header.sequence_number = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
        header.ssrc = original.ssrc;
        header.payload_type = original.payload_type;
        header.padding = false;
        packet.payload = packet.payload.slice(2..);
        count(&self.shared.counters.recovered, 1);
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Unwrap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtp(rtp) = &mut packet.message.packet {
            self.unwrap(rtp);
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for Unwrap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}

    fn unbind_local_stream(&mut self, _: &StreamInfo) {}

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some((repair, repair_type)) = info.ssrc_rtx.zip(info.payload_type_rtx) {
            let original = Original { ssrc: info.ssrc, payload_type: info.payload_type, repair_type };
            self.originals.insert(repair, original);
        }
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.originals.retain(|_, original| original.ssrc != info.ssrc);
    }
}

#[cfg(test)]
mod tests;
