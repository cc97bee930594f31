//! A receiving leg against the media server's own transport library.

mod world;

use std::time::{Duration, Instant};

use confab_media_model::h264::packetize;
use confab_rtc::{LegEvent, Tracks};
use confab_types::{Dbfs, MediaTime};
use tokio::time::interval;
use world::far::{FarEvent, Order};
use world::{Assembly, RECEIVE, config, connected, unit, wait_for};

#[tokio::test]
async fn packets_of_both_tracks_come_out_with_levels() {
    let (leg, mut told, far, _heard) = connected(config(RECEIVE)).await;
    let mut sequence = 0;
    let mut ticks = interval(Duration::from_millis(10));
    for index in 0..60 {
        ticks.tick().await;
        far.order(Order::Audio { index, level: -30, payload: vec![index as u8; 20] });
        send(&far, &mut sequence, index, 2_500);
    }
    let mut assembly = Assembly::new();
    let mut sounds = 0_u32;
    wait_for(&mut told, "60 units and packets", |event| {
        match event {
            LegEvent::AudioPacket { time, level, payload, .. } => {
                assert_eq!(time, MediaTime(sounds * 960));
                assert_eq!(level, Some(Dbfs::new(-30)));
                assert_eq!(payload, vec![sounds as u8; 20]);
                sounds += 1;
            }
            LegEvent::VideoPacket { sequence, time, marker, payload, .. } => {
                assembly.push(sequence, time, marker, &payload);
            }
            _ => {}
        }
        (sounds == 60 && assembly.units.len() == 60).then_some(())
    })
    .await;
    for (index, received) in (0..).zip(&assembly.units) {
        assert_eq!(*received, unit(index, 2_500));
    }
    let stats = leg.stats();
    assert_eq!((stats.missing, stats.recovered, stats.estimate), (0, 0, None));
    assert_eq!(stats.received_packets, 60 + u64::from(sequence));
    leg.close().await;
}

#[tokio::test]
async fn a_key_frame_is_asked_for_once_however_often_it_is_wished() {
    let (leg, mut told, far, mut heard) = connected(config(RECEIVE)).await;
    let begun = Instant::now();
    // Before the first packet nobody can be asked; the wish is kept.
    leg.request_key_frame();
    far.order(Order::Video { sequence: 0, time: MediaTime(0), marker: true, payload: vec![0x41, 1] });
    wait_for(&mut heard, "the first request", |event| (event == FarEvent::KeyFrameWanted).then_some(()))
        .await;
    for _ in 0..100 {
        leg.request_key_frame();
    }
    wait_for(&mut heard, "the second request", |event| (event == FarEvent::KeyFrameWanted).then_some(()))
        .await;
    // One at once, then at most one in 300 ms, however long the machine took to wish a hundred times.
    let (asked, most) = (leg.stats().key_frames_asked, 1 + begun.elapsed().as_millis() / 300);
    assert!((2..=most).contains(&u128::from(asked)), "{asked} requests, at most {most}");
    // A key frame that comes in time makes the request needless. Where the machine has stalled until it was late, the wish was
    // carried out, and another round shows it.
    for sequence in 1..=10_u16 {
        let asked = leg.stats().key_frames_asked;
        leg.request_key_frame();
        let time = MediaTime(u32::from(sequence) * 3_000);
        far.order(Order::Video { sequence, time, marker: true, payload: vec![0x65, 1] });
        wait_for(&mut told, "the key frame", |event| match event {
            LegEvent::VideoPacket { sequence: of, .. } if of == sequence => Some(()),
            _ => None,
        })
        .await;
        let mut quiet = interval(Duration::from_millis(400));
        quiet.tick().await;
        quiet.tick().await;
        if leg.stats().key_frames_asked == asked {
            return leg.close().await;
        }
        while heard.try_recv().is_ok() {}
        leg.request_key_frame();
        wait_for(&mut heard, "a request", |event| (event == FarEvent::KeyFrameWanted).then_some(())).await;
    }
    panic!("a key frame came in time ten times, and was asked for all the same");
}

#[tokio::test]
async fn a_leg_with_one_track_needs_no_other() {
    let (leg, mut told, far, _heard) = connected(config(Tracks::Receive { audio: true, video: false })).await;
    far.order(Order::Audio { index: 0, level: -30, payload: vec![1] });
    wait_for(&mut told, "sound", |event| matches!(event, LegEvent::AudioPacket { .. }).then_some(())).await;
    leg.close().await;
    let (leg, mut told, far, _heard) = connected(config(Tracks::Receive { audio: false, video: true })).await;
    send(&far, &mut 0, 0, 100);
    wait_for(&mut told, "video", |event| matches!(event, LegEvent::VideoPacket { .. }).then_some(())).await;
    leg.close().await;
}

fn send(far: &world::far::Far, sequence: &mut u16, index: u32, bytes: usize) {
    let unit = unit(index, bytes);
    let payloads = packetize(&unit.data, 1_100);
    let last = payloads.len() - 1;
    for (at, payload) in payloads.into_iter().enumerate() {
        far.order(Order::Video { sequence: *sequence, time: unit.time, marker: at == last, payload });
        *sequence += 1;
    }
}
