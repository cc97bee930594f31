//! The one owner of the message node and of the conference that lives beside it: every message passes this task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use confab_message_node::{CloseReason, ConnId, Door, MessageNode, NodeInput, NodeOutput, Person, Stats};
use confab_rethink::Message;
use confab_rooms::{MailEvent, MediaEvent, StoreEvent, Stranger};
use confab_types::{Machine, Mono};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;

use crate::clock::Clock;
use crate::database::EntryWriter;
use crate::doorkeeper::{Doorkeeper, Visitors};
use crate::mailbox::{self, Farewell, Mailbox};
use crate::metrics::Counters;
use crate::resident::Resident;

/// Inputs that may wait; who has one more waits for a turn, in order of arrival.
const QUEUE: usize = 256;
/// The in-process connection of the conference. Sockets count from 1.
const RESIDENT: ConnId = ConnId(0);
/// How long the conference may take to close its rooms.
const SHUTDOWN: Duration = Duration::from_millis(2_000);
/// Media events that may wait. The media thread never waits for the hub.
const MEDIA_QUEUE: usize = 8192;

/// What the hub is told.
#[derive(Debug)]
pub enum HubInput {
    /// A client is connected.
    Connected {
        /// Its connection.
        conn: ConnId,
        /// How it came in.
        door: Door,
        /// Where its messages go.
        mailbox: Mailbox,
    },
    /// A client sent a message.
    Incoming {
        /// Which.
        conn: ConnId,
        /// What.
        message: Message,
    },
    /// A client is gone.
    Closed {
        /// Which.
        conn: ConnId,
    },
    /// Somebody has an account from now on: the directory lists them.
    Enrolled(Person),
    /// An access token was revoked.
    Revoked {
        /// Its number.
        ticket: u64,
    },
    /// The file store tells something.
    Store(StoreEvent),
    /// What became of an invitation by mail.
    Mail(MailEvent),
    /// Somebody without an account is about to come.
    Stranger(Stranger),
    /// Somebody without an account asks whether they may come; the answer is a word that says why not.
    Door(Stranger, oneshot::Sender<Result<(), &'static str>>),
    /// Somebody wants to know how things are.
    Snapshot(oneshot::Sender<Snapshot>),
    /// Panic, as an error in a machine does.
    #[cfg(test)]
    Fail,
    /// Close the rooms, say farewell to everybody and stop.
    Shutdown(oneshot::Sender<()>),
}

/// How things are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Snapshot {
    /// The node's counts; the conference's own connection is one of its connections.
    pub node: Stats,
    /// Open rooms.
    pub rooms: usize,
    /// Participants of all rooms.
    pub participants: usize,
}

impl Snapshot {
    /// Clients that are connected.
    pub fn connected(&self) -> usize {
        self.node.connections.saturating_sub(1)
    }
}

/// The way to the hub.
#[derive(Clone, Debug)]
pub struct HubHandle {
    inputs: mpsc::Sender<HubInput>,
    /// What sockets and the sign-in desk count.
    pub counters: Arc<Counters>,
    /// Who is believed about users of other domains.
    pub visitors: Visitors,
}

impl HubHandle {
    /// A handle and what [`Hub::run`] reads.
    pub fn new(visitors: Visitors) -> (HubHandle, mpsc::Receiver<HubInput>) {
        let (inputs, queue) = mpsc::channel(QUEUE);
        (HubHandle { inputs, counters: Arc::default(), visitors }, queue)
    }

    /// Waits for a turn and hands over; false when the hub has stopped.
    pub async fn send(&self, input: HubInput) -> bool {
        self.inputs.send(input).await.is_ok()
    }

    /// How things are; `None` when the hub has stopped.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        let (sender, answer) = oneshot::channel();
        self.send(HubInput::Snapshot(sender)).await;
        answer.await.ok()
    }
}

/// The way from the media thread to the hub: the callback for the media server, and what [`Hub::run`] reads.
pub fn media_events() -> (impl Fn(MediaEvent) + Send + Sync + 'static, mpsc::Receiver<MediaEvent>) {
    let (sender, receiver) = mpsc::channel(MEDIA_QUEUE);
    let send = move |event| {
        if let Err(mpsc::error::TrySendError::Full(event)) = sender.try_send(event) {
            tracing::error!(?event, "media event is lost: the hub does not keep up");
        }
    };
    (send, receiver)
}

/// The owner.
pub struct Hub {
    clock: Clock,
    node: MessageNode<Doorkeeper>,
    resident: Resident,
    mailboxes: BTreeMap<ConnId, Mailbox>,
    writer: EntryWriter,
    counters: Arc<Counters>,
}

impl Hub {
    /// A hub whose conference is connected and has opened its rooms.
    pub fn new(
        clock: Clock,
        node: MessageNode<Doorkeeper>,
        resident: Resident,
        writer: EntryWriter,
        counters: Arc<Counters>,
    ) -> Hub {
        let mut hub = Hub { clock, node, resident, mailboxes: BTreeMap::new(), writer, counters };
        let now = clock.now();
        let door = Door::Internal(hub.resident.grant());
        hub.node.handle(now, NodeInput::Connected { conn: RESIDENT, door });
        hub.resident.begin(now);
        hub.settle(now);
        hub
    }

