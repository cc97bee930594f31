//! Routing paths at the node's subscription manager.
//!
//! Nodes disagree on the keys: `subscribe` alone sets a path everywhere; `unsubscribe` and `subscribe` together remove
//! one everywhere. A 200 proves nothing at some nodes, and the node may forget everything with the connection, so the
//! whole set is replayed after each.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_types::Mono;

use super::outstanding::{Asked, Purpose};
use super::{Cause, Phase, SendError, Session, SessionEvent};
use crate::code::Code;
use crate::message::{Draft, Kind, Message};
use crate::url::Url;

/// How many addresses one message carries.
const BATCH: usize = 64;
/// How often a node that does not answer, or cannot at the moment, is asked for the same routes; each time it has twice as long, to
/// sixteen times.
const TRIES: u8 = 8;

impl Session {
    /// Routes addresses to this session for the hyperty `source`, now and after every reconnection.
    pub fn route(&mut self, now: Mono, urls: &[Url], source: &Url) -> Result<(), SendError> {
        let new: Vec<Url> = urls.iter().filter(|url| self.routes.get(url) != Some(source)).cloned().collect();
        if self.routes.len() + new.len() > Session::MAX_ROUTES {
            return Err(SendError::TooMany);
        }
        self.routes.extend(new.iter().map(|url| (url.clone(), source.clone())));
        if self.phase == Phase::Live {
            for urls in new.chunks(BATCH) {
                self.subscribe(now, urls.to_vec(), source, false, 1);
            }
        } else if let Phase::Routing { unanswered, resumed } = self.phase {
            // The replay is on its way without these.
            let batches = new.chunks(BATCH).len();
            self.phase = Phase::Routing { unanswered: unanswered + batches, resumed };
            for urls in new.chunks(BATCH) {
                self.subscribe(now, urls.to_vec(), source, true, 1);
            }
        }
        Ok(())
    }

    /// Removes routes.
    pub fn unroute(&mut self, urls: &[Url]) {
        let known: Vec<&Url> = urls.iter().filter(|url| self.routes.contains_key(url)).collect();
        if matches!(self.phase, Phase::Live | Phase::Routing { .. }) {
            for urls in known.chunks(BATCH) {
                let list: Vec<&str> = urls.iter().map(|url| url.as_str()).collect();
                let draft = self
                    .to_manager(Kind::Unsubscribe)
                    .with("unsubscribe", list.clone())
                    .with("subscribe", list);
                let message = draft.with_id(self.ids.next_id());
                self.outgoing.push_back(message);
            }
        }
        for url in urls {
            self.routes.remove(url);
        }
    }

    /// The routes that are replayed, with the hyperty each is for.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = (&Url, &Url)> {
        self.routes.iter()
    }

    /// Sets every route again; the session is live when all are answered.
    pub(super) fn replay(&mut self, now: Mono, resumed: bool) {
        let mut by_source: BTreeMap<Url, Vec<Url>> = BTreeMap::new();
        for (url, source) in &self.routes {
            by_source.entry(source.clone()).or_default().push(url.clone());
        }
        let unanswered = by_source.values().map(|urls| urls.chunks(BATCH).len()).sum();
        if unanswered == 0 {
            return self.go_live(now, resumed);
        }
        self.phase = Phase::Routing { unanswered, resumed };
        for (source, urls) in &by_source {
            for urls in urls.chunks(BATCH) {
                self.subscribe(now, urls.to_vec(), source, true, 1);
            }
        }
    }

    pub(super) fn routed(&mut self, now: Mono, asked: Asked, message: &Message, cause: Cause) {
        let Asked { urls, replay, tries } = asked;
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        let failed = !code.is_ok() && cause == Cause::Answered;
        if failed && urls.len() > 1 {
            // One address may have spoiled the batch: ask for each alone.
            return self.route_singly(now, urls, replay);
        }
        if cause == Cause::TimedOut && tries < TRIES {
            // A route that is missing is noticed by nobody but those who speak in vain.
            self.route_again(now, &urls, tries + 1);
        } else if failed && !is_final(&code) && tries < TRIES {
            let asked = Asked { urls, replay: false, tries: tries + 1 };
            self.postponed.push((now + self.patience(tries), asked));
        } else if !code.is_ok() {
            if failed && is_final(&code) {
                for url in &urls {
                    self.routes.remove(url);
                }
            }
            self.events.push_back(SessionEvent::RouteRefused { urls, code });
        }
        self.routes_answered(now, replay);
    }

    /// Asks for what the node could not do when it was asked before.
    pub(super) fn route_postponed(&mut self, now: Mono) {
        let postponed = std::mem::take(&mut self.postponed);
        let (due, later): (Vec<_>, Vec<_>) = postponed.into_iter().partition(|(at, _)| *at <= now);
        self.postponed = later;
        if matches!(self.phase, Phase::Live | Phase::Routing { .. }) {
            for (_, asked) in due {
                self.route_again(now, &asked.urls, asked.tries);
            }
        }
    }

    /// When something is asked again.
    pub(super) fn postponed_deadline(&self) -> Option<Mono> {
        self.postponed.iter().map(|(at, _)| *at).min()
    }

    /// Asks once more for those that are still wanted. The session does not wait for it.
    fn route_again(&mut self, now: Mono, urls: &[Url], tries: u8) {
        let mut by_source: BTreeMap<Url, Vec<Url>> = BTreeMap::new();
        for url in urls {
            if let Some(source) = self.routes.get(url) {
                by_source.entry(source.clone()).or_default().push(url.clone());
            }
        }
        for (source, urls) in by_source {
            self.subscribe(now, urls, &source, false, tries);
        }
    }

    fn route_singly(&mut self, now: Mono, urls: Vec<Url>, replay: bool) {
        let mut asked = 0;
        for url in urls {
            let Some(source) = self.routes.get(&url).cloned() else { continue };
            self.subscribe(now, vec![url], &source, replay, 1);
            asked += 1;
        }
        if let (true, Phase::Routing { unanswered, resumed }) = (replay, self.phase) {
            self.phase = Phase::Routing { unanswered: unanswered + asked, resumed };
        }
        self.routes_answered(now, replay);
    }

    /// One message of the replay is answered.
    fn routes_answered(&mut self, now: Mono, replay: bool) {
        if let (true, Phase::Routing { unanswered, resumed }) = (replay, self.phase) {
            match unanswered.saturating_sub(1) {
                0 => self.go_live(now, resumed),
                unanswered => self.phase = Phase::Routing { unanswered, resumed },
            }
        }
    }

    fn subscribe(&mut self, now: Mono, urls: Vec<Url>, source: &Url, replay: bool, tries: u8) {
        let list: Vec<&str> = urls.iter().map(Url::as_str).collect();
        let draft = self.to_manager(Kind::Subscribe).with("subscribe", list).with("source", source.as_str());
        let timeout = self.patience(tries);
        self.ask(now, draft, Purpose::Route(Asked { urls, replay, tries }), timeout);
    }

    /// How long the node has for one try, and is left alone after a failed one.
    fn patience(&self, tries: u8) -> Duration {
        self.config.open_timeout * (1 << (tries - 1).min(4))
    }

    fn to_manager(&self, kind: Kind) -> Draft {
        Draft::new(kind, self.config.runtime.sm(), self.config.domain.subscription_manager())
    }
}

/// Whether asking again is in vain: the request is wrong or the address is not ours. Any other failure may pass.
fn is_final(code: &Code) -> bool {
    matches!(code, Code::Num(400 | 401 | 403 | 404))
}
