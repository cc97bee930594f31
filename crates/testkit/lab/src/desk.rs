//! The sign-in desk of one domain: passwords, single-use refresh tokens, access tokens that end with the backend's life, and what
//! proves to other domains who somebody is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use confab_line::Neighbour;
use confab_message_node::{Authority, Grant as NodeGrant};
use confab_rethink::{Domain, Flavour, Identity, Url};
use confab_types::Mono;
use confab_user_agent::{Grant, Secret, SignInFailure};

use crate::signature;

/// The domain of a lab that has only one.
pub const DOMAIN: &str = "csp.test";
/// Everybody's password.
pub const PASSWORD: &str = "secret";
/// Seconds an access token lives.
const EXPIRES_IN: u32 = 600;
/// Numbers of what visitors open their sessions with count from here.
const VISITORS: u64 = 1 << 32;

/// The domain of a lab that has only one, parsed.
pub fn domain() -> Domain {
    Domain::parse(DOMAIN).expect("the lab's domain is valid")
}

/// The address of somebody of the lab.
pub fn user_url(domain: &Domain, name: &str) -> Url {
    let mail = format!("{}@{domain}", name.to_lowercase());
    Url::user(domain, &mail).expect("names of the lab are valid")
}

/// What the message node knows of a user.
pub fn node_grant(domain: &Domain, name: &str, ticket: u64) -> NodeGrant {
    let user = user_url(domain, name);
    let identity = Identity {
        user_url: Some(user.clone()),
        name: Some(name.to_owned()),
        ..Identity::new(user.last_segment())
    };
    NodeGrant { user, identity, ticket, confined: false }
}

/// Reads access tokens, which say themselves whose they are, of which life of the backend, and until when they are good; and what
/// users of other domains have signed.
#[derive(Debug)]
pub struct Tokens {
    domain: Domain,
    life: u32,
    /// What was shown before is not taken again.
    seen: RefCell<BTreeSet<String>>,
}

impl Tokens {
    /// Takes tokens that were given in this life of the domain's backend.
    pub fn of_life(domain: Domain, life: u32) -> Tokens {
        Tokens { domain, life, seen: RefCell::default() }
    }
}

impl Authority for Tokens {
    fn grant(&self, token: &str, now: Mono) -> Option<NodeGrant> {
        let mut parts = token.split('/');
        let (name, ticket, life, until) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let good = life.parse() == Ok(self.life) && until.parse::<u64>().ok()? > now.as_millis();
        if good { Some(node_grant(&self.domain, name, ticket.parse().ok()?)) } else { None }
    }

    fn visitor(&self, proof: &str, runtime: &Url, now: Mono) -> Option<NodeGrant> {
        let (signer, statement) = signature::read(proof, now)?;
        let here = statement.audience == format!("domain://{}", self.domain);
        let good = statement.is_opening() && here && statement.call == runtime.as_str();
        if !good || !self.seen.borrow_mut().insert(proof.to_owned()) {
            return None;
        }
        let ticket = VISITORS + self.seen.borrow().len() as u64;
        Some(node_grant(&signer.domain, &signer.name, ticket))
    }
}

/// Who may sign in.
#[derive(Debug)]
pub struct Desk {
    domain: Domain,
    neighbours: Vec<Domain>,
    refreshes: BTreeMap<String, String>,
    tickets: u64,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk::of(domain(), Vec::new())
    }
}

impl Desk {
    /// The desk of a domain that vouches for some others.
    pub fn of(domain: Domain, neighbours: Vec<Domain>) -> Desk {
        Desk { domain, neighbours, refreshes: BTreeMap::new(), tickets: 0 }
    }

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
            Secret::Password(_) | Secret::Browser(_) | Secret::Invented(_) | Secret::Invited { .. } => {
                return Err(SignInFailure::Wrong);
            }
            Secret::Refresh(refresh) => self.refreshes.remove(refresh).ok_or(SignInFailure::Expired)?,
        };
        self.tickets += 1;
        let ticket = self.tickets;
        let refresh = format!("refresh-{ticket}");
        self.refreshes.insert(refresh.clone(), name.clone());
        let until = now.as_millis() + u64::from(EXPIRES_IN) * 1000;
        let neighbour =
            |domain: &Domain| (domain.clone(), Neighbour { url: format!("https://{domain}"), flavour: None });
        Ok(Grant {
            domain: self.domain.clone(),
            user: user_url(&self.domain, &name),
            access_token: Some(format!("{name}/{ticket}/{life}/{until}")),
            expires_in: EXPIRES_IN,
            refresh: Some(refresh),
            flavour: Flavour::NodeJs,
            node: format!("wss://{}/", self.domain),
            id_token: Some(signature::id_token(&self.domain, &name, until)),
            ice_servers: Vec::new(),
            domains: self.neighbours.iter().map(neighbour).collect(),
            name,
        })
    }

    /// Takes a refresh token back.
    pub fn sign_out(&mut self, refresh: &str) {
        self.refreshes.remove(refresh);
    }
}
