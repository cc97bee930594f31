//! Sound that is the same in every run.

use confab_media_model::AudioBlock;
use confab_types::{Chance, Mono};

/// Something like a voice: a gliding buzz with formants that swells and pauses, 10 ms per block.
pub fn speech(blocks: usize) -> Vec<AudioBlock> {
    let mut chance = Chance::from_number(11);
    let mut phase = 0.0_f32;
    (0..blocks)
        .map(|number| {
            let mut block = AudioBlock::silence(Mono::from_millis(10 * number as u64));
            for (at, sample) in block.samples.iter_mut().enumerate() {
                let seconds = (number * AudioBlock::LEN + at) as f32 / AudioBlock::RATE as f32;
                let pitch = 120.0 + 30.0 * (seconds * 3.1).sin();
                phase = (phase + pitch / AudioBlock::RATE as f32).fract();
                let buzz: f32 = (1..=20)
                    .map(|overtone| {
                        let hertz = overtone as f32 * pitch;
                        let formant = 1.0 / (1.0 + ((hertz - 600.0) / 300.0).powi(2))
                            + 0.5 / (1.0 + ((hertz - 1700.0) / 400.0).powi(2));
                        formant * (std::f32::consts::TAU * overtone as f32 * phase).sin()
                    })
                    .sum();
                let swell = 0.6 + 0.4 * (seconds * 11.0).sin();
                let breath = (chance.below(2001) as f32 / 1000.0 - 1.0) * 0.01;
                *sample = (0.12 * buzz * swell + breath).clamp(-1.0, 1.0);
            }
            block
        })
        .collect()
}
