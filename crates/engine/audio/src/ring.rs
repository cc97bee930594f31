//! What is heard while a call is not answered yet: synthesised, so that there is no file to find, and the same everywhere.

use std::f32::consts::TAU;

use confab_media_model::{AudioBlock, Ring};
use confab_types::Mono;

/// The amplitude of a sine of −20 dBFS (RMS).
const AMPLITUDE: f32 = 0.141;
/// Samples in a millisecond.
const MILLISECOND: usize = AudioBlock::RATE as usize / 1000;
/// A note swells and fades for so many milliseconds, so that it does not click.
const RAMP: usize = 15;

/// One note of a pattern; times in milliseconds.
struct Note {
    at: usize,
    lasts: usize,
    hertz: f32,
}

/// E and A, twice, then two seconds of peace.
const INCOMING: ([Note; 4], usize) = (
    [
        Note { at: 0, lasts: 280, hertz: 659.25 },
        Note { at: 300, lasts: 420, hertz: 880.0 },
        Note { at: 900, lasts: 280, hertz: 659.25 },
        Note { at: 1_200, lasts: 420, hertz: 880.0 },
    ],
    3_700,
);
/// The tone that most of the world knows (ITU-T E.180): 425 Hz, one second of five.
const RINGBACK: ([Note; 1], usize) = ([Note { at: 0, lasts: 1_000, hertz: 425.0 }], 5_000);

/// A ring from its beginning on.
#[derive(Clone, Debug)]
pub struct RingTone {
    kind: Ring,
    /// Samples since the beginning of the pattern.
    at: usize,
}

impl RingTone {
    /// From its first note.
    pub fn new(kind: Ring) -> Self {
        RingTone { kind, at: 0 }
    }

    /// Which one it is.
    pub fn kind(&self) -> Ring {
        self.kind
    }

    /// The next 10 ms.
    pub fn pull(&mut self) -> AudioBlock {
        let (notes, period): (&[Note], usize) = match self.kind {
            Ring::Incoming => (&INCOMING.0, INCOMING.1),
            Ring::Ringback => (&RINGBACK.0, RINGBACK.1),
        };
        let mut block = AudioBlock::silence(Mono::ZERO);
        for sample in &mut block.samples {
            *sample = notes.iter().map(|note| note.sample(self.at)).sum();
            self.at = (self.at + 1) % (period * MILLISECOND);
        }
        block
    }
}

impl Note {
    fn sample(&self, at: usize) -> f32 {
        let Some(since) = at.checked_sub(self.at * MILLISECOND) else { return 0.0 };
        let Some(left) = (self.lasts * MILLISECOND).checked_sub(since + 1) else { return 0.0 };
        let turns = since as f32 * self.hertz / AudioBlock::RATE as f32;
        let ramp = (since.min(left) as f32 / (RAMP * MILLISECOND) as f32).min(1.0);
        // Half a cosine: neither end has a corner.
        let swell = (1.0 - (ramp * TAU / 2.0).cos()) / 2.0;
        AMPLITUDE * swell * (TAU * turns.fract()).sin()
    }
}

#[cfg(test)]
mod tests {
    use confab_types::Dbfs;

    use super::*;

    fn seconds(kind: Ring, seconds: usize) -> Vec<AudioBlock> {
        let mut ring = RingTone::new(kind);
        (0..seconds * 100).map(|_| ring.pull()).collect()
    }

    #[test]
    fn a_ring_sounds_at_its_level_and_pauses() {
        for (kind, sounding) in [(Ring::Incoming, 0..250), (Ring::Ringback, 20..900)] {
            let blocks = seconds(kind, 5);
            let level = |millisecond: usize| blocks[millisecond / 10].level();
            let middle = level((sounding.start + sounding.end) / 2);
            assert!((-21..=-19).contains(&middle.get()), "{kind:?}: {middle:?}");
            assert_eq!(level(3_000), Dbfs::SILENCE, "{kind:?}");
        }
    }

    #[test]
    fn no_note_clicks() {
        for kind in [Ring::Incoming, Ring::Ringback] {
            let mut last = 0.0_f32;
            for block in seconds(kind, 12) {
                for sample in block.samples {
                    // The steepest a sine of 880 Hz gets.
                    assert!((sample - last).abs() < AMPLITUDE * TAU * 900.0 / 48_000.0, "{kind:?}");
                    last = sample;
                }
            }
        }
    }

    #[test]
    fn the_pattern_comes_again() {
        let blocks = seconds(Ring::Incoming, 8);
        assert_eq!(blocks[370 + 5].samples, blocks[5].samples);
        assert_eq!(seconds(Ring::Ringback, 6)[505].samples, seconds(Ring::Ringback, 1)[5].samples);
    }
}
