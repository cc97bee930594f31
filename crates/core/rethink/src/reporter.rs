//! The one writer of a data object.
//!
//! It holds the data, numbers its changes, knows who observes it and keeps a bounded history of children. Who may join,
//! read or call is its owner's decision: [`Reporter::receive`] turns a message into a typed [`ReporterEvent`] and
//! changes nothing but departures.

mod event;

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

pub use event::{Call, ReporterEvent, SubscribeRequest};

use crate::address::Address;
use crate::change::{Change, Update};
use crate::child::Child;
use crate::code::Code;
use crate::identity::Identity;
use crate::message::{Body, Draft, Kind, Message, is_shallow};
use crate::object::{Metadata, Snapshot};
use crate::path::{self, Path, PathError};
use crate::registry::{ObjectRecord, Record};
use crate::url::Url;

/// Children beyond this many bytes travel in answers of their own (the reference runtime does the same).
const PART_BYTES: usize = 50_000;
/// How deep a value may nest below its path.
const VALUE_DEPTH: usize = 24;

/// Who observes an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Where it asked from (`<runtime>/sm`); only from there, or from the hyperty itself, may it leave.
    pub runtime: Address,
    /// Who it says it is.
    pub identity: Option<Identity>,
}

/// The writer of one data object.
#[derive(Clone, Debug)]
pub struct Reporter {
    metadata: Metadata,
    data: Value,
    version: u64,
    subscribers: BTreeMap<Address, Subscriber>,
    children: VecDeque<Child>,
    children_bytes: usize,
}

impl Reporter {
    /// The most observers of one object; further ones are told 486.
    pub const MAX_SUBSCRIBERS: usize = 4096;
    /// The most children remembered; older ones are forgotten first.
    pub const MAX_CHILDREN: usize = 512;
    /// The most bytes of children remembered.
    pub const MAX_CHILDREN_BYTES: usize = 512 * 1024;

    /// A new object at version 0.
    pub fn new(metadata: Metadata, data: Value) -> Reporter {
        Reporter {
            metadata,
            data,
            version: 0,
            subscribers: BTreeMap::new(),
            children: VecDeque::new(),
            children_bytes: 0,
        }
    }

    /// An object that lived before. Its observers may read again without subscribing only if `subscribers` has them.
    pub fn resume(snapshot: Snapshot, subscribers: BTreeMap<Address, Subscriber>) -> Reporter {
        let mut reporter = Reporter::new(snapshot.metadata, snapshot.data);
        reporter.version = snapshot.version;
        reporter.subscribers = subscribers;
        for child in snapshot.children {
            reporter.keep(child);
        }
        reporter
    }

    /// The object.
    pub fn url(&self) -> &Url {
        &self.metadata.url
    }

    /// Its metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Its data.
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// How many changes it has had.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its observers by hyperty.
    pub fn subscribers(&self) -> &BTreeMap<Address, Subscriber> {
        &self.subscribers
    }

    /// The remembered children, oldest first.
    pub fn children(&self) -> impl ExactSizeIterator<Item = &Child> {
        self.children.iter()
    }

