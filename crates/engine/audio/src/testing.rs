//! Sounds for tests.

use confab_media_model::AudioBlock;
use confab_types::Mono;

/// Block `number` of a sine that goes on from block to block.
pub(crate) fn tone(amplitude: f32, hertz: f32, number: usize) -> AudioBlock {
    let mut block = AudioBlock::silence(Mono::from_millis(10 * number as u64));
    for (at, sample) in block.samples.iter_mut().enumerate() {
        let turns = (number * AudioBlock::LEN + at) as f32 * hertz / AudioBlock::RATE as f32;
        *sample = amplitude * (std::f32::consts::TAU * turns.fract()).sin();
    }
    block
}
