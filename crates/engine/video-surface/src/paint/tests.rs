use confab_types::Mono;

use super::*;

const BACK: [u8; 3] = [1, 2, 3];

/// Dark, except for a white top-left quarter.
fn marked(width: u32, height: u32, rotation: Rotation) -> VideoFrame {
    let mut frame = VideoFrame::black(width, height, Mono::ZERO);
    let (y, _, _) = frame.planes_mut();
    for row in y.chunks_exact_mut(width as usize).take(height as usize / 2) {
        row[..width as usize / 2].fill(235);
    }
    frame.rotation = rotation;
    frame
}

fn painted(frame: &VideoFrame, width: u32, height: u32, mirrored: bool, cover: bool) -> Vec<[u8; 4]> {
    let look = TileLook { width, height, mirrored, cover, background: BACK };
    let mut pixels = vec![9; look.byte_len()];
    Painter::new().paint(frame, &look, ByteOrder::Rgba, &mut pixels);
    pixels.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect()
}

/// Which quarters of a square tile are white: top left, top right, bottom left, bottom right.
fn white(pixels: &[[u8; 4]], side: usize) -> [bool; 4] {
    let (near, far) = (side / 4, side - side / 4 - 1);
    [(near, near), (far, near), (near, far), (far, far)].map(|(x, y)| pixels[y * side + x][0] > 200)
}

#[test]
fn every_turn_and_mirror_puts_the_mark_where_it_belongs() {
    let check = |rotation, mirrored, expected| {
        for side in [16, 32, 20, 48] {
            let pixels = painted(&marked(32, 32, rotation), side, side, mirrored, false);
            assert_eq!(white(&pixels, side as usize), expected, "{rotation:?} mirrored {mirrored} at {side}");
        }
    };
    check(Rotation::None, false, [true, false, false, false]);
    check(Rotation::None, true, [false, true, false, false]);
    check(Rotation::Right, false, [false, true, false, false]);
    check(Rotation::Right, true, [true, false, false, false]);
    check(Rotation::Half, false, [false, false, false, true]);
    check(Rotation::Half, true, [false, false, true, false]);
    check(Rotation::Left, false, [false, false, true, false]);
    check(Rotation::Left, true, [false, false, false, true]);
}

#[test]
fn letterboxed_pictures_have_bars_in_the_background_colour() {
    let pixels = painted(&marked(64, 32, Rotation::None), 64, 64, false, false);
    let bar = [1, 2, 3, 255];
    assert!(pixels[..16 * 64].iter().all(|pixel| *pixel == bar), "bar above");
    assert!(pixels[48 * 64..].iter().all(|pixel| *pixel == bar), "bar below");
    assert_eq!(pixels[16 * 64], [255, 255, 255, 255]);
    assert_eq!(pixels[47 * 64 + 63], [0, 0, 0, 255]);

    let pixels = painted(&marked(32, 64, Rotation::None), 64, 64, false, false);
    assert_eq!((pixels[15], pixels[16][0], pixels[47][0], pixels[48]), (bar, 255, 0, bar));
}

#[test]
fn covered_tiles_have_no_bars() {
    for (width, height) in [(33, 91), (91, 33), (1, 1), (2, 200)] {
        let pixels = painted(&marked(64, 32, Rotation::Right), width, height, true, true);
        assert!(pixels.iter().all(|pixel| pixel[..3] != BACK), "{width}x{height}");
    }
}

#[test]
fn odd_tiles_are_painted_to_the_last_pixel() {
    let mut frame = VideoFrame::black(40, 30, Mono::ZERO);
    frame.planes_mut().0.fill(235);
    for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
        frame.rotation = rotation;
        for (width, height) in [(41, 31), (39, 29), (13, 9), (31, 41), (1, 7)] {
            let pixels = painted(&frame, width, height, true, true);
            assert!(pixels.iter().all(|pixel| *pixel == [255; 4]), "{width}x{height} {rotation:?}");
        }
    }
}

#[test]
fn the_byte_order_is_as_asked() {
    let mut frame = VideoFrame::black(2, 2, Mono::ZERO);
    let (y, u, v) = frame.planes_mut();
    y.fill(81);
    u.fill(90);
    v.fill(240);
    let look = TileLook { width: 2, height: 2, mirrored: false, cover: false, background: BACK };
    let mut pixels = vec![0; look.byte_len()];
    Painter::new().paint(&frame, &look, ByteOrder::Bgra, &mut pixels);
    assert!(pixels[0] < 5 && pixels[1] < 5 && pixels[2] > 250, "red as BGRA: {:?}", &pixels[..4]);
    Painter::new().paint(&frame, &look, ByteOrder::Rgba, &mut pixels);
    assert!(pixels[0] > 250 && pixels[1] < 5 && pixels[2] < 5, "red as RGBA: {:?}", &pixels[..4]);
}

#[test]
fn rounding_clears_only_the_corners() {
    let (width, height, radius) = (40, 20, 8);
    let mut pixels = vec![255; 40 * 20 * 4];
    round_corners(&mut pixels, width, height, radius);
    let alpha = |x: usize, y: usize| pixels[(y * 40 + x) * 4 + 3];
    assert_eq!([alpha(0, 0), alpha(39, 0), alpha(0, 19), alpha(39, 19)], [0; 4]);
    assert_eq!([alpha(8, 0), alpha(0, 8), alpha(20, 10), alpha(31, 19)], [255; 4]);
    assert!((1..255).contains(&alpha(2, 2)), "smooth edge: {}", alpha(2, 2));
}
