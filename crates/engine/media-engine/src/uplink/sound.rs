//! Microphone blocks to Opus packets.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use confab_audio::LevelMeter;
use confab_codecs::OpusEncoder;
use confab_media_model::{AudioBlock, AudioEncoder, CodecError, EncodedAudio, MediaFact};
use confab_rtc::Leg;
use confab_types::{Dbfs, MediaTime, Mono};

use super::MutedSpeech;
use crate::FactSink;

/// Where the own voice goes: the one leg that publishes it, and its gate. Shared between the microphone's thread and the
/// reconciling task.
#[derive(Default)]
pub struct Voice {
    to: Mutex<Option<Arc<Leg>>>,
    open: AtomicBool,
    listen: AtomicBool,
    expected_loss: AtomicU8,
    /// When its time began: a microphone that is closed and opened again goes on in the same time, as the far side's jitter
    /// buffer takes what seems to come from the past as late.
    start: OnceLock<Mono>,
}

impl Voice {
    /// Sends through this leg from now on.
    pub fn connect(&self, leg: Option<Arc<Leg>>) {
        *self.to.lock().unwrap_or_else(PoisonError::into_inner) = leg;
    }

    /// Lets go of this leg, if it is still the one.
    pub fn disconnect(&self, leg: &Arc<Leg>) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if to.as_ref().is_some_and(|now| Arc::ptr_eq(now, leg)) {
            *to = None;
        }
    }

    /// Opens or closes the gate before the encoder.
    pub fn set_open(&self, open: bool) {
        self.open.store(open, Relaxed);
    }

    /// Whether speech is to be noticed while the gate is closed. It goes nowhere.
    pub fn set_listen(&self, listen: bool) {
        self.listen.store(listen, Relaxed);
    }

    /// The loss the far side sees, 0.0 … 1.0.
    pub fn set_loss(&self, fraction: f32) {
        self.expected_loss.store((fraction.clamp(0.0, 1.0) * 100.0) as u8, Relaxed);
    }
}

/// The microphone's side: owned by the closure that takes its blocks.
pub struct Microphone {
    voice: Arc<Voice>,
    facts: FactSink,
    encoder: OpusEncoder,
    meter: LevelMeter,
    muted: MutedSpeech,
    first: Option<AudioBlock>,
    loss: u8,
}

impl Microphone {
    /// A microphone that speaks through `voice`.
    pub fn new(voice: Arc<Voice>, facts: FactSink) -> Result<Microphone, CodecError> {
        let encoder = OpusEncoder::new()?;
        let (meter, muted) = (LevelMeter::new(), MutedSpeech::default());
        Ok(Microphone { voice, facts, encoder, meter, muted, first: None, loss: 0 })
    }

    /// Takes 10 ms. Every second block makes a packet, if the gate is open and a leg is there.
    pub fn block(&mut self, block: &AudioBlock) {
        if let Some(reading) = self.meter.push(block) {
            (self.facts)(MediaFact::OwnLevel(reading.rms));
        }
        let open = self.voice.open.load(Relaxed);
        self.notice_speech(block, open);
        // The gate: with it closed nothing goes on to the encoder, and what waited for its second half is forgotten.
        if !open {
            self.first = None;
            return;
        }
        let Some(first) = self.first.take() else {
            self.first = Some(block.clone());
            return;
        };
        let leg = self.voice.to.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(leg) = leg.filter(|leg| leg.is_connected()) else { return };
        let loss = self.voice.expected_loss.load(Relaxed);
        if loss != self.loss && self.encoder.set_expected_loss(loss).is_ok() {
            self.loss = loss;
        }
        let start = *self.voice.start.get_or_init(|| first.captured);
        let level = Dbfs::max(first.level(), block.level());
        // The capture clock decides, so that a pause while muted is a pause at the far side too; packets stay on the 20 ms grid.
        let steps = (first.captured.since(start).as_micros() + 10_000) / 20_000;
        let time = MediaTime((steps as u32).wrapping_mul(960));
        match self.encoder.encode(&[first, block.clone()]) {
            Ok(data) if !data.is_empty() => leg.send_audio(EncodedAudio { data, time, level }),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "sound was not encoded"),
        }
    }

    fn notice_speech(&mut self, block: &AudioBlock, open: bool) {
        let listen = !open && self.voice.listen.load(Relaxed);
        let news = if listen { self.muted.push(block) } else { self.muted.reset() };
        if let Some(speaks) = news {
            (self.facts)(MediaFact::MutedSpeech(speaks));
        }
    }
}
