//! Invitations by mail and their cancellation: a text, the same as HTML, and a calendar entry, in the inviter's language.
//!
//! It invents no receivers: what to send comes from the conference, one order for one mail. How many there may be is limited here,
//! whoever asks. Where no mail server is configured and nobody comes from elsewhere, mails are caught and shown on a page of this machine.
//!
//! | module | holds |
//! |---|---|
//! | [`Mailer`] | the queue and its limits |
//! | `letter`, `words` | one mail, composed; what mails say in each language |
//! | [`calendar`] | the entry as iCalendar (RFC 5545) |
//! | `post` | the mail server, by SMTP |
//! | [`catcher`] | the page that shows mails instead |

pub mod calendar;
pub mod catcher;
mod letter;
mod post;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use confab_driver::Clock;
use confab_rooms::{Mail, MailEvent};
use tokio::sync::mpsc;

use crate::limiter::Limiter;
use catcher::Catcher;
use letter::Letter;
pub use letter::Sender;
pub use lettre::address::AddressError;
pub use post::{Post, PostError};

/// Mails that may wait for the mail server.
const QUEUE: usize = 64;
/// How long a limit looks back.
const HOUR: Duration = Duration::from_secs(3_600);
/// Mails to one address in an hour.
const TO_ONE: usize = 6;
/// Mails by one user in an hour.
const BY_ONE: usize = 60;
/// Mails of one domain in an hour.
const IN_ALL: usize = 500;

/// What is counted.
#[derive(Debug, Default)]
pub struct MailCounters {
    /// Mails that a server has taken, or that were caught.
    pub sent: AtomicU64,
    /// Mails that no server took.
    pub failed: AtomicU64,
    /// Mails over a limit.
    pub throttled: AtomicU64,
}

/// Takes orders for mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    queue: mpsc::Sender<Mail>,
    counters: Arc<MailCounters>,
    told: Arc<dyn Fn(MailEvent) + Send + Sync>,
}

/// Where mails go.
pub enum Way {
    /// To a mail server.
    Server(Post),
    /// To the page.
    Catcher(Catcher),
    /// Nowhere: every one fails.
    Nowhere,
}

impl Mailer {
    /// Starts the one task that sends. `told` must not block. Needs a tokio runtime; the task ends with the last clone.
    pub fn start(
        way: Way,
        sender: Sender,
        clock: Clock,
        told: impl Fn(MailEvent) + Send + Sync + 'static,
    ) -> Mailer {
        let (queue, orders) = mpsc::channel(QUEUE);
        let mailer = Mailer { queue, counters: Arc::default(), told: Arc::new(told) };
        let desk = Desk {
            way,
            sender,
            clock,
            counters: mailer.counters.clone(),
            told: mailer.told.clone(),
            to_one: Limiter::new(TO_ONE, HOUR),
            by_one: Limiter::new(BY_ONE, HOUR),
            in_all: Limiter::new(IN_ALL, HOUR),
        };
        tokio::spawn(desk.run(orders));
        mailer
    }

    /// Sends a mail when its turn comes; what became of it is told. Never waits.
    pub fn submit(&self, order: Mail) {
        if let Err(error) = self.queue.try_send(order) {
            let (mpsc::error::TrySendError::Full(order) | mpsc::error::TrySendError::Closed(order)) = error;
            tracing::warn!(?order, "too many mails wait");
            self.counters.throttled.fetch_add(1, Ordering::Relaxed);
            (self.told)(MailEvent { room: order.room, invitation: order.invitation, sent: false });
        }
    }

    /// What is counted.
    pub fn counters(&self) -> &MailCounters {
        &self.counters
    }
}

struct Desk {
    way: Way,
    sender: Sender,
    clock: Clock,
    counters: Arc<MailCounters>,
    told: Arc<dyn Fn(MailEvent) + Send + Sync>,
    to_one: Limiter,
    by_one: Limiter,
    in_all: Limiter,
}

impl Desk {
    async fn run(mut self, mut orders: mpsc::Receiver<Mail>) {
        while let Some(order) = orders.recv().await {
            let allowed = self.allows(&order);
            let sent = allowed && self.send(&order).await;
            let counter = match (allowed, sent) {
                (false, _) => &self.counters.throttled,
                (true, false) => &self.counters.failed,
                (true, true) => &self.counters.sent,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            (self.told)(MailEvent { room: order.room, invitation: order.invitation, sent });
        }
    }

    /// Whether a mail is within all limits.
    fn allows(&mut self, order: &Mail) -> bool {
        let now = (self.clock)();
        // The limit that all share comes last: whoever is over their own takes nothing of it.
        let allowed = self.by_one.take(order.from.as_str(), now);
        let allowed = allowed.and_then(|()| self.to_one.take(&order.to.to_lowercase(), now));
        let allowed = allowed.and_then(|()| self.in_all.take("", now)).is_ok();
        if !allowed {
            tracing::warn!(?order, "a mail is over the limit and is not sent");
        }
        allowed
    }

    async fn send(&self, order: &Mail) -> bool {
        let letter = match Letter::compose(order, &self.sender) {
            Ok(letter) => letter,
            Err(error) => {
                tracing::info!(?order, %error, "a mail cannot be written");
                return false;
            }
        };
        match &self.way {
            Way::Catcher(catcher) => catcher.put(letter),
            Way::Nowhere => return false,
            Way::Server(post) => {
                if let Err(error) = post.send(letter.message).await {
                    tracing::warn!(?order, %error, "a mail was not taken");
                    return false;
                }
            }
        }
        tracing::info!(?order, "a mail is on its way");
        true
    }
}
