use super::*;

/// The three mean values of a frame that has one colour.
fn colour(frame: &VideoFrame) -> [u8; 3] {
    let mean =
        |plane: &[u8]| (plane.iter().map(|&value| u32::from(value)).sum::<u32>() / plane.len() as u32) as u8;
    [mean(frame.y()), mean(frame.u()), mean(frame.v())]
}

#[track_caller]
fn check_colour(frame: &VideoFrame, expected: [u8; 3]) {
    let near = colour(frame).iter().zip(expected).all(|(&found, expected)| found.abs_diff(expected) <= 2);
    assert!(near, "found {:?}, expected {expected:?}", colour(frame));
}

/// Red in BT.601 limited range: Y 81, Cb 90, Cr 240 (ITU-R BT.601-7, table of colour bars).
const RED: [u8; 3] = [81, 90, 240];

#[track_caller]
fn check(layout: PixelLayout, size: (usize, usize), bytes: Vec<u8>, expected: [u8; 3]) {
    let frame = to_i420(layout, &bytes, size, Mono::from_millis(7)).expect("a whole picture");
    assert_eq!((frame.width() as usize, frame.height() as usize), (size.0 & !1, size.1 & !1));
    assert_eq!(frame.captured, Mono::from_millis(7));
    check_colour(&frame, expected);
}

#[test]
fn every_raw_layout_gives_the_same_red() {
    for size in [(64usize, 36usize), (640, 360), (66, 50), (33, 17)] {
        let (width, height) = size;
        let pairs = width.div_ceil(2);
        check(PixelLayout::Yuyv, size, [81, 90, 81, 240].repeat(pairs * height), RED);
        let mut nv12 = vec![81; width * height];
        nv12.extend([90, 240].repeat(pairs * height.div_ceil(2)));
        check(PixelLayout::Nv12, size, nv12, RED);
        check(PixelLayout::Rgb, size, [255, 0, 0].repeat(width * height), RED);
        check(PixelLayout::Bgr, size, [0, 0, 255].repeat(width * height), RED);
        check(PixelLayout::Grey, size, vec![99; width * height], [99, 128, 128]);
    }
}

#[test]
fn each_pixel_stays_in_its_place() {
    let (width, height) = (6, 4);
    let mut nv12: Vec<u8> = (0..24).collect();
    nv12.extend(100..112);
    let frame = to_i420(PixelLayout::Nv12, &nv12, (width, height), Mono::ZERO).expect("whole");
    assert_eq!(frame.y(), (0..24).collect::<Vec<u8>>());
    assert_eq!(frame.u(), [100, 102, 104, 106, 108, 110]);
    assert_eq!(frame.v(), [101, 103, 105, 107, 109, 111]);

    let yuyv: Vec<u8> = (0..24u8).flat_map(|pixel| [pixel, if pixel % 2 == 0 { 90 } else { 240 }]).collect();
    let frame = to_i420(PixelLayout::Yuyv, &yuyv, (width, height), Mono::ZERO).expect("whole");
    assert_eq!(frame.y(), (0..24).collect::<Vec<u8>>());
    assert_eq!((frame.u()[0], frame.v()[0]), (90, 240));
}

#[test]
fn screens_are_cropped_to_even_sides_and_keep_their_stride() {
    let (width, height, stride) = (31, 9, 40 * 4);
    let mut pixels = vec![0; stride * height];
    for row in pixels.chunks_exact_mut(stride) {
        row[..width * 4].copy_from_slice(&[0, 0, 255, 7].repeat(width));
    }
    let frame = bgra_to_i420(&pixels, stride, (width, height), Mono::ZERO).expect("whole");
    assert_eq!((frame.width(), frame.height()), (30, 8));
    check_colour(&frame, RED);
}

#[test]
fn a_short_picture_is_an_error_and_never_a_panic() {
    for layout in
        [PixelLayout::Yuyv, PixelLayout::Nv12, PixelLayout::Rgb, PixelLayout::Bgr, PixelLayout::Grey]
    {
        let error = to_i420(layout, &[0; 10], (64, 36), Mono::ZERO).expect_err("ten bytes");
        assert!(matches!(error, PictureError::Short { found: 10, .. }), "{layout:?}: {error:?}");
    }
    assert!(matches!(bgra_to_i420(&[0; 10], 64 * 4, (64, 36), Mono::ZERO), Err(PictureError::Short { .. })));
    for size in [(0, 4), (4, 1), (9000, 4)] {
        assert!(matches!(
            to_i420(PixelLayout::Grey, &[0; 64], size, Mono::ZERO),
            Err(PictureError::Size(..))
        ));
    }
}

/// A red 16×16 baseline JPEG, 4:2:0, made with an ordinary encoder.
const RED_JPEG: &[u8] = include_bytes!("red.jpg");

#[test]
fn a_jpeg_is_decoded_from_full_range() {
    let mut padded = RED_JPEG.to_vec();
    padded.extend([0; 512]);
    let frame = to_i420(PixelLayout::Mjpeg, &padded, (0, 0), Mono::ZERO).expect("a JPEG");
    assert_eq!((frame.width(), frame.height()), (16, 16));
    check_colour(&frame, RED);
}

#[test]
fn a_broken_jpeg_is_an_error_and_never_a_panic() {
    for len in 0..RED_JPEG.len() {
        // A picture that ends inside its scan may decode in part; what counts is that it returns.
        let _ = to_i420(PixelLayout::Mjpeg, &RED_JPEG[..len], (16, 16), Mono::ZERO);
    }
    for at in 0..RED_JPEG.len() {
        let mut damaged = RED_JPEG.to_vec();
        damaged[at] ^= 0x55;
        let _ = to_i420(PixelLayout::Mjpeg, &damaged, (16, 16), Mono::ZERO);
    }
    assert!(to_i420(PixelLayout::Mjpeg, b"no picture", (16, 16), Mono::ZERO).is_err());
}
