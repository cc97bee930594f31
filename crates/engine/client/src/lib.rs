//! The native client without a window: user agent, signalling, media engine, storage and keychain, tied together.
//!
//! It decides nothing: every output of [`UserAgent`] is carried out here, and everything that happens is handed to it. The desktop
//! shell and the bot are two bodies around it.
//!
//! | module | holds |
//! |---|---|
//! | [`client`] | [`Client`]: start, dispatch, close |
//! | [`effects`] | carries out what the user agent asks for |
//! | [`transports`] | connections to message nodes, by number |
//! | [`sign_in`] | the HTTP requests of docs/protocol.md, section 2 |
//! | [`browser`] | sign-in by the system's browser |
//! | [`identities`] | keys, signatures and their verification |
//! | [`keeping`] | keeps and forgets refresh tokens, in order |
//! | [`secrets`] | where refresh tokens and keys are kept |

pub mod browser;
pub mod client;
pub mod effects;
pub mod identities;
pub mod keeping;
pub mod secrets;
pub mod sign_in;
pub mod transports;

pub use client::{Client, ClientConfig, ClientError};
pub use confab_identity::browser::Words as BrowserWords;
pub use confab_user_agent::UserAgent;
