//! How much a codec costs, as ratios to copying the same memory on the same machine, so that figures of different
//! machines compare. Prints one line of JSON.
//!
//! `h264_encode_per_copy` tells whether assembly is in: without it, it is about 2.5 times as high.

#[path = "../tests/scene/picture.rs"]
mod picture;
#[path = "../tests/scene/speech.rs"]
mod speech;

use std::hint::black_box;
use std::time::Instant;

use confab_codecs::{OpenH264Decoder, OpenH264Encoder, OpusDecoder, OpusEncoder};
use confab_media_model::{
    AudioDecoder, AudioEncoder, VideoContent, VideoDecoder, VideoEncoder, VideoFrame, VideoTune,
};
use confab_types::{Bitrate, MediaTime, Mono};

const PICTURES: u32 = 60;

/// Milliseconds per turn, the best of three runs.
fn millis_per_turn(turns: u32, mut run: impl FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1_000.0 / f64::from(turns)
    };
    (0..3).map(|_| once(&mut run)).fold(f64::MAX, f64::min)
}

fn main() {
    let pictures: Vec<VideoFrame> = (0..PICTURES).map(|number| picture::picture(1280, 720, number)).collect();
    let mut copy = pictures[0].data().to_vec();
    let copy_ms = millis_per_turn(PICTURES, || {
        for picture in &pictures {
            copy.copy_from_slice(black_box(picture.data()));
            black_box(&mut copy);
        }
    });

    let tune = VideoTune { content: VideoContent::Camera, bitrate: Bitrate::kilobits(1_500), fps: 30 };
    let mut units = Vec::new();
    let encode_ms = millis_per_turn(PICTURES, || {
        let mut encoder = OpenH264Encoder::new(tune);
        let encoded = pictures.iter().zip(0..).map(|(picture, number)| {
            encoder.encode(picture, MediaTime(number * 3_000), false).expect("the library encodes 720p")
        });
        units = encoded.flatten().collect();
    });
    let decode_ms = millis_per_turn(units.len() as u32, || {
        let mut decoder = OpenH264Decoder::new();
        for unit in &units {
            black_box(decoder.decode(unit, Mono::ZERO).expect("our own stream decodes"));
        }
    });

    let speech = speech::speech(200);
    let mut packets = Vec::new();
    let opus_encode_ms = millis_per_turn(100, || {
        let mut encoder = OpusEncoder::new().expect("the library opens");
        let encoded = speech.chunks_exact(2).map(|pair| {
            encoder.encode(pair.try_into().expect("chunks of two")).expect("the library encodes speech")
        });
        packets = encoded.collect();
    });
    let opus_decode_ms = millis_per_turn(100, || {
        let mut decoder = OpusDecoder::new().expect("the library opens");
        let mut out = [0.0; 960];
        for packet in &packets {
            decoder.decode(packet, &mut out).expect("our own packets decode");
            black_box(&mut out);
        }
    });

    println!(
        "{{\"copy_720p_ms\":{copy_ms:.4},\"h264_encode_ms\":{encode_ms:.3},\"h264_decode_ms\":{decode_ms:.3},\
         \"h264_encode_per_copy\":{:.1},\"h264_decode_per_copy\":{:.1},\
         \"opus_encode_ms\":{opus_encode_ms:.4},\"opus_decode_ms\":{opus_decode_ms:.4},\
         \"opus_encode_share_of_realtime\":{:.4}}}",
        encode_ms / copy_ms,
        decode_ms / copy_ms,
        opus_encode_ms / 20.0,
    );
}
