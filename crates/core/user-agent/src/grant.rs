//! What a domain's sign-in desk answers (docs/protocol.md, section 2). Everything has a limit here, where it enters.

use std::collections::BTreeMap;

use confab_line::Neighbour;
use confab_media_model::IceServer;
use confab_rethink::{Domain, Flavour, Url};
use serde_json::Value;

/// The longest token, bytes.
const TOKEN_LIMIT: usize = 8192;
/// The longest other text, bytes.
const TEXT_LIMIT: usize = 4096;
/// Most STUN and TURN addresses.
const ICE_LIMIT: usize = 16;
/// Most neighbours.
const NEIGHBOUR_LIMIT: usize = 64;
/// Most identity providers.
const PROVIDER_LIMIT: usize = 8;

/// What a successful sign-in gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The domain's name.
    pub domain: Domain,
    /// The user's address.
    pub user: Url,
    /// The name others see.
    pub name: String,
    /// Presented at `open`; lives `expires_in` seconds. Nodes that believe everybody give none.
    pub access_token: Option<String>,
    /// Seconds, 1 … 600; of the ID token too.
    pub expires_in: u32,
    /// Single-use; the next sign-in needs no password. Who has only said a name gets none.
    pub refresh: Option<String>,
    /// The message node's framing.
    pub flavour: Flavour,
    /// The message node's address.
    pub node: String,
    /// What is shown to other domains, and signs what binds calls to people; not every domain gives one.
    pub id_token: Option<String>,
    /// STUN and TURN servers, at most 16.
    pub ice_servers: Vec<IceServer>,
    /// Where other domains are, as far as this one knows, at most 64.
    pub domains: BTreeMap<Domain, Neighbour>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant({} in {})", self.user.as_str(), self.domain.as_str())
    }
}

impl Grant {
    /// What somebody has at a node without a sign-in desk, as the reference ones are: the name they give themselves. `user` is what
    /// was typed: `alice` or `alice@mail.example`. `None` when it cannot be part of an address.
    pub fn unasked(domain: Domain, user: &str, flavour: Flavour, node: String) -> Option<Grant> {
        let name = user.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.+@".contains(c);
        let fits = !name.is_empty() && name.len() <= 128 && name.chars().all(fits);
        let address = if name.contains('@') { name.to_owned() } else { format!("{name}@{domain}") };
        let user = Url::user(&domain, &address).ok().filter(|_| fits)?;
        let first = name.split('@').next().unwrap_or(name);
        let (name, refresh, id_token) = (short(&capital(first)), None, None);
        let (access_token, expires_in) = (None, 600);
        let (ice_servers, domains) = (Vec::new(), BTreeMap::new());
        Some(Grant {
            domain,
            user,
            name,
            access_token,
            expires_in,
            refresh,
            flavour,
            node,
            id_token,
            ice_servers,
            domains,
        })
    }

    /// Parses the answer of `POST /api/sign-in`; the error names the field that is missing or wrong. A server or neighbour
    /// that cannot be used is left out.
    pub fn parse(answer: &Value) -> Result<Grant, &'static str> {
        let node = answer.get("messageNode").ok_or("messageNode")?;
        let expires_in = answer.get("expiresIn").and_then(Value::as_u64).ok_or("expiresIn")?;
        Ok(Grant {
            domain: Domain::parse(text(answer, "domain", TEXT_LIMIT)?).map_err(|_| "domain")?,
            user: Url::parse(text(answer, "user", TEXT_LIMIT)?).map_err(|_| "user")?,
            name: short(text(answer, "name", TEXT_LIMIT)?),
            access_token: Some(text(answer, "accessToken", TOKEN_LIMIT)?.to_owned()),
            expires_in: u32::try_from(expires_in.clamp(1, 600)).expect("600 fits"),
            refresh: text(answer, "refresh", TEXT_LIMIT).ok().map(str::to_owned),
            flavour: Flavour::parse(text(node, "flavour", TEXT_LIMIT)?).ok_or("flavour")?,
            node: text(node, "url", TEXT_LIMIT)?.to_owned(),
            id_token: text(answer, "idToken", TOKEN_LIMIT).ok().map(str::to_owned),
            ice_servers: ice_servers(answer),
            domains: neighbours(answer),
        })
    }
}

/// How one may sign in at a server: the answer of `GET /api/sign-in`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInOptions {
    /// Whether a password will do.
    pub password: bool,
    /// Identity providers it accepts, at most 8.
    pub providers: Vec<Provider>,
    /// Whether a name that one makes up will do.
    pub invented: bool,
}

/// An identity provider that a server accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its issuer URL.
    pub issuer: String,
    /// Its name for people.
    pub name: String,
    /// The name under which the provider knows clients of the server.
    pub client_id: String,
}

