//! What the user wants, as they would say it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A wish of the user. It is checked by the user agent; what is refused comes back as a [`crate::Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Intent {
    /// Sign in with a password. `server` is what a person types: `host`, `host:port` or a URL.
    SignIn { server: String, user: String, password: String },
    /// Sign out and forget the kept secret.
    SignOut,
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
