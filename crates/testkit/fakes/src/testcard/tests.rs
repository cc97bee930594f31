use confab_types::Chance;

use super::*;

const SENDER: u8 = 0xa7;

fn reading(number: u32) -> Option<Reading> {
    Some(Reading { sender: SENDER, number })
}

/// Scales the luma plane with a box filter, as a tile does.
fn scaled(frame: &VideoFrame, (width, height): (u32, u32)) -> VideoFrame {
    let mut small = VideoFrame::black(width, height, frame.captured);
    let (from_width, from_height) = (frame.width() as usize, frame.height() as usize);
    let (luma, stride) = (frame.y().to_vec(), small.stride_y());
    for y in 0..height as usize {
        for x in 0..width as usize {
            let span = |at: usize, from: usize, to: u32| {
                let begin = at * from / to as usize;
                begin..((at + 1) * from / to as usize).max(begin + 1)
            };
            let (rows, columns) = (span(y, from_height, height), span(x, from_width, width));
            let count = rows.len() * columns.len();
            let sum: usize = rows
                .flat_map(|row| columns.clone().map(move |column| (row, column)))
                .map(|(row, column)| usize::from(luma[row * from_width + column]))
                .sum();
            small.planes_mut().0[y * stride + x] = (sum / count) as u8;
        }
    }
    small
}

fn noisy(frame: &VideoFrame, amplitude: i32, seed: u64) -> VideoFrame {
    let (mut frame, mut chance) = (frame.clone(), Chance::from_number(seed));
    for luma in frame.planes_mut().0 {
        let noise = chance.below(2 * amplitude as u64 + 1) as i32 - amplitude;
        *luma = (i32::from(*luma) + noise).clamp(0, 255) as u8;
    }
    frame
}

fn cards() -> impl Iterator<Item = TestCard> {
    [(640, 360), (1280, 720), (320, 180), (642, 482), (480, 640)]
        .into_iter()
        .flat_map(|size| [TestCard::camera(SENDER, size), TestCard::screen(SENDER, size)])
}

#[test]
fn every_card_reads_as_it_was_drawn() {
    for card in cards() {
        for number in [0, 1, 63, 64, 123_456, 0x5555_5555, u32::MAX] {
            let frame = card.draw(number, Mono::from_millis(5));
            assert_eq!(TestCard::read(&frame), reading(number), "{:?} {number}", card.size());
            assert_eq!(frame.captured, Mono::from_millis(5));
        }
    }
}

#[test]
fn a_card_survives_scaling_and_noise() {
    for card in cards() {
        let frame = card.draw(987_654_321, Mono::ZERO);
        for size in [(160, 90), (212, 120), (424, 240), (1920, 1080), (200, 200)] {
            let small = scaled(&frame, size);
            assert_eq!(TestCard::read(&small), reading(987_654_321), "{:?} at {size:?}", card.size());
            let small = noisy(&small, 40, 1);
            assert_eq!(
                TestCard::read(&small),
                reading(987_654_321),
                "{:?} at {size:?} with noise",
                card.size()
            );
        }
    }
}

#[test]
fn what_is_no_card_is_not_read() {
    let mut frame = VideoFrame::black(640, 360, Mono::ZERO);
    for luma in [0, 16, 120, 235, 255] {
        frame.planes_mut().0.fill(luma);
        assert_eq!(TestCard::read(&frame), None, "luma {luma}");
    }
    assert_eq!(TestCard::read(&noisy(&frame, 255, 2)), None);
    let card = TestCard::camera(SENDER, (640, 360)).draw(7, Mono::ZERO);
    assert_eq!(TestCard::read(&scaled(&card, (24, 14))), None, "cells of one pixel");
    let mut damaged = card.clone();
    for row in damaged.planes_mut().0.chunks_exact_mut(640).take(24) {
        row.iter_mut().take(26).for_each(|luma| *luma = 251 - *luma);
    }
    assert_eq!(TestCard::read(&damaged), None, "one cell turned over");
}

#[test]
fn a_card_is_read_out_of_a_window() {
    let card = TestCard::camera(SENDER, (320, 180)).draw(42, Mono::ZERO);
    let (stride, left, top) = (400 * 4, 30, 20);
    let mut pixels = vec![77; stride * 240];
    for (y, row) in card.y().chunks_exact(320).enumerate() {
        for (x, &luma) in row.iter().enumerate() {
            let at = (top + y) * stride + (left + x) * 4;
            pixels[at..at + 3].fill(luma);
        }
    }
    let shown = Rect { x: left as i32, y: top as i32, width: 320, height: 180 };
    assert_eq!(TestCard::read_rgba(&pixels, stride, shown), reading(42));
    for wrong in [
        Rect { x: 0, ..shown },
        Rect { x: -30, ..shown },
        Rect { x: 200, ..shown },
        Rect { y: 230, ..shown },
        Rect { width: 0, ..shown },
    ] {
        assert_eq!(TestCard::read_rgba(&pixels, stride, wrong), None, "{wrong:?}");
    }
    assert_eq!(TestCard::read_rgba(&[], stride, shown), None);
}

#[test]
fn senders_have_colours_of_their_own_and_pictures_move() {
    let frame = |sender, number| TestCard::camera(sender, (640, 360)).draw(number, Mono::ZERO);
    let middle = |frame: &VideoFrame| (frame.u()[170 * 320 + 5], frame.v()[170 * 320 + 5]);
    let first = middle(&frame(1, 30));
    for sender in 2..9 {
        let (u, v) = middle(&frame(sender, 30));
        assert!(u.abs_diff(first.0).max(v.abs_diff(first.1)) > 10, "sender {sender}");
    }
    let (one, two) = (frame(1, 0), frame(1, 1));
    let moved = one.y().iter().zip(two.y()).filter(|(a, b)| a != b).count();
    assert!(moved > 640 * 360 / 200, "{moved} pixels differ");
}
