//! One participant.

use confab_rethink::{Identity, Url};
use confab_types::{LegId, Mono};
use serde_json::{Value, json};

use crate::newcomer::{Newcomer, who};
use crate::offer::Media;
use crate::pace::Pace;
use crate::port::Stranger;
use crate::role::Role;
use crate::room::bans::Held;

/// Longest display name, in characters as people count them (protocol page, 13).
const MAX_NAME: usize = 64;

/// What a participant publishes of one media.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Published {
    /// The leg that others receive from.
    pub(crate) leg: Option<LegId>,
    /// How many legs there have been: receivers replace theirs when it changes.
    pub(crate) count: u64,
}

/// A member of a room.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) hyperty: Url,
    pub(crate) user: Url,
    pub(crate) identity: Identity,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Whether the room shows nothing that they could be found by.
    pub(crate) anonymous: bool,
    /// What the front door knows of somebody without an account.
    pub(crate) stranger: Option<Stranger>,
    pub(crate) audio_muted: bool,
    pub(crate) video_muted: bool,
    /// Whether an organiser has closed the microphone: it stays closed until an organiser lifts that.
    pub(crate) muted_by_organiser: bool,
    /// The same for the camera.
    pub(crate) camera_stopped: bool,
    /// Until when no screen is published, because an organiser has stopped one.
    pub(crate) no_screen_until: Option<Mono>,
    /// The place in the queue of raised hands.
    pub(crate) hand: Option<u64>,
    /// Set while the connection is lost: when the member is given up.
    pub(crate) away_until: Option<Mono>,
    /// Whether the program has begun again, and is back only when it subscribes.
    pub(crate) restarts: bool,
    pub(crate) camera: Published,
    pub(crate) screen: Published,
    /// Commands, lines, reactions and signs of typing of late.
    pub(crate) paces: Paces,
}

/// How often a member does what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paces {
    pub(crate) commands: Pace,
    pub(crate) lines: Pace,
    pub(crate) reactions: Pace,
    pub(crate) typing: Pace,
    pub(crate) mails: Pace,
}

impl Member {
    /// With what they had when they were in before, if they were.
    pub(crate) fn new(newcomer: Newcomer, role: Role, before: Option<Held>) -> Member {
        let before = before.filter(|_| !role.organises());
        let muted_by_organiser = before.is_some_and(|before| before.muted_by_organiser);
        let camera_stopped = before.is_some_and(|before| before.camera_stopped);
        let Newcomer { hyperty, user, identity, name, anonymous, stranger, code: _ } = newcomer;
        Member {
            hyperty,
            user,
            identity,
            name,
            role,
            anonymous,
            stranger,
            audio_muted: muted_by_organiser,
            video_muted: camera_stopped,
            muted_by_organiser,
            camera_stopped,
            no_screen_until: None,
            hand: None,
            away_until: None,
            restarts: false,
            camera: Published::default(),
            screen: Published::default(),
            paces: Paces::default(),
        }
    }

    /// What it publishes of one media.
    pub(crate) fn published(&mut self, media: Media) -> &mut Published {
        match media {
            Media::Camera => &mut self.camera,
            Media::Screen => &mut self.screen,
        }
    }

    /// What is remembered of it.
    pub(crate) fn held(&self) -> Held {
        let Member { role, muted_by_organiser, camera_stopped, .. } = *self;
        Held { role, muted_by_organiser, camera_stopped }
    }

    /// Name and address, for the room's log.
    pub(crate) fn label(&self) -> String {
        format!("{} ({})", self.name, who(&self.user, self.stranger.as_ref()))
    }

    /// Who it really is, for organisers; of those only whom the room does not show.
    pub(crate) fn trace(&self) -> Option<Value> {
        if !self.anonymous && !self.identity.guest {
            return None;
        }
        let mut trace = json!({"user": self.user.as_str(), "identity": self.identity.display_name()});
        let stranger = self.stranger.as_ref();
        for (key, value) in [
            ("mail", stranger.and_then(|stranger| stranger.mail.as_deref())),
            ("address", stranger.and_then(|stranger| stranger.address.as_deref())),
        ] {
            if let Some(value) = value {
                trace[key] = value.into();
            }
        }
        Some(trace)
    }

    /// Its entry in `roster`.
    pub(crate) fn roster_entry(&self) -> Value {
        let mut entry = json!({
            "name": self.name,
            "role": self.role.word(),
            "audioMuted": self.audio_muted,
            "videoMuted": self.video_muted,
            "mutedByOrganiser": self.muted_by_organiser,
            "cameraStopped": self.camera_stopped,
            "away": self.away_until.is_some(),
            "camera": self.camera.leg.is_some(),
            "screen": self.screen.leg.is_some(),
        });
        if !self.anonymous {
            entry["user"] = self.user.as_str().into();
            entry["hypertyURL"] = self.hyperty.as_str().into();
        }
        entry
    }

    /// Its entry in `participants`, for other reTHINK clients; none for who is not to be found. The picture stays out:
    /// everybody gets every entry.
    pub(crate) fn participants_entry(&self) -> Option<Value> {
        let identity = Identity { picture: None, ..self.identity.clone() };
        let entry = json!({
            "hypertyURL": self.hyperty.as_str(),
            "domain": self.hyperty.domain(),
            "resources": ["audio", "video"],
            "status": "live",
            "identity": identity.to_value(),
        });
        (!self.anonymous).then_some(entry)
    }
}

/// A name fit for everybody's screen: one line, no control or direction characters and none without width, at most
/// [`MAX_NAME`] characters as people count them.
pub fn display_name(wished: &str) -> String {
    let hidden = |char: char| {
        let direction = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        char.is_control() || direction || matches!(char, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
    };
    let words = wished.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut name = String::new();
    let (mut count, mut joined) = (0, false);
    for char in words.chars().filter(|&char| !hidden(char)) {
        // Marks, variation selectors, skin tones and what is joined belong to the character before.
        let joiner = char == '\u{200d}';
        let mark =
            matches!(char, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
        if !(joiner || mark || joined) {
            count += 1;
        }
        joined = joiner;
        // Nobody's character takes sixteen bytes on average; the bound keeps stacks of marks short.
        if count > MAX_NAME || name.len() + char.len_utf8() > MAX_NAME * 16 {
            break;
        }
        name.push(char);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_short_visible_line() {
        for (wished, name) in [
            ("  Alice \n Weber ", "Alice Weber".to_owned()),
            ("Eve\u{202e}\u{7}", "Eve".to_owned()),
            ("\u{200b}Al\u{200f}ice\u{feff}", "Alice".to_owned()),
            ("\u{200e}\u{200b}", String::new()),
            ("", String::new()),
            (&"x".repeat(80), "x".repeat(64)),
            (&"👩🏽‍💻".repeat(70), "👩🏽‍💻".repeat(64)),
        ] {
            assert_eq!(display_name(wished), name, "{wished:?}");
        }
        assert!(display_name(&"\u{301}".repeat(9_000)).len() <= 1_024);
    }
}
