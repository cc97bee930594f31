//! `domain://msg-node.<domain>/sm`: what a session receives.

use confab_rethink::{Address, Code, Kind, Message};

use crate::authority::Authority;
use crate::node::MessageNode;
use crate::session::SessionId;

type Refusal = (Code, &'static str);

const NO_LIST: Refusal = (Code::BAD_REQUEST, "subscribe, resources and unsubscribe are lists of addresses");

impl<A: Authority> MessageNode<A> {
    pub(crate) fn at_subscription(&mut self, id: SessionId, message: &Message) {
        let done = match message.kind {
            Kind::Subscribe => self.subscribe(id, message),
            Kind::Unsubscribe => self.unsubscribe(id, message),
            Kind::Execute => self.set_audience(id, message),
            _ => {
                Err((Code::BAD_REQUEST, "subscription manager knows subscribe, unsubscribe and execute only"))
            }
        };
        match done {
            Ok(()) => self.answer(id, message.response(Code::OK)),
            Err((code, desc)) => self.refuse(id, message, code, desc),
        }
    }

    fn subscribe(&mut self, id: SessionId, message: &Message) -> Result<(), Refusal> {
        let mut addresses = addresses(message)?;
        // As at the Node.js node: the source, or else the sender, is routed too, so that answers find their way back.
        addresses.push(message.address("source").unwrap_or_else(|| message.from.clone()));
        addresses.sort();
        addresses.dedup();
        if addresses.len() > self.config.limits.routes_per_session && !self.sessions.get(id).is_internal() {
            return Err((Code::Num(429), "session has too many routes"));
        }
        for address in &addresses {
            self.check_route(id, address)?;
        }
        self.add_routes(id, &addresses)
    }

    fn unsubscribe(&mut self, id: SessionId, message: &Message) -> Result<(), Refusal> {
        for address in addresses(message)? {
            self.routes.remove(id, &address);
            self.audiences.open(id, address.as_str());
            self.disown_unused(id, &address);
        }
        Ok(())
    }
}

/// The union of all lists: reference nodes and clients disagree on the key. One that is `null` is as good as missing.
fn addresses(message: &Message) -> Result<Vec<Address>, Refusal> {
    let mut addresses = Vec::new();
    let mut found = false;
    for key in ["subscribe", "resources", "unsubscribe"] {
        let Some(list) = message.body.get(key).filter(|list| !list.is_null()) else { continue };
        found = true;
        for item in list.as_array().ok_or(NO_LIST)? {
            let address = item.as_str().and_then(|text| Address::parse(text).ok());
            addresses.push(address.ok_or(NO_LIST)?);
        }
    }
    if found { Ok(addresses) } else { Err(NO_LIST) }
}
