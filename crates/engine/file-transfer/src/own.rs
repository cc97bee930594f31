//! A file of ours: hashed before it is offered, piece by piece, then ready to be given.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use confab_media_model::files::{MAX_FILE, PIECE, SMALL_FILE};
use confab_media_model::{FileFact, FileFault, FileHash, FileId};
use sha2::{Digest, Sha256};

/// One file of ours.
pub(crate) enum Own {
    /// Being hashed.
    Hashing(Hashing),
    /// Ready to be given.
    Ready(Offered),
    /// It cannot be read.
    Failed,
}

/// A file on its way through the hash.
pub(crate) struct Hashing {
    path: PathBuf,
    file: File,
    size: u64,
    modified: Option<u64>,
    whole: Sha256,
    pieces: Vec<FileHash>,
    done: u64,
    content: Vec<u8>,
}

/// A file that is offered.
pub(crate) struct Offered {
    path: PathBuf,
    size: u64,
    pieces: Vec<FileHash>,
}

impl Own {
    /// Opens a file. Only ordinary files are: a pipe or a device would not end.
    pub(crate) fn open(path: &Path) -> Result<Own, FileFault> {
        let unreadable = |error: io::Error| FileFault::Unreadable(error.to_string());
        let about = fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() {
            return Err(FileFault::Unreadable("it is no ordinary file".to_owned()));
        }
        if about.len() > MAX_FILE {
            return Err(FileFault::TooLarge(about.len()));
        }
        let since = about.modified().ok().and_then(|when| when.duration_since(UNIX_EPOCH).ok());
        Ok(Own::Hashing(Hashing {
            path: path.to_owned(),
            file: File::open(path).map_err(unreadable)?,
            size: about.len(),
            modified: since.and_then(|since| u64::try_from(since.as_millis()).ok()),
            whole: Sha256::new(),
            pieces: Vec::new(),
            done: 0,
            content: Vec::new(),
        }))
    }

    /// Hashes the next piece. `None` when there is nothing to hash.
    pub(crate) fn hash(&mut self, id: &FileId) -> Option<FileFact> {
        let Own::Hashing(hashing) = self else { return None };
        match hashing.step() {
            Ok(false) => {
                let size = hashing.size.max(hashing.done);
                Some(FileFact::Preparing { id: id.clone(), done: hashing.done, size })
            }
            Ok(true) => {
                let content = (hashing.done <= SMALL_FILE).then(|| Arc::from(hashing.content.as_slice()));
                let fact = FileFact::Prepared {
                    id: id.clone(),
                    size: hashing.done,
                    hash: FileHash(std::mem::take(&mut hashing.whole).finalize().into()),
                    modified: hashing.modified,
                    content,
                };
                let pieces = std::mem::take(&mut hashing.pieces);
                *self = Own::Ready(Offered {
                    path: std::mem::take(&mut hashing.path),
                    size: hashing.done,
                    pieces,
                });
                Some(fact)
            }
            Err(fault) => {
                *self = Own::Failed;
                Some(FileFact::Failed { id: id.clone(), fault })
            }
        }
    }
}

impl Hashing {
    /// True at the end of the file.
    fn step(&mut self) -> Result<bool, FileFault> {
        let piece = read_piece(&mut self.file).map_err(|error| FileFault::Unreadable(error.to_string()))?;
        if piece.is_empty() {
            return Ok(true);
        }
        self.done += piece.len() as u64;
        if self.done > MAX_FILE {
            return Err(FileFault::TooLarge(self.done));
        }
        self.whole.update(&piece);
        self.pieces.push(hash_of(&piece));
        let whole = piece.len() < PIECE;
        if self.pieces.len() == 1 && piece.len() as u64 <= SMALL_FILE {
            self.content = piece;
        }
        Ok(whole)
    }
}

impl Offered {
    /// Bytes in all.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The hash of every piece.
    pub(crate) fn hashes(&self) -> &[FileHash] {
        &self.pieces
    }

    /// How many pieces.
    pub(crate) fn pieces(&self) -> u32 {
        // At most 2048, because of the limit of a file.
        self.pieces.len() as u32
    }

    /// Opens it for giving.
    pub(crate) fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// Reads one piece from the open file, with its hash; `None` when it is not what was offered.
    pub(crate) fn read(&self, file: &mut File, piece: u32) -> io::Result<Option<(Vec<u8>, FileHash)>> {
        let Some(&hash) = self.pieces.get(piece as usize) else { return Ok(None) };
        file.seek(SeekFrom::Start(u64::from(piece) * PIECE as u64))?;
        let bytes = read_piece(file)?;
        Ok((hash_of(&bytes) == hash).then_some((bytes, hash)))
    }
}

/// SHA-256 of some bytes.
pub(crate) fn hash_of(bytes: &[u8]) -> FileHash {
    FileHash(Sha256::digest(bytes).into())
}

/// The next [`PIECE`] bytes, fewer at the end of the file.
pub(crate) fn read_piece(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
