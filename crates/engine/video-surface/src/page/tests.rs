//! A page as a client that sees every byte. Nothing here sleeps: every wait is for a message.

use std::time::Duration;

use confab_media_model::{Rect, TilePlacement};
use confab_types::Mono;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const MAIN: StreamId = StreamId(2);
const THUMB: StreamId = StreamId(3);
const ORIGIN: &str = "tauri://localhost";

fn surface(patience: Duration) -> PageSurface {
    let options = PageOptions { patience, ..PageOptions::default() };
    PageSurface::new(&Handle::current(), options).expect("a loopback socket")
}

/// Patience that no test outlives.
fn patient() -> PageSurface {
    surface(Duration::from_secs(600))
}

fn tile(stream: StreamId, width: u32, height: u32) -> TilePlacement {
    let rect = Rect { x: 5, y: 5, width, height };
    TilePlacement { stream, rect, mirrored: false, radius: 0, cover: false }
}

fn show(page: &PageSurface, tiles: &[TilePlacement]) {
    page.set_layout(SurfaceLayout { tiles: tiles.to_vec(), holes: Vec::new() });
}

fn picture(millis: u64) -> Arc<VideoFrame> {
    Arc::new(VideoFrame::black(64, 36, Mono::from_millis(millis)))
}

async fn connect(url: &str, origin: &str) -> Result<Socket, Error> {
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("origin", origin.parse().expect("a plain value"));
    connect_async(request).await.map(|(socket, _)| socket)
}

async fn admitted(page: &PageSurface) -> Socket {
    let Endpoint { url, token } = page.endpoint().expect("randomness");
    let mut socket = connect(&url, ORIGIN).await.expect("our own page");
    socket.send(Message::text(token)).await.expect("open");
    socket
}

async fn frame(socket: &mut Socket) -> FrameHeader {
    let message = socket.next().await.expect("a message").expect("open");
    let bytes = message.into_data();
    let header = FrameHeader::decode(&bytes).expect("a frame");
    assert_eq!(bytes.len(), FrameHeader::LEN + header.len as usize);
    header
}

async fn acknowledge(socket: &mut Socket, stream: StreamId) {
    socket.send(Message::binary(stream.0.to_le_bytes().to_vec())).await.expect("open");
}

