//! What can break.

use std::time::Duration;

use confab_contract::{Intent, ProblemCode};
use confab_media_model::LegDown;
use confab_message_node::ConnId;
use confab_rethink::Message;
use confab_rooms::{ConferenceInput, MediaEvent};

use crate::engine::End;
use crate::event::Event;
use crate::lab::Lab;
use crate::network::Weather;

/// A message that vanishes on a living connection, as nodes lose what they cannot route.
pub struct Swallow {
    seat: usize,
    to_node: bool,
    fits: Box<dyn Fn(&Message) -> bool>,
}

impl Lab {
    /// The next message of a seat that fits vanishes: on its way to the node, or from it.
    pub fn swallow(&mut self, seat: usize, to_node: bool, fits: impl Fn(&Message) -> bool + 'static) {
        self.swallows.push(Swallow { seat, to_node, fits: Box::new(fits) });
    }

    pub(crate) fn swallowed(&mut self, seat: usize, to_node: bool, message: &Message) -> bool {
        let hit =
            |swallow: &Swallow| swallow.seat == seat && swallow.to_node == to_node && (swallow.fits)(message);
        let found = self.swallows.iter().position(hit);
        found.map(|at| self.swallows.remove(at)).is_some()
    }

    /// A seat's connection breaks; what is on its way is lost, and each end notices in its own time.
    pub fn break_wire(&mut self, seat: usize, seat_notices: Duration, node_notices: Duration) {
        for site in 0..self.sites.len() {
            self.break_way(seat, site, seat_notices, node_notices);
        }
    }

    /// A seat's connection to one domain breaks.
    pub fn break_way(&mut self, seat: usize, site: usize, seat_notices: Duration, node_notices: Duration) {
        for conn in self.network.all() {
            let wire = self.network.wire(conn);
            let wire = wire.filter(|wire| (wire.seat, wire.site) == (seat, site) && !wire.dead);
            if let Some(wire) = wire {
                wire.dead = true;
                self.agenda.at(self.now + seat_notices, Event::SeatNotices { conn });
                self.agenda.at(self.now + node_notices, Event::NodeNotices { conn });
            }
        }
    }

    /// A seat has no network for a while. Media does not outlive five seconds of it.
    pub fn go_offline(&mut self, seat: usize, span: Duration) {
        let seat_notices = self.network.span(Duration::from_secs(2));
        let node_notices = self.network.span(Duration::from_secs(8));
        self.seats[seat].offline_until = self.seats[seat].offline_until.max(self.now + span);
        self.break_wire(seat, seat_notices, node_notices);
        let life = self.seats[seat].life;
        self.agenda.at(self.now + Duration::from_secs(5), Event::MediaStarves { seat, life });
    }

    pub(crate) fn starve(&mut self, seat: usize) {
        let (site, house) = self.house_of_seat(seat);
        for end in self.ends_of(seat) {
            for end in self.peer_of(&end).into_iter().chain([end]) {
                let at = self.now + self.network.span(Duration::from_secs(3));
                self.agenda.at(at, Event::ClientLoses { end, reason: LegDown::Lost });
            }
        }
        for (leg, end) in self.legs_of(seat) {
            let at = self.now + self.network.span(Duration::from_secs(2));
            self.agenda.at(at, Event::ServerLoses { site, house, leg });
            self.agenda.at(self.now, Event::ClientLoses { end, reason: LegDown::Lost });
        }
    }

    /// The program at a seat is gone without a word.
    pub fn kill(&mut self, seat: usize, node_notices: Duration) {
        self.break_wire(seat, Duration::ZERO, node_notices);
        let legs = self.legs_of(seat);
        let fars: Vec<End> = self.ends_of(seat).iter().filter_map(|end| self.peer_of(end)).collect();
        fars.into_iter().for_each(|far| self.peer_will_lose(far, false));
        self.seats[seat].stop();
        for (_, end) in legs {
            self.server_will_lose(&end);
        }
    }

    /// The program at a seat starts again, with what it had kept.
    pub fn revive(&mut self, seat: usize) {
        self.start(seat);
    }

    /// The backend is gone without a word and comes back after a while; its registry is on disk, its rooms are new.
    pub fn restart_house(&mut self, outage: Duration) {
        self.restart_site(0, outage);
    }

    /// The backend of one domain is gone and comes back.
    pub fn restart_site(&mut self, site: usize, outage: Duration) {
        let Some(house) = self.sites[site].house.take() else { return };
        self.sites[site].disk = house.disk;
        for leg in house.table.legs.values() {
            let at = self.now + Duration::from_secs(3) + self.network.span(Duration::from_secs(3));
            self.agenda.at(at, Event::ClientLoses { end: leg.end.clone(), reason: LegDown::Lost });
        }
        for conn in self.network.all() {
            if self.network.wire(conn).is_some_and(|wire| wire.site == site) {
                self.cut(conn);
            }
        }
        self.agenda.at(self.now + outage, Event::HouseOpens { site });
    }

