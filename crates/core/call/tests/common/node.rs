//! A message node with a registry, as simple as one can be.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::{Address, Domain, Kind, Message, Url};
use serde_json::{Map, Value, json};

/// Who is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Seat(usize),
    Raw(usize),
}

#[derive(Default)]
pub struct Node {
    routes: BTreeMap<Address, BTreeSet<End>>,
    registry: BTreeMap<String, Vec<Url>>,
    /// What the registry says instead of looking.
    pub registry_says: Option<u16>,
    /// The registry says nothing at all.
    pub registry_mute: bool,
}

impl Node {
    pub fn register(&mut self, user: &Url, hyperty: &Url) {
        self.registry.entry(user.to_string()).or_default().push(hyperty.clone());
    }

    /// Registers under the bare identifier only, as other runtimes do.
    pub fn register_identifier(&mut self, identifier: &str, hyperty: &Url) {
        self.registry
            .entry(format!("/hyperty/idp-identifier/{identifier}"))
            .or_default()
            .push(hyperty.clone());
    }

    pub fn route(&mut self, address: &Address, end: End) {
        self.routes.entry(address.clone()).or_default().insert(end);
    }

    pub fn forget(&mut self, end: End) {
        for ends in self.routes.values_mut() {
            ends.remove(&end);
        }
    }

    pub fn routed(&self, to: &Address) -> Vec<End> {
        self.routes.get(to).into_iter().flatten().copied().collect()
    }

    /// Answers what is for the node itself.
    pub fn serve(&mut self, domain: &Domain, from: End, message: &Message) -> Option<Message> {
        if message.is_response() {
            return None;
        }
        if message.to == Address::session() {
            let manager = message.from.url().expect("runtimes have URLs").sm();
            self.route(&Address::from(&manager), from);
            return Some(message.response(200));
        }
        if message.to == domain.subscription_manager() {
            let list =
                |key: &str| message.body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let leave = list("unsubscribe");
            for address in list("subscribe").iter().filter_map(Value::as_str) {
                let address = Address::parse(address).expect("seats write addresses");
                if leave.contains(&Value::from(address.as_str())) {
                    self.routes.entry(address).or_default().remove(&from);
                } else {
                    self.route(&address, from);
                }
            }
            return Some(message.response(200));
        }
        if message.to == domain.registry() && message.kind == Kind::Read {
            return (!self.registry_mute).then(|| self.look_up(message));
        }
        None
    }

    fn look_up(&self, message: &Message) -> Message {
        if let Some(code) = self.registry_says {
            return message.error(code, "as the test says");
        }
        let Some(found) = self.registry.get(message.text("resource").unwrap_or_default()) else {
            return message.error(404, "Not Found");
        };
        let mut value = Map::new();
        for (at, hyperty) in found.iter().enumerate() {
            let entry = json!({
                "hypertyID": hyperty.as_str(), "status": "live", "resources": ["chat", "audio", "video"],
                "dataSchemes": ["comm", "connection"], "lastModified": format!("2031-01-01T00:00:{at:02}Z"),
            });
            value.insert(hyperty.to_string(), entry);
        }
        message.ok(Value::Object(value))
    }
}
