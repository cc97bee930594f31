//! What outlives the program: on the disk, and in the system's store for secrets.

use confab_contract::{PastCall, RecentRoom};
use confab_people::PeopleMemory;
use confab_rethink::new_guid;
use confab_types::Chance;
use serde::{Deserialize, Serialize};

/// Most accounts remembered; beyond that the one that was added first is forgotten.
const ACCOUNT_LIMIT: usize = 16;
/// Most rooms remembered of an account.
pub const RECENT_LIMIT: usize = 12;
/// Most calls remembered.
pub const CALL_LIMIT: usize = 20;

/// A sign-in that needs no password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// As in [`crate::Output::SignIn`].
    pub base: String,
    /// The user as typed.
    pub user: String,
    /// The single-use refresh token.
    pub refresh: String,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} at {})", self.user, self.base)
    }
}

/// What is remembered on disk; nothing secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, from = "Written")]
pub struct Remembered {
    /// The server of the account shown last.
    pub server: String,
    /// Its user, as typed.
    pub user: String,
    /// Accounts in the order they were added, signed in or not.
    pub accounts: Vec<RememberedAccount>,
    /// Calls of all accounts, newest first.
    pub calls: Vec<PastCall>,
    /// The chosen camera.
    pub camera: Option<String>,
    /// The chosen microphone.
    pub microphone: Option<String>,
    /// The chosen speaker.
    pub speaker: Option<String>,
    /// Whether the microphone is closed while it is muted, so that nobody is told of speaking into it.
    pub closes_when_muted: bool,
}

/// What is remembered of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RememberedAccount {
    /// `https://host[:port]`.
    pub server: String,
    /// The user as typed.
    pub user: String,
    /// Names this installation for this account: a GUID, in the addresses of runtime and hyperty, so that others find us
    /// where we were.
    pub installation: String,
    /// Names the key of this installation for this account.
    pub key: String,
    /// Rooms joined before, newest first.
    pub recent: Vec<RecentRoom>,
    /// The object of the room we are in: should the program end without a goodbye, it is said at the next start.
    pub room: Option<String>,
    /// Contacts and who may see our presence.
    pub people: PeopleMemory,
}

/// The file: as it is written now, and as it was when there was one account only.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Written {
    server: String,
    user: String,
    accounts: Vec<RememberedAccount>,
    calls: Vec<PastCall>,
    camera: Option<String>,
    microphone: Option<String>,
    speaker: Option<String>,
    closes_when_muted: bool,
    /// Of the only account.
    installation: Option<String>,
    /// Of the only account.
    recent: Vec<RecentRoom>,
}

impl From<Written> for Remembered {
    fn from(written: Written) -> Remembered {
        let mut remembered = Remembered {
            server: written.server,
            user: written.user,
            accounts: written.accounts,
            calls: written.calls,
            camera: written.camera,
            microphone: written.microphone,
            speaker: written.speaker,
            closes_when_muted: written.closes_when_muted,
        };
        if let (true, Some(installation)) = (remembered.accounts.is_empty(), written.installation)
            && !remembered.user.is_empty()
        {
            let (server, user) = (remembered.server.clone(), remembered.user.clone());
            let recent = written.recent;
            let account =
                RememberedAccount { server, user, installation, recent, ..RememberedAccount::default() };
            remembered.accounts.push(account);
        }
        remembered.accounts.truncate(ACCOUNT_LIMIT);
        remembered.accounts.iter_mut().for_each(|account| account.recent.truncate(RECENT_LIMIT));
        remembered.calls.truncate(CALL_LIMIT);
        remembered
    }
}

impl Remembered {
    /// What is remembered of an account; begun when it is new.
    pub fn account(&mut self, server: &str, user: &str, chance: &mut Chance) -> &mut RememberedAccount {
        let known = |account: &RememberedAccount| account.server == server && account.user == user;
        let at = self.accounts.iter().position(known).unwrap_or_else(|| {
            if self.accounts.len() >= ACCOUNT_LIMIT {
                self.accounts.remove(0);
            }
            let (server, user) = (server.to_owned(), user.to_owned());
            self.accounts.push(RememberedAccount { server, user, ..RememberedAccount::default() });
            self.accounts.len() - 1
        });
        let account = &mut self.accounts[at];
        for name in [&mut account.installation, &mut account.key] {
            if name.is_empty() {
                *name = new_guid(chance).to_string();
            }
        }
        account
    }

    /// What is remembered of an account, if anything is.
    pub fn known(&mut self, server: &str, user: &str) -> Option<&mut RememberedAccount> {
        self.accounts.iter_mut().find(|account| account.server == server && account.user == user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_time_of_one_account_is_read_as_one_account() {
        let file = r#"{"installation": "5d", "server": "https://a", "user": "alice", "camera": "c",
                       "recent": [{"room": "4711", "joinedAt": 5}]}"#;
        let remembered: Remembered = serde_json::from_str(file).expect("it is read");
        assert_eq!(remembered.accounts.len(), 1);
        let account = &remembered.accounts[0];
        assert_eq!((account.installation.as_str(), account.recent[0].room.as_str()), ("5d", "4711"));
        let written = serde_json::to_string(&remembered).expect("it is written");
        assert_eq!(serde_json::from_str::<Remembered>(&written).expect("it is read"), remembered);
    }

    #[test]
    fn an_account_keeps_its_names_and_the_eldest_is_forgotten_when_there_are_too_many() {
        let (mut remembered, mut chance) = (Remembered::default(), Chance::from_number(1));
        let first = remembered.account("https://a", "alice", &mut chance).clone();
        assert_eq!(*remembered.account("https://a", "alice", &mut chance), first);
        for number in 0..ACCOUNT_LIMIT {
            remembered.account("https://a", &number.to_string(), &mut chance);
        }
        assert_eq!(remembered.accounts.len(), ACCOUNT_LIMIT);
        assert!(remembered.known("https://a", "alice").is_none());
    }
}