    fn cut(&mut self, conn: ConnId) {
        let at = self.now + self.network.span(Duration::from_millis(500));
        if let Some(wire) = self.network.wire(conn) {
            wire.dead = true;
            wire.node_believes = false;
            self.agenda.at(at, Event::SeatNotices { conn });
        }
    }

    /// One of a seat's transports is lost at both ends.
    pub fn drop_leg(&mut self, seat: usize, which: usize) {
        let legs = self.legs_of(seat);
        let Some((leg, end)) = legs.get(which % legs.len().max(1)).cloned() else { return };
        let ((site, house), span) = (self.house_of_seat(seat), Duration::from_secs(4));
        let (at_server, at_client) = (self.now + self.network.span(span), self.now + self.network.span(span));
        self.agenda.at(at_server, Event::ServerLoses { site, house, leg });
        self.agenda.at(at_client, Event::ClientLoses { end, reason: LegDown::Lost });
    }

    /// Only the media server loses one of a seat's transports.
    pub fn drop_leg_at_server(&mut self, seat: usize, which: usize) {
        let legs = self.legs_of(seat);
        let Some((leg, _)) = legs.get(which % legs.len().max(1)).cloned() else { return };
        let (site, house) = self.house_of_seat(seat);
        self.agenda.at(self.now, Event::ServerLoses { site, house, leg });
    }

    /// The media server asks for a new leg in place of one of a seat's.
    pub fn ask_for_replacement(&mut self, seat: usize, which: usize) {
        let legs = self.legs_of(seat);
        let Some((leg, _)) = legs.get(which % legs.len().max(1)).cloned() else { return };
        let event = MediaEvent::ReplaceLeg { leg };
        let (site, house) = self.house_of_seat(seat);
        self.agenda.at(self.now, Event::Media { site, house, event });
    }

    fn house_of_seat(&self, seat: usize) -> (usize, u32) {
        let site = self.seats[seat].home;
        (site, self.sites[site].life)
    }

    /// The path between two people in a call is lost; each end notices in its own time.
    pub fn drop_peer(&mut self, seat: usize) {
        for end in self.ends_of(seat) {
            for end in self.peer_of(&end).into_iter().chain([end]) {
                let at = self.now + self.network.span(Duration::from_secs(4));
                self.agenda.at(at, Event::ClientLoses { end, reason: LegDown::Lost });
            }
        }
    }

    /// What happens to single messages from now on.
    pub fn set_weather(&mut self, weather: Weather) {
        self.network.weather = weather;
    }

    /// The media server is gone with all its legs and is back at once.
    pub fn lose_media_server(&mut self) {
        let site = &mut self.sites[0];
        let (life, Some(house)) = (site.life, site.house.as_mut()) else { return };
        house.table.rooms.clear();
        for (_, leg) in std::mem::take(&mut house.table.legs) {
            let at = self.now + Duration::from_secs(3);
            self.agenda.at(at, Event::ClientLoses { end: leg.end, reason: LegDown::Lost });
        }
        let event = MediaEvent::EngineLost { reason: "gone".to_owned() };
        self.agenda.at(self.now, Event::Media { site: 0, house: life, event });
    }

    /// The next answers of the media server carry a wrong fingerprint.
    pub fn spoil_answers(&mut self, number: u32) {
        if let Some(house) = self.sites[0].house.as_mut() {
            house.table.spoilt_answers = number;
        }
    }

    /// The operator closes a room.
    pub fn close_room(&mut self, name: &str) {
        self.operate(ConferenceInput::CloseRoom { name: name.to_owned() });
    }

    /// The operator opens a room.
    pub fn open_room(&mut self, name: &str) {
        self.operate(ConferenceInput::OpenRoom { name: name.to_owned(), owner: None });
    }

    fn operate(&mut self, input: ConferenceInput) {
        if let Some(house) = self.sites[0].house.as_mut() {
            house.conference(self.now, input);
            self.drain_house(0);
        }
    }

    /// Somebody does the next step of a problem.
    pub fn resolve(&mut self, seat: usize, code: ProblemCode) {
        let problem =
            self.seats[seat].problems.iter().find(|problem| problem.code == code).map(|problem| problem.id);
        if let Some(problem) = problem {
            self.wish(seat, Intent::Resolve { problem });
        }
    }

    /// Percent of messages to seats that arrive twice.
    pub fn double_messages(&mut self, percent: u64) {
        self.network.duplicates = percent;
    }
}
