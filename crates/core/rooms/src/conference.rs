//! The machine: rooms, their life, and where everything that comes in goes.
//!
//! | file | holds |
//! |---|---|
//! | here | the machine's shape, opening and closing rooms |
//! | `messages` | which object a message is for |
//! | `joining` | coming, going, being away |
//! | `commands` | what participants may ask for |
//! | `legs` | offers read, answers reported, legs closed |
//! | `media` | what the media server tells |

mod commands;
mod joining;
mod legs;
mod media;
mod messages;

use std::collections::{BTreeMap, VecDeque};

use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::{
    Draft, Message, Metadata, Reporter, RequestId, SendError, Session, SessionConfig, SessionEvent, Url,
    new_guid,
};
use confab_types::{Chance, LegId, Machine, Mono};
use serde_json::json;

use crate::clock::iso;
use crate::config::ConferenceConfig;
use crate::leg::Leg;
use crate::media_server::{MediaCommand, MediaRoomId, RoomMode};
use crate::port::{ConferenceEvent, ConferenceInput, ConferenceOutput};
use crate::room::{self, Room};

/// Seconds a registration lives without a keep-alive.
const EXPIRES: u32 = 300;

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Object {
    Room(MediaRoomId),
    /// The client's Connection object, which we observe.
    Offer(LegId),
    /// Our Connection object.
    Answer(LegId),
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    /// Observing a client's object.
    Observe(LegId),
    /// Inviting a client to ours.
    Invite(LegId),
}

/// The conference hyperty of a domain.
#[derive(Debug)]
pub struct Conference {
    config: ConferenceConfig,
    chance: Chance,
    session: Session,
    hyperty: Url,
    now: Mono,
    rooms: BTreeMap<MediaRoomId, Room>,
    legs: BTreeMap<LegId, Leg>,
    objects: BTreeMap<Url, Object>,
    errands: BTreeMap<RequestId, Errand>,
    rooms_given: u32,
    legs_given: u32,
    closing: bool,
    outputs: VecDeque<ConferenceOutput>,
}

impl Conference {
    /// Not connected yet; [`ConferenceInput::Up`] begins.
    pub fn new(config: ConferenceConfig, mut chance: Chance) -> Conference {
        let runtime = Url::runtime(&config.domain, new_guid(&mut chance));
        let hyperty = Url::hyperty(&config.domain, new_guid(&mut chance));
        let session_config = SessionConfig::new(config.flavour, config.domain.clone(), runtime.clone());
        let session_config = SessionConfig { access_token: config.access_token.clone(), ..session_config };
        let mut session = Session::new(session_config, chance.fork());
        let descriptor =
            format!("hyperty-catalogue://catalogue.{}/.well-known/hyperty/Conference", config.domain);
        let record = HypertyRecord {
            user: config.user.to_string(),
            url: hyperty.clone(),
            descriptor,
            expires: EXPIRES,
            resources: ["chat", "file", "audio", "video", "conference"].map(str::to_owned).into(),
            data_schemes: ["comm", "connection"].map(str::to_owned).into(),
            status: "live".to_owned(),
            runtime,
            guid: None,
            extra: Default::default(),
        };
        session
            .register(Mono::ZERO, Record::Hyperty(record))
            .expect("a new session has room for one registration");
        Conference {
            config,
            chance,
            session,
            hyperty,
            now: Mono::ZERO,
            rooms: BTreeMap::new(),
            legs: BTreeMap::new(),
            objects: BTreeMap::new(),
            errands: BTreeMap::new(),
            rooms_given: 0,
            legs_given: 0,
            closing: false,
            outputs: VecDeque::new(),
        }
    }

    /// Its address.
    pub fn hyperty(&self) -> &Url {
        &self.hyperty
    }

    /// Rooms that are open.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// Participants in all rooms.
    pub fn participant_count(&self) -> usize {
        self.rooms.values().map(|room| room.members.len()).sum()
    }

