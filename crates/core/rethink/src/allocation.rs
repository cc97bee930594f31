//! Addresses: made by ourselves, or asked from the message node (`/address-allocation`).

use confab_types::Chance;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::message::{Draft, Kind, Message};
use crate::url::{Domain, Url};

/// A random (version 4) UUID.
pub fn new_guid(chance: &mut Chance) -> Uuid {
    uuid::Builder::from_random_bytes(chance.bytes16()).into_uuid()
}

/// Asks the node of `domain` for `number` addresses of `scheme`. They are routed to this connection, their
/// sub-addresses are not.
pub fn allocate(runtime: &Url, domain: &Domain, scheme: &str, number: u32) -> Draft {
    Draft::new(Kind::Create, runtime.child("/address-allocation"), domain.address_allocation())
        .with("scheme", scheme)
        .with("value", json!({"number": number}))
}

/// Frees addresses. Nodes disagree on the form, so all three are sent.
pub fn release(runtime: &Url, domain: &Domain, addresses: &[Url]) -> Draft {
    let list: Vec<&str> = addresses.iter().map(Url::as_str).collect();
    Draft::new(Kind::Delete, runtime.child("/address-allocation"), domain.address_allocation())
        .with_some("resource", list.first().copied())
        .with("childrenResources", list.clone())
        .with("value", json!({"childrenResources": list}))
}

/// The addresses in the answer to [`allocate`]; empty when it was refused.
pub fn allocated(response: &Message) -> Vec<Url> {
    if !response.code().is_some_and(|code| code.is_ok()) {
        return Vec::new();
    }
    let list = response.value().and_then(|value| value.get("allocated"));
    urls(list)
}

/// What a client asks of an address allocation, as a node reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// New addresses.
    Allocate {
        /// Their scheme; `hyperty` when the client did not say.
        scheme: String,
        /// How many, 1 to [`Allocation::MAX_NUMBER`], written as a number or a text; 1 when the client did not say.
        number: u32,
        /// A name for all of them, by which they can be released.
        key: Option<String>,
    },
    /// Back to the node.
    Release {
        /// The addresses.
        addresses: Vec<Url>,
        /// The name they were allocated under.
        key: Option<String>,
    },
}

/// Why an allocation message cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// Neither `create` nor `delete`.
    #[error("address allocation knows create and delete only")]
    Kind,
    /// The scheme is not 1 to 32 letters and hyphens.
    #[error("address scheme is not letters and hyphens")]
    Scheme,
    /// More than [`Allocation::MAX_NUMBER`] or no number.
    #[error("number of addresses is not within 1 to 100")]
    Number,
}

impl Allocation {
    /// The most addresses one message may ask for.
    pub const MAX_NUMBER: u32 = 100;

    /// Reads a message addressed to an allocation address, in every form clients use. A delete in all three forms
    /// names each address once.
    pub fn parse(message: &Message) -> Result<Allocation, AllocationError> {
        let value = message.value().unwrap_or(&Value::Null);
        let key = value["allocationKey"].as_str().map(|key| key.chars().take(256).collect());
        match message.kind {
            Kind::Create => {
                let scheme = message.text("scheme").unwrap_or("hyperty");
                let letters = scheme.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
                if scheme.is_empty() || scheme.len() > 32 || !letters {
                    return Err(AllocationError::Scheme);
                }
                let number = match &value["number"] {
                    Value::Null => 1,
                    Value::String(text) => text.parse::<u64>().map_err(|_| AllocationError::Number)?,
                    number => number.as_u64().ok_or(AllocationError::Number)?,
                };
                let number = u32::try_from(number).map_err(|_| AllocationError::Number)?;
                if number == 0 || number > Allocation::MAX_NUMBER {
                    return Err(AllocationError::Number);
                }
                Ok(Allocation::Allocate { scheme: scheme.to_owned(), number, key })
            }
            Kind::Delete => {
                let mut addresses = urls(message.body.get("childrenResources"));
                addresses.extend(urls(value.get("childrenResources")));
                let mut key = key;
                match message.text("resource").map(|text| (text, Url::parse(text))) {
                    Some((_, Ok(url))) => addresses.push(url),
                    Some((text, Err(_))) => key = key.or(Some(text.chars().take(256).collect())),
                    None => {}
                }
                addresses.sort();
                addresses.dedup();
                Ok(Allocation::Release { addresses, key })
            }
            _ => Err(AllocationError::Kind),
        }
    }
}

/// The URLs in a JSON list; what is none is left out.
pub(crate) fn urls(list: Option<&Value>) -> Vec<Url> {
    let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).filter_map(|text| Url::parse(text).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageIds;

    fn domain() -> Domain {
        Domain::parse("csp.test").unwrap()
    }

    #[test]
    fn a_node_reads_what_a_client_asks() {
        let mut ids = MessageIds::default();
        let runtime = Url::parse("runtime://csp.test/r1").unwrap();
        let asked = allocate(&runtime, &domain(), "comm", 3).with_id(ids.next_id());
        let read = Allocation::Allocate { scheme: "comm".into(), number: 3, key: None };
        assert_eq!(Allocation::parse(&asked), Ok(read));

        let one = Url::comm(&domain(), new_guid(&mut Chance::from_number(1)));
        let answer = asked.ok(json!({"allocated": [one.as_str()]}));
        assert_eq!(allocated(&answer), std::slice::from_ref(&one));

        let freed = release(&runtime, &domain(), std::slice::from_ref(&one)).with_id(ids.next_id());
        assert_eq!(Allocation::parse(&freed), Ok(Allocation::Release { addresses: vec![one], key: None }));
    }

    #[test]
    fn the_number_defaults_to_one_and_is_limited() {
        let runtime = Url::parse("runtime://csp.test/r1").unwrap();
        let ask = |value: Value| {
            let draft = allocate(&runtime, &domain(), "comm", 1).with("value", value);
            Allocation::parse(&draft.with_id(MessageIds::default().next_id()))
        };
        assert!(matches!(ask(json!({})), Ok(Allocation::Allocate { number: 1, .. })));
        assert!(matches!(ask(json!({"number": "3"})), Ok(Allocation::Allocate { number: 3, .. })));
        for number in [json!(0), json!(101), json!("many"), json!(-1)] {
            assert_eq!(ask(json!({"number": number})), Err(AllocationError::Number));
        }
    }

    #[test]
    fn guids_are_version_4() {
        assert_eq!(new_guid(&mut Chance::from_number(7)).get_version_num(), 4);
    }
}
