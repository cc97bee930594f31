//! One account: signing in, its sessions, and coming back after a loss.

use std::time::Duration;

use confab_contract::{AccountView, SessionPhase};
use confab_line::{Asks, Line, Sessions};
use confab_rethink::registry::{HypertyRecord, Record};
use confab_rethink::{Identity, Session, SessionConfig, Url, new_guid};
use confab_types::{Chance, Mono};

use crate::Grant;
use crate::effect::Credentials;
use crate::memory::RememberedAccount;
use crate::parts::Parts;

/// A loss shorter than this is not shown.
pub const UNNOTICED: Duration = Duration::from_secs(3);
/// The longest wait between two tries to connect.
const RETRY_LIMIT: Duration = Duration::from_secs(30);
/// The longest wait while rooms keep our place, about 15 s. Afterwards no wait is longer than half the time that the connection is
/// lost already.
const HURRY_LIMIT: Duration = Duration::from_secs(3);
/// How long before its end a token is not used any more.
const TOKEN_MARGIN: Duration = Duration::from_secs(20);
/// The descriptor named in the registry.
const DESCRIPTOR: &str = "hyperty-catalogue://catalogue.reTHINK/.well-known/hyperty/Conference";
/// Messages of a session with the own domain count from somewhere below; those with other domains from above.
const FIRST_NUMBERS: u64 = 1 << 19;
/// Seconds a registration lives without a sign of life.
const EXPIRES: u32 = 3600;

/// Who is signed in, or on the way to it.
pub struct Account {
    /// `https://host[:port]`.
    pub base: String,
    /// As typed; empty while only an identity provider knows.
    pub user: String,
    /// Names the key of this installation for this account.
    pub key: String,
    /// The refresh token that was sent and not yet replaced, or the newest one.
    pub refresh: Option<String>,
    /// Whether the refresh token is kept by the system's store.
    pub kept: bool,
    /// Everything that exists once a sign-in succeeded.
    pub online: Option<Online>,
    /// Whether an answer to a sign-in is awaited.
    pub signing_in: bool,
    /// Whether that answer is about a password that was typed while the account was there already.
    pub typed: bool,
    /// Whether that answer comes by way of the browser.
    pub browser: bool,
    /// Whether they have only made up a name: nothing of them is remembered.
    pub guest: bool,
    /// The only room that they reach, when they have come by a link without an account.
    pub lodges: Option<String>,
    /// When to sign in again with what is kept, after the desk could not be reached.
    pub retry_at: Option<Mono>,
    /// Tries in a row that did not reach the desk.
    pub tries: u32,
}

impl Account {
    /// One that is not signed in yet.
    pub fn new(base: String, user: String, key: String) -> Account {
        Account {
            base,
            user,
            key,
            refresh: None,
            kept: false,
            online: None,
            signing_in: false,
            typed: false,
            browser: false,
            guest: false,
            lodges: None,
            retry_at: None,
            tries: 0,
        }
    }

    /// The desk could not be reached: it is asked again later.
    pub fn unreachable(&mut self, now: Mono, chance: &mut Chance) {
        self.tries = self.tries.saturating_add(1);
        self.retry_at = Some(now + pause(self.tries, RETRY_LIMIT, chance));
    }

    /// When it wants to be woken.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let online = self.online.as_ref().and_then(|online| online.deadline(now));
        [self.retry_at, online].into_iter().flatten().min()
    }

    /// Whether the user has given up nothing by giving up this sign-in: it was never signed in and has nothing kept.
    pub fn is_new(&self) -> bool {
        self.online.is_none() && self.refresh.is_none()
    }

    /// How far it is.
    pub fn phase(&self, now: Mono) -> SessionPhase {
        match &self.online {
            None => SessionPhase::SigningIn,
            Some(online) if online.noticed(now) => SessionPhase::Reconnecting,
            Some(online) if online.was_live => SessionPhase::SignedIn,
            Some(_) => SessionPhase::SigningIn,
        }
    }

    /// As shown.
    pub fn view(&self, id: u32, now: Mono) -> AccountView {
        let grant = self.online.as_ref().map(|online| &online.grant);
        AccountView {
            id,
            server: self.base.clone(),
            domain: grant.map(|grant| grant.domain.as_str().to_owned()).unwrap_or_default(),
            user: self.user.clone(),
            name: grant.map(|grant| grant.name.clone()).unwrap_or_default(),
            phase: self.phase(now),
            kept: self.kept,
        }
    }

    /// What it signs with.
    pub fn credentials(&self, now: Mono) -> Option<Credentials> {
        let online = self.online.as_ref()?;
        let grant = &online.grant;
        let sites = grant.domains.iter().filter(|(_, known)| known.url.starts_with("http"));
        Some(Credentials {
            key: self.key.clone(),
            id_token: grant.id_token.clone().filter(|_| online.is_fresh(now)),
            home: (grant.domain.clone(), self.base.clone()),
            sites: sites.map(|(domain, known)| (domain.clone(), known.url.clone())).collect(),
        })
    }
}

