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
    /// Join a room by number, name, link or `room@domain`.
    Join { room: String },
    /// Leave the room, or give up joining. Where that would end the meeting for others, [`crate::RoomView::leaving`] asks first.
    Leave,
    /// Make somebody organiser and leave.
    LeaveTo { participant: String },
    /// End the meeting for everybody.
    EndForAll,
    /// Do not leave after all.
    Stay,
    /// Make a room of one's own with a permanent address, and join it; without a name it gets a number.
    CreateRoom { name: Option<String> },
    /// A link was opened, `https://…/j/…` or `confab://join?…`: [`crate::View::Arrival`] asks.
    OpenLink { link: String },
    /// Join what the opened link leads to, as this account, or as a guest of that name when there is none.
    FollowLink { account: Option<u32>, name: String },
    /// Forget the opened link.
    DropLink,
    /// Ask somebody with an account to come: it rings at their side.
    Invite { user: String, name: String },
    /// Ask somebody to come by mail, with a link and a calendar entry; in this language (a tag of RFC 5646), or in English.
    InviteByMail {
        address: String,
        name: String,
        #[serde(default)]
        #[ts(optional)]
        language: Option<String>,
    },
    /// Take an invitation back.
    CancelInvitation { invitation: String },
    /// Close somebody's microphone, camera or share. Nobody can open them from afar.
    Silence { participant: String, what: Silenced },
    /// Close the microphones of all but organisers.
    MuteAll,
    /// Lift what [`Intent::Silence`] has closed, and ask them to open it.
    AskToOpen { participant: String, what: Silenced },
    /// Do not open the microphone that one was asked to open.
    StayMuted,
    /// Put somebody out; `ban`: they cannot come back.
    Remove { participant: String, reason: String, ban: bool },
    /// Let somebody in who waits; `None`: all.
    Admit { waiting: Option<String> },
    /// Do not let somebody in.
    Refuse { waiting: String },
    /// Make somebody co-organiser, or no longer.
    SetCoOrganiser { participant: String, on: bool },
    /// Make somebody else organiser.
    HandOver { participant: String },
    /// Let nobody come in any more, or again.
    SetLocked { on: bool },
    /// Let those who come wait, or no longer.
    SetLobby { on: bool },
    /// Let people come who have no account, or no longer.
    SetGuests { on: bool },
    /// Let people come under a name that nobody can be found by, or no longer.
    SetInventedNames { on: bool },
    /// Raise one's hand, or take it down.
    RaiseHand { up: bool },
    /// Take somebody else's hand down.
    LowerHand { participant: String },
    /// Let one emoji float by.
    React { emoji: String },
    /// React to a line of the conversation; the same again takes it back.
    ReactToLine { line: String, emoji: String },
    /// Ask for the room's log: [`crate::RoomView::log`].
    AskLog,
    /// Arrange the pictures otherwise.
    SetLayout { layout: Layout },
    /// The talk key is held down, or let go: the microphone is open meanwhile.
    PushToTalk { down: bool },
    /// Open or close the own microphone.
    SetMicrophone { on: bool },
    /// Open or close the own camera.
    SetCamera { on: bool },
    /// Share a screen or window, by its id in [`crate::DevicesView::shares`]; `None` shares the first screen.
    ShareScreen { source: Option<String> },
    /// Stop sharing.
    StopSharing,
    /// The page lets the user choose what to share, or no longer: small pictures in [`crate::DevicesView::shares`] are wanted.
    WatchShares { on: bool },
    /// Before joining: show the own camera and microphone to oneself, or no longer. Nothing is sent; [`crate::View::Check`]
    /// follows.
    CheckDevices { on: bool },
    /// Play a short sound on the chosen speaker, while devices are being checked.
    TestSpeaker,
    /// Make one picture large, for this viewer only.
    Pin { stream: u16 },
    /// Let the speaker be large again.
    Unpin,
    /// Say when one speaks while muted, or no longer: then the microphone is closed while it is muted. Kept.
    SetNoticeMuted { on: bool },
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
    /// Say something to those in the call, at most 16 kB; `to`: to one participant only; `reply`: the line it answers.
    Say {
        text: String,
        #[serde(default)]
        to: Option<String>,
        #[serde(default)]
        reply: Option<String>,
    },
    /// Whether the user is writing.
    Typing { on: bool },
    /// The conversation is on the screen: what is there counts as read.
    ReadConversation,
    /// Fetch an offered file into the user's downloads.
    FetchFile { file: String },
    /// Stop sending or fetching a file.
    CancelFile { file: String },
}

/// What an organiser can close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Silenced {
    /// The microphone.
    Microphone,
    /// The camera.
    Camera,
    /// The shared screen.
    Share,
}

/// How pictures are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Layout {
    /// One large, the others small.
    #[default]
    Speaker,
    /// All of the same size; a shared screen is large all the same.
    Grid,
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
