//! Authorization codes: good once, for a minute.

use std::collections::BTreeMap;

use crate::secret::{self, Fingerprint, SecretError};

/// How long a code is good, seconds.
const LIFE: u64 = 60;
/// The most codes at once; the oldest gives way.
const MOST: usize = 1_024;

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    /// The client that has asked.
    pub(super) client: String,
    /// Where it is sent to, as it was asked for.
    pub(super) redirect: String,
    /// `S256` of the client's secret for this exchange.
    pub(super) challenge: String,
    /// What the ID token must carry.
    pub(super) nonce: Option<String>,
    /// Who has signed in.
    pub(super) account: String,
}

/// The codes that are out.
#[derive(Debug, Default)]
pub(super) struct Codes(BTreeMap<Fingerprint, (u64, Granted)>);

impl Codes {
    /// A new code; `now` in Unix seconds.
    pub(super) fn put(&mut self, granted: Granted, now: u64) -> Result<String, SecretError> {
        let code = secret::token()?;
        self.0.retain(|_, (expires, _)| *expires > now);
        if self.0.len() >= MOST
            && let Some(oldest) =
                self.0.iter().min_by_key(|(_, (expires, _))| *expires).map(|(fingerprint, _)| *fingerprint)
        {
            self.0.remove(&oldest);
        }
        self.0.insert(secret::fingerprint(&code), (now + LIFE, granted));
        Ok(code)
    }

    /// Takes a code: whatever comes of it, it is not good again.
    pub(super) fn take(&mut self, code: &str, now: u64) -> Option<Granted> {
        let (expires, granted) = self.0.remove(&secret::fingerprint(code))?;
        (expires > now).then_some(granted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(account: &str) -> Granted {
        let text = str::to_owned;
        let (client, redirect, challenge) = (text("c"), text("http://127.0.0.1:1/"), text("x"));
        Granted { client, redirect, challenge, nonce: None, account: text(account) }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_minute() {
        let mut codes = Codes::default();
        let (one, two) = (codes.put(granted("a"), 0).unwrap(), codes.put(granted("b"), 0).unwrap());
        assert_eq!(codes.take(&one, 59), Some(granted("a")));
        assert_eq!(codes.take(&one, 59), None);
        assert_eq!(codes.take(&two, 60), None);
        assert_eq!(codes.take("", 0), None);
    }

    #[test]
    fn the_oldest_of_too_many_codes_gives_way() {
        let mut codes = Codes::default();
        let first = codes.put(granted("a"), 0).unwrap();
        for _ in 0..MOST {
            codes.put(granted("b"), 1).unwrap();
        }
        assert_eq!(codes.take(&first, 1), None);
        assert_eq!(codes.0.len(), MOST);
    }
}
