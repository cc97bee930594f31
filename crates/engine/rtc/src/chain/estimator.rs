//! The bandwidth estimate: the crate's GCC, made readable and kept from growing into thin air.

use std::sync::Arc;
use std::time::Instant;

use confab_types::Bitrate;
use rtc::interceptor::{BandwidthEstimator, EstimatorStats, Gcc, PacketReport, RateCalculator};

use crate::config::LegConfig;
use crate::shared::Shared;

/// How far the estimate may rise above what really arrives. GCC's delay controller raises its target by 8 % a second
/// as long as nothing queues, whether or not anything near that rate is sent; an encoder at rest would earn the
/// ceiling and overrun the path at its first move.
const HEADROOM: f64 = 1.5;

/// Wraps [`Gcc`] and publishes its target.
pub(super) struct Estimator {
    inner: Gcc,
    /// What the far side acknowledged.
    arrived: RateCalculator,
    target: f64,
    shared: Arc<Shared>,
}

impl Estimator {
    pub(super) fn new(config: &LegConfig, shared: Arc<Shared>) -> Self {
        let [start, min, max] =
            [config.start_bitrate, config.min_bitrate, config.max_bitrate].map(|rate| f64::from(rate.0));
        let inner = Gcc::new(start, min, max.max(min));
        Estimator { target: inner.target_bitrate(), inner, arrived: RateCalculator::default(), shared }
    }

    fn publish(&mut self, now: Instant) {
        let arrived = self.arrived.rate_bits_per_second(now).unwrap_or(0.0);
        self.target = next_target(self.target, self.inner.target_bitrate(), arrived);
        self.shared.set_estimate(Bitrate(self.target as u32));
    }
}

/// Down at once, up only as far as what arrives gives reason for. Idling never lowers it.
fn next_target(present: f64, wanted: f64, arrived: f64) -> f64 {
    if wanted <= present { wanted } else { wanted.min(arrived * HEADROOM).max(present) }
}

impl BandwidthEstimator for Estimator {
    fn on_reports(&mut self, now: Instant, reports: &[PacketReport]) {
        for report in reports.iter().filter(|report| report.arrived) {
            self.arrived.add(now, report.size);
        }
        self.inner.on_reports(now, reports);
        self.publish(now);
    }

    fn target_bitrate(&self) -> f64 {
        self.target
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.inner.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.inner.poll_timeout()
    }

    fn stats(&self) -> EstimatorStats {
        self.inner.stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_grows_only_as_far_as_traffic_proves_it() {
        let check = |present, wanted, arrived, expected| {
            assert_eq!(next_target(present, wanted, arrived), expected, "{present} {wanted} {arrived}");
        };
        check(1.0e6, 0.5e6, 0.4e6, 0.5e6);
        check(1.0e6, 2.0e6, 0.9e6, 1.35e6);
        check(1.0e6, 1.1e6, 0.9e6, 1.1e6);
        check(1.0e6, 4.0e6, 0.0, 1.0e6);
    }
}
