//! Codecs, header extensions, sockets and the packet chain of one connection of the `webrtc` crate.

use std::sync::Arc;
use std::time::Duration;

use confab_media_model::{IceServer, LegDown};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use webrtc::error::Error;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceServer, RTCIceTransportPolicy, SettingEngineBuilder,
};

use crate::chain;
use crate::config::LegConfig;
use crate::shared::Shared;

/// RFC 6464.
pub(crate) const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// draft-holmer-rmcat-transport-wide-cc-extensions-01.
const TRANSPORT_CC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// RTP payload types as offered; an answer keeps them (RFC 3264, 5.1).
pub(crate) const OPUS_TYPE: u8 = 111;
/// See [`OPUS_TYPE`].
pub(crate) const H264_TYPE: u8 = 108;
const REPAIR_TYPE: u8 = 109;

/// Checks of one path, 0.2 s apart, before it is given up; the leg's own limit comes first.
const CHECKS: u16 = 100;

/// How long a direct path is hoped for before one through a TURN server is taken.
const DETOUR: Duration = Duration::from_secs(1);

/// What a failure of the library becomes. Its `Display` may print whole packets, so only the setup uses it.
pub(crate) fn transport_failed(error: &Error) -> LegDown {
    LegDown::Transport(error.to_string().chars().take(200).collect())
}

/// A connection with sockets, without tracks.
///
/// Names of the local network (mDNS) stay out: legs talk to servers and to clients that send addresses, and the
/// library cannot start at all where no multicast route exists.
///
/// `servers` are the ICE servers as the library can use them; `loopback` says whether some of them are on this machine.
pub(crate) async fn open(
    config: &LegConfig,
    servers: &[IceServer],
    loopback: bool,
    shared: &Arc<Shared>,
    handler: Arc<dyn PeerConnectionEventHandler>,
) -> Result<Arc<dyn PeerConnection>, Error> {
    let limits = &config.limits;
    let settings = SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(config.include_loopback)
        .with_ice_timeouts(Some(limits.silence), Some(limits.lost), Some(limits.silence / 4))
        // A person's answer may take longer to come than the 1.4 s after which the library forgets a path.
        .with_ice_connection_attempts(None, Some(CHECKS))
        .with_relay_acceptance_min_wait(Some(if config.relay_only { Duration::ZERO } else { DETOUR }))
        .build();
    let servers = servers.iter().map(ice_server).collect();
    let policy = if config.relay_only { RTCIceTransportPolicy::Relay } else { RTCIceTransportPolicy::All };
    let configuration =
        RTCConfigurationBuilder::new().with_ice_servers(servers).with_ice_transport_policy(policy).build();
    let mut sockets = vec!["0.0.0.0:0".to_owned()];
    if config.include_loopback || loopback {
        sockets.push("127.0.0.1:0".to_owned());
    }
    let peer = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_media_engine(media()?)
        .with_setting_engine(settings)
        .with_interceptor_registry(chain::build(config, shared))
        .with_handler(handler)
        .with_udp_addrs(sockets)
        .build()
        .await?;
    Ok(Arc::new(peer))
}

fn ice_server(server: &IceServer) -> RTCIceServer {
    RTCIceServer {
        urls: vec![server.url.clone()],
        username: server.username.clone(),
        credential: server.credential.clone(),
    }
}

/// One codec per kind: what every far side of ours speaks.
fn media() -> Result<MediaEngine, Error> {
    let mut media = MediaEngine::default();
    let feedback =
        |typ: &str, parameter: &str| RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() };
    media.register_codec(
        RTCRtpCodecParameters { rtp_codec: opus(), payload_type: OPUS_TYPE },
        RtpCodecKind::Audio,
    )?;
    media.register_codec(
        RTCRtpCodecParameters { rtp_codec: h264(), payload_type: H264_TYPE },
        RtpCodecKind::Video,
    )?;
    let repair = RTCRtpCodec {
        mime_type: "video/rtx".to_owned(),
        clock_rate: 90_000,
        sdp_fmtp_line: format!("apt={H264_TYPE}"),
        ..RTCRtpCodec::default()
    };
    media.register_codec(
        RTCRtpCodecParameters { rtp_codec: repair, payload_type: REPAIR_TYPE },
        RtpCodecKind::Video,
    )?;
    for (typ, parameter) in [("ccm", "fir"), ("nack", ""), ("nack", "pli"), ("transport-cc", "")] {
        media.register_feedback(feedback(typ, parameter), RtpCodecKind::Video);
    }
    media.register_feedback(feedback("transport-cc", ""), RtpCodecKind::Audio);
    for (uri, kind) in [
        (AUDIO_LEVEL_URI, RtpCodecKind::Audio),
        (TRANSPORT_CC_URI, RtpCodecKind::Audio),
        (TRANSPORT_CC_URI, RtpCodecKind::Video),
    ] {
        media.register_header_extension(
            RTCRtpHeaderExtensionCapability { uri: uri.to_owned() },
            kind,
            None,
        )?;
    }
    Ok(media)
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
        rtcp_feedback: Vec::new(),
    }
}

fn h264() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "video/H264".to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f".to_owned(),
        rtcp_feedback: Vec::new(),
    }
}

/// A track of ours.
pub(crate) struct LocalTrack {
    pub(crate) track: Arc<TrackLocalStaticRTP>,
    pub(crate) video: bool,
    pub(crate) ssrc: u32,
}

/// A track to send. `ssrcs` are the media's and the retransmission's.
pub(crate) fn local_track(video: bool, ssrcs: (u32, u32)) -> LocalTrack {
    let (ssrc, repair) = ssrcs;
    let (kind, name, codec) = match video {
        true => (RtpCodecKind::Video, "video", h264()),
        false => (RtpCodecKind::Audio, "audio", opus()),
    };
    let coding = RTCRtpCodingParameters {
        ssrc: Some(ssrc),
        rtx: video.then_some(RTCRtpRtxParameters { ssrc: repair }),
        ..RTCRtpCodingParameters::default()
    };
    let coding = RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let track =
        MediaStreamTrack::new("confab".to_owned(), name.to_owned(), name.to_owned(), kind, vec![coding]);
    LocalTrack { track: Arc::new(TrackLocalStaticRTP::new(track)), video, ssrc }
}

/// Offers a track of ours; `both` says whether one of the far side's comes back beside it.
pub(crate) async fn offer_sender(
    peer: &dyn PeerConnection,
    track: &LocalTrack,
    both: bool,
) -> Result<(), Error> {
    let direction =
        if both { RTCRtpTransceiverDirection::Sendrecv } else { RTCRtpTransceiverDirection::Sendonly };
    let init = RTCRtpTransceiverInit { direction, ..init() };
    let track = Arc::clone(&track.track) as Arc<dyn TrackLocal>;
    peer.add_transceiver_from_track(track, Some(init)).await?;
    Ok(())
}

/// Offers to receive a track.
pub(crate) async fn offer_receiver(peer: &dyn PeerConnection, video: bool) -> Result<(), Error> {
    let kind = if video { RtpCodecKind::Video } else { RtpCodecKind::Audio };
    peer.add_transceiver_from_kind(kind, Some(init())).await?;
    Ok(())
}

fn init() -> RTCRtpTransceiverInit {
    RTCRtpTransceiverInit {
        direction: RTCRtpTransceiverDirection::Recvonly,
        streams: Vec::new(),
        send_encodings: Vec::new(),
    }
}
