use rtc::interceptor::AttributedPacket;
use rtc::shared::TransportContext;

use super::*;
use crate::config::{LegConfig, Tracks};

fn unwrap(ssrc: u32, payload_type: u8, payload: &'static [u8]) -> (rtp::Packet, u64) {
    let config = LegConfig::new(Tracks::Receive { audio: false, video: true });
    let shared = Shared::new(&config, Arc::new(|_| {}));
    let mut unwrap = Unwrap::new(Arc::clone(&shared));
    let info = StreamInfo {
        ssrc: 10,
        payload_type: 108,
        ssrc_rtx: Some(11),
        payload_type_rtx: Some(109),
        ..StreamInfo::default()
    };
    unwrap.bind_remote_stream(&info);
    let header = rtp::Header {
        version: 2,
        ssrc,
        payload_type,
        sequence_number: 7,
        timestamp: 90,
        ..Default::default()
    };
    let packet = rtp::Packet { header, payload: payload.into() };
    let message = AttributedPacket::new(Packet::Rtp(packet));
    unwrap
        .handle_read(TaggedPacket { now: Instant::now(), transport: TransportContext::default(), message })
        .unwrap();
    match unwrap.poll_read().expect("it passes").message.packet {
        Packet::Rtp(packet) => (packet, shared.stats().recovered),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_retransmission_becomes_what_it_repeats() {
    let (packet, recovered) = unwrap(11, 109, &[0x12, 0x34, 0x65, 9]);
    assert_eq!((packet.header.ssrc, packet.header.payload_type), (10, 108));
    assert_eq!((packet.header.sequence_number, packet.header.timestamp), (0x1234, 90));
    assert_eq!(&packet.payload[..], [0x65, 9]);
    assert_eq!(recovered, 1);
}

#[test]
fn media_and_padding_pass_as_they_are() {
    for (ssrc, payload_type, payload) in [
        (10, 108, &[1, 2, 3][..]),
        (11, 109, &[]),
        (11, 109, &[1]),
        (11, 108, &[1, 2, 3]),
        (12, 109, &[1, 2, 3]),
    ] {
        let (packet, recovered) = unwrap(ssrc, payload_type, payload);
        assert_eq!((packet.header.ssrc, packet.header.sequence_number), (ssrc, 7));
        assert_eq!(&packet.payload[..], payload);
        assert_eq!(recovered, 0);
    }
}

#[test]
fn an_inner_link_hears_of_both_streams() {
    let info =
        StreamInfo { ssrc: 1, ssrc_rtx: Some(2), payload_type_rtx: Some(109), ..StreamInfo::default() };
    let repair = repair_of(&info).expect("both halves are known");
    assert_eq!((repair.ssrc, repair.payload_type, repair.ssrc_rtx), (2, 109, None));
    assert!(repair_of(&StreamInfo { payload_type_rtx: None, ..info }).is_none());
}
