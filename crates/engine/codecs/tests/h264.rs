//! OpenH264 behind the traits: what goes in comes out, at the wanted rate, and rubbish does no harm.

#[path = "scene/picture.rs"]
mod picture;

use confab_codecs::{OpenH264Decoder, OpenH264Encoder};
use confab_media_model::h264::{self, NalType, nal_type, nal_units, sps};
use confab_media_model::{
    CodecError, EncodedVideo, VideoContent, VideoDecoder, VideoEncoder, VideoFrame, VideoTune,
};
use confab_types::{Bitrate, Chance, MediaTime, Mono};
use picture::picture;

const FPS: u32 = 30;

fn encoder(content: VideoContent, kbps: u32) -> OpenH264Encoder {
    OpenH264Encoder::new(VideoTune { content, bitrate: Bitrate::kilobits(kbps), fps: FPS })
}

fn time(number: u32) -> MediaTime {
    // Begins shortly before the wrap.
    MediaTime((u32::MAX - 20_000).wrapping_add(number * 90_000 / FPS))
}

fn encode(encoder: &mut OpenH264Encoder, number: u32, key: bool) -> Option<EncodedVideo> {
    encoder.encode(&picture(640, 360, number), time(number), key).unwrap()
}

/// Units of pictures `from..to`; skipped pictures are left out.
fn encode_all(encoder: &mut OpenH264Encoder, from: u32, to: u32) -> Vec<EncodedVideo> {
    (from..to).filter_map(|number| encode(encoder, number, false)).collect()
}

/// Luma peak signal-to-noise ratio in dB.
fn psnr(a: &VideoFrame, b: &VideoFrame) -> f64 {
    let errors = a.y().iter().zip(b.y()).map(|(a, b)| f64::from(i16::from(*a) - i16::from(*b)).powi(2));
    let mse = errors.sum::<f64>() / a.y().len() as f64;
    10.0 * (255.0 * 255.0 / mse.max(1e-9)).log10()
}

#[test]
fn a_moving_picture_survives_encoding_and_decoding() {
    for content in [VideoContent::Camera, VideoContent::Screen] {
        let (mut encoder, mut decoder) = (encoder(content, 1_500), OpenH264Decoder::new());
        let (mut shown, mut worst) = (0, f64::MAX);
        for number in 0..60 {
            let Some(unit) = encode(&mut encoder, number, false) else { continue };
            assert_eq!(unit.time, time(number));
            assert_eq!(unit.key, number == 0);
            let captured = Mono::from_millis(u64::from(number));
            let frame = decoder.decode(&unit, captured).unwrap().expect("every unit is a picture");
            assert_eq!((frame.width(), frame.height(), frame.captured), (640, 360, captured));
            worst = worst.min(psnr(&frame, &picture(640, 360, number)));
            shown += 1;
        }
        assert!(shown >= 50, "{content:?}: {shown} of 60 pictures");
        assert!(worst > 27.0, "{content:?}: {worst:.1} dB");
    }
}

#[test]
fn the_stream_is_constrained_baseline_in_annex_b_with_parameter_sets_on_key_pictures() {
    let mut encoder = encoder(VideoContent::Camera, 800);
    let key = encode(&mut encoder, 0, false).unwrap();
    assert!(h264::is_key(&key.data));
    let types: Vec<_> = nal_units(&key.data).filter_map(nal_type).collect();
    assert_eq!(types, [NalType::SPS, NalType::PPS, NalType::IDR]);
    let sps = sps::parse(nal_units(&key.data).next().unwrap()).unwrap();
    // Profile 66 with constraint_set1: constrained baseline (ITU-T H.264, A.2.1.1).
    assert_eq!((sps.profile, sps.constraints & 0x40), (66, 0x40));
    assert_eq!((sps.width, sps.height), (640, 360));
    let delta = encode(&mut encoder, 1, false).unwrap();
    assert!(!delta.key && !h264::is_key(&delta.data));
}

