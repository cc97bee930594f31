//! Which keys an issuer signs with, and which issuer speaks for a domain. Both are fetched when they are first needed and
//! kept for a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::fetch::{self, FetchError};
use crate::key::Jwk;
use crate::token::{Claims, IdToken, TokenError};

/// The most issuers, and the most domains, that are remembered; the one asked longest ago gives way.
const MOST: usize = 64;
/// The most keys that are taken of one issuer.
const MOST_KEYS: usize = 32;
/// How long keys and issuers are believed without asking again, seconds.
const LIFE: u64 = 3_600;
/// How long an issuer is left in peace after it was asked, seconds.
const PEACE: u64 = 60;

/// The caches. Shared by reference; nothing is locked while the network is waited for.
#[derive(Debug, Default)]
pub struct Issuers {
    keys: Mutex<BTreeMap<String, Held<Vec<Jwk>>>>,
    domains: Mutex<BTreeMap<String, Held<String>>>,
}

#[derive(Debug)]
struct Held<T> {
    value: Option<T>,
    /// When it was fetched.
    since: u64,
    /// When it was last asked for over the network.
    asked: u64,
    /// Told by the program itself: never fetched.
    pinned: bool,
}

/// The addresses of an OpenID provider (OpenID Connect Discovery 1.0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where people sign in.
    pub authorization: String,
    /// Where codes are exchanged.
    pub token: String,
    /// Where its keys are.
    pub jwks: String,
}

impl Issuers {
    /// Tells the keys of an issuer that this program knows better than the network, such as its own.
    pub fn pin(&self, issuer: &str, keys: Vec<Jwk>) {
        let held = Held { value: Some(keys), since: 0, asked: 0, pinned: true };
        lock(&self.keys).insert(issuer.to_owned(), held);
    }

    /// What a token says, if this issuer has signed it and it is valid now. Keys that are missing are fetched: blocks for
    /// 10 s at most.
    pub fn check(&self, token: &IdToken, issuer: &str, now: u64) -> Result<Claims, TokenError> {
        match self.check_known(token, issuer, now) {
            Err(TokenError::NoKeys(_) | TokenError::UnknownKey) => {}
            result => return result,
        }
        let fresh = self.refresh(issuer, now)?;
        match self.check_known(token, issuer, now) {
            // The keys are younger than a minute and were not asked for again: a new one may have appeared since.
            Err(TokenError::UnknownKey) if !fresh => Err(TokenError::NoKeys("a new key".to_owned())),
            result => result,
        }
    }

    /// [`check`](Self::check) without the network. [`TokenError::NoKeys`] and [`TokenError::UnknownKey`] say that a
    /// [`refresh`](Self::refresh) may help.
    pub fn check_known(&self, token: &IdToken, issuer: &str, now: u64) -> Result<Claims, TokenError> {
        // Cheap first: nobody is asked about a token that is of no use anyway.
        token.unverified.check(issuer, now)?;
        let key = {
            let held = lock(&self.keys);
            let held = held.get(issuer).filter(|held| held.pinned || now < held.since.saturating_add(LIFE));
            let keys = held.and_then(|held| held.value.as_ref());
            let keys = keys.ok_or_else(|| TokenError::NoKeys(issuer.to_owned()))?;
            keys.iter().find(|key| token.fits(key)).cloned().ok_or(TokenError::UnknownKey)?
        };
        token.verify(&key, issuer, now).cloned()
    }

    /// Fetches the keys of an issuer, at most once a minute; whether what is known then is the newest. Blocks for 10 s at
    /// most.
    pub fn refresh(&self, issuer: &str, now: u64) -> Result<bool, TokenError> {
        if lock(&self.keys).get(issuer).is_some_and(|held| held.pinned) {
            return Ok(true);
        }
        if !may_ask(&mut lock(&self.keys), issuer, now) {
            let known = lock(&self.keys).get(issuer).is_some_and(|held| held.value.is_some());
            let error = TokenError::NoKeys(format!("{issuer} did not answer a moment ago"));
            return if known { Ok(false) } else { Err(error) };
        }
        let keys = fetch_keys(issuer).map_err(|error| TokenError::NoKeys(error.to_string()))?;
        tracing::debug!(issuer, keys = keys.len(), "keys of an issuer");
        keep(&mut lock(&self.keys), issuer, keys, now);
        Ok(true)
    }

    /// The issuer that speaks for a domain, as the domain's own server at `base` says: the first provider of
    /// `GET <base>/api/sign-in`. Blocks for 5 s at most.
    pub fn of_domain(&self, base: &str, now: u64) -> Result<String, FetchError> {
        {
            let held = lock(&self.domains);
            let held = held.get(base).filter(|held| now < held.since.saturating_add(LIFE));
            if let Some(issuer) = held.and_then(|held| held.value.clone()) {
                return Ok(issuer);
            }
        }
        let url = format!("{}/api/sign-in", base.trim_end_matches('/'));
        if !may_ask(&mut lock(&self.domains), base, now) {
            return Err(FetchError::Unreachable(url, "did not answer a moment ago".to_owned()));
        }
        let answer = fetch::get(&url)?;
        let issuer = answer["providers"][0]["issuer"].as_str().filter(|issuer| issuer.len() <= 1024);
        let issuer = issuer.ok_or_else(|| FetchError::Useless(url, "no provider".to_owned()))?;
        keep(&mut lock(&self.domains), base, issuer.to_owned(), now);
        Ok(issuer.to_owned())
    }
}

/// The addresses of a provider. Blocks for 5 s at most.
pub fn discover(issuer: &str) -> Result<Endpoints, FetchError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = fetch::get(&url)?;
    let useless = |what: &str| FetchError::Useless(url.clone(), what.to_owned());
    if document["issuer"] != issuer {
        return Err(useless("the name of another issuer"));
    }
    let endpoint = |name: &str| {
        let text = document[name].as_str().ok_or_else(|| useless(&format!("no {name}")))?;
        fetch::secure(text).map(String::from)
    };
    Ok(Endpoints {
        authorization: endpoint("authorization_endpoint")?,
        token: endpoint("token_endpoint")?,
        jwks: endpoint("jwks_uri")?,
    })
}

fn fetch_keys(issuer: &str) -> Result<Vec<Jwk>, FetchError> {
    let url = discover(issuer)?.jwks;
    let mut set = fetch::get(&url)?;
    let Value::Array(keys) = set["keys"].take() else {
        return Err(FetchError::Useless(url, "no keys".to_owned()));
    };
    // Keys of kinds that are not understood stand beside ours in many sets.
    let keys = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter(|key| key.algorithm().is_some()).take(MOST_KEYS).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change of a cache is one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the network may be asked now; if so, it counts as asked.
fn may_ask<T>(cache: &mut BTreeMap<String, Held<T>>, name: &str, now: u64) -> bool {
    match cache.get_mut(name) {
        Some(held) if held.pinned || now < held.asked.saturating_add(PEACE) => false,
        Some(held) => {
            held.asked = now;
            true
        }
        None => {
            if cache.len() >= MOST {
                let others = cache.iter().filter(|(_, held)| !held.pinned);
                let oldest = others.min_by_key(|(_, held)| held.asked).map(|(name, _)| name.clone());
                oldest.map(|name| cache.remove(&name));
            }
            cache.insert(name.to_owned(), Held { value: None, since: 0, asked: now, pinned: false });
            true
        }
    }
}

fn keep<T>(cache: &mut BTreeMap<String, Held<T>>, name: &str, value: T, now: u64) {
    if let Some(held) = cache.get_mut(name) {
        held.value = Some(value);
        held.since = now;
    }
}
