//! Where packets of the far side leave the chain for the leg's owner.
//!
//! The crate keeps feedback to itself and hands media over through a queue that drops when it is full; the tap stands
//! before both.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use confab_media_model::h264::{NalType, nal_type};
use confab_types::{Dbfs, MediaTime};
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtp;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use rtc::shared::marshal::MarshalSize;

use crate::event::LegEvent;
use crate::peer::AUDIO_LEVEL_URI;
use crate::shared::{Shared, count};

/// How often the tap shows that the chain is driven at all.
const BEAT: Duration = Duration::from_secs(1);
/// A round trip above this is a clock that was set, not a path. In 1/65536 s.
const ROUND_TRIP_LIMIT: u32 = 10 << 16;

/// Whether a stream is sound.
pub(super) fn is_audio(info: &StreamInfo) -> bool {
    info.mime_type.to_ascii_lowercase().starts_with("audio/")
}

/// One media stream of the far side.
struct Remote {
    audio: bool,
    level_extension: Option<u8>,
    /// Highest sequence number, counted on over the wraps; and how many should and did come.
    highest: Option<u16>,
    expected: u64,
    received: u64,
}

impl Remote {
    /// Notes a packet; how many are missing by now.
    fn note(&mut self, sequence: u16) -> u64 {
        let ahead = self.highest.map_or(1, |highest| sequence.wrapping_sub(highest));
        if self.highest.is_none() || (ahead != 0 && ahead < 1 << 15) {
            self.expected += u64::from(ahead);
            self.highest = Some(sequence);
        }
        self.received += 1;
        self.expected.saturating_sub(self.received)
    }
}

/// See the module.
pub(super) struct Tap {
    shared: Arc<Shared>,
    /// By SSRC.
    remotes: HashMap<u32, Remote>,
    /// SSRCs of retransmission streams; what still arrives on them is padding.
    repairs: HashSet<u32>,
    /// Our own SSRCs.
    locals: HashSet<u32>,
    next_beat: Option<Instant>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Tap {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Tap {
            shared,
            remotes: HashMap::new(),
            repairs: HashSet::new(),
            locals: HashSet::new(),
            next_beat: None,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        }
    }

    fn media(&mut self, packet: rtp::Packet) {
        let header = &packet.header;
        let Some(remote) = self.remotes.get_mut(&header.ssrc) else { return };
        remote.note(header.sequence_number);
        let level = remote.level_extension.and_then(|id| header.get_extension(id));
        let level = level.and_then(|payload| payload.first().copied()).map(Dbfs::from_rfc6464);
        let audio = remote.audio;
        let missing =
            self.remotes.values().map(|remote| remote.expected.saturating_sub(remote.received)).sum();
        let counters = &self.shared.counters;
        counters.missing.store(missing, Relaxed);
        count(&counters.received_packets, 1);
        count(&counters.received_bytes, packet.marshal_size() as u64);
        let (ssrc, sequence, time) = (header.ssrc, header.sequence_number, MediaTime(header.timestamp));
        if audio {
            self.shared.tell(LegEvent::AudioPacket { ssrc, sequence, time, level, payload: packet.payload });
            return;
        }
        self.shared.remote_ssrc.store(ssrc, Relaxed);
        if begins_key_frame(&packet.payload) {
            self.shared.key_frame_missing.store(false, Relaxed);
        }
        let marker = header.marker;
        self.shared.tell(LegEvent::VideoPacket { ssrc, sequence, time, marker, payload: packet.payload });
    }

