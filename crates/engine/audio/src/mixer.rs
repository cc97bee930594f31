//! The mix of all senders.

use std::collections::BTreeMap;

use confab_media_model::AudioBlock;
use confab_types::Mono;

use crate::Limiter;

/// The loudest a source may be turned up: 12 dB.
const MAX_GAIN: f32 = 4.0;

/// Sums mono sources, block by block.
///
/// For every block: [`add`](Self::add) each source once, then [`finish`](Self::finish). A change of a gain is spread
/// over one block; a source that is new fades in, so that neither clicks.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: [f32; AudioBlock::LEN],
    /// Gain of each source at the end of its last block, and whether it was added to this one.
    gains: BTreeMap<u32, (f32, bool)>,
    limiter: Limiter,
}

impl Default for Mixer {
    fn default() -> Self {
        Mixer { sum: [0.0; AudioBlock::LEN], gains: BTreeMap::new(), limiter: Limiter::new() }
    }
}

impl Mixer {
    /// Without sources.
    pub fn new() -> Self {
        Mixer::default()
    }

    /// Adds one source to the block in work. `source` is any number that stays the same for it; `gain` is linear, 0.0
    /// (silent) … 4.0 (+12 dB), 1.0 as it is; anything else is clamped.
    pub fn add(&mut self, source: u32, block: &AudioBlock, gain: f32) {
        let to = if gain.is_finite() { gain.clamp(0.0, MAX_GAIN) } else { 0.0 };
        let (from, _) = self.gains.insert(source, (to, true)).unwrap_or((0.0, false));
        let step = (to - from) / AudioBlock::LEN as f32;
        let mut gain = from;
        for (sum, sample) in self.sum.iter_mut().zip(&block.samples) {
            gain += step;
            *sum += sample * gain;
        }
    }

    /// The mixed block, limited to −1.0 … 1.0, stamped with `now`; begins the next one. Sources that were not added
    /// to this block are forgotten.
    pub fn finish(&mut self, now: Mono) -> AudioBlock {
        let mut samples = std::mem::replace(&mut self.sum, [0.0; AudioBlock::LEN]);
        self.limiter.apply(&mut samples);
        self.gains.retain(|_, (_, added)| std::mem::take(added));
        AudioBlock { samples, captured: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tone;

    /// Amplitude of a frequency in a block (Goertzel); exact for multiples of 100 Hz.
    fn amplitude(block: &AudioBlock, hertz: f32) -> f32 {
        let turn = std::f32::consts::TAU * hertz / AudioBlock::RATE as f32;
        let (mut re, mut im) = (0.0, 0.0);
        for (at, sample) in block.samples.iter().enumerate() {
            re += sample * (turn * at as f32).cos();
            im += sample * (turn * at as f32).sin();
        }
        re.hypot(im) * 2.0 / AudioBlock::LEN as f32
    }

    #[test]
    fn every_source_is_heard_at_its_gain() {
        let mut mixer = Mixer::new();
        let mut mixed = AudioBlock::silence(Mono::ZERO);
        for at in 0..3 {
            mixer.add(1, &tone(0.2, 400.0, at), 1.0);
            mixer.add(2, &tone(0.2, 1_000.0, at), 0.5);
            mixer.add(3, &tone(0.2, 2_000.0, at), 0.0);
            mixed = mixer.finish(Mono::from_millis(10 * at as u64));
        }
        for (hertz, wanted) in [(400.0, 0.2), (1_000.0, 0.1), (2_000.0, 0.0)] {
            assert!(
                (amplitude(&mixed, hertz) - wanted).abs() < 0.002,
                "{hertz} Hz: {}",
                amplitude(&mixed, hertz)
            );
        }
        assert_eq!(mixed.captured, Mono::from_millis(20));
    }

    #[test]
    fn nothing_added_is_silence() {
        let mut mixer = Mixer::new();
        mixer.add(1, &tone(0.5, 400.0, 0), 1.0);
        mixer.finish(Mono::ZERO);
        assert_eq!(mixer.finish(Mono::ZERO), AudioBlock::silence(Mono::ZERO));
    }

    #[test]
    fn a_change_of_gain_makes_no_step() {
        let mut mixer = Mixer::new();
        let mut constant = AudioBlock::silence(Mono::ZERO);
        constant.samples.fill(0.5);
        let mut last = 0.0;
        for gain in [1.0, 1.0, 0.0, 0.0, 1.0, f32::NAN] {
            mixer.add(9, &constant, gain);
            for sample in mixer.finish(Mono::ZERO).samples {
                assert!((sample - last).abs() < 0.002);
                last = sample;
            }
        }
        assert!(last.abs() < 1e-4);
    }

    #[test]
    fn forty_people_shouting_stay_within_full_scale() {
        let mut mixer = Mixer::new();
        for at in 0..20 {
            for source in 0..40 {
                mixer.add(source, &tone(0.8, 300.0 + source as f32, at), 1.0);
            }
            let mixed = mixer.finish(Mono::ZERO);
            assert!(mixed.samples.iter().all(|sample| sample.abs() <= 1.0));
        }
    }
}
