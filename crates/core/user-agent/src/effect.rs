//! Everything that may happen to the user agent and everything it asks of the world.

use confab_contract::{Intent, RecentRoom, View};
use confab_media_model::{MediaFact, MediaPlan};
use confab_rethink::{Flavour, Message};
use serde::{Deserialize, Serialize};

use crate::Grant;

/// What may happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The first input: what the disk and the secret store remember.
    Start {
        /// Milliseconds since 1970 at this moment, for time stamps that people read.
        unix_ms: u64,
        /// From the disk.
        remembered: Remembered,
        /// From the secret store: sign in with it at once.
        kept: Option<Kept>,
    },
    /// A wish of the user.
    Intent(Intent),
    /// A sign-in succeeded.
    SignedIn(Grant),
    /// A sign-in failed.
    SignInFailed(SignInFailure),
    /// Whether the refresh secret could be kept in the system's store.
    SecretKept(bool),
    /// The transport to the message node is open.
    TransportUp,
    /// The message node sent this.
    Received(Message),
    /// The transport is gone; the text is for the log.
    TransportDown(String),
    /// Something became true of our media.
    Media(MediaFact),
}

/// What it asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// `POST <base>/api/sign-in`; [`Input::SignedIn`] or [`Input::SignInFailed`] follows.
    SignIn {
        /// `https://host[:port]`, without a slash at the end.
        base: String,
        /// The user as typed.
        user: String,
        /// What proves it.
        secret: Secret,
    },
    /// `POST <base>/api/sign-out`; nobody waits for the answer.
    SignOut {
        /// As in `SignIn`.
        base: String,
        /// The secret to revoke.
        refresh: String,
    },
    /// Open the transport to the message node, closing any other first.
    Connect {
        /// Its framing.
        flavour: Flavour,
        /// Its address.
        url: String,
    },
    /// Close the transport after what was sent before has left.
    Disconnect,
    /// To the message node.
    Send(Message),
    /// The complete wanted media state.
    Plan(MediaPlan),
    /// One part of the screen.
    View(View),
    /// Keep this in the system's store; [`Input::SecretKept`] follows.
    KeepSecret(Kept),
    /// Forget the secret of this account.
    ForgetSecret {
        /// As in `SignIn`.
        base: String,
        /// The user as typed.
        user: String,
    },
    /// Write this to the disk.
    Remember(Remembered),
}

/// What proves who the user is.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A password, as typed.
    Password(String),
    /// A single-use refresh token.
    Refresh(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Secret::Password(_) => "Password(…)",
            Secret::Refresh(_) => "Refresh(…)",
        })
    }
}

/// A sign-in that needs no password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// As in [`Output::SignIn`].
    pub base: String,
    /// The user as typed.
    pub user: String,
    /// The single-use refresh token.
    pub refresh: String,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} at {})", self.user, self.base)
    }
}

/// What is remembered on disk; nothing secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Remembered {
    /// Names this installation (its runtime address), made at the first start.
    pub installation: Option<String>,
    /// The server as last typed.
    pub server: String,
    /// The user as last typed.
    pub user: String,
    /// Rooms joined before, newest first.
    pub recent: Vec<RecentRoom>,
    /// The chosen camera.
    pub camera: Option<String>,
    /// The chosen microphone.
    pub microphone: Option<String>,
    /// The chosen speaker.
    pub speaker: Option<String>,
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
}
