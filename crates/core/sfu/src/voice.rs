//! Evidence that one publisher speaks, from the levels in its packets (RFC 6464).
//!
//! A frame is loud when it stands out of the publisher's own noise. Loud time adds to the evidence, quiet time takes half
//! as much away: pauses between syllables do not reset it, a cough or a door does not reach the mark.

use std::time::Duration;

use confab_types::{Dbfs, Mono};

/// How much of the time between two packets counts as the later one's: longer gaps are loss or silence suppression.
const FRAME_MAX: Duration = Duration::from_millis(60);
/// Evidence never grows beyond this, so that who stops is soon known to have stopped.
const EVIDENCE_MAX: Duration = Duration::from_millis(500);
/// How far a frame must stand out of the noise, in dB.
const ABOVE_NOISE: f32 = 12.0;
/// Nothing quieter is speech, in dBFS.
const QUIETEST_SPEECH: f32 = -55.0;
/// The noise estimate stays within these, in dBFS; louder noise is treated as speech.
const NOISE: std::ops::RangeInclusive<f32> = -90.0..=-42.0;
/// How fast the noise estimate rises, in dB per second: slower than a sentence, faster than patience with a fan.
const NOISE_RISE: f32 = 4.0;

/// What is known of one publisher's sound.
#[derive(Clone, Debug)]
pub struct Voice {
    evidence: Duration,
    noise: f32,
    loudness: f32,
    level: Dbfs,
    heard: Option<Mono>,
    loud: Option<Mono>,
}

impl Default for Voice {
    fn default() -> Self {
        Voice {
            evidence: Duration::ZERO,
            noise: -65.0,
            loudness: -127.0,
            level: Dbfs::SILENCE,
            heard: None,
            loud: None,
        }
    }
}

impl Voice {
    /// Loud time that makes a speaker: longer than a cough, short enough to follow within half a second.
    pub const SPEECH: Duration = Duration::from_millis(300);
    /// Quiet time after which somebody who spoke no longer does.
    pub const SILENCE: Duration = Duration::from_millis(250);

    /// The level of a packet that arrived at `now`.
    pub fn hear(&mut self, now: Mono, level: Dbfs) {
        let gap = self.heard.map_or(Duration::from_millis(20), |heard| now.since(heard));
        let frame = gap.min(FRAME_MAX);
        self.fade(gap - frame);
        let loud_at = (self.noise + ABOVE_NOISE).max(QUIETEST_SPEECH);
        let db = f32::from(level.get());
        if db >= loud_at {
            self.evidence = (self.evidence + frame).min(EVIDENCE_MAX);
            self.loud = Some(now);
        } else {
            self.fade(frame);
        }
        let risen = self.noise + NOISE_RISE * frame.as_secs_f32();
        self.noise = db.min(risen).clamp(*NOISE.start(), *NOISE.end());
        // A time constant of about 200 ms, whatever the packet length.
        let weight = (frame.as_secs_f32() / 0.2).min(1.0);
        self.loudness += (db - self.loudness) * weight;
        self.level = level;
        self.heard = Some(now);
    }

    /// Whether speech has been heard long enough and has not stopped.
    pub fn speaks(&self, now: Mono) -> bool {
        self.evidence >= Voice::SPEECH && !self.pauses(now)
    }

    /// Whether nothing loud was heard for [`Voice::SILENCE`].
    pub fn pauses(&self, now: Mono) -> bool {
        self.loud.is_none_or(|loud| now.since(loud) >= Voice::SILENCE)
    }

    /// When something loud was heard last.
    pub fn last_loud(&self) -> Option<Mono> {
        self.loud
    }

    /// Smoothed level in dBFS, to compare people who speak at once.
    pub fn loudness(&self) -> f32 {
        self.loudness
    }

    /// The last packet's level, unless it is older than a second.
    pub fn level(&self, now: Mono) -> Option<Dbfs> {
        let heard = self.heard?;
        (now.since(heard) <= Duration::from_secs(1)).then_some(self.level)
    }

    /// Forgets what was said but not how noisy it is there (muted).
    pub fn hush(&mut self) {
        *self = Voice { noise: self.noise, ..Voice::default() };
    }

    fn fade(&mut self, quiet: Duration) {
        self.evidence = self.evidence.saturating_sub(quiet / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds levels every 20 ms from `start` and says when the voice first speaks.
    fn first_speech(voice: &mut Voice, start: u64, levels: impl IntoIterator<Item = i32>) -> Option<u64> {
        let mut spoken = None;
        for (n, level) in (0..).zip(levels) {
            let now = Mono::from_millis(start + n * 20);
            voice.hear(now, Dbfs::new(level));
            if spoken.is_none() && voice.speaks(now) {
                spoken = Some(n * 20);
            }
        }
        spoken
    }

    #[test]
    fn speech_with_pauses_between_syllables_is_known_within_half_a_second() {
        let syllables = (0..50).map(|n| if n % 13 < 10 { -24 } else { -60 });
        let after = first_speech(&mut Voice::default(), 0, syllables).unwrap();
        assert!((200..=450).contains(&after), "{after} ms");
    }

    #[test]
    fn a_cough_is_no_speech() {
        let cough = (0..12).map(|_| -12).chain((0..50).map(|_| -65));
        assert_eq!(first_speech(&mut Voice::default(), 0, cough), None);
    }

    #[test]
    fn a_steady_fan_becomes_noise_and_speech_above_it_is_still_heard() {
        let mut voice = Voice::default();
        first_speech(&mut voice, 0, (0..1_000).map(|_| -46));
        assert!(!voice.speaks(Mono::from_millis(20_000)));
        assert!(first_speech(&mut voice, 20_000, (0..25).map(|_| -22)).is_some());
    }

    #[test]
    fn the_level_is_only_known_while_packets_come() {
        let mut voice = Voice::default();
        voice.hear(Mono::from_millis(100), Dbfs::new(-30));
        assert_eq!(voice.level(Mono::from_millis(1_000)), Some(Dbfs::new(-30)));
        assert_eq!(voice.level(Mono::from_millis(1_200)), None);
    }
}
