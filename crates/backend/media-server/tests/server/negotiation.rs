//! Offers the media server refuses, and why.

use crate::support::{Client, Server};
use confab_rooms::{LegFlow, MediaCommand, MediaError, MediaEvent, MediaRoomId, MediaServer, RoomMode};
use confab_types::{Bitrate, LegId};
use str0m::RtcConfig;
use str0m::media::{Direction, MediaKind};

const PUBLISH: LegFlow = LegFlow::Publish;

fn offer(config: RtcConfig, sections: &[(MediaKind, Direction)]) -> String {
    let mut client = Client::with(config);
    let mut changes = client.rtc.sdp_api();
    for (kind, direction) in sections {
        changes.add_media(*kind, *direction, None, None, None);
    }
    changes.apply().unwrap().0.to_sdp_string()
}

#[test]
fn garbage_is_a_bad_sdp() {
    let server = Server::start(|_| {});
    let good = Client::new().offer(PUBLISH).0;
    let lines: Vec<&str> = good.lines().collect();
    let cut = (0..lines.len()).map(|length| lines[..length].join("\r\n") + "\r\n");
    let words = ["", "v=0", "hello", "\0\u{ffff}", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"];
    let huge = "a".repeat(70_000);
    let offers = words.into_iter().map(str::to_owned).chain([huge]).chain(cut);
    for (n, offer) in offers.enumerate() {
        let leg = LegId(100 + n as u32);
        match server.add(leg, PUBLISH, offer.clone()) {
            // A cut that only lost attributes of the last section may still be an offer.
            Ok(_) => server.server.submit(MediaCommand::RemoveLeg { leg }),
            Err(MediaError::BadSdp(_) | MediaError::NoCommonCodec) => {}
            Err(other) => panic!("{other}: {offer}"),
        }
    }
    assert!(matches!(server.add(LegId(1), PUBLISH, "hello".into()), Err(MediaError::BadSdp(_))));
}

#[test]
fn offers_without_our_codecs_have_no_common_codec() {
    let server = Server::start(|_| {});
    let base = || RtcConfig::new().set_rtp_mode(true).clear_codecs();
    let video = [(MediaKind::Video, Direction::SendOnly)];
    let vp8 = offer(base().enable_vp8(true), &video);
    assert_eq!(server.add(LegId(1), PUBLISH, vp8), Err(MediaError::NoCommonCodec));

    let mut high = base();
    high.codec_config().add_h264(96.into(), None, true, 0x64001f);
    assert_eq!(server.add(LegId(2), PUBLISH, offer(high, &video)), Err(MediaError::NoCommonCodec));

    let mut single_nal = base();
    single_nal.codec_config().add_h264(96.into(), None, false, 0x42e01f);
    assert_eq!(server.add(LegId(3), PUBLISH, offer(single_nal, &video)), Err(MediaError::NoCommonCodec));

    let pcm = offer(base().enable_pcmu(true, false), &[(MediaKind::Audio, Direction::SendOnly)]);
    assert_eq!(server.add(LegId(4), PUBLISH, pcm), Err(MediaError::NoCommonCodec));
}

#[test]
fn legs_are_small_and_have_one_direction() {
    let server = Server::start(|_| {});
    let base =
        || RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, false).enable_h264(true);
    let video = (MediaKind::Video, Direction::SendOnly);
    assert_eq!(server.add(LegId(1), PUBLISH, offer(base(), &[video, video])), Err(MediaError::Unsupported));

    let receiving = offer(base(), &[(MediaKind::Video, Direction::RecvOnly)]);
    assert!(matches!(server.add(LegId(2), PUBLISH, receiving), Err(MediaError::BadSdp(_))));

    let answer = server.add(LegId(3), PUBLISH, offer(base(), &[video])).unwrap();
    assert!(
        answer.contains("b=AS:2000\r\n") && answer.contains("a=candidate:") && answer.contains("a=recvonly")
    );
    let sending = offer(base(), &[video]);
    assert!(matches!(
        server.add(LegId(4), LegFlow::Receive { of: LegId(3) }, sending),
        Err(MediaError::BadSdp(_))
    ));
}

#[test]
fn legs_need_a_room_a_publisher_and_a_place() {
    let server = Server::start(|config| config.max_legs = 1);
    let good = || Client::new().offer(PUBLISH).0;
    assert_eq!(server.add(LegId(1), LegFlow::Receive { of: LegId(9) }, good()), Err(MediaError::NotFound));
    assert_eq!(server.add(LegId(1), LegFlow::Mix, good()), Err(MediaError::Unsupported));
    server.add(LegId(1), PUBLISH, good()).unwrap();
    assert_eq!(server.add(LegId(2), PUBLISH, good()), Err(MediaError::Capacity));
    server.server.submit(MediaCommand::RemoveLeg { leg: LegId(1) });
    server.add(LegId(2), PUBLISH, good()).unwrap();

    server.server.submit(MediaCommand::CloseRoom { room: crate::support::ROOM });
    assert_eq!(server.add(LegId(3), PUBLISH, good()), Err(MediaError::NotFound));
    assert_eq!(server.server.stats().legs, 0);

    let (room, leg) = (MediaRoomId(2), LegId(4));
    let mode = RoomMode::Mix { width: 1280, height: 720, fps: 30 };
    server.server.submit(MediaCommand::OpenRoom { room, mode });
    let add = MediaCommand::AddLeg { room, leg, flow: PUBLISH, offer: good(), max_bitrate: Bitrate(0) };
    server.server.submit(add);
    let refused = server.wait(&mut [], |event| matches!(event, MediaEvent::Refused { leg: LegId(4), .. }));
    assert_eq!(refused, MediaEvent::Refused { leg, error: MediaError::Unsupported });
}

#[test]
fn an_address_no_client_can_reach_is_not_advertised() {
    let bind = "0.0.0.0:0".parse().unwrap();
    let config = confab_media_server::MediaServerConfig { bind, ..Default::default() };
    assert!(confab_media_server::EmbeddedMediaServer::start(config, |_| {}).is_err());
}
