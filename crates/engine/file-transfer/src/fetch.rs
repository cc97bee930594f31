//! A file of theirs: asked for by pieces, each verified before it is written.

use confab_media_model::files::PIECE;
use confab_media_model::{FileFault, FileHash, WantedFile};
use sha2::{Digest, Sha256};

use crate::downloads::{Downloads, Part};
use crate::own::hash_of;

/// One wanted file.
pub(crate) struct Fetch {
    pub(crate) wanted: WantedFile,
    pub(crate) state: State,
}

/// How far it is.
pub(crate) enum State {
    /// Its turn has not come.
    Waiting,
    /// Being fetched.
    Moving(Box<Receiving>),
    /// Saved or failed.
    Ended,
}

/// A file on its way to the disk.
pub(crate) struct Receiving {
    /// The number under which it was asked for; 0: it is not.
    pub(crate) stream: u32,
    part: Part,
    whole: Sha256,
    size: u64,
    hash: Option<FileHash>,
    /// The hash of the piece that is arriving.
    announced: Option<FileHash>,
    piece: Vec<u8>,
    /// Whether the piece that is arriving was wrong once.
    again: bool,
}

/// What a message did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More is coming.
    More,
    /// All pieces below this are verified.
    Verified(u32),
    /// The piece was wrong: ask for it again.
    Again,
}

impl Fetch {
    pub(crate) fn new(wanted: WantedFile) -> Fetch {
        Fetch { wanted, state: State::Waiting }
    }

    pub(crate) fn receiving(&mut self) -> Option<&mut Receiving> {
        match &mut self.state {
            State::Moving(receiving) => Some(receiving),
            _ => None,
        }
    }
}

impl Receiving {
    /// Opens its partial file; what an earlier try has left is verified and kept.
    pub(crate) fn begin(wanted: &WantedFile, downloads: &Downloads) -> Result<Receiving, FileFault> {
        let mut whole = Sha256::new();
        let part = downloads.begin(&wanted.name, wanted.size, wanted.hash, |piece| whole.update(piece))?;
        let (size, hash) = (wanted.size, wanted.hash);
        Ok(Receiving { stream: 0, part, whole, size, hash, announced: None, piece: Vec::new(), again: false })
    }

    /// The first piece that is missing.
    pub(crate) fn next(&self) -> u32 {
        self.part.pieces()
    }

    /// Bytes that are verified.
    pub(crate) fn verified(&self) -> u64 {
        self.size.min(u64::from(self.part.pieces()) * PIECE as u64)
    }

    /// What was under way is lost or no longer wanted.
    pub(crate) fn drop_stream(&mut self) {
        self.stream = 0;
        self.announced = None;
        self.piece = Vec::new();
    }

    /// A piece begins.
    pub(crate) fn announced(&mut self, piece: u32, hash: FileHash) -> Result<(), FileFault> {
        if self.announced.is_some() || piece != self.next() || self.verified() >= self.size {
            return Err(FileFault::BadPeer);
        }
        self.announced = Some(hash);
        Ok(())
    }

    /// Bytes of the piece.
    pub(crate) fn data(&mut self, offset: u64, bytes: &[u8]) -> Result<Progress, FileFault> {
        let start = self.verified();
        let length = usize::try_from(self.size - start).unwrap_or(PIECE).min(PIECE);
        let expected = self.announced.ok_or(FileFault::BadPeer)?;
        if offset != start + self.piece.len() as u64 || self.piece.len() + bytes.len() > length {
            return Err(FileFault::BadPeer);
        }
        self.piece.extend(bytes);
        if self.piece.len() < length {
            return Ok(Progress::More);
        }
        self.announced = None;
        let piece = std::mem::take(&mut self.piece);
        if hash_of(&piece) != expected {
            return if std::mem::replace(&mut self.again, true) {
                Err(FileFault::WrongHash)
            } else {
                Ok(Progress::Again)
            };
        }
        self.write(&piece, expected)?;
        Ok(Progress::Verified(self.next()))
    }

    /// Takes the whole file at once.
    pub(crate) fn all(&mut self, bytes: &[u8]) -> Result<(), FileFault> {
        if bytes.len() as u64 != self.size {
            return Err(FileFault::WrongHash);
        }
        let missing = usize::try_from(self.verified()).unwrap_or(usize::MAX).min(bytes.len());
        for piece in bytes[missing..].chunks(PIECE) {
            self.write(piece, hash_of(piece))?;
        }
        Ok(())
    }

    /// Whether nothing is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.verified() >= self.size
    }

    /// Checks the hash of the whole and gives the file its name, which is returned. When the hash is wrong nothing is left.
    pub(crate) fn finish(self, downloads: &Downloads) -> Result<String, FileFault> {
        let hash = FileHash(self.whole.finalize().into());
        if self.hash.is_some_and(|wanted| wanted != hash) {
            self.part.discard();
            return Err(FileFault::WrongHash);
        }
        downloads.finish(self.part)
    }

    /// Removes what was fetched.
    pub(crate) fn discard(self) {
        self.part.discard();
    }

    fn write(&mut self, piece: &[u8], hash: FileHash) -> Result<(), FileFault> {
        self.part.write(piece, hash)?;
        self.whole.update(piece);
        self.again = false;
        Ok(())
    }
}
