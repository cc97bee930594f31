//! What user agents ask of the world, and the connections that carry their messages.

use std::time::Duration;

use confab_contract::View;
use confab_line::Statement;
use confab_message_node::{ConnId, Door, NodeInput};
use confab_rethink::{Domain, Flavour, Message};
use confab_user_agent::{Connection, Credentials, Input, Output};

use super::Lab;
use crate::engine::Chore;
use crate::event::Event;
use crate::signature;
use confab_types::Mono;

impl Lab {
    /// The seat that hears what arrives over a connection.
    pub(super) fn listener(&mut self, conn: ConnId) -> Option<(usize, Connection)> {
        let wire = self.network.wire(conn).filter(|wire| !wire.dead && wire.seat_believes)?;
        let (seat, life, connection) = (wire.seat, wire.life, wire.connection);
        self.lives(seat, life).then_some((seat, connection))
    }

    pub(super) fn dialled(&mut self, conn: ConnId, prove: Option<Box<(Credentials, Statement)>>) {
        let Some(wire) = self.network.wire(conn).filter(|wire| !wire.dead && wire.seat_believes) else {
            return;
        };
        let Some(house) = self.sites[wire.site].house.as_mut() else {
            return self.agenda.at(self.now, Event::SeatNotices { conn });
        };
        wire.node_believes = true;
        house.node(self.now, NodeInput::Connected { conn, door: Door::NodeJs });
        let nonce = self.chance.bits();
        let sign = |(with, statement): (Credentials, Statement)| {
            Some(signature::sign(with.id_token.as_deref()?, &statement, nonce))
        };
        let proof = prove.and_then(|prove| sign(*prove));
        if let Some(at) = self.network.arrival_at_seat(self.now, conn) {
            self.agenda.at(at, Event::Up { conn, proof });
        }
    }

    /// A connection is up for the client.
    pub(super) fn up(&mut self, conn: ConnId, proof: Option<String>) {
        let Some((seat, connection)) = self.listener(conn) else { return };
        if let Some(proof) = proof {
            self.tell(seat, Input::Proof(connection, proof));
        }
        self.tell(seat, Input::TransportUp(connection));
    }

    /// Whether the site of a domain can be asked for something from this seat.
    fn is_there(&self, seat: usize, domain: &Domain) -> bool {
        let site = self.sites.iter().find(|site| site.domain == *domain);
        self.is_online(seat) && site.is_some_and(|site| site.house.is_some())
    }

    pub(super) fn discover(&mut self, seat: usize, account: u32, domain: Domain) {
        let node = self.is_there(seat, &domain).then(|| (Flavour::NodeJs, format!("wss://{domain}/")));
        self.tell(seat, Input::Discovered { account, domain, node });
    }

    pub(super) fn seat_notices(&mut self, conn: ConnId) {
        let Some(wire) = self.network.wire(conn) else { return };
        let (seat, life, connection) = (wire.seat, wire.life, wire.connection);
        if std::mem::take(&mut wire.seat_believes) && self.lives(seat, life) {
            self.tell(seat, Input::TransportDown(connection, "connection lost".to_owned()));
        }
        self.network.sweep();
    }

