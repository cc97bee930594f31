//! Offer in, answer out.
//!
//! Only H.264 (constrained baseline, packetization mode 1) and Opus are answered. What is not ours is refused as a whole:
//! a leg whose picture would silently be left out is worse than none.

use std::sync::Arc;
use std::time::Instant;

use confab_rooms::{LegFlow, MediaError};
use confab_types::Bitrate;
use str0m::change::SdpOffer;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::{Candidate, Rtc, RtcConfig};

use crate::config::StartError;

/// Longest offer that is read, in bytes (protocol page, 13).
const MAX_OFFER: usize = 64 * 1024;
/// Payload types of our own choice; those of the offer replace them.
const H264_PT: u8 = 108;
const H264_RTX_PT: u8 = 109;
/// Constrained baseline, level 3.1 (RFC 6184, 8.1). The level is no limit: encoders may send what the bitrate allows.
const CONSTRAINED_BASELINE: u32 = 0x42e01f;

/// What every leg is made from.
#[derive(Debug)]
pub(crate) struct Maker {
    provider: Arc<CryptoProvider>,
    certificate: DtlsCert,
    candidates: Vec<Candidate>,
}

impl Maker {
    /// With the candidates that clients are told.
    pub(crate) fn new(candidates: Vec<Candidate>) -> Result<Maker, StartError> {
        let provider = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = provider.dtls_provider.generate_certificate().ok_or(StartError::Certificate)?;
        Ok(Maker { provider, certificate, candidates })
    }

    /// A transport that has answered `offer`, and the answer. The server is a full ICE agent: it checks the path itself.
    pub(crate) fn answer(
        &self,
        now: Instant,
        flow: LegFlow,
        offer: &str,
        ceiling: Bitrate,
    ) -> Result<(Rtc, String), MediaError> {
        if offer.len() > MAX_OFFER {
            return Err(MediaError::BadSdp(format!("{} bytes are too many", offer.len())));
        }
        let offer =
            SdpOffer::from_sdp_string(offer).map_err(|error| MediaError::BadSdp(error.to_string()))?;
        let mut rtc = self.transport(now);
        let answer =
            rtc.sdp_api().accept_offer(offer).map_err(|error| MediaError::BadSdp(error.to_string()))?;
        let answer = answer.to_sdp_string();
        let answer = if flow == LegFlow::Publish { with_ceiling(&answer, ceiling) } else { answer };
        Ok((rtc, answer))
    }

    fn transport(&self, now: Instant) -> Rtc {
        let mut config = RtcConfig::new()
            .set_rtp_mode(true)
            .set_crypto_provider(Arc::clone(&self.provider))
            .set_dtls_cert(self.certificate.clone())
            .clear_codecs()
            .enable_opus(true, false);
        config.codec_config().add_h264(H264_PT.into(), Some(H264_RTX_PT.into()), true, CONSTRAINED_BASELINE);
        let mut rtc = config.build(now);
        for candidate in &self.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        rtc
    }
}

/// The answer with a bandwidth line in every video section (RFC 8866, 5.8): all clients keep to it, with or without
/// congestion control. A ceiling of 0 is none.
fn with_ceiling(answer: &str, ceiling: Bitrate) -> String {
    let kilobits = ceiling.bits_per_second() / 1_000;
    if kilobits == 0 {
        return answer.to_owned();
    }
    let mut limited = String::with_capacity(answer.len() + 32);
    let mut lines = answer.split_inclusive('\n').peekable();
    let mut video = false;
    while let Some(line) = lines.next() {
        limited.push_str(line);
        video = if line.starts_with("m=") { line.starts_with("m=video") } else { video };
        // It stands behind the media line and its connection line, before the attributes.
        if video && lines.peek().is_none_or(|next| !next.starts_with("c=") && !next.starts_with("i=")) {
            limited.push_str(&format!("b=AS:{kilobits}\r\n"));
            video = false;
        }
    }
    limited
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_stands_in_the_video_section_only() {
        let answer = "v=0\r\nm=audio 9 X 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\nm=video 9 X 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=x\r\n";
        let limited = with_ceiling(answer, Bitrate::kilobits(1_500));
        assert_eq!(limited, answer.replace("a=mid:1", "b=AS:1500\r\na=mid:1"));
        assert_eq!(with_ceiling(answer, Bitrate(0)), answer);
        assert_eq!(with_ceiling("m=video 9 X 96\r\n", Bitrate::kilobits(9)), "m=video 9 X 96\r\nb=AS:9\r\n");
    }
}
