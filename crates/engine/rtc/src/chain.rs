//! Our own links in the chain that every packet passes, on its way out and in.
//!
//! The `webrtc` crate orders links by distance from the wire; [`build`] says which stand where. Each link says in its
//! first lines what of the crate's own it replaces, and why.

mod estimator;
pub(crate) mod pacer;
mod repair;
mod tap;

use std::sync::Arc;
use std::time::Duration;

use rtc::interceptor::{
    CongestionControlBuilder, NackGeneratorBuilder, NackResponderBuilder, ReceiverReportBuilder, Registry,
    SenderReportBuilder, Slot, TwccReceiverBuilder, TwccSenderBuilder,
};

use crate::config::LegConfig;
use crate::shared::Shared;

/// How often a missing packet is asked for. Unlimited asking (the crate's default) feeds congestion with
/// retransmissions until nothing else fits.
const NACKS_PER_PACKET: u16 = 3;
/// Between two looks for gaps. Twice that fits into the patience of the depacketizer.
const NACK_INTERVAL: Duration = Duration::from_millis(50);
/// Packets kept for retransmission per track; a power of two. At 5 Mbit/s about two seconds.
const SEND_BUFFER: u16 = 1024;
/// Between the wire's own links and the gap detector: what it unwraps fills the gap.
const UNWRAP: usize = 6_500;
/// Nearest to the application: every other link has seen the packet.
const TAP: usize = 60_000;

/// All links, wire first.
pub(crate) fn build(config: &LegConfig, shared: &Arc<Shared>) -> Registry {
    let gaps = NackGeneratorBuilder::new()
        .with_interval(NACK_INTERVAL)
        .with_max_nacks_per_packet(NACKS_PER_PACKET)
        .build();
    let estimator = estimator::Estimator::new(config, Arc::clone(shared));
    let control = repair::WithRepair::new(CongestionControlBuilder::new(estimator).build());
    let numbering = repair::WithRepair::new(TwccSenderBuilder::new().build());
    Registry::new()
        .with(Slot::CongestionControl, control)
        .with(Slot::TwccSender, numbering)
        .with(Slot::Pacer, pacer::Pacer::new(Arc::clone(shared)))
        .with(Slot::NackResponder, NackResponderBuilder::new().with_size(SEND_BUFFER).build())
        .with(Slot::from(UNWRAP), repair::Unwrap::new(Arc::clone(shared)))
        .with(Slot::NackGenerator, gaps)
        .with(Slot::TwccReceiver, TwccReceiverBuilder::new().build())
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
        .with(Slot::SenderReport, SenderReportBuilder::new().build())
        .with(Slot::from(TAP), tap::Tap::new(Arc::clone(shared)))
}
