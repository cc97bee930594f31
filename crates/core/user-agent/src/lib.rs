//! The whole client as one deterministic machine: intents, messages and media facts in; messages, a media plan and views out.
//!
//! It opens no socket, reads no clock and touches no device. `engine/client` drives it natively, the lab drives forty of them in
//! one thread on a virtual clock, and a guest's one runs in the backend.
//!
//! | module | holds |
//! |---|---|
//! | [`effect`] | [`Input`] and [`Output`], everything that may happen and everything that is asked for |
//! | [`server`] | what a person types as "server", and what a sign-in answers |
//! | [`account`] | signing in, the session with the message node, coming back after a loss |
//! | [`meeting`] | finding and joining a room, its mirror, leaving |
//! | [`farewell`] | goodbyes that were said into a broken connection |
//! | [`leg`] | the negotiation of one leg over two Connection objects |
//! | [`problems`] | what the user should know |
//! | [`show`] | views and plans, told only when they changed |
//! | [`agent`] | [`UserAgent`], which routes between them |

pub mod account;
pub mod agent;
pub mod effect;
pub mod farewell;
pub mod leg;
pub mod meeting;
pub mod problems;
pub mod server;
pub mod show;

pub use agent::UserAgent;
pub use effect::{Input, Kept, Output, Remembered, Secret, SignInFailure};
pub use server::Grant;
