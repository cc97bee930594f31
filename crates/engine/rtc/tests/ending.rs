//! How legs end, and why.

mod world;

use std::time::{Duration, Instant};

use confab_rtc::{LegConfig, LegDown, LegEvent, Limits, SendOutcome, Tracks};
use tokio::time::timeout;
use world::far::{Far, FarEvent, Order};
use world::{PATIENCE, PUBLISH, RECEIVE, answer, config, connected, offer, same, sound, unit, wait_for};

/// Much sooner than anything is given up here for being silent.
const PROMPT: Duration = Duration::from_secs(10);
/// One limit of those that give up soon. The others stay as they are: on a busy machine they would come first.
const SOON: Duration = Duration::from_secs(2);

fn limited(tracks: Tracks, limits: Limits) -> LegConfig {
    LegConfig { limits, ..config(tracks) }
}

/// Does not give up for being silent as long as a test lasts.
fn patient(tracks: Tracks) -> LegConfig {
    let long = Duration::from_secs(60);
    limited(tracks, Limits { silence: long, lost: long, ..Limits::default() })
}

fn down(event: LegEvent) -> Option<LegDown> {
    match event {
        LegEvent::Down(reason) => Some(reason),
        _ => None,
    }
}

#[tokio::test]
async fn closing_is_prompt_and_tells_nothing() {
    for tracks in [PUBLISH, RECEIVE] {
        let (leg, mut told, _far, _heard) = connected(patient(tracks)).await;
        let start = Instant::now();
        leg.close().await;
        assert!(start.elapsed() < PROMPT, "{:?}", start.elapsed());
        let rest = timeout(PATIENCE, async {
            while let Some(event) = told.recv().await {
                assert!(!matches!(event, LegEvent::Down(_) | LegEvent::Disconnected), "{event:?}");
            }
        });
        rest.await.expect("the sink is let go");
    }
}

#[tokio::test]
async fn a_dropped_leg_closes_itself() {
    let (leg, mut told, _far, _heard) = connected(config(PUBLISH)).await;
    drop(leg);
    let ended = timeout(PATIENCE, async { while told.recv().await.is_some() {} });
    ended.await.expect("the sink is let go");
}

#[tokio::test]
async fn a_far_side_that_vanishes_is_missed_and_then_given_up() {
    let limits = Limits { silence: SOON, lost: SOON, ..Limits::default() };
    let (leg, mut told, far, _heard) = connected(limited(PUBLISH, limits)).await;
    far.order(Order::Vanish);
    wait_for(&mut told, "disconnected", same(LegEvent::Disconnected)).await;
    assert_eq!(wait_for(&mut told, "down", down).await, LegDown::Lost);
    assert_eq!(leg.send_video(unit(0, 10)), SendOutcome::NotConnected);
    leg.close().await;
}

#[tokio::test]
async fn a_far_side_that_says_goodbye_is_believed() {
    let (leg, mut told, far, _heard) = connected(patient(PUBLISH)).await;
    let start = Instant::now();
    far.order(Order::Close);
    assert_eq!(wait_for(&mut told, "down", down).await, LegDown::Lost);
    assert!(start.elapsed() < PROMPT, "{:?}", start.elapsed());
    leg.close().await;
}

#[tokio::test]
async fn another_certificate_than_the_answer_names_is_refused() {
    for tracks in [PUBLISH, RECEIVE] {
        let limits = Limits { handshake: SOON, ..Limits::default() };
        let (leg, sdp, mut told) = offer(limited(tracks, limits)).await;
        let (far, answered, mut heard) = Far::answer(&sdp);
        leg.accept(answer(world::other_fingerprint(&answered))).await.expect("the answer is well-formed");
        let mut media = false;
        let reason = wait_for(&mut told, "down", |event| {
            media |= matches!(event, LegEvent::AudioPacket { .. } | LegEvent::VideoPacket { .. });
            assert_ne!(event, LegEvent::Connected);
            leg.send_audio(sound(0));
            assert_eq!(leg.send_video(unit(0, 10)), SendOutcome::NotConnected);
            down(event)
        })
        .await;
        assert!(matches!(reason, LegDown::Security(_)), "{reason:?}");
        assert!(!media, "media of an unknown sender came out");
        drop(far);
        while let Some(event) = heard.recv().await {
            assert!(!matches!(event, FarEvent::Audio { .. } | FarEvent::Video { .. }), "{event:?}");
        }
        leg.close().await;
    }
}

#[tokio::test]
async fn an_answer_without_a_path_is_given_up() {
    let limits = Limits { path: SOON, ..Limits::default() };
    let (leg, sdp, mut told) = offer(limited(PUBLISH, limits)).await;
    let (far, answered, _heard) = Far::answer(&sdp);
    drop(far);
    leg.accept(answer(answered)).await.expect("the answer fits");
    assert_eq!(wait_for(&mut told, "down", down).await, LegDown::NoPath);
    leg.close().await;
}

#[tokio::test]
async fn a_bad_answer_is_refused_and_the_leg_closes() {
    let (leg, sdp, _told) = offer(config(PUBLISH)).await;
    let (_far, answered, _heard) = Far::answer(&sdp);
    for sdp in [String::new(), "nonsense".to_owned(), answered.replace("m=video 9", "m=video 0"), sdp] {
        let refused = leg.accept(answer(sdp)).await;
        assert!(matches!(refused, Err(LegDown::BadAnswer(_))), "{refused:?}");
    }
    leg.close().await;
}

#[tokio::test]
async fn candidates_outside_the_answer_are_used() {
    let (leg, sdp, mut told) = offer(config(RECEIVE)).await;
    let (_far, answered, _heard) = Far::answer(&sdp);
    let (candidates, lines): (Vec<&str>, Vec<&str>) =
        answered.lines().partition(|line| line.starts_with("a=candidate:"));
    let sdp = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let mut candidates: Vec<String> =
        candidates.iter().map(|line| line.trim_start_matches("a=").to_owned()).collect();
    candidates.insert(0, "candidate:1 1 udp 1 unknown.local 1 typ host".to_owned());
    candidates.insert(0, "nonsense".to_owned());
    leg.accept(confab_rtc::RemoteDescription { sdp, candidates }).await.expect("the answer fits");
    wait_for(&mut told, "connected", same(LegEvent::Connected)).await;
    leg.close().await;
}
