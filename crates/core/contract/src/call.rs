//! The call to one person, and past ones.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::PersonView;

/// The call to one person. While it is active the picture is in [`crate::MeetingView`], with `direct` set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// Names this call, for [`crate::Intent::ForgetCall`].
    pub id: u32,
    /// How far it is.
    pub phase: CallPhase,
    /// The other one.
    pub peer: PersonView,
    /// Which account rings or calls.
    pub account: u32,
    /// Whether the caller wants to show a picture.
    pub video: bool,
    /// Why it has ended; only in phase `Ended`.
    pub ended: Option<CallEnd>,
    /// How sure we are who the other one is.
    pub proof: Proof,
    /// Whether to be quiet: we are busy.
    pub silent: bool,
    /// The meeting that the other one asks us to join, as shown; `None`: they want to talk to us alone.
    pub meeting: Option<String>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CallPhase {
    /// There is none.
    #[default]
    Idle,
    /// Looking for the other one.
    Finding,
    /// Invited, nobody rings yet.
    Calling,
    /// It rings at the other one.
    Ringing,
    /// It rings here.
    Incoming,
    /// Accepted; the media is on its way.
    Connecting,
    /// They hear each other.
    Active,
    /// The media was lost and is being rebuilt.
    Restoring,
    /// It is over; shown until it is taken off the screen, or 8 s.
    Ended,
}

/// Why a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CallEnd {
    /// We hung up.
    HungUp,
    /// They hung up.
    TheyHungUp,
    /// They declined.
    Declined,
    /// They are in another call.
    Busy,
    /// Nobody answered within 45 s.
    NoAnswer,
    /// They are signed in nowhere.
    Offline,
    /// There is nobody of that name.
    Unknown,
    /// We gave up calling.
    Cancelled,
    /// They gave up calling, or we did not answer in time.
    Missed,
    /// We declined.
    WeDeclined,
    /// It was taken on another device of ours.
    TakenElsewhere,
    /// The other domain cannot be reached.
    DomainUnreachable,
    /// No network path between the two was found.
    NoPath,
    /// The secure transport is not the one that was promised: somebody may listen in.
    Insecure,
    /// The connection was lost and did not come back.
    Lost,
}

/// How sure we are who the other one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Proof {
    /// Nothing was said.
    #[default]
    None,
    /// Their message node says so.
    Domain,
    /// Their identity provider has signed it, and the media is bound to that.
    Signed,
}

/// A call that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastCall {
    /// Names it.
    pub id: u32,
    /// The other one.
    pub peer: PersonView,
    /// Whether they called us.
    pub incoming: bool,
    /// With pictures.
    pub video: bool,
    /// How it ended.
    pub end: CallEnd,
    /// When it began, milliseconds since 1970.
    #[ts(type = "number")]
    pub at: u64,
    /// How long they talked, seconds.
    pub seconds: u32,
    /// Whether it was missed and not looked at yet.
    pub unseen: bool,
}