#[test]
fn the_bitrate_is_met_and_follows_at_run_time_without_a_key_picture() {
    let mut encoder = encoder(VideoContent::Camera, 400);
    let mut from = 0;
    for kbps in [400, 1_000, 250, 600, 200] {
        encoder.set_bitrate(Bitrate::kilobits(kbps)).unwrap();
        // Two seconds to settle, four to measure.
        let settling = encode_all(&mut encoder, from, from + 60);
        let measured = encode_all(&mut encoder, from + 60, from + 180);
        let bytes: usize = measured.iter().map(|unit| unit.data.len()).sum();
        let got = bytes as f64 * 8.0 / 4.0 / 1_000.0;
        assert!((got / f64::from(kbps) - 1.0).abs() < 0.25, "{got:.0} kbit/s for {kbps}");
        assert!(measured.len() >= 100, "{} of 120 pictures at {kbps} kbit/s", measured.len());
        let keys = settling.iter().chain(&measured).filter(|unit| unit.key).count();
        assert_eq!(keys, usize::from(from == 0), "at {kbps} kbit/s");
        from += 180;
    }
}

#[test]
fn the_bitrate_is_met_with_fewer_pictures_than_were_announced() {
    let mut encoder = encoder(VideoContent::Camera, 400);
    let mut bytes_at = |every: u32, seconds: std::ops::Range<u32>| {
        let numbers = (seconds.start * FPS..seconds.end * FPS).step_by(every as usize);
        let units = numbers.filter_map(|number| encode(&mut encoder, number, false));
        units.map(|unit| unit.data.len()).sum::<usize>() as f64 * 8.0 / f64::from(seconds.end - seconds.start)
    };
    bytes_at(3, 0..3);
    let slow = bytes_at(3, 3..8);
    let rising = bytes_at(1, 8..10);
    let fast = bytes_at(1, 10..14);
    for (bits, most) in [(slow, 0.25), (rising, 0.6), (fast, 0.25)] {
        assert!((bits / 400_000.0 - 1.0).abs() < most, "{slow:.0}, then {rising:.0}, then {fast:.0} bit/s");
    }
}

#[test]
fn a_bitrate_set_before_the_first_picture_holds() {
    let mut encoder = encoder(VideoContent::Camera, 3_000);
    encoder.set_bitrate(Bitrate::kilobits(300)).unwrap();
    let bytes: usize = encode_all(&mut encoder, 0, 150).iter().skip(30).map(|unit| unit.data.len()).sum();
    assert!(bytes * 8 / 4 < 400_000, "{bytes} bytes in four seconds");
}

#[test]
fn a_key_picture_comes_when_it_is_asked_for() {
    let mut encoder = encoder(VideoContent::Camera, 1_000);
    let keys: Vec<_> = (0..30)
        .filter(|number| encode(&mut encoder, *number, number % 10 == 7).is_some_and(|u| u.key))
        .collect();
    assert_eq!(keys, [0, 7, 17, 27]);
}

#[test]
fn another_size_starts_a_new_sequence_at_the_present_bitrate() {
    let (mut encoder, mut decoder) = (encoder(VideoContent::Camera, 2_000), OpenH264Decoder::new());
    encode_all(&mut encoder, 0, 10);
    encoder.set_bitrate(Bitrate::kilobits(300)).unwrap();
    let mut sizes = Vec::new();
    for (number, (width, height)) in [(320, 180), (320, 180), (960, 540), (16, 16)].into_iter().enumerate() {
        let frame = picture(width, height, number as u32);
        let unit = encoder.encode(&frame, time(10 + number as u32), false).unwrap().unwrap();
        assert_eq!(unit.key, number != 1);
        let shown = decoder.decode(&unit, Mono::ZERO).unwrap().unwrap();
        sizes.push((shown.width(), shown.height()));
    }
    assert_eq!(sizes, [(320, 180), (320, 180), (960, 540), (16, 16)]);
    let bytes: usize = (20..140)
        .filter_map(|number| encoder.encode(&picture(320, 180, number), time(number), false).unwrap())
        .skip(30)
        .map(|unit| unit.data.len())
        .sum();
    assert!(bytes * 8 / 3 < 400_000, "{bytes} bytes in three seconds");
}

