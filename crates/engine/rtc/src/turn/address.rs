//! URLs of STUN and TURN servers (RFC 7064, RFC 7065).

use super::TurnError;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// STUN over UDP.
    Stun,
    /// TURN over UDP.
    Udp,
    /// TURN over TCP.
    Tcp,
    /// TURN over TLS over TCP.
    Tls,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) transport: Transport,
    /// A name or an address; IPv6 without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, TurnError> {
        let (scheme, rest) = url.split_once(':').ok_or(TurnError::Url)?;
        let (place, query) = match rest.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (rest, None),
        };
        let scheme = scheme.to_ascii_lowercase();
        let over = query.map(|query| query.strip_prefix("transport=").ok_or(TurnError::Url)).transpose()?;
        let over = over.map(str::to_ascii_lowercase);
        let transport = match (scheme.as_str(), over.as_deref()) {
            ("stun", None) => Transport::Stun,
            ("turn", None | Some("udp")) => Transport::Udp,
            ("turn", Some("tcp")) => Transport::Tcp,
            ("turns", None | Some("tcp")) => Transport::Tls,
            _ => return Err(TurnError::Url),
        };
        let usual = if transport == Transport::Tls { 5349 } else { 3478 };
        let (host, port) = place_of(place).ok_or(TurnError::Url)?;
        Ok(Address { transport, host: host.to_owned(), port: port.unwrap_or(usual) })
    }
}

fn place_of(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    if host.is_empty() || !host.bytes().all(named) {
        return None;
    }
    match rest.strip_prefix(':') {
        None => rest.is_empty().then_some((host, None)),
        Some(port) => Some((host, Some(port.parse().ok().filter(|port| *port > 0)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_url_names_a_transport_and_a_place() {
        let check = |url: &str, transport, host: &str, port| {
            let address = Address::parse(url).expect(url);
            assert_eq!(address, Address { transport, host: host.to_owned(), port }, "{url}");
        };
        check("stun:stun.a.example", Transport::Stun, "stun.a.example", 3478);
        check("turn:a.example:80", Transport::Udp, "a.example", 80);
        check("turn:a.example?transport=udp", Transport::Udp, "a.example", 3478);
        check("turn:10.0.0.1:443?transport=TCP", Transport::Tcp, "10.0.0.1", 443);
        check("turns:a.example", Transport::Tls, "a.example", 5349);
        check("turns:[2001:db8::1]:443?transport=tcp", Transport::Tls, "2001:db8::1", 443);
    }

    #[test]
    fn what_nobody_offers_is_refused() {
        for url in [
            "",
            "turn",
            "turn:",
            "turn::80",
            "turn:a:0",
            "turn:a:99999",
            "turn:a b",
            "turn:[::1",
            "turn:[::1]x",
            "http://a.example",
            "stuns:a.example",
            "stun:a?transport=tcp",
            "turns:a?transport=udp",
            "turn:a?transport=sctp",
            "turn:a?x=y",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
