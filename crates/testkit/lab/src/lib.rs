//! The whole system in virtual time in one thread: user agents, a message node, the conference hyperty, a media server,
//! and the network between them.
//!
//! No socket is opened, no clock read, no thread started: a run is a function of its seed. Nothing that ships depends on
//! this crate. The real shells of the same machines are `engine/client` and `backend/server`.
//!
//! | module | holds |
//! |---|---|
//! | [`lab`] | [`Lab`]: the clock, the agenda, what happens next; its files are `wires`, `media` (with a server) and `peers` (between two people) |
//! | [`agenda`] | what is due, in order of time |
//! | [`event`] | what can be due |
//! | [`network`] | connections: delay, loss, half-open ends |
//! | [`seat`] | one person: user agent, connection, media engine, what the screen shows |
//! | [`engine`] | a media engine that opens no device |
//! | [`site`] | one domain: its backend while it runs, its desk, and what outlives a restart |
//! | [`house`] | the backend: message node, conference, media server |
//! | [`desk`] | access and refresh tokens, visitors of other domains |
//! | [`signature`] | what people sign, and what that is worth |
//! | [`privacy`] | what media may never be, at any moment |
//! | [`table`] | a media server that is a table of who sends and who receives |
//! | [`fault`] | what a test can break |
//! | [`model`] | [`Model`]: who must see, hear and be seen, worked out from what people did |
//! | [`check`] | compares the system with the model |
//! | [`script`] | random scripts of what people do in rooms and what breaks |
//! | [`reign`], [`justice`] | random scripts of a moderated room, and what must be true in the end |
//! | [`town`] | [`Town`]: two domains and people who call, write and watch each other |
//! | [`acquaintances`] | who may see whose presence, worked out from what people did |
//! | [`agreement`] | compares what two people in a call, or one who watches another, must both see |
//! | [`story`] | random stories of such people and what breaks |
//! | [`replay`] | many seeds at once; the first that fails made smaller, saved, printed |

pub mod acquaintances;
pub mod agenda;
pub mod agreement;
pub mod check;
pub mod desk;
pub mod engine;
pub mod event;
pub mod fault;
pub mod house;
pub mod justice;
pub mod lab;
pub mod model;
pub mod network;
pub mod privacy;
pub mod reign;
pub mod replay;
pub mod script;
pub mod seat;
pub mod signature;
pub mod site;
pub mod story;
pub mod table;
pub mod town;

pub use lab::Lab;
pub use model::Model;
pub use network::Weather;
pub use reign::{Act, Reign};
pub use replay::Replay;
pub use script::{Action, Script};
pub use story::{Deed, Story};
pub use town::Town;
