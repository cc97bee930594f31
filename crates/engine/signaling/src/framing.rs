//! Texts to messages and back, for one connection of either side. Pure: the sockets are elsewhere.

mod client;
mod server;

pub use client::{ClientFraming, ClientHeard};
pub use server::{ServerFraming, ServerHeard};
