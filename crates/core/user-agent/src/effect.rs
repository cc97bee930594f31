//! Everything that may happen to the user agent and everything it asks of the world.

use std::path::PathBuf;

use confab_contract::{Intent, View};
use confab_line::{Ask, Statement, Told};
use confab_media_model::{FileFact, FilePlan, MediaFact, MediaPlan};
use confab_rethink::{Domain, Flavour, Message, Url};

use crate::{Grant, Kept, Remembered, SignInOptions};

/// A connection to a message node. A number is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection(pub u64);

/// What may happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The first input: what the disk and the secret store remember.
    Start {
        /// Milliseconds since 1970 at this moment, for time stamps that people read.
        unix_ms: u64,
        /// From the disk.
        remembered: Remembered,
        /// From the secret store: all of these sign in at once.
        kept: Vec<Kept>,
    },
    /// A wish of the user.
    Intent(Intent),
    /// How one may sign in at a server.
    ServerTold {
        /// As asked.
        base: String,
        /// What it says.
        told: Result<SignInOptions, SignInFailure>,
    },
    /// A sign-in succeeded.
    SignedIn {
        /// Which account.
        account: u32,
        /// What it gave.
        grant: Grant,
    },
    /// A sign-in failed.
    SignInFailed {
        /// Which account.
        account: u32,
        /// Why.
        failure: SignInFailure,
    },
    /// Whether the refresh secret could be kept in the system's store.
    SecretKept {
        /// Which account's.
        account: u32,
        /// Whether.
        kept: bool,
    },
    /// Where the message node of a domain is; `None` when that cannot be found out.
    Discovered {
        /// For which account.
        account: u32,
        /// Which domain's.
        domain: Domain,
        /// Its framing and address.
        node: Option<(Flavour, String)>,
    },
    /// What opens the session over a connection, when [`Output::Connect`] has asked for it; [`Input::TransportUp`] follows.
    Proof(Connection, String),
    /// The connection is open.
    TransportUp(Connection),
    /// The message node sent this.
    Received(Connection, Message),
    /// The connection is gone or could not be made; the text is for the log.
    TransportDown(Connection, String),
    /// The answer to a question.
    Told {
        /// Which account's.
        account: u32,
        /// The answer.
        told: Told,
    },
    /// Something became true of our media.
    Media(MediaFact),
    /// Something became true of files.
    File(FileFact),
    /// The user has chosen a file to send in the call.
    OfferFile(PathBuf),
    /// The program ends: leave, hang up, say goodbye. Nothing but this is awaited.
    Close,
}

/// What it asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// `GET <base>/api/sign-in`; [`Input::ServerTold`] follows.
    AskServer {
        /// `https://host[:port]`, without a slash at the end.
        base: String,
    },
    /// `POST <base>/api/sign-in`; [`Input::SignedIn`] or [`Input::SignInFailed`] follows.
    SignIn {
        /// Which account.
        account: u32,
        /// As in `AskServer`.
        base: String,
        /// The user as typed; empty when only the provider knows.
        user: String,
        /// What proves it.
        secret: Secret,
        /// Names the key that the ID token is to be bound to; empty for a guest who comes back.
        key: String,
    },
    /// The sign-in of this account is given up: the browser is not waited for any more, nobody waits for the answer.
    CancelSignIn {
        /// Which account.
        account: u32,
    },
    /// `POST <base>/api/sign-out`; nobody waits for the answer.
    SignOut {
        /// As in `AskServer`.
        base: String,
        /// The secret to revoke.
        refresh: String,
    },
    /// Find the message node of a domain; [`Input::Discovered`] follows.
    Discover {
        /// For which account.
        account: u32,
        /// Which domain's.
        domain: Domain,
        /// The site where our own domain says that it is.
        hint: Option<String>,
    },
    /// Open a connection; [`Input::Proof`] when it is asked for and can be given, and [`Input::TransportUp`], or [`Input::TransportDown`] follows.
    Connect {
        /// Its number.
        connection: Connection,
        /// The node's framing.
        flavour: Flavour,
        /// The node's address.
        url: String,
        /// Our runtime, which some nodes want to know at once.
        runtime: Url,
        /// What is to be signed as soon as the connection is open, and with what: says to another domain who we are.
        prove: Option<(Credentials, Statement)>,
    },
    /// Close the connection after what was sent before has left. Nothing is heard of it any more.
    Disconnect(Connection),
    /// To the message node at the other end.
    Send(Connection, Message),
    /// Sign or verify; [`Input::Told`] follows.
    Ask {
        /// Which account asks.
        account: u32,
        /// With what.
        with: Credentials,
        /// The question.
        ask: Ask,
    },
    /// The complete wanted media state.
    Plan(MediaPlan),
    /// Everything wanted of files.
    Files(FilePlan),
    /// One part of the screen.
    View(View),
    /// Keep this in the system's store; [`Input::SecretKept`] follows.
    KeepSecret {
        /// Which account's.
        account: u32,
        /// What.
        kept: Kept,
    },
    /// Forget the secrets of this account.
    ForgetSecret {
        /// As in `SignIn`.
        base: String,
        /// The user as typed.
        user: String,
        /// The name of its key.
        key: String,
    },
    /// Write this to the disk.
    Remember(Remembered),
}

/// What an account signs with, and whom it asks about others.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Names the key.
    pub key: String,
    /// The ID token that is bound to the key, if the domain gives one.
    pub id_token: Option<String>,
    /// Our own domain and its site.
    pub home: (Domain, String),
    /// Other domains and their sites, as our own domain says.
    pub sites: Vec<(Domain, String)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials(in {})", self.home.0)
    }
}

/// What proves who the user is.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A password, as typed.
    Password(String),
    /// A single-use refresh token.
    Refresh(String),
    /// What an identity provider says after the user was there with the system's browser; `None`: the server's own.
    Browser(Option<String>),
    /// Nothing: the name that a guest has made up.
    Invented(String),
    /// A link into a room that lets guests in: `POST <base>/api/join`, or where there is none as [`Secret::Invented`].
    Invited {
        /// The room, which is all that they reach.
        room: String,
        /// The code of an invitation.
        code: Option<String>,
        /// The name that they have made up.
        name: String,
    },
}

impl Secret {
    /// Whether it is somebody without an account, of whom nothing is kept.
    pub fn is_guest(&self) -> bool {
        matches!(self, Secret::Invented(_) | Secret::Invited { .. })
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Secret::Password(_) => "Password(…)",
            Secret::Refresh(_) => "Refresh(…)",
            Secret::Browser(_) => "Browser",
            Secret::Invented(_) => "Invented",
            Secret::Invited { .. } => "Invited(…)",
        })
    }
}

/// Why a sign-in failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInFailure {
    /// User or password is wrong.
    #[error("user or password is wrong")]
    Wrong,
    /// The refresh token is not valid any more.
    #[error("sign-in has expired")]
    Expired,
    /// Too many tries.
    #[error("too many tries, wait {0} s")]
    TooMany(u32),
    /// Nothing answers there.
    #[error("server cannot be reached: {0}")]
    Unreachable(String),
    /// Something answers that is not a Confab sign-in.
    #[error("not a server of ours: {0}")]
    NotAServer(String),
    /// The name that a guest has made up is refused: the server's word.
    #[error("name is refused: {0}")]
    Name(String),
    /// The room that a guest has a link to does not let them in: the server's word.
    #[error("the room is closed to us: {0}")]
    Room(String),
    /// The sign-in in the browser was not finished, or the provider refused.
    #[error("sign-in in the browser failed: {0}")]
    Browser(String),
}