    /// Legs, negotiated or not.
    pub fn leg_count(&self) -> usize {
        self.legs.len()
    }

    fn open_room(&mut self, name: String) {
        if self.closing || self.rooms.values().any(|room| room.name == name) {
            return;
        }
        if !is_room_name(&name) || self.rooms.len() >= self.config.max_rooms {
            return self.tell(ConferenceEvent::RoomRefused { name });
        }
        self.rooms_given += 1;
        let id = MediaRoomId(self.rooms_given);
        let url = Url::comm(&self.config.domain, new_guid(&mut self.chance));
        let mut metadata = self.metadata(url.clone(), "Communication", &name);
        metadata.resources = ["chat", "file", "audio", "video"].map(str::to_owned).into();
        let data = json!({
            "profile": "rethink-conf/1",
            "status": "open",
            "startingTime": self.date(),
            "name": name,
            "conference": self.hyperty.as_str(),
            "promised": self.config.promised,
            "participants": {},
            "roster": {},
        });
        let mut reporter = Reporter::new(metadata, data);
        reporter.stamp(&self.date());
        let record = reporter.record(EXPIRES).expect("a conference has a runtime");
        let kept = self.session.route(self.now, &reporter.routes(), &self.hyperty);
        if kept.and_then(|()| self.session.register(self.now, record)).is_err() {
            self.session.unroute(&reporter.routes());
            return self.tell(ConferenceEvent::RoomRefused { name });
        }
        self.command(MediaCommand::OpenRoom { room: id, mode: RoomMode::Forward });
        self.objects.insert(url.clone(), Object::Room(id));
        self.rooms.insert(id, Room::new(name.clone(), reporter));
        self.tell(ConferenceEvent::RoomOpen { name, url });
    }

    /// Ends a room, with the word that everybody is told.
    fn close_room(&mut self, id: MediaRoomId, because: &str) {
        for number in self.members_of(id) {
            self.close_legs_of(id, number);
        }
        let date = self.date();
        let Some(mut room) = self.rooms.remove(&id) else { return };
        self.command(MediaCommand::CloseRoom { room: id });
        for member in room.members.values() {
            self.forget_presence(&member.hyperty);
        }
        let reporter = &mut room.reporter;
        reporter.stamp(&date);
        let told = [
            room::set(reporter, &["status"], "closed".into()),
            room::set(reporter, &["closedBecause"], because.into()),
            Some(reporter.delete()),
        ];
        self.publish(told.into_iter().flatten());
        self.session.unregister(reporter.url());
        self.session.unroute(&reporter.routes());
        self.objects.remove(reporter.url());
        self.tell(ConferenceEvent::RoomClosed { name: room.name });
    }

