//! The whole system in virtual time in one thread: user agents, a message node, the conference hyperty, a media server,
//! and the network between them.
//!
//! No socket is opened, no clock read, no thread started: a run is a function of its seed. Nothing that ships depends on
//! this crate. The real shells of the same machines are `engine/client` and `backend/server`.
//!
//! | module | holds |
//! |---|---|
//! | [`lab`] | [`Lab`]: the clock, the agenda, what happens next; its files are `wires` and `media` |
//! | [`agenda`] | what is due, in order of time |
//! | [`event`] | what can be due |
//! | [`network`] | connections: delay, loss, half-open ends |
//! | [`seat`] | one person: user agent, connection, media engine, what the screen shows |
//! | [`engine`] | a media engine that opens no device |
//! | [`house`] | the backend: message node, conference, media server, sign-in desk; it can be restarted |
//! | [`desk`] | access and refresh tokens |
//! | [`table`] | a media server that is a table of who sends and who receives |
//! | [`fault`] | what a test can break |
//! | [`model`] | [`Model`]: who must see, hear and be seen, worked out from what people did |
//! | [`check`] | compares the system with the model |
//! | [`script`] | random scripts of what people do and what breaks: made from a seed, run, shrunk, saved |

pub mod agenda;
pub mod check;
pub mod desk;
pub mod engine;
pub mod event;
pub mod fault;
pub mod house;
pub mod lab;
pub mod model;
pub mod network;
pub mod script;
pub mod seat;
pub mod table;

pub use lab::Lab;
pub use model::Model;
pub use script::{Action, Script};
