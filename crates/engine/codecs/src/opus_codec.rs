//! Opus, mono speech at 48 kHz, packets of 20 ms.

use confab_media_model::{AudioBlock, AudioDecoder, AudioEncoder, CodecError};
use opus::{Application, Bitrate, Channels, Decoder, Encoder, Signal, packet};

/// Samples of one packet.
const SAMPLES: usize = 2 * AudioBlock::LEN;
/// Most bytes of one packet: what fits a datagram beside its headers; 20 ms at 32 kbit/s have 80.
const MAX_PACKET: usize = 1_200;
/// Target, bits per second: wide-band speech with its FEC copy.
const BITRATE: i32 = 32_000;
/// 0 … 10; 9 costs one hundredth of a core.
const COMPLEXITY: i32 = 9;
/// Loss to be ready for until the receiver tells, percent. FEC is off at 0.
const EXPECTED_LOSS: u8 = 10;

/// Encodes speech with in-band FEC and discontinuous transmission: in silence packets shrink to one or two bytes,
/// most of which need not be sent (RFC 7587, 3.1.3).
pub struct OpusEncoder {
    encoder: Encoder,
}

impl OpusEncoder {
    /// For one microphone.
    pub fn new() -> Result<Self, CodecError> {
        let mut encoder =
            Encoder::new(AudioBlock::RATE, Channels::Mono, Application::Voip).map_err(library)?;
        encoder.set_bitrate(Bitrate::Bits(BITRATE)).map_err(library)?;
        encoder.set_complexity(COMPLEXITY).map_err(library)?;
        encoder.set_signal(Signal::Voice).map_err(library)?;
        encoder.set_inband_fec(true).map_err(library)?;
        encoder.set_dtx(true).map_err(library)?;
        encoder.set_packet_loss_perc(i32::from(EXPECTED_LOSS)).map_err(library)?;
        Ok(OpusEncoder { encoder })
    }
}

impl AudioEncoder for OpusEncoder {
    fn encode(&mut self, blocks: &[AudioBlock; 2]) -> Result<Vec<u8>, CodecError> {
        let mut samples = [0.0; SAMPLES];
        for (to, from) in samples.iter_mut().zip(blocks.iter().flat_map(|block| &block.samples)) {
            // A driver's NaN would stay in the encoder's filters for ever.
            *to = if from.is_finite() { from.clamp(-1.0, 1.0) } else { 0.0 };
        }
        self.encoder.encode_vec_float(&samples, MAX_PACKET).map_err(library)
    }

    fn set_expected_loss(&mut self, percent: u8) -> Result<(), CodecError> {
        self.encoder.set_packet_loss_perc(i32::from(percent.min(100))).map_err(library)
    }
}

/// Decodes any Opus packet of 20 ms to mono.
pub struct OpusDecoder {
    decoder: Decoder,
}

impl OpusDecoder {
    /// For one sender.
    pub fn new() -> Result<Self, CodecError> {
        Ok(OpusDecoder { decoder: Decoder::new(AudioBlock::RATE, Channels::Mono).map_err(library)? })
    }

    fn run(&mut self, packet: &[u8], fec: bool, out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        let samples = self.decoder.decode_float(packet, out, fec).map_err(bitstream)?;
        // Shorter is impossible for a packet that was checked; never leave old sound in the buffer all the same.
        out[samples.min(SAMPLES)..].fill(0.0);
        Ok(())
    }
}

impl AudioDecoder for OpusDecoder {
    fn decode(&mut self, packet: &[u8], out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        check(packet)?;
        self.run(packet, false, out)
    }

    fn decode_fec(&mut self, next: &[u8], out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        check(next)?;
        self.run(next, true, out)
    }

    fn conceal(&mut self, out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        self.run(&[], false, out)
    }
}

/// Refuses what is not one packet of 20 ms, before the decoder's state can suffer.
fn check(packet: &[u8]) -> Result<(), CodecError> {
    if packet.is_empty() {
        return Err(CodecError::Bitstream("opus packet is empty".to_owned()));
    }
    match packet::get_nb_samples(packet, AudioBlock::RATE).map_err(bitstream)? {
        SAMPLES => Ok(()),
        samples => Err(CodecError::Bitstream(format!("opus packet has {samples} samples, not {SAMPLES}"))),
    }
}

fn library(error: opus::Error) -> CodecError {
    CodecError::Library(format!("{}: {}", error.function(), error.description()))
}

fn bitstream(error: opus::Error) -> CodecError {
    CodecError::Bitstream(format!("{}: {}", error.function(), error.description()))
}
