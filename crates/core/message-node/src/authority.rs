//! Who may begin a session, and as whom.

use confab_rethink::{Identity, Url};
use confab_types::Mono;

/// What an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The user that owns every address of the session.
    pub user: Url,
    /// What the node puts into `body.identity` of the user's messages.
    pub identity: Identity,
    /// The token's number. A token is good for one session at a time, and a revoked one ends its session.
    pub ticket: u64,
}

/// The keeper of access tokens. The node asks it once for every `open`.
pub trait Authority {
    /// What `token` stands for; `None` when it is unknown, expired or revoked.
    fn grant(&self, token: &str, now: Mono) -> Option<Grant>;
}

/// Knows no token: for a node that asks for none.
impl Authority for () {
    fn grant(&self, _token: &str, _now: Mono) -> Option<Grant> {
        None
    }
}
