//! The machine: rooms, their life, and where everything that comes in goes.
//!
//! | file | holds |
//! |---|---|
//! | here | the machine's shape |
//! | `opening` | opening and closing rooms, also those that people make |
//! | `messages` | which object a message is for |
//! | `joining`, `door` | coming, going, being away; who comes in, who waits, who is refused |
//! | `organising` | who organises, and what becomes of the room when they go |
//! | `commands` | which command a call is; a participant's own state |
//! | `rulings` | muting, stopping, removing, roles |
//! | `inviting` | who is asked to come |
//! | `chatting`, `sharing` | lines, reactions, typing; files |
//! | `audience` | telling the node who hears a room |
//! | `legs` | offers read, answers reported, legs closed |
//! | `media` | what the media server tells |

mod audience;
mod chatting;
mod commands;
mod door;
mod inviting;
mod joining;
mod legs;
mod media;
mod messages;
mod opening;
mod organising;
mod rulings;
mod sharing;

use std::collections::{BTreeMap, VecDeque};

use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::{
    Draft, Message, Metadata, RequestId, SendError, Session, SessionConfig, SessionEvent, Url, new_guid,
};
use confab_types::{Chance, LegId, Machine, Mono};

use crate::clock::iso;
use crate::config::ConferenceConfig;
use crate::leg::Leg;
use crate::media_server::{MediaCommand, MediaRoomId};
use crate::port::{ConferenceEvent, ConferenceInput, ConferenceOutput};
use crate::room::Room;
use crate::room::log::Entry;
use crate::strangers::Strangers;
use opening::After;

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
    /// Closing a room to all but those who are in it.
    Guard(MediaRoomId),
    /// Telling somebody that they were put out of a room.
    Farewell(MediaRoomId),
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
    strangers: Strangers,
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
            strangers: Strangers::default(),
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

    fn shutdown(&mut self) {
        if self.closing {
            return;
        }
        self.closing = true;
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.close_room(id, "shutdown", After::Gone);
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

    /// Milliseconds of Unix time.
    fn unix(&self) -> u64 {
        self.config.wall + self.now.as_millis()
    }

    fn date(&self) -> String {
        iso(self.unix())
    }

    /// Changes a room and tells everybody in it what has become of its object.
    fn change<R>(&mut self, id: MediaRoomId, act: impl FnOnce(&mut Room) -> R) -> Option<R> {
        let date = self.date();
        let room = self.rooms.get_mut(&id)?;
        room.reporter.stamp(&date);
        let done = act(room);
        let told = room.take_told();
        self.publish(told);
        Some(done)
    }

    /// Writes something into a room's log.
    fn note(&mut self, id: MediaRoomId, what: &'static str, by: &str, who: &str, text: &str) {
        let at = self.unix();
        if let Some(room) = self.rooms.get_mut(&id) {
            room.log.add(Entry { at, what, by: by.to_owned(), who: who.to_owned(), text: text.to_owned() });
        }
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
                self.guard_rooms();
                self.resync_legs();
            }
            SessionEvent::Lost => self.tell(ConferenceEvent::Lost),
            SessionEvent::Incoming(message) => self.message(message),
            SessionEvent::Reply { request, message, cause } => {
                let errand = self.errands.get(&request).copied();
                if !message.code().is_some_and(|code| code.is_provisional()) {
                    self.errands.remove(&request);
                }
                match errand {
                    Some(Errand::Observe(leg)) => self.observed(leg, &message),
                    Some(Errand::Invite(leg)) => self.invited_them(leg, &message),
                    Some(Errand::Guard(room)) => self.guarded(room, &message, cause),
                    Some(Errand::Farewell(room)) => self.said_farewell(room, &message),
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
            ConferenceInput::OpenRoom { name, owner } => self.open_room(name, owner),
            ConferenceInput::Recall { room, door, invitations } => self.recall(&room, door, invitations),
            ConferenceInput::Store(event) => self.store_event(event),
            ConferenceInput::Mail(event) => self.mailed(&event),
            ConferenceInput::Stranger(stranger) => self.strangers.add(stranger),
            ConferenceInput::CloseRoom { name } => {
                if let Some(id) = self.room_called(&name) {
                    self.close_room(id, "ended", After::Gone);
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
        self.remind_waiting();
        self.give_up_legs();
        self.show_speakers();
        self.settle();
    }
}
