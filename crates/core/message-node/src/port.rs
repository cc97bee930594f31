//! What goes into a node and what comes out of it.

use std::sync::Arc;

use confab_rethink::{Body, Message, Url};
use serde::{Deserialize, Serialize};

use crate::authority::Grant;
use crate::directory::Person;

/// One connection. Given by the shell and never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// How a connection came in, which decides how sessions behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// As at the Node.js node: the session is the connection.
    NodeJs,
    /// As at the Vert.x node: a session is opened first, has a token and survives the connection for a while.
    Vertx,
    /// From inside the process, with a grant and without checks: the conference hyperty.
    Internal(Grant),
}

/// What may happen to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeInput {
    /// A connection is up.
    Connected {
        /// Its name.
        conn: ConnId,
        /// How it came in.
        door: Door,
    },
    /// A message arrived. Messages of one connection come in the order in which they were sent.
    Incoming {
        /// From where.
        conn: ConnId,
        /// What.
        message: Message,
    },
    /// A connection is gone, whoever ended it.
    Closed {
        /// Which.
        conn: ConnId,
    },
    /// Somebody has an account in the domain, or has another name from now on: the directory lists them.
    Enrolled(Person),
    /// An access token was revoked: its session ends.
    Revoked {
        /// The grant's ticket.
        ticket: u64,
    },
}

/// What a node asks of its shell.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeOutput {
    /// Sends a message; those for one connection go out in this order. Shared, because one message goes to many.
    Send {
        /// Where.
        conn: ConnId,
        /// What.
        message: Arc<Message>,
    },
    /// Ends a connection after what was sent before. The node has forgotten it already and expects no `Closed`.
    Close {
        /// Which.
        conn: ConnId,
        /// Why.
        reason: CloseReason,
    },
    /// Keeps or forgets a registry entry on disk.
    Persist(Persist),
}

/// Why the node ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client sent `close`.
    Farewell,
    /// The same runtime opened a session on another connection.
    Superseded,
    /// The access token was revoked.
    Revoked,
}

/// A change of what is on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Persist {
    /// Writes the entry, over an older one of the same URL.
    Put(StoredEntry),
    /// Forgets the entry.
    Remove(Url),
}

/// A registry entry as it is stored; [`MessageNode::restore`](crate::MessageNode::restore) takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// The hyperty or data object.
    pub url: Url,
    /// Who may change it: the user URL, or empty in a node that binds nothing.
    pub owner: String,
    /// The registered value.
    pub value: Body,
    /// Unix time of the last sign of life in milliseconds.
    pub last_modified: u64,
}

/// Counts since the node was made, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages taken in.
    pub received: u64,
    /// Messages sent out, copies counted.
    pub sent: u64,
    /// Requests answered 404 because nobody receives at their address.
    pub unroutable: u64,
    /// Messages refused by the policy or a limit.
    pub refused: u64,
    /// Connections now.
    pub connections: usize,
    /// Sessions now, those without a connection included.
    pub sessions: usize,
    /// Routed addresses now.
    pub routes: usize,
    /// Registry entries now.
    pub entries: usize,
}
