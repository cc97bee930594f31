//! One client: a real session, the mirror of the room, and its legs' objects.

use std::collections::BTreeMap;

use confab_message_node::ConnId;
use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::session::SessionConfig;
use confab_rethink::{
    Code, Draft, Flavour, Kind, Message, Observer, ObserverConfig, Outgoing, Reporter, ReporterEvent,
    RequestId, Session, SessionEvent, Url, new_guid,
};
use confab_types::{Chance, Mono};
use serde_json::Value;

use super::{domain, grant};

/// What a client waits for.
pub enum Wait {
    Room,
    Answer(Url),
    Other,
}

pub struct Client {
    pub name: String,
    pub hyperty: Url,
    pub session: Session,
    pub conn: ConnId,
    pub chance: Chance,
    waits: BTreeMap<RequestId, Wait>,
    /// Answers to everything that was asked, newest last.
    pub replies: Vec<Message>,
    pub room: Option<Observer>,
    /// Everything else that came, oldest first.
    pub heard: Vec<Message>,
    pub key: Option<String>,
    pub offers: BTreeMap<Url, Reporter>,
    /// By our offer: the mirror of the conference's answer.
    pub answers: BTreeMap<Url, Observer>,
}

impl Client {
    /// Not connected yet, but to be registered.
    pub fn new(name: &str, number: u64, now: Mono) -> Client {
        let mut chance = Chance::from_number(100 + number);
        let runtime = Url::runtime(&domain(), new_guid(&mut chance));
        let hyperty = Url::hyperty(&domain(), new_guid(&mut chance));
        let config = SessionConfig::new(Flavour::NodeJs, domain(), runtime.clone());
        let config = SessionConfig { access_token: Some(format!("{name}#{}", number)), ..config };
        let mut session = Session::new(config, chance.fork());
        let record = HypertyRecord {
            user: grant(name, 0).user.to_string(),
            url: hyperty.clone(),
            descriptor: "hyperty-catalogue://catalogue.csp.test/.well-known/hyperty/Confab".into(),
            expires: 300,
            resources: vec!["audio".into(), "video".into()],
            data_schemes: vec!["connection".into()],
            status: "live".into(),
            runtime,
            guid: None,
            extra: Default::default(),
        };
        session.register(now, Record::Hyperty(record)).unwrap();
        Client {
            name: name.to_owned(),
            hyperty,
            session,
            conn: ConnId(0),
            chance,
            waits: BTreeMap::new(),
            replies: Vec::new(),
            room: None,
            heard: Vec::new(),
            key: None,
            offers: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    pub fn runtime(&self) -> Url {
        self.session.config().runtime.clone()
    }

    /// A value in the room, by a JSON pointer.
    pub fn sees(&self, pointer: &str) -> Value {
        let data = self.room.as_ref().unwrap().data();
        data.pointer(pointer).cloned().unwrap_or_default()
    }

    /// The texts and emojis of the children that were passed on, with who has written them.
    pub fn lines(&self) -> Vec<String> {
        let created = self.heard.iter().filter(|message| message.kind == Kind::Create);
        let line = |message: &Message| {
            let value = message.value()?;
            let text = value["data"]["content"]
                .as_str()
                .or(value["data"]["emoji"].as_str())
                .or(value["name"].as_str());
            Some(format!("{}: {}", value["by"].as_str()?, text?))
        };
        created.filter_map(line).collect()
    }

    /// What was said by events of this kind.
    pub fn signals(&self, resource: &str) -> Vec<Value> {
        let events = self.heard.iter().filter(|message| message.kind == Kind::Event);
        let of_kind = events.filter(|message| message.text("resource") == Some(resource));
        of_kind.filter_map(|message| message.value().cloned()).collect()
    }

    pub fn last_code(&self) -> Code {
        self.replies.last().unwrap().code().unwrap()
    }

    /// The answer to the offer: a field of its data.
    pub fn answered(&self, offer: &Url, pointer: &str) -> Value {
        let answer = self.answers.values().find(|answer| answer.data()["answers"] == offer.as_str());
        answer.and_then(|answer| answer.data().pointer(pointer).cloned()).unwrap_or_default()
    }

    pub fn ask(&mut self, now: Mono, draft: Draft, wait: Wait) {
        let request = self.session.request(now, draft, None).unwrap();
        self.waits.insert(request, wait);
    }

    pub fn event(&mut self, now: Mono, event: SessionEvent) {
        match event {
            SessionEvent::Incoming(message) => self.incoming(now, message),
            SessionEvent::Reply { request, message, .. } => {
                let wait = self.waits.remove(&request);
                if message.code().is_some_and(|code| code.is_provisional()) {
                    // The answer is still to come.
                    self.waits.extend(wait.map(|wait| (request, wait)));
                    self.replies.push(message);
                    return;
                }
                match wait {
                    Some(Wait::Room) => {
                        self.key = message.text("participant").map(str::to_owned).or(self.key.take());
                        self.room.as_mut().unwrap().reply(&message);
                    }
                    Some(Wait::Answer(url)) => self.answers.get_mut(&url).unwrap().reply(&message),
                    Some(Wait::Other) | None => {}
                }
                self.replies.push(message);
            }
            SessionEvent::Refused { code } => panic!("{} is not let in: {code}", self.name),
            _ => {}
        }
    }

    fn incoming(&mut self, now: Mono, message: Message) {
        self.heard.push(message.clone());
        let invitation = message.from.url().and_then(|from| from.strip_suffix("/subscription"));
        if let (Some(object), Kind::Create, true) = (invitation, &message.kind, message.to == self.hyperty) {
            self.session.reply(message.response(Code::OK)).unwrap();
            let mut answer = Observer::new(observer(&object, &self.hyperty, &self.session.config().runtime));
            let begin = answer.begin();
            self.session.route(now, &begin.routes, &self.hyperty).unwrap();
            self.answers.insert(object.clone(), answer);
            return self.ask(now, begin.subscribe, Wait::Answer(object));
        }
        for offer in self.offers.values_mut() {
            if let Some(ReporterEvent::SubscribeRequested(asked)) = offer.receive(&message) {
                let answer = offer.accept(&asked);
                self.session.reply(answer).unwrap();
            }
        }
        for mirror in self.room.iter_mut().chain(self.answers.values_mut()) {
            mirror.receive(&message);
            while let Some(outgoing) = mirror.poll_transmit() {
                match outgoing {
                    Outgoing::Reply(message) => self.session.reply(message).unwrap(),
                    Outgoing::Notify(draft) => drop(self.session.send(draft).unwrap()),
                    // After a time away there is a gap: the room is read again.
                    Outgoing::Request(draft) => {
                        let request = self.session.request(now, draft, None).unwrap();
                        self.waits.insert(request, Wait::Room);
                    }
                }
            }
        }
    }
}

pub fn observer(object: &Url, hyperty: &Url, runtime: &Url) -> ObserverConfig {
    ObserverConfig {
        object: object.clone(),
        hyperty: hyperty.clone(),
        runtime: runtime.clone(),
        reporter: None,
        identity: None,
        access_token: None,
    }
}
