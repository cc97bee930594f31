//! Sound on its way in: one player per leg, mixed for the speaker.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use confab_audio::{LevelMeter, Mixer, Player, RingTone};
use confab_codecs::OpusDecoder;
use confab_media_model::jitter::{AudioPacket, JitterStats};
use confab_media_model::{AudioBlock, CodecError, MediaFact, Ring};
use confab_types::LegId;

use crate::{Clock, FactSink};

/// Everyone who can be heard. Packets come in from transports, blocks go out to the speaker's thread.
pub struct Listening {
    clock: Clock,
    facts: FactSink,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    voices: BTreeMap<LegId, Voice>,
    ring: Option<RingTone>,
    /// A ring that was stopped, for the one block in which it fades out.
    fading: Option<RingTone>,
    mixer: Mixer,
}

/// The mixer's number of the ring; no leg has it.
const RING: u32 = u32::MAX;

struct Voice {
    player: Player,
    meter: LevelMeter,
    ssrc: Option<u32>,
}

impl Listening {
    /// Nobody yet.
    pub fn new(clock: Clock, facts: FactSink) -> Listening {
        Listening { clock, facts, heard: Mutex::new(Heard::default()) }
    }

    /// A leg that may carry a voice.
    pub fn open(&self, leg: LegId) -> Result<(), CodecError> {
        let player = Player::new(Box::new(OpusDecoder::new()?));
        let voice = Voice { player, meter: LevelMeter::new(), ssrc: None };
        self.heard().voices.insert(leg, voice);
        Ok(())
    }

    /// The leg is silent from now on; what it had waiting is thrown away.
    pub fn close(&self, leg: LegId) {
        self.heard().voices.remove(&leg);
    }

    /// A packet of a leg. A new SSRC starts its player over.
    pub fn packet(&self, leg: LegId, ssrc: u32, packet: AudioPacket<'_>) {
        let now = (self.clock)();
        let mut heard = self.heard();
        let Some(voice) = heard.voices.get_mut(&leg) else { return };
        if voice.ssrc.replace(ssrc).is_some_and(|before| before != ssrc) {
            voice.player.reset();
        }
        voice.player.push(now, packet);
    }

    /// Rings, or stops at once. The same ring again goes on.
    pub fn ring(&self, wanted: Option<Ring>) {
        let mut heard = self.heard();
        if heard.ring.as_ref().map(RingTone::kind) != wanted {
            heard.fading = heard.ring.take();
            heard.ring = wanted.map(RingTone::new);
        }
    }

    /// The next 10 ms of everyone together. Called on the speaker's thread.
    pub fn fill(&self, block: &mut AudioBlock) {
        let now = (self.clock)();
        let mut levels = Vec::new();
        {
            let mut heard = self.heard();
            let Heard { voices, ring, fading, mixer } = &mut *heard;
            if let Some(mut stopped) = fading.take() {
                mixer.add(RING, &stopped.pull(), 0.0);
            } else if let Some(ring) = ring {
                mixer.add(RING, &ring.pull(), 1.0);
            }
            for (leg, voice) in voices.iter_mut() {
                let one = voice.player.pull(now);
                mixer.add(leg.0, &one, 1.0);
                if let Some(reading) = voice.meter.push(&one) {
                    levels.push((*leg, reading.rms));
                }
            }
            *block = mixer.finish(now);
        }
        for (leg, level) in levels {
            (self.facts)(MediaFact::Level(leg, level));
        }
    }

    /// How a leg's sound does.
    pub fn stats(&self, leg: LegId) -> Option<JitterStats> {
        self.heard().voices.get(&leg).map(|voice| voice.player.stats())
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
