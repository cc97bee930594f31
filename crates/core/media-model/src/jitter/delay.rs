//! How restless the network is, from the times packets came.

use std::collections::VecDeque;
use std::time::Duration;

use confab_types::Mono;

use super::{JitterConfig, micros};

/// Packets the estimate looks back on: five seconds of speech.
const WINDOW: usize = 250;
/// Fewer packets than this say nothing yet.
const ENOUGH: usize = 10;
/// A packet this far from the others is an outlier or the sign of a clock that jumped, microseconds.
const FAR: i64 = 1_000_000;
/// Outliers in a row after which the clock is taken to have jumped.
const FAR_RUN: u32 = 10;
/// Added to the percentile, because playout asks every 20 ms and not when it suits, microseconds.
const HEADROOM: i64 = 10_000;

/// Keeps the transit times (arrival − media time, on an arbitrary zero) of the latest packets.
#[derive(Debug)]
pub(super) struct DelayEstimator {
    config: JitterConfig,
    /// Microseconds, oldest first.
    transits: VecDeque<i64>,
    scratch: Vec<i64>,
    /// The fastest packet of the window.
    fastest: i64,
    target: Duration,
    far_run: u32,
}

impl DelayEstimator {
    pub(super) fn new(config: JitterConfig) -> Self {
        DelayEstimator {
            config,
            transits: VecDeque::with_capacity(WINDOW),
            scratch: Vec::with_capacity(WINDOW),
            fastest: 0,
            target: config.initial,
            far_run: 0,
        }
    }

    /// Notes the arrival of the packet of media time `time` (ticks of 48 kHz).
    pub(super) fn observe(&mut self, now: Mono, time: i64) {
        let transit = mono_micros(now).saturating_sub(micros(time));
        if !self.transits.is_empty() {
            let off = transit.saturating_sub(self.fastest);
            if off < -FAR {
                // The media clock jumped ahead: nothing known of it holds any more.
                self.transits.clear();
            } else if off > FAR {
                self.far_run += 1;
                if self.far_run < FAR_RUN {
                    return;
                }
                self.transits.clear();
            }
        }
        self.far_run = 0;
        if self.transits.len() == WINDOW {
            self.transits.pop_front();
        }
        self.transits.push_back(transit);
        self.estimate();
    }

    /// How long after the fastest possible arrival a packet is played.
    pub(super) fn target(&self) -> Duration {
        self.target
    }

    /// How long after its fastest possible arrival it is now for the packet of media time `time`; negative before.
    pub(super) fn age(&self, now: Mono, time: i64) -> i64 {
        mono_micros(now).saturating_sub(micros(time).saturating_add(self.fastest))
    }

    fn estimate(&mut self) {
        self.scratch.clear();
        self.scratch.extend(&self.transits);
        // 97 in 100 packets shall be in time.
        let nth = (self.scratch.len() * 97 / 100).min(self.scratch.len() - 1);
        let (faster, &mut late, _) = self.scratch.select_nth_unstable(nth);
        self.fastest = faster.iter().copied().min().unwrap_or(late);
        let wanted = late.saturating_sub(self.fastest).saturating_add(HEADROOM);
        let wanted = Duration::from_micros(u64::try_from(wanted).unwrap_or(0));
        let least = if self.transits.len() < ENOUGH { self.config.initial } else { self.config.least };
        self.target = wanted.clamp(least, self.config.most.max(least));
    }
}

fn mono_micros(now: Mono) -> i64 {
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}
