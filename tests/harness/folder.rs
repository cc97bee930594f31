//! A folder of its own for everything that a run writes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static LAST: AtomicU32 = AtomicU32::new(0);

/// Removed with its content when dropped. Its path is short: sockets in it may have 107 bytes.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a new one that only we can read.
    pub fn new() -> std::io::Result<Folder> {
        // What an earlier process of the same number has left behind is not taken for ours.
        let path = loop {
            let number = LAST.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("confab-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => {
                    made?;
                    break path;
                }
            }
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(Folder(path))
    }

    /// A folder in it, made when it is missing.
    pub fn inner(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A program that is still ending may write once more; what is left is small and in the folder for such things.
        _ = std::fs::remove_dir_all(&self.0);
    }
}
