//! Five datagrams of a hundred are lost in each direction; retransmissions make up for them.

mod world;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use confab_media_model::h264::packetize;
use confab_rtc::{Leg, LegEvent, Tracks};
use confab_types::MediaTime;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout_at};
use world::far::{Far, FarEvent, Order};
use world::relay::Relay;
use world::{Assembly, PUBLISH, RECEIVE, Told, answer, config, offer, same, sound, unit, wait_for};

const UNITS: u32 = 200;

/// A pair that knows each other only through a relay.
async fn through_relay(tracks: Tracks, seed: u64) -> (Leg, Told<LegEvent>, Far, Told<FarEvent>, Relay) {
    println!("seed {seed}");
    let (leg, sdp, mut told) = offer(config(tracks)).await;
    let hidden: String = sdp
        .lines()
        .filter(|line| !line.starts_with("a=candidate:"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let (far, answered, mut heard) = Far::answer(&hidden);
    let relay = Relay::before(far.address, seed).await;
    let port = |address: std::net::SocketAddr| format!(" {} typ host", address.port());
    let answered = answered.replace(&port(far.address), &port(relay.address));
    leg.accept(answer(answered)).await.expect("the answer fits");
    wait_for(&mut told, "connected", same(LegEvent::Connected)).await;
    wait_for(&mut heard, "connected far side", |event| (event == FarEvent::Connected).then_some(())).await;
    relay.loss.store(5, Relaxed);
    (leg, told, far, heard, relay)
}

/// Sequence number, and what an assembly wants to know besides.
type Packet = (u16, (MediaTime, bool, Vec<u8>));

/// Takes packets until nothing comes for a second; how many units they make, put in order.
async fn collect<E>(told: &mut Told<E>, mut packet: impl FnMut(E) -> Option<Packet>) -> usize {
    // First numbers are below 2^15, so this is their order.
    let mut packets = BTreeMap::new();
    let mut patience = Instant::now() + Duration::from_secs(1);
    while let Ok(Some(event)) = timeout_at(patience, told.recv()).await {
        if let Some((sequence, content)) = packet(event) {
            packets.insert(sequence, content);
            patience = Instant::now() + Duration::from_secs(1);
        }
    }
    let mut assembly = Assembly::new();
    for (sequence, (time, marker, payload)) in packets {
        assembly.push(sequence, time, marker, &payload);
    }
    assembly.finish();
    let complete =
        assembly.units.iter().filter(|received| **received == unit(received.time.0 / 3_000, 3_000));
    complete.count()
}

fn enough(complete: usize) {
    assert!(complete * 100 >= UNITS as usize * 97, "{complete} of {UNITS} units arrived");
}

/// The pace of units. After a delay it goes on at this pace, as a camera does.
fn pace() -> Interval {
    let mut ticks = interval(Duration::from_millis(20));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[tokio::test]
async fn a_publishing_leg_repairs_what_the_far_side_misses() {
    let (leg, _told, _far, mut heard, relay) = through_relay(PUBLISH, 7).await;
    let mut ticks = pace();
    for index in 0..UNITS {
        ticks.tick().await;
        leg.send_audio(sound(index));
        let _ = leg.send_video(unit(index, 3_000));
    }
    relay.loss.store(0, Relaxed);
    // Gaps at the very end show only when something follows.
    for index in UNITS..UNITS + 10 {
        ticks.tick().await;
        leg.send_audio(sound(index));
    }
    let complete = collect(&mut heard, |event| match event {
        FarEvent::Video { sequence, time, marker, payload } => Some((sequence, (time, marker, payload))),
        _ => None,
    })
    .await;
    let stats = leg.stats();
    println!("{complete} complete, {} datagrams lost, {stats:?}", relay.lost.load(Relaxed));
    enough(complete);
    assert!(stats.retransmitted > 0 && stats.dropped_units == 0, "{stats:?}");
    leg.close().await;
}

#[tokio::test]
async fn a_receiving_leg_asks_again_for_what_it_misses() {
    let (leg, mut told, far, _heard, relay) = through_relay(RECEIVE, 11).await;
    let mut ticks = pace();
    let mut sequence = 0;
    for index in 0..UNITS {
        ticks.tick().await;
        let unit = unit(index, 3_000);
        let payloads = packetize(&unit.data, 1_100);
        let last = payloads.len() - 1;
        for (at, payload) in payloads.into_iter().enumerate() {
            far.order(Order::Video { sequence, time: unit.time, marker: at == last, payload });
            sequence += 1;
        }
    }
    let complete = collect(&mut told, |event| match event {
        LegEvent::VideoPacket { sequence, time, marker, payload, .. } => {
            Some((sequence, (time, marker, payload.to_vec())))
        }
        _ => None,
    })
    .await;
    let stats = leg.stats();
    println!("{complete} complete, {} datagrams lost, {stats:?}", relay.lost.load(Relaxed));
    enough(complete);
    assert!(stats.recovered > 0, "{stats:?}");
    leg.close().await;
}