    fn feedback(&self, packet: &dyn rtcp::Packet) {
        let any = packet.as_any();
        if let Some(loss) = any.downcast_ref::<PictureLossIndication>() {
            self.key_frame_wanted([loss.media_ssrc]);
        } else if let Some(request) = any.downcast_ref::<FullIntraRequest>() {
            self.key_frame_wanted(request.fir.iter().map(|entry| entry.ssrc));
        } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
            self.reports(&report.reports);
        } else if let Some(report) = any.downcast_ref::<SenderReport>() {
            self.reports(&report.reports);
        }
    }

    fn key_frame_wanted(&self, ssrcs: impl IntoIterator<Item = u32>) {
        if ssrcs.into_iter().any(|ssrc| self.locals.contains(&ssrc)) {
            count(&self.shared.counters.key_frames_wanted, 1);
            self.shared.tell(LegEvent::KeyFrameWanted);
        }
    }

    fn reports(&self, reports: &[ReceptionReport]) {
        for report in reports.iter().filter(|report| self.locals.contains(&report.ssrc)) {
            self.shared.set_loss(f32::from(report.fraction_lost) / 256.0);
            if let Some(milliseconds) = round_trip(ntp_now(), report) {
                self.shared.set_round_trip(milliseconds);
            }
        }
    }
}

/// RFC 3550, 6.4.1: now − when our report left − how long it lay there, in milliseconds.
fn round_trip(now: u32, report: &ReceptionReport) -> Option<f32> {
    if report.last_sender_report == 0 {
        return None;
    }
    let units = now.wrapping_sub(report.last_sender_report).wrapping_sub(report.delay);
    (units < ROUND_TRIP_LIMIT).then_some(units as f32 * 1000.0 / 65536.0)
}

/// The middle 32 bits of the wall clock's NTP timestamp: 1/65536 s, wrapping. The start of the era falls out of the
/// difference that is taken.
fn ntp_now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // From 1900 to 1970; the crate writes its reports in the same era.
    let seconds = since.as_secs().wrapping_add(2_208_988_800);
    ((seconds as u32) << 16) | ((u64::from(since.subsec_nanos()) << 16) / 1_000_000_000) as u32
}

/// Whether an RTP payload begins an IDR picture or its parameter sets (RFC 6184).
fn begins_key_frame(payload: &[u8]) -> bool {
    let begins = |kind: NalType| kind == NalType::IDR || kind == NalType::SPS;
    match nal_type(payload) {
        Some(NalType::STAP_A) => payload.get(3).is_some_and(|&header| begins(NalType::from_header(header))),
        Some(NalType::FU_A) => {
            payload.get(1).is_some_and(|&header| header & 0x80 != 0 && begins(NalType::from_header(header)))
        }
        Some(kind) => begins(kind),
        None => false,
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Tap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.next_beat.get_or_insert(packet.now + BEAT);
        match packet.message.packet {
            // Media ends here: nobody reads the crate's own queue.
            Packet::Rtp(packet) => self.media(packet),
            Packet::Rtcp(ref packets) => {
                for feedback in packets {
                    self.feedback(feedback.as_ref());
                }
                self.inbound.push_back(packet);
            }
            _ => self.inbound.push_back(packet),
        }
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.next_beat.get_or_insert(packet.now + BEAT);
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.shared.beat(now);
        if self.next_beat.is_some_and(|at| at <= now) {
            self.next_beat = Some(now + BEAT);
        }
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.next_beat
    }
}

impl Interceptor for Tap {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        self.locals.insert(info.ssrc);
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        self.locals.remove(&info.ssrc);
    }

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        // The media stream is bound before its retransmission stream.
        self.repairs.extend(info.ssrc_rtx);
        if self.repairs.contains(&info.ssrc) {
            return;
        }
        let level = info.rtp_header_extensions.iter().find(|extension| extension.uri == AUDIO_LEVEL_URI);
        let remote = Remote {
            audio: is_audio(info),
            level_extension: level.and_then(|extension| u8::try_from(extension.id).ok()),
            highest: None,
            expected: 0,
            received: 0,
        };
        self.remotes.insert(info.ssrc, remote);
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.remotes.remove(&info.ssrc);
        self.repairs.remove(&info.ssrc);
    }
}

#[cfg(test)]
mod tests;
