//! A message node of exact addresses, with a registry and a directory, that knows who is behind each connection.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::registry::{DIRECTORY, Instance, Query, Record, Request};
use confab_rethink::{Address, Code, Domain, Identity, Kind, Message, MessageIds, Url};
use serde_json::{Map, Value, json};

/// A seat's connection to this node.
pub type Conn = usize;

#[derive(Debug)]
pub struct Node {
    domain: Domain,
    ids: MessageIds,
    who: BTreeMap<Conn, Identity>,
    routes: BTreeMap<Address, BTreeSet<Conn>>,
    entries: BTreeMap<Url, (Record, Option<Conn>)>,
    pub directory: bool,
    /// What must be delivered.
    pub out: Vec<(Conn, Message)>,
}

impl Node {
    pub fn new(domain: &Domain) -> Node {
        Node {
            domain: domain.clone(),
            ids: MessageIds::default(),
            who: BTreeMap::new(),
            routes: BTreeMap::new(),
            entries: BTreeMap::new(),
            directory: true,
            out: Vec::new(),
        }
    }

    pub fn up(&mut self, conn: Conn, identity: &Identity) {
        self.who.insert(conn, identity.clone());
    }

    pub fn down(&mut self, conn: Conn) {
        self.who.remove(&conn);
        self.routes.values_mut().for_each(|conns| {
            conns.remove(&conn);
        });
        let mut lost = Vec::new();
        for (url, (_, owner)) in &mut self.entries {
            if *owner == Some(conn) {
                *owner = None;
                lost.push(url.clone());
            }
        }
        lost.iter().for_each(|url| self.status(url, false));
    }

    /// Forgets everything but that somebody was registered.
    pub fn restart(&mut self) {
        self.who.clear();
        self.routes.clear();
        self.entries.values_mut().for_each(|(_, owner)| *owner = None);
    }

    pub fn receive(&mut self, conn: Conn, mut message: Message) {
        if !self.who.contains_key(&conn) {
            return;
        }
        let to = message.to.as_str().to_owned();
        if to == "mn:/session" {
            if message.kind == Kind::Open {
                self.routes.entry(message.from.url().unwrap().sm().into()).or_default().insert(conn);
            }
            self.out.push((conn, message.response(200)));
        } else if to == self.domain.subscription_manager().as_str() {
            self.subscription(conn, &message);
        } else if to == self.domain.registry().as_str() {
            let answer = self.registry(conn, &message);
            self.out.push((conn, answer));
        } else {
            if !message.is_response() {
                message.body.insert("identity".into(), self.who[&conn].to_value());
            }
            self.publish(Some(conn), message);
        }
    }

    fn publish(&mut self, from: Option<Conn>, message: Message) {
        let conns = self.routes.get(&message.to).cloned().unwrap_or_default();
        let stream =
            message.to.as_str().ends_with("/changes") || message.to.as_str().ends_with("/registration");
        if let (true, Some(from), false, false) = (conns.is_empty(), from, stream, message.is_response()) {
            self.out.push((from, message.error(Code::NOT_FOUND, "nobody receives at this address")));
        }
        self.out.extend(conns.into_iter().map(|conn| (conn, message.clone())));
    }

    fn subscription(&mut self, conn: Conn, message: &Message) {
        let list = |key: &str| {
            let items = message.body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            items.iter().filter_map(|item| Address::parse(item.as_str()?).ok()).collect::<Vec<_>>()
        };
        if message.kind == Kind::Unsubscribe {
            for address in list("unsubscribe") {
                self.routes.entry(address).or_default().remove(&conn);
            }
            return;
        }
        for address in list("subscribe") {
            self.routes.entry(address).or_default().insert(conn);
        }
        self.out.push((conn, message.response(200)));
    }

    fn registry(&mut self, conn: Conn, message: &Message) -> Message {
        if message.text("resource") == Some(DIRECTORY) && message.kind == Kind::Read {
            if !self.directory {
                return message.error(404, "Not Found");
            }
            let text = message.body["criteria"]["text"].as_str().unwrap_or_default();
            let users = self.entries.values().filter_map(|(record, _)| match record {
                Record::Hyperty(record) if record.user.contains(text) => Some(record.user.clone()),
                _ => None,
            });
            let found: Map<String, Value> = users.map(|user| (user, json!({"name": "Found"}))).collect();
            return message.ok(Value::Object(found));
        }
        match Request::parse(message) {
            Ok(Request::Register(record)) => {
                let url = record.url().clone();
                self.entries.insert(url.clone(), (record, Some(conn)));
                self.status(&url, true);
                message.response(200)
            }
            Ok(Request::KeepAlive { .. } | Request::Update { .. }) => message.response(200),
            Ok(Request::Read { query: Query::User(user), .. }) => self.look_up(message, &user),
            _ => message.error(404, "Not Found"),
        }
    }

    fn look_up(&self, message: &Message, user: &Url) -> Message {
        let mut found = Map::new();
        let mut live = false;
        for (url, (record, owner)) in &self.entries {
            let Record::Hyperty(hyperty) = record else { continue };
            if hyperty.user == user.as_str() {
                let mut instance = Instance::of(record, None);
                instance.status = if owner.is_some() { "live" } else { "disconnected" }.into();
                live |= owner.is_some();
                found.insert(url.to_string(), instance.to_value());
            }
        }
        match (found.is_empty(), live) {
            (true, _) => message.error(404, "Not Found"),
            (_, true) => message.ok(Value::Object(found)),
            _ => message.error(408, "Temporarily Unavailable").with("value", Value::Object(found)),
        }
    }

    fn status(&mut self, url: &Url, live: bool) {
        let value = if live { "live" } else { "disconnected" };
        let draft = confab_rethink::Draft::new(Kind::Update, self.domain.registry(), url.registration())
            .with("attribute", "status")
            .with("value", value);
        let message = draft.with_id(self.ids.next_id());
        self.publish(None, message);
    }
}

/// Whether a message is a look-up at this domain's registry.
pub fn is_look_up(domain: &Domain, message: &Message) -> bool {
    message.kind == Kind::Read && message.to == domain.registry()
}
