//! Keeping a sum within full scale.

use confab_media_model::AudioBlock;

/// Sound up to this amplitude passes as it is when the limiter is at rest.
const CEILING: f32 = 0.9;
/// How much of the way back to no reduction is gone per block: 90 % in 300 ms.
const RELEASE: f32 = 0.075;

/// Turns loud sums down for as long as they are loud, and rounds off what is left above the ceiling.
///
/// It looks at one block and adds no delay. The gain moves along a straight line within a block, so that it makes no
/// clicks; the beginning of a sudden peak is rounded off instead.
#[derive(Clone, Debug)]
pub struct Limiter {
    /// Gain at the end of the last block, above 0.0 … 1.0.
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter { gain: 1.0 }
    }
}

impl Limiter {
    /// At rest.
    pub fn new() -> Self {
        Limiter::default()
    }

    /// Limits one block in place: afterwards every sample is finite and within −1.0 … 1.0.
    pub fn apply(&mut self, samples: &mut [f32; AudioBlock::LEN]) {
        let mut peak = 0.0_f32;
        for sample in samples.iter_mut() {
            if !sample.is_finite() {
                *sample = 0.0;
            }
            peak = peak.max(sample.abs());
        }
        let wanted = if peak > CEILING { CEILING / peak } else { 1.0 };
        let end = if wanted < self.gain { wanted } else { self.gain + (wanted - self.gain) * RELEASE };
        let step = (end - self.gain) / samples.len() as f32;
        let mut gain = self.gain;
        for sample in samples {
            gain += step;
            *sample = round_off(*sample * gain);
        }
        self.gain = end;
    }
}

/// Straight up to the ceiling, then ever flatter towards full scale.
fn round_off(sample: f32) -> f32 {
    let above = sample.abs() - CEILING;
    if above <= 0.0 {
        return sample;
    }
    let room = 1.0 - CEILING;
    (CEILING + room * (above / room).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tone;

    #[test]
    fn sound_below_the_ceiling_passes_unchanged() {
        let mut limiter = Limiter::new();
        for at in 0..10 {
            let block = tone(0.85, 440.0, at);
            let mut limited = block.samples;
            limiter.apply(&mut limited);
            assert_eq!(limited, block.samples);
        }
    }

    #[test]
    fn a_sum_of_many_stays_within_full_scale_and_keeps_its_shape() {
        let mut limiter = Limiter::new();
        for at in 0..50 {
            let loud = tone(4.0, 440.0, at).samples;
            let mut limited = loud;
            limiter.apply(&mut limited);
            assert!(limited.iter().all(|sample| sample.abs() <= 1.0));
            if at > 0 {
                // A clipped sine would be nearly square: here it is the same sine, only softer.
                let worst = loud.iter().zip(&limited).map(|(loud, soft)| (loud * CEILING / 4.0 - soft).abs());
                assert!(worst.fold(0.0, f32::max) < 0.02);
            }
        }
    }

    #[test]
    fn the_gain_comes_back_when_the_loud_part_is_over() {
        let mut limiter = Limiter::new();
        limiter.apply(&mut tone(4.0, 440.0, 0).samples);
        let mut limited = [0.0; AudioBlock::LEN];
        for at in 0..100 {
            limited = tone(0.5, 440.0, at).samples;
            limiter.apply(&mut limited);
        }
        let peak = limited.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.49..=0.5).contains(&peak), "{peak}");
    }

    #[test]
    fn rubbish_becomes_silence() {
        let mut samples = [f32::NAN; AudioBlock::LEN];
        samples[1] = f32::INFINITY;
        let mut limiter = Limiter::new();
        limiter.apply(&mut samples);
        assert_eq!(samples, [0.0; AudioBlock::LEN]);
        let mut after = tone(0.5, 440.0, 0);
        limiter.apply(&mut after.samples);
        assert_eq!(after, tone(0.5, 440.0, 0));
    }
}
