//! The open connections to message nodes, by number.

use std::collections::BTreeMap;

use confab_rethink::{Flavour, Message, Url};
use confab_signaling::{Sender, Target, TransportEvent};
use confab_user_agent::{Connection, Input};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// All connections of one user agent.
pub struct Transports {
    handle: Handle,
    inputs: mpsc::WeakSender<Input>,
    open: BTreeMap<Connection, Open>,
}

/// An open transport and the task that reads it.
struct Open {
    sender: Sender,
    reader: JoinHandle<()>,
}

impl Transports {
    /// None yet. What happens to them goes to `inputs`.
    pub fn new(handle: Handle, inputs: mpsc::WeakSender<Input>) -> Transports {
        Transports { handle, inputs, open: BTreeMap::new() }
    }

    /// Opens one. Returns at once. `prove` says to the node who we are, as soon as the connection is open; it may block.
    pub fn connect(
        &mut self,
        connection: Connection,
        flavour: Flavour,
        url: String,
        runtime: Url,
        prove: Option<impl FnOnce() -> Option<String> + Send + 'static>,
    ) {
        // Those that have said that they are down are nobody's any more.
        self.open.retain(|_, open| !open.reader.is_finished());
        let target = Target { runtime: Some(runtime), ..Target::new(flavour, url) };
        let (sender, mut events) = confab_signaling::connect(target).split();
        let inputs = self.inputs.clone();
        let reader = self.handle.spawn(async move {
            let mut prove = prove;
            while let Some(event) = events.next().await {
                // It is good for two minutes only, so it is not made while the connection is still on the way.
                let prove = prove.take_if(|_| matches!(event, TransportEvent::Up));
                let proof = match prove {
                    Some(prove) => spawn_blocking(prove).await.ok().flatten(),
                    None => None,
                };
                let Some(inputs) = inputs.upgrade() else { return };
                let input = match event {
                    TransportEvent::Up => Input::TransportUp(connection),
                    TransportEvent::Message(message) => Input::Received(connection, message),
                    TransportEvent::Malformed(count) => {
                        tracing::debug!(count, "message node sent something malformed");
                        continue;
                    }
                    TransportEvent::Down(reason) => Input::TransportDown(connection, format!("{reason:?}")),
                };
                let proof = proof.map(|proof| Input::Proof(connection, proof));
                for input in proof.into_iter().chain([input]) {
                    if inputs.send(input).await.is_err() {
                        return;
                    }
                }
            }
        });
        self.open.insert(connection, Open { sender, reader });
    }

    /// Sends over one. A transport that is full or gone will say that it is down; what was lost is made good after that.
    pub fn send(&self, connection: Connection, message: Message) {
        if let Some(open) = self.open.get(&connection)
            && let Err(error) = open.sender.send(message)
        {
            tracing::debug!(%error, "message was not sent");
        }
    }

    /// Closes one. What was sent before leaves first; what still comes in is nobody's any more.
    pub fn disconnect(&mut self, connection: Connection) {
        if let Some(open) = self.open.remove(&connection) {
            open.reader.abort();
            open.sender.close();
        }
    }

    /// Closes all.
    pub fn close(&mut self) {
        for connection in self.open.keys().copied().collect::<Vec<_>>() {
            self.disconnect(connection);
        }
    }
}
