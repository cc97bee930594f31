//! The backend of one or several domains in one process. Each has a message node, accounts, rooms and a media server behind
//! one HTTP port and one UDP port.
//!
//! Nothing here decides what a message means, who is in a room or which packet goes where: that is `core/message-node`,
//! `core/rooms` and `backend/media-server`. No request or frame of one client can hold up another one.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`Config`]: the options of the command line |
//! | [`domains`], [`running`] | [`Backend`]: every domain of the process; [`Running`]: one of them, from its options to its end |
//! | [`hub`] | the one task that owns the node and the conference |
//! | [`doorkeeper`], [`neighbours`] | whose tokens open a session; other domains, and whom they are believed about |
//! | `resident`, [`rooms`] | the conference and its media server; the rooms that are there from the start |
//! | `socket`, `polling`, [`mailbox`] | one client's WebSocket, or its requests before it has one; what waits to be sent to it |
//! | `serving`, `site` | the HTTP port and its limits; the routes and the small pages |
//! | [`oidc`] | the domain's OpenID provider, and ID tokens that people sign in with |
//! | `sign_in`, `guests`, [`tokens`], [`limiter`], [`turn`] | the front door of accounts, and of who only says a name; relays they may use |
//! | `web` | links, guests, files of rooms and invitations: `backend/web` tied to the hub |
//! | [`database`], [`accounts`], [`secret`] | what is on disk, the made accounts, hashes |
//! | [`metrics`], [`clock`] | counters; the one clock |

pub mod accounts;
pub mod clock;
pub mod config;
pub mod database;
pub mod domains;
pub mod doorkeeper;
mod guests;
pub mod hub;
pub mod limiter;
pub mod mailbox;
pub mod metrics;
pub mod neighbours;
pub mod oidc;
mod polling;
mod resident;
pub mod rooms;
pub mod running;
pub mod secret;
mod serving;
mod sign_in;
mod site;
mod socket;
pub mod tokens;
pub mod turn;
mod web;

use std::net::SocketAddr;

pub use config::Config;
pub use domains::{Backend, start_all};
use running::Prepared;
pub use running::Running;

/// Why the backend does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The options of several domains.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// The data folder.
    #[error("data folder {path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The HTTP port.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A thread that writes to the database.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// The rooms.
    #[error(transparent)]
    Rooms(#[from] rooms::RoomError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::AccountError),
    /// The OpenID provider.
    #[error(transparent)]
    Oidc(#[from] oidc::OidcError),
    /// Where invitations come from.
    #[error("--mail-from: {0}")]
    MailFrom(#[from] confab_backend_web::mail::AddressError),
    /// The mail server.
    #[error("--smtp: {0}")]
    Smtp(#[from] confab_backend_web::mail::PostError),
    /// No randomness.
    #[error(transparent)]
    Secret(#[from] secret::SecretError),
    /// The media server.
    #[error(transparent)]
    Media(#[from] confab_media_server::StartError),
}

/// Starts one domain on the current tokio runtime, whatever `domains` says. When it returns, clients can connect and the
/// rooms are open.
pub async fn start(config: Config) -> Result<Running, StartError> {
    Prepared::new(config).await?.open(&[])
}
