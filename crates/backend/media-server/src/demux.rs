//! Whose datagram this is.
//!
//! A connectivity check names the leg (its ICE user name), everything else is known by where it comes from. The name goes
//! first: a client may use the port of a leg that is just being closed for its next one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use confab_types::LegId;

/// STUN's magic cookie (RFC 8489, 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: u16 = 0x0006;

/// Datagrams from nowhere that all legs are shown, in each [`SPAN`].
const SHOWN: u32 = 32;
const SPAN: Duration = Duration::from_millis(10);

/// How many datagrams from nowhere all legs may still be shown: somebody who floods the port does not keep them busy.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// Since when, and how many.
    used: Option<(Instant, u32)>,
}

impl Allowance {
    /// Whether there is one left, which is then used.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let (since, used) = match self.used {
            Some((since, used)) if now.saturating_duration_since(since) < SPAN => (since, used),
            _ => (now, 0),
        };
        let left = used < SHOWN;
        self.used = Some((since, used + u32::from(left)));
        left
    }
}

/// What is known of legs' names and addresses.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_ufrag: HashMap<String, LegId>,
    by_source: HashMap<SocketAddr, LegId>,
}

/// Where to look for a datagram's leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// It can only be this one.
    Named(LegId),
    /// Probably this one.
    Source(LegId),
    /// Any leg may claim it.
    Unknown,
    /// It names a leg that does not exist.
    Nobody,
}

impl Demux {
    /// A leg has come, with the server's ICE user name for it.
    pub(crate) fn insert(&mut self, leg: LegId, ufrag: &str) {
        self.by_ufrag.insert(ufrag.to_owned(), leg);
    }

    /// A leg's datagrams come from here now, and no longer from `before`.
    pub(crate) fn moved(&mut self, leg: LegId, before: Option<SocketAddr>, source: SocketAddr) {
        self.forget_source(leg, before);
        self.by_source.insert(source, leg);
    }

    /// A leg is gone.
    pub(crate) fn remove(&mut self, leg: LegId, ufrag: &str, source: Option<SocketAddr>) {
        self.by_ufrag.remove(ufrag);
        self.forget_source(leg, source);
    }

    /// Where to look.
    pub(crate) fn find(&self, datagram: &[u8], source: SocketAddr) -> Lookup {
        match named_leg(datagram) {
            Some(ufrag) => self.by_ufrag.get(ufrag).map_or(Lookup::Nobody, |&leg| Lookup::Named(leg)),
            None => self.by_source.get(&source).map_or(Lookup::Unknown, |&leg| Lookup::Source(leg)),
        }
    }

    fn forget_source(&mut self, leg: LegId, source: Option<SocketAddr>) {
        if let Some(source) = source
            && self.by_source.get(&source) == Some(&leg)
        {
            self.by_source.remove(&source);
        }
    }
}

/// The server's half of the user name in a STUN binding request (`server:client`, RFC 8445, 7.2.2).
fn named_leg(datagram: &[u8]) -> Option<&str> {
    let (header, mut attributes) = datagram.split_at_checked(20)?;
    if header[..2] != BINDING_REQUEST || header[4..8] != COOKIE {
        return None;
    }
    while let Some((head, rest)) = attributes.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..length)?;
        if kind == USERNAME {
            return std::str::from_utf8(value).ok()?.split(':').next();
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut datagram = [&BINDING_REQUEST[..], &[0, 0], &COOKIE, &[7; 12]].concat();
        for (kind, value) in attributes {
            datagram.extend(kind.to_be_bytes());
            datagram.extend((value.len() as u16).to_be_bytes());
            datagram.extend(*value);
            datagram.resize(datagram.len().next_multiple_of(4), 0);
        }
        datagram
    }

    #[test]
    fn a_check_is_for_the_leg_it_names_wherever_it_comes_from() {
        let (here, there) = ("127.0.0.1:1000".parse().unwrap(), "127.0.0.1:2000".parse().unwrap());
        let mut demux = Demux::default();
        demux.insert(LegId(1), "old");
        demux.moved(LegId(1), None, here);
        demux.insert(LegId(2), "new");
        assert_eq!(
            demux.find(&request(&[(0x24, &[0; 4]), (USERNAME, b"new:theirs")]), here),
            Lookup::Named(LegId(2))
        );
        assert_eq!(demux.find(&request(&[(USERNAME, b"gone:theirs")]), here), Lookup::Nobody);
        assert_eq!(demux.find(&[0x80, 0x60], here), Lookup::Source(LegId(1)));
        assert_eq!(demux.find(&[0x80, 0x60], there), Lookup::Unknown);

        demux.moved(LegId(2), None, here);
        demux.remove(LegId(1), "old", Some(here));
        assert_eq!(demux.find(&[0x80, 0x60], here), Lookup::Source(LegId(2)), "the port has a new owner");
    }

    #[test]
    fn a_flood_from_nowhere_is_shown_to_the_legs_in_part() {
        let start = Instant::now();
        let mut allowance = Allowance::default();
        let shown = (0..1_000).filter(|_| allowance.take(start)).count();
        assert_eq!(shown, SHOWN as usize);
        assert!(!allowance.take(start + SPAN / 2));
        assert!(allowance.take(start + SPAN));
    }

    #[test]
    fn truncated_checks_name_nobody() {
        let whole = request(&[(USERNAME, b"new:theirs")]);
        for length in 0..whole.len() - 2 {
            assert_eq!(named_leg(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(named_leg(&request(&[(USERNAME, &[0xff])])), None);
    }
}
