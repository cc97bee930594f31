//! What is kept of rooms while the program does not run: the boundary to whatever writes it down.
//!
//! A code is never kept, only its fingerprint: who reads what is kept comes into no room by it.

use confab_rethink::Url;
use sha2::{Digest, Sha256};

/// What is to be written down, or forgotten. Orders for the same thing are carried out in the order in which they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// A room that somebody has made: it is to be there again.
    Room(RoomRecord),
    /// How the door of a room is, in place of what was kept of it before.
    Door {
        /// The room's name.
        room: String,
        /// What its organisers have chosen.
        door: DoorRecord,
    },
    /// An invitation by mail, in place of an older one with the same [`InvitationRecord::uid`].
    Invitation(InvitationRecord),
    /// An invitation that is good no longer.
    Forget {
        /// Its [`InvitationRecord::uid`].
        uid: String,
    },
}

/// A room with a permanent address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// Its name or number.
    pub name: String,
    /// Whose it is.
    pub owner: Url,
    /// When it was made, milliseconds of Unix time.
    pub created: u64,
}

/// What lasts of a room's door. A lock does not: it is for the people who are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorRecord {
    /// Whoever comes waits to be let in.
    pub lobby: bool,
    /// People without an account may come.
    pub guests: bool,
    /// People may come under a name that nobody can be found by.
    pub invented: bool,
}

/// An invitation by mail, which people keep in their calendars.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Names it for ever, also in calendars: 32 hexadecimal digits. It lets nobody in.
    pub uid: String,
    /// The room's name.
    pub room: String,
    /// Fingerprints of the codes that were mailed, newest last, 1 to [`InvitationRecord::MOST_CODES`].
    pub codes: Vec<CodePrint>,
    /// Who is invited: a name, one line.
    pub name: String,
    /// Their e-mail address.
    pub mail: String,
    /// Who has invited, and their name at that time.
    pub by: Url,
    /// See `by`.
    pub by_name: String,
    /// The language of the mails, a primary tag such as `de` (RFC 5646, 2.2.1); may be empty.
    pub language: String,
    /// How many mails went out before the newest one (RFC 5545, 3.8.7.4).
    pub sequence: u32,
    /// Whether somebody has come by it. It goes on letting them in.
    pub used: bool,
    /// When the newest mail was asked for, milliseconds of Unix time.
    pub created: u64,
    /// Until when its codes are good, milliseconds of Unix time.
    pub expires: u64,
}

impl InvitationRecord {
    /// Codes that are good at once; when somebody is invited once more the oldest gives way.
    pub const MOST_CODES: usize = 4;
}

impl std::fmt::Debug for InvitationRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names and addresses are no matter for logs.
        write!(f, "InvitationRecord({} to {})", self.uid, self.room)
    }
}

/// What is kept of a code: its SHA-256. A code has 128 random bits, so a plain hash is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodePrint(pub [u8; 32]);

impl CodePrint {
    /// Of a code as it stands in links.
    pub fn of(code: &str) -> CodePrint {
        CodePrint(Sha256::digest(code.as_bytes()).into())
    }
}
