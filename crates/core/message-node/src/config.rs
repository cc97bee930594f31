//! What a node is told when it is made.

use std::time::Duration;

use confab_rethink::Domain;

/// How much a node believes. The reference nodes believe everything; the strict policy is what a product runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether a session begins only with a valid access token.
    pub authenticate: bool,
    /// Whether addresses belong to who came first, and identities are those of the session's user.
    pub bind: bool,
}

impl Policy {
    /// Tokens are asked for, addresses and identities are bound.
    pub const STRICT: Policy = Policy { authenticate: true, bind: true };
    /// Everybody may say anything, as at the reference nodes: for interoperability.
    pub const OPEN: Policy = Policy { authenticate: false, bind: false };
}

/// What one client can make a node remember. Beyond a limit it is answered 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Addresses routed to one session.
    pub routes_per_session: usize,
    /// Addresses one session may own without registering them.
    pub claims_per_session: usize,
    /// Registry entries of one user, live or not.
    pub entries_per_user: usize,
    /// Bytes of JSON of one registry entry.
    pub entry_bytes: usize,
    /// Entries in the answer to one look-up; the live ones come first.
    pub answers_per_query: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            routes_per_session: 4096,
            claims_per_session: 4096,
            entries_per_user: 512,
            entry_bytes: 16 * 1024,
            answers_per_query: 256,
        }
    }
}

/// What a node is told when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The domain it serves; it answers at `domain://msg-node.<domain>/…` and `domain://registry.<domain>`.
    pub domain: Domain,
    /// How much it believes.
    pub policy: Policy,
    /// What one client can make it remember.
    pub limits: Limits,
    /// How long a Vert.x session waits for its client after the connection was lost.
    pub linger: Duration,
    /// Milliseconds of Unix time at [`Mono::ZERO`](confab_types::Mono::ZERO), for the dates in registry entries.
    pub wall: u64,
}

impl NodeConfig {
    /// With the default limits, 30 s of lingering and time beginning in 1970.
    pub fn new(domain: Domain, policy: Policy) -> NodeConfig {
        NodeConfig { domain, policy, limits: Limits::default(), linger: Duration::from_secs(30), wall: 0 }
    }
}
