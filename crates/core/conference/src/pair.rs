//! The stage of a call between two people.

use confab_contract::{Quality, StageView, TileKind, TileView};
use confab_types::{LegId, StreamId};

use crate::{Truth, Wishes, Working, quality};

/// The other one, as far as the stage needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Their user URL.
    pub user: String,
    /// The name to show.
    pub name: String,
    /// Where their picture lands.
    pub stream: StreamId,
    /// The transport, for the quality in the caption.
    pub leg: LegId,
    /// Whether their microphone is closed.
    pub muted: bool,
    /// What they show, if anything.
    pub shows: Option<TileKind>,
    /// Whether the transport was lost and is being restored.
    pub away: bool,
}

/// Arranges a call: the other one large, oneself (and a screen that one shares) small; a pin makes one of those large.
pub fn arrange_pair(peer: &Peer, own_name: &str, wishes: &Wishes, truth: &Truth) -> StageView {
    let mut tiles = vec![TileView {
        stream: peer.stream.0,
        participant: peer.user.clone(),
        name: peer.name.clone(),
        kind: peer.shows.unwrap_or(TileKind::Camera),
        me: false,
        muted: peer.muted,
        video: peer.shows.is_some() && !peer.away,
        waiting: peer.shows.is_some() && !peer.away && !truth.pictures.contains(&peer.stream),
        speaking: false,
        quality: truth.stats.get(&peer.leg).map_or(Quality::Unknown, quality::of_leg),
        away: peer.away,
        organiser: false,
        hand: None,
    }];
    if wishes.screen.is_some() && truth.screen == Working::Yes {
        tiles.push(own_tile(own_name, TileKind::Screen, true, wishes, truth));
    }
    let camera = wishes.camera && truth.camera == Working::Yes;
    tiles.push(own_tile(own_name, TileKind::Camera, camera, wishes, truth));
    let pinned = wishes.pin.and_then(|pin| tiles.iter().position(|tile| tile.stream == pin.0));
    let large = tiles.remove(pinned.unwrap_or(0));
    StageView { large: Some(large), film: tiles, pinned: pinned.is_some(), ..StageView::default() }
}

fn own_tile(name: &str, kind: TileKind, video: bool, wishes: &Wishes, truth: &Truth) -> TileView {
    let stream = if kind == TileKind::Screen { StreamId::OWN_SCREEN } else { StreamId::OWN_CAMERA };
    TileView {
        stream: stream.0,
        participant: "me".to_owned(),
        name: name.to_owned(),
        kind,
        me: true,
        muted: !wishes.microphone,
        video,
        waiting: video && !truth.pictures.contains(&stream),
        speaking: false,
        quality: Quality::Unknown,
        away: false,
        organiser: false,
        hand: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(shows: Option<TileKind>) -> Peer {
        Peer {
            user: "user://a.example/bob@a.example".to_owned(),
            name: "Bob".to_owned(),
            stream: StreamId::FIRST_REMOTE,
            leg: LegId(1),
            muted: false,
            shows,
            away: false,
        }
    }

    #[test]
    fn the_other_one_is_large_and_a_pin_changes_that() {
        let mut wishes = Wishes { screen: Some(None), ..Wishes::default() };
        let truth = Truth { screen: Working::Yes, ..Truth::default() };
        let stage = arrange_pair(&peer(Some(TileKind::Screen)), "Alice", &wishes, &truth);
        let large = stage.large.expect("somebody is large");
        assert_eq!((large.name.as_str(), large.kind, large.waiting), ("Bob", TileKind::Screen, true));
        assert_eq!(stage.film.iter().filter(|tile| tile.me).count(), 2);
        wishes.pin = Some(StreamId::OWN_SCREEN);
        let stage = arrange_pair(&peer(None), "Alice", &wishes, &truth);
        assert!(stage.pinned && stage.large.is_some_and(|tile| tile.me && tile.kind == TileKind::Screen));
        assert!(!stage.film[0].video, "nothing is shown, so nothing is waited for");
    }
}
