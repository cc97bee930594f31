//! The machine: takes messages in and decides who answers.

use std::collections::VecDeque;
use std::sync::Arc;

use confab_rethink::registry::DIRECTORY;
use confab_rethink::{Address, Body, Code, Kind, Message, MessageIds, Url};
use confab_types::{Chance, Machine, Mono};

use crate::audience::Audiences;
use crate::authority::Authority;
use crate::claims::{self, Claims};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::port::{ConnId, NodeInput, NodeOutput, Stats, StoredEntry};
use crate::registry::{Registry, RegistryEvent};
use crate::routes::Routes;
use crate::session::{SessionId, Sessions};

/// A message node of one domain. See the crate's page.
#[derive(Debug)]
pub struct MessageNode<A> {
    pub(crate) config: NodeConfig,
    pub(crate) authority: A,
    pub(crate) chance: Chance,
    pub(crate) sessions: Sessions,
    pub(crate) routes: Routes,
    pub(crate) claims: Claims,
    pub(crate) audiences: Audiences,
    pub(crate) registry: Registry,
    pub(crate) directory: Directory,
    /// Numbers the messages that the node itself begins.
    ids: MessageIds,
    out: VecDeque<NodeOutput>,
    stats: Stats,
}

/// Which part of the node answers at an address.
enum Desk {
    Session,
    Subscription,
    Allocation,
    Registry,
}

