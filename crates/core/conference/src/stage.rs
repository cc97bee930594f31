//! Which picture is large and in which order the others stand.

use std::collections::BTreeMap;

use confab_contract::{Layout, Quality, Role, StageView, TileKind, TileView};
use confab_types::{LegId, ParticipantId, StreamId};

use crate::{LegKey, Participant, Picture, Roster, Streams, Truth, Wishes, Working, quality};

/// Pictures that a grid shows at a time.
pub const GRID_PAGE: usize = 25;

/// Whom the viewer looks at when nothing is pinned: remembered, so that silence does not move pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// The last other participant that was the active speaker.
    speaker: Option<ParticipantId>,
    /// Others that share a screen, in the order they began.
    sharing: Vec<ParticipantId>,
}

impl Focus {
    /// Follows the roster. Oneself speaking does not change whom one looks at.
    pub fn follow(&mut self, roster: &Roster, me: &ParticipantId) {
        let sharing = |id: &ParticipantId| roster.get(id).is_some_and(|other| other.screen_leg.is_some());
        self.sharing.retain(|id| sharing(id));
        for other in roster.others(me).filter(|other| other.screen_leg.is_some()) {
            if !self.sharing.contains(&other.id) {
                self.sharing.push(other.id.clone());
            }
        }
        if let Some(speaker) = roster.speaker.as_ref().filter(|speaker| *speaker != me) {
            self.speaker = Some(speaker.clone());
        }
        if self.speaker.as_ref().is_some_and(|speaker| roster.get(speaker).is_none()) {
            self.speaker = None;
        }
    }

    /// Whether anybody else shares a screen.
    fn is_shared_to(&self) -> bool {
        !self.sharing.is_empty()
    }

    /// The picture to show large: the newest shared screen, then the last speaker, then whoever came first.
    fn picture(&self, roster: &Roster, me: &ParticipantId) -> Option<Picture> {
        if let Some(presenter) = self.sharing.last() {
            return Some(Picture::Screen(presenter.clone()));
        }
        let first = || roster.others(me).find(|other| !other.away).or_else(|| roster.others(me).next());
        self.speaker.clone().or_else(|| first().map(|other| other.id.clone())).map(Picture::Camera)
    }
}

/// Arranges the meeting for one viewer. `legs` names the leg behind each key, for the quality in captions.
pub fn arrange(
    roster: &Roster,
    me: &ParticipantId,
    streams: &mut Streams,
    wishes: &Wishes,
    truth: &Truth,
    focus: &Focus,
    legs: &BTreeMap<LegKey, LegId>,
) -> StageView {
    let mut tiles = Vec::new();
    for other in roster.others(me) {
        if other.screen_leg.is_some() {
            tiles.push(remote_tile(roster, other, Picture::Screen(other.id.clone()), streams, truth, legs));
        }
        tiles.push(remote_tile(roster, other, Picture::Camera(other.id.clone()), streams, truth, legs));
    }
    let own = roster.get(me);
    if wishes.screen.is_some() && truth.screen == Working::Yes {
        tiles.push(own_tile(own, me, TileKind::Screen, wishes, truth, roster));
    }
    tiles.push(own_tile(own, me, TileKind::Camera, wishes, truth, roster));

    // A raised hand is shown where its owner is, not on what they share.
    let hands = roster.hands();
    for tile in tiles.iter_mut().filter(|tile| tile.kind == TileKind::Camera) {
        tile.hand = hands.get(&ParticipantId::new(tile.participant.as_str())).copied();
    }

    let at = |stream: StreamId| tiles.iter().position(|tile| tile.stream == stream.0);
    let pinned = wishes.pin.and_then(at);
    let chosen = focus.picture(roster, me).map(|picture| streams.number(&picture)).and_then(at);
    let layout = wishes.layout;
    if layout == Layout::Grid && pinned.is_none() && !focus.is_shared_to() {
        // The page shows so many at a time: whoever speaks takes the last place of the first ones, and nobody else moves.
        if let Some(speaker) = chosen.filter(|at| *at >= GRID_PAGE) {
            tiles.swap(speaker, GRID_PAGE - 1);
        }
        return StageView { large: None, film: tiles, pinned: false, layout };
    }
    let large = tiles.remove(pinned.or(chosen).unwrap_or(tiles.len() - 1));
    StageView { large: Some(large), film: tiles, pinned: pinned.is_some(), layout }
}