/// Whether the server ends this connection without ever sending a frame.
async fn refused(mut socket: Socket) -> bool {
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(_))) => return false,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return true,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_elsewhere_is_refused() {
    let page = patient();
    let Endpoint { url, .. } = page.endpoint().expect("randomness");
    let Err(Error::Http(response)) = connect(&url, "https://example.org").await else {
        panic!("a stranger was let in");
    };
    assert_eq!(response.status(), 403);
    let by_name = url.replace("127.0.0.1", "localhost");
    let Err(Error::Http(response)) = connect(&by_name, ORIGIN).await else {
        panic!("another name of this machine was accepted");
    };
    assert_eq!(response.status(), 421);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_gets_nothing_and_a_right_one_works_once() {
    let page = patient();
    show(&page, &[tile(MAIN, 64, 36)]);
    page.submit(MAIN, picture(1));
    let Endpoint { url, token } = page.endpoint().expect("randomness");

    let mut wrong = connect(&url, ORIGIN).await.expect("our own page");
    wrong.send(Message::text("0".repeat(32))).await.expect("open");
    assert!(refused(wrong).await);

    let mut right = connect(&url, ORIGIN).await.expect("our own page");
    right.send(Message::text(token.clone())).await.expect("open");
    assert_eq!(frame(&mut right).await.stream, MAIN);

    let mut again = connect(&url, ORIGIN).await.expect("our own page");
    again.send(Message::text(token)).await.expect("open");
    assert!(refused(again).await);
    acknowledge(&mut right, MAIN).await;
    page.submit(MAIN, picture(2));
    assert_eq!(frame(&mut right).await.captured_ms, 2.0, "the rightful page is not disturbed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_has_the_size_of_its_tile_and_says_when_it_was_taken() {
    let page = patient();
    show(&page, &[tile(MAIN, 101, 55)]);
    page.submit(MAIN, picture(1234));
    let mut socket = admitted(&page).await;
    let header = frame(&mut socket).await;
    let expected = FrameHeader {
        format: FrameFormat::Rgba,
        stream: MAIN,
        rotation: 0,
        seq: 0,
        width: 101,
        height: 55,
        captured_ms: 1234.0,
        len: 101 * 55 * 4,
    };
    assert_eq!(header, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_acknowledgements_only_the_credit_is_sent_and_then_the_newest_wins() {
    let page = patient();
    show(&page, &[tile(MAIN, 320, 180), tile(THUMB, 64, 36)]);
    let mut socket = admitted(&page).await;
    page.submit(MAIN, picture(1));
    assert_eq!(frame(&mut socket).await.captured_ms, 1.0);
    page.submit(MAIN, picture(2));
    assert_eq!(frame(&mut socket).await.captured_ms, 2.0);
    for millis in 3..=90 {
        page.submit(MAIN, picture(millis));
    }
    // The thumbnail's frame would come after anything that is still sent for the main picture.
    page.submit(THUMB, picture(500));
    let header = frame(&mut socket).await;
    assert_eq!((header.stream, header.captured_ms), (THUMB, 500.0));
    page.submit(THUMB, picture(501));
    acknowledge(&mut socket, MAIN).await;
    let header = frame(&mut socket).await;
    assert_eq!((header.stream, header.captured_ms, header.seq), (MAIN, 90.0, 2));
    acknowledge(&mut socket, THUMB).await;
    assert_eq!(frame(&mut socket).await.captured_ms, 501.0);
    assert_eq!(page.stats(MAIN), SurfaceStats { presented: 1, dropped: 87 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_hangs_gets_a_few_frames_more_and_recovers_when_it_wakes() {
    let page = surface(Duration::from_millis(1));
    show(&page, &[tile(MAIN, 320, 180), tile(THUMB, 64, 36)]);
    let mut socket = admitted(&page).await;
    // With this little patience every frame that may be risked is risked; none beyond the bound follows.
    let mut millis = 0;
    let mut received = Vec::new();
    while received.len() < credit::MOST_FRAMES {
        millis += 1;
        page.submit(MAIN, picture(millis));
        if let Ok(header) = tokio::time::timeout(Duration::from_millis(5), frame(&mut socket)).await {
            received.push(header.seq);
        }
    }
    assert_eq!(received, [0, 1, 2]);
    for _ in 0..100 {
        millis += 1;
        page.submit(MAIN, picture(millis));
        let more = tokio::time::timeout(Duration::from_millis(2), frame(&mut socket)).await;
        assert!(more.is_err(), "a frame beyond the bound");
    }
    acknowledge(&mut socket, MAIN).await;
    let header = frame(&mut socket).await;
    assert_eq!((header.seq, header.captured_ms), (3, millis as f64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reloaded_page_gets_the_last_picture_and_the_old_connection_ends() {
    let page = patient();
    show(&page, &[tile(MAIN, 64, 36)]);
    let mut old = admitted(&page).await;
    page.submit(MAIN, picture(7));
    assert_eq!(frame(&mut old).await.captured_ms, 7.0);
    let mut new = admitted(&page).await;
    let header = frame(&mut new).await;
    assert_eq!((header.captured_ms, header.seq), (7.0, 0));
    assert!(refused(old).await, "nothing more on the old connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_streams_get_nothing_and_cleared_ones_an_empty_frame() {
    let page = patient();
    show(&page, &[tile(MAIN, 64, 36)]);
    let mut socket = admitted(&page).await;
    page.submit(THUMB, picture(1));
    page.submit(MAIN, picture(2));
    assert_eq!(frame(&mut socket).await.stream, MAIN, "the hidden one came first and was not sent");
    page.clear(MAIN);
    let header = frame(&mut socket).await;
    assert_eq!((header.stream, header.width, header.height, header.len), (MAIN, 0, 0, 0));
    show(&page, &[tile(THUMB, 30, 20)]);
    let header = frame(&mut socket).await;
    assert_eq!((header.stream, header.width, header.height), (THUMB, 30, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_tile_needs_no_new_frame_and_a_resized_one_does() {
    let page = patient();
    show(&page, &[tile(MAIN, 64, 36)]);
    let mut socket = admitted(&page).await;
    page.submit(MAIN, picture(1));
    assert_eq!(frame(&mut socket).await.width, 64);
    let mut moved = tile(MAIN, 64, 36);
    moved.rect.x = 500;
    show(&page, &[moved]);
    show(&page, &[tile(MAIN, 80, 45)]);
    let header = frame(&mut socket).await;
    assert_eq!((header.width, header.captured_ms, header.seq), (80, 1.0, 1));
}
