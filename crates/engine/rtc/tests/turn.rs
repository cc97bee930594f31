//! Calls that go through a TURN server only. Needs coturn.

#[path = "world/turn.rs"]
mod turn;
mod world;

use std::time::Duration;

use confab_rtc::{IceServer, Leg, LegConfig, LegDown, LegEvent, SendOutcome, Tracks};
use tokio::time::{interval, timeout};
use turn::TurnServer;
use world::pair::{Side, call_with};
use world::{PATIENCE, config, sound, unit, wait_for};

fn relayed(server: IceServer, root: &[u8]) -> LegConfig {
    LegConfig {
        ice_servers: vec![server],
        relay_only: true,
        trusted_roots: vec![root.to_vec()],
        ..config(Tracks::Peer)
    }
}

/// Both send until the other one has sound, pictures and knows its way.
async fn flows(from: &Side, to: &mut Side) {
    let mut ticks = interval(Duration::from_millis(20));
    let (mut sounds, mut pictures, mut index) = (0, 0, 0);
    let all = async {
        while sounds < 40 || pictures < 40 || to.leg.stats().relayed.is_none() {
            ticks.tick().await;
            from.leg.send_audio(sound(index));
            assert_eq!(from.leg.send_video(unit(index, 2_500)), SendOutcome::Sent);
            index += 1;
            while let Ok(event) = to.told.try_recv() {
                sounds += u32::from(matches!(event, LegEvent::AudioPacket { .. }));
                pictures += u32::from(matches!(event, LegEvent::VideoPacket { marker: true, .. }));
            }
        }
    };
    timeout(PATIENCE, all).await.expect("media flows through the relay");
    assert_eq!(to.leg.stats().relayed, Some(true));
}

async fn works(config: LegConfig) {
    let (mut caller, mut callee) = call_with(config).await;
    flows(&caller, &mut callee).await;
    flows(&callee, &mut caller).await;
    caller.leg.close().await;
    callee.leg.close().await;
}

#[tokio::test]
async fn a_call_works_through_turn_over_udp() {
    let server = TurnServer::start("udp");
    works(relayed(server.udp(), &server.root)).await;
}

#[tokio::test]
async fn a_call_works_through_turn_over_tcp() {
    let server = TurnServer::start("tcp");
    works(relayed(server.tcp(), &server.root)).await;
}

#[tokio::test]
async fn a_call_works_through_turn_over_tls() {
    let server = TurnServer::start("tls");
    works(relayed(server.tls(), &server.root)).await;
}

#[tokio::test]
async fn only_addresses_of_the_server_are_told() {
    let server = TurnServer::start("addresses");
    let (leg, sdp, _told) = world::offer(relayed(server.tcp(), &server.root)).await;
    let candidates: Vec<&str> = sdp.lines().filter(|line| line.starts_with("a=candidate:")).collect();
    assert!(!candidates.is_empty());
    assert!(candidates.iter().all(|line| line.contains("typ relay")), "{candidates:?}");
    leg.close().await;
}

#[tokio::test]
async fn a_server_with_an_unknown_certificate_is_not_used() {
    let server = TurnServer::start("certificate");
    let mut config = relayed(server.tls(), &server.root);
    config.trusted_roots.clear();
    let offered = Leg::offer(config, std::sync::Arc::new(|_| {})).await;
    assert!(matches!(offered, Err(LegDown::NoPath)), "{offered:?}");
}

#[tokio::test]
async fn the_relay_ends_with_the_server() {
    let server = TurnServer::start("ending");
    let mut config = relayed(server.tcp(), &server.root);
    config.limits.silence = Duration::from_secs(1);
    config.limits.lost = Duration::from_secs(2);
    let (mut caller, callee) = call_with(config).await;
    drop(server);
    let reason = wait_for(&mut caller.told, "down", |event| match event {
        LegEvent::Down(reason) => Some(reason),
        _ => None,
    })
    .await;
    assert_eq!(reason, LegDown::Lost);
    caller.leg.close().await;
    callee.leg.close().await;
}
