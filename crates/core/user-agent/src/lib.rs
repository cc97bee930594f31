//! The whole client as one deterministic machine: intents, messages and media facts in; messages, a media plan and views out.
//!
//! It opens no socket, reads no clock and touches no device. `engine/client` drives it natively, the lab drives forty of them in
//! one thread on a virtual clock, and a guest's one runs in the backend.
//!
//! | module | holds |
//! |---|---|
//! | [`effect`] | [`Input`] and [`Output`], everything that may happen and everything that is asked for |
//! | [`server`], [`grant`] | what a person types as "server", and what its sign-in desk answers |
//! | [`memory`] | what outlives the program |
//! | [`account`] | signing in, the sessions of one account, coming back after a loss |
//! | [`parts`] | what an account does over its sessions |
//! | [`link`] | what a link to a meeting says |
//! | [`meeting`] | finding and joining a room, its mirror, orders to it, leaving |
//! | [`room_maker`] | making a room of one's own |
//! | [`farewell`] | goodbyes that were said into a broken connection |
//! | [`leg`] | the negotiation of one leg over two Connection objects |
//! | [`problems`] | what the user should know |
//! | [`show`] | views and plans, told only when they changed |
//! | [`agent`] | [`UserAgent`], which routes between them |

pub mod account;
pub mod agent;
pub mod effect;
pub mod farewell;
pub mod grant;
pub mod leg;
pub mod link;
pub mod meeting;
pub mod memory;
pub mod parts;
pub mod problems;
pub mod room_maker;
pub mod server;
pub mod show;

pub use agent::UserAgent;
pub use effect::{Connection, Credentials, Input, Output, Secret, SignInFailure};
pub use grant::{Grant, Provider, SignInOptions};
pub use meeting::address::{RoomAddress, RoomAddressError};
pub use memory::{Kept, Remembered, RememberedAccount};
