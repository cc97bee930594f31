//! What a speaker played.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_media_model::AudioBlock;
use confab_types::Dbfs;

use crate::spectrum;

/// Tones and levels are measured over the last 100 ms.
const WINDOW: usize = 10 * AudioBlock::LEN;
/// A block below this is a gap.
const SILENT_BELOW_DBFS: i32 = -60;

/// A speaker that measures instead of sounding. Cloned handles share what was heard.
#[derive(Clone, Default)]
pub struct Listener(Arc<Mutex<Ear>>);

/// What was heard since the start, or since [`Listener::start_over`].
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Blocks of 10 ms that were played.
    pub blocks: u64,
    /// Whether any of them was louder than −60 dBFS.
    pub sounded: bool,
    /// Level of the last 100 ms.
    pub level: Dbfs,
    /// The loudest tone of the last 100 ms, in hertz.
    pub dominant_hz: Option<f32>,
    /// The longest silence after the first sound, in milliseconds; counts a silence that still lasts.
    pub longest_gap_ms: u32,
    /// The silence that lasts now, in milliseconds; 0 before the first sound.
    pub gap_ms: u32,
}

#[derive(Default)]
struct Ear {
    window: VecDeque<f32>,
    blocks: u64,
    sounded: bool,
    /// Blocks of silence in a row, after the first sound.
    silent: u64,
    longest: u64,
}

impl Listener {
    /// Takes the next 10 ms.
    pub fn hear(&self, block: &AudioBlock) {
        let mut ear = self.lock();
        ear.blocks += 1;
        let silent = block.level() < Dbfs::new(SILENT_BELOW_DBFS);
        ear.sounded |= !silent;
        ear.silent = if silent && ear.sounded { ear.silent + 1 } else { 0 };
        ear.longest = ear.longest.max(ear.silent);
        ear.window.extend(block.samples);
        let surplus = ear.window.len().saturating_sub(WINDOW);
        ear.window.drain(..surplus);
    }

    /// What was heard so far.
    pub fn report(&self) -> Heard {
        let ear = self.lock();
        let window: Vec<f32> = ear.window.iter().copied().collect();
        let millis = |blocks: u64| u32::try_from(blocks * 10).unwrap_or(u32::MAX);
        let mut heard = Heard {
            blocks: ear.blocks,
            sounded: ear.sounded,
            level: Dbfs::SILENCE,
            dominant_hz: None,
            longest_gap_ms: millis(ear.longest),
            gap_ms: millis(ear.silent),
        };
        // The transform takes longer than a block may wait.
        drop(ear);
        heard.level = Dbfs::from_rms(spectrum::rms(&window));
        heard.dominant_hz = spectrum::dominant(&window);
        heard
    }

    /// The level of one tone in the last 100 ms: whether a participant is in the mix. Tones must be 40 Hz apart.
    pub fn level_at(&self, hertz: f32) -> Dbfs {
        let window: Vec<f32> = self.lock().window.iter().copied().collect();
        Dbfs::from_rms(spectrum::rms_at(&window, hertz))
    }

    /// Forgets blocks and gaps. What sounded goes on sounding: a silence from now on is a gap.
    pub fn start_over(&self) {
        let mut ear = self.lock();
        (ear.blocks, ear.silent, ear.longest) = (0, 0, 0);
    }

    fn lock(&self) -> MutexGuard<'_, Ear> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use confab_types::Mono;

    use super::*;
    use crate::tone::Tone;

    fn play(listener: &Listener, hertz: Option<f64>, blocks: usize) {
        let mut tone = hertz.map(Tone::new);
        for _ in 0..blocks {
            let mut block = AudioBlock::silence(Mono::ZERO);
            if let Some(tone) = &mut tone {
                tone.fill(&mut block.samples);
            }
            listener.hear(&block);
        }
    }

    #[test]
    fn a_tone_is_known_by_its_frequency_and_level() {
        let listener = Listener::default();
        play(&listener, Some(660.0), 30);
        let heard = listener.report();
        assert!((heard.dominant_hz.expect("a tone") - 660.0).abs() < 1.0);
        assert_eq!((heard.blocks, heard.level), (30, Dbfs::new(-15)));
        assert_eq!(listener.level_at(660.0), Dbfs::new(-15));
        assert!(listener.level_at(440.0) < Dbfs::new(-50), "{:?}", listener.level_at(440.0));
    }

    #[test]
    fn only_silence_after_sound_is_a_gap() {
        let listener = Listener::default();
        play(&listener, None, 100);
        assert!(!listener.report().sounded);
        assert_eq!(listener.report().longest_gap_ms, 0);
        play(&listener, Some(440.0), 10);
        play(&listener, None, 7);
        play(&listener, Some(440.0), 10);
        play(&listener, None, 3);
        let heard = listener.report();
        assert_eq!((heard.longest_gap_ms, heard.gap_ms, heard.sounded), (70, 30, true));
        listener.start_over();
        play(&listener, None, 5);
        assert_eq!((listener.report().longest_gap_ms, listener.report().blocks), (50, 5));
    }

    #[test]
    fn before_anything_is_played_there_is_silence() {
        let heard = Listener::default().report();
        assert_eq!((heard.level, heard.dominant_hz, heard.blocks), (Dbfs::SILENCE, None, 0));
    }
}
