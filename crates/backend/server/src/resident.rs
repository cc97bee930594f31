//! The conference hyperty that lives beside the message node, and the media server, file store and post it commands.

use std::sync::Arc;
use std::time::Duration;

use confab_backend_web::{FileStore, Mailer};
use confab_media_server::EmbeddedMediaServer;
use confab_message_node::Grant;
use confab_rethink::{Domain, Identity, Message};
use confab_rooms::{
    Conference, ConferenceConfig, ConferenceEvent, ConferenceInput, ConferenceOutput, MailEvent, MediaEvent,
    MediaServer, StoreEvent, Stranger,
};
use confab_types::{Chance, Machine, Mono};

use crate::rooms::{Opening, RoomKeeper};

/// The conference's own account name; nobody can sign in with it.
pub const NAME: &str = "conference";

/// The media server, shared with the page of metrics.
pub type MediaHandle = Arc<EmbeddedMediaServer>;

/// What the conference commands.
pub struct Servants {
    /// Forwards media.
    pub media: MediaHandle,
    /// Keeps files.
    pub files: FileStore,
    /// Sends mail.
    pub mailer: Mailer,
    /// Keeps what is to be there again.
    pub keeper: RoomKeeper,
    /// Where pages reach the backend, without a slash at the end.
    pub base: String,
}

/// The conference and what it commands.
pub struct Resident {
    conference: Conference,
    servants: Servants,
    rooms: Vec<Opening>,
    grant: Grant,
    shut_down: bool,
}

impl Resident {
    /// With the rooms to open at the start. `wall` is Unix time in milliseconds at [`Mono::ZERO`]; an organiser who is lost is waited for
    /// as long as `grace`.
    pub fn new(
        domain: &Domain,
        grace: Duration,
        servants: Servants,
        rooms: Vec<Opening>,
        wall: u64,
        chance: Chance,
    ) -> Resident {
        let max_legs = usize::try_from(servants.media.caps().max_legs).unwrap_or(usize::MAX);
        let files = confab_rooms::FileStore {
            url: format!("{}/files", servants.base),
            limit: confab_backend_web::files::Limits::default().file,
        };
        let config = ConferenceConfig {
            wall,
            max_legs,
            public_url: Some(servants.base.clone()),
            files: Some(files),
            organiser_away_for: grace,
            ..ConferenceConfig::new(domain.clone())
        };
        let identity = Identity {
            user_url: Some(config.user.clone()),
            name: Some("Conference".to_owned()),
            idp: Some(domain.to_string()),
            ..Identity::new(config.user.last_segment())
        };
        // Access tokens are numbered from 1, so 0 is never revoked.
        let grant = Grant { user: config.user.clone(), identity, ticket: 0, confined: false };
        Resident { conference: Conference::new(config, chance), servants, rooms, grant, shut_down: false }
    }

    /// As whom it is connected.
    pub fn grant(&self) -> Grant {
        self.grant.clone()
    }

    /// Its connection is there: it registers and opens its rooms.
    pub fn begin(&mut self, now: Mono) {
        self.conference.handle(now, ConferenceInput::Up);
        for Opening { name, owner, door, invitations } in std::mem::take(&mut self.rooms) {
            self.conference.handle(now, ConferenceInput::OpenRoom { name: name.clone(), owner });
            self.conference.handle(now, ConferenceInput::Recall { room: name, door, invitations });
        }
    }

    /// A message for it.
    pub fn receive(&mut self, now: Mono, message: Message) {
        self.conference.handle(now, ConferenceInput::Incoming(message));
    }

    /// What the media server tells it.
    pub fn media(&mut self, now: Mono, event: MediaEvent) {
        self.conference.handle(now, ConferenceInput::Media(event));
    }

    /// What the file store tells it.
    pub fn store(&mut self, now: Mono, event: StoreEvent) {
        self.conference.handle(now, ConferenceInput::Store(event));
    }

    /// What became of a mail.
    pub fn mail(&mut self, now: Mono, event: MailEvent) {
        self.conference.handle(now, ConferenceInput::Mail(event));
    }

    /// Somebody without an account is about to come.
    pub fn stranger(&mut self, now: Mono, stranger: Stranger) {
        self.conference.handle(now, ConferenceInput::Stranger(stranger));
    }

    /// Whether somebody without an account may come; a word that says why not.
    pub fn door(&self, stranger: &Stranger) -> Result<(), &'static str> {
        let (room, mail) = (stranger.room.as_deref(), stranger.mail.as_deref());
        let (code, address) = (stranger.code.as_deref(), stranger.address.as_deref());
        self.conference.door(room.unwrap_or_default(), code, mail, address)
    }

    /// Closes every room.
    pub fn shut_down(&mut self, now: Mono) {
        self.conference.handle(now, ConferenceInput::Shutdown);
    }

    /// Whether every room is closed.
    pub fn is_shut_down(&self) -> bool {
        self.shut_down
    }

    /// The next message it sends. Commands go to whom they are for and events to the log on the way.
    pub fn poll(&mut self) -> Option<Message> {
        loop {
            match self.conference.poll()? {
                ConferenceOutput::Send(message) => return Some(message),
                ConferenceOutput::Media(command) => self.servants.media.submit(command),
                ConferenceOutput::Store(command) => self.servants.files.submit(command),
                ConferenceOutput::Mail(mail) => self.servants.mailer.submit(mail),
                ConferenceOutput::Keep(order) => self.servants.keeper.keep(order),
                ConferenceOutput::Event(event) => log(&event),
                ConferenceOutput::ShutdownDone => self.shut_down = true,
            }
        }
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        if self.conference.deadline().is_some_and(|at| at <= now) {
            self.conference.wake(now);
        }
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        self.conference.deadline()
    }

    /// Open rooms.
    pub fn rooms(&self) -> usize {
        self.conference.room_count()
    }

    /// Participants of all rooms.
    pub fn participants(&self) -> usize {
        self.conference.participant_count()
    }
}

fn log(event: &ConferenceEvent) {
    match event {
        ConferenceEvent::Lost | ConferenceEvent::RoomRefused { .. } | ConferenceEvent::Unguarded { .. } => {
            tracing::warn!(?event, "conference")
        }
        _ => tracing::info!(?event, "conference"),
    }
}
