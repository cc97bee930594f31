//! From access units and Opus packets to RTP packets of one track.

use bytes::Bytes;
use confab_media_model::{EncodedAudio, EncodedVideo, h264};
use confab_types::{Chance, Dbfs, MediaTime};
use rtc::rtp;
use webrtc::media_stream::track_local::TrackLocal;

use crate::peer::LocalTrack;

/// Bytes of payload in one video packet. With RTP, extensions, SRTP, the two bytes of a retransmission, UDP and IPv6
/// it stays below 1280, which every path carries.
const MAX_PAYLOAD: usize = 1_140;
/// At and above this level the voice bit of RFC 6464 is set.
const VOICE: i8 = -50;

/// Randomness for SSRCs and first sequence numbers (RFC 3550, 5.1).
pub(super) struct Random(Chance);

impl Random {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Random(Chance::from_seed(seed)))
    }

    /// Never 0, which far sides take for "unknown".
    pub(super) fn ssrc(&mut self) -> u32 {
        (self.0.bits() as u32).max(1)
    }

    /// Below 2¹⁵, so that the far side's SRTP cannot miss the first wrap (RFC 3711, 3.3.1).
    pub(super) fn sequence(&mut self) -> u16 {
        self.0.bits() as u16 >> 1
    }
}

/// The transport's driver is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped;

/// One sending track.
pub(super) struct Outlet {
    track: LocalTrack,
    sequence: u16,
    /// The negotiated payload type; `None`: the far side does not want this track.
    payload_type: Option<u8>,
    /// The negotiated header extension; audio only.
    audio_level: Option<u8>,
}

impl Outlet {
    pub(super) fn new(track: LocalTrack, sequence: u16) -> Self {
        Outlet { track, sequence, payload_type: None, audio_level: None }
    }

    pub(super) fn is_video(&self) -> bool {
        self.track.video
    }

    /// What was agreed.
    pub(super) fn agree(&mut self, payload_type: Option<u8>, audio_level: Option<u8>) {
        (self.payload_type, self.audio_level) = (payload_type, audio_level);
    }

    pub(super) async fn send_video(&mut self, unit: EncodedVideo) -> Result<(), Stopped> {
        let Some(payload_type) = self.payload_type else { return Ok(()) };
        let payloads = h264::packetize(&unit.data, MAX_PAYLOAD);
        let last = payloads.len().saturating_sub(1);
        for (index, payload) in payloads.into_iter().enumerate() {
            let header = self.next_header(payload_type, unit.time, index == last);
            self.write(rtp::Packet { header, payload: Bytes::from(payload) }).await?;
        }
        Ok(())
    }

    pub(super) async fn send_audio(&mut self, packet: EncodedAudio) -> Result<(), Stopped> {
        let Some(payload_type) = self.payload_type else { return Ok(()) };
        let mut header = self.next_header(payload_type, packet.time, false);
        if let Some(id) = self.audio_level {
            let level = level_byte(packet.level);
            header
                .set_extension(id, Bytes::copy_from_slice(&[level]))
                .expect("one byte under a negotiated id fits");
        }
        self.write(rtp::Packet { header, payload: Bytes::from(packet.data) }).await
    }

    fn next_header(&mut self, payload_type: u8, time: MediaTime, marker: bool) -> rtp::Header {
        let sequence_number = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        rtp::Header {
            version: 2,
            marker,
            payload_type,
            sequence_number,
            timestamp: time.0,
            ssrc: self.track.ssrc,
            ..rtp::Header::default()
        }
    }

    async fn write(&self, packet: rtp::Packet) -> Result<(), Stopped> {
        // The error prints the whole packet; that it failed is all there is to know.
        self.track.track.write_rtp(packet).await.map_err(|_| Stopped)
    }
}

/// RFC 6464, 3: the voice bit and seven bits of level.
fn level_byte(level: Dbfs) -> u8 {
    let voice = if level.get() >= VOICE { 0x80 } else { 0 };
    voice | level.as_rfc6464()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loud_packet_carries_the_voice_bit_and_silence_does_not() {
        assert_eq!(level_byte(Dbfs::new(-20)), 0x80 | 20);
        assert_eq!(level_byte(Dbfs::new(-50)), 0x80 | 50);
        assert_eq!(level_byte(Dbfs::SILENCE), 127);
    }
}
