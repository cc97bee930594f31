//! The strict policy: nobody speaks before they are known, with an address or an identity that is not theirs, or
//! listens where only the owner may.

use confab_rethink::{Address, Code, Kind, Message, Url};
use serde_json::Value;

use crate::authority::Authority;
use crate::claims::{self, Ownership};
use crate::confined::CONFINED;
use crate::node::MessageNode;
use crate::session::{Manner, SessionId};

type Refusal = (Code, &'static str);

const FOREIGN_FROM: Refusal = (Code::FORBIDDEN, "from belongs to somebody else");
const FOREIGN_SOURCE: Refusal = (Code::FORBIDDEN, "source or subscriber belongs to somebody else");
const FOREIGN_STREAM: Refusal = (Code::FORBIDDEN, "only the owner publishes at this address");
const TOO_MANY: Refusal = (Code::Num(429), "session owns too many addresses");

/// Schemes of services and people: nobody owns them by being first.
const RESERVED: [&str; 7] =
    ["domain", "user", "user-guid", "global", "domain-idp", "hyperty-catalogue", "mn"];

impl<A: Authority> MessageNode<A> {
    /// Checks a message of an open session and asserts its identity.
    pub(crate) fn admit(&mut self, id: SessionId, message: &mut Message) -> Result<(), Refusal> {
        let session = self.sessions.get(id);
        if self.config.policy.authenticate && session.grant.is_none() {
            return Err((Code::UNAUTHORISED, "session is not open"));
        }
        if session.manner == Manner::Vertx {
            if session.runtime.is_none() {
                return Err((Code::SERVER_ERROR, "session is not open"));
            }
            if message.from.as_str().starts_with("hyperty://") {
                self.bind_sender(id, &message.from)?;
            }
        }
        if !self.config.policy.bind {
            return Ok(());
        }
        let checked = self.check_addresses(id, message);
        let session = self.sessions.get(id);
        if !session.is_internal() {
            checked?;
            message.body.remove("assertedIdentity");
            message.body.remove("auth");
        }
        if let Some(identity) = &session.identity {
            stamp(message, identity);
        }
        Ok(())
    }

    fn check_addresses(&mut self, id: SessionId, message: &Message) -> Result<(), Refusal> {
        if message.is_response() {
            // Whoever receives at an address may answer from it: children are acknowledged by every observer. A visitor's object
            // lives at another node: the first that is heard of it here may be an answer.
            let visits = self.sessions.get(id).is_visitor(&self.config.domain);
            let own = match self.ownership(id, &message.from) {
                Ownership::Own => true,
                Ownership::Free if visits => self.claim(id, &message.from).is_ok(),
                Ownership::Free | Ownership::Foreign => false,
            };
            if !own && !self.answers_from(id, &message.from) {
                return Err(FOREIGN_FROM);
            }
        } else {
            self.own(id, &message.from, FOREIGN_FROM)?;
            if !self.is_in_reach(id, &message.to) {
                return Err(CONFINED);
            }
        }
        let stream = matches!(claims::below(&message.to), "/changes" | "/registration");
        if stream && self.ownership(id, &message.to) == Ownership::Foreign {
            return Err(FOREIGN_STREAM);
        }
        for key in ["source", "subscriber"] {
            if let Some(address) = message.address(key) {
                self.own(id, &address, FOREIGN_SOURCE)?;
            }
        }
        Ok(())
    }

    /// A Vert.x node routes the address of the first message of a hyperty to its sender.
    fn bind_sender(&mut self, id: SessionId, from: &Address) -> Result<(), Refusal> {
        if self.routes.has(id, from) {
            return Ok(());
        }
        if self.config.policy.bind {
            self.own(id, from, FOREIGN_FROM)?;
        }
        self.add_routes(id, std::slice::from_ref(from))
    }

    /// Checks an address that a session wants to receive at.
    pub(crate) fn check_route(&mut self, id: SessionId, address: &Address) -> Result<(), Refusal> {
        if !self.config.policy.bind {
            return Ok(());
        }
        if !self.is_in_reach(id, address) {
            return Err(CONFINED);
        }
        let scheme = address.as_str().split(':').next().unwrap_or_default();
        let below = claims::below(address);
        let public = match scheme {
            "runtime" | "hyperty-runtime" => false,
            "hyperty" => below == "/registration",
            _ => !below.is_empty() && !below.starts_with("/subscription"),
        };
        if public && !RESERVED.contains(&scheme) {
            return Ok(());
        }
        self.own(id, address, (Code::FORBIDDEN, "address belongs to somebody else"))
    }

    /// Adds routes that were checked, all or none.
    pub(crate) fn add_routes(&mut self, id: SessionId, addresses: &[Address]) -> Result<(), Refusal> {
        let limit = self.config.limits.routes_per_session;
        if !self.sessions.get(id).is_internal() && self.routes.count_with(id, addresses) > limit {
            return Err((Code::Num(429), "session has too many routes"));
        }
        for address in addresses {
            self.routes.add(id, address.clone());
        }
        Ok(())
    }

    /// The address is the session's own, or becomes so because it was nobody's.
    pub(crate) fn own(&mut self, id: SessionId, address: &Address, foreign: Refusal) -> Result<(), Refusal> {
        match self.ownership(id, address) {
            Ownership::Foreign => Err(foreign),
            Ownership::Own => {
                self.share(id, address);
                Ok(())
            }
            Ownership::Free => self.claim(id, address),
        }
    }

    /// What another session of the user holds, or a lost one held, this one holds too, because it may outlast the other. What is
    /// registered stays the user's in any case. Beyond the limit an address is used without being held.
    fn share(&mut self, id: SessionId, address: &Address) {
        let base = claims::base(address);
        let session = self.sessions.get(id);
        let owner = session.owner(id);
        let full = session.claims.len() >= self.config.limits.claims_per_session && !session.is_internal();
        if full || base == owner || session.claims.contains(base) {
            return;
        }
        if Url::parse(base).is_ok_and(|url| self.registry.get(&url).is_some()) {
            return;
        }
        self.sessions.get_mut(id).claims.insert(base.to_owned());
        self.claims.hold(&owner, base);
    }

    /// The address, which is nobody's, becomes the session's own.
    pub(crate) fn claim(&mut self, id: SessionId, address: &Address) -> Result<(), Refusal> {
        let session = self.sessions.get_mut(id);
        if session.claims.len() >= self.config.limits.claims_per_session && !session.is_internal() {
            return Err(TOO_MANY);
        }
        let base = claims::base(address);
        if session.claims.insert(base.to_owned()) {
            let owner = session.owner(id);
            self.claims.hold(&owner, base);
        }
        Ok(())
    }

    /// Lets go of an address that the session no longer receives at or below.
    pub(crate) fn disown_unused(&mut self, id: SessionId, address: &Address) {
        let base = claims::base(address);
        if !self.routes.has_below(id, base) && self.sessions.get_mut(id).claims.remove(base) {
            self.claims.release(base);
        }
    }

    pub(crate) fn ownership(&self, id: SessionId, address: &Address) -> Ownership {
        let session = self.sessions.get(id);
        let owner = session.owner(id);
        let text = address.as_str();
        if text == owner {
            return Ownership::Own;
        }
        if is_reserved(address) && !session.is_internal() {
            return Ownership::Foreign;
        }
        match self.claims.check(&owner, claims::base(address)) {
            // Who was here first counts among the users of the address's own domain only: nobody else takes it while they
            // are away.
            Ownership::Free if !session.may_own(address) => Ownership::Foreign,
            ownership => ownership,
        }
    }
}

/// Whether nobody owns it by being first: addresses of services and people, and names that are no addresses.
pub(crate) fn is_reserved(address: &Address) -> bool {
    address.as_str().split_once("://").is_none_or(|(scheme, _)| RESERVED.contains(&scheme))
}

/// Replaces the identity where one is expected or claimed.
fn stamp(message: &mut Message, identity: &Value) {
    let expected = matches!(
        message.kind,
        Kind::Create
            | Kind::Subscribe
            | Kind::Unsubscribe
            | Kind::Read
            | Kind::Execute
            | Kind::Update
            | Kind::Delete
            | Kind::Event
    );
    if expected || message.body.contains_key("identity") {
        message.body.insert("identity".into(), identity.clone());
    }
}