    /// Runs until it is told to shut down.
    pub async fn run(mut self, mut queue: mpsc::Receiver<HubInput>, mut media: mpsc::Receiver<MediaEvent>) {
        let done = loop {
            let deadline = self.deadline();
            let wake = async {
                match deadline {
                    Some(at) => sleep_until(self.clock.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            let input = tokio::select! {
                input = queue.recv() => match input {
                    Some(HubInput::Shutdown(done)) => break done,
                    Some(input) => Some(input),
                    None => return,
                },
                Some(event) = media.recv() => {
                    self.media(event);
                    continue;
                }
                () = wake => None,
            };
            self.step(input);
        };
        self.shut_down(queue, media).await;
        // Entries and rooms are on disk before anybody is told that it is over.
        drop((self.writer, self.resident));
        let _ = done.send(());
    }

    fn media(&mut self, event: MediaEvent) {
        let now = self.clock.now();
        self.resident.media(now, event);
        self.settle(now);
    }

    fn step(&mut self, input: Option<HubInput>) {
        let now = self.clock.now();
        match input {
            Some(HubInput::Connected { conn, door, mailbox }) => {
                self.mailboxes.insert(conn, mailbox);
                self.node.handle(now, NodeInput::Connected { conn, door });
            }
            Some(HubInput::Incoming { conn, message }) => {
                self.node.handle(now, NodeInput::Incoming { conn, message })
            }
            Some(HubInput::Closed { conn }) => {
                self.mailboxes.remove(&conn);
                self.node.handle(now, NodeInput::Closed { conn });
            }
            Some(HubInput::Enrolled(person)) => self.node.handle(now, NodeInput::Enrolled(person)),
            Some(HubInput::Revoked { ticket }) => self.node.handle(now, NodeInput::Revoked { ticket }),
            Some(HubInput::Store(event)) => self.resident.store(now, event),
            Some(HubInput::Mail(event)) => self.resident.mail(now, event),
            Some(HubInput::Stranger(stranger)) => self.resident.stranger(now, stranger),
            Some(HubInput::Door(stranger, answer)) => {
                // Whoever asked may have left.
                let _ = answer.send(self.resident.door(&stranger));
            }
            Some(HubInput::Snapshot(answer)) => {
                let (rooms, participants) = (self.resident.rooms(), self.resident.participants());
                // Whoever asked may have left.
                let _ = answer.send(Snapshot { node: self.node.stats(), rooms, participants });
            }
            #[cfg(test)]
            Some(HubInput::Fail) => panic!("the hub was told to fail"),
            Some(HubInput::Shutdown(_)) | None => {
                if self.node.deadline().is_some_and(|at| at <= now) {
                    self.node.wake(now);
                }
                self.resident.wake(now);
            }
        }
        self.settle(now);
    }

    /// Carries everything that follows from the last input to where it goes.
    fn settle(&mut self, now: Mono) {
        let mut weighed: Option<(Arc<Message>, usize)> = None;
        loop {
            if let Some(output) = self.node.poll() {
                self.deliver(now, output, &mut weighed);
            } else if let Some(message) = self.resident.poll() {
                self.node.handle(now, NodeInput::Incoming { conn: RESIDENT, message });
            } else {
                return;
            }
        }
    }

    fn deliver(&mut self, now: Mono, output: NodeOutput, weighed: &mut Option<(Arc<Message>, usize)>) {
        match output {
            NodeOutput::Send { conn: RESIDENT, message } => {
                self.resident.receive(now, Arc::unwrap_or_clone(message));
            }
            NodeOutput::Send { conn, message } => {
                let Some(mailbox) = self.mailboxes.get(&conn) else { return };
                let weight = match weighed {
                    Some((known, weight)) if Arc::ptr_eq(known, &message) => *weight,
                    _ => mailbox::weight(&message),
                };
                if !mailbox.put(&message, weight) {
                    tracing::warn!(conn = conn.0, "client does not keep up and is disconnected");
                    Counters::add(&self.counters.slow);
                    self.mailboxes.remove(&conn);
                    self.node.handle(now, NodeInput::Closed { conn });
                }
                *weighed = Some((message, weight));
            }
            NodeOutput::Close { conn, reason } => {
                let farewell = match reason {
                    CloseReason::Farewell => Farewell::NORMAL,
                    CloseReason::Superseded => Farewell::SUPERSEDED,
                    CloseReason::Revoked => Farewell::REVOKED,
                };
                if let Some(mailbox) = self.mailboxes.remove(&conn) {
                    mailbox.close(farewell);
                }
            }
            NodeOutput::Persist(change) => self.writer.write(change),
        }
    }

    fn deadline(&self) -> Option<Mono> {
        [self.node.deadline(), self.resident.deadline()].into_iter().flatten().min()
    }

    /// Lets the conference close its rooms while clients still listen, then says farewell to everybody.
    async fn shut_down(
        &mut self,
        mut queue: mpsc::Receiver<HubInput>,
        mut media: mpsc::Receiver<MediaEvent>,
    ) {
        let now = self.clock.now();
        self.resident.shut_down(now);
        self.settle(now);
        let end = tokio::time::Instant::now() + SHUTDOWN;
        while !self.resident.is_shut_down() {
            let wake = self.deadline().map_or(end, |at| self.clock.instant(at).min(end));
            let input = tokio::select! {
                input = queue.recv() => input,
                Some(event) = media.recv() => {
                    self.media(event);
                    continue;
                }
                () = sleep_until(wake) => None,
            };
            if tokio::time::Instant::now() >= end {
                tracing::warn!("the conference did not close its rooms in time");
                break;
            }
            self.step(input);
        }
        for mailbox in std::mem::take(&mut self.mailboxes).into_values() {
            mailbox.close(Farewell::GOING_AWAY);
        }
    }
}
