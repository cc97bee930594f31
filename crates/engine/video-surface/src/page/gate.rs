//! Who may connect: a page of this program, holding a token that it was given by command.

use std::sync::{Mutex, PoisonError};

use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::StatusCode;

/// Where the program's own pages come from, per operating system.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// Where they come from while the interface is being developed.
const DEV_ORIGINS: [&str; 2] = ["http://127.0.0.1:5173", "http://localhost:5173"];

/// Bytes of a token before it is written as hexadecimal digits.
const TOKEN_LEN: usize = 16;

/// Knows the one token that is good now.
pub(super) struct Gate {
    port: u16,
    token: Mutex<Option<String>>,
}

impl Gate {
    pub fn new(port: u16) -> Self {
        Gate { port, token: Mutex::new(None) }
    }

    /// A new token: 128 random bits as 32 hexadecimal digits. The one before is void.
    pub fn issue(&self) -> Result<String, getrandom::Error> {
        let mut bytes = [0; TOKEN_LEN];
        getrandom::fill(&mut bytes)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    /// Uses the token up. A wrong one leaves the right one good: another program must not be able to shut the page out.
    pub fn admit(&self, word: &str) -> bool {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let right = token.as_deref().is_some_and(|token| same(token.as_bytes(), word.as_bytes()));
        if right {
            *token = None;
        }
        right
    }

    /// Checks the opening request. A browser sets `Origin` and `Host` itself; a page from elsewhere, also one whose
    /// name was made to resolve to this machine, has others.
    pub fn check(&self, request: &Request) -> Result<(), StatusCode> {
        let header = |name: &str| {
            let mut values = request.headers().get_all(name).iter();
            let first = values.next().and_then(|value| value.to_str().ok());
            if values.next().is_some() { None } else { first }
        };
        let host = header("host").ok_or(StatusCode::BAD_REQUEST)?;
        if host != format!("127.0.0.1:{}", self.port) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        let origin = header("origin").ok_or(StatusCode::FORBIDDEN)?;
        let known = ORIGINS.contains(&origin) || (cfg!(debug_assertions) && DEV_ORIGINS.contains(&origin));
        if known { Ok(()) } else { Err(StatusCode::FORBIDDEN) }
    }
}

/// Compares in a time that does not depend on where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let difference = a.iter().zip(b).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut builder = Request::builder().uri("/");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).expect("a plain request")
    }

    #[test]
    fn a_token_is_good_once_and_until_the_next_is_issued() {
        let gate = Gate::new(1);
        assert!(!gate.admit(""), "nothing is good before the first token");
        let first = gate.issue().expect("randomness");
        assert_eq!(first.len(), 32);
        let second = gate.issue().expect("randomness");
        assert!(!gate.admit(&first));
        assert!(!gate.admit(&second[..31]));
        assert!(gate.admit(&second), "a wrong word does not spoil the right one");
        assert!(!gate.admit(&second));
    }

    #[test]
    fn only_our_own_pages_on_our_own_address_pass() {
        let gate = Gate::new(4000);
        let check = |headers: &[(&str, &str)]| gate.check(&request(headers));
        let host = ("host", "127.0.0.1:4000");
        for origin in ORIGINS {
            assert_eq!(check(&[host, ("origin", origin)]), Ok(()));
        }
        assert_eq!(check(&[host]), Err(StatusCode::FORBIDDEN));
        assert_eq!(check(&[host, ("origin", "https://example.org")]), Err(StatusCode::FORBIDDEN));
        assert_eq!(check(&[host, ("origin", "tauri://localhost.example.org")]), Err(StatusCode::FORBIDDEN));
        let twice = [host, ("origin", ORIGINS[0]), ("origin", "https://example.org")];
        assert_eq!(check(&twice), Err(StatusCode::FORBIDDEN));
        let elsewhere = [("host", "example.org:4000"), ("origin", ORIGINS[0])];
        assert_eq!(check(&elsewhere), Err(StatusCode::MISDIRECTED_REQUEST));
    }
}