/// The wait after so many tries in a row that failed: 2, 4, 8 … `limit` ± 50 %, the very first next to nothing.
fn pause(tries: u32, limit: Duration, chance: &mut Chance) -> Duration {
    let wait = Duration::from_secs(1 << tries.min(5)).min(limit).as_millis() as u64;
    Duration::from_millis(if tries == 0 { 100 + chance.below(200) } else { wait / 2 + chance.below(wait) })
}

/// The signed-in half of an account.
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
    /// What is done over the sessions.
    pub parts: Parts,
}

impl Online {
    /// From a sign-in: addresses are made, nothing is sent yet.
    pub fn new(grant: Grant, remembered: &RememberedAccount, now: Mono, chance: &mut Chance) -> Online {
        // What came from the disk may be anything.
        let installation = guid(&remembered.installation).unwrap_or_else(|| new_guid(chance).to_string());
        let address = |scheme: &str| {
            let text = format!("{scheme}://{}/{installation}", grant.domain);
            Url::parse(&text).expect("a domain and a GUID make a URL")
        };
        let [runtime, hyperty] = ["runtime", "hyperty"].map(address);
        let mut config = SessionConfig::new(grant.flavour, grant.domain.clone(), runtime.clone());
        config.access_token = grant.access_token.clone();
        // Our addresses outlive the process: a late answer to a question of the last one must not fit one of ours.
        config.first_request = chance.below(FIRST_NUMBERS);
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
            data_schemes: ["comm", "connection", "context"].map(str::to_owned).to_vec(),
            status: "live".to_owned(),
            runtime: runtime.clone(),
            guid: None,
            extra: Default::default(),
        };
        // Kept and sent as soon as the session is live; there is room for one in a new session.
        let _ = session.register(now, Record::Hyperty(record));
        let mut online = Online {
            granted: now,
            sessions: Sessions::new(grant.domain.clone(), session),
            asks: Asks::default(),
            parts: Parts::new(&grant, remembered, &runtime, &hyperty),
            runtime,
            hyperty,
            identity,
            lost: Some(now),
            retry_at: None,
            tries: 0,
            was_live: false,
            token_refused: false,
            grant,
        };
        online.introduce(now);
        online
    }

    /// A newer grant for the same account: the session and its addresses stay.
    pub fn renew(&mut self, grant: Grant, now: Mono) {
        self.sessions.home().set_access_token(grant.access_token.clone());
        self.grant = grant;
        self.granted = now;
        self.token_refused = false;
        self.introduce(now);
    }

    /// Tells the sessions what we show other domains, and where they are.
    fn introduce(&mut self, now: Mono) {
        let until = self.granted + self.lifetime().saturating_sub(TOKEN_MARGIN);
        self.sessions.set_neighbours(self.grant.domains.clone());
        self.sessions.identified(now, self.grant.id_token.as_ref().map(|_| until));
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.grant.expires_in))
    }

    fn is_fresh(&self, now: Mono) -> bool {
        now.since(self.granted) + TOKEN_MARGIN < self.lifetime()
    }

    /// Whether the access token may still be presented; where none is needed nothing grows old.
    pub fn token_is_fresh(&self, now: Mono) -> bool {
        !self.token_refused && (self.grant.access_token.is_none() || self.is_fresh(now))
    }

    /// Whether the access token is older than the loss of the connection.
    pub fn is_outlived(&self) -> bool {
        self.lost.is_some_and(|lost| self.granted < lost)
    }

    /// The transport is gone: the next try comes after a wait that grows.
    pub fn lost(&mut self, now: Mono, chance: &mut Chance) {
        let lost = *self.lost.get_or_insert(now);
        let limit = (now.since(lost) / 2).clamp(HURRY_LIMIT, RETRY_LIMIT);
        self.retry_at = Some(now + pause(self.tries, limit, chance));
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
        let parts = self.parts.deadline(now);
        [self.retry_at, notice, self.sessions.deadline(now), parts].into_iter().flatten().min()
    }

    /// What is done over the sessions, and the sessions as it sees them at this moment.
    pub fn split<'a>(
        &'a mut self,
        chance: &'a mut Chance,
        now: Mono,
        unix_ms: u64,
    ) -> (&'a mut Parts, Line<'a>) {
        let line = Line {
            sessions: &mut self.sessions,
            asks: &mut self.asks,
            chance,
            now,
            unix_ms,
            stamp: iso(unix_ms),
            user: &self.grant.user,
            domain: &self.grant.domain,
            runtime: &self.runtime,
            hyperty: &self.hyperty,
            identity: &self.identity,
        };
        (&mut self.parts, line)
    }
}

fn guid(text: &str) -> Option<String> {
    let fits = (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then(|| text.to_owned())
}

/// ISO 8601 in UTC, to the second.
fn iso(unix_ms: u64) -> String {
    let moment = i64::try_from(unix_ms / 1000)
        .ok()
        .and_then(|secs| time::OffsetDateTime::from_unix_timestamp(secs).ok());
    let format = &time::format_description::well_known::Rfc3339;
    moment.and_then(|moment| moment.format(format).ok()).unwrap_or_default()
}
