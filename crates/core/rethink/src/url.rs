//! reTHINK URLs: opaque text with a scheme, a domain and a path (architecture: address model; legacy user URLs).

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A CSP domain such as `csp.example` or `localhost:8080`: 2 to 256 bytes of `A-Z a-z 0-9 - : % . _ + ~ # =`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// Why a text is not a [`Url`] or a [`Domain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Longer than [`Url::MAX_BYTES`].
    #[error("url of {0} bytes is longer than 2048")]
    TooLong(usize),
    /// No `scheme:` of letters and hyphens in front.
    #[error("url has no scheme")]
    Scheme,
    /// The domain is shorter than 2 or longer than 256 bytes, or has a character of its own.
    #[error("url has no valid domain")]
    Domain,
    /// White space or a control character in the path.
    #[error("url path has white space or control characters")]
    Path,
}

impl Domain {
    /// Checks length and characters.
    pub fn parse(text: &str) -> Result<Domain, UrlError> {
        if is_domain(text) && !text.contains('@') {
            Ok(Domain(text.to_owned()))
        } else {
            Err(UrlError::Domain)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `domain://registry.<domain>`: the registry as clients address it (no trailing slash).
    pub fn registry(&self) -> Url {
        Url(format!("domain://registry.{}", self.0))
    }

    /// `domain://msg-node.<domain>/sm`: where routing paths are set.
    pub fn subscription_manager(&self) -> Url {
        self.msg_node("/sm")
    }

    /// `domain://msg-node.<domain>/address-allocation`.
    pub fn address_allocation(&self) -> Url {
        self.msg_node("/address-allocation")
    }

    /// `domain://msg-node.<domain>/object-address-allocation`.
    pub fn object_address_allocation(&self) -> Url {
        self.msg_node("/object-address-allocation")
    }

    fn msg_node(&self, path: &str) -> Url {
        Url(format!("domain://msg-node.{}{path}", self.0))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = UrlError;
    fn try_from(text: String) -> Result<Self, UrlError> {
        Domain::parse(&text)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> String {
        domain.0
    }
}

/// A reTHINK URL. Compared as exact text: no normalisation, a trailing slash matters.
///
/// Accepted: `scheme://domain[/path]` and the legacy user form `scheme:[//]user@domain`. The path may hold any
/// character but white space and controls, which is wider than the reference grammar, so that foreign user URLs live.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Url(String);

struct Parts<'a> {
    scheme: &'a str,
    domain: &'a str,
    path: &'a str,
    legacy: bool,
}

impl Url {
    /// The longest accepted URL.
    pub const MAX_BYTES: usize = 2048;

    /// Checks the grammar and the length.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        if text.len() > Url::MAX_BYTES {
            return Err(UrlError::TooLong(text.len()));
        }
        split(text)?;
        Ok(Url(text.to_owned()))
    }

    /// `hyperty://<domain>/<guid>`.
    pub fn hyperty(domain: &Domain, guid: Uuid) -> Url {
        Url::with_guid("hyperty", domain, guid)
    }

    /// `runtime://<domain>/<guid>`.
    pub fn runtime(domain: &Domain, guid: Uuid) -> Url {
        Url::with_guid("runtime", domain, guid)
    }

    /// `comm://<domain>/<guid>`: a conversation object.
    pub fn comm(domain: &Domain, guid: Uuid) -> Url {
        Url::with_guid("comm", domain, guid)
    }

    /// `connection://<domain>/<guid>`: one direction of a media leg.
    pub fn connection(domain: &Domain, guid: Uuid) -> Url {
        Url::with_guid("connection", domain, guid)
    }

    /// `user://<idp>/<identifier>`, for instance `user://idp.example/alice@mail.example`.
    pub fn user(idp: &Domain, identifier: &str) -> Result<Url, UrlError> {
        Url::parse(&format!("user://{idp}/{identifier}"))
    }

    /// `user-guid://<id>`.
    pub fn user_guid(guid: Uuid) -> Url {
        Url(format!("user-guid://{guid}"))
    }

    fn with_guid(scheme: &str, domain: &Domain, guid: Uuid) -> Url {
        Url(format!("{scheme}://{domain}/{guid}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon.
    pub fn scheme(&self) -> &str {
        self.parts().scheme
    }

    /// The domain; of a legacy URL the text behind the `@`.
    pub fn domain(&self) -> &str {
        self.parts().domain
    }

    /// The path with its leading slash; empty when there is none and for legacy URLs.
    pub fn path(&self) -> &str {
        self.parts().path
    }

    /// Whether it has the form `scheme:[//]user@domain`.
    pub fn is_legacy(&self) -> bool {
        self.parts().legacy
    }

    /// The last path segment; empty when there is none.
    pub fn last_segment(&self) -> &str {
        self.path().rsplit('/').next().unwrap_or_default()
    }

    /// The domain whose message node takes messages to this address: without a leading `msg-node.` or `registry.`,
    /// and `<scheme>.<domain>` for legacy users, which an interworking stub of that name serves.
    pub fn routing_domain(&self) -> String {
        let parts = self.parts();
        if parts.legacy {
            return format!("{}.{}", parts.scheme, parts.domain);
        }
        let domain = parts.domain;
        let bare = domain.strip_prefix("msg-node.").or_else(|| domain.strip_prefix("registry."));
        bare.unwrap_or(domain).to_owned()
    }

    /// The sub-address `<self><suffix>`; the suffix brings its own slash and must not hold white space.
    pub fn child(&self, suffix: &str) -> Url {
        Url(format!("{}{suffix}", self.0))
    }

    /// `<object>/subscription`: join, leave and invitations.
    pub fn subscription(&self) -> Url {
        self.child("/subscription")
    }

    /// `<object>/changes`: the stream of state.
    pub fn changes(&self) -> Url {
        self.child("/changes")
    }

    /// `<object>/children/`: chat and files, writable by everybody.
    pub fn children(&self) -> Url {
        self.child("/children/")
    }

    /// `<url>/registration`: live and disconnected events of the registry.
    pub fn registration(&self) -> Url {
        self.child("/registration")
    }

    /// `<runtime>/sm`: the runtime's subscription manager.
    pub fn sm(&self) -> Url {
        self.child("/sm")
    }

    /// The URL without `suffix`, when it ends with it and still is a URL.
    pub fn strip_suffix(&self, suffix: &str) -> Option<Url> {
        Url::parse(self.0.strip_suffix(suffix)?).ok()
    }

    fn parts(&self) -> Parts<'_> {
        split(&self.0).expect("a url was checked when it was made")
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Url {
    type Err = UrlError;
    fn from_str(text: &str) -> Result<Self, UrlError> {
        Url::parse(text)
    }
}

impl TryFrom<String> for Url {
    type Error = UrlError;
    fn try_from(text: String) -> Result<Self, UrlError> {
        Url::parse(&text)
    }
}

impl From<Url> for String {
    fn from(url: Url) -> String {
        url.0
    }
}

impl PartialEq<str> for Url {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Url {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

fn is_domain(text: &str) -> bool {
    (2..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-@:%._+~#=".contains(&byte))
}

fn is_path(text: &str) -> bool {
    !text.chars().any(|char| char.is_whitespace() || char.is_control())
}

fn split(text: &str) -> Result<Parts<'_>, UrlError> {
    let (scheme, rest) = text.split_once(':').ok_or(UrlError::Scheme)?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
        return Err(UrlError::Scheme);
    }
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        // Without slashes only the legacy form `sip:alice@ims.example` is a URL; `mn:/session` is an address only.
        None if rest.contains('@') && !rest.contains('/') => (rest, ""),
        None => return Err(UrlError::Domain),
    };
    let (legacy, domain) = match authority.rsplit_once('@') {
        Some((_, domain)) => (true, domain),
        None => (false, authority),
    };
    if !is_domain(authority) || !is_domain(domain) {
        return Err(UrlError::Domain);
    }
    if !is_path(path) {
        return Err(UrlError::Path);
    }
    Ok(Parts { scheme, domain, path: if legacy { "" } else { path }, legacy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_divide_into_scheme_domain_and_path() {
        for (text, scheme, domain, path) in [
            ("hyperty://localhost/1234", "hyperty", "localhost", "/1234"),
            ("comm://csp-b.test/x/changes", "comm", "csp-b.test", "/x/changes"),
            ("user://mail.example/a@mail.example", "user", "mail.example", "/a@mail.example"),
            ("sip://zoe@ims.example", "sip", "ims.example", ""),
            ("sip:zoe@ims.example", "sip", "ims.example", ""),
            ("domain://msg-node.csp.example/sm", "domain", "msg-node.csp.example", "/sm"),
            ("global://registry", "global", "registry", ""),
            ("user-guid://abc", "user-guid", "abc", ""),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.scheme(), url.domain(), url.path()), (scheme, domain, path), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_says_why() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("://x", UrlError::Scheme),
            ("no colon", UrlError::Scheme),
            ("mn:/session", UrlError::Domain),
            ("comm://", UrlError::Domain),
            ("comm://d/1", UrlError::Domain),
            ("comm://csp.example/a b", UrlError::Path),
            ("comm://csp.example/a\n", UrlError::Path),
        ] {
            assert_eq!(Url::parse(text), Err(error), "{text:?}");
        }
        let long = format!("comm://csp.example/{}", "x".repeat(Url::MAX_BYTES));
        assert_eq!(Url::parse(&long), Err(UrlError::TooLong(long.len())));
    }

    #[test]
    fn the_routing_domain_drops_service_names_and_names_the_stub_of_legacy_users() {
        for (text, domain) in [
            ("hyperty://csp.example/1", "csp.example"),
            ("domain://msg-node.csp.example/sm", "csp.example"),
            ("domain://registry.csp.example", "csp.example"),
            ("sip://bob@ims.example", "sip.ims.example"),
        ] {
            assert_eq!(Url::parse(text).unwrap().routing_domain(), domain);
        }
    }

    #[test]
    fn sub_addresses_join_and_come_off_again() {
        let object = Url::comm(&Domain::parse("csp.example").unwrap(), Uuid::nil());
        assert_eq!(object.subscription().strip_suffix("/subscription"), Some(object.clone()));
        assert_eq!(object.strip_suffix("/changes"), None);
        assert!(object.children().as_str().ends_with("/children/"));
    }
}
