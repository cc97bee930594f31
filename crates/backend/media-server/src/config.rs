//! What an operator chooses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How a media server is set up.
#[derive(Clone, Debug)]
pub struct MediaServerConfig {
    /// Where media is received; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Addresses told to clients as host candidates, when they reach the server under others than `bind` (several
    /// interfaces, address translation). Needed when `bind` is the unspecified address. Port 0 stands for the port that is bound.
    pub advertise: Vec<SocketAddr>,
    /// Most legs at once.
    pub max_legs: u32,
    /// A leg is gone when nothing was heard from its client for this long. Clients check their path every 2 to 5 s
    /// (RFC 7675), so less than 6 s loses healthy ones.
    pub lost_after: Duration,
    /// A leg must be connected this long after its answer.
    pub connect_within: Duration,
}

impl MediaServerConfig {
    /// Port of media where nothing else is said.
    pub const PORT: u16 = 4711;
}

impl Default for MediaServerConfig {
    fn default() -> Self {
        MediaServerConfig {
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), MediaServerConfig::PORT),
            advertise: Vec::new(),
            max_legs: 1024,
            lost_after: Duration::from_secs(8),
            connect_within: Duration::from_secs(30),
        }
    }
}

/// Why a media server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be bound.
    #[error("cannot receive media on {address}: {source}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// `bind` is unspecified and nothing is advertised, or an advertised address is none a client could use.
    #[error("{0} cannot be told to clients: name an address they can reach")]
    Advertise(SocketAddr),
    /// No certificate for DTLS could be made.
    #[error("no certificate for media encryption could be made")]
    Certificate,
    /// The system gives no thread.
    #[error("cannot start the media thread: {0}")]
    Thread(std::io::Error),
}
