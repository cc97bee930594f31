//! Two legs of ours with each other.

use std::sync::Arc;

use confab_rtc::{Leg, LegConfig, LegEvent, Tracks};
use tokio::sync::mpsc;

use super::{Told, answer, config, offer, same, wait_for};

/// A leg and what it tells.
pub struct Side {
    pub leg: Leg,
    pub told: Told<LegEvent>,
}

impl Side {
    /// Answers an offer.
    pub async fn answering(config: LegConfig, sdp: String) -> (Side, String) {
        let (sender, told) = mpsc::unbounded_channel();
        let sink = Arc::new(move |event| {
            let _ = sender.send(event);
        });
        let (leg, sdp) = Leg::answer(config, sink, answer(sdp)).await.expect("the offer fits");
        (Side { leg, told }, sdp)
    }

    pub async fn connected(&mut self) {
        wait_for(&mut self.told, "connected", same(LegEvent::Connected)).await;
    }
}

/// A caller and a callee that are connected.
pub async fn call() -> (Side, Side) {
    call_with(config(Tracks::Peer)).await
}

pub async fn call_with(config: LegConfig) -> (Side, Side) {
    let (leg, offered, told) = offer(config.clone()).await;
    let mut caller = Side { leg, told };
    let (mut callee, answered) = Side::answering(config, offered).await;
    caller.leg.accept(answer(answered)).await.expect("the answer fits");
    caller.connected().await;
    callee.connected().await;
    (caller, callee)
}

/// The description without candidates, and the candidates.
pub fn part(sdp: &str) -> (String, Vec<String>) {
    let (candidates, lines): (Vec<&str>, Vec<&str>) =
        sdp.lines().partition(|line| line.starts_with("a=candidate:"));
    let sdp = lines.iter().map(|line| format!("{line}\r\n")).collect();
    (sdp, candidates.iter().map(|line| line.trim_start_matches("a=").to_owned()).collect())
}
