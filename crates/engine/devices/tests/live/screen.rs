//! Monitors and windows: a red window of another program with a green cursor on it, and a blue one of our own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use confab_devices::SystemDevices;
use confab_media_model::{
    CaptureFault, DeviceFault, Devices, OpenDevice, ScreenRequest, ShareInfo, VideoFrame,
};
use confab_types::{Mono, SourceId};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt, CreateWindowAux, ImageFormat, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::desktop;
use crate::painter::{Painter, TITLE};
use crate::sound::devices;

const SOON: Duration = Duration::from_secs(15);
/// Red, green and blue in BT.601 limited range.
const RED: [u8; 3] = [81, 90, 240];
const GREEN: [u8; 3] = [145, 54, 34];
const BLUE: [u8; 3] = [41, 240, 110];
/// Around what is shared, `0xRRGGBB`.
const MARK: u32 = 0x0000_ff00;

pub fn a_window_and_the_cursor_are_seen() {
    let listed = devices().list().screens;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].size, (641, 361));

    let mut painter = Painter::start();
    let (guard, frames) = capture(Some(&listed[0].id), Box::new(|fault| panic!("screen: {fault}")));
    println!("  {}, source {}", guard.describe(), listed[0].id);
    let frame = wait_for(&frames, |frame| colour(frame, 110, 110) == Some(RED));
    assert_eq!((frame.width(), frame.height()), (640, 360), "odd sides are cropped");
    assert_eq!(colour(&frame, 290, 190), Some(RED), "the window's far corner");
    assert_ne!(colour(&frame, 90, 90), Some(RED), "outside of the window");
    let frame = wait_for(&frames, |frame| colour(frame, 200, 150) == Some(GREEN));
    assert_eq!(colour(&frame, 194, 144), Some(GREEN), "the cursor's corner");
    assert_eq!(colour(&frame, 210, 150), Some(RED), "beside the cursor");

    // Nothing moves: the picture is repeated, after a while only once a second.
    // A busy machine may be late now and then, not every time.
    let mut last = frames.recv_timeout(SOON).expect("a repeated picture").captured;
    let second = Duration::from_millis(800)..Duration::from_millis(1500);
    let once_a_second = (0..40).any(|_| {
        let next = frames.recv_timeout(SOON).expect("another one").captured;
        second.contains(&(next - std::mem::replace(&mut last, next)))
    });
    assert!(once_a_second, "repeated once a second");

    painter.tell("at 300 100");
    wait_for(&frames, |frame| colour(frame, 490, 190) == Some(RED) && colour(frame, 110, 110) != Some(RED));
}

pub fn our_own_windows_are_left_out() {
    let _painter = Painter::start();
    let (connection, own) = own_blue_window((250, 150), (100, 100));
    let fault = Box::new(|fault| panic!("screen: {fault}"));
    let (_guard, frames) = capture(None, fault);
    let never_blue = |frame: &VideoFrame| {
        let pixels = (0..340).step_by(5).flat_map(|y| (0..640).step_by(5).map(move |x| (x, y)));
        for (x, y) in pixels {
            assert_ne!(colour(frame, x, y), Some(BLUE), "our window is seen at {x}, {y}");
        }
    };
    let seen = |at: (usize, usize)| {
        wait_for(&frames, |frame| {
            never_blue(frame);
            colour(frame, at.0, at.1) == Some(RED)
        })
    };
    let frame = seen((270, 180));
    assert_ne!(colour(&frame, 340, 240), Some(RED), "beneath it is the desktop");
    for (x, y) in [(210, 120), (150, 110), (400, 200)] {
        connection.configure_window(own, &ConfigureWindowAux::new().x(x).y(y)).expect("the server lives");
        connection.sync().expect("the server lives");
        seen((270, 180));
    }
}

pub fn a_window_is_shared_whatever_lies_above_it() {
    let mut painter = Painter::start();
    let (_connection, _own) = own_blue_window((150, 150), (50, 100));
    let mut watch = devices().watch_shares();
    let shares = watch.look();
    let [screen, window] = &shares[..] else { panic!("our own window is left out: {shares:?}") };
    assert!(!screen.window && window.window && window.label == TITLE, "{shares:?}");
    assert_eq!((screen.size, window.size), ((641, 361), (200, 100)));
    for share in &shares {
        let (kind, data) = share.thumbnail.split_once(',').expect("an address");
        assert_eq!(kind, "data:image/jpeg;base64");
        assert!((200..60_000).contains(&data.len()), "{} bytes", data.len());
    }
    let again: Vec<ShareInfo> = watch.look();
    assert_eq!(again[1].thumbnail, window.thumbnail, "what looks the same is not coded anew");
    drop(watch);

    let (told, faults) = channel();
    let fault = Box::new(move |fault| told.send(fault).expect("the test listens"));
    let (guard, frames) = capture(Some(&window.id), fault);
    println!("  {}", guard.describe());
    let frame = wait_for(&frames, |frame| colour(frame, 60, 60) == Some(RED));
    assert_eq!((frame.width(), frame.height()), (200, 100));
    let frame = wait_for(&frames, |frame| colour(frame, 100, 50) == Some(GREEN));
    assert_eq!(colour(&frame, 120, 50), Some(RED), "beside the cursor");
    painter.tell("size 320 150");
    let frame = wait_for(&frames, |frame| (frame.width(), frame.height()) == (320, 150));
    assert_eq!(colour(&frame, 300, 140), Some(RED));
    // Minimised, its last picture stands; nothing is lost by it.
    painter.tell("icon");
    let begin = frames.recv_timeout(SOON).expect("a repeated picture").captured;
    wait_for(&frames, |frame| frame.captured - begin > Duration::from_secs(2));
    assert!(faults.try_recv().is_err());
    painter.tell("close");
    assert_eq!(faults.recv_timeout(SOON), Ok(CaptureFault::Gone));
}

