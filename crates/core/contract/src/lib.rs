//! What the user interface and Rust say to each other: intents go down, views come up, problems are plain.
//!
//! No rule lives here, only shapes; the rules are in `core/conference` and `core/user-agent`, the shells are the
//! desktop bridge in `src-tauri` and the guest page's socket. The TypeScript in `ui/src/contract/` is generated from these types
//! by `cargo xtask codegen` and checked by `cargo xtask check`.
//!
//! | module | holds |
//! |---|---|
//! | [`intent`] | [`Intent`], what the user wants |
//! | [`view`] | [`View`], one part of the screen, replaced whole |
//! | [`people`] | accounts, contacts, presence |
//! | [`call`] | the call to one person, past calls |
//! | [`room`] | who is in the meeting's room, and what one may do there |
//! | [`conversation`] | chat and files |
//! | [`problem`] | [`Problem`], what went wrong and the one next step |
//! | [`tiles`] | [`TileLayout`], where the page has put its tiles |

pub mod call;
pub mod conversation;
pub mod intent;
pub mod people;
pub mod problem;
pub mod room;
pub mod tiles;
pub mod view;

pub use call::{CallEnd, CallPhase, CallView, PastCall, Proof};
pub use conversation::{
    ConversationView, Delivery, FilePhase, FileView, LineBody, LineReaction, LineView, ReplyView,
};
pub use intent::{DeviceKind, Intent, Layout, OwnPresence, Silenced};
pub use people::{
    AccountView, AccountsView, ContactView, PeopleView, PersonView, Presence, ProviderView, SearchView,
    SignInView, Watching,
};
pub use problem::{NextStep, Problem, ProblemCode};
pub use room::{
    ArrivalView, InvitationStatus, InvitedView, LogLine, MemberView, Powers, ReactionView, Role, RoomView,
    ShareChoice, WaitingView,
};
pub use tiles::{PageRect, PageTile, SurfaceEndpoint, TileLayout};
pub use view::{
    CheckView, DeviceChoice, DevicesView, HomeView, LevelsView, MeView, MeetingPhase, MeetingView, Quality,
    QualityView, RecentRoom, SessionPhase, SessionView, SettingsView, StageView, SwitchState, TileKind,
    TileView, View,
};
