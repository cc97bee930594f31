//! Who may begin a session, and as whom.

use confab_rethink::{Identity, Url};
use confab_types::Mono;

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The user that owns every address of the session.
    pub user: Url,
    /// What the node puts into `body.identity` of the user's messages.
    pub identity: Identity,
    /// The token's number, unique over tokens of both kinds. A token is good for one runtime at a time, and a revoked one
    /// ends its session.
    pub ticket: u64,
    /// Whether the session reaches what belongs to services of the domain only, such as rooms: it is a guest's whom one of them has let in.
    pub confined: bool,
}

/// The keeper of tokens. The node asks it once or twice for every `open`, of each kind once at most.
pub trait Authority {
    /// What an access token of this domain stands for; `None` when it is unknown, expired or revoked.
    fn grant(&self, token: &str, now: Mono) -> Option<Grant>;

    /// Which user of another domain an assertion proves to open from this runtime; `None` unless it was made for this node and
    /// this runtime, lately, was never seen before, and its ID token is by an issuer that is trusted for the user's own domain.
    /// It is used up. The node refuses users of its own domain here: they have access tokens.
    fn visitor(&self, _proof: &str, _runtime: &Url, _now: Mono) -> Option<Grant> {
        None
    }
}

/// Knows no token: for a node that asks for none.
impl Authority for () {
    fn grant(&self, _token: &str, _now: Mono) -> Option<Grant> {
        None
    }
}
