//! What is remembered between runs, as small JSON files in the user's folder. Nothing secret goes here: that is `engine/keychain`'s.
//!
//! A file is written beside its place and moved into it, so that a crash leaves the old or the new one, never half of one. A file
//! that cannot be read is set aside as `<name>.unreadable` and reported, never overwritten in silence.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest file that is read, bytes.
const LIMIT: u64 = 4 << 20;

/// Why something was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The system refused.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// The file holds something else; it was set aside.
    #[error("{path} cannot be read and was set aside: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
}

/// One folder of remembered things.
#[derive(Clone, Debug)]
pub struct Storage {
    folder: PathBuf,
}

impl Storage {
    /// Uses this folder, making it (readable by the user only, where the system knows that) when it is not there.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Storage, StorageError> {
        let folder = folder.into();
        make_private(&folder).map_err(|error| StorageError::Io { path: folder.clone(), error })?;
        Ok(Storage { folder })
    }

    /// The folder of the signed-in system user, where the system wants it; `None` when there is no home.
    pub fn user_folder() -> Option<PathBuf> {
        directories::ProjectDirs::from("org", "Confab", "confab").map(|dirs| dirs.data_dir().to_owned())
    }

    /// Reads one thing; `None` when it was never written.
    pub fn load<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StorageError> {
        let path = self.path(name);
        let failed = |error| StorageError::Io { path: path.clone(), error };
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(about) if about.len() > LIMIT => return Err(self.set_aside(&path, "it is too large")),
            Ok(_) => {}
        }
        let text = fs::read(&path).map_err(failed)?;
        serde_json::from_slice(&text).map(Some).map_err(|error| self.set_aside(&path, &error.to_string()))
    }

    /// Writes one thing, all of it or nothing.
    pub fn save<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StorageError> {
        let path = self.path(name);
        let failed = |error| StorageError::Io { path: path.clone(), error };
        let text = serde_json::to_vec_pretty(value).map_err(|error| failed(io::Error::other(error)))?;
        let beside = self.folder.join(format!("{name}.json.new"));
        let mut file = fs::File::create(&beside).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, &path).map_err(failed)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn set_aside(&self, path: &Path, why: &str) -> StorageError {
        let aside = path.with_extension("json.unreadable");
        match fs::rename(path, &aside) {
            Ok(()) => StorageError::Unreadable { path: path.to_owned(), error: why.to_owned() },
            Err(error) => StorageError::Io { path: path.to_owned(), error },
        }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("confab-storage-{name}-{}", std::process::id()))
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let storage = Storage::open(folder("save")).expect("the folder can be made");
        assert_eq!(storage.load::<Vec<u8>>("numbers").expect("nothing is no error"), None);
        storage.save("numbers", &vec![1, 2]).expect("it can be saved");
        storage.save("numbers", &vec![3]).expect("it can be replaced");
        assert_eq!(storage.load::<Vec<u8>>("numbers").expect("it can be read"), Some(vec![3]));
        fs::remove_dir_all(folder("save")).expect("it can be removed");
    }

    #[test]
    fn an_unreadable_file_is_set_aside_and_told() {
        let storage = Storage::open(folder("bad")).expect("the folder can be made");
        fs::write(folder("bad").join("numbers.json"), b"{ not json").expect("it can be written");
        assert!(matches!(storage.load::<Vec<u8>>("numbers"), Err(StorageError::Unreadable { .. })));
        assert_eq!(storage.load::<Vec<u8>>("numbers").expect("it is out of the way"), None);
        assert!(folder("bad").join("numbers.json.unreadable").exists());
        fs::remove_dir_all(folder("bad")).expect("it can be removed");
    }
}
