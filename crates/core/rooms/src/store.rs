//! What a conference asks of the file store, and what it is told: the boundary behind which the files of rooms lie.
//!
//! The store keeps bytes and knows nobody; the conference says who may come with which token. A file belongs to the room
//! object it was offered in: when that ends, its files are gone, also when a room of the same name opens again. The place of
//! a room at the store is [`FileStore::url`], a slash and the last segment of the room's URL.

use std::time::Duration;

use confab_rethink::Url;
use confab_types::{Mono, ParticipantId};

/// Where the store is, as participants are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStore {
    /// The address that the places of rooms begin with, without a slash at the end: `https://csp.test/files`.
    pub url: String,
    /// The most bytes of one file.
    pub limit: u64,
}

impl FileStore {
    /// How long a token is good.
    pub const TOKEN_LIFE: Duration = Duration::from_secs(600);
    /// Bytes of one hashed piece.
    pub const PIECE: u64 = 1 << 20;

    /// The place of a room.
    pub fn place(&self, room: &Url) -> String {
        format!("{}/{}", self.url, room.last_segment())
    }
}

/// What a conference asks. Nothing is answered; what comes of it is told as [`StoreEvent`].
#[derive(Clone, PartialEq, Eq)]
pub enum StoreCommand {
    /// Makes a place for a room's files.
    Open {
        /// The room's object.
        room: Url,
    },
    /// Lets a participant offer, send and fetch files. Tokens that the participant had before stay good for their time.
    Allow {
        /// Where.
        room: Url,
        /// What is shown as `Authorization: Bearer …`: 32 hexadecimal digits. Whoever keeps it keeps its hash.
        token: String,
        /// Whose it is.
        participant: ParticipantId,
        /// When it ends.
        until: Mono,
    },
    /// Takes all tokens of a participant away and ends their transfers; what they have offered whole stays.
    Revoke {
        /// Where.
        room: Url,
        /// Whose.
        participant: ParticipantId,
    },
    /// Deletes a room's files and takes all tokens away.
    Close {
        /// Which.
        room: Url,
    },
}

impl std::fmt::Debug for StoreCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Tokens are no matter for logs.
        let (name, room) = match self {
            StoreCommand::Open { room } => ("Open", room),
            StoreCommand::Allow { room, .. } => ("Allow", room),
            StoreCommand::Revoke { room, .. } => ("Revoke", room),
            StoreCommand::Close { room } => ("Close", room),
        };
        write!(f, "{name} {room}")
    }
}

/// What the store tells. Rooms and files it does not know are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreEvent {
    /// A participant has announced a file and may send it. Everybody in the room is told at once.
    Offered {
        /// Where.
        room: Url,
        /// By whom.
        participant: ParticipantId,
        /// What.
        file: StoredFile,
    },
    /// A receiver has fetched so much, counted without gaps from the beginning; at most once a second for each.
    Progress {
        /// Where.
        room: Url,
        /// The file's [`StoredFile::id`].
        file: String,
        /// Who.
        receiver: ParticipantId,
        /// Bytes.
        bytes: u64,
    },
    /// The file is whole and its hashes are right.
    Complete {
        /// Where.
        room: Url,
        /// The file's [`StoredFile::id`].
        file: String,
    },
    /// The file was given up before it was whole: cancelled by its sender, wrong, or not continued.
    Gone {
        /// Where.
        room: Url,
        /// The file's [`StoredFile::id`].
        file: String,
    },
}

/// A file as its sender describes it. The store has checked the limits; the conference cuts what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name at the store and the id of its child in the room: a GUID that the store gives.
    pub id: String,
    /// Shown; never a path.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// What the sender believes it is; may be empty.
    pub mimetype: String,
    /// Milliseconds of Unix time.
    pub last_modified: Option<u64>,
    /// Of all bytes, 64 hexadecimal digits.
    pub sha256: String,
}
