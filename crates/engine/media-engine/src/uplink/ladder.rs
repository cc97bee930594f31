//! How large and how often pictures are for a bitrate.

use confab_media_model::VideoContent;

/// What to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The longer side is at most this many pixels.
    pub long_side: u32,
    /// Pictures per second at most.
    pub fps: u32,
    /// Bits per second from which this rung is worth using.
    pub from: u32,
}

/// For faces: motion first, so the size gives way before the rate does.
const CAMERA: [Rung; 4] = [
    Rung { long_side: 1280, fps: 30, from: 900_000 },
    Rung { long_side: 960, fps: 30, from: 550_000 },
    Rung { long_side: 640, fps: 30, from: 250_000 },
    Rung { long_side: 320, fps: 15, from: 0 },
];
/// For text: sharpness first, so the rate gives way and the size stays.
const SCREEN: [Rung; 3] = [
    Rung { long_side: 8192, fps: 15, from: 1_200_000 },
    Rung { long_side: 8192, fps: 8, from: 400_000 },
    Rung { long_side: 8192, fps: 5, from: 0 },
];
/// Pixels of a screen that are encoded in a second, about: 1080p at 15 pictures a second. Larger screens keep their size and move slower.
const SCREEN_PIXELS: u32 = 1920 * 1080 * 15;
/// The least pictures per second of a screen: a cursor is followed by the eye.
const SCREEN_LEAST: u32 = 5;

/// Chooses a rung. Going up again needs a fifth more than going down took, so that it does not swing.
pub fn choose(content: VideoContent, bitrate: u32, now: Option<Rung>) -> Rung {
    let rungs: &[Rung] = match content {
        VideoContent::Camera => &CAMERA,
        VideoContent::Screen => &SCREEN,
    };
    let enough = |rung: &&Rung| {
        let climbing = now.is_some_and(|now| rung.from > now.from);
        let needed = if climbing { rung.from + rung.from / 5 } else { rung.from };
        bitrate >= needed
    };
    *rungs.iter().find(enough).expect("the last rung needs nothing")
}

/// Pictures per second of this size that a computer of the office encodes beside everything else.
pub fn affordable(content: VideoContent, (width, height): (u32, u32)) -> u32 {
    match content {
        VideoContent::Camera => u32::MAX,
        VideoContent::Screen => (SCREEN_PIXELS / (width * height).max(1)).max(SCREEN_LEAST),
    }
}

/// The size to encode: `source` shrunk into `max` and the rung, shape kept, sides even; never enlarged.
pub fn fit(source: (u32, u32), max: (u32, u32), rung: Rung) -> (u32, u32) {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    let long = width.max(height);
    let shrink = (f64::from(max.0) / width)
        .min(f64::from(max.1) / height)
        .min(f64::from(rung.long_side) / long)
        .min(1.0);
    let even = |side: f64| (((side * shrink) / 2.0).round() as u32 * 2).max(2);
    (even(width), even(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_their_shape_and_are_even() {
        let top = CAMERA[0];
        let check = |source, max, rung, expected| assert_eq!(fit(source, max, rung), expected, "{source:?}");
        check((1280, 720), (1280, 720), top, (1280, 720));
        check((640, 360), (1280, 720), top, (640, 360));
        check((1920, 1080), (1280, 720), top, (1280, 720));
        check((720, 1280), (1280, 720), top, (406, 720));
        check((1280, 720), (1280, 720), CAMERA[3], (320, 180));
        check((2560, 1600), (1920, 1080), SCREEN[0], (1728, 1080));
    }

    #[test]
    fn large_screens_move_slower_and_stay_sharp() {
        let fps = |size| affordable(VideoContent::Screen, size);
        assert!(fps((1280, 720)) >= 15 && fps((1920, 1080)) == 15);
        assert_eq!((fps((2560, 1440)), fps((3840, 2160))), (8, 5));
        assert_eq!(fit((2560, 1440), (3840, 2160), SCREEN[2]), (2560, 1440));
    }

    #[test]
    fn climbing_needs_more_than_staying() {
        let middle = choose(VideoContent::Camera, 600_000, None);
        assert_eq!(middle.long_side, 960);
        assert_eq!(choose(VideoContent::Camera, 950_000, Some(middle)), middle);
        assert_eq!(choose(VideoContent::Camera, 1_200_000, Some(middle)).long_side, 1280);
        assert_eq!(choose(VideoContent::Camera, 560_000, Some(middle)), middle);
        assert_eq!(choose(VideoContent::Camera, 0, Some(middle)).long_side, 320);
    }
}
