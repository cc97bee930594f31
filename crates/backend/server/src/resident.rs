//! The conference hyperty that lives beside the message node, and the media server it commands.

use std::sync::Arc;

use confab_media_server::EmbeddedMediaServer;
use confab_message_node::Grant;
use confab_rethink::{Domain, Identity, Message};
use confab_rooms::{
    Conference, ConferenceConfig, ConferenceEvent, ConferenceInput, ConferenceOutput, MediaEvent, MediaServer,
};
use confab_types::{Chance, Machine, Mono};

/// The conference's own account name; nobody can sign in with it.
pub const NAME: &str = "conference";

/// The media server, shared with the page of metrics.
pub type MediaHandle = Arc<EmbeddedMediaServer>;

/// The conference and its media server.
pub struct Resident {
    conference: Conference,
    media: MediaHandle,
    rooms: Vec<String>,
    grant: Grant,
    shut_down: bool,
}

impl Resident {
    /// With the rooms to open at the start. `wall` is Unix time in milliseconds at [`Mono::ZERO`].
    pub fn new(
        domain: &Domain,
        media: MediaHandle,
        rooms: Vec<String>,
        wall: u64,
        chance: Chance,
    ) -> Resident {
        let max_legs = usize::try_from(media.caps().max_legs).unwrap_or(usize::MAX);
        let config = ConferenceConfig { wall, max_legs, ..ConferenceConfig::new(domain.clone()) };
        let identity = Identity {
            user_url: Some(config.user.clone()),
            name: Some("Conference".to_owned()),
            idp: Some(domain.to_string()),
            ..Identity::new(config.user.last_segment())
        };
        // Access tokens are numbered from 1, so 0 is never revoked.
        let grant = Grant { user: config.user.clone(), identity, ticket: 0 };
        Resident { conference: Conference::new(config, chance), media, rooms, grant, shut_down: false }
    }

    /// As whom it is connected.
    pub fn grant(&self) -> Grant {
        self.grant.clone()
    }

    /// Its connection is there: it registers and opens its rooms.
    pub fn begin(&mut self, now: Mono) {
        self.conference.handle(now, ConferenceInput::Up);
        for name in std::mem::take(&mut self.rooms) {
            self.conference.handle(now, ConferenceInput::OpenRoom { name });
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

    /// Closes every room.
    pub fn shut_down(&mut self, now: Mono) {
        self.conference.handle(now, ConferenceInput::Shutdown);
    }

    /// Whether every room is closed.
    pub fn is_shut_down(&self) -> bool {
        self.shut_down
    }

    /// The next message it sends. Commands go to the media server and events to the log on the way.
    pub fn poll(&mut self) -> Option<Message> {
        loop {
            match self.conference.poll()? {
                ConferenceOutput::Send(message) => return Some(message),
                ConferenceOutput::Media(command) => self.media.submit(command),
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
        ConferenceEvent::Lost | ConferenceEvent::RoomRefused { .. } => tracing::warn!(?event, "conference"),
        _ => tracing::info!(?event, "conference"),
    }
}
