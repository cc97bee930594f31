//! One account: signing in, the session with the domain's message node, and coming back after a loss.

use std::time::Duration;

use confab_line::{Asks, Sessions};
use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::{Identity, Session, SessionConfig, Url, new_guid};
use confab_types::{Chance, Mono};

use crate::Grant;
use crate::farewell::Farewells;

/// A loss shorter than this is not shown.
pub const UNNOTICED: Duration = Duration::from_secs(3);
/// The longest wait between two tries to connect.
const RETRY_LIMIT: Duration = Duration::from_secs(30);
/// How long before its end an access token is not used any more.
const TOKEN_MARGIN: Duration = Duration::from_secs(20);
/// The descriptor named in the registry.
const DESCRIPTOR: &str = "hyperty-catalogue://catalogue.reTHINK/.well-known/hyperty/Conference";
/// Seconds a registration lives without a sign of life.
const EXPIRES: u32 = 3600;

/// Who is signed in, or on the way to it.
#[derive(Debug)]
pub struct Account {
    /// `https://host[:port]`.
    pub base: String,
    /// As typed.
    pub user: String,
    /// The refresh token that was sent and not yet replaced, or the newest one.
    pub refresh: Option<String>,
    /// Whether the refresh token is kept by the system's store.
    pub kept: bool,
    /// Everything that exists once a sign-in succeeded.
    pub online: Option<Online>,
    /// Whether an answer to a sign-in is awaited.
    pub signing_in: bool,
    /// When to sign in again with what is kept, after the desk could not be reached.
    pub retry_at: Option<Mono>,
    /// Tries in a row that did not reach the desk.
    pub tries: u32,
}

impl Account {
    /// The desk could not be reached: it is asked again later.
    pub fn unreachable(&mut self, now: Mono, chance: &mut Chance) {
        self.tries = self.tries.saturating_add(1);
        self.retry_at = Some(now + pause(self.tries, chance));
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let online = self.online.as_ref().and_then(|online| online.deadline(now));
        [self.retry_at, online].into_iter().flatten().min()
    }
}

/// The wait after so many tries in a row that failed: 1, 2, 4 … 30 s ± 50 %, the very first next to nothing.
fn pause(tries: u32, chance: &mut Chance) -> Duration {
    let wait = Duration::from_secs(1 << tries.min(5)).min(RETRY_LIMIT).as_millis() as u64;
    Duration::from_millis(if tries == 0 { 100 + chance.below(200) } else { wait / 2 + chance.below(wait) })
}

/// The signed-in half of an account.
#[derive(Debug)]
pub struct Online {
    /// What the sign-in gave.
    pub grant: Grant,
    /// When.
    pub granted: Mono,
    /// Sessions with our own and other domains' message nodes.
    pub sessions: Sessions,
    /// Questions to the shell.
    pub asks: Asks,
    /// Our runtime.
    pub runtime: Url,
    /// Our hyperty.
    pub hyperty: Url,
    /// Who we say we are.
    pub identity: Identity,
    /// Since when the session is not live; `None` while it is.
    pub lost: Option<Mono>,
    /// When to try to connect again.
    pub retry_at: Option<Mono>,
    /// Failed tries in a row.
    pub tries: u32,
    /// Whether it was ever live.
    pub was_live: bool,
    /// Whether the node refused the present access token.
    pub token_refused: bool,
    /// Rooms that must still hear that we left.
    pub farewells: Farewells,
}

impl Online {
    /// From a sign-in: addresses are made, nothing is sent yet.
    pub fn new(grant: Grant, installation: &Url, now: Mono, chance: &mut Chance) -> Online {
        let mut config = SessionConfig::new(grant.flavour, grant.domain.clone(), installation.clone());
        config.access_token = Some(grant.access_token.clone());
        let hyperty = Url::hyperty(&grant.domain, new_guid(chance));
        let mut identity = Identity::new(grant.user.last_segment());
        identity.user_url = Some(grant.user.clone());
        identity.name = Some(grant.name.clone());
        let mut session = Session::new(config, chance.fork());
        let record = HypertyRecord {
            user: grant.user.to_string(),
            url: hyperty.clone(),
            descriptor: DESCRIPTOR.to_owned(),
            expires: EXPIRES,
            resources: ["chat", "file", "audio", "video"].map(str::to_owned).to_vec(),
            data_schemes: ["comm", "connection"].map(str::to_owned).to_vec(),
            status: "live".to_owned(),
            runtime: installation.clone(),
            guid: None,
            extra: Default::default(),
        };
        // Kept and sent as soon as the session is live; there is room for one in a new session.
        let _ = session.register(now, Record::Hyperty(record));
        let domain = grant.domain.clone();
        Online {
            grant,
            granted: now,
            sessions: Sessions::new(domain, session),
            asks: Asks::default(),
            runtime: installation.clone(),
            hyperty,
            identity,
            lost: Some(now),
            retry_at: None,
            tries: 0,
            was_live: false,
            token_refused: false,
            farewells: Farewells::default(),
        }
    }

    /// A newer grant for the same account: the session and its addresses stay.
    pub fn renew(&mut self, grant: Grant, now: Mono) {
        self.sessions.home().set_access_token(Some(grant.access_token.clone()));
        self.grant = grant;
        self.granted = now;
        self.token_refused = false;
    }

    /// Whether the access token may still be presented.
    pub fn token_is_fresh(&self, now: Mono) -> bool {
        !self.token_refused
            && now.since(self.granted) + TOKEN_MARGIN < Duration::from_secs(u64::from(self.grant.expires_in))
    }

    /// The transport is gone: the next try comes after a wait that grows.
    pub fn lost(&mut self, now: Mono, chance: &mut Chance) {
        self.lost.get_or_insert(now);
        self.retry_at = Some(now + pause(self.tries, chance));
        self.tries = self.tries.saturating_add(1);
    }

    /// The session is live.
    pub fn live(&mut self) {
        self.lost = None;
        self.retry_at = None;
        self.tries = 0;
        self.was_live = true;
    }

    /// Whether the user should see that the connection is gone.
    pub fn noticed(&self, now: Mono) -> bool {
        self.was_live && self.lost.is_some_and(|lost| now.since(lost) >= UNNOTICED)
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let notice = self.lost.map(|lost| lost + UNNOTICED).filter(|at| *at > now && self.was_live);
        [self.retry_at, notice, self.sessions.deadline()].into_iter().flatten().min()
    }
}
