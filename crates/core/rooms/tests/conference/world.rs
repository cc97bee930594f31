//! The world: one message node, the conference and any number of clients, each with a real session.

mod client;

use std::time::Duration;

use confab_message_node::{
    Authority, ConnId, Door, Grant, MessageNode, NodeConfig, NodeInput, NodeOutput, Policy,
};
use confab_rethink::registry::{self, Criteria, Lookup, Query};
use confab_rethink::{
    Body, Child, Code, Domain, Draft, Identity, Message, Metadata, Observer, Reporter, Url, new_guid,
};
use confab_rooms::{Conference, ConferenceConfig, ConferenceEvent, ConferenceInput, ConferenceOutput};
use confab_rooms::{Keep, LegFlow, Mail, Matter, MediaCommand, MediaEvent, RoomRecord, StoreCommand};
use confab_types::{Chance, LegId, Machine, Mono};
use serde_json::{Value, json};

use client::{Client, Wait, observer};

const CONFERENCE: ConnId = ConnId(0);
pub const ROOM: &str = "4711";

pub fn domain() -> Domain {
    Domain::parse("csp.test").unwrap()
}

/// Knows every token: the user's name and a number, because a token is good for one session.
pub struct House;

impl Authority for House {
    fn grant(&self, token: &str, _now: Mono) -> Option<Grant> {
        let (name, number) = token.split_once('#')?;
        Some(grant(name, number.parse().ok()?))
    }
}

/// Who is called `guest…` has no account.
fn grant(name: &str, ticket: u64) -> Grant {
    let user = user(name);
    let guest = name.starts_with("guest");
    let identity =
        Identity { user_url: Some(user.clone()), guest, ..Identity::new(format!("{name}@csp.test")) };
    Grant { user, identity, ticket, confined: name.starts_with("guest") }
}

pub fn user(name: &str) -> Url {
    Url::user(&domain(), &format!("{name}@csp.test")).unwrap()
}

pub struct World {
    pub now: Mono,
    pub node: MessageNode<House>,
    pub conference: Conference,
    pub clients: Vec<Client>,
    pub media: Vec<MediaCommand>,
    pub events: Vec<ConferenceEvent>,
    pub store: Vec<StoreCommand>,
    pub mails: Vec<Mail>,
    pub made: Vec<RoomRecord>,
    pub kept: Vec<Keep>,
    pub done: bool,
    /// Whether the node knows no audiences, as stock ones.
    pub stock: bool,
    /// Whether the node loses what it is told of audiences.
    pub slow: bool,
    /// What the conference sent, for order.
    pub sent: Vec<Message>,
    connections: u64,
}

