//! Parts of the screen, each replaced whole.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AccountsView, ArrivalView, CallView, ConversationView, Layout, PastCall, PeopleView, Problem, RoomView,
    ShareChoice, SignInView,
};

/// One part of the screen. A new one of the same kind replaces the old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum View {
    /// Who is signed in where.
    Session(SessionView),
    /// The home screen.
    Home(HomeView),
    /// The meeting; `phase` idle when there is none.
    Meeting(MeetingView),
    /// Who is in the room, and what one may do there.
    Room(RoomView),
    /// A link that was opened.
    Arrival(ArrivalView),
    /// The own camera and microphone, looked at before joining.
    Check(CheckView),
    /// Levels of those who can be heard, at most 10 times a second.
    Levels(LevelsView),
    /// Devices and the choice among them.
    Devices(DevicesView),
    /// What is kept of the user's choices besides devices.
    Settings(SettingsView),
    /// Problems, newest last, at most 4.
    Problems { problems: Vec<Problem> },
    /// Promised and measured quality, once a second while in a meeting or call.
    Quality(QualityView),
    /// Every account, and the shown one.
    Accounts(AccountsView),
    /// How one may sign in at the server that was asked about.
    SignIn(SignInView),
    /// Contacts, search, presence.
    People(PeopleView),
    /// The call to one person.
    Call(CallView),
    /// What is said and sent in the call.
    Conversation(ConversationView),
}

/// Who is signed in where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// How far it is.
    pub phase: SessionPhase,
    /// The server as typed.
    pub server: String,
    /// The domain, once known.
    pub domain: String,
    /// The user as typed.
    pub user: String,
    /// The name others see.
    pub name: String,
    /// Whether a restart needs no password.
    pub kept: bool,
}

/// How far the sign-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SessionPhase {
    /// Nobody.
    SignedOut,
    /// On the way.
    SigningIn,
    /// Ready.
    SignedIn,
    /// Signed in, but the connection to the domain is being restored.
    Reconnecting,
}

/// The home screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HomeView {
    /// Rooms joined before, newest first, at most 12.
    pub recent: Vec<RecentRoom>,
    /// Calls made, taken and missed, newest first, at most 20.
    pub calls: Vec<PastCall>,
}

/// A room joined before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentRoom {
    /// What to type to join it again.
    pub room: String,
    /// When it was last joined, milliseconds since 1970.
    #[ts(type = "number")]
    pub joined_at: u64,
}

/// The meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MeetingView {
    /// How far it is.
    pub phase: MeetingPhase,
    /// The room's name or number; empty in a direct call.
    pub room: String,
    /// Whether it is a direct call, without a room.
    pub direct: bool,
    /// Through which domain the media goes; empty when it goes from one to the other.
    pub through: String,
    /// Milliseconds in the room when this view was made; the page counts on from there.
    #[ts(type = "number")]
    pub elapsed_ms: u64,
    /// The arrangement of pictures.
    pub stage: StageView,
    /// Oneself.
    pub me: MeView,
    /// Everybody in the roster, oneself included.
    pub people: u32,
}

/// How far the meeting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MeetingPhase {
    /// There is none.
    Idle,
    /// Finding the room, being admitted.
    Joining,
    /// In it.
    In,
    /// Waiting to be let in.
    Waiting,
    /// In it, but the connection is being restored.
    Reconnecting,
    /// Saying goodbye.
    Leaving,
}

/// The arrangement of pictures: one large, the others small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StageView {
    /// The large picture; `None` in a grid, and when there is no meeting.
    pub large: Option<TileView>,
    /// Small pictures in a stable order, oneself last.
    pub film: Vec<TileView>,
    /// Whether the large one was pinned by the user.
    pub pinned: bool,
    /// The arrangement that was chosen. In a grid all pictures are in `film`, oneself last, unless one is pinned or shared.
    pub layout: Layout,
}

/// One picture with its caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TileView {
    /// Names the picture on the surface.
    pub stream: u16,
    /// The roster key: `p1`.
    pub participant: String,
    /// The name to show.
    pub name: String,
    /// Camera or screen.
    pub kind: TileKind,
    /// Whether it is oneself.
    pub me: bool,
    /// Whether their microphone is closed.
    pub muted: bool,
    /// Whether a picture is to be expected; otherwise initials are shown.
    pub video: bool,
    /// Whether the picture is on its way: leg up, but nothing decoded yet.
    pub waiting: bool,
    /// Whether this one is the room's active speaker.
    pub speaking: bool,
    /// How good the connection to this one is.
    pub quality: Quality,
    /// Whether the participant has lost the connection and is waited for.
    pub away: bool,
    /// Whether an organiser.
    pub organiser: bool,
    /// Their place in the queue of raised hands, from 1.
    pub hand: Option<u32>,
}

/// What a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TileKind {
    /// A camera.
    Camera,
    /// A shared screen.
    Screen,
}

/// How good a connection is, in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Quality {
    /// Nothing measured yet.
    #[default]
    Unknown,
    /// Bad.
    Poor,
    /// Usable.
    Fair,
    /// Good.
    Good,
}

/// Oneself in the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MeView {
    /// The own microphone.
    pub microphone: SwitchState,
    /// The own camera.
    pub camera: SwitchState,
    /// Screen sharing.
    pub sharing: SwitchState,
}

/// Something of oneself that is on or off, or should be on but is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SwitchState {
    /// Off, as wished.
    Off,
    /// Wished on, not yet true.
    Starting,
    /// On.
    On,
    /// Wished on, but it cannot be: there is a problem.
    Failed,
}

/// The own camera and microphone before joining. The level is in [`LevelsView::own`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// Whether they are being looked at.
    pub open: bool,
    /// The own camera's picture on the surface.
    pub stream: u16,
    /// The own camera.
    pub camera: SwitchState,
    /// The own microphone.
    pub microphone: SwitchState,
    /// Whether the speaker plays its test.
    pub playing: bool,
}

/// Levels of those who can be heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LevelsView {
    /// Stream of the camera tile → level in dBFS, −127 … 0.
    pub levels: Vec<(u16, i8)>,
    /// The own microphone, dBFS.
    pub own: i8,
}

/// Devices and the choice among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DevicesView {
    /// Cameras.
    pub cameras: Vec<DeviceChoice>,
    /// Microphones.
    pub microphones: Vec<DeviceChoice>,
    /// Speakers.
    pub speakers: Vec<DeviceChoice>,
    /// Screens to share.
    pub screens: Vec<DeviceChoice>,
    /// Screens and windows to share, with small pictures while the page asks for them.
    pub shares: Vec<ShareChoice>,
}

/// What is kept of the user's choices besides devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Whether one is told when speaking while muted; without, a muted microphone is closed.
    pub notice_muted: bool,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceChoice {
    /// Its stable name.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// Whether it is the one in use.
    pub chosen: bool,
}

/// Promised and measured quality.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QualityView {
    /// In one word.
    pub overall: Quality,
    /// What the room promises, as it says it; empty when it promises nothing.
    pub promised: String,
    /// Sent, kbit/s.
    pub sent_kbps: u32,
    /// Received, kbit/s.
    pub received_kbps: u32,
    /// Round trip in milliseconds, if known.
    pub round_trip_ms: Option<f32>,
    /// Loss towards us, percent.
    pub loss_percent: f32,
    /// The large picture: width, height, pictures per second.
    pub large: Option<(u32, u32, f32)>,
    /// Everything known about every leg, for "Copy as JSON".
    pub details: String,
}