fn remote_tile(
    roster: &Roster,
    other: &Participant,
    picture: Picture,
    streams: &mut Streams,
    truth: &Truth,
    legs: &BTreeMap<LegKey, LegId>,
) -> TileView {
    let stream = streams.number(&picture);
    let kind = if matches!(picture, Picture::Screen(_)) { TileKind::Screen } else { TileKind::Camera };
    let video = match kind {
        TileKind::Screen => true,
        TileKind::Camera => other.camera_leg.is_some() && !other.video_muted && !other.away,
    };
    let stats = legs.get(&LegKey::Receive(picture)).and_then(|leg| truth.stats.get(leg));
    TileView {
        stream: stream.0,
        participant: other.id.to_string(),
        name: other.name.clone(),
        kind,
        me: false,
        muted: other.audio_muted,
        video,
        waiting: video && !truth.pictures.contains(&stream),
        speaking: kind == TileKind::Camera && roster.speaker.as_ref() == Some(&other.id),
        quality: stats.map(quality::of_leg).unwrap_or(Quality::Unknown),
        away: other.away,
        organiser: is_organiser(other),
        hand: None,
    }
}

fn own_tile(
    own: Option<&Participant>,
    me: &ParticipantId,
    kind: TileKind,
    wishes: &Wishes,
    truth: &Truth,
    roster: &Roster,
) -> TileView {
    let stream = if kind == TileKind::Screen { StreamId::OWN_SCREEN } else { StreamId::OWN_CAMERA };
    let video = kind == TileKind::Screen || (wishes.camera && truth.camera == Working::Yes);
    TileView {
        stream: stream.0,
        participant: me.to_string(),
        name: own.map(|own| own.name.clone()).unwrap_or_default(),
        kind,
        me: true,
        muted: !wishes.microphone,
        video,
        waiting: video && !truth.pictures.contains(&stream),
        speaking: kind == TileKind::Camera && roster.speaker.as_ref() == Some(me),
        quality: Quality::Unknown,
        away: false,
        organiser: own.is_some_and(is_organiser),
        hand: None,
    }
}