impl SignInOptions {
    /// Parses the answer; the error names what is missing. A provider that cannot be used is left out.
    pub fn parse(answer: &Value) -> Result<SignInOptions, &'static str> {
        text(answer, "domain", TEXT_LIMIT)?;
        let providers = answer.get("providers").and_then(Value::as_array).into_iter().flatten();
        let provider = |entry: &Value| {
            let issuer = text(entry, "issuer", TEXT_LIMIT).ok()?;
            let name = text(entry, "name", TEXT_LIMIT).map_or_else(|_| short(issuer), short);
            let client_id = text(entry, "clientId", TEXT_LIMIT).ok()?.to_owned();
            is_site(issuer).then(|| Provider { issuer: issuer.to_owned(), name, client_id })
        };
        Ok(SignInOptions {
            password: answer.get("password").and_then(Value::as_bool).unwrap_or(false),
            providers: providers.filter_map(provider).take(PROVIDER_LIMIT).collect(),
            invented: answer.get("inventedNames").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

fn text<'a>(value: &'a Value, key: &'static str, limit: usize) -> Result<&'a str, &'static str> {
    let text = value.get(key).and_then(Value::as_str);
    text.filter(|text| text.len() <= limit).ok_or(key)
}

/// `alice` → `Alice`.
fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A name for people, at most 64 characters.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn is_site(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// `[{urls, username, credential}]`, `urls` being one or several, as in the W3C's `RTCIceServer`.
fn ice_servers(answer: &Value) -> Vec<IceServer> {
    let entries = answer.get("iceServers").and_then(Value::as_array).into_iter().flatten();
    let of_entry = |entry: &Value| -> Vec<IceServer> {
        let urls = match entry.get("urls").or_else(|| entry.get("url")) {
            Some(Value::Array(urls)) => urls.iter().take(ICE_LIMIT).filter_map(Value::as_str).collect(),
            Some(Value::String(url)) => vec![url.as_str()],
            _ => Vec::new(),
        };
        let usable = |url: &&str| {
            let known = ["stun:", "stuns:", "turn:", "turns:"].iter().any(|scheme| url.starts_with(scheme));
            known && url.len() <= 512 && !url.contains(char::is_whitespace)
        };
        let secret = |key| text(entry, key, 512).unwrap_or_default().to_owned();
        let server = |url: &str| IceServer {
            url: url.to_owned(),
            username: secret("username"),
            credential: secret("credential"),
        };
        urls.into_iter().filter(usable).map(server).collect()
    };
    entries.flat_map(of_entry).take(ICE_LIMIT).collect()
}

/// `{"b.example": {"url": …, "flavour"?: …}}`.
fn neighbours(answer: &Value) -> BTreeMap<Domain, Neighbour> {
    let entries = answer.get("domains").and_then(Value::as_object).into_iter().flatten();
    let neighbour = |(name, entry): (&String, &Value)| {
        let url = text(entry, "url", 2048).ok()?;
        let flavour = text(entry, "flavour", 64).ok().and_then(Flavour::parse);
        let usable =
            is_site(url) || (flavour.is_some() && (url.starts_with("wss://") || url.starts_with("ws://")));
        usable.then_some(())?;
        Some((Domain::parse(name).ok()?, Neighbour { url: url.to_owned(), flavour }))
    };
    entries.filter_map(neighbour).take(NEIGHBOUR_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({"domain": "a.local", "user": "user://a.local/alice@a.local", "name": "Alice", "accessToken": "t",
               "expiresIn": 90_000, "refresh": "r", "messageNode": {"flavour": "nodejs", "url": "ws://127.0.0.1:1"}})
    }

    #[test]
    fn a_grant_of_a_simple_domain_has_no_more_than_it_must() {
        let grant = Grant::parse(&answer()).expect("it is whole");
        assert_eq!((grant.expires_in, grant.id_token, grant.ice_servers.len()), (600, None, 0));
        for key in ["domain", "user", "name", "accessToken", "expiresIn", "messageNode"] {
            let mut answer = answer();
            answer.as_object_mut().expect("an object").remove(key);
            assert_eq!(Grant::parse(&answer).err(), Some(key));
        }
    }

    #[test]
    fn servers_and_neighbours_that_cannot_be_used_are_left_out() {
        let mut answer = answer();
        answer["idToken"] = json!("x".repeat(TOKEN_LIMIT + 1));
        answer["iceServers"] = json!([
            {"urls": ["turn:t.example:3478", "http://t.example"], "username": "u", "credential": "c"},
            {"urls": "stun:s.example"}, {"urls": 5}, "nonsense"
        ]);
        answer["domains"] = json!({
            "b.local": {"url": "http://127.0.0.1:2"}, "c.local": {"url": "ftp://c"}, "d d": {"url": "https://d"},
            "e.local": {"url": "wss://e", "flavour": "vertx"}, "f.local": {"url": "wss://f"}
        });
        let grant = Grant::parse(&answer).expect("it is whole");
        assert_eq!(grant.id_token, None);
        let urls: Vec<&str> = grant.ice_servers.iter().map(|server| server.url.as_str()).collect();
        assert_eq!(urls, ["turn:t.example:3478", "stun:s.example"]);
        let names: Vec<&str> = grant.domains.keys().map(Domain::as_str).collect();
        assert_eq!(names, ["b.local", "e.local"]);
    }

    #[test]
    fn a_server_says_how_one_may_sign_in() {
        let told = SignInOptions::parse(&json!({
            "domain": "a.local", "name": "A", "password": true,
            "providers": [{"issuer": "https://a/oidc", "name": "A", "clientId": "confab"}, {"issuer": "javascript:1"}]
        }));
        let told = told.expect("it is whole");
        assert_eq!((told.password, told.providers.len()), (true, 1));
        assert_eq!(SignInOptions::parse(&Value::Null), Err("domain"));
    }
}