#[test]
fn sizes_out_of_bounds_are_refused_and_do_no_harm() {
    let mut encoder = encoder(VideoContent::Camera, 500);
    for (width, height) in [(8, 8), (4096, 64), (2400, 2400)] {
        let frame = VideoFrame::black(width, height, Mono::ZERO);
        assert_eq!(encoder.encode(&frame, time(0), false), Err(CodecError::Size(width, height)));
    }
    assert!(encode(&mut encoder, 0, false).unwrap().key);
}

#[test]
fn after_a_lost_picture_the_decoder_refuses_until_a_key_picture() {
    let (mut encoder, mut decoder) = (encoder(VideoContent::Camera, 1_000), OpenH264Decoder::new());
    let units: Vec<_> = (0..12).filter_map(|number| encode(&mut encoder, number, number == 8)).collect();
    assert!(decoder.decode(&units[1], Mono::ZERO).is_err(), "a stream cannot begin in the middle");
    assert!(decoder.decode(&units[0], Mono::ZERO).unwrap().is_some());
    assert!(decoder.decode(&units[1], Mono::ZERO).unwrap().is_some());
    let mut damaged = units[2].clone();
    damaged.data.truncate(20);
    assert!(decoder.decode(&damaged, Mono::ZERO).is_err());
    for unit in &units[3..8] {
        assert!(matches!(decoder.decode(unit, Mono::ZERO), Err(CodecError::Bitstream(_))));
    }
    let shown = decoder.decode(&units[8], Mono::ZERO).unwrap().unwrap();
    assert!(psnr(&shown, &picture(640, 360, 8)) > 27.0);
}

#[test]
fn a_parameter_set_of_a_giant_never_reaches_the_library() {
    // Profile 66, level 5.2, then Golomb codes: id 0, frame number 0, order type 2, one reference, no gaps,
    // 512 macroblocks wide and high, frames only.
    let giant = [
        0,
        0,
        0,
        1,
        0x67,
        66,
        0xc0,
        52,
        0b1101_1010,
        0,
        0b0010_0000,
        0,
        0b0000_0100,
        0b0000_0001,
        0b1001_0000,
    ];
    let mut encoder = encoder(VideoContent::Camera, 500);
    let mut unit = encode(&mut encoder, 0, false).unwrap();
    unit.data.splice(0..0, giant);
    let mut decoder = OpenH264Decoder::new();
    let refused = decoder.decode(&unit, Mono::ZERO);
    assert_eq!(refused, Err(CodecError::Size(8192, 8192)));
}

#[test]
fn rubbish_is_an_error_and_the_next_key_picture_recovers() {
    let (mut encoder, mut decoder) = (encoder(VideoContent::Camera, 600), OpenH264Decoder::new());
    let mut chance = Chance::from_number(42);
    let good: Vec<_> = (0..40).filter_map(|number| encode(&mut encoder, number, number % 4 == 0)).collect();
    for (round, unit) in good.iter().enumerate() {
        let mut bad = unit.clone();
        for _ in 0..=chance.below(30) {
            let at = chance.below(bad.data.len() as u64) as usize;
            match chance.below(3) {
                0 => bad.data[at] = chance.bits() as u8,
                1 => bad.data[at] ^= 1 << chance.below(8),
                _ => bad.data.truncate(at.max(8)),
            }
        }
        // Damage inside a slice may decode to a wrong picture: what counts is that nothing panics or grows.
        if let Ok(Some(frame)) = decoder.decode(&bad, Mono::ZERO) {
            assert!(frame.width() <= sps::MAX_SIDE && frame.height() <= sps::MAX_SIDE, "round {round}");
        }
        let noise = (0..chance.below(400)).map(|_| chance.bits() as u8).collect();
        let noise = EncodedVideo { data: noise, time: MediaTime(0), key: chance.percent(50) };
        let _ = decoder.decode(&noise, Mono::ZERO);
        if unit.key {
            let shown = decoder.decode(unit, Mono::ZERO);
            // The damaged unit may have left a decoder that looks healthy: then the caller's next key unit heals it.
            let shown = if shown.is_err() { decoder.decode(unit, Mono::ZERO) } else { shown };
            assert!(shown.is_ok_and(|frame| frame.is_some()), "round {round}");
        }
    }
}
