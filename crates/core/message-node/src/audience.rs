//! Who hears an object: its owner may close it to all but an audience, and then everybody else speaks to the owner only.
//!
//! Without an audience an object is open, as at the reference nodes: whoever routes its addresses receives there.

use std::collections::{BTreeMap, BTreeSet};

use confab_rethink::{Address, Code, Message};
use serde_json::Value;

use crate::authority::Authority;
use crate::claims::{self, Ownership};
use crate::node::MessageNode;
use crate::session::SessionId;

type Refusal = (Code, &'static str);

/// The most hyperties of one audience.
const MOST: usize = 4096;

const MALFORMED: Refusal = (Code::BAD_REQUEST, "audience takes an object and a list of hyperties, or null");

/// Objects that are closed, by their URL.
#[derive(Debug, Default)]
pub(crate) struct Audiences(BTreeMap<String, Audience>);

#[derive(Debug)]
struct Audience {
    owner: SessionId,
    hyperties: BTreeSet<Address>,
}

impl Audiences {
    /// Opens what this session has closed of the object.
    pub(crate) fn open(&mut self, owner: SessionId, object: &str) {
        if self.0.get(object).is_some_and(|audience| audience.owner == owner) {
            self.0.remove(object);
        }
    }

    /// Opens all that this session has closed.
    pub(crate) fn remove_session(&mut self, owner: SessionId) {
        self.0.retain(|_, audience| audience.owner != owner);
    }

    /// The audience that an address is for; `None` when everybody may hear it.
    fn at(&self, address: &Address) -> Option<&Audience> {
        // The object itself and its subscriptions reach the owner only, in any case.
        let below = claims::below(address);
        let public = !below.is_empty() && !below.starts_with("/subscription");
        self.0.get(claims::base(address)).filter(|_| public)
    }
}

impl<A: Authority> MessageNode<A> {
    /// `execute audience [<object>, [<hyperty>…] | null]` of the object's owner.
    pub(crate) fn set_audience(&mut self, id: SessionId, message: &Message) -> Result<(), Refusal> {
        if message.text("method") != Some("audience") {
            return Err((Code::NOT_FOUND, "subscription manager has no such method"));
        }
        let params = message.body.get("params").and_then(Value::as_array).ok_or(MALFORMED)?;
        let [Value::String(object), hyperties] = params.as_slice() else { return Err(MALFORMED) };
        let object = Address::parse(object).map_err(|_| MALFORMED)?;
        if claims::base(&object) != object.as_str() {
            return Err(MALFORMED);
        }
        if self.config.policy.bind && self.ownership(id, &object) == Ownership::Foreign {
            return Err((Code::FORBIDDEN, "object belongs to somebody else"));
        }
        if !self.routes.has(id, &object) {
            return Err((Code::NOT_FOUND, "no such object is routed here"));
        }
        if self.audiences.0.get(object.as_str()).is_some_and(|audience| audience.owner != id) {
            return Err((Code::FORBIDDEN, "object is closed by somebody else"));
        }
        let Some(hyperties) = read(hyperties)? else {
            self.audiences.open(id, object.as_str());
            return Ok(());
        };
        self.audiences.0.insert(object.as_str().to_owned(), Audience { owner: id, hyperties });
        Ok(())
    }

    /// Whether a session receives what another one has sent to an address that it routes.
    pub(crate) fn hears(&self, listener: SessionId, speaker: SessionId, to: &Address) -> bool {
        let Some(audience) = self.audiences.at(to) else { return true };
        let invited = || audience.hyperties.iter().any(|hyperty| self.routes.has(listener, hyperty));
        listener == audience.owner || speaker == audience.owner && invited()
    }

    /// Whether a session may answer from an address because it receives there.
    pub(crate) fn answers_from(&self, id: SessionId, address: &Address) -> bool {
        let owner = self.audiences.at(address).map(|audience| audience.owner);
        self.routes.has(id, address) && self.hears(id, owner.unwrap_or(id), address)
    }
}

/// The hyperties; `None` opens the object.
fn read(value: &Value) -> Result<Option<BTreeSet<Address>>, Refusal> {
    let list = match value {
        Value::Null => return Ok(None),
        Value::Array(list) if list.len() <= MOST => list,
        _ => return Err(MALFORMED),
    };
    let address = |value: &Value| {
        let address = value.as_str().and_then(|text| Address::parse(text).ok());
        // An address below one could be routed by anybody.
        address.filter(|address| {
            address.as_str().starts_with("hyperty://") && claims::base(address) == address.as_str()
        })
    };
    list.iter().map(|value| address(value).ok_or(MALFORMED)).collect::<Result<_, _>>().map(Some)
}