fn is_organiser(one: &Participant) -> bool {
    matches!(one.role, Role::Organiser | Role::CoOrganiser)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn room(entries: &[(&str, bool)], speaker: Option<&str>) -> Roster {
        let mut roster = serde_json::Map::new();
        for (id, screen) in entries {
            let mut entry = json!({"hypertyURL": format!("hyperty://a.example/{id}"), "name": id, "camera": true, "cameraLeg": 1});
            if *screen {
                entry["screen"] = Value::Bool(true);
                entry["screenLeg"] = json!(1);
            }
            roster.insert((*id).to_owned(), entry);
        }
        Roster::read(&json!({"roster": roster, "activeSpeaker": speaker}))
    }

    fn shown(roster: &Roster, wishes: &Wishes, focus: &mut Focus, streams: &mut Streams) -> StageView {
        let me = ParticipantId::new("p1");
        focus.follow(roster, &me);
        arrange(roster, &me, streams, wishes, &Truth::default(), focus, &BTreeMap::new())
    }

    #[test]
    fn alone_one_sees_oneself_large() {
        let stage = shown(
            &room(&[("p1", false)], None),
            &Wishes::default(),
            &mut Focus::default(),
            &mut Streams::default(),
        );
        assert!(stage.large.expect("somebody is large").me);
        assert!(stage.film.is_empty());
    }

    #[test]
    fn the_last_other_speaker_stays_large_while_one_speaks_oneself() {
        let (mut focus, mut streams) = (Focus::default(), Streams::default());
        let people = [("p1", false), ("p2", false), ("p3", false)];
        let wishes = Wishes::default();
        for (speaker, large) in
            [(None, "p2"), (Some("p3"), "p3"), (Some("p1"), "p3"), (None, "p3"), (Some("p2"), "p2")]
        {
            let stage = shown(&room(&people, speaker), &wishes, &mut focus, &mut streams);
            assert_eq!(stage.large.expect("somebody is large").participant, large, "speaker {speaker:?}");
            assert!(stage.film.last().expect("oneself is in the film").me);
        }
    }

    #[test]
    fn a_shared_screen_wins_over_the_speaker_and_a_pin_over_both() {
        let (mut focus, mut streams) = (Focus::default(), Streams::default());
        let people = [("p1", false), ("p2", true), ("p3", false)];
        let mut wishes = Wishes::default();
        let stage = shown(&room(&people, Some("p3")), &wishes, &mut focus, &mut streams);
        assert_eq!(stage.large.map(|tile| tile.kind), Some(TileKind::Screen));
        let carol = streams.number(&Picture::Camera(ParticipantId::new("p3")));
        wishes.pin = Some(carol);
        let stage = shown(&room(&people, Some("p2")), &wishes, &mut focus, &mut streams);
        assert!(stage.pinned);
        assert_eq!(stage.large.map(|tile| tile.stream), Some(carol.0));
    }

    #[test]
    fn a_grid_has_no_large_picture_but_a_pinned_or_a_shared_one() {
        let (mut focus, mut streams) = (Focus::default(), Streams::default());
        let mut wishes = Wishes { layout: Layout::Grid, ..Wishes::default() };
        let stage = shown(&room(&[("p1", false), ("p2", false)], None), &wishes, &mut focus, &mut streams);
        assert_eq!((stage.large, stage.film.len()), (None, 2));
        assert!(stage.film[1].me);
        let stage = shown(&room(&[("p1", false), ("p2", true)], None), &wishes, &mut focus, &mut streams);
        assert_eq!(stage.large.map(|tile| tile.kind), Some(TileKind::Screen));
        wishes.pin = Some(StreamId::OWN_CAMERA);
        let stage = shown(&room(&[("p1", false), ("p2", false)], None), &wishes, &mut focus, &mut streams);
        assert!(stage.pinned && stage.large.is_some_and(|tile| tile.me));
    }

    #[test]
    fn whoever_speaks_is_on_the_first_page_of_a_grid() {
        let names: Vec<String> = (1..=60).map(|n| format!("p{n}")).collect();
        let people: Vec<(&str, bool)> = names.iter().map(|name| (name.as_str(), false)).collect();
        let wishes = Wishes { layout: Layout::Grid, ..Wishes::default() };
        for speaker in ["p3", "p27", "p60"] {
            let stage =
                shown(&room(&people, Some(speaker)), &wishes, &mut Focus::default(), &mut Streams::default());
            let at = stage.film.iter().position(|tile| tile.participant == speaker);
            assert!(at.is_some_and(|at| at < GRID_PAGE), "{speaker} at {at:?}");
            assert!(stage.film.last().is_some_and(|tile| tile.me));
        }
    }

    #[test]
    fn the_newest_shared_screen_is_large() {
        let (mut focus, mut streams) = (Focus::default(), Streams::default());
        let wishes = Wishes::default();
        for (sharing, large) in [([false, true], "p3"), ([true, true], "p2"), ([false, true], "p3")] {
            let people = [("p1", false), ("p2", sharing[0]), ("p3", sharing[1])];
            let stage = shown(&room(&people, None), &wishes, &mut focus, &mut streams);
            let tile = stage.large.expect("somebody is large");
            assert_eq!((tile.kind, tile.participant.as_str()), (TileKind::Screen, large));
        }
    }

    proptest! {
        #[test]
        fn every_picture_stands_exactly_once(
            people in proptest::collection::btree_map(1u32..40, any::<bool>(), 0..25),
            speaker in 0u32..40,
            pin in 0u16..60,
            grid in any::<bool>(),
        ) {
            let names: Vec<(String, bool)> = people.iter().map(|(n, screen)| (format!("p{n}"), *screen)).collect();
            let entries: Vec<(&str, bool)> = names.iter().map(|(n, screen)| (n.as_str(), *screen)).collect();
            let roster = room(&entries, Some(&format!("p{speaker}")));
            let layout = if grid { Layout::Grid } else { Layout::Speaker };
            let wishes = Wishes { pin: Some(StreamId(pin)), layout, ..Wishes::default() };
            let stage = shown(&roster, &wishes, &mut Focus::default(), &mut Streams::default());
            let mut streams: Vec<u16> = stage.film.iter().chain(&stage.large).map(|tile| tile.stream).collect();
            let count = streams.len();
            streams.sort_unstable();
            streams.dedup();
            prop_assert_eq!(streams.len(), count);
            let others = entries.iter().filter(|(id, _)| *id != "p1");
            let expected: usize = others.map(|(_, screen)| 1 + usize::from(*screen)).sum();
            prop_assert_eq!(count, expected + 1);
        }
    }
}
