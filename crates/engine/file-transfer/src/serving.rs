//! One stream that we give: pieces in order, never more than the window ahead.

use std::fs::File;

use confab_media_model::FileId;
use confab_media_model::files::PIECE;

use crate::own::Offered;
use crate::wire::{Control, DATA_HEADER, Refusal, WINDOW, data};

/// One stream of an own file.
pub(crate) struct Serving {
    pub(crate) file: FileId,
    stream: u32,
    open: File,
    /// The first piece that was not read yet.
    next: u32,
    acked: u32,
    piece: Option<Piece>,
}

/// A piece on its way.
struct Piece {
    number: u32,
    bytes: Vec<u8>,
    sent: usize,
}

/// What a stream has to send next.
pub(crate) enum Next {
    /// Nothing until the receiver has verified more.
    Nothing,
    /// This message; then [`Serving::sent`].
    Message(Vec<u8>, usize),
    /// It cannot go on.
    End(Refusal),
}

impl Serving {
    /// From a piece on.
    pub(crate) fn begin(file: FileId, stream: u32, from: u32, offered: &Offered) -> Result<Serving, Refusal> {
        if from > offered.pieces() {
            return Err(Refusal::Gone);
        }
        let open = offered.open().map_err(|_| Refusal::Unreadable)?;
        Ok(Serving { file, stream, open, next: from, acked: from, piece: None })
    }

    /// The next message of at most `limit` bytes. The announcement of a piece counts as no bytes of it.
    pub(crate) fn next(&mut self, offered: &Offered, limit: usize) -> Next {
        if let Some(piece) = &self.piece {
            let end = piece.bytes.len().min(piece.sent + limit - DATA_HEADER);
            let offset = u64::from(piece.number) * PIECE as u64 + piece.sent as u64;
            let bytes = &piece.bytes[piece.sent..end];
            return Next::Message(data(self.stream, offset, bytes), bytes.len());
        }
        if self.next >= offered.pieces() || self.next - self.acked >= WINDOW {
            return Next::Nothing;
        }
        match offered.read(&mut self.open, self.next) {
            Ok(Some((bytes, sha256))) => {
                self.piece = Some(Piece { number: self.next, bytes, sent: 0 });
                let announcement = Control::Piece { s: self.stream, n: self.next, sha256 };
                self.next += 1;
                Next::Message(announcement.to_message(), 0)
            }
            Ok(None) => Next::End(Refusal::Changed),
            Err(_) => Next::End(Refusal::Unreadable),
        }
    }

    /// So many bytes of the piece are on their way.
    pub(crate) fn sent(&mut self, bytes: usize) {
        if let Some(piece) = &mut self.piece {
            piece.sent += bytes;
            if piece.sent >= piece.bytes.len() {
                self.piece = None;
            }
        }
    }

    /// The receiver has verified all pieces below `piece`; true when that is news.
    pub(crate) fn acknowledge(&mut self, piece: u32) -> bool {
        let news = piece > self.acked && piece <= self.next;
        if news {
            self.acked = piece;
        }
        news
    }

    /// Bytes that the receiver has verified.
    pub(crate) fn verified(&self, size: u64) -> u64 {
        size.min(u64::from(self.acked) * PIECE as u64)
    }
}
