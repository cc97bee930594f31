//! The media server with real sockets and real clients on this machine.

mod client_leg;
mod forwarding;
mod negotiation;
mod support;
