//! The screen: a red window with a green cursor on it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, DeviceFault, Devices, OpenDevice, ScreenRequest, VideoFrame};
use confab_types::SourceId;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, Rectangle, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::desktop;
use crate::sound::devices;

const SOON: Duration = Duration::from_secs(15);
/// Red and green in BT.601 limited range.
const RED: [u8; 3] = [81, 90, 240];
const GREEN: [u8; 3] = [145, 54, 34];

pub fn a_window_and_the_cursor_are_seen() {
    let listed = devices().list().screens;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].size, (641, 361));

    let (connection, window) = red_window_with_green_cursor();
    let (guard, frames) = capture(Some(&listed[0].id), Box::new(|fault| panic!("screen: {fault}")));
    println!("  {}, source {}", guard.describe(), listed[0].id);
    let frame = wait_for(&frames, |frame| colour(frame, 110, 110) == Some(RED));
    assert_eq!((frame.width(), frame.height()), (640, 360), "odd sides are cropped");
    assert_eq!(colour(&frame, 290, 190), Some(RED), "the window's far corner");
    assert_ne!(colour(&frame, 90, 90), Some(RED), "outside of the window");
    let frame = wait_for(&frames, |frame| colour(frame, 200, 150) == Some(GREEN));
    assert_eq!(colour(&frame, 194, 144), Some(GREEN), "the cursor's corner");
    assert_eq!(colour(&frame, 210, 150), Some(RED), "beside the cursor");

    // Nothing moves: the picture is repeated about once a second.
    let quiet = frames.recv_timeout(SOON).expect("a repeated picture");
    let next = frames.recv_timeout(SOON).expect("another one");
    let pause = next.captured - quiet.captured;
    assert!((0.9..1.5).contains(&pause.as_secs_f32()), "repeated after {pause:?}");

    connection.configure_window(window, &ConfigureWindowAux::new().x(300)).expect("the server lives");
    connection.sync().expect("the server lives");
    wait_for(&frames, |frame| colour(frame, 490, 190) == Some(RED) && colour(frame, 110, 110) != Some(RED));
}

pub fn an_unknown_screen_is_missing() {
    let request = ScreenRequest { source: Some(SourceId::new("attic")), fps: 10 };
    let opened = devices().open_screen(&request, Arc::new(|_| {}), Box::new(|_| panic!("it never opened")));
    assert_eq!(opened.err(), Some(DeviceFault::Missing));
}

pub fn a_lost_server_is_one_fault() {
    let (told, faults) = channel();
    let (guard, frames) = capture(None, Box::new(move |fault| told.send(fault).expect("the test listens")));
    frames.recv_timeout(SOON).expect("a picture");
    desktop::end_x_server();
    assert_eq!(faults.recv_timeout(SOON), Ok(CaptureFault::Gone));
    let begin = Instant::now();
    drop(guard);
    assert!(begin.elapsed() < Duration::from_secs(2), "closing took {:?}", begin.elapsed());
    assert!(devices().list().screens.is_empty());
}

fn capture(
    source: Option<&SourceId>,
    fault: Box<dyn FnOnce(CaptureFault) + Send>,
) -> (Box<dyn OpenDevice>, Receiver<Arc<VideoFrame>>) {
    let (shown, frames) = channel();
    let request = ScreenRequest { source: source.cloned(), fps: 10 };
    let sink = Arc::new(move |frame| drop(shown.send(frame)));
    (devices().open_screen(&request, sink, fault).expect("the screen opens"), frames)
}

#[track_caller]
fn wait_for(frames: &Receiver<Arc<VideoFrame>>, wanted: impl Fn(&VideoFrame) -> bool) -> Arc<VideoFrame> {
    let deadline = Instant::now() + SOON;
    loop {
        let frame = frames.recv_timeout(SOON).expect("pictures come");
        if wanted(&frame) {
            return frame;
        }
        assert!(
            Instant::now() < deadline,
            "the picture never shows it; centre {:?}",
            colour(&frame, 200, 150)
        );
    }
}

/// `RED` or `GREEN` when the pixel is nearly that.
fn colour(frame: &VideoFrame, x: usize, y: usize) -> Option<[u8; 3]> {
    let chroma = y / 2 * frame.stride_uv() + x / 2;
    let found = [frame.y()[y * frame.stride_y() + x], frame.u()[chroma], frame.v()[chroma]];
    let near = |wanted: &[u8; 3]| found.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= 3);
    [RED, GREEN].into_iter().find(near)
}

/// At 100, 100, of 200×100 pixels; the cursor is a square of 16 pixels around the centre.
fn red_window_with_green_cursor() -> (RustConnection, Window) {
    let (connection, number) = x11rb::connect(None).expect("Xvfb answers");
    let root = connection.setup().roots[number].root;
    let [window, pixmap, gc, cursor] = [(); 4].map(|()| connection.generate_id().expect("ids are plenty"));
    let draw = || -> Result<(), Box<dyn std::error::Error>> {
        connection.create_pixmap(1, pixmap, root, 16, 16)?;
        connection.create_gc(gc, pixmap, &CreateGCAux::new().foreground(1))?;
        connection.poly_fill_rectangle(pixmap, gc, &[Rectangle { x: 0, y: 0, width: 16, height: 16 }])?;
        let (green, black) = ((0, 0xffff, 0), (0, 0, 0));
        connection.create_cursor(
            cursor, pixmap, pixmap, green.0, green.1, green.2, black.0, black.1, black.2, 8, 8,
        )?;
        let look = CreateWindowAux::new().background_pixel(0x00ff_0000).override_redirect(1).cursor(cursor);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, window, root, 100, 100, 200, 100, 0, class, 0, &look)?;
        connection.map_window(window)?;
        connection.warp_pointer(x11rb::NONE, window, 0, 0, 0, 0, 100, 50)?;
        connection.sync()?;
        Ok(())
    };
    draw().expect("the server draws");
    (connection, window)
}
