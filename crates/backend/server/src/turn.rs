//! Relays that clients are told of, with passwords that a TURN server checks by a secret it shares with the backend: the
//! user name says until when it is good, the password is its HMAC-SHA1 (coturn's `use-auth-secret`, after
//! draft-uberti-behave-turn-rest-00).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

/// How long a password is good for a new allocation; a call that goes on keeps its relay.
const LIFE: Duration = Duration::from_secs(6 * 3_600);

/// `iceServers` of a sign-in: one entry for all relays, or none. `user` goes into the user name, so that a relay's log can
/// tell people apart; `now` is Unix time in seconds.
pub fn ice_servers(urls: &[String], secret: Option<&str>, user: &str, now: i64) -> Value {
    let (false, Some(secret)) = (urls.is_empty(), secret) else { return json!([]) };
    let expires = now.saturating_add(i64::try_from(LIFE.as_secs()).unwrap_or(i64::MAX));
    let username = format!("{expires}:{user}");
    json!([{"urls": urls, "username": username, "credential": credential(secret, &username)}])
}

/// Reads a `turn:` or `turns:` address (RFC 7065).
pub fn parse_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("turn:").or_else(|| text.strip_prefix("turns:"));
    let fits = |rest: &&str| {
        !rest.is_empty() && rest.len() <= 300 && rest.bytes().all(|byte| byte.is_ascii_graphic())
    };
    rest.filter(fits).map(|_| text.to_owned()).ok_or_else(|| "is no turn: or turns: address".to_owned())
}

fn credential(secret: &str, username: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, username.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_base64_of_the_hmac_sha1_of_the_user_name() {
        // RFC 2202, section 3, test case 2.
        let expected = STANDARD.encode([
            0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74, 0x16, 0xd5, 0xf1, 0x84, 0xdf, 0x9c,
            0x25, 0x9a, 0x7c, 0x79,
        ]);
        assert_eq!(credential("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn a_user_name_says_until_when_it_is_good_and_whose_it_is() {
        let urls = ["turn:turn.test:3478?transport=udp".to_owned()];
        let servers = ice_servers(&urls, Some("s"), "alice", 1_000);
        assert_eq!(servers[0]["username"], "22600:alice");
        assert_eq!(servers[0]["urls"][0], urls[0]);
        assert_eq!(ice_servers(&[], Some("s"), "alice", 0), json!([]));
        assert!(
            parse_url("stun:x").is_err() && parse_url("turn:").is_err() && parse_url("turn:a b").is_err()
        );
    }
}
