//! What survives a restart of the program.

use confab_contract::OwnPresence;
use serde::{Deserialize, Serialize};

/// Contacts, permissions and the own presence of one account. Unknown fields are ignored and missing ones empty, so that
/// older and newer files can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PeopleMemory {
    /// The contact list.
    pub contacts: Vec<KeptPerson>,
    /// Who may see our presence.
    pub allowed: Vec<KeptPerson>,
    /// Who may not, and is not to ask again.
    pub refused: Vec<KeptPerson>,
    /// Who has asked and waits for the user's decision, oldest first.
    pub asking: Vec<KeptPerson>,
    /// What others are told.
    pub own: OwnPresence,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeptPerson {
    /// The user URL.
    pub user: String,
    /// The name the user gave them, or theirs; may be empty.
    pub name: String,
}
