//! The thread that scales, converts and hands over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use bytes::Bytes;
use confab_media_model::{TilePlacement, VideoFrame};
use confab_types::StreamId;

use super::PageOptions;
use super::credit::Credits;
use super::header::{FrameFormat, FrameHeader};
use super::session::Link;
use crate::board::{Board, Offer};
use crate::paint::{ByteOrder, Painter, TileLook, round_corners};

/// Frames of the largest tile that may travel at once: one is drawn while the next is on its way.
const LARGEST_CREDIT: usize = 2;

/// Takes pictures when there is credit for them, and only then spends time on them.
pub(super) struct Worker {
    board: Arc<Board>,
    link: Arc<Link>,
    rings: Receiver<()>,
    options: PageOptions,
    painter: Painter,
    tiles: Arc<Vec<TilePlacement>>,
    looks: BTreeMap<StreamId, (TileLook, u32)>,
    generation: u64,
    /// Which connection was served last.
    session: u64,
    seqs: BTreeMap<StreamId, u32>,
}

impl Worker {
    pub fn new(board: Arc<Board>, link: Arc<Link>, rings: Receiver<()>, options: PageOptions) -> Self {
        Worker {
            board,
            link,
            rings,
            options,
            painter: Painter::new(),
            tiles: Arc::default(),
            looks: BTreeMap::new(),
            generation: 0,
            session: 0,
            seqs: BTreeMap::new(),
        }
    }

    /// Works until the board is closed.
    pub fn run(mut self) {
        let mut deadline = None;
        while self.wait(deadline) && self.board.look() {
            self.follow_layout();
            deadline = self.serve();
        }
    }

    /// Sleeps until the bell rings or the deadline has come. `false` when nobody can ring any more.
    fn wait(&self, deadline: Option<Instant>) -> bool {
        match deadline {
            None => self.rings.recv().is_ok(),
            Some(deadline) => {
                let span = deadline.saturating_duration_since(Instant::now());
                !matches!(self.rings.recv_timeout(span), Err(RecvTimeoutError::Disconnected))
            }
        }
    }

    fn follow_layout(&mut self) {
        let Some(layout) = self.board.tiles_after(self.generation) else { return };
        self.generation = layout.generation;
        let looks = layout.tiles.iter().map(|tile| (tile.stream, self.look(tile))).collect();
        let before = std::mem::replace(&mut self.looks, looks);
        for (stream, look) in &self.looks {
            if before.get(stream) != Some(look) {
                self.board.again(*stream);
            }
        }
        self.tiles = layout.tiles;
    }

    fn look(&self, tile: &TilePlacement) -> (TileLook, u32) {
        let look = TileLook {
            width: tile.rect.width,
            height: tile.rect.height,
            mirrored: tile.mirrored,
            cover: tile.cover,
            background: self.options.background,
        };
        (look, tile.radius)
    }

    /// Sends what is new and has credit. Gives when to look again although no bell rings.
    fn serve(&mut self) -> Option<Instant> {
        self.greet()?;
        let tiles = self.tiles.clone();
        let largest = tiles.iter().map(|tile| (area(tile), tile.stream)).max().map(|(_, stream)| stream);
        let mut deadline: Option<Instant> = None;
        for tile in tiles.iter() {
            let stream = tile.stream;
            if !self.board.waits(stream) {
                continue;
            }
            let credit = if Some(stream) == largest { LARGEST_CREDIT } else { 1 };
            let (look, radius) = self.look(tile);
            let bytes = FrameHeader::LEN + look.byte_len();
            {
                let mut session = self.link.lock();
                let credits = &mut session.as_mut()?.credits;
                if !credits.allows(stream, bytes, credit, Instant::now()) {
                    let later = credits.deadline(stream);
                    deadline = deadline.into_iter().chain(later).min();
                    continue;
                }
            }
            match self.board.take(stream) {
                None => {}
                Some(Offer::Blank) => self.send(stream, self.header(stream, None), Vec::new(), false),
                Some(Offer::Picture { frame, new }) => {
                    let mut message = vec![0; bytes];
                    let pixels = &mut message[FrameHeader::LEN..];
                    self.painter.paint(&frame, &look, ByteOrder::Rgba, pixels);
                    round_corners(pixels, look.width, look.height, radius);
                    let header = self.header(stream, Some((&frame, &look)));
                    self.send(stream, header, message, new);
                }
            }
        }
        deadline
    }

    /// Prepares for a connection that is new: the page has nothing yet, so everything is shown again. `None` when no
    /// page is connected.
    fn greet(&mut self) -> Option<()> {
        let mut session = self.link.lock();
        let session = session.as_mut()?;
        if self.session != session.number {
            self.session = session.number;
            session.credits = Credits::new(self.options.patience);
            self.seqs.clear();
            self.tiles.iter().for_each(|tile| self.board.again(tile.stream));
        }
        Some(())
    }

    fn header(&self, stream: StreamId, picture: Option<(&VideoFrame, &TileLook)>) -> FrameHeader {
        let (width, height) = picture.map_or((0, 0), |(_, look)| (look.width as u16, look.height as u16));
        FrameHeader {
            format: FrameFormat::Rgba,
            stream,
            rotation: 0,
            seq: self.seqs.get(&stream).copied().unwrap_or(0),
            width,
            height,
            captured_ms: picture.map_or(0.0, |(frame, _)| frame.captured.as_micros() as f64 / 1000.0),
            len: picture.map_or(0, |(_, look)| look.byte_len() as u32),
        }
    }

    fn send(&mut self, stream: StreamId, header: FrameHeader, mut message: Vec<u8>, new: bool) {
        if message.is_empty() {
            message.resize(FrameHeader::LEN, 0);
        }
        message[..FrameHeader::LEN].copy_from_slice(&header.encode());
        let bytes = message.len();
        let mut session = self.link.lock();
        // A page that has connected meanwhile is greeted in the next round.
        let session = session.as_mut().filter(|session| session.number == self.session);
        let Some(session) = session.filter(|session| session.send(Bytes::from(message))) else {
            self.board.again(stream);
            return;
        };
        session.credits.sent(stream, bytes, new, Instant::now());
        let seq = self.seqs.entry(stream).or_default();
        *seq = seq.wrapping_add(1);
    }
}

fn area(tile: &TilePlacement) -> u64 {
    u64::from(tile.rect.width) * u64::from(tile.rect.height)
}
