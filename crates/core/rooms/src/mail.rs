//! What a conference asks of the post: invitations by e-mail, their cancellation, and word of what became of them.

use confab_rethink::Url;

/// A mail to send: text, and a calendar entry of the meeting.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The room's object, for [`MailEvent`].
    pub room: Url,
    /// Names the invitation: `i1`.
    pub invitation: String,
    /// Names the calendar entry for ever: 32 hexadecimal digits.
    pub uid: String,
    /// How many mails about this entry went out before (RFC 5545, 3.8.7.4).
    pub sequence: u32,
    /// The receiver's address; it has one `@` and nothing that mail headers could be broken with.
    pub to: String,
    /// The receiver's name, one line; may be empty.
    pub to_name: String,
    /// Who has invited: their name as the room shows it, one line.
    pub from_name: String,
    /// Who asks for this mail.
    pub from: Url,
    /// The name or number of the room.
    pub room_name: String,
    /// The language to write in, a primary tag such as `de`; may be empty or one that nobody here speaks.
    pub language: String,
    /// What it says.
    pub matter: Matter,
    /// When the entry begins, milliseconds of Unix time: when the invitation was made.
    pub begins: u64,
    /// When it was said, milliseconds of Unix time.
    pub at: u64,
}

/// What a mail is for.
#[derive(Clone, PartialEq, Eq)]
pub enum Matter {
    /// To come.
    Invitation {
        /// The room's address at this backend: `https://csp.test/j/4711#i=<code>`; without an address of the backend only
        /// `#i=<code>`. The code, 32 hexadecimal digits, is good until the invitation is cancelled or too old.
        link: String,
    },
    /// Not to come after all.
    Cancellation,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses and codes are no matter for logs.
        let matter = match self.matter {
            Matter::Invitation { .. } => "invitation",
            Matter::Cancellation => "cancellation",
        };
        write!(f, "Mail {} {} {matter}", self.room, self.invitation)
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