pub fn what_is_shared_has_a_border_that_only_we_see() {
    let mut painter = Painter::start();
    let (connection, number) = x11rb::connect(None).expect("Xvfb answers");
    let root = connection.setup().roots[number].root;
    let on_screen = |x: i16, y: i16| {
        let image =
            connection.get_image(ImageFormat::Z_PIXMAP, root, x, y, 1, 1, !0).expect("the server lives");
        let data = image.reply().expect("the place is on the screen").data;
        u32::from_le_bytes([data[0], data[1], data[2], 0])
    };
    let until = |wanted: [(i16, i16, bool); 4]| {
        let begin = Instant::now();
        while !wanted.iter().all(|(x, y, marked)| (on_screen(*x, *y) == MARK) == *marked) {
            assert!(begin.elapsed() < SOON, "no border at {wanted:?}");
            std::thread::yield_now();
        }
    };
    let marked = SystemDevices::new(Arc::new(|| Mono::ZERO)).mark_shared(MARK);
    let window = marked.watch_shares().look().pop().expect("the window is listed").id;
    let open = |source: Option<SourceId>| {
        let (shown, frames) = channel();
        let sink = Arc::new(move |frame| drop(shown.send(frame)));
        let request = ScreenRequest { source, fps: 10 };
        (marked.open_screen(&request, sink, Box::new(|fault| panic!("{fault}"))).expect("it opens"), frames)
    };

    let (guard, frames) = open(Some(window));
    until([(98, 150, true), (301, 150, true), (200, 98, true), (200, 201, true)]);
    painter.tell("at 60 40");
    until([(58, 90, true), (261, 90, true), (98, 150, false), (301, 150, false)]);
    let frame: Arc<VideoFrame> = frames.recv_timeout(SOON).expect("a picture");
    assert_eq!((frame.width(), frame.height()), (200, 100), "the border is not in the picture");
    drop(guard);
    until([(58, 90, false), (261, 90, false), (160, 38, false), (160, 141, false)]);

    let (guard, frames) = open(None);
    until([(1, 180, true), (639, 180, true), (320, 1, true), (320, 359, true)]);
    let frame = wait_for(&frames, |frame: &VideoFrame| colour(frame, 100, 100) == Some(RED));
    for (x, y) in [(1, 180), (320, 1), (320, 359)] {
        assert_ne!(colour(&frame, x, y), Some(GREEN), "the border is in the picture at {x}, {y}");
    }
    drop(guard);
    until([(1, 180, false), (639, 180, false), (320, 1, false), (320, 359, false)]);
}

pub fn an_unknown_screen_is_missing() {
    for name in ["attic", "window:7fffff"] {
        let request = ScreenRequest { source: Some(SourceId::new(name)), fps: 10 };
        let opened =
            devices().open_screen(&request, Arc::new(|_| {}), Box::new(|_| panic!("it never opened")));
        assert_eq!(opened.err(), Some(DeviceFault::Missing), "{name}");
    }
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
    assert!(devices().list().screens.is_empty() && devices().watch_shares().look().is_empty());
}

pub fn capture(
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
        assert!(Instant::now() < deadline, "the picture never shows it: {frame:?}");
    }
}

/// `RED`, `GREEN` or `BLUE` when the pixel is nearly that.
fn colour(frame: &VideoFrame, x: usize, y: usize) -> Option<[u8; 3]> {
    let chroma = y / 2 * frame.stride_uv() + x / 2;
    let found = [frame.y()[y * frame.stride_y() + x], frame.u()[chroma], frame.v()[chroma]];
    let near = |wanted: &[u8; 3]| found.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= 3);
    [RED, GREEN, BLUE].into_iter().find(near)
}

/// Of this process, of 100×100 pixels or so, above everything that was there before.
fn own_blue_window((x, y): (i16, i16), (width, height): (u16, u16)) -> (RustConnection, Window) {
    let (connection, number) = x11rb::connect(None).expect("Xvfb answers");
    let root = connection.setup().roots[number].root;
    let window = connection.generate_id().expect("ids are plenty");
    let look = CreateWindowAux::new().background_pixel(0x0000_00ff).override_redirect(1);
    let class = WindowClass::INPUT_OUTPUT;
    connection
        .create_window(0, window, root, x, y, width, height, 0, class, 0, &look)
        .and_then(|_| connection.map_window(window))
        .expect("the server lives");
    connection.sync().expect("the server lives");
    (connection, window)
}
