//! One client session with one message node.
//!
//! The shell connects and frames; this machine opens the session, replays every route after each connection, keeps
//! registrations alive and matches answers to requests. While it is not live every request and message fails at once
//! with [`SendError::NotLive`]: nothing is kept to surprise people later. Routes and registrations are kept.

mod opening;
mod outstanding;
mod registration;
mod routing;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use confab_types::{Chance, Mono};

use crate::address::Address;
use crate::code::Code;
use crate::flavour::Flavour;
use crate::message::{Draft, Kind, Message, MessageId, MessageIds};
use crate::url::{Domain, Url};
use outstanding::{Asked, Outstanding, Purpose};
use registration::Registration;

/// What a session needs to know.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// The kind of message node.
    pub flavour: Flavour,
    /// The node's domain.
    pub domain: Domain,
    /// This installation's runtime.
    pub runtime: Url,
    /// Sent with `open` to nodes that ask who is there.
    pub access_token: Option<String>,
    /// Sent with the next `open` to the node of another domain, and good for that one only: an assertion that says who we are.
    pub proof: Option<String>,
    /// How long a request waits for its final answer unless it says otherwise.
    pub request_timeout: Duration,
    /// How long `open` and the replay of routes wait.
    pub open_timeout: Duration,
    /// Requests and messages are counted from here: sessions of one client that count from different numbers have no
    /// [`RequestId`] and no message number in common, so that an answer that comes another way than the question went is known.
    pub first_request: u64,
}

impl SessionConfig {
    /// Without a token; requests wait 15 s as in the reference runtime, `open` 5 s.
    pub fn new(flavour: Flavour, domain: Domain, runtime: Url) -> SessionConfig {
        SessionConfig {
            flavour,
            domain,
            runtime,
            access_token: None,
            proof: None,
            request_timeout: Duration::from_secs(15),
            open_timeout: Duration::from_secs(5),
            first_request: 0,
        }
    }
}

/// A request of the session's user, until its last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// Why something was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The session is not live.
    #[error("session with the message node is not live")]
    NotLive,
    /// Too many requests, messages, routes or registrations.
    #[error("session has too much to do")]
    TooMany,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A peer or the node.
    Answered,
    /// Nobody answered in time: a synthetic 408.
    TimedOut,
    /// The connection was lost before the answer: a synthetic 503. A look-up that ends so must not be repeated
    /// automatically.
    Disconnected,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// Open, and every route is set. Observed objects must be read again unless this is the first time.
    Live {
        /// Whether the node resumed the session it had (Vert.x only).
        resumed: bool,
    },
    /// The connection is gone; the shell connects again with back-off.
    Lost,
    /// A message that is no answer.
    Incoming(Message),
    /// An answer to a request; with a code below 200 more may follow.
    Reply {
        /// Which request.
        request: RequestId,
        /// The answer.
        message: Message,
        /// Whether it is real.
        cause: Cause,
    },
    /// The node did not open the session (408: it did not answer). The shell disconnects.
    Refused {
        /// Why.
        code: Code,
    },
    /// The node did not set routes. Those it refused (400, 401, 403, 404) are dropped; those it did not answer or could not set, asked
    /// several times, stay for the next replay.
    RouteRefused {
        /// Which.
        urls: Vec<Url>,
        /// Why.
        code: Code,
    },
    /// A hyperty or object is registered, for the first time or again.
    Registered {
        /// Which.
        url: Url,
    },
    /// A registration failed; it is tried again later.
    RegistrationFailed {
        /// Which.
        url: Url,
        /// Why.
        code: Code,
    },
    /// The farewell is said; the shell disconnects.
    Closed,
}

/// Where the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No connection.
    Down,
    /// `open` or `re-open` is on its way.
    Opening,
    /// Routes are being replayed.
    Routing { unanswered: usize, resumed: bool },
    /// Usable.
    Live,
    /// The node said no; only a new connection helps.
    Refused,
    /// Saying farewell to the registry, at most until then.
    Leaving { until: Mono },
    /// Over.
    Closed,
}

/// The session machine.
#[derive(Clone, Debug)]
pub struct Session {
    config: SessionConfig,
    chance: Chance,
    phase: Phase,
    ids: MessageIds,
    requests: u64,
    /// What a Vert.x node gave us to resume the session.
    runtime_token: Option<String>,
    outstanding: Outstanding,
    /// Every routed address and the hyperty it is routed for.
    routes: BTreeMap<Url, Url>,
    /// Routes that the node could not set, and when it is asked again.
    postponed: Vec<(Mono, Asked)>,
    registrations: BTreeMap<Url, Registration>,
    outgoing: VecDeque<Message>,
    events: VecDeque<SessionEvent>,
}

impl Session {
    /// The most requests without a final answer.
    pub const MAX_REQUESTS: usize = 1024;
    /// The most messages waiting to be polled.
    pub const MAX_OUTGOING: usize = 4096;
    /// The most routes.
    pub const MAX_ROUTES: usize = 8192;
    /// The most registrations.
    pub const MAX_REGISTRATIONS: usize = 1024;

