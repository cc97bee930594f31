//! Media in the lab: engines at the seats, the table at the server, and the transports between them.

use std::time::Duration;

use confab_media_model::{LegDown, MediaFact};
use confab_rooms::{ConferenceInput, MediaEvent};
use confab_types::LegId;
use confab_user_agent::Input;

use super::Lab;
use crate::engine::{Chore, End, Gone, Stage};
use crate::event::Event;
use crate::table::TableLeg;

impl Lab {
    pub(super) fn chore(&mut self, seat: usize, chore: Chore) {
        let life = self.seats[seat].life;
        let end = |leg, generation| End { seat, life, leg, generation };
        match chore {
            Chore::Follow => {
                let (gone, chores) = self.seats[seat].engine.follow(seat, life);
                for Gone { leg, generation, far } in gone {
                    self.server_will_lose(&end(leg, generation));
                    if let Some(far) = far {
                        self.peer_will_lose(far, true);
                    }
                }
                for chore in chores {
                    let limit = match chore {
                        Chore::Offer(..) | Chore::Answer(..) | Chore::Follow => 80,
                        Chore::Connect(..) => 400,
                        Chore::Device(_) => 300,
                    };
                    if let Chore::Connect(leg, generation) = chore
                        && self.seats[seat].engine.is_peer(leg)
                    {
                        self.seek(&end(leg, generation));
                    }
                    self.later(seat, Duration::from_millis(limit), chore);
                }
                self.show_peer_pictures(seat);
            }
            Chore::Offer(leg, generation) => {
                if self.seats[seat].engine.running(leg, generation).is_some() {
                    let sdp = end(leg, generation).offer();
                    self.tell(seat, Input::Media(MediaFact::LegOffer { leg, generation, sdp }));
                }
            }
            Chore::Answer(leg, generation) => {
                let own = end(leg, generation);
                let Some(offer) = self.seats[seat].engine.offered(leg) else { return };
                let Some(running) = self.seats[seat].engine.running(leg, generation) else { return };
                running.stage = Stage::Connecting;
                let sdp = own.answer(&offer);
                self.seek(&own);
                self.later(seat, Duration::from_millis(100), Chore::Connect(leg, generation));
                self.tell(seat, Input::Media(MediaFact::LegAnswer { leg, generation, sdp }));
            }
            Chore::Connect(leg, generation) if self.seats[seat].engine.is_peer(leg) => {
                self.meet(&end(leg, generation));
                self.show_peer_pictures(seat);
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
        let (online, site) = (self.is_online(seat), self.seats[seat].home);
        let Some(running) = self.seats[seat].engine.running(end.leg, end.generation) else { return };
        if running.stage != Stage::Connecting {
            return;
        }
        let there = self.sites[site].house.as_mut().zip(answer).filter(|(house, (leg, _))| {
            online && house.table.legs.get(leg).is_some_and(|there| there.end == end)
        });
        let Some((house, (leg, right))) = there else {
            let at = self.now + Duration::from_secs(4);
            return self.agenda.at(at, Event::ClientLoses { end, reason: LegDown::NoPath });
        };
        let life = house.life;
        if !right {
            let loses = Event::ServerLoses { site, house: life, leg };
            self.agenda.at(self.now + Duration::from_secs(1), loses);
            return self.client_loses(&end, LegDown::Security("fingerprint does not match".to_owned()));
        }
        running.stage = Stage::Up;
        if let Some(there) = house.table.legs.get_mut(&leg) {
            there.up = true;
        }
        self.agenda.at(self.now, Event::Media { site, house: life, event: MediaEvent::LegUp { leg } });
        self.tell(seat, Input::Media(MediaFact::LegUp { leg: end.leg, generation: end.generation }));
        self.show_pictures();
    }

    pub(super) fn media(&mut self, site: usize, life: u32, event: MediaEvent) {
        if let Some(house) = self.sites[site].house_of(life) {
            house.conference(self.now, ConferenceInput::Media(event));
            self.drain_house(site);
        }
    }

    /// Tells every receiver of the first picture that passes.
    pub(super) fn show_pictures(&mut self) {
        let mut ends: Vec<End> = Vec::new();
        for house in self.sites.iter().filter_map(|site| site.house.as_ref()) {
            let flowing = |leg: &&TableLeg| house.table.source(leg).is_some_and(|source| source.video);
            ends.extend(house.table.legs.values().filter(flowing).map(|leg| leg.end.clone()));
        }
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
        let site = self.seats[end.seat].home;
        let house = self.sites[site].house.as_ref();
        let Some((house, leg)) = house.and_then(|house| Some((house.life, house.table.of_end(end)?))) else {
            return;
        };
        let gone = !self.is_online(end.seat) || !self.lives(end.seat, end.life);
        let wait = if gone { Duration::from_secs(6) } else { self.network.span(Duration::from_millis(500)) };
        self.agenda.at(self.now + wait, Event::ServerLoses { site, house, leg });
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
        let legs = self.sites[self.seats[seat].home].house.iter().flat_map(|house| &house.table.legs);
        legs.filter(|(_, leg)| leg.end.seat == seat).map(|(&id, leg)| (id, leg.end.clone())).collect()
    }
}
