//! `mn:/session`: how sessions begin, are taken up again and end, in the manner of each kind of node.

use confab_rethink::{Address, Code, Domain, Kind, Message, Url};
use confab_types::Mono;

use crate::authority::{Authority, Grant};
use crate::claims::{self, Ownership};
use crate::node::MessageNode;
use crate::port::{CloseReason, ConnId, NodeOutput};
use crate::session::{self, Manner, SessionId};

type Refusal = (Code, &'static str);

/// Who opens a session, and the domain whose addresses they may own.
struct Opener {
    grant: Grant,
    home: Domain,
}

impl<A: Authority> MessageNode<A> {
    pub(crate) fn at_session(&mut self, now: Mono, id: SessionId, message: &Message) {
        match message.kind {
            Kind::Open => match self.open(now, id, message) {
                Ok(()) => {}
                Err((code, desc)) => self.refuse(id, message, code, desc),
            },
            Kind::ReOpen => self.re_open(id, message),
            Kind::Close => self.end(id, CloseReason::Farewell),
            _ => self.refuse(id, message, Code::BAD_REQUEST, "session knows open, re-open and close only"),
        }
    }

    fn open(&mut self, now: Mono, id: SessionId, message: &Message) -> Result<(), Refusal> {
        let runtime = message.from.url().ok_or((Code::BAD_REQUEST, "open comes from a runtime URL"))?;
        if self.config.policy.bind && !matches!(runtime.scheme(), "runtime" | "hyperty-runtime") {
            return Err((Code::BAD_REQUEST, "open comes from a runtime URL"));
        }
        let opener = self.opener(now, id, message, &runtime)?;
        let owner = opener
            .as_ref()
            .map_or_else(|| self.sessions.get(id).owner(id), |opener| opener.grant.user.to_string());
        let base = Address::from(&runtime);
        let abroad = opener.as_ref().is_some_and(|opener| !session::is_of(&opener.home, &base));
        if self.config.policy.bind && abroad {
            return Err((Code::FORBIDDEN, "runtime is not of the user's domain"));
        }
        if self.config.policy.bind && self.claims.check(&owner, claims::base(&base)) == Ownership::Foreign {
            return Err((Code::FORBIDDEN, "runtime belongs to somebody else"));
        }
        let vertx = self.sessions.get(id).manner == Manner::Vertx;
        if vertx && self.sessions.get(id).runtime.as_ref().is_some_and(|opened| *opened != runtime) {
            return Err((Code::FORBIDDEN, "session is open for another runtime"));
        }
        let mut id = id;
        let same = |session: &crate::session::Session| {
            session.runtime.as_ref() == Some(&runtime) && !session.is_internal()
        };
        if let Some(other) = self.sessions.find_other(id, same) {
            if vertx && self.sessions.get(other).manner == Manner::Vertx {
                id = self.resume(other, id);
            } else if self.config.policy.bind {
                self.supersede(other, id);
            }
            self.registry.opened_anew(now, id);
        }
        self.begin(id, runtime, opener);
        let mut answer = message.response(Code::OK);
        if vertx {
            answer = answer.with("runtimeToken", self.runtime_token(id));
        }
        self.answer(id, answer);
        self.drain_registry();
        Ok(())
    }

    fn opener(
        &self,
        now: Mono,
        id: SessionId,
        message: &Message,
        runtime: &Url,
    ) -> Result<Option<Opener>, Refusal> {
        let session = self.sessions.get(id);
        let here = self.config.domain.clone();
        if session.is_internal() {
            return Ok(session.grant.clone().map(|grant| Opener { grant, home: here }));
        }
        let own = message.text("accessToken").and_then(|token| self.authority.grant(token, now));
        let opener = match own {
            Some(grant) => Some(Opener { grant, home: here }),
            None => message.text("proof").and_then(|proof| self.visitor(proof, runtime, now)),
        };
        let Some(Opener { grant, home }) = opener else {
            let refused = self.config.policy.authenticate;
            return if refused { Err((Code::UNAUTHORISED, "token is not valid")) } else { Ok(None) };
        };
        if session.grant.as_ref().is_some_and(|known| known.user != grant.user) {
            return Err((Code::FORBIDDEN, "session belongs to another user"));
        }
        let elsewhere = |other: &crate::session::Session| {
            let ticket = other.grant.as_ref().map(|grant| grant.ticket);
            ticket == Some(grant.ticket) && other.runtime.as_ref() != Some(runtime) && !other.is_internal()
        };
        if self.sessions.find_other(id, elsewhere).is_some() {
            return Err((Code::UNAUTHORISED, "token is in use by another runtime"));
        }
        Ok(Some(Opener { grant, home }))
    }

    /// A user of another domain, by what they and that domain's issuer have signed.
    fn visitor(&self, proof: &str, runtime: &Url, now: Mono) -> Option<Opener> {
        let grant =
            self.authority.visitor(proof, runtime, now).filter(|grant| grant.user.scheme() == "user")?;
        let home = Domain::parse(&grant.user.routing_domain()).ok()?;
        (home != self.config.domain).then_some(Opener { grant, home })
    }

    fn begin(&mut self, id: SessionId, runtime: Url, opener: Option<Opener>) {
        let session = self.sessions.get_mut(id);
        if let Some(Opener { grant, home }) = opener {
            session.identity = Some(grant.identity.to_value());
            session.grant = Some(grant);
            session.home = Some(home);
        }
        session.runtime.get_or_insert_with(|| runtime.clone());
        let owner = session.owner(id);
        let sm = Address::from(runtime.sm());
        let base = claims::base(&sm).to_owned();
        if session.claims.insert(base.clone()) {
            self.claims.hold(&owner, &base);
        }
        self.routes.add(id, sm);
    }

    fn runtime_token(&mut self, id: SessionId) -> String {
        let fresh: String = self.chance.bytes16().iter().map(|byte| format!("{byte:02x}")).collect();
        self.sessions.get_mut(id).token.get_or_insert(fresh).clone()
    }

    fn re_open(&mut self, id: SessionId, message: &Message) {
        if self.sessions.get(id).manner != Manner::Vertx {
            // The Node.js manner keeps nothing, so only a session that is open can be opened again.
            // It may be open for several runtimes, and receives for each.
            let opened = self.sessions.get(id).runtime.is_some();
            let receives = |runtime: Url| self.routes.has(id, &Address::from(runtime.sm()));
            let known = opened && message.from.url().is_some_and(receives);
            return match known {
                true => self.answer(id, message.response(Code::OK)),
                false => self.refuse(id, message, Code::NOT_FOUND, "session is unknown; open it"),
            };
        }
        let address = message.from.as_str().rsplit_once('/');
        let of_token = |session: &crate::session::Session| {
            let (Some((runtime, token)), Some(opened)) = (address, &session.runtime) else { return false };
            opened == runtime && session.token.as_deref() == Some(token)
        };
        let known =
            if of_token(self.sessions.get(id)) { Some(id) } else { self.sessions.find_other(id, of_token) };
        let Some(known) = known else {
            return self.refuse(
                id,
                message,
                Code::SERVER_ERROR,
                "Reconnection fail. Incorrect runtime token!",
            );
        };
        let id = self.resume(known, id);
        self.answer(id, message.response(Code::OK));
        self.drain_registry();
    }

    /// Gives the connection of `fresh` to the older session `known`, which is returned.
    fn resume(&mut self, known: SessionId, fresh: SessionId) -> SessionId {
        if known == fresh {
            return known;
        }
        let conn = self.sessions.detach(fresh).expect("messages come over a connection");
        self.forget(fresh, None);
        if let Some(old) = self.sessions.detach(known) {
            self.push(NodeOutput::Close { conn: old, reason: CloseReason::Superseded });
        }
        self.sessions.attach(known, conn);
        let was_lost = self.sessions.get_mut(known).expires.take().is_some();
        self.registry.resumed(known);
        if was_lost {
            self.publish_all(&self.unregistered(known), true);
        }
        known
    }

    /// The runtime has come back on a new connection before the old one was seen to be lost. What it owns and what it
    /// registered go on, so that nobody is told of a loss that was none; routes are replayed by the client.
    fn supersede(&mut self, old: SessionId, new: SessionId) {
        if let Some(conn) = self.sessions.detach(old) {
            self.push(NodeOutput::Close { conn, reason: CloseReason::Superseded });
        }
        self.registry.moved(old, new);
        self.routes.remove_session(old);
        self.audiences.remove_session(old);
        let claims = self.sessions.remove(old).map(|session| session.claims).unwrap_or_default();
        for base in claims {
            if !self.sessions.get_mut(new).claims.insert(base.clone()) {
                self.claims.release(&base);
            }
        }
    }

    pub(crate) fn closed(&mut self, now: Mono, conn: ConnId) {
        let Some(id) = self.sessions.of(conn) else { return };
        let session = self.sessions.get(id);
        if session.manner == Manner::Vertx && session.runtime.is_some() {
            self.sessions.detach(id);
            self.sessions.get_mut(id).expires = Some(now + self.config.linger);
            self.registry.lost(id);
            self.publish_all(&self.unregistered(id), false);
        } else {
            self.forget(id, Some(now));
        }
        self.drain_registry();
    }

    pub(crate) fn revoked(&mut self, ticket: u64) {
        let hit = |session: &crate::session::Session| {
            session.grant.as_ref().is_some_and(|grant| grant.ticket == ticket) && !session.is_internal()
        };
        for id in self.sessions.filter(hit) {
            self.end(id, CloseReason::Revoked);
        }
    }

    pub(crate) fn expire_sessions(&mut self, now: Mono) {
        for id in self.sessions.filter(|session| session.expires.is_some_and(|at| at <= now)) {
            self.forget(id, Some(now));
        }
    }

    fn end(&mut self, id: SessionId, reason: CloseReason) {
        if let Some(conn) = self.sessions.detach(id) {
            self.push(NodeOutput::Close { conn, reason });
        }
        self.forget(id, None);
        self.drain_registry();
    }

    /// Drops a session with all it holds. What it owned waits for its user when it was not ended but `lost`.
    fn forget(&mut self, id: SessionId, lost: Option<Mono>) {
        // A session that waited in vain was told to be lost when it was.
        let told = self.sessions.get(id).expires.is_some();
        let gone = if told { Vec::new() } else { self.unregistered(id) };
        self.routes.remove_session(id);
        self.audiences.remove_session(id);
        self.registry.lost(id);
        let Some(session) = self.sessions.remove(id) else { return };
        // Without a user nobody can be known again.
        let lost = lost.filter(|_| session.grant.is_some());
        for base in &session.claims {
            match lost {
                Some(now) => self.claims.lose(now, base),
                None => self.claims.release(base),
            }
        }
        self.publish_all(&gone, false);
    }

    /// Hyperties that nobody but this session receives for and that the registry does not know, so that it tells nobody of them.
    /// Those of visitors are all such.
    fn unregistered(&self, id: SessionId) -> Vec<Url> {
        let is_hyperty = |address: &&Address| {
            address.as_str().starts_with("hyperty://") && claims::below(address).is_empty()
        };
        let is_alone = |address: &&Address| self.routes.receivers(address).all(|session| session == id);
        let alone = self.routes.of(id).filter(is_hyperty).filter(is_alone);
        alone.filter_map(Address::url).filter(|url| self.registry.get(url).is_none()).collect()
    }

    fn publish_all(&mut self, hyperties: &[Url], live: bool) {
        for url in hyperties {
            self.publish_status(url, live);
        }
    }
}