    /// Not connected yet.
    pub fn new(config: SessionConfig, chance: Chance) -> Session {
        Session {
            requests: config.first_request,
            ids: MessageIds::after(config.first_request),
            config,
            chance,
            phase: Phase::Down,
            runtime_token: None,
            outstanding: Outstanding::default(),
            routes: BTreeMap::new(),
            postponed: Vec::new(),
            registrations: BTreeMap::new(),
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// Presents another access token from the next `open` on; the session goes on.
    pub fn set_access_token(&mut self, token: Option<String>) {
        self.config.access_token = token;
    }

    /// Presents an assertion with the next `open`, and only then.
    pub fn set_proof(&mut self, proof: Option<String>) {
        self.config.proof = proof;
    }

    /// What kind of node the next connection leads to, when that was not known before.
    pub fn set_flavour(&mut self, flavour: Flavour) {
        self.config.flavour = flavour;
    }

    /// Whether nothing is asked that was not answered yet.
    pub fn is_idle(&self) -> bool {
        self.outstanding.len() == 0 && self.outgoing.is_empty()
    }

    /// Whether messages can be sent.
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Sends a message and waits for its final answer, code 200 or above; provisional ones are reported too
    /// and prolong the wait (to three minutes when they carry no value). The default of `timeout` is the configuration's.
    pub fn request(
        &mut self,
        now: Mono,
        draft: Draft,
        timeout: Option<Duration>,
    ) -> Result<RequestId, SendError> {
        self.begin_request(now, draft, timeout, false)
    }

    /// Sends a message and waits for the first answer of any code, as for children, which are acknowledged with 100.
    pub fn request_ack(
        &mut self,
        now: Mono,
        draft: Draft,
        timeout: Option<Duration>,
    ) -> Result<RequestId, SendError> {
        self.begin_request(now, draft, timeout, true)
    }

    /// Sends a message whose answers nobody waits for.
    pub fn send(&mut self, draft: Draft) -> Result<MessageId, SendError> {
        self.check_sendable()?;
        let message = draft.with_id(self.ids.next_id());
        let id = message.id;
        self.outgoing.push_back(message);
        Ok(id)
    }

    /// Sends an answer.
    pub fn reply(&mut self, message: Message) -> Result<(), SendError> {
        self.check_sendable()?;
        self.outgoing.push_back(message);
        Ok(())
    }

    /// Takes a message from the node.
    pub fn receive(&mut self, now: Mono, message: Message) {
        if matches!(self.phase, Phase::Down | Phase::Closed) {
            return;
        }
        if message.is_response() {
            if let Some(purpose) = self.outstanding.answered(now, &message) {
                self.finish(now, purpose, message, Cause::Answered);
            }
        } else if message.kind == Kind::Handshake {
            // Mutual authentication is off everywhere; a peer that tries must not wait for us.
            if self.outgoing.len() < Session::MAX_OUTGOING {
                self.outgoing.push_back(message.error(Code::NOT_IMPLEMENTED, "mutual authentication is off"));
            }
        } else {
            self.events.push_back(SessionEvent::Incoming(message));
        }
    }

    /// Whether this is an answer to something that was asked over this session.
    pub fn awaits(&self, message: &Message) -> bool {
        message.is_response() && self.outstanding.contains(message)
    }

    /// When [`wake`](Session::wake) is wanted.
    pub fn deadline(&self) -> Option<Mono> {
        let leaving = match self.phase {
            Phase::Leaving { until } => Some(until),
            _ => None,
        };
        let asking = [self.outstanding.deadline(), self.postponed_deadline(), self.registration_deadline()];
        asking.into_iter().chain([leaving]).flatten().min()
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        while let Some((purpose, message)) = self.outstanding.expire(now) {
            self.finish(now, purpose, message, Cause::TimedOut);
        }
        self.route_postponed(now);
        self.refresh_registrations(now);
        self.finish_leaving(now);
    }

    /// The next message for the node.
    pub fn poll_transmit(&mut self) -> Option<Message> {
        self.outgoing.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        self.events.pop_front()
    }

    fn check_sendable(&self) -> Result<(), SendError> {
        match self.phase {
            Phase::Live if self.outgoing.len() < Session::MAX_OUTGOING => Ok(()),
            Phase::Live => Err(SendError::TooMany),
            _ => Err(SendError::NotLive),
        }
    }

    fn begin_request(
        &mut self,
        now: Mono,
        draft: Draft,
        timeout: Option<Duration>,
        first_is_enough: bool,
    ) -> Result<RequestId, SendError> {
        self.check_sendable()?;
        if self.outstanding.len() >= Session::MAX_REQUESTS {
            return Err(SendError::TooMany);
        }
        self.requests += 1;
        let request = RequestId(self.requests);
        let timeout = timeout.unwrap_or(self.config.request_timeout);
        self.ask(now, draft, Purpose::User { request, first_is_enough }, timeout);
        Ok(request)
    }

    /// Numbers and sends a message of any purpose.
    fn ask(&mut self, now: Mono, draft: Draft, purpose: Purpose, timeout: Duration) {
        let message = draft.with_id(self.ids.next_id());
        self.outstanding.insert(now, &message, purpose, timeout);
        self.outgoing.push_back(message);
    }

    /// Routes an answer to what asked for it.
    fn finish(&mut self, now: Mono, purpose: Purpose, message: Message, cause: Cause) {
        match purpose {
            Purpose::User { request, .. } => {
                self.events.push_back(SessionEvent::Reply { request, message, cause });
            }
            Purpose::Open => self.opened(now, &message),
            Purpose::ReOpen => self.re_opened(now, &message),
            Purpose::Route(asked) => self.routed(now, asked, &message, cause),
            Purpose::Register(url) => self.registered(now, url, &message),
            Purpose::Refresh(url) => self.refreshed(now, url, &message),
            Purpose::Depart => self.finish_leaving(now),
        }
    }

    fn session_address(&self) -> Address {
        match &self.runtime_token {
            Some(token) => Address::from(self.config.runtime.child(&format!("/{token}"))),
            None => Address::from(&self.config.runtime),
        }
    }
}

#[cfg(test)]
mod tests;
