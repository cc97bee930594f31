//! The client's own transport (`engine/rtc`) at both ends: what the product does.

use std::sync::Arc;
use std::time::Duration;

use confab_media_model::{EncodedAudio, EncodedVideo, RemoteDescription};
use confab_rooms::{LegFlow, MediaCommand, MediaKind, MediaServer};
use confab_rtc::{Leg, LegConfig, LegEvent, SendOutcome, Tracks};
use confab_types::{Dbfs, LegId, MediaTime};
use tokio::sync::mpsc;

use crate::support::{PATIENCE, Server};

const ALICE: LegId = LegId(1);
const CAROL: LegId = LegId(2);

type Told = mpsc::UnboundedReceiver<LegEvent>;

async fn join(server: &Server, id: LegId, flow: LegFlow, tracks: Tracks) -> (Leg, Told) {
    let (sender, told) = mpsc::unbounded_channel();
    let config = LegConfig { include_loopback: true, ..LegConfig::new(tracks) };
    let sink = Arc::new(move |event| {
        // The test may be over before the leg is.
        sender.send(event).ok();
    });
    let (leg, offer) = Leg::offer(config, sink).await.unwrap();
    let sdp = server.add(id, flow, offer).unwrap();
    leg.accept(RemoteDescription { sdp, candidates: Vec::new() }).await.unwrap();
    let mut leg = (leg, told);
    wait(&mut leg.1, |event| matches!(event, LegEvent::Connected)).await;
    leg
}

async fn wait(told: &mut Told, fits: impl Fn(&LegEvent) -> bool) -> LegEvent {
    let found = async {
        loop {
            let event = told.recv().await.expect("the leg lives");
            if fits(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it comes in time")
}

fn picture(number: u32, key: bool) -> EncodedVideo {
    let slice = |header: u8| [&[0, 0, 0, 1, header][..], &[0x42; 2_000]].concat();
    let sets = [0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x95, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80];
    let data = if key { [&sets[..], &slice(0x65)].concat() } else { slice(0x41) };
    EncodedVideo { data, time: MediaTime(number * 3_000), key }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_leg_is_forwarded_to_a_client_leg() {
    let server = Server::start(|_| {});
    let publish = Tracks::Publish { audio: true, video: true };
    let (alice, mut alice_told) = join(&server, ALICE, LegFlow::Publish, publish).await;
    let receive = Tracks::Receive { audio: true, video: true };
    let (carol, mut carol_told) = join(&server, CAROL, LegFlow::Receive { of: ALICE }, receive).await;

    // 30 pictures a second; a key frame when one is wanted.
    let sending = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(33));
        let mut key = true;
        for number in 0.. {
            beat.tick().await;
            while let Ok(event) = alice_told.try_recv() {
                key |= event == LegEvent::KeyFrameWanted;
            }
            let sent = alice.send_video(picture(number, key)) == SendOutcome::Sent;
            key &= !sent;
            let time = MediaTime(number * 960);
            alice.send_audio(EncodedAudio { data: vec![0xfc, 7, 7, 7], time, level: Dbfs::new(-23) });
        }
        drop(alice);
    });

    let first = wait(&mut carol_told, |event| matches!(event, LegEvent::VideoPacket { .. })).await;
    let LegEvent::VideoPacket { sequence, payload, .. } = first else { unreachable!() };
    assert_eq!(sequence, 1);
    assert!(confab_sfu::starts_key_frame(&payload));
    wait(&mut carol_told, |event| matches!(event, LegEvent::VideoPacket { marker: true, .. })).await;
    let level = Some(Dbfs::new(-23));
    wait(
        &mut carol_told,
        |event| matches!(event, LegEvent::AudioPacket { level: seen, .. } if *seen == level),
    )
    .await;
    assert_eq!(server.server.level(ALICE), level);

    // While the picture is closed, sound goes on; a closed gate opens with a key frame.
    server.server.submit(MediaCommand::SetFlow { leg: ALICE, kind: MediaKind::Video, on: false });
    let mut quiet = 0;
    while quiet < 10 {
        match wait(&mut carol_told, |event| {
            matches!(event, LegEvent::AudioPacket { .. } | LegEvent::VideoPacket { .. })
        })
        .await
        {
            LegEvent::VideoPacket { .. } => quiet = 0,
            _ => quiet += 1,
        }
    }
    server.server.submit(MediaCommand::SetFlow { leg: ALICE, kind: MediaKind::Video, on: true });
    let first = wait(&mut carol_told, |event| matches!(event, LegEvent::VideoPacket { .. })).await;
    let LegEvent::VideoPacket { payload, .. } = first else { unreachable!() };
    assert!(confab_sfu::starts_key_frame(&payload));

    server.server.submit(MediaCommand::RemoveLeg { leg: CAROL });
    wait(&mut carol_told, |event| matches!(event, LegEvent::Down(_))).await;
    carol.close().await;
    sending.abort();
}
