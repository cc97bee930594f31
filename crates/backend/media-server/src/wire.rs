//! The socket. One that is bound to IPv6 may take IPv4 as well; the addresses of that are then written as a part of IPv6
//! (RFC 4291, 2.5.5.2). Here and in what clients are told they are IPv4, as the clients know them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use str0m::net::Transmit;
use tokio::net::UdpSocket;

use crate::counters::Counters;

/// The socket, with its counters.
pub(crate) struct Wire {
    pub(crate) socket: UdpSocket,
    pub(crate) counters: Arc<Counters>,
    /// Whether it is bound to IPv6.
    six: bool,
}

impl Wire {
    pub(crate) fn new(socket: UdpSocket, counters: Arc<Counters>) -> Wire {
        let six = socket.local_addr().is_ok_and(|address| address.is_ipv6());
        Wire { socket, counters, six }
    }

    pub(crate) fn send(&self, transmit: &Transmit) {
        let destination = outward(transmit.destination, self.six);
        // A full buffer is loss like any other; the receiver asks again for what it misses.
        match self.socket.try_send_to(&transmit.contents, destination) {
            Ok(_) => self.counters.datagrams_out.add(1),
            Err(_) => self.counters.send_failures.add(1),
        }
    }

    /// A datagram that is there already: its length, and where it came from.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, source) = self.socket.try_recv_from(buffer)?;
        Ok((length, inward(source)))
    }
}

/// An address as the socket has to be told it.
fn outward(destination: SocketAddr, six: bool) -> SocketAddr {
    match destination {
        SocketAddr::V4(four) if six => SocketAddr::new(four.ip().to_ipv6_mapped().into(), four.port()),
        _ => destination,
    }
}

/// An address as everybody else knows it.
fn inward(source: SocketAddr) -> SocketAddr {
    let SocketAddr::V6(six) = source else { return source };
    six.ip().to_ipv4_mapped().map_or(source, |four| SocketAddr::new(four.into(), six.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_is_a_part_of_ipv6_for_a_socket_of_that_only() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (four, mapped) = (address("192.0.2.1:5"), address("[::ffff:192.0.2.1]:5"));
        assert_eq!((outward(four, true), outward(four, false)), (mapped, four));
        assert_eq!((inward(mapped), inward(four)), (four, four));
        let six = address("[2001:db8::1]:5");
        assert_eq!((outward(six, true), inward(six)), (six, six));
    }
}
