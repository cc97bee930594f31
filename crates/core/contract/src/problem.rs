//! What went wrong, for people.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something the user should know, with one next step. The words are in the UI's language files, keyed by `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Names this occurrence, for [`crate::Intent::Dismiss`] and [`crate::Intent::Resolve`].
    pub id: u32,
    /// What kind; chooses the words.
    pub code: ProblemCode,
    /// Whom or what it is about (a room, a server, a device); shown inside the words as text, never as markup.
    pub about: String,
    /// The technical fact, shown under "Details" only.
    pub details: String,
    /// The one thing to do about it.
    pub next: NextStep,
}

/// Every kind of problem there is words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// User or password is wrong.
    WrongPassword,
    /// Too many tries.
    TooManyTries,
    /// Nothing answers at the server's address.
    ServerUnreachable,
    /// Something answers, but it is no reTHINK domain we can use.
    NotAServer,
    /// The kept sign-in is no longer valid.
    SignInExpired,
    /// The connection was lost and is being restored.
    ConnectionLost,
    /// This machine has no store for secrets: the user must sign in again next time.
    NoSecretStore,
    /// There is no room of that name.
    NoSuchRoom,
    /// The room refused.
    RoomRefused,
    /// The room did not answer.
    RoomSilent,
    /// The meeting was ended by the server or the organiser.
    RoomClosed,
    /// The room is full.
    RoomFull,
    /// No media path.
    MediaBlocked,
    /// The far side's fingerprint is not the one that was signalled.
    MediaInsecure,
    /// Media transport was lost and is being rebuilt.
    MediaLost,
    /// No camera is there.
    CameraMissing,
    /// Another program uses the camera.
    CameraBusy,
    /// The camera stopped or failed.
    CameraFailed,
    /// No microphone is there.
    MicrophoneMissing,
    /// The microphone stopped or failed.
    MicrophoneFailed,
    /// No speaker is there, or it failed.
    SpeakerFailed,
    /// The screen cannot be captured.
    ScreenFailed,
    /// What was shared is not there any more: its window was closed, its screen unplugged. Nothing has failed.
    ShareEnded,
    /// What was typed is not the name of a room.
    BadRoomName,
    /// The sign-in in the browser was not finished, or the provider refused.
    BrowserSignInFailed,
    /// Another domain cannot be reached.
    DomainUnreachable,
    /// A call is under way; a second one cannot be made or joined beside it.
    AlreadyInCall,
    /// The media of a call is not bound to the identity that was signed.
    IdentityMismatch,
    /// A file could not be read or written.
    FileFailed,
    /// A file is too large to send.
    FileTooLarge,
    /// What was written is too long.
    TextTooLong,
    /// What was typed is nobody's address.
    BadUser,
    /// The room is locked.
    RoomLocked,
    /// An organiser has put us out; `details` is the reason.
    Removed,
    /// An organiser has not let us in.
    NotAdmitted,
    /// The room lets no guests in.
    NoGuests,
    /// An organiser has closed our microphone or camera; `about` is their name.
    SilencedByOrganiser,
    /// The room has not done what we asked: we may not, or no longer.
    NotAllowed,
    /// An invitation could not be sent; `about` is to whom.
    InvitationFailed,
    /// The meeting was ended because its organiser left or was lost.
    OrganiserGone,
    /// An opened link leads to no meeting.
    BadLink,
    /// Too much was said at once; wait a moment.
    TooFast,
    /// The name that a guest has made up is taken or cannot be shown; `about` is the server.
    NameRefused,
}

/// The one next step offered beside a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NextStep {
    /// Nothing to do but to know.
    Dismiss,
    /// Do it again.
    TryAgain,
    /// Choose another device.
    ChooseDevice,
    /// Sign in again.
    SignIn,
    /// Check what was typed.
    CheckInput,
    /// It is being done; wait.
    Wait,
}
