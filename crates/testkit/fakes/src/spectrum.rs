//! Which tones are in a sound.

use std::f32::consts::PI;

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

const RATE: f32 = confab_media_model::AudioBlock::RATE as f32;

/// The root mean square.
pub(crate) fn rms(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return 0.0;
    }
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

/// The frequency with the most power between 50 Hz and half the rate, in hertz; `None` in silence.
///
/// A Hann window and a parabola through the three highest bins find a tone within a tenth of a bin.
pub(crate) fn dominant(samples: &[f32]) -> Option<f32> {
    let len = samples.len();
    if len < 64 || rms(samples) < 1e-4 {
        return None;
    }
    let window = samples.iter().enumerate().map(|(at, &sample)| Complex::new(sample * hann(at, len), 0.0));
    let mut bins: Vec<Complex<f32>> = window.collect();
    FftPlanner::new().plan_fft_forward(len).process(&mut bins);
    let first = (50.0 * len as f32 / RATE).ceil().max(1.0) as usize;
    let power = |bin: usize| bins[bin].norm_sqr().max(f32::MIN_POSITIVE).ln();
    let peak = (first..len / 2).max_by(|&a, &b| power(a).total_cmp(&power(b)))?;
    let (before, at, after) = (power(peak - 1), power(peak), power(peak + 1));
    let curve = before - 2.0 * at + after;
    let shift = if curve < 0.0 { ((before - after) / (2.0 * curve)).clamp(-0.5, 0.5) } else { 0.0 };
    Some((peak as f32 + shift) * RATE / len as f32)
}

/// The root mean square of one tone's share (a single bin, after Goertzel), with the same window.
pub(crate) fn rms_at(samples: &[f32], hertz: f32) -> f32 {
    let len = samples.len();
    if len == 0 {
        return 0.0;
    }
    let step = 2.0 * PI * hertz / RATE;
    let (twice, mut one, mut two) = (2.0 * f64::from(step).cos(), 0f64, 0f64);
    for (at, &sample) in samples.iter().enumerate() {
        let now = f64::from(sample * hann(at, len)) + twice * one - two;
        (two, one) = (one, now);
    }
    let power = one * one + two * two - twice * one * two;
    // The window passes half of the amplitude, and a sine's RMS is its amplitude by the root of 2.
    (4.0 * power.max(0.0).sqrt() / len as f64 / std::f64::consts::SQRT_2) as f32
}

fn hann(at: usize, len: usize) -> f32 {
    0.5 - 0.5 * (2.0 * PI * at as f32 / len as f32).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(tones: &[(f32, f32)], len: usize) -> Vec<f32> {
        let at = |sample: usize, hertz: f32| (2.0 * PI * hertz * sample as f32 / RATE).sin();
        (0..len)
            .map(|sample| tones.iter().map(|&(hertz, amplitude)| amplitude * at(sample, hertz)).sum())
            .collect()
    }

    #[test]
    fn the_loudest_tone_is_found_within_a_hertz() {
        for hertz in [60.0, 440.0, 443.7, 1000.0, 3005.0, 12_345.0] {
            let found = dominant(&mix(&[(hertz, 0.2), (700.0, 0.05)], 4800)).expect("a tone");
            assert!((found - hertz).abs() < 1.0, "{hertz} was found as {found}");
        }
        assert_eq!(dominant(&[0.0; 4800]), None);
        assert_eq!(dominant(&[]), None);
    }

    #[test]
    fn each_tone_of_a_mix_has_its_level() {
        let sound = mix(&[(440.0, 0.25), (660.0, 0.1)], 4800);
        let check = |hertz, amplitude: f32| {
            let (found, expected) = (rms_at(&sound, hertz), amplitude * std::f32::consts::FRAC_1_SQRT_2);
            assert!((found - expected).abs() < 0.002, "{hertz} Hz: {found}, expected {expected}");
        };
        check(440.0, 0.25);
        check(660.0, 0.1);
        check(550.0, 0.0);
        assert_eq!(rms_at(&[], 440.0), 0.0);
    }
}
