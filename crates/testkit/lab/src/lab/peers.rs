//! Media between two people: it needs no backend, only both of them.

use std::time::Duration;

use confab_media_model::{LegDown, MediaFact};

use super::Lab;
use crate::engine::{Chore, End, Stage};
use crate::event::Event;

/// How long a path is looked for.
const PATH: Duration = Duration::from_secs(15);
/// How often.
const AGAIN: Duration = Duration::from_secs(1);
/// How long silence is borne.
const SILENCE: Duration = Duration::from_secs(8);

impl Lab {
    /// A leg begins to look for a path.
    pub(super) fn seek(&mut self, end: &End) {
        let due = Event::SeekEnds { end: end.clone() };
        self.agenda.at(self.now + PATH, due);
    }

    /// No path was found in time.
    pub(super) fn seek_ends(&mut self, end: &End) {
        let running = self.seats[end.seat].engine.running(end.leg, end.generation);
        if running.is_some_and(|running| running.stage == Stage::Connecting) {
            self.client_loses(end, LegDown::NoPath);
        }
    }

    /// A leg looks for the other one, once; both are up when each knows the other and both look.
    pub(super) fn meet(&mut self, end: &End) {
        let stage = self.seats[end.seat].engine.running(end.leg, end.generation).map(|leg| leg.stage);
        if stage != Some(Stage::Connecting) {
            return;
        }
        let far = self.seats[end.seat].engine.far(end).filter(|far| {
            let there = far.seat < self.seats.len() && self.lives(far.seat, far.life);
            there && self.is_online(far.seat) && self.is_online(end.seat)
        });
        let meets = far.filter(|far| {
            let engine = &mut self.seats[far.seat].engine;
            let looks = engine.running(far.leg, far.generation).map(|leg| leg.stage);
            looks == Some(Stage::Connecting) && engine.far(far).as_ref() == Some(end)
        });
        let Some(far) = meets else {
            let (seat, life) = (end.seat, end.life);
            let chore = Chore::Connect(end.leg, end.generation);
            return self.agenda.at(self.now + AGAIN, Event::Chore { seat, life, chore });
        };
        for own in [end, &far] {
            if let Some(running) = self.seats[own.seat].engine.running(own.leg, own.generation) {
                running.stage = Stage::Up;
            }
            let at = self.now + self.network.span(Duration::from_millis(80));
            let fact = MediaFact::LegUp { leg: own.leg, generation: own.generation };
            self.agenda.at(at, Event::Fact { seat: own.seat, life: own.life, fact });
        }
    }

    /// Whom a leg that is up talks to, if that one is up too.
    pub fn peer_of(&self, end: &End) -> Option<End> {
        let is_up = |end: &End| {
            let leg = self.seats[end.seat].engine.legs.get(&end.leg);
            leg.is_some_and(|leg| leg.generation == end.generation && leg.stage == Stage::Up)
        };
        let far = self.seats[end.seat].engine.far(end).filter(|far| far.seat < self.seats.len())?;
        let both = self.seats[far.seat].engine.far(&far).as_ref() == Some(end);
        (is_up(end) && both && self.lives(far.seat, far.life) && is_up(&far)).then_some(far)
    }

    /// The legs of a seat that lead to people.
    pub fn ends_of(&self, seat: usize) -> Vec<End> {
        let at = &self.seats[seat];
        let legs = at.engine.legs.iter().filter(|(leg, _)| at.engine.is_peer(**leg));
        legs.map(|(&leg, running)| End { seat, life: at.life, leg, generation: running.generation }).collect()
    }

    /// One end is gone: a word of it comes through, or the other end learns it from silence.
    pub(crate) fn peer_will_lose(&mut self, far: End, with_a_word: bool) {
        let wait = if with_a_word { self.network.span(Duration::from_millis(500)) } else { SILENCE };
        self.agenda.at(self.now + wait, Event::ClientLoses { end: far, reason: LegDown::Lost });
    }

    /// Tells who sees the other one's picture for the first time.
    pub(super) fn show_peer_pictures(&mut self, seat: usize) {
        for end in self.ends_of(seat) {
            let Some(far) = self.peer_of(&end) else { continue };
            for (sender, viewer) in [(&end, &far), (&far, &end)] {
                let sends = self.seats[sender.seat].engine.pictures(sender.leg).is_some_and(|(on, _)| on);
                let at = &mut self.seats[viewer.seat];
                let Some((_, stream)) = at.engine.pictures(viewer.leg).filter(|_| sends) else { continue };
                if at.pictures.insert((viewer.leg, viewer.generation)) {
                    let when = self.now + Duration::from_millis(200);
                    let fact = MediaFact::FirstPicture(stream);
                    self.agenda.at(when, Event::Fact { seat: viewer.seat, life: viewer.life, fact });
                }
            }
        }
    }
}
