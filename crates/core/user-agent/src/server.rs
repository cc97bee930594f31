//! What a person types as "server", and what a sign-in answers (docs/protocol.md, section 2).

use confab_rethink::{Domain, Flavour, Url};
use serde_json::Value;

/// Turns what was typed into `https://host[:port]` (`http` for this machine itself); `None` when it cannot be a server.
pub fn base_url(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_end_matches('/');
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => (Some(scheme), rest),
        Some(_) => return None,
        None => (None, typed),
    };
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || rest.len() > 255 || !rest.chars().all(allowed) {
        return None;
    }
    if let Some((before, port)) = rest.rsplit_once(':')
        && !before.contains(':')
        && port.parse::<u16>().is_err()
    {
        return None;
    }
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let scheme = scheme.unwrap_or(if local { "http" } else { "https" });
    Some(format!("{scheme}://{rest}"))
}

/// What a successful sign-in gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The domain's name.
    pub domain: Domain,
    /// The user's address.
    pub user: Url,
    /// The name others see.
    pub name: String,
    /// Presented at `open`; lives `expires_in` seconds.
    pub access_token: String,
    /// Seconds, 1 … 600.
    pub expires_in: u32,
    /// Single-use; the next sign-in needs no password.
    pub refresh: String,
    /// The message node's framing.
    pub flavour: Flavour,
    /// The message node's address.
    pub node: String,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant({} in {})", self.user.as_str(), self.domain.as_str())
    }
}

impl Grant {
    /// Parses the answer of `POST /api/sign-in`; the error names the field that is missing or wrong.
    pub fn parse(answer: &Value) -> Result<Grant, &'static str> {
        let text = |value: &Value, key: &'static str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| text.len() <= 4096)
                .map(str::to_owned)
                .ok_or(key)
        };
        let node = answer.get("messageNode").ok_or("messageNode")?;
        let expires_in = answer.get("expiresIn").and_then(Value::as_u64).ok_or("expiresIn")?;
        Ok(Grant {
            domain: Domain::parse(&text(answer, "domain")?).map_err(|_| "domain")?,
            user: Url::parse(&text(answer, "user")?).map_err(|_| "user")?,
            name: text(answer, "name")?.chars().take(64).collect(),
            access_token: text(answer, "accessToken")?,
            expires_in: u32::try_from(expires_in.clamp(1, 600)).expect("600 fits"),
            refresh: text(answer, "refresh")?,
            flavour: Flavour::parse(&text(node, "flavour")?).ok_or("flavour")?,
            node: text(node, "url")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_people_type_them() {
        let check =
            |typed: &str, expected: Option<&str>| assert_eq!(base_url(typed).as_deref(), expected, "{typed}");
        check("acme.example", Some("https://acme.example"));
        check(" acme.example:8443/ ", Some("https://acme.example:8443"));
        check("127.0.0.1:4710", Some("http://127.0.0.1:4710"));
        check("localhost:4710", Some("http://localhost:4710"));
        check("http://acme.example", Some("http://acme.example"));
        check("ftp://acme.example", None);
        check("acme.example:port", None);
        check("acme example", None);
        check("acme.example/path?x", None);
        check("", None);
    }
}
