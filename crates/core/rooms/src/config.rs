//! What an operator chooses.

use std::time::Duration;

use confab_rethink::{Domain, Flavour, Identity, Url};
use confab_types::Bitrate;

use crate::store::FileStore;

/// How a conference hyperty is set up.
#[derive(Clone, Debug)]
pub struct ConferenceConfig {
    /// The domain whose rooms it reports.
    pub domain: Domain,
    /// The user it registers as.
    pub user: Url,
    /// How it speaks to the message node.
    pub flavour: Flavour,
    /// Presented to a message node that asks; one in the same process does not.
    pub access_token: Option<String>,
    /// Milliseconds of Unix time at [`Mono::ZERO`](confab_types::Mono::ZERO), for the dates in objects.
    pub wall: u64,
    /// Participants per room; the next one is told 486.
    pub max_participants: usize,
    /// Rooms at once.
    pub max_rooms: usize,
    /// Legs of all rooms at once; what the media server can carry.
    pub max_legs: usize,
    /// The quality that rooms promise, for people.
    pub promised: String,
    /// How long a participant whose connection was lost stays in the room.
    pub away_for: Duration,
    /// The same for the organiser, while others are there.
    pub organiser_away_for: Duration,
    /// Whether a meeting ends when its organiser leaves without having handed it over. Where it does not, as in rooms
    /// that people drop into, the next one organises.
    pub ends_with_organiser: bool,
    /// Where people reach the backend by a browser, without a slash at the end; links begin with it.
    pub public_url: Option<String>,
    /// The store for files of rooms, where there is one.
    pub files: Option<FileStore>,
    /// Ceiling for what one leg may send.
    pub max_bitrate: Bitrate,
}

impl ConferenceConfig {
    /// Legs per participant at most (protocol page, 13): as many as the room has use for, and these.
    pub const LEGS_PER_PARTICIPANT: usize = 64;
    /// Legs per participant beyond the two that each one in the room can publish: those that are just being replaced.
    pub const SPARE_LEGS: usize = 14;
    /// Rooms that one person may make.
    pub const ROOMS_PER_OWNER: usize = 64;

    /// For 25 participants per room, as `user://<domain>/conference@<domain>`.
    pub fn new(domain: Domain) -> ConferenceConfig {
        let user =
            Url::user(&domain, &format!("conference@{domain}")).expect("a domain makes a valid user address");
        ConferenceConfig {
            domain,
            user,
            flavour: Flavour::NodeJs,
            access_token: None,
            wall: 0,
            max_participants: 25,
            max_rooms: 900,
            max_legs: 1024,
            promised: "HD".to_owned(),
            away_for: Duration::from_secs(15),
            organiser_away_for: Duration::from_secs(60),
            ends_with_organiser: true,
            public_url: None,
            files: None,
            max_bitrate: Bitrate::kilobits(2_500),
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        let identifier = self.user.last_segment().to_owned();
        Identity {
            user_url: Some(self.user.clone()),
            name: Some("Conference".to_owned()),
            idp: Some(self.domain.as_str().to_owned()),
            ..Identity::new(identifier)
        }
    }
}
