//! The room one is in: who is there, who waits, who was invited, and what one may do about it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The room, beside [`crate::MeetingView`], which has its pictures. Empty while there is no meeting, and in a direct call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RoomView {
    /// Its number or name.
    pub name: String,
    /// What to send to others so that they can join; empty when there is none.
    pub link: String,
    /// The domain it is in.
    pub domain: String,
    /// Whether nobody comes in any more.
    pub locked: bool,
    /// Whether whoever comes waits to be let in.
    pub lobby: bool,
    /// Whether guests may come.
    pub guests: bool,
    /// Whether people may come under a name that nobody can be found by.
    pub invented_names: bool,
    /// Everybody in it, in the order of joining; oneself among them.
    pub people: Vec<MemberView>,
    /// Who waits to be let in; told to organisers only.
    pub waiting: Vec<WaitingView>,
    /// Who was asked to come and has not yet.
    pub invited: Vec<InvitedView>,
    /// What one may do.
    pub may: Powers,
    /// Set when leaving would end the meeting for others: the page asks what to do, and answers by
    /// [`crate::Intent::LeaveTo`], [`crate::Intent::EndForAll`] or [`crate::Intent::Stay`].
    pub leaving: bool,
    /// Who asks us to open the microphone again; answered by opening it or [`crate::Intent::StayMuted`].
    pub unmute_asked_by: Option<String>,
    /// Reactions of the last 5 s, oldest first, at most 32.
    pub reactions: Vec<ReactionView>,
    /// Whether we speak although our microphone is closed.
    pub muted_speaking: bool,
    /// What has happened in the room, for [`crate::Intent::AskLog`]; empty until asked for.
    pub log: Vec<LogLine>,
}

/// Somebody in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// The roster key: `p1`.
    pub participant: String,
    /// The name to show.
    pub name: String,
    /// `user://…`; empty when there is none.
    pub user: String,
    /// Their domain, when it is not the room's.
    pub domain: String,
    /// Whether it is oneself.
    pub me: bool,
    /// What they may do.
    pub role: Role,
    /// Whether their microphone is closed.
    pub muted: bool,
    /// Whether an organiser has closed it.
    pub muted_by_organiser: bool,
    /// Whether their camera is off.
    pub camera_off: bool,
    /// Whether they share a screen.
    pub sharing: bool,
    /// Whether they have lost the connection and are waited for.
    pub away: bool,
    /// Their place in the queue of raised hands, from 1; `None`: not raised.
    pub hand: Option<u32>,
    /// Who they really are, as far as it is known: told to organisers only, and of those who have made up a name.
    pub trace: Option<String>,
}

/// What somebody in a room may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything.
    Organiser,
    /// Everything but ending the meeting and giving roles.
    CoOrganiser,
    /// Takes part.
    #[default]
    Participant,
    /// Takes part, without an account.
    Guest,
}

/// Somebody who waits to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    /// Names them: `w1`.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// Who they are: a user's identifier or a guest's e-mail address.
    pub who: String,
    /// Whether it is a guest.
    pub guest: bool,
}

/// Somebody who was asked to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InvitedView {
    /// Names the invitation: `i1`.
    pub id: String,
    /// The name or address to show.
    pub name: String,
    /// How it goes.
    pub status: InvitationStatus,
    /// Whether we may take it back.
    pub ours: bool,
}

/// How an invitation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationStatus {
    /// It rings at their side.
    Ringing,
    /// A mail is on its way.
    Mailed,
    /// They are coming.
    Accepted,
    /// They do not want to.
    Declined,
    /// They are in another call.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// They could not be reached.
    Unreachable,
}

/// What one may do in the room. The room enforces it; this says which controls make sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Powers {
    /// Mute others, close their cameras, stop their shares, lower hands.
    pub silence: bool,
    /// Remove and ban.
    pub remove: bool,
    /// Let people in, lock the room, change who may come.
    pub door: bool,
    /// Make somebody co-organiser, hand over.
    pub roles: bool,
    /// End the meeting for all.
    pub end: bool,
    /// Invite others.
    pub invite: bool,
    /// Raise one's hand and let emoji float by: the room knows of such things.
    pub react: bool,
}

/// A reaction that floats by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReactionView {
    /// A number that no other one has.
    pub id: u32,
    /// Whose: the roster key.
    pub participant: String,
    /// Their name.
    pub name: String,
    /// One emoji.
    pub emoji: String,
}

/// Something that has happened in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// When, milliseconds since 1970.
    #[ts(type = "number")]
    pub at: u64,
    /// What, as a word of the protocol page: `joined`, `left`, `removed`, `banned`, `muted`, `role`, …
    pub what: String,
    /// Who did it; empty when nobody did.
    pub by: String,
    /// To whom.
    pub who: String,
    /// A reason or value.
    pub text: String,
}

/// A link that was opened: what it wants is shown in full, and nothing happens until the user says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArrivalView {
    /// Whether there is one.
    pub open: bool,
    /// The server in full.
    pub server: String,
    /// The room.
    pub room: String,
    /// Whether an account of ours is at that server.
    pub known: bool,
    /// Which account would join.
    pub account: Option<u32>,
}

/// Something that can be shared: a whole screen or one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareChoice {
    /// Names it, for [`crate::Intent::ShareScreen`].
    pub id: String,
    /// Its title.
    pub label: String,
    /// Screen or window.
    pub window: bool,
    /// Its size in pixels.
    pub width: u32,
    /// Its size in pixels.
    pub height: u32,
    /// A small picture of it as a `data:image/…` address; empty until there is one.
    pub thumbnail: String,
}
