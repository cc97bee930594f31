//! A publishing leg against the media server's own transport library.

mod world;

use std::time::Duration;

use confab_rtc::{LegEvent, SendOutcome, Tracks};
use confab_types::Bitrate;
use tokio::time::interval;
use world::far::{FarEvent, Order};
use world::{Assembly, PUBLISH, config, connected, sound, unit, wait_for};

#[tokio::test]
async fn sound_arrives_with_its_level_and_video_intact_and_in_order() {
    let (leg, _told, _far, mut heard) = connected(config(PUBLISH)).await;
    let mut ticks = interval(Duration::from_millis(10));
    for index in 0..60 {
        ticks.tick().await;
        leg.send_audio(sound(index));
        assert_eq!(leg.send_video(unit(index, 2_500)), SendOutcome::Sent);
    }
    let mut assembly = Assembly::new();
    let (mut sounds, mut numbered) = (0_u32, 0);
    wait_for(&mut heard, "60 units and packets", |event| {
        match event {
            FarEvent::Audio { level, voice, payload } => {
                let sent = sound(sounds);
                assert_eq!(payload, sent.data);
                assert_eq!(level, Some(sent.level.get()));
                assert_eq!(voice, Some(sent.level.get() >= -50));
                sounds += 1;
            }
            FarEvent::Video { sequence, time, marker, payload } => {
                assembly.push(sequence, time, marker, &payload)
            }
            FarEvent::Numbered => numbered += 1,
            _ => {}
        }
        (sounds == 60 && assembly.units.len() == 60).then_some(())
    })
    .await;
    for (index, received) in (0..).zip(&assembly.units) {
        assert_eq!(*received, unit(index, 2_500));
    }
    assert!(numbered >= 60 * 4, "{numbered} packets carry a transport-wide number");
    let stats = leg.stats();
    assert_eq!((stats.dropped_units, stats.retransmitted), (0, 0));
    assert!(stats.sent_packets >= 60 * 4 && stats.sent_bytes > 60 * 2_500, "{stats:?}");
    leg.close().await;
}

#[tokio::test]
async fn a_request_of_the_far_side_raises_a_key_frame_wish() {
    let (leg, mut told, far, mut heard) = connected(config(PUBLISH)).await;
    let _ = leg.send_video(unit(0, 100));
    wait_for(&mut heard, "video", |event| matches!(event, FarEvent::Video { .. }).then_some(())).await;
    far.order(Order::AskKeyFrame);
    wait_for(&mut told, "a wish", world::same(LegEvent::KeyFrameWanted)).await;
    assert_eq!(leg.stats().key_frames_wanted, 1);
    leg.close().await;
}

#[tokio::test]
async fn reports_of_the_far_side_become_estimate_loss_and_round_trip() {
    let (leg, mut told, _far, _heard) = connected(config(PUBLISH)).await;
    let mut ticks = interval(Duration::from_millis(20));
    let (mut estimate, mut loss, mut round_trip) = (None, None, None);
    let mut index = 0;
    while estimate.is_none() || loss.is_none() || round_trip.is_none() {
        ticks.tick().await;
        assert!(index < 1_000, "20 s were not enough: {estimate:?} {loss:?} {round_trip:?}");
        leg.send_audio(sound(index));
        let _ = leg.send_video(unit(index, 2_500));
        index += 1;
        while let Ok(event) = told.try_recv() {
            match event {
                LegEvent::Estimate(rate) => estimate = Some(rate),
                LegEvent::Loss { fraction } => loss = Some(fraction),
                LegEvent::RoundTrip(milliseconds) => round_trip = Some(milliseconds),
                _ => {}
            }
        }
    }
    assert_eq!(loss, Some(0.0));
    assert!(round_trip.is_some_and(|milliseconds| (0.0..500.0).contains(&milliseconds)), "{round_trip:?}");
    assert!(estimate.is_some_and(|rate| rate >= Bitrate::kilobits(100)), "{estimate:?}");
    assert_eq!(leg.stats().estimate, estimate);
    leg.close().await;
}

#[tokio::test]
async fn video_beyond_the_backlog_is_dropped_whole_and_sound_overtakes_it() {
    let (leg, _told, _far, mut heard) = connected(config(PUBLISH)).await;
    // 1.5 Mbit/s leave: 120 kB are 0.64 s.
    let begin = std::time::Instant::now();
    assert_eq!(leg.send_video(unit(0, 120_000)), SendOutcome::Sent);
    let backlog = leg.backlog();
    assert!(backlog + begin.elapsed() > Duration::from_millis(600), "{backlog:?}");
    assert_eq!(leg.send_video(unit(1, 1_000)), SendOutcome::Dropped);
    let delta = confab_media_model::EncodedVideo { key: false, ..unit(2, 1_000) };
    leg.send_audio(sound(0));
    // Packets leave in time, one every 6 ms: on a machine that was busy so long, some have left before the sound.
    let left = begin.elapsed().as_millis() / 6;
    let mut packets = 0;
    wait_for(&mut heard, "sound", |event| match event {
        FarEvent::Audio { .. } => Some(()),
        FarEvent::Video { .. } => {
            packets += 1;
            None
        }
        _ => None,
    })
    .await;
    assert!(packets < 60 + left, "{packets} of 106 video packets came before the sound");
    let mut assembly = Assembly::new();
    wait_for(&mut heard, "the first unit", |event| match event {
        FarEvent::Video { marker: true, .. } => Some(()),
        FarEvent::Video { sequence, time, marker, payload } => {
            assembly.push(sequence, time, marker, &payload);
            None
        }
        _ => None,
    })
    .await;
    assert!(leg.backlog() < Duration::from_millis(100));
    assert_eq!(leg.send_video(delta), SendOutcome::Dropped, "it refers to a unit that was dropped");
    assert_eq!(leg.send_video(unit(3, 1_000)), SendOutcome::Sent);
    assert_eq!(leg.stats().dropped_units, 2);
    leg.close().await;
}

#[tokio::test]
async fn a_leg_with_one_track_needs_no_other() {
    let (leg, _told, _far, mut heard) =
        connected(config(Tracks::Publish { audio: true, video: false })).await;
    assert_eq!(leg.send_video(unit(0, 10)), SendOutcome::NotConnected);
    leg.send_audio(sound(0));
    wait_for(&mut heard, "sound", |event| matches!(event, FarEvent::Audio { .. }).then_some(())).await;
    leg.close().await;
    let (leg, _told, _far, mut heard) =
        connected(config(Tracks::Publish { audio: false, video: true })).await;
    leg.send_audio(sound(0));
    assert_eq!(leg.send_video(unit(0, 10)), SendOutcome::Sent);
    wait_for(&mut heard, "video", |event| matches!(event, FarEvent::Video { .. }).then_some(())).await;
    leg.close().await;
}
