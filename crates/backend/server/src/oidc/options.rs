//! Options of the provider, and of another one that people may sign in with.

use clap::{Args, ValueEnum};
use confab_identity::fetch;

/// Which claim of another provider names the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AccountClaim {
    /// `email`, when its part behind the @ is this domain and the provider does not say that it is unverified
    #[default]
    Email,
    /// `preferred_username`: only for a provider that gives each to one person and never to another
    PreferredUsername,
}

/// Options of signing in by OpenID Connect.
#[derive(Clone, Debug, Default, Args)]
pub struct OidcOptions {
    /// OpenID provider that people may sign in with, besides the backend's own
    #[arg(long, value_name = "URL", requires = "oidc_client_id", value_parser = parse_issuer)]
    pub oidc_issuer: Option<String>,
    /// What that provider calls the desktop client
    #[arg(long, value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// What that provider names accounts by
    #[arg(long, value_enum, default_value = "email")]
    pub oidc_claim: AccountClaim,
    /// Makes accounts for people of that provider who have none
    #[arg(long, requires = "oidc_issuer")]
    pub oidc_create: bool,
    /// Address that the backend's own provider may send people back to, besides the loopback interface of their machine.
    /// May be given several times
    #[arg(long, value_name = "URL")]
    pub oidc_redirect: Vec<String>,
}

impl OidcOptions {
    /// The other provider: issuer and client id.
    pub fn external(&self) -> Option<(&str, &str)> {
        Some((self.oidc_issuer.as_deref()?, self.oidc_client_id.as_deref()?))
    }
}

fn parse_issuer(text: &str) -> Result<String, String> {
    fetch::secure(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
