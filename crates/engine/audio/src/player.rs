//! Playout of one sender.

use confab_media_model::{
    AudioBlock, AudioDecoder, AudioPacket, CodecError, JitterBuffer, JitterConfig, JitterStats, Playout,
};
use confab_types::{Dbfs, Mono};

/// Samples of one packet.
const SAMPLES: usize = 2 * AudioBlock::LEN;
/// Sound below this level may be stretched or cut unnoticed.
const QUIET: i8 = -50;

/// Turns the packets of one sender into a block every 10 ms: jitter buffer, decoder, repair of losses.
pub struct Player {
    jitter: JitterBuffer,
    decoder: Box<dyn AudioDecoder>,
    /// The packet being played.
    samples: [f32; SAMPLES],
    /// Whether its second half is still to be played.
    half_left: bool,
    /// Whether the last packet played was hardly audible.
    quiet: bool,
    /// Whether the sender was silent last: then there is nothing to fade out.
    silent: bool,
    /// Packets the decoder refused.
    refused: u64,
}

impl Player {
    /// For one stream (SSRC); the decoder is its own.
    pub fn new(decoder: Box<dyn AudioDecoder>) -> Self {
        Player {
            jitter: JitterBuffer::new(JitterConfig::default()),
            decoder,
            samples: [0.0; SAMPLES],
            half_left: false,
            quiet: true,
            silent: true,
            refused: 0,
        }
    }

    /// Takes one packet that came at `now`.
    pub fn push(&mut self, now: Mono, packet: AudioPacket<'_>) {
        self.jitter.push(now, packet);
    }

    /// The next 10 ms, stamped with `now`; call it every 10 ms. Silence before the first packet.
    pub fn pull(&mut self, now: Mono) -> AudioBlock {
        if !self.half_left {
            self.next_packet(now);
        }
        let half =
            if self.half_left { &self.samples[AudioBlock::LEN..] } else { &self.samples[..AudioBlock::LEN] };
        let mut block = AudioBlock::silence(now);
        block.samples.copy_from_slice(half);
        self.half_left = !self.half_left;
        block
    }

    /// Counters and delay of the jitter buffer; a packet that the decoder refused counts as malformed.
    pub fn stats(&self) -> JitterStats {
        let stats = self.jitter.stats();
        JitterStats { malformed: stats.malformed + self.refused, ..stats }
    }

    /// The stream was replaced (another SSRC): what is held of the old one is thrown away.
    pub fn reset(&mut self) {
        self.jitter.reset();
    }

    fn next_packet(&mut self, now: Mono) {
        match self.jitter.pull(now, self.quiet) {
            Playout::Packet(packet) => self.decode(|decoder, out| decoder.decode(&packet, out)),
            Playout::Fec(next) => self.decode(|decoder, out| decoder.decode_fec(&next, out)),
            Playout::Conceal => self.decode(|decoder, out| decoder.conceal(out)),
            Playout::Silence => self.fall_silent(),
        }
    }

    fn decode(
        &mut self,
        run: impl FnOnce(&mut dyn AudioDecoder, &mut [f32; SAMPLES]) -> Result<(), CodecError>,
    ) {
        if run(&mut *self.decoder, &mut self.samples).is_err() {
            self.refused += 1;
            self.conceal();
        }
        let energy: f32 = self.samples.iter().map(|sample| sample * sample).sum();
        self.quiet = Dbfs::from_rms((energy / SAMPLES as f32).sqrt()) < Dbfs::new(i32::from(QUIET));
        self.silent = false;
    }

    fn conceal(&mut self) {
        if self.decoder.conceal(&mut self.samples).is_err() {
            self.samples.fill(0.0);
        }
    }

    /// Fades out what was heard last, instead of cutting it off.
    fn fall_silent(&mut self) {
        if std::mem::replace(&mut self.silent, true) {
            self.samples.fill(0.0);
        } else {
            self.conceal();
            for (at, sample) in self.samples.iter_mut().enumerate() {
                *sample *= 1.0 - at as f32 / SAMPLES as f32;
            }
        }
        self.quiet = true;
    }
}

#[cfg(test)]
mod tests;
