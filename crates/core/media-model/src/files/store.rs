//! What is wanted of the file store of a room, which is reached by HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FileHash, FileId};

/// Everything wanted of the store. The default wants nothing.
///
/// The file `id` is at `<url>/<id>`: whoever offers a file has chosen the id, and nothing that a peer says is part of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StorePlan {
    /// Where it is and the right to use it, renewed now and then. `None`: transfers wait; hashing does not.
    pub access: Option<StoreAccess>,
    /// Ours, to be hashed and put there. One that is missing here is given up.
    #[ts(as = "BTreeMap<String, StoreUpload>")]
    pub own: BTreeMap<FileId, StoreUpload>,
    /// Theirs, to be fetched and saved. One that is missing here is stopped, and what was fetched of it removed.
    #[ts(as = "BTreeMap<String, StoreDownload>")]
    pub wanted: BTreeMap<FileId, StoreDownload>,
}

/// Where the store is, and what opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StoreAccess {
    /// `http(s)://…`, without a slash at the end.
    pub url: String,
    /// Goes into `Authorization: Bearer …`, to this address only.
    pub token: String,
}

impl fmt::Debug for StoreAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreAccess({})", self.url)
    }
}

/// One file of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StoreUpload {
    /// Where it is, as the user chose it; in a guest's browser the name of a chosen file.
    #[ts(type = "string")]
    pub path: PathBuf,
    /// What others are told that it is called.
    pub name: String,
    /// What others are told that it is.
    pub mime: String,
}

/// One file of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StoreDownload {
    /// A higher number than before means: begin again after a failure.
    pub attempt: u32,
    /// What it is called; [`super::safe_name`] is applied again before anything is made on disk.
    pub name: String,
    /// What its sender says it is.
    pub mime: String,
    /// Bytes, at most [`super::MAX_FILE`].
    #[ts(type = "number")]
    pub size: u64,
    /// Of the whole.
    #[ts(type = "string")]
    pub hash: FileHash,
}
