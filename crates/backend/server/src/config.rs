//! What the backend is told when it starts.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use confab_rethink::{Domain, Flavour};

use crate::neighbours::{Neighbour, TrustedIssuer};
use crate::oidc::OidcOptions;
use crate::rooms::RoomOption;

/// How far the ports of one domain are from those of the next.
const STRIDE: u16 = 10;

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
    /// Several domains in one process, each with a folder below --data, its own accounts and rooms, and the ports of --listen and
    /// --media-port plus 10 for each domain before it. They know and believe each other
    #[arg(long, value_delimiter = ',', value_parser = parse_domain, conflicts_with = "domain")]
    pub domains: Vec<Domain>,
    /// Where another domain is served; clients are told. May be given several times
    #[arg(long, value_name = "DOMAIN=URL", value_parser = Neighbour::parse)]
    pub neighbour: Vec<Neighbour>,
    /// Issuer of ID tokens that is believed about users of DOMAIN, or of the URL's host when there is none: they may open
    /// sessions here. May be given several times
    #[arg(long, value_name = "[DOMAIN=]URL", value_parser = TrustedIssuer::parse)]
    pub trust_issuer: Vec<TrustedIssuer>,
    /// TURN server that clients are told of, such as turn:turn.example:3478?transport=udp. May be given several times
    #[arg(long, value_name = "URL", requires = "turn_secret", value_parser = crate::turn::parse_url)]
    pub turn: Vec<String>,
    /// What the TURN servers call `static-auth-secret`; clients get passwords made from it that are good for some hours
    #[arg(long, value_name = "SECRET", env = "CONFAB_TURN_SECRET", hide_env_values = true)]
    pub turn_secret: Option<String>,
    /// UDP port of the media server on the address of --listen; 0 takes any
    #[arg(long, value_name = "PORT", default_value = "4711", value_parser = parse_media_port)]
    pub media_port: u16,
    /// Address that clients send media to; needed when --listen is 0.0.0.0 or [::]
    #[arg(long, value_name = "IP")]
    pub media_address: Option<IpAddr>,
    /// Base that clients reach this backend at when it stands behind a proxy, such as https://conf.example; one for each of
    /// --domains, separated by commas
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Mail server for invitations: smtps://user:password@host, or smtp://user:password@host, which must offer STARTTLS unless it is on
    /// this machine. Without one, mails are shown at /mail on this machine
    #[arg(long, value_name = "URL", env = "CONFAB_SMTP", hide_env_values = true, requires = "mail_from")]
    pub smtp: Option<String>,
    /// Address that invitations come from, such as meetings@conf.example
    #[arg(long, value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Kind of connection that signed-in clients are told to use: nodejs or vertx. Both are always served
    #[arg(long, default_value = "nodejs", value_parser = parse_flavour)]
    pub flavour: Flavour,
    /// Believes everybody, as the reference message nodes do: no access tokens, no bound addresses
    #[arg(long)]
    pub open: bool,
    /// Accounts that are made when they are missing; --users '' makes none
    #[arg(long, value_delimiter = ',', default_value = "alice,bob,carol,daniel")]
    pub users: Vec<String>,
    /// Rooms that are open from the start, each with the account that it belongs to or without one: 4711=alice,standup.
    /// Without any, 4711, which is alice's where she has an account
    #[arg(long, value_name = "ROOM[=ACCOUNT]", value_delimiter = ',')]
    pub rooms: Vec<RoomOption>,
    /// How long a meeting waits for its organiser when the connection to them is lost, before the first co-organiser takes over or it ends
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub organiser_grace: u64,
    /// Password of the accounts of --users; a random one is made at the first start when there is none
    #[arg(long, env = "CONFAB_QA_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Lets people in who only say a name: they are shown as guests, nothing is kept of them, and they cannot take an account's
    /// name
    #[arg(long)]
    pub invented_names: bool,
    /// Signing in by OpenID Connect
    #[command(flatten)]
    pub oidc: OidcOptions,
}

impl Config {
    /// On any free ports of the loopback interface, with the usual accounts and room. For tests and bots.
    pub fn on_loopback(data: impl Into<PathBuf>, password: &str) -> Config {
        Config {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            domain: Domain::parse("confab.local").expect("the default domain is valid"),
            domains: Vec::new(),
            neighbour: Vec::new(),
            trust_issuer: Vec::new(),
            turn: Vec::new(),
            turn_secret: None,
            media_port: 0,
            media_address: None,
            public_url: None,
            smtp: None,
            mail_from: None,
            flavour: Flavour::NodeJs,
            open: false,
            users: ["alice", "bob", "carol", "daniel"].map(str::to_owned).to_vec(),
            rooms: Vec::new(),
            organiser_grace: 60,
            password: Some(password.to_owned()),
            invented_names: false,
            oidc: OidcOptions::default(),
        }
    }
}

