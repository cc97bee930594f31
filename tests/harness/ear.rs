//! What is heard on the speaker, lately.

use std::collections::VecDeque;
use std::f32::consts::{PI, SQRT_2};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use crate::process::Process;
use crate::sound::RATE;

/// How much is remembered: 10 s.
const MEMORY: usize = 10 * RATE as usize;

/// What counts as silence, dBFS.
const SILENCE: f32 = -60.0;

/// What counts as heard of a voice of −15 dBFS, dBFS.
const LOUD: f32 = -40.0;

/// Listens as long as it lives.
pub struct Ear {
    heard: Arc<Mutex<Memory>>,
    _recorder: Process,
}

#[derive(Default)]
struct Memory {
    samples: VecDeque<f32>,
    /// When something louder than silence was heard last.
    sounded: Option<Instant>,
}

impl Ear {
    pub(crate) fn new(mut recorder: Process) -> Ear {
        let heard = Arc::new(Mutex::new(Memory::default()));
        if let Some(mut pipe) = recorder.stdout() {
            let heard = heard.clone();
            // Ends with the recorder.
            std::thread::spawn(move || {
                // 10 ms of 16-bit samples.
                let mut block = [0; 960];
                while pipe.read_exact(&mut block).is_ok() {
                    let samples = block
                        .as_chunks::<2>()
                        .0
                        .iter()
                        .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0);
                    heard.lock().unwrap_or_else(PoisonError::into_inner).hear(samples.collect());
                }
            });
        }
        Ear { heard, _recorder: recorder }
    }

    /// The last samples; fewer right after the start.
    pub fn last(&self, time: Duration) -> Vec<f32> {
        let wanted = (time.as_secs_f32() * RATE as f32) as usize;
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.samples.iter().skip(heard.samples.len().saturating_sub(wanted)).copied().collect()
    }

    /// The loudest frequency of the last 200 ms, Hz; nothing in silence.
    pub fn dominant(&self) -> Option<f32> {
        dominant(&self.last(Duration::from_millis(200)))
    }

    /// How loud a tone of this frequency was in the last 200 ms, dBFS: whatever else there is to hear.
    pub fn tone(&self, hertz: f32) -> f32 {
        tone(&self.last(Duration::from_millis(200)), hertz)
    }

    /// In which share of the last time a tone of this frequency was loud (−40 dBFS), 0.0 … 1.0. A busy machine makes gaps into what
    /// is there, and each gap is a little of every tone: a share tells more than a moment.
    pub fn share(&self, hertz: f32, time: Duration) -> f32 {
        let samples = self.last(time);
        let windows = samples.windows(RATE as usize / 5).step_by(RATE as usize / 20);
        let (loud, all) = windows
            .fold((0, 0), |(loud, all), window| (loud + u32::from(tone(window, hertz) > LOUD), all + 1));
        loud as f32 / all.max(1) as f32
    }

    /// Level of the last 200 ms, dBFS.
    pub fn level(&self) -> f32 {
        level(&self.last(Duration::from_millis(200)))
    }

    /// How long there has been silence.
    pub fn silent_for(&self) -> Option<Duration> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).sounded.map(|sounded| sounded.elapsed())
    }
}

impl Memory {
    fn hear(&mut self, samples: Vec<f32>) {
        if level(&samples) > SILENCE {
            self.sounded = Some(Instant::now());
        }
        self.samples.extend(samples);
        let excess = self.samples.len().saturating_sub(MEMORY);
        self.samples.drain(..excess);
    }
}

/// Root mean square, dBFS; a full-scale sine has −3.
fn level(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-12).log10()
}

/// Level of one frequency, dBFS, to the width of a window's main lobe: 10 Hz to both sides in 200 ms.
fn tone(samples: &[f32], hertz: f32) -> f32 {
    let (len, step) = (samples.len().max(1) as f32, 2.0 * PI * hertz / RATE as f32);
    // Half a full cosine window: the mean of a whole one is a half.
    let windowed = samples
        .iter()
        .enumerate()
        .map(|(at, sample)| (at as f32, sample * (1.0 - (2.0 * PI * at as f32 / len).cos())));
    let sum = windowed
        .fold(Complex::new(0.0, 0.0), |sum, (at, sample)| sum + Complex::from_polar(sample, -step * at));
    // A sine of amplitude A gives A/2 in the mean; its power is A²/2.
    10.0 * (2.0 * (sum / len).norm_sqr()).max(1e-12).log10()
}

/// The frequency with the most power above 50 Hz, to the width of a bin: 5 Hz in 200 ms.
fn dominant(samples: &[f32]) -> Option<f32> {
    if samples.len() < 1024 || level(samples) < SILENCE {
        return None;
    }
    let len = samples.len();
    let hann = |at: usize| (1.0 - (2.0 * PI * at as f32 / len as f32).cos()) / SQRT_2;
    let mut bins: Vec<Complex<f32>> =
        samples.iter().enumerate().map(|(at, sample)| Complex::new(sample * hann(at), 0.0)).collect();
    FftPlanner::new().plan_fft_forward(len).process(&mut bins);
    let width = RATE as f32 / len as f32;
    let first = (50.0 / width).ceil() as usize;
    let loudest = (first..len / 2).max_by(|a, b| bins[*a].norm_sqr().total_cmp(&bins[*b].norm_sqr()))?;
    Some(loudest as f32 * width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone_of(hertz: f32, amplitude: f32) -> Vec<f32> {
        (0..9600).map(|at| amplitude * (2.0 * PI * hertz * at as f32 / RATE as f32).sin()).collect()
    }

    #[test]
    fn a_tone_is_heard_at_its_frequency_and_level() {
        let heard = tone_of(440.0, 0.25);
        assert!((dominant(&heard).unwrap() - 440.0).abs() <= 5.0);
        assert!((level(&heard) - -15.05).abs() < 0.1, "{}", level(&heard));
        assert_eq!(dominant(&tone_of(440.0, 0.000_1)), None);
        assert_eq!(dominant(&[]), None);
    }

    #[test]
    fn a_tone_is_heard_beside_louder_ones() {
        let both: Vec<f32> =
            tone_of(440.0, 0.25).iter().zip(tone_of(550.0, 0.01)).map(|(a, b)| a + b).collect();
        assert!((tone(&both, 440.0) - -15.05).abs() < 0.2, "{}", tone(&both, 440.0));
        assert!((tone(&both, 550.0) - -43.01).abs() < 0.2, "{}", tone(&both, 550.0));
        assert!(tone(&both, 660.0) < -80.0, "{}", tone(&both, 660.0));
        assert!(tone(&[], 440.0) < -100.0);
    }
}
