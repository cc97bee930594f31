//! What clients of a message node can observe, and what they cannot do to each other.

mod audience;
mod away;
mod checklist;
mod confined;
mod conversations;
mod directory;
mod hostile;
mod house;
mod registry;
mod strict;
mod vertx;
mod visitors;