impl World {
    pub fn new() -> World {
        World::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut ConferenceConfig)) -> World {
        World::owned(None, change)
    }

    /// With a room that belongs to somebody.
    pub fn owned(owner: Option<&str>, change: impl FnOnce(&mut ConferenceConfig)) -> World {
        let mut config = ConferenceConfig::new(domain());
        change(&mut config);
        let mut world = World {
            now: Mono::from_millis(1_000),
            node: MessageNode::new(NodeConfig::new(domain(), Policy::STRICT), House, Chance::from_number(1)),
            conference: Conference::new(config, Chance::from_number(2)),
            clients: Vec::new(),
            media: Vec::new(),
            events: Vec::new(),
            store: Vec::new(),
            mails: Vec::new(),
            made: Vec::new(),
            kept: Vec::new(),
            done: false,
            stock: false,
            slow: false,
            sent: Vec::new(),
            connections: 0,
        };
        let door = Door::Internal(grant("conference", 0));
        world.node.handle(world.now, NodeInput::Connected { conn: CONFERENCE, door });
        world.conference(ConferenceInput::Up);
        world.conference(ConferenceInput::OpenRoom { name: ROOM.into(), owner: owner.map(user) });
        assert!(world.events.contains(&ConferenceEvent::Live));
        world
    }

    pub fn conference(&mut self, input: ConferenceInput) {
        self.conference.handle(self.now, input);
        self.settle();
    }

    pub fn media(&mut self, event: MediaEvent) {
        self.conference(ConferenceInput::Media(event));
    }

    /// A client, signed in and registered.
    pub fn client(&mut self, name: &str) -> usize {
        let number = self.clients.len() as u64 + 1;
        self.clients.push(Client::new(name, number, self.now));
        let index = self.clients.len() - 1;
        self.connect(index);
        index
    }

    pub fn connect(&mut self, index: usize) {
        self.connections += 1;
        let conn = ConnId(self.connections);
        self.clients[index].conn = conn;
        self.node.handle(self.now, NodeInput::Connected { conn, door: Door::NodeJs });
        self.clients[index].session.transport_up(self.now);
        self.settle();
    }

    pub fn disconnect(&mut self, index: usize) {
        let conn = self.clients[index].conn;
        self.node.handle(self.now, NodeInput::Closed { conn });
        self.clients[index].session.transport_down(self.now);
        self.settle();
    }

    /// The conference loses its connection to the node and has another one.
    pub fn reconnect_conference(&mut self) {
        self.node.handle(self.now, NodeInput::Closed { conn: CONFERENCE });
        self.conference(ConferenceInput::Down);
        let door = Door::Internal(grant("conference", 0));
        self.node.handle(self.now, NodeInput::Connected { conn: CONFERENCE, door });
        self.conference(ConferenceInput::Up);
    }

    /// Looks the room up by name, as every client does.
    pub fn find_room(&mut self, index: usize, name: &str) -> Option<Url> {
        let query = Query::Name(name.into());
        let criteria = Criteria { data_schemes: vec!["comm".into()], ..Criteria::default() };
        let draft = registry::read(&self.clients[index].runtime(), &domain(), &query, &criteria);
        self.ask(index, draft);
        match Lookup::of(self.clients[index].replies.last().unwrap()) {
            Lookup::Found(found) => {
                found.into_values().find(|instance| instance.is_live()).map(|instance| instance.url)
            }
            _ => None,
        }
    }

    pub fn subscribe(&mut self, index: usize) {
        self.subscribe_with(index, |draft| draft);
    }

    pub fn subscribe_with(&mut self, index: usize, change: impl FnOnce(Draft) -> Draft) {
        let object = self.find_room(index, ROOM).unwrap();
        let client = &mut self.clients[index];
        let mut room = Observer::new(observer(&object, &client.hyperty, &client.session.config().runtime));
        let begin = room.begin();
        client.session.route(self.now, &begin.routes, &client.hyperty.clone()).unwrap();
        client.room = Some(room);
        let name = format!("{} the {}", client.name, index + 1);
        client.ask(self.now, change(begin.subscribe.with("name", name)), Wait::Room);
        self.settle();
    }

    /// A client that is in the room.
    pub fn join(&mut self, name: &str) -> usize {
        let index = self.client(name);
        self.subscribe(index);
        assert_eq!(self.clients[index].last_code(), Code::OK);
        index
    }

    pub fn leave(&mut self, index: usize) {
        let leave = self.clients[index].room.take().unwrap().leave();
        self.ask(index, leave.unsubscribe);
    }

    pub fn ask(&mut self, index: usize, draft: Draft) {
        let now = self.now;
        self.clients[index].ask(now, draft, Wait::Other);
        self.settle();
    }

    /// The value of the answer to a command that is done.
    pub fn value_of(&mut self, index: usize, method: &str, params: Value) -> Value {
        assert_eq!(self.execute(index, method, params), Code::OK, "{method}");
        self.clients[index].replies.last().unwrap().value().cloned().unwrap_or_default()
    }

    pub fn execute(&mut self, index: usize, method: &str, params: Value) -> Code {
        let room = self.clients[index].room.as_ref().unwrap();
        let draft = room.execute(method, params.as_array().unwrap().clone());
        self.ask(index, draft);
        self.clients[index].last_code()
    }

    pub fn chat(&mut self, index: usize, text: &str) -> Code {
        self.post(index, &format!("1-{text}#1"), json!({"type": "chat", "content": text}))
    }

    /// Posts a child; the answer of the room.
    pub fn post(&mut self, index: usize, id: &str, data: Value) -> Code {
        let client = &mut self.clients[index];
        let object = client.room.as_ref().unwrap().object().clone();
        let body = Body::from_iter([("data".to_owned(), data)]);
        let draft = Child::new(id, &client.hyperty, &object, body).draft(&client.hyperty, &object);
        self.ask(index, draft);
        self.clients[index].last_code()
    }

    /// Offers a leg with these options; the answer to the invitation is the last reply.
    pub fn offer(&mut self, index: usize, options: Value) -> Url {
        self.offer_with(index, options, |_| {})
    }

    pub fn offer_with(&mut self, index: usize, options: Value, change: impl FnOnce(&mut Value)) -> Url {
        let conference = self.conference.hyperty().clone();
        let now = self.now;
        let client = &mut self.clients[index];
        let url = Url::connection(&domain(), new_guid(&mut client.chance));
        let runtime = client.runtime();
        let metadata = Metadata::new(url.clone(), client.hyperty.clone(), runtime, "Connection", "leg");
        let room = client.room.as_ref().map(|room| room.object().to_string()).unwrap_or_default();
        let mut data = json!({
            "scheme": "connection", "status": "", "owner": client.hyperty.as_str(), "peer": conference.as_str(),
            "connectionDescription": {"type": "offer", "sdp": "v=0 offer"}, "iceCandidates": [],
            "roomId": room, "options": options,
        });
        change(&mut data);
        let offer = Reporter::new(metadata, data);
        client.session.route(now, &offer.routes(), &client.hyperty.clone()).unwrap();
        let invitation = offer.invite(&conference, None);
        client.offers.insert(url.clone(), offer);
        self.ask(index, invitation);
        url
    }

    /// Changes an offer that is there already.
    pub fn update_offer(&mut self, index: usize, offer: &Url, key: &str, value: Value) {
        let client = &mut self.clients[index];
        let draft = client.offers.get_mut(offer).unwrap().set(&[key], value).unwrap().unwrap();
        client.session.send(draft).unwrap();
        self.settle();
    }

    pub fn delete_offer(&mut self, index: usize, offer: &Url) {
        let client = &mut self.clients[index];
        let draft = client.offers.remove(offer).unwrap().delete();
        client.session.send(draft).unwrap();
        self.settle();
    }

    /// The leg that the media server was asked for last.
    pub fn added(&self) -> (LegId, LegFlow) {
        let added = self.media.iter().rev().find_map(|command| match command {
            MediaCommand::AddLeg { leg, flow, .. } => Some((*leg, *flow)),
            _ => None,
        });
        added.expect("a leg was asked for")
    }

    /// A leg that the media server answered and that is up.
    pub fn leg(&mut self, index: usize, options: Value) -> (Url, LegId) {
        let url = self.offer(index, options);
        assert_eq!(self.clients[index].replies.iter().filter_map(Message::code).next_back(), Some(Code::OK));
        let (leg, _) = self.added();
        self.media(MediaEvent::Answer { leg, sdp: "v=0 answer".into() });
        self.media(MediaEvent::LegUp { leg });
        (url, leg)
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let sessions = self.clients.iter().filter_map(|client| client.session.deadline());
            let due = sessions.chain(self.conference.deadline()).chain(self.node.deadline()).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            self.node.wake(self.now);
            self.conference.wake(self.now);
            for client in &mut self.clients {
                client.session.wake(self.now);
            }
            self.settle();
        }
        self.now = end;
    }

    /// Carries messages until nobody has anything to say.
    pub fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.node.poll() {
                quiet = false;
                let NodeOutput::Send { conn, message } = output else { continue };
                if conn == CONFERENCE {
                    self.conference.handle(self.now, ConferenceInput::Incoming((*message).clone()));
                } else if let Some(client) = self.clients.iter_mut().find(|client| client.conn == conn) {
                    client.session.receive(self.now, (*message).clone());
                }
            }
            while let Some(output) = self.conference.poll() {
                quiet = false;
                match output {
                    ConferenceOutput::Send(message)
                        if self.slow && message.text("method") == Some("audience") => {}
                    ConferenceOutput::Send(message)
                        if self.stock && message.text("method") == Some("audience") =>
                    {
                        let answer = message.error(Code::NOT_FOUND, "what is that?");
                        self.conference.handle(self.now, ConferenceInput::Incoming(answer));
                    }
                    ConferenceOutput::Send(message) => {
                        self.sent.push(message.clone());
                        self.node.handle(self.now, NodeInput::Incoming { conn: CONFERENCE, message });
                    }
                    ConferenceOutput::Media(command) => self.media.push(command),
                    ConferenceOutput::Event(event) => self.events.push(event),
                    ConferenceOutput::Store(command) => self.store.push(command),
                    ConferenceOutput::Mail(mail) => self.mails.push(mail),
                    ConferenceOutput::Keep(Keep::Room(record)) => self.made.push(record),
                    ConferenceOutput::Keep(keep) => self.kept.push(keep),
                    ConferenceOutput::ShutdownDone => self.done = true,
                }
            }
            for client in &mut self.clients {
                while let Some(event) = client.session.poll_event() {
                    quiet = false;
                    client.event(self.now, event);
                }
                while let Some(message) = client.session.poll_transmit() {
                    quiet = false;
                    self.node.handle(self.now, NodeInput::Incoming { conn: client.conn, message });
                }
            }
            if quiet {
                return;
            }
        }
    }
}

/// The code in the link of a mail.
pub fn code_of(mail: &Mail) -> String {
    let Matter::Invitation { link } = &mail.matter else { panic!("it invites nobody: {mail:?}") };
    link.split_once("#i=").unwrap().1.to_owned()
}

pub fn publish(media: &str) -> Value {
    json!({"direction": "publish", "media": media, "generation": 1})
}

pub fn receive(media: &str, of: &str) -> Value {
    json!({"direction": "receive", "media": media, "of": of, "generation": 1})
}
