//! Native windows on a real X server without a screen.
#![cfg(target_os = "linux")]

#[path = "native/display.rs"]
#[allow(dead_code, reason = "shared with the benchmark, which measures the server")]
mod display;

use std::sync::Arc;

use confab_media_model::{Rect, SurfaceLayout, TilePlacement, VideoFrame, VideoSurface};
use confab_types::{Mono, StreamId};
use confab_video_surface::{STAGE, SurfaceError, X11Options, X11Surface};
use display::{Display, PAGE};

const RED: [u8; 3] = [254, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];
const BLACK: [u8; 3] = [0, 0, 0];

const STREAM: StreamId = StreamId(2);
const OTHER: StreamId = StreamId(3);

fn surface(display: &Display, shared_memory: bool) -> X11Surface {
    let options = X11Options { display: Some(display.name()), shared_memory, ..X11Options::default() };
    X11Surface::new(display.toplevel, options).expect("a plain display")
}

/// One colour everywhere: limited-range luma and chroma.
fn plain(width: u32, height: u32, [y, u, v]: [u8; 3]) -> Arc<VideoFrame> {
    let mut frame = VideoFrame::black(width, height, Mono::ZERO);
    for (plane, value) in <[_; 3]>::from(frame.planes_mut()).into_iter().zip([y, u, v]) {
        plane.fill(value);
    }
    Arc::new(frame)
}

fn red(width: u32, height: u32) -> Arc<VideoFrame> {
    plain(width, height, [81, 90, 240])
}

fn white(width: u32, height: u32) -> Arc<VideoFrame> {
    plain(width, height, [235, 128, 128])
}

fn tile(stream: StreamId, x: i32, y: i32, width: u32, height: u32) -> TilePlacement {
    TilePlacement { stream, rect: Rect { x, y, width, height }, mirrored: false, radius: 0, cover: false }
}

fn show(surface: &X11Surface, tiles: &[TilePlacement], holes: &[Rect]) {
    surface.set_layout(SurfaceLayout { tiles: tiles.to_vec(), holes: holes.to_vec() });
}

/// Everything that is the same with and without shared memory.
fn pictures_lie_where_the_layout_says(shared_memory: bool) {
    let Some(display) = Display::start() else { return };
    let surface = surface(&display, shared_memory);
    assert_eq!(surface.shares_memory(), shared_memory);

    show(&surface, &[tile(STREAM, 40, 30, 160, 90), tile(OTHER, 240, 30, 90, 90)], &[]);
    display.expect(41, 31, PAGE, "a tile without a picture leaves the page visible");
    surface.submit(STREAM, red(320, 180));
    surface.submit(OTHER, white(320, 180));
    display.expect(40, 30, RED, "top left of the tile");
    display.expect(199, 119, RED, "bottom right of the tile");
    display.expect(39, 30, PAGE, "left of it");
    display.expect(200, 119, PAGE, "right of it");
    display.expect(285, 75, WHITE, "the other picture in its middle");
    display.expect(285, 31, STAGE, "a bar above it");
    display.expect(285, 118, STAGE, "a bar below it");

    show(&surface, &[tile(STREAM, 100, 100, 320, 180)], &[]);
    display.expect(419, 279, RED, "the tile has grown and shows its picture");
    display.expect(285, 75, PAGE, "the hidden tile shows the page");

    surface.clear(STREAM);
    display.expect(200, 200, PAGE, "a cleared stream shows the page");
    surface.submit(STREAM, plain(320, 180, [16, 128, 128]));
    display.expect(200, 200, BLACK, "its next picture shows");
    assert_eq!(surface.stats(STREAM).presented, 2);
    assert_eq!(surface.stats(OTHER).presented, 1);

    drop(surface);
    display.expect(200, 200, PAGE, "a dropped surface leaves nothing");
}

#[test]
fn pictures_lie_where_the_layout_says_through_shared_memory() {
    pictures_lie_where_the_layout_says(true);
}

#[test]
fn pictures_lie_where_the_layout_says_through_the_connection() {
    pictures_lie_where_the_layout_says(false);
}

#[test]
fn holes_and_corners_show_the_page_and_clicks_pass() {
    let Some(display) = Display::start() else { return };
    let surface = surface(&display, true);
    let mut placement = tile(STREAM, 100, 100, 200, 120);
    placement.radius = 12;
    let hole = Rect { x: 150, y: 80, width: 40, height: 60 };
    show(&surface, &[placement], &[hole]);
    surface.submit(STREAM, red(200, 120));
    display.expect(120, 160, RED, "the picture");
    display.expect(100, 100, PAGE, "a rounded corner");
    display.expect(299, 219, PAGE, "the opposite corner");
    display.expect(150, 100, PAGE, "the hole's first pixel");
    display.expect(189, 139, PAGE, "the hole's last pixel");
    display.expect(190, 139, RED, "right of the hole");
    display.expect(189, 140, RED, "below the hole");

    show(&surface, &[placement], &[]);
    display.expect(170, 120, RED, "the hole has closed again");

    let inputs = display.input_rectangles_above_the_page();
    assert_eq!(inputs, [0], "one window above the page, and it takes no input");
}

#[test]
fn a_covered_window_is_painted_when_it_is_uncovered() {
    let Some(display) = Display::start() else { return };
    let surface = surface(&display, true);
    show(&surface, &[tile(STREAM, 100, 100, 200, 120)], &[]);
    surface.submit(STREAM, red(200, 120));
    display.expect(150, 150, RED, "the picture");
    let cover = display.cover();
    surface.submit(STREAM, white(200, 120));
    display.uncover(cover);
    display.expect(150, 150, WHITE, "the newest picture");
    display.minimise();
    surface.submit(STREAM, red(200, 120));
    display.restore();
    display.expect(150, 150, RED, "the newest picture after minimising");
}

#[test]
fn a_flood_of_pictures_and_layouts_ends_with_the_newest() {
    let Some(display) = Display::start() else { return };
    let surface = surface(&display, true);
    for step in 0..300 {
        show(&surface, &[tile(STREAM, step, step / 2, 100 + step as u32, 80 + step as u32 / 2)], &[]);
        surface.submit(STREAM, if step % 2 == 0 { red(320, 180) } else { white(640, 360) });
    }
    show(&surface, &[tile(STREAM, 300, 200, 320, 180)], &[]);
    display.expect(300, 200, WHITE, "the newest picture at the newest place");
    display.expect(299, 199, PAGE, "and nowhere else");
    let stats = surface.stats(STREAM);
    assert!(stats.presented >= 1 && stats.presented + stats.dropped == 300, "{stats:?}");
}

#[test]
fn a_destroyed_window_ends_the_surface_quietly() {
    let Some(display) = Display::start() else { return };
    let surface = surface(&display, true);
    show(&surface, &[tile(STREAM, 0, 0, 64, 36)], &[]);
    surface.submit(STREAM, red(64, 36));
    display.expect(10, 10, RED, "the picture");
    display.destroy_toplevel();
    display::until("the surface has noticed", || !surface.alive());
    surface.submit(STREAM, red(64, 36));
    show(&surface, &[tile(STREAM, 0, 0, 128, 72)], &[]);
}

#[test]
fn what_is_no_window_is_refused() {
    let Some(display) = Display::start() else { return };
    let options = X11Options { display: Some(display.name()), ..X11Options::default() };
    assert!(matches!(X11Surface::new(0x7777_7777, options), Err(SurfaceError::Refused { .. })));
    let options = X11Options { display: Some(":1999".into()), ..X11Options::default() };
    assert!(matches!(X11Surface::new(1, options), Err(SurfaceError::Display(_))));
}
