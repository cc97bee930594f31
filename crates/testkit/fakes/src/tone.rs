//! Sound that is computed.

use std::f64::consts::TAU;

use confab_media_model::AudioBlock;

/// A quarter, −15 dBFS as a root mean square, so that four tones mix without clipping.
pub(crate) const AMPLITUDE: f32 = 0.25;

/// An endless sine.
pub(crate) struct Tone {
    /// Cycles per sample.
    step: f64,
    /// In cycles, 0.0 … 1.0.
    phase: f64,
}

impl Tone {
    pub(crate) fn new(hertz: f64) -> Self {
        Tone { step: hertz / f64::from(AudioBlock::RATE), phase: 0.0 }
    }

    /// The next 10 ms.
    pub(crate) fn fill(&mut self, samples: &mut [f32; AudioBlock::LEN]) {
        for sample in samples {
            *sample = AMPLITUDE * (self.phase * TAU).sin() as f32;
            self.phase = (self.phase + self.step).fract();
        }
    }
}
