//! What presenting costs: one picture next to copying its bytes, and a whole stage on a real X server.
//!
//! Prints one JSON object. The stage is that of a call of nine: 960 × 540 from 720p at 30 pictures a second and eight
//! times 240 × 135 from 320 × 180 at 15, for five seconds; processor time includes the server's. Without Xvfb, or on
//! other systems than Linux, that part is left out.

#[cfg(target_os = "linux")]
#[path = "../tests/native/display.rs"]
#[allow(dead_code, reason = "shared with the tests, which look at pixels")]
mod display;

use std::hint::black_box;
use std::time::{Duration, Instant};

use confab_media_model::VideoFrame;
use confab_types::Mono;
use confab_video_surface::paint::TileLook;
use confab_video_surface::{ByteOrder, Painter, STAGE};

/// Median of many runs, in microseconds.
fn micros(mut run: impl FnMut()) -> f64 {
    (0..5).for_each(|_| run());
    let mut spans: Vec<Duration> = (0..101)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    spans.sort();
    spans[spans.len() / 2].as_secs_f64() * 1e6
}

/// A picture with something in it.
fn picture(width: u32, height: u32) -> VideoFrame {
    let mut frame = VideoFrame::black(width, height, Mono::ZERO);
    let (y, u, v) = frame.planes_mut();
    for plane in [y, u, v] {
        plane.iter_mut().enumerate().for_each(|(index, sample)| *sample = (index * 31 % 219 + 16) as u8);
    }
    frame
}

fn case(name: &str, frame: &VideoFrame, width: u32, height: u32) -> String {
    let look = TileLook { width, height, mirrored: false, cover: false, background: STAGE };
    let mut pixels = vec![0; look.byte_len()];
    let mut painter = Painter::new();
    let paint = micros(|| painter.paint(black_box(frame), &look, ByteOrder::Bgra, black_box(&mut pixels)));
    let source = vec![7_u8; look.byte_len()];
    let copy = micros(|| black_box(&mut pixels).copy_from_slice(black_box(&source)));
    let times = paint / copy;
    format!(
        "    {{ \"case\": \"{name}\", \"paint_us\": {paint:.0}, \"memcpy_us\": {copy:.0}, \"times_memcpy\": {times:.1} }}"
    )
}

fn main() {
    let (large, small) = (picture(1280, 720), picture(320, 180));
    let cases = [
        case("720p to 960x540", &large, 960, 540),
        case("180p to 240x135", &small, 240, 135),
        case("720p as it is", &large, 1280, 720),
        case("720p to 240x135", &large, 240, 135),
        case("720p to 1920x1080", &large, 1920, 1080),
    ];
    println!("{{\n  \"cases\": [\n{}\n  ],", cases.join(",\n"));
    #[cfg(target_os = "linux")]
    for shared_memory in [true, false] {
        if let Some(stage) = native::stage(shared_memory, &large, &small) {
            println!("  {stage},");
        }
    }
    println!("  \"unit\": \"percent of one core\"\n}}");
}

#[cfg(target_os = "linux")]
mod native {
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use confab_media_model::{Rect, SurfaceLayout, TilePlacement, VideoFrame, VideoSurface};
    use confab_types::StreamId;
    use confab_video_surface::{X11Options, X11Surface};

    use crate::display::Display;

    const SPAN: Duration = Duration::from_secs(5);

    /// Processor seconds of a process so far.
    fn seconds(process: u32) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        // Fields 14 and 15 of proc(5), in ticks of which Linux has a hundred a second.
        let ticks: u64 =
            after_name.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
        ticks as f64 / 100.0
    }

    pub fn stage(shared_memory: bool, large: &VideoFrame, small: &VideoFrame) -> Option<String> {
        let display = Display::start()?;
        let options = X11Options { display: Some(display.name()), shared_memory, ..X11Options::default() };
        let surface = X11Surface::new(display.toplevel, options).ok()?;
        let tile = |stream: u16, x: i32, y: i32, width, height| TilePlacement {
            stream: StreamId(stream),
            rect: Rect { x, y, width, height },
            mirrored: false,
            radius: 12,
            cover: false,
        };
        let mut tiles = vec![tile(2, 0, 0, 960, 540)];
        tiles.extend((0..8).map(|index| {
            let (column, row) = (i32::from(index % 4), i32::from(index / 4));
            tile(3 + index, column * 240, 540 + row * 135, 240, 135)
        }));
        surface.set_layout(SurfaceLayout { tiles, holes: Vec::new() });
        let (large, small) = (Arc::new(large.clone()), Arc::new(small.clone()));

        let before = (seconds(std::process::id()), seconds(display.server_id()));
        let start = Instant::now();
        let mut tick = 0_u32;
        while start.elapsed() < SPAN {
            surface.submit(StreamId(2), large.clone());
            if tick.is_multiple_of(2) {
                (3..11).for_each(|stream| surface.submit(StreamId(stream), small.clone()));
            }
            tick += 1;
            thread::sleep(
                (start + Duration::from_secs(1) * tick / 30).saturating_duration_since(Instant::now()),
            );
        }
        let share = |now: f64, before: f64| (now - before) / start.elapsed().as_secs_f64() * 100.0;
        let (own, server) =
            (share(seconds(std::process::id()), before.0), share(seconds(display.server_id()), before.1));
        let stats = surface.stats(StreamId(2));
        Some(format!(
            "\"stage_of_nine_{}\": {{ \"own\": {own:.1}, \"server\": {server:.1}, \"presented\": {}, \"dropped\": {} }}",
            if shared_memory { "shared_memory" } else { "plain_images" },
            stats.presented,
            stats.dropped
        ))
    }
}
