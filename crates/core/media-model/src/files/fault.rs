//! Why a file does not move.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is wrong with a file, its place or the peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum FileFault {
    /// It is not there, is no ordinary file, or the system refuses to read it.
    #[error("file cannot be read: {0}")]
    Unreadable(String),
    /// It is larger than [`super::MAX_FILE`].
    #[error("file of {0} bytes is larger than 2 GB")]
    TooLarge(#[ts(type = "number")] u64),
    /// It is not what it was when it was offered.
    #[error("file was changed after it was offered")]
    Changed,
    /// No room where it would be saved.
    #[error("disk is full")]
    DiskFull,
    /// The system does not let us write there.
    #[error("folder for downloads cannot be written: {0}")]
    Denied(String),
    /// Writing failed otherwise.
    #[error("file cannot be written: {0}")]
    Unwritable(String),
    /// What arrived is not what was offered, twice.
    #[error("hash of what arrived is wrong")]
    WrongHash,
    /// The peer has it no longer.
    #[error("peer no longer offers the file")]
    Gone,
    /// The peer broke the rules of the channel.
    #[error("peer sent something else than the file")]
    BadPeer,
    /// The room's store does not take it, or gives something that cannot be used.
    #[error("file store refuses the file: {0}")]
    Refused(String),
}
