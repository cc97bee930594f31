//! A guest's way to the message node: connections inside this process, which are there while the page is. When the page is lost, the
//! room sees what it sees of everybody whose connection is lost, and the guest has their place back when the page is back in time.

use std::collections::BTreeMap;
use std::sync::Arc;

use confab_rethink::Message;
use confab_user_agent::{Connection, Input};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::agent::Agent;
use super::effects::give;
use super::house::House;

/// Messages of a user agent that wait for the node; more at once means that the node stands still.
const WAITING: usize = 256;

/// The connections of one user agent.
pub(super) struct Lines {
    house: Arc<dyn House>,
    inputs: mpsc::WeakSender<Input>,
    agent: Arc<Agent>,
    open: BTreeMap<Connection, Open>,
}

/// A connection and the task that carries what comes over it.
struct Open {
    to_node: mpsc::Sender<Message>,
    carrier: JoinHandle<()>,
}

impl Lines {
    /// None yet.
    pub(super) fn new(house: Arc<dyn House>, inputs: mpsc::WeakSender<Input>, agent: Arc<Agent>) -> Lines {
        Lines { house, inputs, agent, open: BTreeMap::new() }
    }

    /// Opens one as soon as the page is there.
    pub(super) fn connect(&mut self, connection: Connection) {
        self.open.retain(|_, open| !open.carrier.is_finished());
        let (to_node, messages) = mpsc::channel::<Message>(WAITING);
        let carrier = Carrier {
            house: self.house.clone(),
            inputs: self.inputs.clone(),
            agent: self.agent.clone(),
            connection,
        };
        let carrier = tokio::spawn(carrier.carry(messages));
        self.open.insert(connection, Open { to_node, carrier });
    }

    /// Sends over one. False when it had to be closed: the node does not keep up.
    pub(super) fn send(&mut self, connection: Connection, message: Message) -> bool {
        let Some(open) = self.open.get(&connection) else { return true };
        let sent = open.to_node.try_send(message).is_ok();
        if !sent && let Some(open) = self.open.remove(&connection) {
            tracing::warn!("a guest's message node does not keep up");
            open.carrier.abort();
        }
        sent
    }

    /// Closes one when what was sent has left.
    pub(super) fn disconnect(&mut self, connection: Connection) {
        self.open.remove(&connection);
    }
}

struct Carrier {
    house: Arc<dyn House>,
    inputs: mpsc::WeakSender<Input>,
    agent: Arc<Agent>,
    connection: Connection,
}

impl Carrier {
    async fn carry(self, mut messages: mpsc::Receiver<Message>) {
        tokio::select! {
            () = self.agent.present() => {}
            // Nothing is sent before the connection is there: it was given up.
            _ = messages.recv() => return,
        }
        let Some(mut line) = self.house.connect().await else {
            return self.down("the node takes nobody").await;
        };
        give(&self.inputs, Input::TransportUp(self.connection)).await;
        let absent = self.agent.absent();
        tokio::pin!(absent);
        loop {
            tokio::select! {
                message = line.from_node.recv() => match message {
                    Some(message) => give(&self.inputs, Input::Received(self.connection, message)).await,
                    None => return self.down("the node has closed").await,
                },
                message = messages.recv() => match message {
                    Some(message) => {
                        if line.to_node.send(message).await.is_err() {
                            return self.down("the node has closed").await;
                        }
                    }
                    // Closed by us, and everything has left.
                    None => return,
                },
                () = &mut absent => {
                    drop(line);
                    return self.down("the page is away").await;
                }
            }
        }
    }

    async fn down(&self, why: &str) {
        give(&self.inputs, Input::TransportDown(self.connection, why.to_owned())).await;
    }
}