impl<A: Authority> MessageNode<A> {
    /// A node without connections and with an empty registry. `chance` makes addresses and runtime tokens, so its seed
    /// must be secret.
    pub fn new(config: NodeConfig, authority: A, chance: Chance) -> MessageNode<A> {
        MessageNode {
            registry: Registry::new(config.limits, config.wall),
            config,
            authority,
            chance,
            sessions: Sessions::default(),
            routes: Routes::default(),
            claims: Claims::default(),
            audiences: Audiences::default(),
            directory: Directory::default(),
            ids: MessageIds::default(),
            out: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// Takes registry entries back from disk, before the first connection. All of them are disconnected until their
    /// runtimes say otherwise; what cannot be read is left out.
    pub fn restore(&mut self, now: Mono, entries: impl IntoIterator<Item = StoredEntry>) {
        for mut entry in entries {
            if !self.config.policy.bind {
                entry.owner.clear();
            }
            self.registry.restore(now, entry, &mut self.claims);
        }
    }

    /// Counts.
    pub fn stats(&self) -> Stats {
        Stats {
            connections: self.sessions.connections(),
            sessions: self.sessions.len(),
            routes: self.routes.len(),
            entries: self.registry.len(),
            ..self.stats
        }
    }

    /// The keeper of access tokens.
    pub fn authority(&self) -> &A {
        &self.authority
    }

    fn incoming(&mut self, now: Mono, conn: ConnId, mut message: Message) {
        // After `close` the connection is no longer known and what it still sends is ignored.
        let Some(id) = self.sessions.of(conn) else { return };
        self.stats.received += 1;
        let desk = self.desk(&message.to);
        if matches!(desk, Some(Desk::Session)) {
            return self.at_session(now, id, &message);
        }
        if let Err((code, desc)) = self.admit(id, &mut message) {
            return self.refuse(id, &message, code, desc);
        }
        match desk {
            Some(Desk::Subscription) => self.at_subscription(id, &message),
            Some(Desk::Allocation) => self.at_allocation(id, &message),
            Some(Desk::Registry) => self.at_registry(now, id, &message),
            _ => {
                let deleted = (message.kind == Kind::Delete && claims::below(&message.to) == "/changes")
                    .then(|| message.to.clone());
                self.route(id, message);
                if let Some(object) = deleted {
                    // The last word about an object may follow its routes: nothing else would let go of it.
                    self.disown_unused(id, &object);
                }
            }
        }
    }

    fn desk(&self, to: &Address) -> Option<Desk> {
        let to = to.as_str();
        if to == "mn:/session" {
            return Some(Desk::Session);
        }
        let (service, path) = to.strip_prefix("domain://")?.split_once('.')?;
        let path = path.strip_prefix(self.config.domain.as_str())?;
        match (service, path) {
            ("msg-node", "/sm") => Some(Desk::Subscription),
            (
                "msg-node",
                "/address-allocation" | "/hyperty-address-allocation" | "/object-address-allocation",
            ) => Some(Desk::Allocation),
            ("registry", "" | "/") => Some(Desk::Registry),
            _ => None,
        }
    }

    /// Gives a message to everybody who receives at its address, the sender included.
    fn route(&mut self, from: SessionId, message: Message) {
        let routed = self.routes.receivers(&message.to);
        let hearing = routed.filter(|&session| self.hears(session, from, &message.to));
        let mut receivers: Vec<ConnId> = hearing.filter_map(|session| self.sessions.conn(session)).collect();
        if receivers.is_empty() && message.is_response() {
            receivers = self.askers(&message.to);
        }
        if receivers.is_empty() {
            return self.unroutable(from, &message);
        }
        let message = Arc::new(message);
        for conn in receivers {
            self.send(conn, message.clone());
        }
    }

    /// Who owns an address without receiving at it: an answer finds whoever has asked from there. Visitors have their routes at
    /// home.
    fn askers(&self, to: &Address) -> Vec<ConnId> {
        let base = claims::base(to);
        let own = self.sessions.filter(|session| session.claims.contains(base));
        own.into_iter().filter_map(|session| self.sessions.conn(session)).collect()
    }

    fn unroutable(&mut self, from: SessionId, message: &Message) {
        // Streams are published whether or not somebody observes, and nobody waits for an answer to an event.
        let stream = matches!(claims::below(&message.to), "/changes" | "/registration");
        if stream || matches!(message.kind, Kind::Response | Kind::Event) {
            return;
        }
        self.stats.unroutable += 1;
        self.answer(from, message.error(Code::NOT_FOUND, "nobody receives at this address"));
    }

    fn at_registry(&mut self, now: Mono, id: SessionId, message: &Message) {
        let search = message.kind == Kind::Read && message.text("resource") == Some(DIRECTORY);
        let answer = match search {
            true => self.directory_answer(now, id, message),
            false => self.registry_answer(now, id, message),
        };
        self.answer(id, answer);
        self.drain_registry();
    }

    /// Publishes what changed in the registry, after the answer to whoever changed it.
    pub(crate) fn drain_registry(&mut self) {
        while let Some(event) = self.registry.poll() {
            match event {
                RegistryEvent::Persist(persist) => self.out.push_back(NodeOutput::Persist(persist)),
                RegistryEvent::Status { url, live } => self.publish_status(&url, live),
            }
        }
    }

    pub(crate) fn publish_status(&mut self, url: &Url, live: bool) {
        let to = Address::from(url.registration());
        let receivers: Vec<ConnId> =
            self.routes.receivers(&to).filter_map(|session| self.sessions.conn(session)).collect();
        if receivers.is_empty() {
            return;
        }
        let mut body = Body::new();
        body.insert("attribute".into(), "status".into());
        body.insert("value".into(), if live { "live" } else { "disconnected" }.into());
        let from = self.config.domain.registry().into();
        let message = Arc::new(Message { id: self.ids.next_id(), kind: Kind::Update, from, to, body });
        for conn in receivers {
            self.send(conn, message.clone());
        }
    }

    /// Answers a session directly: its requests need no route back.
    pub(crate) fn answer(&mut self, id: SessionId, message: Message) {
        if let Some(conn) = self.sessions.conn(id) {
            self.send(conn, Arc::new(message));
        }
    }

    /// Refuses a request; a response is dropped, because nothing is ever answered to one.
    pub(crate) fn refuse(&mut self, id: SessionId, message: &Message, code: Code, desc: &str) {
        self.stats.refused += 1;
        if !message.is_response() {
            self.answer(id, message.error(code, desc));
        }
    }

    pub(crate) fn push(&mut self, output: NodeOutput) {
        self.out.push_back(output);
    }

    fn send(&mut self, conn: ConnId, message: Arc<Message>) {
        self.stats.sent += 1;
        self.out.push_back(NodeOutput::Send { conn, message });
    }
}

impl<A: Authority> Machine for MessageNode<A> {
    type Input = NodeInput;
    type Output = NodeOutput;

    fn handle(&mut self, now: Mono, input: NodeInput) {
        match input {
            NodeInput::Connected { conn, door } => {
                self.sessions.begin(conn, door);
            }
            NodeInput::Incoming { conn, message } => self.incoming(now, conn, message),
            NodeInput::Closed { conn } => self.closed(now, conn),
            NodeInput::Enrolled(person) => self.directory.enrol(person),
            NodeInput::Revoked { ticket } => self.revoked(ticket),
        }
    }

    fn poll(&mut self) -> Option<NodeOutput> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Mono> {
        let all = [self.sessions.deadline(), self.registry.deadline(), self.claims.deadline()];
        all.into_iter().flatten().min()
    }

    fn wake(&mut self, now: Mono) {
        self.expire_sessions(now);
        self.claims.wake(now);
        self.registry.wake(now, &mut self.claims);
        self.drain_registry();
    }
}
