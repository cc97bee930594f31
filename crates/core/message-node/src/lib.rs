//! A reTHINK message node as one deterministic machine: sessions, exact-address routing, address allocation, registry.
//!
//! Nothing here opens a socket, reads a clock, knows a password or writes a file: connections, access tokens and the
//! store of registry entries live in `backend/server`. No message of one client can make another receive anything but
//! that message, and none can make the node panic.
//!
//! | module | holds |
//! |---|---|
//! | [`node`] | [`MessageNode`], the machine: takes messages in, decides who answers |
//! | [`port`] | [`NodeInput`], [`NodeOutput`] and what they are made of |
//! | [`config`] | [`NodeConfig`], [`Policy`], [`Limits`] |
//! | [`authority`] | [`Authority`], who may begin a session; [`Grant`] |
//! | [`directory`] | [`Person`]: the people of the domain, by a part of their name |
//! | `session` | the table of sessions |
//! | `opening` | `mn:/session`: open, re-open, close; what a lost connection means |
//! | `guard` | the strict policy: whose addresses, whose identity |
//! | `confined` | guests of one room: what their sessions reach |
//! | `claims` | which address belongs to whom |
//! | `routes` | which address goes to whom |
//! | `audience` | objects that are closed to all but whom their owner names |
//! | `subscription`, `allocation` | the node's own addresses `/sm` and `/address-allocation` |
//! | `registry` | hyperties and data objects by URL, user, name and reporter |
//! | `iso` | dates |
//!
//! The normative page is `docs/protocol.md`; item numbers in test names are those of the reTHINK message-node checklist.

mod allocation;
mod audience;
pub mod authority;
mod claims;
pub mod config;
mod confined;
pub mod directory;
mod guard;
mod iso;
pub mod node;
mod opening;
pub mod port;
mod registry;
mod routes;
mod session;
mod subscription;

pub use authority::{Authority, Grant};
pub use config::{Limits, NodeConfig, Policy};
pub use directory::Person;
pub use iso::iso8601;
pub use node::MessageNode;
pub use port::{CloseReason, ConnId, Door, NodeInput, NodeOutput, Persist, Stats, StoredEntry};
