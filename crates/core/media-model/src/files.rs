//! Files of a call or meeting: what is wanted of them, and what is true.
//!
//! The conversation decides and publishes one [`FilePlan`]; the file transfer makes it so and says what happens as [`FileFact`]s.
//! A newer plan replaces an older one. Paths come from the shell and go to the file transfer; nothing a peer says is ever a path.

mod fault;
mod hash;
mod name;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use confab_types::LegId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use fault::FileFault;
pub use hash::FileHash;
pub use name::{MAX_NAME, divide_name, safe_name};
pub use store::{StoreAccess, StoreDownload, StorePlan, StoreUpload};

/// The largest file, bytes.
pub const MAX_FILE: u64 = 2 << 30;

/// Bytes that share one hash: a file is verified, acknowledged and resumed by pieces of this size; the last one is shorter.
pub const PIECE: usize = 1 << 20;

/// The largest file that may travel as text through message nodes when there is no channel, bytes.
pub const SMALL_FILE: u64 = 256 << 10;

/// Names one offered file in the whole call: the last segment of its storage address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId(String);

/// The text is not 1 to 64 letters, digits and hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("file id is not 1 to 64 letters, digits and hyphens")]
pub struct FileIdError;

impl FileId {
    /// The longest id, bytes.
    pub const MAX_BYTES: usize = 64;

    /// 1 to 64 ASCII letters, digits and hyphens: it can stand in URLs and messages as it is.
    pub fn parse(text: &str) -> Result<FileId, FileIdError> {
        let fits = (1..=FileId::MAX_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(FileId(text.to_owned())) } else { Err(FileIdError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileId {
    type Error = FileIdError;
    fn try_from(text: String) -> Result<FileId, FileIdError> {
        FileId::parse(&text)
    }
}

impl From<FileId> for String {
    fn from(id: FileId) -> String {
        id.0
    }
}

/// Everything wanted of files, comparable with `==`. The default wants nothing: partial files are removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FilePlan {
    /// The leg whose channel carries files, as soon as it is planned. `None`: transfers wait.
    #[ts(type = "number | null")]
    pub leg: Option<LegId>,
    /// Ours, to be hashed and then given to the peer when it asks. One that is missing here is given no longer.
    #[ts(as = "BTreeMap<String, OwnFile>")]
    pub own: BTreeMap<FileId, OwnFile>,
    /// Theirs, to be fetched and saved. One that is missing here is stopped, and what was fetched of it removed.
    #[ts(as = "BTreeMap<String, WantedFile>")]
    pub wanted: BTreeMap<FileId, WantedFile>,
    /// What goes through the file store of a room. A conversation uses either this or the channel.
    pub store: StorePlan,
}

/// One file of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnFile {
    /// Where it is, as the user chose it.
    #[ts(type = "string")]
    pub path: PathBuf,
}

/// One file of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WantedFile {
    /// A higher number than before means: begin again after a failure.
    pub attempt: u32,
    /// What it is called; [`safe_name`] is applied again before anything is made on disk.
    pub name: String,
    /// Bytes, at most [`MAX_FILE`].
    #[ts(type = "number")]
    pub size: u64,
    /// Of the whole; some peers do not say.
    #[ts(type = "string | null")]
    pub hash: Option<FileHash>,
    /// Where its bytes come from.
    pub source: FileSource,
}

/// Where the bytes of a wanted file come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum FileSource {
    /// The channel of the plan's leg.
    Channel,
    /// They came through the message node; at most [`SMALL_FILE`]. Never as JSON.
    #[serde(skip)]
    Here(Arc<[u8]>),
}

/// What is true of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "value", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FileFact {
    /// The channel of the plan's leg is open, or no longer.
    Channel(bool),
    /// The store takes our token, or no longer: `false` asks for a new [`StoreAccess`].
    Store(bool),
    /// A small picture of a file that is one: `data:image/…`, at most 64 KiB.
    Preview {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// The address that shows it.
        picture: String,
    },
    /// So many bytes of an own file are hashed.
    Preparing {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// Bytes hashed.
        #[ts(type = "number")]
        done: u64,
        /// Bytes in all.
        #[ts(type = "number")]
        size: u64,
    },
    /// An own file is hashed and can be offered.
    Prepared {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// Bytes in all.
        #[ts(type = "number")]
        size: u64,
        /// Of the whole.
        #[ts(type = "string")]
        hash: FileHash,
        /// When it was last changed, milliseconds since 1970, where the system knows.
        #[ts(type = "number | null")]
        modified: Option<u64>,
        /// All of it, when it is at most [`SMALL_FILE`] and goes over the channel. Never as JSON.
        #[serde(skip)]
        content: Option<Arc<[u8]>>,
    },
    /// It moves: so many bytes are verified at the receiver, or of an upload at the store.
    Moving {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// Bytes verified.
        #[ts(type = "number")]
        done: u64,
    },
    /// The peer, or the store, has all of an own file, and its hash is right.
    Sent(#[ts(type = "string")] FileId),
    /// A wanted file is whole, its hash is right.
    Saved {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// A folder and a name that people recognise, not a path.
        place: String,
    },
    /// The peer asks for an own file no longer, without having all of it.
    Stopped(#[ts(type = "string")] FileId),
    /// It cannot be done. It stays so until the plan drops it (or raises `attempt`).
    Failed {
        /// Which.
        #[ts(type = "string")]
        id: FileId,
        /// Why.
        fault: FileFault,
    },
}
