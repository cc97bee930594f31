//! Connections between seats and the node: delay, order within a connection, and ends that notice a break at different
//! times. A lost message on a living connection is not physical; a connection that breaks loses what is on its way.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_message_node::ConnId;
use confab_types::{Chance, Mono};
use confab_user_agent::Connection;

/// One connection.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Whose.
    pub seat: usize,
    /// In which life of that seat.
    pub life: u32,
    /// What the user agent calls it.
    pub connection: Connection,
    /// Nothing arrives any more at either end.
    pub dead: bool,
    /// Whether the node still believes in it.
    pub node_believes: bool,
    /// Whether the client still believes in it.
    pub seat_believes: bool,
    last_to_node: Mono,
    last_hand_to_seat: Mono,
}

/// All connections.
#[derive(Debug)]
pub struct Network {
    chance: Chance,
    wires: BTreeMap<ConnId, Wire>,
    /// One-way delay of each seat.
    delays: Vec<Duration>,
    /// Percent of messages to seats that arrive twice.
    pub duplicates: u64,
    last: u64,
}

impl Network {
    /// Without connections.
    pub fn new(chance: Chance) -> Network {
        Network { chance, wires: BTreeMap::new(), delays: Vec::new(), duplicates: 0, last: 0 }
    }

    /// A seat with its own one-way delay, 1 … 80 ms.
    pub fn add_seat(&mut self) {
        let delay = Duration::from_micros(1_000 + self.chance.below(79_000));
        self.delays.push(delay);
    }

    /// A new connection that both ends believe in once they hear of it.
    pub fn dial(&mut self, seat: usize, life: u32, connection: Connection) -> ConnId {
        self.last += 1;
        let conn = ConnId(self.last);
        let wire = Wire {
            seat,
            life,
            connection,
            dead: false,
            node_believes: false,
            seat_believes: true,
            last_to_node: Mono::ZERO,
            last_hand_to_seat: Mono::ZERO,
        };
        self.wires.insert(conn, wire);
        conn
    }

    /// A connection.
    pub fn wire(&mut self, conn: ConnId) -> Option<&mut Wire> {
        self.wires.get_mut(&conn)
    }

    /// A connection that a seat believes in.
    pub fn of_seat(&self, seat: usize, connection: Connection) -> Option<ConnId> {
        let of = |wire: &Wire| wire.seat == seat && wire.connection == connection && wire.seat_believes;
        self.wires.iter().find(|(_, wire)| of(wire)).map(|(&conn, _)| conn)
    }

    /// Everything that is connected.
    pub fn all(&self) -> Vec<ConnId> {
        self.wires.keys().copied().collect()
    }

    /// Forgets connections nobody believes in.
    pub fn sweep(&mut self) {
        self.wires.retain(|_, wire| wire.node_believes || wire.seat_believes);
    }

    /// One way, with some jitter.
    pub fn delay(&mut self, seat: usize) -> Duration {
        self.delays[seat] + Duration::from_micros(self.chance.below(15_000))
    }

    /// When something sent now arrives at the node: in order.
    pub fn arrival_at_node(&mut self, now: Mono, conn: ConnId) -> Option<Mono> {
        let seat = self.wires.get(&conn)?.seat;
        let at = now + self.delay(seat);
        let wire = self.wires.get_mut(&conn)?;
        wire.last_to_node = at.max(wire.last_to_node);
        Some(wire.last_to_node)
    }

    /// When something sent now arrives at the seat: in order.
    pub fn arrival_at_seat(&mut self, now: Mono, conn: ConnId) -> Option<Mono> {
        let seat = self.wires.get(&conn)?.seat;
        let at = now + self.delay(seat);
        let wire = self.wires.get_mut(&conn)?;
        wire.last_hand_to_seat = at.max(wire.last_hand_to_seat);
        Some(wire.last_hand_to_seat)
    }

    /// Whether this message arrives twice.
    pub fn doubles(&mut self) -> bool {
        self.duplicates > 0 && self.chance.percent(self.duplicates)
    }

    /// A span below `limit`, for things that take their time.
    pub fn span(&mut self, limit: Duration) -> Duration {
        Duration::from_micros(self.chance.below(limit.as_micros() as u64 + 1))
    }
}
