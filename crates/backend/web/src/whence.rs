//! Where requests come from, and names for such places that do not say where they are.

use std::net::IpAddr;

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::secret::hex;

/// Where a request came from: what the proxy on this machine says, when it came through one.
pub fn whence(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let said = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    // The last one was written by the proxy itself; those before it by anybody.
    let said = said.and_then(|said| said.rsplit(',').next()?.trim().parse().ok());
    // With `[::]` a proxy on this machine may come as `::ffff:127.0.0.1`.
    said.filter(|_| peer.to_canonical().is_loopback()).unwrap_or(peer)
}

/// A name for where somebody is, which does not say where: the same for one household, another after a restart.
pub(crate) fn place(ip: IpAddr) -> String {
    use std::sync::OnceLock;
    static SALT: OnceLock<[u8; 32]> = OnceLock::new();
    // Without randomness nothing starts here, so the other arm is never reached.
    let salt = SALT.get_or_init(|| crate::secret::random().unwrap_or_default());
    let mut hash = Sha256::new();
    hash.update(salt);
    match ip.to_canonical() {
        IpAddr::V4(four) => hash.update(four.octets()),
        IpAddr::V6(six) => hash.update(&six.octets()[..8]),
    }
    hex(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_says_where_a_request_came_from() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.1, 203.0.113.7".parse().unwrap());
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(whence(ip("127.0.0.1"), &headers), ip("203.0.113.7"));
        assert_eq!(whence(ip("::ffff:127.0.0.1"), &headers), ip("203.0.113.7"));
        assert_eq!(whence(ip("192.0.2.1"), &headers), ip("192.0.2.1"));
        assert_eq!(whence(ip("127.0.0.1"), &HeaderMap::new()), ip("127.0.0.1"));
    }

    #[test]
    fn a_household_has_one_place_and_neighbours_another() {
        let ip = |text: &str| place(text.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::2"));
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        assert_eq!(ip("192.0.2.1"), ip("::ffff:192.0.2.1"));
        assert_ne!(ip("192.0.2.1"), ip("192.0.2.2"));
    }
}
