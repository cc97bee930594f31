//! Somebody on the way between a client and its domain: everything passes, but for one digit of every fingerprint in a description
//! that goes to the client. Who believes such a description speaks to somebody else than they think.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::backend::Backend;
use crate::wait::Trouble;

/// Behind this stands the first digit of a fingerprint (RFC 8122, section 5).
const BEFORE: &[u8] = b"fingerprint:sha-256 ";

/// One of those. Dropping it closes the way.
pub struct Meddler {
    /// `http://127.0.0.1:40001`, for clients in place of the backend's.
    pub url: String,
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    changed: AtomicU32,
    over: AtomicBool,
}

impl Meddler {
    /// Stands before a backend.
    pub fn before(backend: &Backend) -> Result<Meddler, Trouble> {
        let target = backend.url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let seen = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if seen.over.load(Ordering::Relaxed) {
                    return;
                }
                // A backend that is not there is a connection that closes.
                if let Ok(server) = TcpStream::connect(&target) {
                    _ = stand_between(client, server, &seen);
                }
            }
        });
        Ok(Meddler { url: format!("http://{address}"), address, state })
    }

    /// How many fingerprints were changed.
    pub fn changed(&self) -> u32 {
        self.state.changed.load(Ordering::Relaxed)
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
        // So that it looks.
        _ = TcpStream::connect(self.address);
    }
}

/// A thread for each direction; both end when one side closes.
fn stand_between(client: TcpStream, server: TcpStream, state: &Arc<State>) -> std::io::Result<()> {
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let (from_server, to_client, state) = (server, client, state.clone());
    std::thread::spawn(move || pass(from_client, to_server, |_| ()));
    std::thread::spawn(move || {
        let mut forger = Forger::default();
        pass(from_server, to_client, |bytes| {
            state.changed.fetch_add(forger.change(bytes), Ordering::Relaxed);
        });
    });
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut change: impl FnMut(&mut [u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        change(&mut buffer[..len]);
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    for side in [from, to] {
        // An error means that it is closed already.
        _ = side.shutdown(Shutdown::Both);
    }
}

/// Changes a stream of bytes in its place, wherever it is cut. What servers send over WebSockets is not masked.
#[derive(Default)]
struct Forger {
    matched: usize,
}

impl Forger {
    /// How many fingerprints begin in these bytes.
    fn change(&mut self, bytes: &mut [u8]) -> u32 {
        let mut changed = 0;
        for byte in bytes {
            if self.matched == BEFORE.len() {
                *byte = if *byte == b'0' { b'1' } else { b'0' };
                changed += 1;
            }
            self.matched = match BEFORE.get(self.matched) {
                Some(expected) if byte == expected => self.matched + 1,
                // The first letter stands nowhere else in it.
                _ => usize::from(*byte == BEFORE[0]),
            };
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_of_every_fingerprint_is_changed_wherever_the_stream_is_cut() {
        let text = b"ffingerprint:sha-256 0A:1B a=fingerprint:sha-256 F0 fingerprint:sha-1 AA".to_vec();
        let expected = b"ffingerprint:sha-256 1A:1B a=fingerprint:sha-256 00 fingerprint:sha-1 AA";
        for cut in 0..text.len() {
            let (mut forger, mut bytes) = (Forger::default(), text.clone());
            let (one, two) = bytes.split_at_mut(cut);
            assert_eq!(forger.change(one) + forger.change(two), 2);
            assert_eq!(bytes, expected);
        }
    }
}
