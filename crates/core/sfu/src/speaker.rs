//! Who is speaking in a room.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_types::{Dbfs, LegId, Mono};

use crate::voice::Voice;

/// Follows the active speaker of one room: within 500 ms of sustained speech, not on a cough, at most four changes a
/// second, and without flapping between two who speak at once.
#[derive(Clone, Debug, Default)]
pub struct SpeakerDetector {
    voices: BTreeMap<LegId, Voice>,
    current: Option<LegId>,
    changed: Option<Mono>,
}

impl SpeakerDetector {
    /// Least time between two changes: four a second.
    pub const DWELL: Duration = Duration::from_millis(250);
    /// How long somebody stays the speaker while nobody says anything.
    pub const HOLD: Duration = Duration::from_secs(3);
    /// How much louder, in dB, an interrupter must be than the speaker who goes on.
    pub const INTERRUPTS: f32 = 6.0;

    /// A level came from a publisher.
    pub fn hear(&mut self, now: Mono, leg: LegId, level: Dbfs) {
        self.voices.entry(leg).or_default().hear(now, level);
    }

    /// A publisher was muted.
    pub fn hush(&mut self, leg: LegId) {
        if let Some(voice) = self.voices.get_mut(&leg) {
            voice.hush();
        }
    }

    /// A publisher is gone.
    pub fn remove(&mut self, leg: LegId) {
        self.voices.remove(&leg);
    }

    /// The last level of a publisher, unless it is older than a second.
    pub fn level(&self, now: Mono, leg: LegId) -> Option<Dbfs> {
        self.voices.get(&leg)?.level(now)
    }

    /// The speaker as last decided.
    pub fn current(&self) -> Option<LegId> {
        self.current
    }

    /// Decides anew. `Some` when the speaker changed, with who it is now. Call it whenever a level came and at least
    /// every [`SpeakerDetector::DWELL`] while somebody is the speaker.
    pub fn decide(&mut self, now: Mono) -> Option<Option<LegId>> {
        if self.changed.is_some_and(|changed| now.since(changed) < Self::DWELL) {
            return None;
        }
        let next = self.choose(now);
        if next == self.current {
            return None;
        }
        self.current = next;
        self.changed = Some(now);
        Some(next)
    }

    fn choose(&self, now: Mono) -> Option<LegId> {
        let speaking = self.voices.iter().filter(|(_, voice)| voice.speaks(now));
        // Of two equally loud the one with the smaller number: any rule will do that does not flap.
        let loudest = speaking.rev().max_by(|(_, a), (_, b)| a.loudness().total_cmp(&b.loudness()));
        let current = self.current.and_then(|leg| Some((leg, self.voices.get(&leg)?)));
        match (current, loudest) {
            (Some((leg, voice)), Some((other, challenger))) if *other != leg => {
                let interrupts = challenger.loudness() >= voice.loudness() + Self::INTERRUPTS;
                Some(if voice.pauses(now) || interrupts { *other } else { leg })
            }
            (_, Some((leg, _))) => Some(*leg),
            (Some((leg, voice)), None) => {
                let lately = voice.last_loud().is_some_and(|loud| now.since(loud) < Self::HOLD);
                lately.then_some(leg)
            }
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);
    const TALK: i32 = -22;
    const ROOM: i32 = -66;

    /// Everybody's levels every 20 ms for a span; returns the changes.
    fn run(detector: &mut SpeakerDetector, from: u64, to: u64, a: i32, b: i32) -> Vec<(u64, Option<LegId>)> {
        let mut changes = Vec::new();
        for ms in (from..to).step_by(20) {
            let now = Mono::from_millis(ms);
            detector.hear(now, A, Dbfs::new(a));
            detector.hear(now, B, Dbfs::new(b));
            changes.extend(detector.decide(now).map(|speaker| (ms - from, speaker)));
        }
        changes
    }

    #[test]
    fn the_speaker_follows_a_change_of_turn_within_half_a_second() {
        let mut room = SpeakerDetector::default();
        let first = run(&mut room, 0, 3_000, TALK, ROOM);
        assert!(matches!(first[..], [(0..=500, Some(A))]), "{first:?}");
        let second = run(&mut room, 3_000, 5_000, ROOM, TALK);
        assert!(matches!(second[..], [(0..=500, Some(B))]), "{second:?}");
    }

    #[test]
    fn a_cough_does_not_take_the_floor() {
        let mut room = SpeakerDetector::default();
        run(&mut room, 0, 2_000, TALK, ROOM);
        assert_eq!(run(&mut room, 2_000, 2_240, ROOM, -8), []);
        assert_eq!(run(&mut room, 2_240, 4_000, TALK, ROOM), []);
    }

    #[test]
    fn two_who_speak_at_once_do_not_flap_and_a_louder_one_interrupts() {
        let mut room = SpeakerDetector::default();
        run(&mut room, 0, 2_000, TALK, ROOM);
        assert_eq!(run(&mut room, 2_000, 5_000, TALK, TALK + 2), []);
        let louder = run(&mut room, 5_000, 7_000, TALK, TALK + 10);
        assert!(matches!(louder[..], [(_, Some(B))]), "{louder:?}");
    }

    #[test]
    fn after_a_while_of_silence_nobody_is_the_speaker() {
        let mut room = SpeakerDetector::default();
        run(&mut room, 0, 2_000, TALK, ROOM);
        let changes = run(&mut room, 2_000, 8_000, ROOM, ROOM);
        assert!(matches!(changes[..], [(2_800..=3_200, None)]), "{changes:?}");
    }

    #[test]
    fn somebody_who_is_muted_or_gone_is_not_the_speaker() {
        let mut room = SpeakerDetector::default();
        run(&mut room, 0, 2_000, TALK, ROOM);
        room.hush(A);
        assert_eq!(room.decide(Mono::from_millis(2_000)), Some(None));
        run(&mut room, 2_500, 4_000, ROOM, TALK);
        assert_eq!(room.current(), Some(B));
        room.remove(B);
        assert_eq!(room.decide(Mono::from_millis(4_000)), Some(None));
    }
}
