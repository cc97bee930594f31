//! Pictures that are the same in every run.

use confab_media_model::VideoFrame;
use confab_types::Mono;

/// A moving picture: a drifting gradient, a bar that crosses it, and a textured ball that bounces.
pub fn picture(width: u32, height: u32, number: u32) -> VideoFrame {
    let mut frame = VideoFrame::black(width, height, Mono::from_millis(u64::from(number) * 33));
    let (y, u, v) = frame.planes_mut();
    let bar = number * 5 % width;
    let (ball_x, ball_y) = (bounce(number * 7, width), bounce(number * 4, height));
    let radius = i64::from(height / 5);
    for row in 0..height {
        for column in 0..width {
            let (dx, dy) = (i64::from(column) - ball_x, i64::from(row) - ball_y);
            let luma = if dx * dx + dy * dy < radius * radius {
                // A texture that moves with the ball.
                110 + (((dx >> 3) * 7) ^ ((dy >> 3) * 13)).rem_euclid(61)
            } else if column.abs_diff(bar) < 8 {
                220
            } else {
                40 + bounce(row + column / 2 + number, 150)
            };
            y[(row * width + column) as usize] = luma as u8;
        }
    }
    for (at, (u, v)) in u.iter_mut().zip(v).enumerate() {
        let column = at as u32 % (width / 2);
        *u = 90 + bounce(column / 2 + number, 70) as u8;
        *v = 160 - bounce(column / 2 + number, 60) as u8;
    }
    frame
}

fn bounce(way: u32, side: u32) -> i64 {
    let turn = way % (2 * side);
    i64::from(if turn < side { turn } else { 2 * side - turn })
}
