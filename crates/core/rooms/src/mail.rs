//! What a conference asks of the post: invitations by e-mail, and word of what became of them.

use confab_rethink::Url;

/// An invitation to send: text, and a calendar entry of the meeting, which is now.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The room's object, for [`MailEvent`].
    pub room: Url,
    /// Names the invitation: `i1`.
    pub invitation: String,
    /// The receiver's address; it has one `@` and nothing that mail headers could be broken with.
    pub to: String,
    /// The receiver's name, one line; may be empty.
    pub to_name: String,
    /// Who invites: their name as the room shows it, one line.
    pub from_name: String,
    /// Who invites.
    pub from: Url,
    /// The name or number of the room.
    pub room_name: String,
    /// The room's address at this backend: `https://csp.test/j/4711#i=<code>`; without an address of the backend only
    /// `#i=<code>`.
    pub link: String,
    /// The code in the link: 32 hexadecimal digits. Good until the invitation is cancelled.
    pub code: String,
    /// When it was said, milliseconds of Unix time.
    pub at: u64,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses and codes are no matter for logs.
        write!(f, "Mail {} {}", self.room, self.invitation)
    }
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailEvent {
    /// [`Mail::room`].
    pub room: Url,
    /// [`Mail::invitation`].
    pub invitation: String,
    /// Whether a server has taken it.
    pub sent: bool,
}
