//! The thread that moves files.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use confab_media_model::{ChannelFact, Channels, FileFact, FilePlan};
use confab_types::LegId;

use crate::downloads::Downloads;
use crate::mover::Mover;
use crate::store::Stores;

/// Bytes of messages that wait for the disk. The window of every stream we ask for fits; a peer that sends more is cut off until its channel
/// opens again.
const WAITING_BYTES: usize = 24 << 20;
/// Messages that wait, whatever their size.
const WAITING: usize = 16 << 10;

/// Files of a call or a room. Dropping it ends the thread after its present step; partial files stay for another time.
pub struct FileTransfer {
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

/// What has arrived for the thread.
#[derive(Default)]
struct Mail {
    plan: Option<FilePlan>,
    channel: VecDeque<ChannelFact>,
    bytes: usize,
    /// The leg whose messages are dropped because it sent too many.
    cut_off: Option<LegId>,
    /// What transfers with a store tell. Of those that only say how far one is the newest waits, so there are few.
    store: VecDeque<FileFact>,
    /// A transfer with a store has ended: another one may begin.
    free: bool,
    over: bool,
}

impl FileTransfer {
    /// Starts the thread. `facts` is called by it, so it may block, but files stand still meanwhile.
    pub fn start(
        channels: Arc<dyn Channels>,
        downloads: Downloads,
        facts: impl Fn(FileFact) + Send + 'static,
    ) -> std::io::Result<FileTransfer> {
        let inbox = Arc::new(Inbox::default());
        let theirs = inbox.clone();
        let teller = Arc::downgrade(&inbox);
        let stores = Stores::new(downloads.clone(), move |fact| {
            if let Some(inbox) = teller.upgrade() {
                inbox.put(|mail| mail.store_fact(fact));
            }
        });
        let run = move || run(&theirs, Mover::new(channels, downloads), stores, facts);
        let thread = std::thread::Builder::new().name("confab-files".to_owned()).spawn(run)?;
        Ok(FileTransfer { inbox, thread: Some(thread) })
    }

    /// The plan from now on. Plans may be skipped: only the newest counts.
    pub fn set_plan(&self, plan: FilePlan) {
        self.inbox.put(|mail| mail.plan = Some(plan));
    }

    /// Something happened to a channel. Never waits.
    pub fn channel(&self, fact: ChannelFact) {
        self.inbox.put(|mail| mail.channel_fact(fact));
    }
}

impl Drop for FileTransfer {
    fn drop(&mut self) {
        self.inbox.put(|mail| mail.over = true);
        if let Some(thread) = self.thread.take() {
            // It panics only when `facts` does, and then there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, change: impl FnOnce(&mut Mail)) {
        change(&mut self.lock());
        self.arrived.notify_one();
    }

    /// Takes everything; waits for something when `idle`.
    fn take(&self, idle: bool) -> Mail {
        let mut mail = self.lock();
        while idle && mail.is_empty() {
            mail = self.arrived.wait(mail).unwrap_or_else(PoisonError::into_inner);
        }
        let cut_off = mail.cut_off;
        let taken = std::mem::take(&mut *mail);
        mail.cut_off = cut_off;
        taken
    }
}

impl Mail {
    fn is_empty(&self) -> bool {
        let nothing_new = self.plan.is_none() && self.channel.is_empty() && self.store.is_empty();
        nothing_new && !self.free && !self.over
    }

    fn store_fact(&mut self, fact: Option<FileFact>) {
        let Some(fact) = fact else {
            self.free = true;
            return;
        };
        let older = match &fact {
            FileFact::Moving { id: new, .. } => {
                self.store.iter_mut().find(|fact| matches!(fact, FileFact::Moving { id, .. } if id == new))
            }
            FileFact::Preparing { id: new, .. } => {
                self.store.iter_mut().find(|fact| matches!(fact, FileFact::Preparing { id, .. } if id == new))
            }
            _ => None,
        };
        match older {
            Some(older) => *older = fact,
            None => self.store.push_back(fact),
        }
    }

    fn channel_fact(&mut self, fact: ChannelFact) {
        match &fact {
            ChannelFact::Data(leg, _) if self.cut_off == Some(*leg) => return,
            ChannelFact::Data(leg, message) => {
                self.bytes += message.len();
                if self.bytes > WAITING_BYTES || self.channel.len() >= WAITING {
                    tracing::warn!(%leg, "more arrives than was asked for: the channel is no longer listened to");
                    let leg = *leg;
                    self.cut_off = Some(leg);
                    self.channel
                        .retain(|waiting| !matches!(waiting, ChannelFact::Data(from, _) if *from == leg));
                    self.channel.push_back(ChannelFact::Closed(leg));
                    return;
                }
            }
            ChannelFact::Open(leg, _) | ChannelFact::Closed(leg) => {
                if self.cut_off == Some(*leg) {
                    self.cut_off = None;
                }
            }
            ChannelFact::Drained(_) if self.channel.back() == Some(&fact) => return,
            ChannelFact::Drained(_) => {}
        }
        self.channel.push_back(fact);
    }
}

fn run(inbox: &Inbox, mut mover: Mover, mut stores: Stores, facts: impl Fn(FileFact)) {
    let mut idle = false;
    loop {
        let mail = inbox.take(idle);
        if mail.over {
            return;
        }
        if let Some(plan) = mail.plan {
            stores.set_plan(&plan.store);
            mover.set_plan(plan);
        } else if mail.free {
            stores.begin();
        }
        mail.store.into_iter().for_each(&facts);
        for fact in mail.channel {
            mover.channel(fact);
        }
        idle = !mover.work();
        while let Some(fact) = mover.poll() {
            facts(fact);
        }
    }
}
