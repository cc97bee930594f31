//! Other domains: where they are served, and whose word about their users is believed.

use confab_rethink::Domain;
use serde_json::{Map, Value};

/// Another domain and where it is served. Clients that speak to somebody there ask it which message node it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub domain: Domain,
    /// Where.
    pub place: Place,
}

/// Where a domain is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this base, without a slash at its end.
    Base(String),
    /// On the same host at this port: the host is named as the client has named it.
    Port(u16),
}

/// An issuer of ID tokens, and the domain whose users it may speak for. It is believed about nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// Whose users.
    pub domain: Domain,
    /// The issuer's identifier, where its `/.well-known/openid-configuration` is (OpenID Connect Discovery 1.0, section 4).
    pub issuer: String,
}

impl Neighbour {
    /// From `b.local=http://127.0.0.1:4720`.
    pub fn parse(text: &str) -> Result<Neighbour, String> {
        let (domain, url) = text.split_once('=').ok_or("is not DOMAIN=URL")?;
        let domain = Domain::parse(domain).map_err(|error| error.to_string())?;
        Ok(Neighbour { domain, place: Place::Base(base(url)?) })
    }

    /// Its base for a client that calls this host `host`.
    fn url(&self, host: &str) -> String {
        match &self.place {
            Place::Base(url) => url.clone(),
            Place::Port(port) => format!("http://{host}:{port}"),
        }
    }
}

impl TrustedIssuer {
    /// From `b.local=http://127.0.0.1:4720/oidc`, or `https://b.example/oidc` when the domain is the host.
    pub fn parse(text: &str) -> Result<TrustedIssuer, String> {
        // A query of the URL may have the sign too, so only one in front of the scheme separates.
        let (domain, url) = match text.split_once('=') {
            Some((domain, url)) if !domain.contains("://") => (Some(domain), url),
            _ => (None, text),
        };
        let issuer = base(url)?;
        let host = issuer.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let domain = Domain::parse(domain.unwrap_or(host)).map_err(|error| error.to_string())?;
        Ok(TrustedIssuer { domain, issuer })
    }
}

/// What clients are told: `{"b.local":{"url":"http://127.0.0.1:4720"}}`. `host` has no port.
pub fn to_value(neighbours: &[Neighbour], host: &str) -> Value {
    let mut map = Map::new();
    for neighbour in neighbours {
        map.insert(neighbour.domain.to_string(), serde_json::json!({"url": neighbour.url(host)}));
    }
    Value::Object(map)
}

fn base(url: &str) -> Result<String, String> {
    let url = url.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let fits = |rest: &&str| {
        !rest.is_empty() && rest.len() <= 1024 && rest.bytes().all(|byte| (33..127).contains(&byte))
    };
    rest.filter(fits).map(|_| url.to_owned()).ok_or_else(|| "is no http or https address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_speaks_for_the_domain_it_is_given_or_for_its_own_host() {
        for (text, domain, issuer) in [
            ("b.local=http://127.0.0.1:4720/oidc", "b.local", "http://127.0.0.1:4720/oidc"),
            ("https://b.example/oidc/", "b.example", "https://b.example/oidc"),
            ("https://b.example:8443/?a=b", "b.example:8443", "https://b.example:8443/?a=b"),
        ] {
            let parsed = TrustedIssuer::parse(text).unwrap();
            assert_eq!((parsed.domain.as_str(), parsed.issuer.as_str()), (domain, issuer));
        }
        for text in ["", "b.local", "b.local=ftp://b", "x=http://b.example", "b.local=http://", "http://a b"]
        {
            assert!(TrustedIssuer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn neighbours_in_the_same_process_are_found_at_the_host_that_was_asked() {
        let beside = Neighbour { domain: Domain::parse("b.local").unwrap(), place: Place::Port(4720) };
        let far = Neighbour::parse("c.example=https://conf.c.example/").unwrap();
        assert_eq!(
            to_value(&[beside, far], "192.0.2.7"),
            serde_json::json!({"b.local":{"url":"http://192.0.2.7:4720"},"c.example":{"url":"https://conf.c.example"}})
        );
    }
}
