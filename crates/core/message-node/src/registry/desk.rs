//! What a registry message may do, and its answer.

use confab_rethink::registry::{Criteria, Query, Record, Request, RequestError};
use confab_rethink::{Address, Body, Code, Kind, Message, Url};
use confab_types::Mono;
use serde_json::Value;

use super::Registrant;
use super::entry::Entry;
use crate::authority::Authority;
use crate::node::MessageNode;
use crate::session::SessionId;

type Refusal = (Code, &'static str);

const UNKNOWN: Refusal = (Code::NOT_FOUND, "Not Found");
const OTHER_OWNER: Refusal = (Code::NOT_FOUND, "registered by another user");
const FOREIGN: Refusal = (Code::FORBIDDEN, "registration belongs to somebody else");
const NOT_YOU: Refusal = (Code::FORBIDDEN, "user is not the session's");
const VISITOR: Refusal = (Code::FORBIDDEN, "only users of this domain register here");
const TOO_MANY: Refusal = (Code::Num(429), "user has too many registrations");
const TOO_BIG: Refusal = (Code::BAD_REQUEST, "registration is too big");

impl<A: Authority> MessageNode<A> {
    pub(crate) fn registry_answer(&mut self, now: Mono, id: SessionId, message: &Message) -> Message {
        let bound = self.config.policy.bind;
        if bound && message.kind != Kind::Read && self.sessions.get(id).is_visitor(&self.config.domain) {
            return message.error(VISITOR.0, VISITOR.1);
        }
        let done = match Request::parse(&in_usual_form(message)) {
            Err(RequestError::Resource) if message.kind == Kind::Update => Err(UNKNOWN),
            Err(error) => return message.error(Code::BAD_REQUEST, &error.to_string()),
            Ok(Request::Read { query, criteria }) => return self.look_up(id, message, &query, &criteria),
            Ok(Request::Register(record)) => self.register(now, id, record),
            Ok(Request::KeepAlive { url }) => {
                self.changeable(id, &url).map(|()| self.registry.keep_alive(now, id, &url))
            }
            Ok(Request::Update { url, value }) => self.update(now, id, &url, value),
            Ok(Request::Delete { user, url }) => self.delete(now, id, user, &url),
        };
        match done {
            Ok(()) => message.response(Code::OK),
            Err((code, desc)) => message.error(code, desc),
        }
    }

    fn register(&mut self, now: Mono, id: SessionId, mut record: Record) -> Result<(), Refusal> {
        let owner = self.registry_owner(id);
        let session = self.sessions.get(id);
        let internal = session.is_internal();
        let bound = self.config.policy.bind && !internal;
        if let Record::Hyperty(hyperty) = &mut record {
            if let (true, Some(grant)) = (bound, &session.grant) {
                let (user, mail) = (grant.user.as_str(), grant.user.last_segment());
                if hyperty.user != user && hyperty.user != mail {
                    return Err(NOT_YOU);
                }
                hyperty.user = user.to_owned();
            }
            let known = self.registry.get(&hyperty.url).map(|entry| &entry.record);
            if matches!(known, Some(Record::Hyperty(known)) if known.user != hyperty.user) {
                return Err(OTHER_OWNER);
            }
        }
        if !internal && record.to_value().to_string().len() > self.config.limits.entry_bytes {
            return Err(TOO_BIG);
        }
        if self.config.policy.bind {
            let runtime = match &record {
                Record::Hyperty(record) => record.runtime.clone(),
                Record::Object(record) => {
                    self.own(id, &Address::from(&record.reporter), FOREIGN)?;
                    record.runtime.clone()
                }
            };
            self.own(id, &Address::from(record.url()), FOREIGN)?;
            self.own(id, &Address::from(runtime), FOREIGN)?;
        }
        let known = self.registry.get(record.url()).is_some();
        if !known && !internal && !self.registry.make_room(&owner, &mut self.claims) {
            return Err(TOO_MANY);
        }
        let session = self.sessions.get(id);
        let stored =
            !internal && (session.grant.is_some() || !self.config.policy.bind) && !session.is_guest();
        let by = Registrant { session: id, owner: &owner, stored };
        self.registry.put(now, by, record, &mut self.claims);
        Ok(())
    }

    fn update(&mut self, now: Mono, id: SessionId, url: &Url, value: Body) -> Result<(), Refusal> {
        self.changeable(id, url)?;
        let entry = self.registry.get(url).ok_or(UNKNOWN)?;
        let status = value.get("status").and_then(Value::as_str).map(str::to_owned);
        let merges = value.keys().any(|key| key != "status");
        if !merges {
            match status.as_deref() {
                None => return Err((Code::BAD_REQUEST, "status is not a text")),
                Some(status) => self.registry.set_status(now, id, url, status == "live"),
            }
            return Ok(());
        }
        let mut merged = confab_rethink::message::body(entry.record.to_value());
        // Whose it is and where it is stay as registered.
        let fixed = ["url", "user", "runtime", "reporter"];
        merged.extend(value.into_iter().filter(|(key, _)| !fixed.contains(&key.as_str())));
        let live = status.is_none_or(|status| status == "live");
        merged.insert("status".into(), if live { "live" } else { "disconnected" }.into());
        let record = Record::parse(&Value::Object(merged));
        let record = record.map_err(|_| (Code::BAD_REQUEST, "a mandatory attribute has the wrong type"))?;
        self.register(now, id, record)
    }

    fn delete(&mut self, now: Mono, id: SessionId, user: Option<String>, url: &Url) -> Result<(), Refusal> {
        self.changeable(id, url)?;
        match self.registry.get(url).map(|entry| &entry.record) {
            Some(Record::Hyperty(known)) => {
                let other =
                    user.is_some_and(|user| user != known.user && !known.user.ends_with(&format!("/{user}")));
                if other {
                    return Err(OTHER_OWNER);
                }
                // It stays known as offline, as at the reference registry.
                self.registry.set_status(now, id, url, false);
            }
            Some(Record::Object(_)) => self.registry.remove(url, &mut self.claims),
            None => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn changeable(&self, id: SessionId, url: &Url) -> Result<(), Refusal> {
        let entry = self.registry.get(url).ok_or(UNKNOWN)?;
        let own = entry.owner == self.registry_owner(id) || self.sessions.get(id).is_internal();
        if own { Ok(()) } else { Err(FOREIGN) }
    }

    fn registry_owner(&self, id: SessionId) -> String {
        if self.config.policy.bind { self.sessions.get(id).owner(id) } else { String::new() }
    }

    fn look_up(&self, id: SessionId, message: &Message, query: &Query, criteria: &Criteria) -> Message {
        let mut found = self.registry.find(query, criteria);
        found.retain(|entry| self.reaches(id, &entry.owner));
        if found.is_empty() {
            return message.error(UNKNOWN.0, UNKNOWN.1);
        }
        let one = matches!(query, Query::Hyperty(_) | Query::Object(_));
        let value = match (one, found.first()) {
            (true, Some(entry)) => entry.to_value(),
            _ => found.iter().map(|entry| (entry.url().to_string(), entry.to_value())).collect(),
        };
        // Hyperties that are all offline are a 408; data objects never are.
        let offline = |entry: &&Entry| !entry.live && matches!(entry.record, Record::Hyperty(_));
        match found.iter().all(offline) {
            true => message.error(Code::TIMEOUT, "Temporarily Unavailable").with("value", value),
            false => message.ok(value),
        }
    }
}

/// An update as the reference registry reads it. The specification unregisters with the bare status as value, and some runtimes do
/// so with the resource `/hyperty/<url>`.
fn in_usual_form(message: &Message) -> Message {
    let mut message = message.clone();
    if message.kind != Kind::Update {
        return message;
    }
    if let (Some("status"), Some(Value::String(status))) = (message.text("attribute"), message.value()) {
        let status = serde_json::json!({"status": status});
        message = message.with("value", status);
    }
    let path = message.text("resource").and_then(|resource| resource.strip_prefix("/hyperty/"));
    match path.map(str::to_owned) {
        Some(url) => message.with("resource", url),
        None => message,
    }
}
