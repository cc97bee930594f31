//! What is said of a file before it comes, checked where it enters.

use confab_media_model::files::{MAX_FILE, PIECE, safe_name};
use confab_media_model::{FileHash, FileId};
use confab_rooms::StoredFile;
use serde::Deserialize;

use super::refusal::Refusal;

/// The longest text that is a media type, bytes (RFC 6838, 4.2: 127 for each half).
const MAX_TYPE: usize = 255;

/// What a sender says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferedFile {
    /// Its name in the store, chosen by the sender.
    pub(crate) id: FileId,
    /// A safe name, for people.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// What the sender believes it is; may be empty.
    pub(crate) mimetype: String,
    /// Milliseconds of Unix time.
    pub(crate) modified: Option<u64>,
    /// Of the whole.
    pub(crate) hash: FileHash,
}

impl OfferedFile {
    /// As the conference is told.
    pub(crate) fn to_stored(&self) -> StoredFile {
        StoredFile {
            id: self.id.as_str().to_owned(),
            name: self.name.clone(),
            size: self.size,
            mimetype: self.mimetype.clone(),
            last_modified: self.modified,
            sha256: self.hash.to_string(),
        }
    }
}

/// The body of an offer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Offer {
    #[serde(alias = "file")]
    id: FileId,
    name: String,
    size: u64,
    #[serde(default)]
    mimetype: String,
    #[serde(default)]
    last_modified: Option<u64>,
    sha256: FileHash,
    pieces: Vec<FileHash>,
}

impl Offer {
    /// What it says, and the hashes of its pieces: one for each [`PIECE`] bytes, the last one perhaps shorter.
    pub(crate) fn check(self) -> Result<(OfferedFile, Vec<FileHash>), Refusal> {
        if self.size > MAX_FILE {
            return Err(Refusal::TooLarge);
        }
        if self.size.div_ceil(PIECE as u64) != self.pieces.len() as u64 {
            return Err(Refusal::Malformed);
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/;= \"".contains(&byte);
        let plain = self.mimetype.len() <= MAX_TYPE && self.mimetype.bytes().all(fits);
        let mimetype = if plain { self.mimetype } else { String::new() };
        let (name, modified) = (safe_name(&self.name), self.last_modified);
        let about = OfferedFile { id: self.id, name, size: self.size, mimetype, modified, hash: self.sha256 };
        Ok((about, self.pieces))
    }
}
