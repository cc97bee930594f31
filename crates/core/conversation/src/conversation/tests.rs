//! Two conversations and a message node in memory, with virtual time, loss and lost connections.

mod files;
mod loss;
mod rules;
mod world;
