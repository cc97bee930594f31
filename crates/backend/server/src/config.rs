//! What the backend is told when it starts.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use confab_rethink::{Domain, Flavour};

/// Options of `confab-backend serve`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Folder of the database and the password of the QA accounts; made when it is missing
    #[arg(long, value_name = "DIR", default_value_os_t = default_data())]
    pub data: PathBuf,
    /// Address of everything that is HTTP or WebSocket; port 0 takes any
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4710")]
    pub listen: SocketAddr,
    /// Domain this backend serves
    #[arg(long, default_value = "confab.local", value_parser = parse_domain)]
    pub domain: Domain,
    /// UDP port of the media server on the address of --listen; 0 takes any
    #[arg(long, value_name = "PORT", default_value = "4711", value_parser = parse_media_port)]
    pub media_port: u16,
    /// Address that clients send media to; needed when --listen is 0.0.0.0 or [::]
    #[arg(long, value_name = "IP")]
    pub media_address: Option<IpAddr>,
    /// Base that clients reach this backend at when it stands behind a proxy, such as https://conf.example
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Kind of connection that signed-in clients are told to use: nodejs or vertx. Both are always served
    #[arg(long, default_value = "nodejs", value_parser = parse_flavour)]
    pub flavour: Flavour,
    /// Believes everybody, as the reference message nodes do: no access tokens, no bound addresses
    #[arg(long)]
    pub open: bool,
    /// Accounts that are made when they are missing
    #[arg(long, value_delimiter = ',', default_value = "alice,bob,carol,daniel")]
    pub users: Vec<String>,
    /// Rooms that are open from the start
    #[arg(long, value_delimiter = ',', default_value = "4711")]
    pub rooms: Vec<String>,
    /// Password of the accounts of --users; a random one is made at the first start when there is none
    #[arg(long, env = "CONFAB_QA_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
}

impl Config {
    /// On any free ports of the loopback interface, with the usual accounts and room. For tests and bots.
    pub fn on_loopback(data: impl Into<PathBuf>, password: &str) -> Config {
        Config {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            domain: Domain::parse("confab.local").expect("the default domain is valid"),
            media_port: 0,
            media_address: None,
            public_url: None,
            flavour: Flavour::NodeJs,
            open: false,
            users: ["alice", "bob", "carol", "daniel"].map(str::to_owned).to_vec(),
            rooms: vec!["4711".to_owned()],
            password: Some(password.to_owned()),
        }
    }
}

fn default_data() -> PathBuf {
    let folders = directories::ProjectDirs::from("eu", "reTHINK", "confab-backend");
    folders.map_or_else(|| PathBuf::from("confab-data"), |folders| folders.data_dir().to_owned())
}

fn parse_domain(text: &str) -> Result<Domain, String> {
    Domain::parse(text).map_err(|error| error.to_string())
}

fn parse_flavour(text: &str) -> Result<Flavour, String> {
    let served = Flavour::parse(text).filter(|flavour| *flavour != Flavour::Matrix);
    served.ok_or_else(|| "is neither nodejs nor vertx".to_owned())
}

/// `4711` or, as it is written in firewall rules, `4711/udp`.
fn parse_media_port(text: &str) -> Result<u16, String> {
    let number = text.strip_suffix("/udp").unwrap_or(text);
    number.parse().map_err(|_| "is not a port".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_port_may_say_that_it_is_udp() {
        assert_eq!(parse_media_port("4711/udp"), Ok(4711));
        assert_eq!(parse_media_port("4711"), Ok(4711));
        assert!(parse_media_port("4711/tcp").is_err());
        assert!(parse_flavour("matrix").is_err());
    }
}
