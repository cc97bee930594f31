use std::sync::atomic::{AtomicUsize, Ordering};

use confab_media_model::Rect;
use confab_types::Mono;

use super::*;

fn board() -> (Board, Arc<AtomicUsize>) {
    let rings = Arc::new(AtomicUsize::new(0));
    let heard = rings.clone();
    (Board::new(move || _ = heard.fetch_add(1, Ordering::Relaxed)), rings)
}

fn tile(stream: u16, width: u32) -> TilePlacement {
    let rect = Rect { x: 0, y: 0, width, height: 90 };
    TilePlacement { stream: StreamId(stream), rect, mirrored: false, radius: 0, cover: false }
}

fn layout(tiles: &[TilePlacement]) -> SurfaceLayout {
    SurfaceLayout { tiles: tiles.to_vec(), holes: Vec::new() }
}

fn picture(millis: u64) -> Arc<VideoFrame> {
    Arc::new(VideoFrame::black(2, 2, Mono::from_millis(millis)))
}

fn taken(board: &Board, stream: u16) -> Option<(u64, bool)> {
    match board.take(StreamId(stream))? {
        Offer::Picture { frame, new } => Some((frame.captured.as_millis(), new)),
        Offer::Blank => None,
    }
}

#[test]
fn the_newest_picture_wins_and_the_replaced_one_is_counted() {
    let (board, rings) = board();
    board.set_layout(layout(&[tile(2, 160)]));
    board.submit(StreamId(2), picture(1));
    board.submit(StreamId(2), picture(2));
    assert_eq!(rings.load(Ordering::Relaxed), 1, "one ring until the thread has looked");
    assert!(board.look());
    assert_eq!(taken(&board, 2), Some((2, true)));
    assert_eq!(taken(&board, 2), None);
    assert_eq!(board.stats(StreamId(2)), SurfaceStats { presented: 0, dropped: 1 });
}

#[test]
fn a_hidden_stream_rings_no_bell_and_its_last_picture_shows_when_its_tile_appears() {
    let (board, rings) = board();
    board.submit(StreamId(2), picture(1));
    board.submit(StreamId(2), picture(2));
    assert_eq!(rings.load(Ordering::Relaxed), 0);
    assert_eq!(taken(&board, 2), None);
    board.set_layout(layout(&[tile(2, 160)]));
    assert_eq!(taken(&board, 2), Some((2, true)));
    assert_eq!(board.stats(StreamId(2)).dropped, 0, "hidden pictures are not dropped ones");
}

#[test]
fn the_same_picture_shown_again_is_not_new() {
    let (board, _) = board();
    board.set_layout(layout(&[tile(2, 160)]));
    board.submit(StreamId(2), picture(1));
    board.take(StreamId(2));
    board.again(StreamId(2));
    assert_eq!(taken(&board, 2), Some((1, false)));
}

#[test]
fn a_cleared_stream_shows_nothing_until_its_next_picture() {
    let (board, _) = board();
    board.set_layout(layout(&[tile(2, 160)]));
    board.submit(StreamId(2), picture(1));
    board.clear(StreamId(2));
    assert!(matches!(board.take(StreamId(2)), Some(Offer::Blank)));
    board.again(StreamId(2));
    assert!(board.take(StreamId(2)).is_none(), "there is nothing to show again");
    board.clear(StreamId(2));
    board.submit(StreamId(2), picture(3));
    assert_eq!(taken(&board, 2), Some((3, true)));
}

#[test]
fn layouts_are_tidied_and_an_equal_one_changes_nothing() {
    let (board, rings) = board();
    board.set_layout(layout(&[tile(2, 160), tile(3, 0), tile(2, 320), tile(4, 100_000)]));
    let tiles = board.tiles_after(0).expect("a first layout");
    let widths: Vec<_> = tiles.tiles.iter().map(|tile| (tile.stream.0, tile.rect.width)).collect();
    assert_eq!(widths, [(2, 160), (4, MAX_TILE_SIDE)]);
    assert!(board.look());
    board.set_layout(layout(&[tile(2, 160), tile(4, 100_000)]));
    assert!(board.tiles_after(tiles.generation).is_none());
    assert_eq!(rings.load(Ordering::Relaxed), 1);
}

#[test]
fn a_closed_board_ends_its_thread() {
    let (board, rings) = board();
    assert!(board.look());
    board.close();
    assert_eq!(rings.load(Ordering::Relaxed), 1);
    assert!(!board.look());
}
