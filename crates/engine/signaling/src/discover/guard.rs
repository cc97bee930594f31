//! Which addresses may be asked when somebody else has named them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::{DiscoverError, short};

/// Looks at what names resolve to, for the first address and for every redirect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// The user has typed the address, or their own domain vouches for it: it may be anywhere.
    pub(super) vouched: bool,
}

impl Guard {
    /// Whether a node may be there.
    pub(super) fn check(self, url: &str) -> Result<(), DiscoverError> {
        if self.vouched {
            return Ok(());
        }
        let private = || DiscoverError::Private(short(url));
        let (scheme, rest) = url.split_once("://").ok_or_else(private)?;
        if !matches!(scheme, "https" | "wss") {
            return Err(private());
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let named = if has_port { authority.to_owned() } else { format!("{authority}:443") };
        let addresses: Vec<SocketAddr> = match named.to_socket_addrs() {
            Ok(addresses) => addresses.collect(),
            Err(_) => return Err(DiscoverError::Silent(short(url))),
        };
        if addresses.iter().all(|address| is_public(address.ip())) { Ok(()) } else { Err(private()) }
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        if self.vouched || found.iter().all(|address| is_public(address.ip())) {
            Ok(found)
        } else {
            Err(ureq::Error::HostNotFound)
        }
    }
}

/// Whether an address is of the open Internet (IANA special-purpose registries; RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Global unicast, without documentation, Teredo, 6to4 and the translation prefix, which hide IPv4 addresses.
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && (segments[1] == 0x0db8 || segments[1] == 0))
        && segments[0] != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for (text, public) in [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.20.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.100.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("198.18.0.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[test]
    fn a_name_alone_never_leads_into_the_own_network_or_away_from_tls() {
        for url in [
            "https://127.0.0.1:1",
            "https://localhost",
            "https://[::1]/x",
            "wss://10.0.0.1/ws",
            "http://93.184.216.34",
        ] {
            let private = Err(DiscoverError::Private(url.to_owned()));
            assert_eq!(Guard { vouched: false }.check(url), private, "{url}");
            assert_eq!(Guard { vouched: true }.check(url), Ok(()), "{url}");
        }
        assert_eq!(Guard { vouched: false }.check("https://93.184.216.34"), Ok(()));
    }
}
