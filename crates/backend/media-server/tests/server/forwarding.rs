//! What a publisher sends is what receivers get.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::support::{Client, Server, TestCard, connect, drive};
use confab_rooms::{LegFlow, MediaCommand, MediaEvent, MediaKind, MediaServer};
use confab_types::{Chance, Dbfs, LegId};
use str0m::rtp::RtpPacket;

const ALICE: LegId = LegId(1);
const BOB: LegId = LegId(2);
const CAROL: LegId = LegId(11);
const DAVE: LegId = LegId(12);
const FROM_ALICE: LegFlow = LegFlow::Receive { of: ALICE };

/// A publisher and two receivers, all connected.
fn conference() -> (Server, Client, Client, Client) {
    let server = Server::start(|_| {});
    let mut alice = Client::join(&server, ALICE, LegFlow::Publish);
    let mut carol = Client::join(&server, CAROL, FROM_ALICE);
    let mut dave = Client::join(&server, DAVE, FROM_ALICE);
    connect(&mut [&mut alice, &mut carol, &mut dave]);
    (server, alice, carol, dave)
}

/// Sends pictures, a key frame when asked for one, until `done`.
fn broadcast(
    card: &mut TestCard,
    sender: &mut Client,
    receivers: &mut [&mut Client],
    mut done: impl FnMut(&[&mut Client]) -> bool,
) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    let mut served = 0;
    let start = Instant::now();
    while !done(receivers) {
        assert!(start.elapsed() < crate::support::PATIENCE, "nothing came of it in time");
        let key = sender.key_frames_asked > served || sent.is_empty();
        served = sender.key_frames_asked;
        let (payload, marker) = card.packet(key);
        sender.send_video(&payload, marker);
        sent.push(payload);
        for client in std::iter::once(&mut *sender).chain(receivers.iter_mut().map(|client| &mut **client)) {
            client.turn();
        }
    }
    sent
}

fn assert_contiguous(packets: &[RtpPacket]) {
    for pair in packets.windows(2) {
        assert_eq!(*pair[1].seq_no, *pair[0].seq_no + 1);
    }
}

#[test]
fn two_receivers_get_pictures_and_sound_intact_from_a_key_frame_on() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let mut card = TestCard::new();
    let sent = broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| {
        receivers.iter().all(|receiver| receiver.seen.len() >= 100)
    });
    for receiver in [&carol, &dave] {
        let pictures = receiver.pictures();
        assert_eq!(pictures[0][0], 0x78, "the first packet is a parameter set");
        let start = sent.iter().position(|payload| *payload == pictures[0]).unwrap();
        assert_eq!(pictures, sent[start..start + pictures.len()]);
        assert_contiguous(&receiver.seen);
        assert_eq!(*receiver.seen[0].seq_no, 1);
        assert!(receiver.seen[1].header.marker && !receiver.seen[0].header.marker);
    }

    for n in 0..20u8 {
        alice.send_audio(&[n; 60], -20 - n as i8);
    }
    drive(&mut [&mut alice, &mut carol, &mut dave], |clients| {
        clients[1..].iter().all(|c| c.heard.len() >= 20)
    });
    for receiver in [&carol, &dave] {
        for (n, packet) in (0u8..).zip(&receiver.heard) {
            assert_eq!(&packet.payload[..], [n; 60]);
            assert_eq!(packet.header.ext_vals.audio_level, Some(-20 - n as i8));
        }
        assert_contiguous(&receiver.heard);
    }
    // A level is told for a second; where the machine has let that pass, what is said next counts.
    let start = Instant::now();
    while server.server.level(ALICE) != Some(Dbfs::new(-39)) {
        assert!(start.elapsed() < crate::support::PATIENCE, "not the level of what was said last");
        for level in [-20, -39] {
            alice.send_audio(&[7; 60], level);
        }
        for client in [&mut alice, &mut carol, &mut dave] {
            client.turn();
        }
    }
    assert_eq!(server.server.stats().legs, 3);
}

#[test]
fn a_late_receiver_makes_the_publisher_send_a_key_frame() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| receivers[0].seen.len() >= 10);
    let asked = alice.key_frames_asked;
    let mut erin = Client::join(&server, LegId(13), FROM_ALICE);
    broadcast(&mut card, &mut alice, &mut [&mut erin], |receivers| !receivers[0].seen.is_empty());
    assert!(alice.key_frames_asked > asked);
    assert_eq!(erin.pictures()[0][0], 0x78);
}

#[test]
fn a_burst_of_loss_reports_reaches_the_publisher_throttled() {
    let (_server, mut alice, mut carol, mut dave) = conference();
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| {
        receivers.iter().all(|receiver| receiver.seen.len() >= 5)
    });
    // Let the requests of the start pass; nobody waits for a picture now.
    let settle = Instant::now();
    drive(&mut [&mut alice, &mut carol, &mut dave], |_| settle.elapsed() > Duration::from_millis(600));
    let asked = alice.key_frames_asked;
    let burst = Instant::now();
    let mut reports = 0;
    while burst.elapsed() < Duration::from_millis(1_200) {
        carol.lose_picture();
        dave.lose_picture();
        reports += 2;
        for client in [&mut alice, &mut carol, &mut dave] {
            client.turn();
        }
    }
    drive(&mut [&mut alice, &mut carol, &mut dave], |clients| clients[0].key_frames_asked > asked);
    let requests = alice.key_frames_asked - asked;
    // One at once, then at most one in half a second, however long the burst took.
    let most = 1 + burst.elapsed().as_millis().div_ceil(500) as usize;
    assert!((1..=most).contains(&requests), "{requests} requests for {reports} reports, at most {most}");
}

