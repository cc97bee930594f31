//! Accounts, contacts, and the presence of both.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{OwnPresence, SessionPhase};

/// Every account, and the shown one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountsView {
    /// In the order they were added.
    pub accounts: Vec<AccountView>,
    /// The shown one; `None` when nobody is signed in, or another account is being added.
    pub shown: Option<u32>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Names it for [`crate::Intent::ChooseAccount`] and [`crate::Intent::SignOut`].
    pub id: u32,
    /// The server as typed.
    pub server: String,
    /// The domain, once known.
    pub domain: String,
    /// The user as typed.
    pub user: String,
    /// The name others see.
    pub name: String,
    /// How far it is.
    pub phase: SessionPhase,
    /// Whether a restart needs no password.
    pub kept: bool,
}

/// How one may sign in at a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// The server that was asked, as typed; empty before.
    pub server: String,
    /// Whether the answer is awaited.
    pub asking: bool,
    /// Whether a password will do.
    pub password: bool,
    /// Identity providers it accepts.
    pub providers: Vec<ProviderView>,
    /// Whether the browser is open and waited for.
    pub browser: bool,
    /// Whether a name that one makes up will do.
    pub invented: bool,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Its issuer URL.
    pub issuer: String,
    /// Its name for people.
    pub name: String,
}

/// Contacts, search, presence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeopleView {
    /// The shown account's contacts, by name.
    pub contacts: Vec<ContactView>,
    /// People who ask to see our presence, oldest first.
    pub asking: Vec<PersonView>,
    /// The search.
    pub search: SearchView,
    /// What others are told of us.
    pub own: OwnPresence,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// `user://domain/name@domain`.
    pub user: String,
    /// The name to show.
    pub name: String,
    /// Their domain, when it is not ours; empty otherwise.
    pub domain: String,
}

/// Somebody on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// Who.
    pub person: PersonView,
    /// What they tell us.
    pub presence: Presence,
    /// Whether they see our presence.
    pub allowed: bool,
    /// Whether we may see theirs.
    pub watching: Watching,
}

/// What somebody tells of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// Not allowed to know, or not known yet.
    #[default]
    Unknown,
    /// Signed in nowhere, or invisible.
    Offline,
    /// Not at the desk.
    Away,
    /// Not to be disturbed.
    Busy,
    /// In a call or meeting.
    InCall,
    /// Here.
    Available,
}

/// Whether we may see somebody's presence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Watching {
    /// They were not reached yet.
    #[default]
    Waiting,
    /// They were asked and have not decided.
    Asked,
    /// We may.
    Allowed,
    /// They do not want it.
    Refused,
}

/// The search for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchView {
    /// What was searched for; empty: no search.
    pub text: String,
    /// Whether answers are awaited.
    pub searching: bool,
    /// Who was found, at most 20.
    pub found: Vec<PersonView>,
}
