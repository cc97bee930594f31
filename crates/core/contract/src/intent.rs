//! What the user wants, as they would say it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A wish of the user. It is checked by the user agent; what is refused comes back as a [`crate::Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Intent {
    /// Sign in with a password. `server` is what a person types: `host`, `host:port` or a URL.
    SignIn { server: String, user: String, password: String },
    /// Sign in with the system's browser at an identity provider that the server accepts (OpenID Connect). `provider` is its
    /// issuer; `None`: the server's own.
    SignInWithBrowser { server: String, provider: Option<String> },
    /// Come in under a name that one makes up, where the server lets people: a guest, of whom nothing is kept.
    SignInAsGuest { server: String, name: String },
    /// Ask which ways to sign in a server offers: [`crate::View::SignIn`] follows.
    AskServer { server: String },
    /// Give up the sign-in that is under way.
    CancelSignIn,
    /// Show another account; calls and rooms are made by the shown one. Calls for all of them ring.
    ChooseAccount { account: u32 },
    /// Sign out and forget the kept secret; `None`: the shown account.
    SignOut { account: Option<u32> },
    /// Join a room of one's own domain by number or name.
    Join { room: String },
    /// Leave the room, or give up joining.
    Leave,
    /// Open or close the own microphone.
    SetMicrophone { on: bool },
    /// Open or close the own camera.
    SetCamera { on: bool },
    /// Share a screen; `None` shares the first one.
    ShareScreen { source: Option<String> },
    /// Stop sharing.
    StopSharing,
    /// Make one picture large, for this viewer only.
    Pin { stream: u16 },
    /// Let the speaker be large again.
    Unpin,
    /// Use this device from now on; `None` means the system's default.
    ChooseDevice { kind: DeviceKind, device: Option<String> },
    /// Take a problem off the screen.
    Dismiss { problem: u32 },
    /// Do the next step of a problem.
    Resolve { problem: u32 },
    /// Forget a recent room.
    ForgetRoom { room: String },
    /// Look for people by name, e-mail address or user URL. An empty text ends the search.
    FindPeople { text: String },
    /// Put somebody on the contact list, and ask to see their presence.
    AddContact { user: String, name: String },
    /// Show a contact under another name.
    RenameContact { user: String, name: String },
    /// Take somebody off the list; they no longer see our presence either.
    RemoveContact { user: String },
    /// Let somebody see our presence, or no longer.
    AllowPresence { user: String, allowed: bool },
    /// What others are told of us while we are in no call.
    SetPresence { presence: OwnPresence },
    /// Ring somebody, with our camera or by voice only.
    Call { user: String, video: bool },
    /// Take the call that rings.
    Accept { video: bool },
    /// Refuse the call that rings.
    Decline,
    /// End the call, or give up calling.
    HangUp,
    /// Take the end of a call, or a missed one, off the screen.
    ForgetCall { call: u32 },
    /// Say something to those in the call, at most 16 kB.
    Say { text: String },
    /// Whether the user is writing.
    Typing { on: bool },
    /// The conversation is on the screen: what is there counts as read.
    ReadConversation,
    /// Fetch an offered file into the user's downloads.
    FetchFile { file: String },
    /// Stop sending or fetching a file.
    CancelFile { file: String },
}

/// What others are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OwnPresence {
    /// Here, and away when nothing was touched for a while.
    #[default]
    Available,
    /// Here, not to be disturbed: calls do not ring aloud.
    Busy,
    /// Not at the desk.
    Away,
    /// As if signed out.
    Invisible,
}

/// Which device is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DeviceKind {
    /// Takes pictures.
    Camera,
    /// Takes sound.
    Microphone,
    /// Plays sound.
    Speaker,
}
