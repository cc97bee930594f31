//! The table of sessions: what a node keeps of a connection, or of a runtime whose connection is lost.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::{Address, Domain, Url};
use confab_types::Mono;
use serde_json::Value;

use crate::authority::Grant;
use crate::directory::Allowance;
use crate::port::{ConnId, Door};

/// A session, in the order in which they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u64);

/// How a session behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    NodeJs,
    Vertx,
    Internal,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) manner: Manner,
    /// `None` while a Vert.x session waits for its client.
    pub(crate) conn: Option<ConnId>,
    /// The runtime that opened it.
    pub(crate) runtime: Option<Url>,
    /// The secret by which a Vert.x client takes the session up again.
    pub(crate) token: Option<String>,
    /// Who it is, and the identity its messages carry.
    pub(crate) grant: Option<Grant>,
    /// The domain whose addresses its user may own: the node's, or a visitor's own. `None` while nobody is known, when
    /// anything may be owned.
    pub(crate) home: Option<Domain>,
    pub(crate) identity: Option<Value>,
    /// What it owns without having registered it.
    pub(crate) claims: BTreeSet<String>,
    /// Addresses by the key they were allocated under.
    pub(crate) keys: BTreeMap<String, Vec<Url>>,
    /// When it is forgotten, while it waits.
    pub(crate) expires: Option<Mono>,
    /// Searches of the directory.
    pub(crate) searches: Allowance,
}

#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_id: BTreeMap<SessionId, Session>,
    by_conn: BTreeMap<ConnId, SessionId>,
    /// Users of internal sessions, of those that are gone too: services of the domain.
    services: BTreeSet<String>,
    last: u64,
}

impl Sessions {
    /// A new connection begins with a session of its own.
    pub(crate) fn begin(&mut self, conn: ConnId, door: Door) -> SessionId {
        let (manner, grant) = match door {
            Door::NodeJs => (Manner::NodeJs, None),
            Door::Vertx => (Manner::Vertx, None),
            Door::Internal(grant) => (Manner::Internal, Some(grant)),
        };
        if let (Manner::Internal, Some(grant)) = (manner, &grant) {
            self.services.insert(grant.user.to_string());
        }
        self.last += 1;
        let id = SessionId(self.last);
        let session = Session {
            manner,
            conn: Some(conn),
            runtime: None,
            token: None,
            identity: grant.as_ref().map(|grant| grant.identity.to_value()),
            grant,
            home: None,
            claims: BTreeSet::new(),
            keys: BTreeMap::new(),
            expires: None,
            searches: Allowance::default(),
        };
        self.by_id.insert(id, session);
        self.by_conn.insert(conn, id);
        id
    }

    /// Whether an owner of addresses is a service of the domain.
    pub(crate) fn is_service(&self, owner: &str) -> bool {
        self.services.contains(owner)
    }

    /// The session behind a connection.
    pub(crate) fn of(&self, conn: ConnId) -> Option<SessionId> {
        self.by_conn.get(&conn).copied()
    }

    /// A session that is known to exist: ids are only handed out by this table and dropped with the session.
    pub(crate) fn get(&self, id: SessionId) -> &Session {
        self.by_id.get(&id).expect("a session id lives as long as its session")
    }

    /// As [`get`](Sessions::get).
    pub(crate) fn get_mut(&mut self, id: SessionId) -> &mut Session {
        self.by_id.get_mut(&id).expect("a session id lives as long as its session")
    }

    /// The connection of a session, when it has one.
    pub(crate) fn conn(&self, id: SessionId) -> Option<ConnId> {
        self.by_id.get(&id)?.conn
    }

    /// The first other session for which `fits` holds.
    pub(crate) fn find_other(&self, id: SessionId, fits: impl Fn(&Session) -> bool) -> Option<SessionId> {
        self.by_id.iter().find(|(other, session)| **other != id && fits(session)).map(|(other, _)| *other)
    }

    /// Every session for which `fits` holds.
    pub(crate) fn filter(&self, fits: impl Fn(&Session) -> bool) -> Vec<SessionId> {
        self.by_id.iter().filter(|(_, session)| fits(session)).map(|(id, _)| *id).collect()
    }

    /// Takes the connection away from a session.
    pub(crate) fn detach(&mut self, id: SessionId) -> Option<ConnId> {
        let conn = self.by_id.get_mut(&id)?.conn.take()?;
        self.by_conn.remove(&conn);
        Some(conn)
    }

    /// Gives a connection to a session that has none.
    pub(crate) fn attach(&mut self, id: SessionId, conn: ConnId) {
        self.get_mut(id).conn = Some(conn);
        self.by_conn.insert(conn, id);
    }

    /// Forgets a session and its connection.
    pub(crate) fn remove(&mut self, id: SessionId) -> Option<Session> {
        self.detach(id);
        self.by_id.remove(&id)
    }

    /// When the next waiting session is forgotten.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.by_id.values().filter_map(|session| session.expires).min()
    }

    pub(crate) fn connections(&self) -> usize {
        self.by_conn.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

impl Session {
    /// Under which name it owns addresses.
    pub(crate) fn owner(&self, id: SessionId) -> String {
        match &self.grant {
            Some(grant) => grant.user.to_string(),
            None => format!("session:{}", id.0),
        }
    }

    pub(crate) fn is_internal(&self) -> bool {
        self.manner == Manner::Internal
    }

    /// Whether its user is one of another domain than the node's.
    pub(crate) fn is_visitor(&self, here: &Domain) -> bool {
        self.home.as_ref().is_some_and(|home| home != here)
    }

    /// Whether its user is one of an hour: of this domain, without an account.
    pub(crate) fn is_guest(&self) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.identity.guest)
    }

    /// Whether it reaches services of the domain only.
    pub(crate) fn is_confined(&self) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.confined)
    }

    /// Whether the address is of the domain whose addresses its user may own.
    pub(crate) fn may_own(&self, address: &Address) -> bool {
        self.home.as_ref().is_none_or(|home| is_of(home, address))
    }
}

/// Whether the address is a URL of that domain.
pub(crate) fn is_of(domain: &Domain, address: &Address) -> bool {
    address.url().is_some_and(|url| url.routing_domain() == domain.as_str())
}
