//! Who somebody is, proven: ID tokens, assertions that bind a call's media to a user, and the sign-in in the browser.
//!
//! It never keeps a secret on disk (the caller does, in the keychain), never opens a window, and never decides what a
//! proof means for a call: that is `core/call`. Time is an argument, in seconds of Unix time. Whatever blocks says so;
//! its shell is `engine/client`, and on the other side of the network `backend/server`.
//!
//! | module | holds |
//! |---|---|
//! | [`key`] | [`SigningKey`], [`Jwk`]: ES256 keys, thumbprints, verification by ES256 and RS256 |
//! | [`token`] | [`IdToken`], [`Claims`]: one JWT, read before it is believed |
//! | [`fetch`] | JSON over HTTPS or loopback HTTP, with limits |
//! | [`issuers`] | [`Issuers`]: which keys an issuer signs with, and which issuer speaks for a domain |
//! | [`wallet`] | [`Wallet`]: one account's key and ID token; signs statements |
//! | [`assertion`] | the form of a signed statement |
//! | [`verifier`] | [`Verifier`]: what somebody else's assertion is worth in a call |
//! | [`opening`] | [`Opening`]: the assertion by which a visitor opens a session |
//! | [`replay`] | [`Replay`]: what was seen before |
//! | [`browser`] | [`browser::sign_in`]: OpenID Connect by the system's browser (RFC 8252) |

pub mod assertion;
pub mod browser;
pub mod fetch;
pub mod issuers;
pub mod key;
pub mod opening;
pub mod replay;
pub mod token;
pub mod verifier;
pub mod wallet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use issuers::Issuers;
pub use key::{Jwk, KeyError, SigningKey};
pub use opening::Opening;
pub use replay::Replay;
pub use token::{Claims, IdToken, TokenError};
pub use verifier::Verifier;
pub use wallet::Wallet;

/// Base64url without padding (RFC 7515, section 2).
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of [`encode`]d text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// `bits / 8` random bytes of the operating system as base64url.
pub(crate) fn random<const BYTES: usize>() -> Result<String, KeyError> {
    let mut bytes = [0; BYTES];
    let system = ring::rand::SystemRandom::new();
    ring::rand::SecureRandom::fill(&system, &mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(encode(bytes))
}

/// SHA-256 of a text as base64url, 43 characters: thumbprints (RFC 7638), and the `S256` of PKCE (RFC 7636, section 4.2).
pub fn s256(text: &str) -> String {
    encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}
