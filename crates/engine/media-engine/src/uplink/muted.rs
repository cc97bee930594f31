//! Whether somebody speaks while muted: by level alone, above the noise of the room, with patience on both sides.
//!
//! Nothing is kept of the sound but one number for every 10 ms.

use confab_media_model::AudioBlock;

/// Speech is at least so loud, dBFS: softer sounds would not have been heard by others either.
const LOUD: f32 = -45.0;
/// And so much above what the room sounds like, dB.
const ABOVE: f32 = 12.0;
/// Blocks of 10 ms that are looked back.
const WINDOW: u32 = 50;
/// So many of them have to be speech until it is told: 300 ms. A cough or a key is shorter.
const ENOUGH: u32 = 30;
/// So long nothing is said until it is over: 4 s. Pauses between sentences are shorter.
const QUIET: u32 = 400;
/// The noise of the room follows downwards at once and upwards so slowly, dB for each block: 3 dB a second.
const RISE: f32 = 0.03;

/// Follows a microphone whose gate is closed.
#[derive(Clone, Debug, Default)]
pub struct MutedSpeech {
    /// What the room sounds like when nobody speaks, dBFS; unknown before the first block.
    floor: Option<f32>,
    /// One bit for each block of the window, the newest lowest.
    history: u64,
    /// Blocks since the last one of speech.
    quiet: u32,
    speaks: bool,
}

impl MutedSpeech {
    /// Takes 10 ms of a muted microphone; tells when somebody begins to speak, or has ended.
    pub fn push(&mut self, block: &AudioBlock) -> Option<bool> {
        let level = f32::from(block.level().get());
        let floor = self.floor.unwrap_or(level);
        let is_speech = level >= LOUD && level >= floor + ABOVE;
        self.floor = Some(level.min(floor + RISE));
        self.history = ((self.history << 1) | u64::from(is_speech)) & ((1 << WINDOW) - 1);
        self.quiet = if is_speech { 0 } else { self.quiet.saturating_add(1) };
        let speaks = if self.speaks { self.quiet < QUIET } else { self.history.count_ones() >= ENOUGH };
        (std::mem::replace(&mut self.speaks, speaks) != speaks).then_some(speaks)
    }

    /// Forgets everything, because the gate is open or nobody wants to know; tells the end of what was told before.
    pub fn reset(&mut self) -> Option<bool> {
        std::mem::take(self).speaks.then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use confab_types::Mono;

    use super::*;

    /// 10 ms of this level, dBFS.
    fn block(level: f32) -> AudioBlock {
        let mut block = AudioBlock::silence(Mono::ZERO);
        block.samples = [10f32.powf(level / 20.0); AudioBlock::LEN];
        block
    }

    /// What is told, and at which block.
    fn hear(listener: &mut MutedSpeech, levels: impl IntoIterator<Item = f32>) -> Vec<(usize, bool)> {
        let told = |(at, level)| listener.push(&block(level)).map(|speaks| (at, speaks));
        levels.into_iter().enumerate().filter_map(told).collect()
    }

    /// Syllables of 150 ms with pauses of 70 ms.
    fn speech(level: f32, noise: f32) -> impl Iterator<Item = f32> {
        (0..).map(move |at| if at % 22 < 15 { level } else { noise })
    }

    #[test]
    fn speech_is_noticed_within_a_second_and_its_end_seconds_later() {
        let mut listener = MutedSpeech::default();
        assert_eq!(hear(&mut listener, [-70.0; 200]), []);
        let told = hear(&mut listener, speech(-25.0, -70.0).take(300));
        assert!(matches!(told[..], [(at, true)] if (30..100).contains(&at)), "{told:?}");
        assert_eq!(hear(&mut listener, [-70.0; 390]), []);
        assert_eq!(hear(&mut listener, [-70.0; 390]).len(), 1);
    }

    #[test]
    fn a_cough_a_key_and_a_distant_voice_are_not_speech() {
        let check = |levels: Vec<f32>| assert_eq!(hear(&mut MutedSpeech::default(), levels), []);
        let quiet = vec![-70.0; 200];
        check([quiet.clone(), vec![-20.0; 25], quiet.clone()].concat());
        check((0..1000).map(|at| if at % 20 < 3 { -30.0 } else { -70.0 }).collect());
        check(speech(-50.0, -70.0).take(1000).collect());
    }

    #[test]
    fn noise_that_stays_is_not_speech_and_speech_above_it_is() {
        let mut listener = MutedSpeech::default();
        hear(&mut listener, [-40.0; 3000]);
        assert_eq!(hear(&mut listener, [-40.0; 1000]), []);
        assert_eq!(hear(&mut listener, speech(-22.0, -40.0).take(300)).len(), 1);
    }

    #[test]
    fn opening_the_gate_takes_the_notice_back() {
        let mut listener = MutedSpeech::default();
        hear(&mut listener, speech(-25.0, -70.0).take(300));
        assert_eq!(listener.reset(), Some(false));
        assert_eq!(listener.reset(), None);
    }
}
