//! Media in the lab: engines at the seats, the table at the server, and the transports between them.

use std::time::Duration;

use confab_media_model::{LegDown, MediaFact};
use confab_rooms::{ConferenceInput, MediaEvent};
use confab_types::LegId;
use confab_user_agent::Input;

use super::Lab;
use crate::engine::{Chore, End, Stage};
use crate::event::Event;
use crate::table::TableLeg;

impl Lab {
    pub(super) fn chore(&mut self, seat: usize, chore: Chore) {
        let life = self.seats[seat].life;
        let end = |leg, generation| End { seat, life, leg, generation };
        match chore {
            Chore::Follow => {
                let (gone, chores) = self.seats[seat].engine.follow();
                for (leg, generation) in gone {
                    self.server_will_lose(&end(leg, generation));
                }
                for chore in chores {
                    let limit = match chore {
                        Chore::Offer(..) | Chore::Follow => 80,
                        Chore::Connect(..) => 400,
                        Chore::Device(_) => 300,
                    };
                    self.later(seat, Duration::from_millis(limit), chore);
                }
            }
            Chore::Offer(leg, generation) => {
                if self.seats[seat].engine.running(leg, generation).is_some() {
                    let sdp = end(leg, generation).offer();
                    self.tell(seat, Input::Media(MediaFact::LegOffer { leg, generation, sdp }));
                }
            }
            Chore::Connect(leg, generation) => self.shake_hands(seat, end(leg, generation)),
            Chore::Device(device) => {
                let (facts, next) = self.seats[seat].engine.moved(device);
                for fact in facts {
                    self.tell(seat, Input::Media(fact));
                }
                if let Some(next) = next {
                    self.later(seat, Duration::from_millis(300), next);
                }
            }
        }
    }

    pub(super) fn shake_hands(&mut self, seat: usize, end: End) {
        let answer = self.seats[seat].engine.answer(end.leg);
        let online = self.is_online(seat);
        let Some(running) = self.seats[seat].engine.running(end.leg, end.generation) else { return };
        if running.stage != Stage::Connecting {
            return;
        }
        let there = self.house.as_mut().zip(answer).filter(|(house, (leg, _))| {
            online && house.table.legs.get(leg).is_some_and(|there| there.end == end)
        });
        let Some((house, (leg, right))) = there else {
            let at = self.now + Duration::from_secs(4);
            return self.agenda.at(at, Event::ClientLoses { end, reason: LegDown::NoPath });
        };
        let life = house.life;
        if !right {
            self.agenda.at(self.now + Duration::from_secs(1), Event::ServerLoses { house: life, leg });
            return self.client_loses(&end, LegDown::Security("fingerprint does not match".to_owned()));
        }
        running.stage = Stage::Up;
        if let Some(there) = house.table.legs.get_mut(&leg) {
            there.up = true;
        }
        self.agenda.at(self.now, Event::Media { house: life, event: MediaEvent::LegUp { leg } });
        self.tell(seat, Input::Media(MediaFact::LegUp { leg: end.leg, generation: end.generation }));
        self.show_pictures();
    }

    pub(super) fn media(&mut self, life: u32, event: MediaEvent) {
        if let Some(house) = self.house.as_mut().filter(|house| house.life == life) {
            house.conference(self.now, ConferenceInput::Media(event));
            self.drain_house();
        }
    }

    /// Tells every receiver of the first picture that passes.
    pub(super) fn show_pictures(&mut self) {
        let Some(house) = self.house.as_ref() else { return };
        let flowing = |leg: &&TableLeg| house.table.source(leg).is_some_and(|source| source.video);
        let ends: Vec<End> = house.table.legs.values().filter(flowing).map(|leg| leg.end.clone()).collect();
        for end in ends {
            let seat = &mut self.seats[end.seat];
            let Some(stream) = seat.engine.stream(end.leg).filter(|_| seat.life == end.life) else {
                continue;
            };
            if seat.pictures.insert((end.leg, end.generation)) {
                let at = self.now + Duration::from_millis(100);
                let fact = MediaFact::FirstPicture(stream);
                self.agenda.at(at, Event::Fact { seat: end.seat, life: end.life, fact });
            }
        }
    }

    pub(super) fn later(&mut self, seat: usize, limit: Duration, chore: Chore) {
        let at = self.now + self.network.span(limit);
        self.agenda.at(at, Event::Chore { seat, life: self.seats[seat].life, chore });
    }

    /// The client has thrown a leg away: the server hears of it soon, or learns it from silence.
    pub(crate) fn server_will_lose(&mut self, end: &End) {
        let Some((house, leg)) =
            self.house.as_ref().and_then(|house| Some((house.life, house.table.of_end(end)?)))
        else {
            return;
        };
        let gone = !self.is_online(end.seat) || !self.lives(end.seat, end.life);
        let wait = if gone { Duration::from_secs(6) } else { self.network.span(Duration::from_millis(500)) };
        self.agenda.at(self.now + wait, Event::ServerLoses { house, leg });
    }

    pub(crate) fn client_loses(&mut self, end: &End, reason: LegDown) {
        if !self.lives(end.seat, end.life) {
            return;
        }
        if let Some(fact) = self.seats[end.seat].engine.lose(end.leg, end.generation, reason) {
            self.tell(end.seat, Input::Media(fact));
        }
    }

    /// The legs at the media server whose other end is at this seat.
    pub(crate) fn legs_of(&self, seat: usize) -> Vec<(LegId, End)> {
        let legs = self.house.iter().flat_map(|house| &house.table.legs);
        legs.filter(|(_, leg)| leg.end.seat == seat).map(|(&id, leg)| (id, leg.end.clone())).collect()
    }
}
