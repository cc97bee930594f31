//! A page of small text, from the screen of one to the eyes of another: captured, encoded as a share, decoded.

use std::time::Duration;

use confab_codecs::{OpenH264Decoder, OpenH264Encoder};
use confab_media_model::{Devices, VideoContent, VideoDecoder, VideoEncoder, VideoFrame, VideoTune};
use confab_types::{Bitrate, MediaTime};

use crate::painter::Painter;
use crate::screen::capture;
use crate::sound::devices;

const SOON: Duration = Duration::from_secs(15);
/// A share as it is planned.
const SHARE: VideoTune =
    VideoTune { content: VideoContent::Screen, bitrate: Bitrate::kilobits(2_500), fps: 15 };
/// After a change, pictures come every 200 ms: ten of them are two seconds.
const PICTURES: usize = 10;
/// Text of 11 pixels is read without effort above this, dB.
const LEGIBLE: f64 = 35.0;

pub fn small_text_can_be_read_two_seconds_after_it_came() {
    let mut painter = Painter::start();
    painter.tell("size 1280 720");
    let window = devices().watch_shares().look().pop().expect("the window is listed");
    let (_guard, frames) = capture(Some(&window.id), Box::new(|fault| panic!("screen: {fault}")));
    let (mut encoder, mut decoder) = (OpenH264Encoder::new(SHARE), OpenH264Decoder::new());
    let mut before = frames.recv_timeout(SOON).expect("a picture");
    let start = before.captured;
    for page in 1..=4 {
        painter.tell(&format!("page {page}"));
        let (mut written, mut seen) = (0, Vec::new());
        while written < PICTURES {
            let frame = frames.recv_timeout(SOON).expect("pictures come");
            let time = MediaTime((frame.captured.since(start).as_micros() * 9 / 100) as u32);
            let unit = encoder.encode(&frame, time, false).expect("it is encoded");
            let picture = unit.and_then(|unit| decoder.decode(&unit, frame.captured).expect("it is decoded"));
            // The text may come in two pictures: one is taken while it is drawn.
            if frame.y() != before.y() {
                (written, seen) = (0, Vec::new());
            }
            written += 1;
            before = frame;
            if let Some(picture) = picture {
                seen.push(quality(&before, &picture));
            }
        }
        let shown: Vec<String> = seen.iter().map(|decibel| format!("{decibel:.1}")).collect();
        println!("  page {page}: {} dB", shown.join(" "));
        let last = seen.last().copied().unwrap_or_default();
        assert!(last >= LEGIBLE, "page {page}: {last:.1} dB after two seconds");
    }
}

/// Peak signal-to-noise ratio of the luma, dB.
fn quality(wanted: &VideoFrame, seen: &VideoFrame) -> f64 {
    assert_eq!((wanted.width(), wanted.height()), (seen.width(), seen.height()), "in its own size");
    let width = wanted.width() as usize;
    let rows = wanted.y().chunks(wanted.stride_y()).zip(seen.y().chunks(seen.stride_y()));
    let pixels = rows.flat_map(|(wanted, seen)| wanted[..width].iter().zip(&seen[..width]));
    let error: f64 = pixels.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
    let mean = error / f64::from(wanted.width() * wanted.height());
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}
