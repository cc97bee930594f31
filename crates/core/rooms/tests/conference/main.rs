//! A conference, a strict message node and clients in one thread of virtual time.

mod chat;
mod door;
mod hostile;
mod joining;
mod keeping;
mod legs;
mod modified;
mod organiser;
mod power;
mod world;