    /// Its whole state.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            metadata: self.metadata.clone(),
            data: self.data.clone(),
            version: self.version,
            children: self.children.iter().cloned().collect(),
        }
    }

    /// What must be routed to the reporter, with its hyperty as `source`.
    pub fn routes(&self) -> Vec<Url> {
        let url = self.url();
        vec![url.clone(), url.subscription(), url.children()]
    }

    /// The registry entry under which others find the object by name; `None` without a runtime in the metadata.
    pub fn record(&self, expires: u32) -> Option<Record> {
        Some(Record::Object(ObjectRecord {
            name: self.metadata.name.clone(),
            schema: self.metadata.schema.clone(),
            url: self.metadata.url.clone(),
            reporter: self.metadata.reporter.clone(),
            resources: self.metadata.resources.clone(),
            data_schemes: vec![self.metadata.url.scheme().to_owned()],
            status: self.metadata.status.clone(),
            expires,
            runtime: self.metadata.runtime.clone()?,
            starting_time: self.metadata.created.clone(),
            extra: Body::new(),
        }))
    }

    /// The wall clock (ISO 8601) that following changes carry as `lastModified`.
    pub fn stamp(&mut self, iso: &str) {
        self.metadata.created.get_or_insert_with(|| iso.to_owned());
        self.metadata.last_modified = Some(iso.to_owned());
    }

    /// Asks a hyperty to observe the object. Send it as a request: 1xx rings, 200 is received, silence means absent.
    pub fn invite(&self, hyperty: &Url, identity: Option<&Identity>) -> Draft {
        Draft::new(Kind::Create, self.url().subscription(), hyperty)
            .with("p2p", false)
            .with("mutual", false)
            .with("source", self.metadata.reporter.as_str())
            .with("schema", self.metadata.schema.as_str())
            .with("value", Value::Object(self.metadata.to_body()))
            .with_some("identity", identity.map(Identity::to_value))
    }

    /// Sets the value at `keys`; `None` when it is there already. The update goes to every observer.
    ///
    /// Below a key that is a URL, inside a list, and where a key would be read as two, the update replaces the whole
    /// value above, because observers split such paths differently.
    pub fn set(&mut self, keys: &[&str], value: Value) -> Result<Option<Draft>, PathError> {
        if !is_shallow(&value, VALUE_DEPTH) {
            return Err(PathError::TooDeep);
        }
        let path = Path::from_keys(keys)?;
        let prefix = self.written_path(&path)?;
        if path::get(&self.data, &path) == Some(&value) {
            return Ok(None);
        }
        path::set(&mut self.data, &path, value)?;
        Ok(self.publish(prefix))
    }

    /// Removes the value at `keys`; `None` when there is none.
    pub fn remove(&mut self, keys: &[&str]) -> Result<Option<Draft>, PathError> {
        let path = Path::from_keys(keys)?;
        let prefix = self.written_path(&path)?;
        Ok(match path::remove(&mut self.data, &path) {
            Some(_) => self.publish(prefix),
            None => None,
        })
    }

    /// Posts a child of the reporter's own and remembers it.
    pub fn post(&mut self, child: Child) -> Draft {
        let draft = child.draft(&self.metadata.reporter, self.url());
        self.keep(child);
        draft
    }

    /// Remembers a child; false when one of that id is remembered already. The owner calls it for children from
    /// senders it accepts.
    pub fn keep(&mut self, child: Child) -> bool {
        if child.is_heartbeat() || self.children.iter().any(|known| known.id == child.id) {
            return false;
        }
        self.children_bytes += weight(&child);
        self.children.push_back(child);
        while self.children.len() > Self::MAX_CHILDREN || self.children_bytes > Self::MAX_CHILDREN_BYTES {
            let Some(oldest) = self.children.pop_front() else { break };
            self.children_bytes -= weight(&oldest);
        }
        true
    }

    /// Forgets a child; false when it was not remembered.
    pub fn forget(&mut self, id: &str) -> bool {
        let Some(at) = self.children.iter().position(|child| child.id == id) else { return false };
        let gone = self.children.remove(at);
        self.children_bytes -= gone.as_ref().map_or(0, weight);
        gone.is_some()
    }

    /// Forgets every child.
    pub fn forget_children(&mut self) {
        self.children.clear();
        self.children_bytes = 0;
    }

    /// Admits an observer: the response carries the whole state, with as many of the newest children as fit one part. `more` says
    /// how many older ones a read has besides.
    pub fn accept(&mut self, asked: &SubscribeRequest) -> Message {
        let known = self.subscribers.contains_key(&asked.hyperty);
        if !known && self.subscribers.len() >= Reporter::MAX_SUBSCRIBERS {
            return self.refuse(asked, Code::BUSY, "too many observers");
        }
        let subscriber = Subscriber { runtime: asked.request.from.clone(), identity: asked.identity.clone() };
        self.subscribers.insert(asked.hyperty.clone(), subscriber);
        let mut snapshot = self.snapshot();
        let mut room = PART_BYTES;
        let fits = |child: &&Child| {
            let fits = weight(child) <= room;
            room = room.saturating_sub(weight(child));
            fits
        };
        let kept = snapshot.children.iter().rev().take_while(fits).count();
        let more = snapshot.children.len() - kept;
        snapshot.children.drain(..more);
        let mut answer = asked.request.ok(snapshot.to_subscribe_value());
        if more > 0 {
            answer = answer.with("more", more);
        }
        answer.with("schema", self.metadata.schema.as_str()).with("owner", self.metadata.reporter.as_str())
    }

    /// Refuses an observer, usually with 403.
    pub fn refuse(&self, asked: &SubscribeRequest, code: impl Into<Code>, desc: &str) -> Message {
        asked.request.error(code, desc).with("owner", self.metadata.reporter.as_str())
    }

    /// Lets an observer wait for the decision (code 100).
    pub fn wait(&self, asked: &SubscribeRequest) -> Message {
        asked.request.response(Code::PROVISIONAL).with("owner", self.metadata.reporter.as_str())
    }

    /// Answers a read with the whole state: one message, or several of code 100 when the children are many.
    pub fn answer_read(&self, request: &Message) -> Vec<Message> {
        let parts = self.child_parts();
        if parts.len() <= 1 {
            return vec![request.ok(self.snapshot().to_read_value())];
        }
        let responses = parts.len() + 1;
        let state = Snapshot { children: Vec::new(), ..self.snapshot() }.to_read_value();
        let part = |mut value: Value| {
            value["responses"] = responses.into();
            request.response(Code::PROVISIONAL).with("value", value)
        };
        let children = parts.into_iter().map(|children| part(Value::Object(Child::all_to_body(children))));
        std::iter::once(part(state)).chain(children).collect()
    }

    /// Puts an observer out: it is no longer known here and is asked to leave. The node enforces nothing.
    pub fn kick(&mut self, hyperty: &Address) -> Draft {
        self.subscribers.remove(hyperty);
        Draft::new(Kind::Unsubscribe, &self.metadata.reporter, hyperty)
            .with("resource", self.url().as_str())
            .with("source", self.metadata.reporter.as_str())
    }

    /// Closes the object for everybody. Acknowledgements do not come; unroute [`routes`](Reporter::routes) afterwards.
    pub fn delete(&mut self) -> Draft {
        self.subscribers.clear();
        self.metadata.status = "disconnected".to_owned();
        Draft::new(Kind::Delete, self.url().subscription(), self.url().changes())
    }

    fn written_path(&self, path: &Path) -> Result<Path, PathError> {
        let prefix = path.writable_prefix()?;
        let keys = prefix.keys();
        // Elements of lists are never written alone.
        let list = (1..keys.len()).find_map(|len| {
            let above: Vec<&str> = keys[..len].iter().map(String::as_str).collect();
            let above = Path::from_keys(&above).ok()?;
            path::get(&self.data, &above)?.is_array().then_some(above)
        });
        Ok(list.unwrap_or(prefix))
    }

    fn publish(&mut self, path: Path) -> Option<Draft> {
        self.version += 1;
        let change = path::get(&self.data, &path).cloned().map_or(Change::Remove, Change::Set);
        let update = Update {
            path,
            change,
            version: Some(self.version),
            source: Some(Address::from(&self.metadata.reporter)),
            last_modified: self.metadata.last_modified.clone(),
            resource: None,
        };
        let mut draft = Draft::new(Kind::Update, self.url(), self.url().changes());
        draft.body = update.to_body();
        Some(draft.with("mutual", false))
    }

    fn child_parts(&self) -> Vec<Vec<&Child>> {
        let mut parts: Vec<Vec<&Child>> = Vec::new();
        let mut room = 0;
        for child in &self.children {
            if parts.is_empty() || weight(child) > room {
                parts.push(Vec::new());
                room = PART_BYTES;
            }
            room = room.saturating_sub(weight(child));
            parts.last_mut().expect("a part was just pushed").push(child);
        }
        parts
    }
}

fn weight(child: &Child) -> usize {
    // The identity is written beside the value; its texts are limited, a flat allowance is enough for a bound.
    child.id.len()
        + child.value.iter().map(|(key, value)| key.len() + 4 + path::weight(value)).sum::<usize>()
        + 256
}

#[cfg(test)]
mod tests;
