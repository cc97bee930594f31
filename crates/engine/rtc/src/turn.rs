//! ICE servers as the transport library can use them.
//!
//! The library speaks TURN over UDP only. For TURN over TCP and TLS, which get through where UDP does not, a small relay in this
//! process stands in between: it has a UDP port on the loopback interface, which the library takes for the server, and one
//! connection to the real server for each of the library's sockets. It looks at nothing but the length of messages.

mod address;
mod frame;
mod relay;
mod tls;

use confab_media_model::IceServer;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::config::LegConfig;
use address::{Address, Transport};

/// Servers beyond these are not used: each one prolongs gathering.
const SERVERS: usize = 8;

/// Why a TURN server cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnError {
    /// Its URL (RFC 7064, 7065) is malformed or names a transport that nobody offers.
    #[error("ice server url is malformed or not supported")]
    Url,
    /// TURN without user name and credential.
    #[error("turn server has no credential")]
    Credential,
    /// The connection could not be opened or broke.
    #[error("connection to turn server failed: {0}")]
    Connection(#[from] std::io::Error),
    /// It did not connect in time.
    #[error("turn server did not answer in time")]
    Late,
    /// Its certificate cannot be checked.
    #[error("turn server cannot be verified: {0}")]
    Certificate(String),
    /// What it sends is neither STUN nor channel data.
    #[error("turn server sent a malformed frame")]
    Frame,
}

/// Relays to TURN servers. Dropping it closes them.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    relays: JoinSet<()>,
    /// Whether the library needs a socket on the loopback interface to reach them.
    pub(crate) on_loopback: bool,
}

impl Turn {
    /// The servers of `config` for the library, and what must live as long as they are used. One that cannot be used is left
    /// out: the others may do.
    pub(crate) async fn open(config: &LegConfig) -> (Vec<IceServer>, Turn) {
        let mut turn = Turn::default();
        let mut usable = Vec::new();
        for server in config.ice_servers.iter().take(SERVERS) {
            match turn.server(server, config).await {
                Ok(server) => usable.push(server),
                Err(error) => tracing::warn!(%error, "an ice server is not used"),
            }
        }
        (usable, turn)
    }

    async fn server(&mut self, server: &IceServer, config: &LegConfig) -> Result<IceServer, TurnError> {
        let address = Address::parse(&server.url)?;
        let credential = !server.username.is_empty() && !server.credential.is_empty();
        match address.transport {
            Transport::Stun => Ok(server.clone()),
            _ if !credential => Err(TurnError::Credential),
            Transport::Udp => Ok(server.clone()),
            Transport::Tcp | Transport::Tls => {
                let roots = match address.transport {
                    Transport::Tls => Some(tls::connector(&config.trusted_roots).await?),
                    _ => None,
                };
                let socket = UdpSocket::bind("127.0.0.1:0").await?;
                let url = format!("turn:{}?transport=udp", socket.local_addr()?);
                self.relays.spawn(relay::run(socket, address, roots));
                self.on_loopback = true;
                Ok(IceServer { url, ..server.clone() })
            }
        }
    }
}
