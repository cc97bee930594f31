//! One participant.

use confab_rethink::{Identity, Url};
use confab_types::{LegId, Mono};
use serde_json::{Value, json};

use crate::offer::Media;

/// Longest display name, in characters as people count them (protocol page, 8).
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
    pub(crate) audio_muted: bool,
    pub(crate) video_muted: bool,
    /// Set while the connection is lost: when the member is given up.
    pub(crate) away_until: Option<Mono>,
    pub(crate) camera: Published,
    pub(crate) screen: Published,
}

impl Member {
    pub(crate) fn new(hyperty: Url, user: Url, identity: Identity, wished_name: Option<&str>) -> Member {
        // A guest has said a name that is nobody else's already, and keeps it.
        let wished = wished_name.filter(|_| !identity.guest);
        let name = display_name(wished.unwrap_or_default());
        let name = if name.is_empty() { display_name(identity.display_name()) } else { name };
        Member {
            hyperty,
            user,
            identity,
            name,
            audio_muted: false,
            video_muted: false,
            away_until: None,
            camera: Published::default(),
            screen: Published::default(),
        }
    }

    /// What it publishes of one media.
    pub(crate) fn published(&mut self, media: Media) -> &mut Published {
        match media {
            Media::Camera => &mut self.camera,
            Media::Screen => &mut self.screen,
        }
    }

    /// Its entry in `roster`.
    pub(crate) fn roster_entry(&self) -> Value {
        json!({
            "user": self.user.as_str(),
            "hypertyURL": self.hyperty.as_str(),
            "name": self.name,
            "role": if self.identity.guest { "guest" } else { "participant" },
            "audioMuted": self.audio_muted,
            "videoMuted": self.video_muted,
            "away": self.away_until.is_some(),
            "camera": self.camera.leg.is_some(),
            "screen": self.screen.leg.is_some(),
        })
    }

    /// Its entry in `participants`, for other reTHINK clients. The picture stays out: everybody gets every entry.
    pub(crate) fn participants_entry(&self) -> Value {
        let identity = Identity { picture: None, ..self.identity.clone() };
        json!({
            "hypertyURL": self.hyperty.as_str(),
            "domain": self.hyperty.domain(),
            "resources": ["audio", "video"],
            "status": "live",
            "identity": identity.to_value(),
        })
    }
}

/// A name fit for everybody's screen: one line, no control or direction characters, at most [`MAX_NAME`] characters as
/// people count them.
pub fn display_name(wished: &str) -> String {
    let hidden =
        |char: char| char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
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
            ("", String::new()),
            (&"x".repeat(80), "x".repeat(64)),
            (&"👩🏽‍💻".repeat(70), "👩🏽‍💻".repeat(64)),
        ] {
            assert_eq!(display_name(wished), name, "{wished:?}");
        }
        assert!(display_name(&"\u{301}".repeat(9_000)).len() <= 1_024);
    }
}
