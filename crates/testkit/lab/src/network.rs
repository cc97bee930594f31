//! Connections between seats and nodes: delay, order within a connection, and ends that notice a break at different times. A
//! connection that breaks loses what is on its way. On one that lives nothing is lost, doubled or overtaken, unless the
//! [`Weather`] is foul: that stands for nodes that lose what they cannot route, and for links that are no TCP.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_message_node::ConnId;
use confab_rethink::Message;
use confab_types::{Chance, Mono};
use confab_user_agent::Connection;

/// What happens to single messages, on every connection and in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Weather {
    /// Percent that vanish.
    pub loss: u64,
    /// Percent that arrive twice.
    pub doubles: u64,
    /// Percent that are overtaken by what is sent up to a second later.
    pub overtaken: u64,
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Whose.
    pub seat: usize,
    /// To which domain's node.
    pub site: usize,
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
    /// What happens to single messages.
    pub weather: Weather,
    last: u64,
}

impl Network {
    /// Without connections.
    pub fn new(chance: Chance) -> Network {
        let (wires, delays) = (BTreeMap::new(), Vec::new());
        Network { chance, wires, delays, duplicates: 0, weather: Weather::default(), last: 0 }
    }

    /// A seat with its own one-way delay, 1 … 80 ms.
    pub fn add_seat(&mut self) {
        let delay = Duration::from_micros(1_000 + self.chance.below(79_000));
        self.delays.push(delay);
    }

    /// A new connection that both ends believe in once they hear of it.
    pub fn dial(&mut self, seat: usize, life: u32, connection: Connection, site: usize) -> ConnId {
        self.last += 1;
        let conn = ConnId(self.last);
        let wire = Wire {
            seat,
            site,
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

    /// When the copies of one message arrive that would arrive at `at` in fair weather.
    ///
    /// What opens a session belongs to the connection and is never touched; what sets and removes routes stays in order, because a node
    /// takes the messages of one connection in the order in which they were sent.
    pub fn arrivals(&mut self, at: Mono, to_seat: bool, message: &Message) -> Vec<Mono> {
        let doubled = to_seat && self.duplicates > 0 && self.chance.percent(self.duplicates);
        let mut copies = if doubled { vec![at, at] } else { vec![at] };
        let opens = [&message.from, &message.to].iter().any(|address| address.as_str() == "mn:/session");
        if self.weather == Weather::default() || opens {
            return copies;
        }
        let Weather { loss, doubles, overtaken } = self.weather;
        if self.chance.percent(doubles) {
            copies.push(at);
        }
        copies.retain(|_| !self.chance.percent(loss));
        if message.to.as_str().starts_with("domain://msg-node.") {
            return copies;
        }
        for copy in &mut copies {
            if self.chance.percent(overtaken) {
                *copy = *copy + Duration::from_millis(self.chance.below(1_000));
            }
        }
        copies
    }

    /// A span below `limit`, for things that take their time.
    pub fn span(&mut self, limit: Duration) -> Duration {
        Duration::from_micros(self.chance.below(limit.as_micros() as u64 + 1))
    }
}
