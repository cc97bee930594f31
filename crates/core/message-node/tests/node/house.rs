//! A node with a clock, a keeper of tokens and one inbox for each connection.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_message_node::{
    Authority, CloseReason, ConnId, Door, Grant, MessageNode, NodeConfig, NodeInput, NodeOutput, Persist,
    Policy,
};
use confab_rethink::{Domain, Identity, Message, Url};
use confab_types::{Chance, Machine, Mono};
use serde_json::{Value, json};

pub const SM: &str = "domain://msg-node.csp.test/sm";
pub const REGISTRY: &str = "domain://registry.csp.test";

/// The token `zoe-1` stands for the user `zoe`; one called `guest…` is a guest, and `lodger` the guest of a room; the number is the ticket. The proof `far.test/zoe-1 runtime://far.test/r` stands
/// for `zoe` of another domain who opens from that runtime.
pub struct Tokens;

impl Authority for Tokens {
    fn grant(&self, token: &str, _now: Mono) -> Option<Grant> {
        let (name, ticket) = token.split_once('-')?;
        Some(grant(name, ticket.parse().ok()?))
    }

    fn visitor(&self, proof: &str, runtime: &Url, _now: Mono) -> Option<Grant> {
        let (proof, _) = proof.split_once(' ').filter(|(_, whose)| runtime.as_str() == *whose)?;
        let (domain, rest) = proof.split_once('/')?;
        let (name, ticket) = rest.split_once('-')?;
        Some(grant_of(domain, name, ticket.parse().ok()?))
    }
}

pub fn grant(name: &str, ticket: u64) -> Grant {
    grant_of("csp.test", name, ticket)
}

pub fn grant_of(domain: &str, name: &str, ticket: u64) -> Grant {
    let user = Url::parse(&format!("user://{domain}/{name}@{domain}")).unwrap();
    let confined = name == "lodger";
    let guest = name.starts_with("guest") || confined;
    let identity =
        Identity { user_url: Some(user.clone()), guest, ..Identity::new(format!("{name}@{domain}")) };
    Grant { user, identity, ticket, confined }
}

pub struct House {
    pub node: MessageNode<Tokens>,
    pub now: Mono,
    pub closed: Vec<(u64, CloseReason)>,
    pub disk: BTreeMap<Url, confab_message_node::StoredEntry>,
    inboxes: BTreeMap<u64, Vec<Message>>,
}

impl House {
    pub fn new(policy: Policy) -> House {
        House::with(NodeConfig { wall: 1_795_253_400_000, ..config(policy) })
    }

    pub fn with(config: NodeConfig) -> House {
        House {
            node: MessageNode::new(config, Tokens, Chance::from_number(4)),
            now: Mono::ZERO,
            closed: Vec::new(),
            disk: BTreeMap::new(),
            inboxes: BTreeMap::new(),
        }
    }

    pub fn connect(&mut self, conn: u64, door: Door) {
        self.input(NodeInput::Connected { conn: ConnId(conn), door });
    }

    /// Connects by the Node.js door and opens `runtime://csp.test/<name>` with the token `<name>-<conn>`.
    pub fn join(&mut self, conn: u64, name: &str) {
        self.connect(conn, Door::NodeJs);
        let opened = self.open(conn, name, &format!("{name}-{conn}"));
        assert_eq!(code(&opened), 200, "{opened:?}");
    }

    pub fn open(&mut self, conn: u64, name: &str, token: &str) -> Message {
        let from = format!("runtime://csp.test/{name}");
        self.ask(conn, json!({"type":"open","from":from,"to":"mn:/session","body":{"accessToken":token}}))
    }

    pub fn close(&mut self, conn: u64) {
        self.input(NodeInput::Closed { conn: ConnId(conn) });
    }

    /// Sends and forgets. An id is given when there is none.
    pub fn send(&mut self, conn: u64, mut message: Value) {
        if message.get("id").is_none() {
            message["id"] = json!(7);
        }
        let message = Message::parse_value(message).expect("a test writes valid messages");
        self.input(NodeInput::Incoming { conn: ConnId(conn), message });
    }

    /// Sends and takes the only message that comes back.
    pub fn ask(&mut self, conn: u64, message: Value) -> Message {
        self.take(conn);
        self.send(conn, message);
        let mut inbox = self.take(conn);
        assert_eq!(inbox.len(), 1, "{inbox:?}");
        inbox.remove(0)
    }

    pub fn subscribe(&mut self, conn: u64, name: &str, address: &str) -> u64 {
        let from = format!("runtime://csp.test/{name}/sm");
        code(&self.ask(conn, json!({"type":"subscribe","from":from,"to":SM,"body":{"subscribe":[address]}})))
    }

    /// Everything a connection received since it was asked last.
    pub fn take(&mut self, conn: u64) -> Vec<Message> {
        self.inboxes.remove(&conn).unwrap_or_default()
    }

    pub fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.node.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.node.wake(at);
            self.drain();
        }
        self.now = end;
    }

    pub fn input(&mut self, input: NodeInput) {
        self.node.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll() {
            match output {
                NodeOutput::Send { conn, message } => {
                    self.inboxes.entry(conn.0).or_default().push((*message).clone());
                }
                NodeOutput::Close { conn, reason } => self.closed.push((conn.0, reason)),
                NodeOutput::Persist(Persist::Put(entry)) => drop(self.disk.insert(entry.url.clone(), entry)),
                NodeOutput::Persist(Persist::Remove(url)) => drop(self.disk.remove(&url)),
            }
        }
    }
}

pub fn config(policy: Policy) -> NodeConfig {
    NodeConfig::new(Domain::parse("csp.test").unwrap(), policy)
}

pub fn code(message: &Message) -> u64 {
    message.body["code"].as_u64().expect("codes are numbers")
}

/// The value of a hyperty registration.
pub fn hyperty(name: &str, url: &str) -> Value {
    json!({
        "user": format!("user://csp.test/{name}@csp.test"), "url": url,
        "descriptor": "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Conference",
        "expires": 3600, "resources": ["chat", "audio"], "dataSchemes": ["comm", "connection"],
        "status": "live", "runtime": format!("runtime://csp.test/{name}"),
    })
}

/// The value of an object registration.
pub fn object(name: &str, label: &str, url: &str) -> Value {
    json!({
        "name": label, "schema": "hyperty-catalogue://catalogue.csp.test/.well-known/dataschema/Communication",
        "url": url, "reporter": format!("hyperty://csp.test/{name}-h"), "resources": ["chat"],
        "dataSchemes": ["comm"], "status": "live", "expires": 600, "runtime": format!("runtime://csp.test/{name}"),
    })
}

/// A message from `<runtime of name>/registry` to the registry.
pub fn to_registry(kind: &str, name: &str, body: Value) -> Value {
    json!({"type": kind, "from": format!("runtime://csp.test/{name}/registry"), "to": REGISTRY, "body": body})
}
