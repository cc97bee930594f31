//! Opus behind the traits.

#[path = "scene/speech.rs"]
mod speech;

use confab_codecs::{OpusDecoder, OpusEncoder};
use confab_media_model::{AudioBlock, AudioDecoder, AudioEncoder, CodecError};
use confab_types::{Chance, Mono};
use speech::speech;

fn packets(blocks: &[AudioBlock]) -> Vec<Vec<u8>> {
    let mut encoder = OpusEncoder::new().unwrap();
    blocks.chunks_exact(2).map(|pair| encoder.encode(pair.try_into().unwrap()).unwrap()).collect()
}

fn samples(blocks: &[AudioBlock]) -> Vec<f32> {
    blocks.iter().flat_map(|block| block.samples).collect()
}

/// The best normalised correlation of two sounds within a shift of up to 20 ms.
fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let best = |shift: usize| {
        let pairs = || a.iter().zip(&b[shift..]);
        let dot: f32 = pairs().map(|(a, b)| a * b).sum();
        let energy: f32 = pairs().map(|(a, _)| a * a).sum::<f32>() * pairs().map(|(_, b)| b * b).sum::<f32>();
        dot / energy.sqrt().max(1e-9)
    };
    (0..960.min(b.len())).map(best).fold(0.0, f32::max)
}

#[test]
fn a_tone_survives_encoding_and_decoding() {
    let blocks: Vec<_> = (0..100)
        .map(|number| {
            let mut block = AudioBlock::silence(Mono::ZERO);
            for (at, sample) in block.samples.iter_mut().enumerate() {
                let turns = (number * AudioBlock::LEN + at) as f32 * 440.0 / 48_000.0;
                *sample = 0.3 * (std::f32::consts::TAU * turns).sin();
            }
            block
        })
        .collect();
    let mut decoder = OpusDecoder::new().unwrap();
    let mut heard = Vec::new();
    for packet in packets(&blocks) {
        let mut out = [0.0; 960];
        decoder.decode(&packet, &mut out).unwrap();
        heard.extend(out);
    }
    let sent = samples(&blocks);
    assert!(correlation(&sent[4_800..24_000], &heard[4_800..26_000]) > 0.97);
}

#[test]
fn speech_stays_near_its_bitrate_and_silence_nearly_vanishes() {
    let speaking = packets(&speech(500));
    let bits = 8 * speaking.iter().map(Vec::len).sum::<usize>() / 5;
    assert!((20_000..40_000).contains(&bits), "{bits} bit/s");
    let silent = packets(&vec![AudioBlock::silence(Mono::ZERO); 500]);
    assert!(silent.iter().all(|packet| !packet.is_empty()));
    let tiny = silent.iter().filter(|packet| packet.len() <= 2).count();
    assert!(tiny > 200, "{tiny} of 250 packets");
}

#[test]
fn a_lost_packet_is_rebuilt_better_than_it_is_invented() {
    let blocks = speech(400);
    let packets = packets(&blocks);
    let decode_with = |repair: &mut dyn FnMut(&mut OpusDecoder, usize, &mut [f32; 960])| {
        let mut decoder = OpusDecoder::new().unwrap();
        let (mut error, mut energy, mut whole) = (0.0, 0.0, OpusDecoder::new().unwrap());
        for (at, packet) in packets.iter().enumerate() {
            let (mut out, mut truth) = ([0.0; 960], [0.0; 960]);
            whole.decode(packet, &mut truth).unwrap();
            if at % 10 == 5 {
                repair(&mut decoder, at, &mut out);
                error += out.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
                energy += truth.iter().map(|sample| sample.powi(2)).sum::<f32>();
            } else {
                decoder.decode(packet, &mut out).unwrap();
            }
        }
        10.0 * (energy / error).log10()
    };
    let rebuilt = decode_with(&mut |decoder, at, out| decoder.decode_fec(&packets[at + 1], out).unwrap());
    let invented = decode_with(&mut |decoder, _, out| decoder.conceal(out).unwrap());
    assert!(rebuilt > invented + 2.0, "rebuilt {rebuilt:.1} dB, invented {invented:.1} dB");
}

#[test]
fn what_is_no_packet_of_20_ms_is_an_error_and_the_decoder_goes_on() {
    let blocks = speech(20);
    let good = packets(&blocks);
    let mut decoder = OpusDecoder::new().unwrap();
    let mut out = [0.0; 960];
    // TOC bytes of 10 ms and 60 ms, and a code 3 packet without its frame count (RFC 6716, 3.1).
    for bad in [&[][..], &[0x70, 1, 2], &[0x18, 1, 2, 3], &[0x7b]] {
        assert!(matches!(decoder.decode(bad, &mut out), Err(CodecError::Bitstream(_))), "{bad:?}");
        assert!(decoder.decode_fec(bad, &mut out).is_err());
    }
    let mut chance = Chance::from_number(9);
    for _ in 0..2_000 {
        let noise: Vec<u8> = (0..chance.below(200)).map(|_| chance.bits() as u8).collect();
        let _ = decoder.decode(&noise, &mut out);
        let _ = decoder.decode_fec(&noise, &mut out);
        assert!(out.iter().all(|sample| sample.is_finite()));
    }
    for packet in &good {
        decoder.decode(packet, &mut out).unwrap();
    }
}

#[test]
fn a_drivers_nan_does_not_stay_in_the_encoder() {
    let mut encoder = OpusEncoder::new().unwrap();
    let mut decoder = OpusDecoder::new().unwrap();
    let mut poisoned = AudioBlock::silence(Mono::ZERO);
    poisoned.samples.fill(f32::NAN);
    encoder.encode(&[poisoned.clone(), poisoned]).unwrap();
    let mut peak = 0.0_f32;
    for pair in speech(40).chunks_exact(2) {
        let mut out = [0.0; 960];
        decoder.decode(&encoder.encode(pair.try_into().unwrap()).unwrap(), &mut out).unwrap();
        peak = out.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
    }
    assert!((0.01..=1.5).contains(&peak), "{peak}");
    encoder.set_expected_loss(200).unwrap();
}
