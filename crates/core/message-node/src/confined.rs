//! Guests of one room. Their sessions reach what belongs to the services of the domain, which decide themselves whom they serve, and
//! what is their own: no user is looked up, rung or heard by them.

use confab_rethink::{Address, Code};

use crate::authority::Authority;
use crate::claims;
use crate::node::MessageNode;
use crate::session::SessionId;

/// What a confined session is told of all others.
pub(crate) const CONFINED: (Code, &str) =
    (Code::FORBIDDEN, "guests of a room reach what belongs to rooms only");

impl<A: Authority> MessageNode<A> {
    /// Whether a session may send to an address or receive there, as far as it is confined. What is nobody's is in nobody's way.
    pub(crate) fn is_in_reach(&self, id: SessionId, address: &Address) -> bool {
        let owner = self.claims.owner(claims::base(address));
        owner.is_none_or(|owner| self.reaches(id, owner))
    }

    /// Whether a session may know of what somebody owns.
    pub(crate) fn reaches(&self, id: SessionId, owner: &str) -> bool {
        let session = self.sessions.get(id);
        !session.is_confined()
            || !self.config.policy.bind
            || owner == session.owner(id)
            || self.sessions.is_service(owner)
    }
}
