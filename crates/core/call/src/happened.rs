//! What the agent must know of a call.

use confab_contract::{InvitationStatus, NextStep, PastCall, ProblemCode};
use confab_rethink::Url;
use serde_json::{Value, json};

use crate::meeting::Room;

/// Something to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It rings here: raise the window, notify.
    Rings,
    /// Somebody called while we were busy.
    Missed(PastCall),
    /// Both have agreed, media is on its way: the caller makes the conversation now.
    Accepted,
    /// Media flows for the first time.
    Active,
    /// The caller has made a conversation object for this call; told after we have accepted.
    Conversation(Url),
    /// We have said yes to whoever asked us to a meeting: join it.
    Join {
        /// The meeting.
        room: Room,
    },
    /// How it goes with somebody whom we have asked to a meeting; nothing more follows.
    Asked {
        /// The room's name of the invitation.
        invitation: String,
        /// How it went.
        status: InvitationStatus,
    },
    /// Something to tell. `about` is the other one's name.
    Trouble {
        /// What.
        code: ProblemCode,
        /// Whom it is about.
        about: String,
        /// The technical fact.
        details: String,
        /// What to do.
        next: NextStep,
    },
    /// It is over.
    Ended {
        /// For the list of past calls.
        past: PastCall,
        /// The technical reason, for diagnostics; empty when the end says it all.
        details: String,
    },
}

/// What one side lets the other hear and see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Its microphone is open.
    pub audio: bool,
    /// Its camera's picture is sent.
    pub video: bool,
    /// Its screen is sent, in the camera's place.
    pub screen: bool,
}

impl Media {
    /// From a Connection object's data; somebody who says nothing of it is heard, and seen when there is a video track.
    pub(crate) fn read(data: &Value, video_track: bool) -> Media {
        let said = |key: &str| data.get("media").and_then(|media| media.get(key)).and_then(Value::as_bool);
        Media {
            audio: said("audio").unwrap_or(true),
            video: said("video").unwrap_or(video_track),
            screen: said("screen").unwrap_or(false),
        }
    }

    pub(crate) fn to_value(self) -> Value {
        json!({"audio": self.audio, "video": self.video, "screen": self.screen})
    }
}
