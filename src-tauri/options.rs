//! The command line.

use std::path::PathBuf;

use clap::Parser;
use confab_storage::Storage;
use confab_video_surface::SurfaceKind;

/// Conference calls in any reTHINK domain.
#[derive(Parser, Debug)]
#[command(name = "confab", version, about)]
pub struct Options {
    /// Where pictures are drawn: auto, native (windows above the page, X11) or page.
    #[arg(long, env = "CONFAB_SURFACE", default_value = "auto")]
    pub surface: SurfaceKind,
    /// Where settings are kept, instead of the user's data folder.
    #[arg(long, env = "CONFAB_DATA")]
    pub data: Option<PathBuf>,
    /// A link to a room, `confab://join?…`: it is shown, and nothing is joined before the user says so.
    pub link: Option<String>,
}

/// There is no place for settings.
#[derive(Debug, thiserror::Error)]
#[error("this user has no home folder: give a folder by --data")]
pub struct NoFolder;

impl Options {
    /// The folder for settings.
    pub fn data_folder(&self) -> Result<PathBuf, NoFolder> {
        self.data.clone().or_else(Storage::user_folder).ok_or(NoFolder)
    }
}
