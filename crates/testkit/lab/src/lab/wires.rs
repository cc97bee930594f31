//! What user agents ask of the world, and the connections that carry their messages.

use std::time::Duration;

use confab_message_node::{ConnId, Door, NodeInput};
use confab_rethink::Message;
use confab_user_agent::{Connection, Input, Output};

use super::Lab;
use crate::engine::Chore;
use crate::event::Event;

impl Lab {
    /// The seat that hears what arrives over a connection.
    pub(super) fn listener(&mut self, conn: ConnId) -> Option<(usize, Connection)> {
        let wire = self.network.wire(conn).filter(|wire| !wire.dead && wire.seat_believes)?;
        let (seat, life, connection) = (wire.seat, wire.life, wire.connection);
        self.lives(seat, life).then_some((seat, connection))
    }

    pub(super) fn dialled(&mut self, conn: ConnId) {
        let Some(wire) = self.network.wire(conn).filter(|wire| !wire.dead && wire.seat_believes) else {
            return;
        };
        let Some(house) = self.house.as_mut() else {
            return self.agenda.at(self.now, Event::SeatNotices { conn });
        };
        wire.node_believes = true;
        house.node(self.now, NodeInput::Connected { conn, door: Door::NodeJs });
        if let Some(at) = self.network.arrival_at_seat(self.now, conn) {
            self.agenda.at(at, Event::Up { conn });
        }
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
            Output::SignIn { account, user, secret, .. } => {
                let at = self.now + self.network.delay(seat) * 2;
                self.agenda.at(at, Event::SignIn { seat, life, account, user, secret });
            }
            Output::SignOut { refresh, .. } => self.desk.sign_out(&refresh),
            Output::Connect { connection, .. } => self.connect(seat, connection),
            Output::Disconnect(connection) => self.hang_up(seat, connection),
            Output::Send(connection, message) => self.send(seat, connection, message),
            Output::Discover { account, domain, .. } => {
                let input = Input::Discovered { account, domain, node: None };
                self.agenda.at(self.now, Event::Input { seat, life, input });
            }
            // Nobody signs and nobody is asked in the lab.
            Output::Ask { .. }
            | Output::AskServer { .. }
            | Output::CancelSignIn { .. }
            | Output::Files(_) => {}
            Output::Plan(plan) => {
                self.seats[seat].plan = plan.clone();
                self.seats[seat].engine.newest = plan;
                self.later(seat, Duration::from_millis(20), Chore::Follow);
            }
            Output::View(view) => self.seats[seat].show(view),
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

    pub(super) fn connect(&mut self, seat: usize, connection: Connection) {
        let conn = self.network.dial(seat, self.seats[seat].life, connection);
        let at = self.now + self.network.delay(seat);
        let reachable = self.house.is_some() && self.is_online(seat);
        self.agenda.at(at, if reachable { Event::Dialled { conn } } else { Event::SeatNotices { conn } });
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
            self.agenda.at(at, Event::ToNode { conn, message });
        }
    }

    pub(super) fn hand_to_seat(&mut self, conn: ConnId, message: Message) {
        let Some(seat) = self.network.wire(conn).map(|wire| wire.seat) else { return };
        if self.swallowed(seat, false, &message) {
            return;
        }
        let times = if self.network.doubles() { 2 } else { 1 };
        for _ in 0..times {
            if let Some(at) = self.network.arrival_at_seat(self.now, conn) {
                self.agenda.at(at, Event::ToSeat { conn, message: message.clone() });
            }
        }
    }
}
