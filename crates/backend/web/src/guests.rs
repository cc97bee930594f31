//! People without an account, who come by a link with a browser. Their page shows views and does what the plan says of media;
//! everything that decides, a user agent each, runs here, so no rule of a meeting is written in the page's language and
//! nothing that a page sends is more than a wish or a fact. Clients with a user agent of their own come by the same door.
//!
//! It knows no room and no message node: both are behind [`House`].
//!
//! | module | holds |
//! |---|---|
//! | [`Guests`] | who is there, and the routes |
//! | [`house`] | [`House`], the backend as guests need it |
//! | `join` | `POST /api/join`: a name for a token |
//! | `tickets` | tokens that are good once, for a while |
//! | `agent` | one guest's user agent and its end |
//! | `effects`, `line` | what the user agent asks for, carried out; its way to the message node |
//! | `allowed` | what a guest may wish |
//! | `outbox` | what waits for the page: the newest of each kind |
//! | `socket` | one WebSocket of a page |

mod agent;
mod allowed;
mod effects;
pub mod house;
mod join;
mod line;
mod outbox;
mod socket;
mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, post};
use confab_driver::Clock;
use tokio::sync::{Semaphore, watch};

use crate::limiter::Limiter;
use crate::secret::Fingerprint;
use agent::Agent;
use house::{Caller, House};
use tickets::Tickets;

/// Guests at once.
pub const MOST: usize = 200;
/// How often somebody may knock, from one place in a minute.
const KNOCKS: usize = 60;
/// How often somebody may name a room or show a code that there is not, from one place in a minute: who guesses is told nothing more.
const WRONG: usize = 10;
/// Guests at once from one place; whatever comes from this machine is nobody's place.
const FROM_ONE: usize = 50;
/// The largest body of a request, bytes.
const MAX_BODY: usize = 16 << 10;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Between a page's request and its socket.
    pub ticket: Duration,
    /// Between the socket and the wish to join.
    pub joining: Duration,
    /// Without a socket, until the guest has left.
    pub absence: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            ticket: Duration::from_secs(600),
            joining: Duration::from_secs(600),
            absence: Duration::from_secs(60),
        }
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub struct GuestCounters {
    /// Requests to join that were granted.
    pub let_in: AtomicU64,
    /// Those that were refused.
    pub refused: AtomicU64,
}

/// Everybody who has come by a browser. Cheap to clone.
#[derive(Clone)]
pub struct Guests(Arc<Shared>);

struct Shared {
    house: Arc<dyn House>,
    clock: Clock,
    /// Where the pages are, `https://conf.example`.
    base: String,
    patience: Patience,
    counters: GuestCounters,
    knocks: Mutex<Limiter>,
    wrong: Mutex<Limiter>,
    /// Join tokens that were not used yet.
    tickets: Mutex<Tickets<Caller>>,
    /// By the tokens with which their page comes back: the newest, and the one it has come with.
    agents: Mutex<BTreeMap<Fingerprint, Arc<Agent>>>,
    places: Arc<Semaphore>,
    /// True when the backend stops.
    closing: watch::Sender<bool>,
}

impl Guests {
    /// Nobody yet. `base` is the address at which pages reach this backend, without a slash at the end.
    pub fn new(house: Arc<dyn House>, clock: Clock, base: String, patience: Patience) -> Guests {
        Guests(Arc::new(Shared {
            house,
            clock,
            base,
            counters: GuestCounters::default(),
            knocks: Mutex::new(Limiter::new(KNOCKS, Duration::from_secs(60))),
            wrong: Mutex::new(Limiter::new(WRONG, Duration::from_secs(60))),
            tickets: Mutex::new(Tickets::new(patience.ticket)),
            patience,
            agents: Mutex::default(),
            places: Arc::new(Semaphore::new(MOST)),
            closing: watch::Sender::new(false),
        }))
    }

    /// `/api/join` and `/guest/ws`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/api/join", post(join::join).layer(DefaultBodyLimit::max(MAX_BODY)))
            .route("/guest/ws", any(socket::upgrade))
            .with_state(self)
    }

    /// Uses a token of `/api/join` up for a client that brings its own user agent: who came, unless it is unknown, used or too old.
    pub fn redeem(&self, token: &str) -> Option<Caller> {
        let mut tickets = self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.take(token, (self.0.clock)())
    }

    /// How many are there.
    pub fn count(&self) -> usize {
        MOST - self.0.places.available_permits().min(MOST)
    }

    /// What is counted.
    pub fn counters(&self) -> &GuestCounters {
        &self.0.counters
    }

    /// Everybody leaves; their pages are told. Nobody comes in any more.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// The guest whose page comes back with this token. Their other tokens are good no longer.
    fn come_back(&self, token: &Fingerprint) -> Option<Arc<Agent>> {
        let mut agents = self.agents();
        let back = agents.get(token)?.clone();
        agents.retain(|known, agent| known == token || !Arc::ptr_eq(agent, &back));
        Some(back)
    }

    /// Guests from one place, whatever number of tokens they have.
    fn count_from(&self, address: &str) -> usize {
        let agents = self.agents();
        let there = agents.values().filter(|agent| agent.address.as_deref() == Some(address));
        there.map(Arc::as_ptr).collect::<BTreeSet<_>>().len()
    }

    fn agents(&self) -> MutexGuard<'_, BTreeMap<Fingerprint, Arc<Agent>>> {
        self.0.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
