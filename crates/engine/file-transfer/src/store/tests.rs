//! Transfers with a real store over real sockets: the store of the backend, on a server that can be taken away.

mod house;
mod receivers;
mod senders;
