//! The folder where fetched files go: partial files, and names that are free.
//!
//! A file grows as `<name>.part` beside its place. `<name>.part.pieces` lists what it will be and the hashes of its verified pieces, one a line, so
//! that it can go on after a loss. Both are made anew, never opened through a link; a file gets its name when it is whole, and a
//! name that is taken is never taken over.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use confab_media_model::files::{MAX_FILE, PIECE, divide_name, safe_name};
use confab_media_model::{FileFault, FileHash};

use crate::own::{hash_of, read_piece};

/// The first word of a list of pieces.
const MARK: &str = "confab-part-1";
/// The longest list: the first line and 2048 pieces.
const MAX_LIST: u64 = 256 << 10;
/// Numbers that are tried for a name that is taken.
const TRIES: u32 = 999;

/// A folder for fetched files.
#[derive(Clone, Debug)]
pub struct Downloads {
    folder: PathBuf,
}

/// A file that is not whole yet. While it is open nobody else goes on with it.
pub(crate) struct Part {
    name: String,
    path: PathBuf,
    file: File,
    list_path: PathBuf,
    list: File,
    pieces: u32,
}

impl Downloads {
    /// The user's folder for downloads, where the system has it; `None` when there is no home.
    pub fn of_user() -> Option<Downloads> {
        let dirs = directories::UserDirs::new()?;
        let folder = dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned);
        Some(Downloads { folder })
    }

    /// Another folder. It is made when the first file comes.
    pub fn at(folder: impl Into<PathBuf>) -> Downloads {
        Downloads { folder: folder.into() }
    }

    /// Where files go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens the partial file of something called so. What an earlier try has left of the same file is verified, and told to `kept` piece by piece.
    pub(crate) fn begin(
        &self,
        name: &str,
        size: u64,
        hash: Option<FileHash>,
        mut kept: impl FnMut(&[u8]),
    ) -> Result<Part, FileFault> {
        if size > MAX_FILE {
            return Err(FileFault::TooLarge(size));
        }
        fs::create_dir_all(&self.folder).map_err(|error| unwritable(&error))?;
        let name = safe_name(name);
        for number in 1..=TRIES {
            let numbered = numbered(&name, number);
            let path = self.folder.join(format!("{numbered}.part"));
            let list_path = self.folder.join(format!("{numbered}.part.pieces"));
            if fs::symlink_metadata(self.folder.join(&numbered)).is_ok() {
                continue;
            }
            let part = match Part::resume(&name, &path, &list_path, size, hash, &mut kept) {
                Some(part) => Ok(part),
                None => Part::create(&name, &path, &list_path, size, hash),
            };
            match part {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                part => return part.map_err(|error| unwritable(&error)),
            }
        }
        Err(FileFault::Unwritable("every name is taken".to_owned()))
    }

    /// Gives a whole file its name. Returns the folder's and the file's name.
    pub(crate) fn finish(&self, part: Part) -> Result<String, FileFault> {
        let Part { name, path, file, list_path, list, .. } = part;
        // Some systems do not rename open files.
        drop((file, list));
        for number in 1..=TRIES {
            let numbered = numbered(&name, number);
            let target = self.folder.join(&numbered);
            // The name is taken first, so that nothing can come between.
            match OpenOptions::new().write(true).create_new(true).open(&target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(unwritable(&error)),
                Ok(_) => {}
            }
            if let Err(error) = fs::rename(&path, &target) {
                let _ = fs::remove_file(&target);
                return Err(unwritable(&error));
            }
            let _ = fs::remove_file(list_path);
            let folder = self.folder.file_name().map(|folder| folder.to_string_lossy().into_owned());
            return Ok(format!("{}/{numbered}", folder.unwrap_or_default()));
        }
        Err(FileFault::Unwritable("every name is taken".to_owned()))
    }
}