#[test]
fn a_closed_gate_lets_not_one_more_packet_through() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| receivers[0].seen.len() >= 20);

    server.server.submit(MediaCommand::SetFlow { leg: ALICE, kind: MediaKind::Video, on: false });
    let first_muted = card.packet(true).0;
    alice.send_video(&first_muted, false);
    for _ in 0..51 {
        let (payload, marker) = card.packet(true);
        alice.send_video(&payload, marker);
    }
    // Sound is still open: when it has passed, everything before it has been decided.
    alice.send_audio(&[1; 40], -30);
    drive(&mut [&mut alice, &mut carol, &mut dave], |clients| {
        clients[1..].iter().all(|c| !c.heard.is_empty())
    });
    for receiver in [&carol, &dave] {
        assert!(!receiver.pictures().contains(&first_muted));
    }
    let before = carol.seen.len();

    server.server.submit(MediaCommand::SetFlow { leg: ALICE, kind: MediaKind::Video, on: true });
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| {
        receivers[0].seen.len() >= before + 10
    });
    assert_contiguous(&carol.seen);
    assert_eq!(carol.pictures()[before][0], 0x78, "it starts again with a key frame");
}

#[test]
fn a_receiver_follows_another_publisher_without_a_break() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let mut bob = Client::join(&server, BOB, LegFlow::Publish);
    connect(&mut [&mut bob]);
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| receivers[0].seen.len() >= 10);
    server.server.submit(MediaCommand::SetSource { leg: CAROL, of: BOB });
    let before = carol.seen.len();
    broadcast(&mut card, &mut bob, &mut [&mut carol], |receivers| receivers[0].seen.len() >= before + 10);
    assert_contiguous(&carol.seen);
    let times: Vec<u64> = carol.seen.iter().map(|packet| packet.time.numer()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_publisher_that_hangs_up_silences_its_receivers_and_is_told() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| receivers[0].seen.len() >= 10);
    server.server.submit(MediaCommand::RemoveLeg { leg: ALICE });
    drive(&mut [&mut alice, &mut carol, &mut dave], |clients| clients[0].closed);
    assert!(!carol.closed && !dave.closed);
    assert_eq!(server.server.stats().legs, 2);
    assert_eq!(server.server.level(ALICE), None);

    let mut bob = Client::join(&server, BOB, LegFlow::Publish);
    connect(&mut [&mut bob]);
    server.server.submit(MediaCommand::SetSource { leg: CAROL, of: BOB });
    broadcast(&mut card, &mut bob, &mut [&mut carol], |receivers| receivers[0].seen.len() >= 20);
}

#[test]
fn a_client_that_closes_or_falls_silent_is_reported() {
    let server = Server::start(|config| config.lost_after = Duration::from_secs(5));
    let mut alice = Client::join(&server, ALICE, LegFlow::Publish);
    let mut carol = Client::join(&server, CAROL, FROM_ALICE);
    connect(&mut [&mut alice, &mut carol]);
    alice.rtc.close().unwrap();
    let down =
        server.wait(&mut [&mut alice], |event| matches!(event, MediaEvent::LegDown { leg: ALICE, .. }));
    assert_eq!(down, MediaEvent::LegDown { leg: ALICE, reason: "closed by the client".into() });
    let down = server.wait(&mut [], |event| matches!(event, MediaEvent::LegDown { leg: CAROL, .. }));
    assert_eq!(down, MediaEvent::LegDown { leg: CAROL, reason: "nothing heard from the client".into() });
    assert_eq!(server.server.stats().legs, 0);
}

#[test]
fn sustained_speech_makes_a_speaker() {
    let (server, mut alice, _carol, _dave) = conference();
    let start = Instant::now();
    let mut spoken = 0;
    let speaker = loop {
        let due = (start.elapsed().as_millis() / 20) as usize;
        while spoken < due {
            alice.send_audio(&[3; 60], -22);
            spoken += 1;
        }
        alice.turn();
        let found = server.events.try_iter().find(|event| matches!(event, MediaEvent::Speaker { .. }));
        if let Some(found) = found {
            break found;
        }
        assert!(start.elapsed() < crate::support::PATIENCE);
    };
    assert_eq!(speaker, MediaEvent::Speaker { room: crate::support::ROOM, leg: Some(ALICE) });
}

#[test]
fn garbage_on_the_port_is_harmless() {
    let (server, mut alice, mut carol, mut dave) = conference();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut chance = Chance::from_number(4711);
    let mut junk = |length: usize| -> Vec<u8> { (0..length).map(|_| chance.bits() as u8).collect() };
    let check =
        [&[0x00, 0x01, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42][..], &[5; 12], &[0, 6, 0, 4], b"a:bc"].concat();
    for n in 0..2_000 {
        let mut datagram = junk(n % 1_500);
        // STUN, DTLS, RTP and RTCP look-alikes (RFC 7983).
        if let Some(first) = datagram.first_mut() {
            *first = [0x00, 0x16, 0x80, 0x81, 0xff][n % 5];
        }
        let datagram = if n % 7 == 0 { check.clone() } else { datagram };
        stranger.send_to(&datagram, server.server.local_addr()).unwrap();
    }
    let mut card = TestCard::new();
    broadcast(&mut card, &mut alice, &mut [&mut carol, &mut dave], |receivers| {
        receivers.iter().all(|receiver| receiver.seen.len() >= 50)
    });
    assert!(server.server.stats().datagrams_unknown > 0);
    assert_eq!(server.server.stats().legs, 3);
}
