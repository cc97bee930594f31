//! The sign-in desk: passwords, single-use refresh tokens, and access tokens that end with the backend's life.

use std::collections::BTreeMap;

use confab_message_node::{Authority, Grant as NodeGrant};
use confab_rethink::{Domain, Flavour, Identity, Url};
use confab_types::Mono;
use confab_user_agent::{Grant, Secret, SignInFailure};

/// The domain of the lab.
pub const DOMAIN: &str = "csp.test";
/// Everybody's password.
pub const PASSWORD: &str = "secret";
/// Seconds an access token lives.
const EXPIRES_IN: u32 = 600;

/// The domain of the lab, parsed.
pub fn domain() -> Domain {
    Domain::parse(DOMAIN).expect("the lab's domain is valid")
}

/// What the message node knows of a user.
pub fn node_grant(name: &str, ticket: u64) -> NodeGrant {
    let mail = format!("{}@{DOMAIN}", name.to_lowercase());
    let user = Url::user(&domain(), &mail).expect("names of the lab are valid");
    let identity =
        Identity { user_url: Some(user.clone()), name: Some(name.to_owned()), ..Identity::new(mail) };
    NodeGrant { user, identity, ticket }
}

/// Reads access tokens, which say themselves whose they are, of which life of the backend, and until when they are good.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    life: u32,
}

impl Tokens {
    /// Takes tokens that were given in this life of the backend.
    pub fn of_life(life: u32) -> Tokens {
        Tokens { life }
    }
}

impl Authority for Tokens {
    fn grant(&self, token: &str, now: Mono) -> Option<NodeGrant> {
        let mut parts = token.split('/');
        let (name, ticket, life, until) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let good = life.parse() == Ok(self.life) && until.parse::<u64>().ok()? > now.as_millis();
        if good { Some(node_grant(name, ticket.parse().ok()?)) } else { None }
    }
}

/// Who may sign in.
#[derive(Debug, Default)]
pub struct Desk {
    refreshes: BTreeMap<String, String>,
    tickets: u64,
}

impl Desk {
    /// Signs somebody in. The user is a name of the lab in any case.
    pub fn sign_in(
        &mut self,
        now: Mono,
        life: u32,
        user: &str,
        secret: &Secret,
    ) -> Result<Grant, SignInFailure> {
        let name = match secret {
            Secret::Password(password) if password == PASSWORD => user.to_owned(),
            Secret::Password(_) | Secret::Browser(_) | Secret::Invented(_) => {
                return Err(SignInFailure::Wrong);
            }
            Secret::Refresh(refresh) => self.refreshes.remove(refresh).ok_or(SignInFailure::Expired)?,
        };
        self.tickets += 1;
        let ticket = self.tickets;
        let refresh = format!("refresh-{ticket}");
        self.refreshes.insert(refresh.clone(), name.clone());
        let until = now.as_millis() + u64::from(EXPIRES_IN) * 1000;
        Ok(Grant {
            domain: domain(),
            user: node_grant(&name, ticket).user,
            access_token: Some(format!("{name}/{ticket}/{life}/{until}")),
            name,
            expires_in: EXPIRES_IN,
            refresh: Some(refresh),
            flavour: Flavour::NodeJs,
            node: format!("wss://{DOMAIN}/"),
            id_token: None,
            ice_servers: Vec::new(),
            domains: BTreeMap::new(),
        })
    }

    /// Takes a refresh token back.
    pub fn sign_out(&mut self, refresh: &str) {
        self.refreshes.remove(refresh);
    }
}
