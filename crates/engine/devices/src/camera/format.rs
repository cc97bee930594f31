//! Which of a camera's formats is nearest to the wish.

use nokhwa::utils::{CameraFormat, FrameFormat};

use crate::picture::PixelLayout;

/// Every format that can be converted.
pub(super) const USABLE: [FrameFormat; 6] = [
    FrameFormat::NV12,
    FrameFormat::YUYV,
    FrameFormat::MJPEG,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::GRAY,
];

/// The layout of a format's bytes.
pub(super) fn layout(format: FrameFormat) -> PixelLayout {
    match format {
        FrameFormat::NV12 => PixelLayout::Nv12,
        FrameFormat::YUYV => PixelLayout::Yuyv,
        FrameFormat::MJPEG => PixelLayout::Mjpeg,
        FrameFormat::RAWRGB => PixelLayout::Rgb,
        FrameFormat::RAWBGR => PixelLayout::Bgr,
        FrameFormat::GRAY => PixelLayout::Grey,
    }
}

/// The cheapest format by [`cost`], or `None` when there is none.
pub(super) fn nearest(offered: &[CameraFormat], size: (u32, u32), fps: u32) -> Option<CameraFormat> {
    let fits =
        |format: &&CameraFormat| format.width() >= 2 && format.height() >= 2 && format.frame_rate() > 0;
    offered.iter().filter(fits).min_by_key(|format| cost(format, size, fps)).copied()
}

/// How much is lost by taking `format`, in thousandths of the wish.
///
/// A picture that is too small is worse than one that is scaled down, one that stutters is worse than both (USB 2
/// cameras offer large YUYV at 5 fps beside MJPEG at 30), and a JPEG costs time and sharpness only.
fn cost(format: &CameraFormat, size: (u32, u32), fps: u32) -> u64 {
    let side = |found: u32, wished: u32| {
        let (found, wished) = (u64::from(found), u64::from(wished.max(1)));
        if found < wished { (wished - found) * 1500 / wished } else { (found - wished) * 1000 / wished }
    };
    let (rate, wished) = (u64::from(format.frame_rate()), u64::from(fps.max(1)));
    let pace = if rate < wished { (wished - rate) * 3000 / wished } else { (rate - wished) * 50 / wished };
    let kind = match format.format() {
        FrameFormat::NV12 => 0,
        FrameFormat::YUYV => 1,
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => 5,
        FrameFormat::MJPEG => 30,
        FrameFormat::GRAY => 5000,
    };
    side(format.width(), size.0) + side(format.height(), size.1) + pace + kind
}

#[cfg(test)]
mod tests {
    use nokhwa::utils::Resolution;

    use super::*;

    fn format(kind: FrameFormat, width: u32, height: u32, fps: u32) -> CameraFormat {
        CameraFormat::new(Resolution::new(width, height), kind, fps)
    }

    /// What a common USB 2 camera offers.
    fn webcam() -> Vec<CameraFormat> {
        use FrameFormat::{MJPEG, YUYV};
        vec![
            format(YUYV, 320, 240, 30),
            format(YUYV, 640, 360, 30),
            format(YUYV, 640, 480, 30),
            format(YUYV, 1280, 720, 10),
            format(MJPEG, 640, 360, 30),
            format(MJPEG, 1280, 720, 30),
            format(MJPEG, 1920, 1080, 30),
        ]
    }

    #[test]
    fn the_exact_size_is_taken_raw_where_the_rate_allows() {
        use FrameFormat::{MJPEG, YUYV};
        let check = |size, fps, expected| assert_eq!(nearest(&webcam(), size, fps), Some(expected));
        check((640, 360), 30, format(YUYV, 640, 360, 30));
        check((1280, 720), 30, format(MJPEG, 1280, 720, 30));
        check((1280, 720), 10, format(YUYV, 1280, 720, 10));
        check((1920, 1080), 30, format(MJPEG, 1920, 1080, 30));
        check((3840, 2160), 60, format(MJPEG, 1920, 1080, 30));
        check((160, 90), 15, format(YUYV, 320, 240, 30));
    }

    #[test]
    fn colour_is_preferred_to_grey() {
        let offered = [format(FrameFormat::GRAY, 640, 360, 30), format(FrameFormat::YUYV, 640, 480, 15)];
        assert_eq!(nearest(&offered, (640, 360), 30), Some(offered[1]));
        assert_eq!(nearest(&offered[..1], (640, 360), 30), Some(offered[0]));
        assert_eq!(nearest(&[], (640, 360), 30), None);
    }
}