    pub(super) fn carry_out(&mut self, seat: usize, output: Output) {
        let life = self.seats[seat].life;
        match output {
            Output::SignIn { account, base, user, secret, .. } => {
                let site = self.site_of(&base);
                let at = self.now + self.network.delay(seat) * 2;
                self.agenda.at(at, Event::SignIn { seat, life, site, account, user, secret });
            }
            Output::SignOut { base, refresh } => {
                let site = self.site_of(&base);
                self.sites[site].desk.sign_out(&refresh);
            }
            Output::Connect { connection, url, prove, .. } => {
                let site = self.site_of(&url);
                self.connect(seat, connection, site, prove.map(Box::new));
            }
            Output::Disconnect(connection) => self.hang_up(seat, connection),
            Output::Send(connection, message) => self.send(seat, connection, message),
            Output::Discover { account, domain, .. } => {
                let at = self.now + self.network.delay(seat) * 4;
                self.agenda.at(at, Event::Discover { seat, life, account, domain });
            }
            Output::Ask { account, with, ask } => {
                let nonce = self.chance.bits();
                let there = |domain: &Domain| self.is_there(seat, domain);
                let told = signature::answer(with.id_token.as_deref(), ask, self.now, nonce, there);
                let at = self.now + self.network.span(Duration::from_millis(60));
                self.agenda.at(at, Event::Input { seat, life, input: Input::Told { account, told } });
            }
            // No file moves in the lab, and nobody asks what a server offers.
            Output::AskServer { .. } | Output::CancelSignIn { .. } | Output::Files(_) => {}
            Output::Plan(plan) => {
                self.seats[seat].plan = plan.clone();
                self.seats[seat].engine.newest = plan;
                self.later(seat, Duration::from_millis(20), Chore::Follow);
            }
            Output::View(view) => {
                if let (true, View::Call(call)) = (self.trace, &view) {
                    println!(
                        "{:>9} {} is {:?} {:?}",
                        self.now.as_millis(),
                        self.seats[seat].name,
                        call.phase,
                        call.ended
                    );
                }
                self.seats[seat].show(view);
            }
            Output::KeepSecret { account, kept } => {
                self.seats[seat].forget(&kept.base, &kept.user);
                self.seats[seat].kept.push(kept);
                let input = Input::SecretKept { account, kept: true };
                self.agenda.at(self.now, Event::Input { seat, life, input });
            }
            Output::ForgetSecret { base, user, .. } => self.seats[seat].forget(&base, &user),
            Output::Remember(remembered) => self.seats[seat].remembered = remembered,
        }
    }

    /// The site at an address: the lab's only one when it is none of its domains'.
    fn site_of(&self, address: &str) -> usize {
        let host = address.split("://").last().unwrap_or_default().trim_end_matches('/');
        self.sites.iter().position(|site| site.domain.as_str() == host).unwrap_or(0)
    }

    pub(super) fn connect(
        &mut self,
        seat: usize,
        connection: Connection,
        site: usize,
        prove: Option<Box<(Credentials, Statement)>>,
    ) {
        let conn = self.network.dial(seat, self.seats[seat].life, connection, site);
        let at = self.now + self.network.delay(seat);
        let reachable = self.sites[site].house.is_some() && self.is_online(seat);
        let event = if reachable { Event::Dialled { conn, prove } } else { Event::SeatNotices { conn } };
        self.agenda.at(at, event);
    }

    /// The client closes its connection after what was sent before has left.
    pub(super) fn hang_up(&mut self, seat: usize, connection: Connection) {
        let Some(conn) = self.network.of_seat(seat, connection) else { return };
        let at = self.network.arrival_at_node(self.now, conn);
        if let Some(wire) = self.network.wire(conn) {
            wire.seat_believes = false;
            if !wire.dead
                && let Some(at) = at
            {
                self.agenda.at(at, Event::NodeNotices { conn });
            }
        }
    }

    pub(super) fn send(&mut self, seat: usize, connection: Connection, message: Message) {
        let Some(conn) = self.network.of_seat(seat, connection) else { return };
        if self.swallowed(seat, true, &message) {
            return;
        }
        if let Some(at) = self.network.arrival_at_node(self.now, conn) {
            // What does not survive its own text would not survive a real connection.
            let message = Message::parse(&message.to_json()).expect("a user agent writes valid messages");
            let copies = self.network.arrivals(at, false, &message);
            self.print(seat, conn, '>', &message, &copies);
            for at in copies {
                self.agenda.at(at, Event::ToNode { conn, message: message.clone() });
            }
        }
    }

    /// One line per message, with the moments at which it arrives.
    fn print(&mut self, seat: usize, conn: ConnId, way: char, message: &Message, copies: &[Mono]) {
        if self.trace {
            let site = self.network.wire(conn).map(|wire| self.sites[wire.site].domain.to_string());
            let copies: Vec<u64> = copies.iter().map(|at| at.as_millis()).collect();
            let (now, name, site) = (self.now.as_millis(), &self.seats[seat].name, site.unwrap_or_default());
            println!("{now:>9} {name:>5} {way} {site} {copies:?} {}", message.to_json());
        }
    }

    pub(super) fn hand_to_seat(&mut self, conn: ConnId, message: Message) {
        let Some(seat) = self.network.wire(conn).map(|wire| wire.seat) else { return };
        if self.swallowed(seat, false, &message) {
            return;
        }
        let Some(at) = self.network.arrival_at_seat(self.now, conn) else { return };
        let copies = self.network.arrivals(at, true, &message);
        self.print(seat, conn, '<', &message, &copies);
        for at in copies {
            self.agenda.at(at, Event::ToSeat { conn, message: message.clone() });
        }
    }
}
