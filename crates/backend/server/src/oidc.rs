//! The domain's OpenID provider: says to others who its users are, by ID tokens that it signs; and believes the ID tokens
//! of others where it was told to.
//!
//! Tokens for signing in here and tokens for proving who one is elsewhere have different audiences, so that a server that
//! was shown one of the latter cannot sign in with it.
//!
//! | module | holds |
//! |---|---|
//! | [`options`] | [`OidcOptions`]: the options of the command line |
//! | `arrival` | who comes with an ID token to sign in |
//! | `codes` | authorization codes between the page and the client |
//! | `request` | what a client asks for, checked |
//! | `desk`, `pages` | the routes below `/oidc`; what people see there |
//! | `key_file` | the signing key on disk |

mod arrival;
mod codes;
mod desk;
mod key_file;
pub mod options;
mod pages;
mod request;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;

use confab_identity::{Issuers, Jwk, KeyError, SigningKey};
use confab_rethink::Domain;
use serde_json::{Value, json};

pub use arrival::{Arrival, ArrivalError};
pub(crate) use desk::router;
pub use options::OidcOptions;

use crate::database::Account;
use crate::secret;
use codes::Codes;

/// What the provider calls the desktop client, which is public: it has no secret.
pub const CLIENT: &str = "confab-desktop";
/// The audience of ID tokens that are bound to a client's key and shown to others.
pub const EVERYBODY: &str = "rethink";
/// How long an ID token lives, seconds.
pub const LIFE: u64 = 600;

/// Why there is no provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The key's file.
    #[error("oidc-key.txt: {0}")]
    File(#[from] std::io::Error),
    /// The key.
    #[error("oidc-key.txt: {0}")]
    Key(#[from] KeyError),
}

/// The provider of one domain.
#[derive(Debug)]
pub struct Oidc {
    domain: Domain,
    issuer: String,
    key: SigningKey,
    options: OidcOptions,
    codes: Mutex<Codes>,
    issuers: Issuers,
}

impl Oidc {
    /// The provider of `domain`, which clients reach at `base` (see [`base`]). The key is in `folder`, and made when it is
    /// missing.
    pub fn open(
        folder: &Path,
        domain: &Domain,
        base: &str,
        options: &OidcOptions,
    ) -> Result<Oidc, OidcError> {
        let key = key_file::open(folder)?;
        let issuers = Issuers::default();
        let issuer = format!("{}/oidc", base.trim_end_matches('/'));
        issuers.pin(&issuer, vec![key.published()]);
        Ok(Oidc {
            domain: domain.clone(),
            issuer,
            key,
            options: options.clone(),
            codes: Mutex::default(),
            issuers,
        })
    }

    /// Its identifier: `<base>/oidc`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The domain whose users it speaks for.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Its public key.
    pub fn jwk(&self) -> Jwk {
        self.key.published()
    }

    /// `providers` of `GET /api/sign-in`: its own first, which is the one that speaks for the domain.
    pub fn providers(&self) -> Value {
        let own = json!({"issuer": self.issuer, "name": self.domain.as_str(), "clientId": CLIENT});
        let external = self.options.external();
        let external = external.map(|(issuer, client)| {
            let name = issuer.split("://").nth(1).and_then(|rest| rest.split('/').next());
            json!({"issuer": issuer, "name": name.unwrap_or(issuer), "clientId": client})
        });
        Value::Array([own].into_iter().chain(external).collect())
    }

    /// An ID token that says who an account is, until ten minutes from `now` (Unix seconds): for [`CLIENT`] to sign in
    /// with, or for [`EVERYBODY`], bound to the key whose thumbprint is the nonce.
    pub fn id_token(
        &self,
        account: &Account,
        audience: &str,
        nonce: Option<&str>,
        now: u64,
    ) -> Result<String, crate::secret::SecretError> {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": account.name,
            "aud": audience,
            "iat": now,
            "exp": now + LIFE,
            "jti": secret::token()?,
            "email": format!("{}@{}", account.name, self.domain),
            "email_verified": true,
            "name": account.display,
            "preferred_username": account.name,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.key.jwt(&claims).map_err(secret::SecretError::new)
    }

    /// OpenID Connect Discovery 1.0.
    fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "jwks_uri": at("jwks"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported":
                ["iss", "sub", "aud", "exp", "iat", "nonce", "email", "email_verified", "name", "preferred_username"],
            "authorization_response_iss_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        })
    }
}

/// Where clients reach a backend: the public address, else the one it listens at. An address that stands for every
/// interface is nobody's: this machine's own is taken, and others cannot sign in by browser until there is a public one.
pub fn base(public_url: Option<&str>, listening: SocketAddr) -> String {
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if listening.ip().is_unspecified() => format!("http://127.0.0.1:{}", listening.port()),
        None => format!("http://{listening}"),
    }
}
