//! Level and held peak, ten times a second.

use confab_media_model::AudioBlock;
use confab_types::Dbfs;

/// Blocks per reading: 100 ms.
const BLOCKS: usize = 10;
/// Readings for which a peak is held.
const HOLD: u32 = 10;
/// Decibels by which a held peak falls per reading afterwards.
const FALL: i32 = 2;

/// One reading of a [`LevelMeter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelReading {
    /// Root mean square of the last 100 ms.
    pub rms: Dbfs,
    /// Highest sample, held for a second and then falling by 20 dB a second.
    pub peak: Dbfs,
}

/// Measures a stream of blocks; give it every block.
#[derive(Clone, Debug)]
pub struct LevelMeter {
    blocks: usize,
    energy: f32,
    highest: f32,
    held: Dbfs,
    /// Readings since `held` was reached.
    age: u32,
}

impl Default for LevelMeter {
    fn default() -> Self {
        LevelMeter { blocks: 0, energy: 0.0, highest: 0.0, held: Dbfs::SILENCE, age: 0 }
    }
}

impl LevelMeter {
    /// Silent so far.
    pub fn new() -> Self {
        LevelMeter::default()
    }

    /// Measures one block; a reading comes with every tenth.
    pub fn push(&mut self, block: &AudioBlock) -> Option<LevelReading> {
        for sample in block.samples.iter().filter(|sample| sample.is_finite()) {
            self.energy += sample * sample;
            self.highest = self.highest.max(sample.abs());
        }
        self.blocks += 1;
        if self.blocks < BLOCKS {
            return None;
        }
        let rms = Dbfs::from_rms((self.energy / (BLOCKS * AudioBlock::LEN) as f32).sqrt());
        let peak = Dbfs::from_rms(self.highest);
        self.age += 1;
        if self.age > HOLD {
            self.held = Dbfs::new(i32::from(self.held.get()) - FALL);
        }
        if peak >= self.held {
            (self.held, self.age) = (peak, 0);
        }
        (self.blocks, self.energy, self.highest) = (0, 0.0, 0.0);
        Some(LevelReading { rms, peak: self.held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tone;

    fn readings(meter: &mut LevelMeter, amplitude: f32, blocks: usize) -> Vec<LevelReading> {
        (0..blocks).filter_map(|at| meter.push(&tone(amplitude, 1_000.0, at))).collect()
    }

    #[test]
    fn a_sine_reads_three_decibels_below_its_peak_ten_times_a_second() {
        let readings = readings(&mut LevelMeter::new(), 0.5, 100);
        assert_eq!(readings, [LevelReading { rms: Dbfs::new(-9), peak: Dbfs::new(-6) }; 10]);
    }

    #[test]
    fn a_peak_is_held_for_a_second_and_then_falls() {
        let mut meter = LevelMeter::new();
        readings(&mut meter, 1.0, 10);
        let after: Vec<_> = readings(&mut meter, 0.0, 150).iter().map(|reading| reading.peak.get()).collect();
        assert_eq!(after, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2, -4, -6, -8, -10]);
        assert_eq!(readings(&mut meter, 0.0, 1_000).last().unwrap().peak, Dbfs::SILENCE);
    }
}
