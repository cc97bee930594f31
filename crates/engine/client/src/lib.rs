//! The native client without a window: user agent, signalling, media engine, storage and keychain, tied together.
//!
//! It decides nothing: every output of [`UserAgent`] is carried out here, and everything that happens is handed to it. The desktop
//! shell and the bot are two bodies around it.
//!
//! | module | holds |
//! |---|---|
//! | [`client`] | [`Client`]: start, dispatch, close |
//! | [`effects`] | carries out what the user agent asks for |
//! | [`sign_in`] | the two HTTP requests of docs/protocol.md, section 2 |
//! | [`secrets`] | where the refresh token is kept |

pub mod client;
pub mod effects;
pub mod secrets;
pub mod sign_in;

pub use client::{Client, ClientConfig, ClientError};
pub use confab_user_agent::UserAgent;
