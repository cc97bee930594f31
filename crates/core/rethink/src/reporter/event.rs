//! What happens to a reporter: messages to its object, typed.

use serde_json::Value;

use super::Reporter;
use crate::address::Address;
use crate::child::Child;
use crate::code::Code;
use crate::identity::Identity;
use crate::message::{Kind, Message};

/// Something the owner of a reporter decides or notes.
#[derive(Clone, Debug, PartialEq)]
pub enum ReporterEvent {
    /// Somebody wants to observe: answer with `accept`, `refuse`, or `wait` and one of them later.
    SubscribeRequested(SubscribeRequest),
    /// An observer left; it is no longer among the subscribers.
    Left {
        /// Its hyperty.
        hyperty: Address,
    },
    /// Somebody wants the whole state: answer with `answer_read` or an error 401.
    Read {
        /// The message to answer.
        request: Message,
        /// Whether it is an observer, who may.
        subscriber: bool,
    },
    /// Somebody calls a method.
    Execute(Call),
    /// Somebody posted a child. If its sender may, `keep` it; send the acknowledgement either way or not at all.
    ChildPosted {
        /// The child; its reporter is the sender.
        child: Child,
        /// Code 100 to the sender.
        ack: Message,
    },
    /// A transient signal such as typing or a volume.
    ChildEvent {
        /// Its sender.
        from: Address,
        /// What it says.
        value: Value,
    },
}

/// A wish to observe.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscribeRequest {
    /// The message to answer; its sender is the runtime's `/sm`.
    pub request: Message,
    /// Who wants to observe, as the request says.
    pub hyperty: Address,
    /// Who they say they are.
    pub identity: Option<Identity>,
    /// `body.accessToken`, the key of a meeting link.
    pub access_token: Option<String>,
}

/// A call of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The message to answer.
    pub request: Message,
    /// The caller's hyperty.
    pub from: Address,
    /// The method, at most 64 bytes.
    pub method: String,
    /// Its arguments.
    pub params: Vec<Value>,
    /// Who the caller says they are.
    pub identity: Option<Identity>,
}

impl Call {
    /// It was done; what changed follows as updates.
    pub fn ok(&self) -> Message {
        self.request.response(Code::OK)
    }

    /// It was not done.
    pub fn refuse(&self, code: impl Into<Code>, desc: &str) -> Message {
        self.request.error(code, desc)
    }
}

impl Reporter {
    /// Takes a message addressed to the object or a sub-address; `None` when it is not for the owner: another address,
    /// the reporter's own echo, a response, or nonsense.
    pub fn receive(&mut self, message: &Message) -> Option<ReporterEvent> {
        let rest = message.to.as_str().strip_prefix(self.url().as_str())?;
        if message.is_response() || message.from == self.metadata().reporter {
            return None;
        }
        match (rest, &message.kind) {
            ("/subscription", Kind::Subscribe) => Some(self.subscribe_request(message)),
            ("/subscription", Kind::Unsubscribe) => self.departure(message),
            ("", Kind::Read) => {
                let subscriber = self.subscribers.contains_key(&message.from);
                Some(ReporterEvent::Read { request: message.clone(), subscriber })
            }
            ("", Kind::Execute) => call(message).map(ReporterEvent::Execute),
            ("", Kind::Create) => child(message),
            (rest, Kind::Create) if rest.starts_with("/children/") => child(message),
            (rest, Kind::Event) if rest.starts_with("/children/") => {
                let value = message.value().cloned().unwrap_or_default();
                Some(ReporterEvent::ChildEvent { from: message.from.clone(), value })
            }
            _ => None,
        }
    }

    fn subscribe_request(&self, message: &Message) -> ReporterEvent {
        let hyperty = message.address("subscriber").or_else(|| message.address("source"));
        ReporterEvent::SubscribeRequested(SubscribeRequest {
            request: message.clone(),
            hyperty: hyperty.unwrap_or_else(|| message.from.clone()),
            identity: message.body.get("identity").and_then(Identity::parse),
            access_token: message.text("accessToken").filter(|token| token.len() <= 4096).map(str::to_owned),
        })
    }

    fn departure(&mut self, message: &Message) -> Option<ReporterEvent> {
        let hyperty = message.address("source").or_else(|| message.address("subscriber"));
        let hyperty = hyperty.unwrap_or_else(|| message.from.clone());
        let subscriber = self.subscribers.get(&hyperty)?;
        // Anybody can name anybody in a body; only the sender's address may be vouched for by the node.
        if message.from != subscriber.runtime && message.from != hyperty {
            return None;
        }
        self.subscribers.remove(&hyperty);
        Some(ReporterEvent::Left { hyperty })
    }
}

fn call(message: &Message) -> Option<Call> {
    let method = message.text("method").filter(|method| method.len() <= 64)?;
    let params = message.body.get("params").and_then(Value::as_array).cloned().unwrap_or_default();
    Some(Call {
        request: message.clone(),
        from: message.from.clone(),
        method: method.to_owned(),
        params,
        identity: message.body.get("identity").and_then(Identity::parse),
    })
}

fn child(message: &Message) -> Option<ReporterEvent> {
    let child = Child::parse(message).filter(|child| !child.is_heartbeat())?;
    Some(ReporterEvent::ChildPosted { child, ack: message.response(Code::PROVISIONAL) })
}