/// Why options of several domains do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Named twice, or it cannot be a folder's name.
    #[error("domain {0} is named twice or cannot be the name of a folder")]
    Domain(Domain),
    /// The stride leads beyond 65,535.
    #[error("there are not enough ports behind --listen or --media-port for every domain")]
    Ports,
    /// Not one for each domain.
    #[error("--public-url has {0} addresses for {1} domains")]
    PublicUrls(usize, usize),
}

impl Config {
    /// The accounts that are made when they are missing.
    pub fn made_accounts(&self) -> &[String] {
        match self.users.as_slice() {
            [none] if none.is_empty() => &[],
            users => users,
        }
    }

    /// The options of each domain by itself; of the only one as they are.
    pub fn each(self) -> Result<Vec<Config>, ConfigError> {
        if self.domains.is_empty() {
            return Ok(vec![self]);
        }
        let urls: Option<Vec<String>> =
            self.public_url.as_ref().map(|urls| urls.split(',').map(|url| url.trim().to_owned()).collect());
        if let Some(urls) = urls.as_ref().filter(|urls| urls.len() != self.domains.len()) {
            return Err(ConfigError::PublicUrls(urls.len(), self.domains.len()));
        }
        let mut folders = BTreeSet::new();
        let mut configs = Vec::new();
        for (number, domain) in self.domains.iter().enumerate() {
            // A colon in front of a port is no character for files on every system; a folder of dots is another folder.
            let folder = domain.as_str().to_lowercase().replace(':', "_");
            if folder.bytes().all(|byte| byte == b'.') || !folders.insert(folder.clone()) {
                return Err(ConfigError::Domain(domain.clone()));
            }
            let mut listen = self.listen;
            listen.set_port(beside(listen.port(), number)?);
            configs.push(Config {
                domain: domain.clone(),
                data: self.data.join(folder),
                listen,
                media_port: beside(self.media_port, number)?,
                public_url: urls.as_ref().map(|urls| urls[number].clone()),
                ..self.clone()
            });
        }
        Ok(configs)
    }
}

/// The port of the domain with that number, counted from 0; any for any.
fn beside(port: u16, number: usize) -> Result<u16, ConfigError> {
    if port == 0 {
        return Ok(0);
    }
    let number = u16::try_from(number).map_err(|_| ConfigError::Ports)?;
    STRIDE.checked_mul(number).and_then(|more| port.checked_add(more)).ok_or(ConfigError::Ports)
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

    #[test]
    fn several_domains_have_ports_and_folders_of_their_own() {
        let domains =
            |names: &[&str]| names.iter().map(|name| Domain::parse(name).unwrap()).collect::<Vec<_>>();
        let mut config = Config::on_loopback("data", "secret");
        assert_eq!(
            config.clone().each().unwrap()[0].data,
            PathBuf::from("data"),
            "one domain is served as before"
        );
        config.domains = domains(&["a.local", "b.local:8080"]);
        config.listen.set_port(4710);
        config.media_port = 4711;
        let each = config.clone().each().unwrap();
        let seen: Vec<_> =
            each.iter().map(|one| (one.data.clone(), one.listen.port(), one.media_port)).collect();
        assert_eq!(
            seen,
            [(PathBuf::from("data/a.local"), 4710, 4711), (PathBuf::from("data/b.local_8080"), 4720, 4721)]
        );
        let refused = |change: fn(&mut Config)| {
            let mut config = config.clone();
            change(&mut config);
            config.each().unwrap_err()
        };
        assert!(matches!(refused(|c| c.domains[1] = c.domains[0].clone()), ConfigError::Domain(_)));
        assert!(matches!(refused(|c| c.domains[1] = Domain::parse("..").unwrap()), ConfigError::Domain(_)));
        assert_eq!(refused(|c| c.media_port = 65_530), ConfigError::Ports);
        assert_eq!(
            refused(|c| c.public_url = Some("https://a.example".into())),
            ConfigError::PublicUrls(1, 2)
        );
    }
}