    fn shutdown(&mut self) {
        if self.closing {
            return;
        }
        self.closing = true;
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.close_room(id, "shutdown");
        }
        for leg in self.legs.keys().copied().collect::<Vec<_>>() {
            self.close_leg(leg);
        }
        self.session.shutdown(self.now);
    }

    /// Metadata of an object that this hyperty reports.
    fn metadata(&self, url: Url, schema: &str, name: &str) -> Metadata {
        let schema =
            format!("hyperty-catalogue://catalogue.{}/.well-known/dataschema/{schema}", self.config.domain);
        Metadata::new(url, self.hyperty.clone(), self.session.config().runtime.clone(), &schema, name)
    }

    fn members_of(&self, id: MediaRoomId) -> Vec<u32> {
        self.rooms.get(&id).map(|room| room.members.keys().copied().collect()).unwrap_or_default()
    }

    fn date(&self) -> String {
        iso(self.config.wall + self.now.as_millis())
    }

    /// Sends what everybody is told. While the node is away nobody hears it; they read the whole state when it is back.
    fn publish(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        for draft in drafts {
            self.session.send(draft).ok();
        }
    }

    /// Sends a request whose answer matters.
    fn ask(&mut self, draft: Draft, errand: Errand) -> Result<(), SendError> {
        let request = self.session.request(self.now, draft, None)?;
        self.errands.insert(request, errand);
        Ok(())
    }

    fn answer(&mut self, message: Message) {
        // Who asked has gone with the connection.
        self.session.reply(message).ok();
    }

    fn command(&mut self, command: MediaCommand) {
        self.outputs.push_back(ConferenceOutput::Media(command));
    }

    fn tell(&mut self, event: ConferenceEvent) {
        self.outputs.push_back(ConferenceOutput::Event(event));
    }

    /// Deals with what the session has to say until there is nothing more.
    fn settle(&mut self) {
        loop {
            if let Some(event) = self.session.poll_event() {
                self.session_event(event);
            } else if let Some(message) = self.session.poll_transmit() {
                self.outputs.push_back(ConferenceOutput::Send(message));
            } else {
                return;
            }
        }
    }

    fn session_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Live { .. } => {
                self.tell(ConferenceEvent::Live);
                self.resync_legs();
            }
            SessionEvent::Lost => self.tell(ConferenceEvent::Lost),
            SessionEvent::Incoming(message) => self.message(message),
            SessionEvent::Reply { request, message, .. } => {
                let errand = self.errands.get(&request).copied();
                if !message.code().is_some_and(|code| code.is_provisional()) {
                    self.errands.remove(&request);
                }
                match errand {
                    Some(Errand::Observe(leg)) => self.observed(leg, &message),
                    Some(Errand::Invite(leg)) => self.invited_them(leg, &message),
                    None => {}
                }
            }
            SessionEvent::Refused { code } => {
                self.tell(ConferenceEvent::Refused { what: "open".into(), code })
            }
            SessionEvent::RouteRefused { urls, code } => {
                let what = urls.first().map(Url::to_string).unwrap_or_default();
                self.tell(ConferenceEvent::Refused { what, code });
            }
            SessionEvent::RegistrationFailed { url, code } => {
                self.tell(ConferenceEvent::Refused { what: url.to_string(), code });
            }
            SessionEvent::Registered { .. } => {}
            SessionEvent::Closed => self.outputs.push_back(ConferenceOutput::ShutdownDone),
        }
    }
}

impl Machine for Conference {
    type Input = ConferenceInput;
    type Output = ConferenceOutput;

    fn handle(&mut self, now: Mono, input: ConferenceInput) {
        self.now = now;
        match input {
            ConferenceInput::Up => self.session.transport_up(now),
            ConferenceInput::Down => self.session.transport_down(now),
            ConferenceInput::Incoming(message) => self.session.receive(now, message),
            ConferenceInput::Media(event) => self.media_event(event),
            ConferenceInput::OpenRoom { name } => self.open_room(name),
            ConferenceInput::CloseRoom { name } => {
                let id = self.rooms.iter().find(|(_, room)| room.name == name).map(|(&id, _)| id);
                if let Some(id) = id {
                    self.close_room(id, "ended");
                }
            }
            ConferenceInput::Shutdown => self.shutdown(),
        }
        self.settle();
    }

    fn poll(&mut self) -> Option<ConferenceOutput> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<Mono> {
        let rooms = self.rooms.values().filter_map(Room::deadline);
        let legs = self.legs.values().filter_map(|leg| leg.state.until());
        rooms.chain(legs).chain(self.session.deadline()).min()
    }

    fn wake(&mut self, now: Mono) {
        self.now = now;
        self.session.wake(now);
        self.give_up_absent();
        self.give_up_legs();
        self.show_speakers();
        self.settle();
    }
}

/// 1 to 64 letters, digits, `-`, `_`, `.` (protocol page, 8).
fn is_room_name(name: &str) -> bool {
    (1..=64).contains(&name.chars().count())
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.'))
}
