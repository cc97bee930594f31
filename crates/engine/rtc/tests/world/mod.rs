//! The world around a leg: a far side that answers, a lossy relay, and made-up media.

#![allow(dead_code, reason = "every test file uses its part")]

pub mod far;
pub mod pair;
pub mod relay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use confab_media_model::{
    Depacketized, Depacketizer, DepacketizerConfig, EncodedAudio, EncodedVideo, VideoPacket,
};
use confab_rtc::{Leg, LegConfig, LegEvent, RemoteDescription, Tracks};
use confab_types::{Dbfs, MediaTime, Mono};
use tokio::sync::mpsc;
use tokio::time::timeout;

use far::{Far, FarEvent};

pub const PUBLISH: Tracks = Tracks::Publish { audio: true, video: true };
pub const RECEIVE: Tracks = Tracks::Receive { audio: true, video: true };

/// Nothing that a test waits for takes longer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What is told, in order.
pub type Told<E> = mpsc::UnboundedReceiver<E>;

/// The next event that `pick` takes.
pub async fn wait_for<E, T>(told: &mut Told<E>, what: &str, mut pick: impl FnMut(E) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = told.recv().await.unwrap_or_else(|| panic!("the teller is gone, but not {what}"));
            if let Some(found) = pick(event) {
                return found;
            }
        }
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// Takes events equal to `wanted`.
pub fn same(wanted: LegEvent) -> impl FnMut(LegEvent) -> Option<()> {
    move |event| (event == wanted).then_some(())
}

/// A leg on this machine only.
pub fn config(tracks: Tracks) -> LegConfig {
    LegConfig { include_loopback: true, ..LegConfig::new(tracks) }
}

/// A leg, its offer and what it tells.
pub async fn offer(config: LegConfig) -> (Leg, String, Told<LegEvent>) {
    let (sender, told) = mpsc::unbounded_channel();
    let sink = Arc::new(move |event| {
        let _ = sender.send(event);
    });
    let (leg, sdp) = Leg::offer(config, sink).await.expect("sockets are free");
    (leg, sdp, told)
}

pub fn answer(sdp: String) -> RemoteDescription {
    RemoteDescription { sdp, candidates: Vec::new() }
}

/// A connected pair without a relay.
pub async fn connected(config: LegConfig) -> (Leg, Told<LegEvent>, Far, Told<FarEvent>) {
    let (leg, sdp, mut told) = offer(config).await;
    let (far, answered, mut heard) = Far::answer(&sdp);
    leg.accept(answer(answered)).await.expect("the answer fits");
    wait_for(&mut told, "connected", same(LegEvent::Connected)).await;
    wait_for(&mut heard, "connected far side", |event| (event == FarEvent::Connected).then_some(())).await;
    (leg, told, far, heard)
}

/// The description with the first digit of each fingerprint changed.
pub fn other_fingerprint(sdp: &str) -> String {
    let change = |line: &str| match line.strip_prefix("a=fingerprint:sha-256 ") {
        Some(rest) => {
            let (first, rest) = rest.split_at(1);
            let other = if first == "0" { "1" } else { "0" };
            format!("a=fingerprint:sha-256 {other}{rest}\r\n")
        }
        None => format!("{line}\r\n"),
    };
    sdp.lines().map(change).collect()
}

/// Access unit number `index`: parameter sets and a slice of about `bytes` bytes that names its number.
pub fn unit(index: u32, bytes: usize) -> EncodedVideo {
    let mut data =
        vec![0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80, 0, 0, 0, 1, 0x65];
    // No zero bytes: nothing may look like a start code.
    data.extend(index.to_string().bytes());
    data.extend((0..bytes).map(|at| (at % 255) as u8 + 1));
    EncodedVideo { data, time: MediaTime(index.wrapping_mul(3_000)), key: true }
}

pub fn sound(index: u32) -> EncodedAudio {
    let level = Dbfs::new(-20 - (index % 50) as i32);
    EncodedAudio {
        data: format!("packet {index}").into_bytes(),
        time: MediaTime(index.wrapping_mul(960)),
        level,
    }
}

/// Puts packets together; patient, so that only lost ones are missing.
pub struct Assembly {
    depacketizer: Depacketizer,
    start: Instant,
    pub units: Vec<EncodedVideo>,
}

impl Assembly {
    pub fn new() -> Self {
        let config =
            DepacketizerConfig { patience: Duration::from_millis(900), ..DepacketizerConfig::default() };
        Assembly { depacketizer: Depacketizer::new(config), start: Instant::now(), units: Vec::new() }
    }

    pub fn push(&mut self, sequence: u16, time: MediaTime, marker: bool, payload: &[u8]) {
        let now = Mono::ZERO + self.start.elapsed();
        self.depacketizer.push(now, VideoPacket { sequence, time, marker, payload });
        self.drain();
    }

    /// All that can come out, however long the gaps before it are.
    pub fn finish(&mut self) {
        self.depacketizer.wake(Mono::ZERO + self.start.elapsed() + Duration::from_secs(60));
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(out) = self.depacketizer.poll() {
            if let Depacketized::Unit(unit) = out {
                self.units.push(unit);
            }
        }
    }
}
