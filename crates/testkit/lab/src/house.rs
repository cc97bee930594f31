//! The backend of one domain: message node, conference and media server in one process, as `backend/server` runs them.

use std::collections::BTreeMap;

use confab_message_node::{
    ConnId, Door, MessageNode, NodeConfig, NodeInput, NodeOutput, Persist, Policy, StoredEntry,
};
use confab_rethink::{Domain, Message, Url};
use confab_rooms::{
    Conference, ConferenceConfig, ConferenceEvent, ConferenceInput, ConferenceOutput, FileStore,
    MediaCommand, MediaEvent,
};
use confab_types::{Chance, LegId, Machine, Mono};

use crate::desk::{Tokens, node_grant};
use crate::engine::End;
use crate::table::Table;

/// The conference's connection, which never breaks. Wires count from 1.
const RESIDENT: ConnId = ConnId(0);
/// Unix time in milliseconds when the lab begins.
pub const WALL: u64 = 1_795_253_400_000;

/// What the backend asks of the network.
#[derive(Clone, Debug)]
pub enum Out {
    /// A message for a client.
    Send(ConnId, Message),
    /// The node has ended a connection.
    Close(ConnId),
    /// The media server has something to tell, a little later.
    Media(MediaEvent),
    /// The media server has taken a leg away; its other end will notice.
    Dropped(End),
}

/// The rooms there are.
pub const ROOMS: [&str; 2] = ["4711", "lounge"];

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Rooms by name.
    pub rooms: Vec<String>,
    /// Most people in one room.
    pub max_participants: usize,
    /// Whether a meeting ends when its organiser leaves it to nobody. The model of random scripts knows no organisers.
    pub ends_with_organiser: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { rooms: ROOMS.map(str::to_owned).to_vec(), max_participants: 25, ends_with_organiser: false }
    }
}

/// The entries that survive a restart.
pub type Disk = BTreeMap<Url, StoredEntry>;

/// The backend, from one start to the next.
pub struct House {
    /// Which life of the backend this is.
    pub life: u32,
    /// The message node.
    pub node: MessageNode<Tokens>,
    /// The conference hyperty.
    pub conference: Conference,
    /// The media server.
    pub table: Table,
    /// What the conference has told its operator.
    pub events: Vec<ConferenceEvent>,
    /// What is on disk.
    pub disk: Disk,
    /// Whether the table has changed since this was last set back.
    pub moved: bool,
    out: Vec<Out>,
}

impl House {
    /// Starts with what is on disk and opens the rooms.
    pub fn open(
        domain: Domain,
        life: u32,
        now: Mono,
        rules: &Rules,
        disk: Disk,
        chance: &mut Chance,
    ) -> House {
        let config = NodeConfig { wall: WALL, ..NodeConfig::new(domain.clone(), Policy::STRICT) };
        let tokens = Tokens::of_life(domain.clone(), life);
        let mut node = MessageNode::new(config, tokens, chance.fork());
        node.restore(now, disk.values().cloned());
        let resident = Door::Internal(node_grant(&domain, "conference", 0));
        node.handle(now, NodeInput::Connected { conn: RESIDENT, door: resident });
        let max_participants = rules.max_participants;
        let config = ConferenceConfig {
            wall: WALL,
            max_participants,
            // No file moves in the lab; that there is a store is told all the same.
            files: Some(FileStore { url: format!("https://{domain}/files"), limit: 1 << 30 }),
            ends_with_organiser: rules.ends_with_organiser,
            ..ConferenceConfig::new(domain)
        };
        let conference = Conference::new(config, chance.fork());
        let mut house = House {
            life,
            node,
            conference,
            table: Table::default(),
            events: Vec::new(),
            disk,
            moved: false,
            out: Vec::new(),
        };
        for name in &rules.rooms {
            house.conference(now, ConferenceInput::OpenRoom { name: name.clone(), owner: None });
        }
        house.conference(now, ConferenceInput::Up);
        house
    }

    /// Something happens to the node.
    pub fn node(&mut self, now: Mono, input: NodeInput) {
        self.node.handle(now, input);
        self.settle(now);
    }

    /// Something happens to the conference.
    pub fn conference(&mut self, now: Mono, input: ConferenceInput) {
        self.conference.handle(now, input);
        self.settle(now);
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        [self.node.deadline(), self.conference.deadline()].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        if self.node.deadline().is_some_and(|at| at <= now) {
            self.node.wake(now);
        }
        if self.conference.deadline().is_some_and(|at| at <= now) {
            self.conference.wake(now);
        }
        self.settle(now);
    }

    /// What it asks of the network.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    fn settle(&mut self, now: Mono) {
        loop {
            if let Some(output) = self.node.poll() {
                match output {
                    NodeOutput::Send { conn: RESIDENT, message } => {
                        self.conference.handle(now, ConferenceInput::Incoming((*message).clone()));
                    }
                    NodeOutput::Send { conn, message } => self.out.push(Out::Send(conn, (*message).clone())),
                    NodeOutput::Close { conn, .. } => self.out.push(Out::Close(conn)),
                    NodeOutput::Persist(Persist::Put(entry)) => {
                        drop(self.disk.insert(entry.url.clone(), entry))
                    }
                    NodeOutput::Persist(Persist::Remove(url)) => drop(self.disk.remove(&url)),
                }
            } else if let Some(output) = self.conference.poll() {
                match output {
                    ConferenceOutput::Send(message) => {
                        self.node.handle(now, NodeInput::Incoming { conn: RESIDENT, message });
                    }
                    ConferenceOutput::Media(command) => self.media(command),
                    ConferenceOutput::Store(_) | ConferenceOutput::Mail(_) | ConferenceOutput::Keep(_) => {}
                    ConferenceOutput::Event(event) => self.events.push(event),
                    ConferenceOutput::ShutdownDone => {}
                }
            } else {
                return;
            }
        }
    }

    fn media(&mut self, command: MediaCommand) {
        self.moved = true;
        let gone: Vec<LegId> = match command {
            MediaCommand::RemoveLeg { leg } => vec![leg],
            MediaCommand::CloseRoom { room } => {
                self.table.legs.iter().filter(|(_, leg)| leg.room == room).map(|(&id, _)| id).collect()
            }
            _ => Vec::new(),
        };
        let ends =
            gone.iter().filter_map(|leg| self.table.legs.get(leg)).map(|leg| Out::Dropped(leg.end.clone()));
        self.out.extend(ends);
        if let Some(event) = self.table.submit(command) {
            self.out.push(Out::Media(event));
        }
    }
}
