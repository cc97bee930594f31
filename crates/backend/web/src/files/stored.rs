//! One file: what is there of it, and who waits for more.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use confab_media_model::files::PIECE;
use confab_media_model::{FileHash, FileId};
use confab_types::{Mono, ParticipantId};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::Limits;
use super::offer::OfferedFile;
use super::refusal::Refusal;

/// How often a receiver's progress is told.
const TELL: Duration = Duration::from_secs(1);

/// How much is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct There {
    /// Verified bytes on the disk, always whole pieces.
    pub(crate) bytes: u64,
    /// Whether it is there no longer.
    pub(crate) gone: bool,
    /// When the last piece came.
    at: Mono,
}

/// A file of a room.
pub(crate) struct Stored {
    about: OfferedFile,
    owner: ParticipantId,
    pieces: Vec<FileHash>,
    path: PathBuf,
    begun: Mono,
    there: watch::Sender<There>,
    /// The hash of what is there; who holds it writes.
    whole: tokio::sync::Mutex<Sha256>,
    told: Mutex<BTreeMap<ParticipantId, (Mono, u64)>>,
}

impl Stored {
    /// A file of which nothing is there yet.
    pub(crate) fn new(
        about: OfferedFile,
        pieces: Vec<FileHash>,
        owner: ParticipantId,
        path: PathBuf,
        now: Mono,
    ) -> Stored {
        let there = There { bytes: 0, gone: false, at: now };
        Stored {
            about,
            owner,
            pieces,
            path,
            begun: now,
            there: watch::Sender::new(there),
            whole: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> &FileId {
        &self.about.id
    }

    pub(crate) fn about(&self) -> &OfferedFile {
        &self.about
    }

    pub(crate) fn size(&self) -> u64 {
        self.about.size
    }

    pub(crate) fn owner(&self) -> &ParticipantId {
        &self.owner
    }

    pub(crate) fn pieces(&self) -> &[FileHash] {
        &self.pieces
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the other one is the same file by the same sender, offered once more.
    pub(crate) fn is_same(&self, other: &Stored) -> bool {
        self.owner == other.owner
            && self.about.hash == other.about.hash
            && self.about.size == other.about.size
            && self.pieces == other.pieces
    }

    pub(crate) fn there(&self) -> There {
        *self.there.borrow()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.there().bytes >= self.size()
    }

    pub(crate) fn is_outdated(&self, now: Mono, limits: &Limits) -> bool {
        let there = self.there();
        let stuck = there.bytes < self.size() && there.at + limits.patience <= now;
        stuck || self.begun + limits.life <= now
    }

    /// It is there no longer: whoever waits is told.
    pub(crate) fn end(&self) {
        self.there.send_modify(|there| there.gone = true);
    }

    /// Waits until more than `from` bytes are there; how many are. `None` when nothing comes in time.
    pub(crate) async fn beyond(&self, from: u64, wait: Duration) -> Result<Option<u64>, Refusal> {
        let mut there = self.there.subscribe();
        let news = there.wait_for(|there| there.gone || there.bytes > from);
        match tokio::time::timeout(wait, news).await {
            Ok(Ok(there)) if there.gone => Err(Refusal::Gone),
            Ok(Ok(there)) => Ok(Some(there.bytes)),
            Ok(Err(_)) => Err(Refusal::Gone),
            Err(_) => Ok(None),
        }
    }

    /// Bytes of the piece that begins at `offset`; `None` when none does.
    pub(crate) fn length_at(&self, offset: u64) -> Option<usize> {
        let fits = offset < self.size() && offset.is_multiple_of(PIECE as u64);
        fits.then(|| usize::try_from(self.size() - offset).unwrap_or(PIECE).min(PIECE))
    }

    /// Takes the next piece; how much is there then.
    pub(crate) async fn take(&self, offset: u64, piece: Bytes, now: Mono) -> Result<u64, Refusal> {
        let mut whole = self.whole.lock().await;
        let There { bytes: have, gone, .. } = self.there();
        if gone {
            return Err(Refusal::Gone);
        }
        if offset != have {
            return Err(Refusal::Elsewhere(have));
        }
        if self.length_at(offset) != Some(piece.len()) {
            return Err(Refusal::Malformed);
        }
        let index = usize::try_from(offset / PIECE as u64).map_err(|_| Refusal::Malformed)?;
        let expected = *self.pieces.get(index).ok_or(Refusal::Malformed)?;
        let (path, mut so_far, length) = (self.path.clone(), whole.clone(), piece.len() as u64);
        let written = tokio::task::spawn_blocking(move || {
            if FileHash(Sha256::digest(&piece).into()) != expected {
                return Err(Refusal::WrongHash);
            }
            append(&path, offset, &piece).map_err(|error| refusal(&error))?;
            so_far.update(&piece);
            Ok(so_far)
        });
        *whole = written.await.map_err(|_| Refusal::Broken)??;
        let have = have + length;
        if have == self.size() && FileHash(whole.clone().finalize().into()) != self.about.hash {
            return Err(Refusal::WrongHash);
        }
        // An end that came meanwhile stays.
        self.there.send_modify(|there| {
            there.bytes = have;
            there.at = now;
        });
        if self.there().gone { Err(Refusal::Gone) } else { Ok(have) }
    }

    /// Tells a receiver's progress, unless it was told lately and this is not the end. Progress of one receiver is told in order.
    pub(crate) fn progress(
        &self,
        receiver: &ParticipantId,
        bytes: u64,
        end: bool,
        now: Mono,
        tell: impl FnOnce(u64),
    ) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = if end { self.size() } else { bytes.min(self.size().saturating_sub(1)) };
        match told.get(receiver) {
            Some((_, before)) if *before >= bytes => {}
            Some((at, _)) if !end && *at + TELL > now => {}
            _ => {
                told.insert(receiver.clone(), (now, bytes));
                tell(bytes);
            }
        }
    }
}

/// Writes at the end of what is there. What a write that failed has left behind it is written over.
fn append(path: &Path, offset: u64, piece: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    file.set_len(offset)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    file.write_all(piece)
}

fn refusal(error: &io::Error) -> Refusal {
    tracing::warn!(%error, "a piece of a file could not be written");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::DiskFull,
        _ => Refusal::Broken,
    }
}
