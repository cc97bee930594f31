//! `domain://msg-node.<domain>/address-allocation` and its older names: addresses made by the node.

use confab_rethink::allocation::{Allocation, new_guid};
use confab_rethink::{Address, Code, Message, Url};
use serde_json::json;

use crate::authority::Authority;
use crate::guard::is_reserved;
use crate::node::MessageNode;
use crate::session::SessionId;

type Refusal = (Code, &'static str);

impl<A: Authority> MessageNode<A> {
    pub(crate) fn at_allocation(&mut self, id: SessionId, message: &Message) {
        // The older address for objects has no default scheme of its own.
        let objects = message.to.as_str().ends_with("/object-address-allocation");
        let named = message.text("scheme").is_some();
        let parsed = match objects && !named {
            true => Allocation::parse(&message.clone().with("scheme", "comm")),
            false => Allocation::parse(message),
        };
        let answer = match parsed {
            Err(error) => message.error(Code::BAD_REQUEST, &error.to_string()),
            Ok(Allocation::Allocate { scheme, number, key }) => match self.allocate(id, &scheme, number, key)
            {
                Ok(urls) => message.ok(json!({"allocated": urls})),
                Err((code, desc)) => message.error(code, desc),
            },
            Ok(Allocation::Release { addresses, key }) => {
                self.release(id, addresses, key);
                message.response(Code::OK)
            }
        };
        self.answer(id, answer);
    }

    fn allocate(
        &mut self,
        id: SessionId,
        scheme: &str,
        number: u32,
        key: Option<String>,
    ) -> Result<Vec<Url>, Refusal> {
        let domain = self.config.domain.clone();
        let mut urls = Vec::new();
        for _ in 0..number {
            let text = format!("{scheme}://{domain}/{}", new_guid(&mut self.chance));
            urls.push(
                Url::parse(&text).map_err(|_| (Code::BAD_REQUEST, "address scheme cannot be allocated"))?,
            );
        }
        let addresses: Vec<Address> = urls.iter().map(Address::from).collect();
        if self.config.policy.bind {
            for address in &addresses {
                // An address that was made this moment is nobody's, so visitors of other domains may have it as well.
                if is_reserved(address) {
                    return Err((Code::BAD_REQUEST, "address scheme cannot be allocated"));
                }
                self.claim(id, address)?;
            }
        }
        self.add_routes(id, &addresses)?;
        if let Some(key) = key {
            self.sessions.get_mut(id).keys.entry(key).or_default().extend(urls.iter().cloned());
        }
        Ok(urls)
    }

    /// Takes addresses back. Those of others stay as they are, because only the own session's routes are touched.
    fn release(&mut self, id: SessionId, addresses: Vec<Url>, key: Option<String>) {
        let keyed = key.and_then(|key| self.sessions.get_mut(id).keys.remove(&key)).unwrap_or_default();
        for url in addresses.into_iter().chain(keyed) {
            self.sessions.get_mut(id).keys.retain(|_, urls| {
                urls.retain(|known| *known != url);
                !urls.is_empty()
            });
            let address = Address::from(url);
            self.routes.remove(id, &address);
            self.disown_unused(id, &address);
        }
    }
}
