//! One stable number per picture, so that a tile keeps its identity while legs come and go.

use std::collections::BTreeMap;

use confab_types::{ParticipantId, StreamId};

/// A participant's camera or shared screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Picture {
    /// The camera.
    Camera(ParticipantId),
    /// The shared screen.
    Screen(ParticipantId),
}

impl Picture {
    /// Whose.
    pub fn participant(&self) -> &ParticipantId {
        match self {
            Picture::Camera(participant) | Picture::Screen(participant) => participant,
        }
    }
}

/// Numbers of remote pictures of one meeting. A number is not given twice in a meeting.
#[derive(Clone, Debug)]
pub struct Streams {
    numbers: BTreeMap<Picture, StreamId>,
    next: u16,
}

impl Default for Streams {
    fn default() -> Self {
        Streams { numbers: BTreeMap::new(), next: StreamId::FIRST_REMOTE.0 }
    }
}

impl Streams {
    /// The number of a remote picture, made at the first call.
    pub fn number(&mut self, picture: &Picture) -> StreamId {
        if let Some(number) = self.numbers.get(picture) {
            return *number;
        }
        let number = StreamId(self.next);
        // After 65,534 pictures numbers start again: those of a meeting's first minutes are long gone by then.
        self.next = self.next.checked_add(1).unwrap_or(StreamId::FIRST_REMOTE.0);
        self.numbers.insert(picture.clone(), number);
        number
    }

    /// The picture behind a number.
    pub fn picture(&self, number: StreamId) -> Option<&Picture> {
        self.numbers.iter().find(|(_, known)| **known == number).map(|(picture, _)| picture)
    }

    /// Forgets pictures of participants that are gone.
    pub fn retain(&mut self, mut present: impl FnMut(&ParticipantId) -> bool) {
        self.numbers.retain(|picture, _| present(picture.participant()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_number_and_no_number_comes_twice() {
        let mut streams = Streams::default();
        let (bob, carol) = (ParticipantId::new("p2"), ParticipantId::new("p3"));
        let first = streams.number(&Picture::Camera(bob.clone()));
        let second = streams.number(&Picture::Screen(bob.clone()));
        assert_eq!(streams.number(&Picture::Camera(bob.clone())), first);
        assert_ne!(first, second);
        streams.retain(|participant| *participant != bob);
        let third = streams.number(&Picture::Camera(carol));
        assert!(third > second);
    }
}