impl Part {
    fn create(
        name: &str,
        path: &Path,
        list_path: &Path,
        size: u64,
        hash: Option<FileHash>,
    ) -> io::Result<Part> {
        let fresh = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = fresh(path)?;
        let list = fresh(list_path).and_then(|mut list| {
            writeln!(list, "{}", first_line(size, hash))?;
            file.try_lock().map_err(io::Error::from)?;
            Ok(list)
        });
        if list.is_err() {
            let _ = fs::remove_file(path);
        }
        let (path, list_path) = (path.to_owned(), list_path.to_owned());
        Ok(Part { name: name.to_owned(), path, file, list_path, list: list?, pieces: 0 })
    }

    /// Goes on with what is there, if it is a part of the same file; only a file whose whole hash is known is the same.
    fn resume(
        name: &str,
        path: &Path,
        list_path: &Path,
        size: u64,
        hash: Option<FileHash>,
        kept: &mut impl FnMut(&[u8]),
    ) -> Option<Part> {
        hash?;
        let ordinary = |path: &Path| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
        if !ordinary(path) || !ordinary(list_path) {
            return None;
        }
        let existing = |path: &Path| OpenOptions::new().read(true).write(true).open(path).ok();
        let (mut file, mut list) = (existing(path)?, existing(list_path)?);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
        let mut text = String::new();
        (&mut list).take(MAX_LIST).read_to_string(&mut text).ok()?;
        let mut lines = text.lines();
        if lines.next()? != first_line(size, hash) {
            return None;
        }
        let mut pieces = 0;
        let mut listed = format!("{}\n", first_line(size, hash)).len() as u64;
        for line in lines {
            let missing = size.saturating_sub(u64::from(pieces) * PIECE as u64);
            let Ok(hash) = FileHash::parse(line) else { break };
            let Ok(piece) = read_piece(&mut file) else { break };
            if piece.is_empty() || piece.len() as u64 != missing.min(PIECE as u64) || hash_of(&piece) != hash
            {
                break;
            }
            kept(&piece);
            pieces += 1;
            listed += line.len() as u64 + 1;
        }
        list.set_len(listed).ok()?;
        list.seek(SeekFrom::End(0)).ok()?;
        file.set_len(size.min(u64::from(pieces) * PIECE as u64)).ok()?;
        file.seek(SeekFrom::End(0)).ok()?;
        let (path, list_path) = (path.to_owned(), list_path.to_owned());
        Some(Part { name: name.to_owned(), path, file, list_path, list, pieces })
    }

    /// How many pieces are verified.
    pub(crate) fn pieces(&self) -> u32 {
        self.pieces
    }

    /// Appends a verified piece.
    pub(crate) fn write(&mut self, piece: &[u8], hash: FileHash) -> Result<(), FileFault> {
        self.file.write_all(piece).map_err(|error| unwritable(&error))?;
        writeln!(self.list, "{hash}").map_err(|error| unwritable(&error))?;
        self.pieces += 1;
        Ok(())
    }

    /// Removes what is there of it.
    pub(crate) fn discard(self) {
        let Part { path, file, list_path, list, .. } = self;
        drop((file, list));
        for path in [path, list_path] {
            if let Err(error) = fs::remove_file(path) {
                tracing::warn!(%error, "a partial file could not be removed");
            }
        }
    }
}

fn first_line(size: u64, hash: Option<FileHash>) -> String {
    format!("{MARK} {size} {}", hash.map_or_else(|| "-".to_owned(), |hash| hash.to_string()))
}

/// `name (2).ending`; the first number is not written.
fn numbered(name: &str, number: u32) -> String {
    let (stem, ending) = divide_name(name);
    if number == 1 { name.to_owned() } else { format!("{stem} ({number}){ending}") }
}

fn unwritable(error: &io::Error) -> FileFault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            FileFault::DiskFull
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            FileFault::Denied(error.to_string())
        }
        _ => FileFault::Unwritable(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
