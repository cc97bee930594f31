//! A conference, a strict message node and clients in one thread of virtual time.

mod hostile;
mod joining;
mod legs;
mod world;
