//! Keeps and forgets refresh tokens, one after the other: what was forgotten last must not be kept by a slower wish of before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_keychain::Keychain;
use confab_user_agent::{Input, Kept};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::identities::Identities;
use crate::secrets;

/// What shall become of the secret of an account.
pub enum Wish {
    /// It is kept.
    Keep {
        /// The account's number.
        account: u32,
        /// The secret, and whose it is.
        kept: Kept,
    },
    /// It is forgotten, and so is the key.
    Forget {
        /// The account's server.
        base: String,
        /// Its user.
        user: String,
        /// The name of its key.
        key: String,
    },
}

/// The queue, and the task that empties it.
pub struct Keeping {
    wishes: Wishes,
    wake: mpsc::Sender<()>,
    task: JoinHandle<()>,
}

type Wishes = Arc<Mutex<VecDeque<Wish>>>;

impl Keeping {
    /// Starts the task. `inputs` hears whether a secret was kept.
    pub fn start(
        handle: &Handle,
        inputs: mpsc::WeakSender<Input>,
        keychain: Arc<dyn Keychain>,
        identities: Arc<Identities>,
    ) -> Keeping {
        let wishes = Wishes::default();
        let (wake, mut woken) = mpsc::channel::<()>(1);
        let queue = wishes.clone();
        let task = handle.spawn(async move {
            while woken.recv().await.is_some() {
                while let Some(wish) = next(&queue) {
                    let (keychain, identities) = (keychain.clone(), identities.clone());
                    let done = spawn_blocking(move || carry_out(keychain.as_ref(), &identities, wish)).await;
                    if let (Ok(Some(input)), Some(inputs)) = (done, inputs.upgrade()) {
                        let _ = inputs.send(input).await;
                    }
                }
            }
        });
        Keeping { wishes, wake, task }
    }

    /// Takes one more wish. Returns at once.
    pub fn wish(&self, wish: Wish) {
        push(&mut lock(&self.wishes), wish);
        // When a call waits already, the task has yet to look.
        let _ = self.wake.try_send(());
    }

    /// Waits until everything is kept and forgotten.
    pub async fn close(self) {
        drop(self.wake);
        let _ = self.task.await;
    }
}

fn lock(wishes: &Mutex<VecDeque<Wish>>) -> MutexGuard<'_, VecDeque<Wish>> {
    wishes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next(wishes: &Mutex<VecDeque<Wish>>) -> Option<Wish> {
    lock(wishes).pop_front()
}

/// A secret that waits to be kept is not kept any more when a newer wish is about the same account: a store that lets us wait makes no
/// queue grow.
fn push(wishes: &mut VecDeque<Wish>, wish: Wish) {
    let (base, user) = whose(&wish);
    wishes.retain(|before| matches!(before, Wish::Forget { .. }) || whose(before) != (base, user));
    wishes.push_back(wish);
}

fn whose(wish: &Wish) -> (&str, &str) {
    match wish {
        Wish::Keep { kept, .. } => (kept.base.as_str(), kept.user.as_str()),
        Wish::Forget { base, user, .. } => (base.as_str(), user.as_str()),
    }
}

fn carry_out(keychain: &dyn Keychain, identities: &Identities, wish: Wish) -> Option<Input> {
    match wish {
        Wish::Keep { account, kept } => {
            let done = secrets::keep(keychain, &kept);
            let done =
                done.inspect_err(|error| tracing::info!(%error, "secret is kept for this session only"));
            Some(Input::SecretKept { account, kept: done.is_ok() })
        }
        Wish::Forget { base, user, key } => {
            if let Err(error) = secrets::forget(keychain, &base, &user) {
                tracing::info!(%error, "secret was not forgotten");
            }
            identities.forget(&key);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(user: &str, refresh: &str) -> Wish {
        let (base, user, refresh) = ("https://a.local".to_owned(), user.to_owned(), refresh.to_owned());
        Wish::Keep { account: 1, kept: Kept { base, user, refresh } }
    }

    fn forget(user: &str) -> Wish {
        Wish::Forget { base: "https://a.local".to_owned(), user: user.to_owned(), key: "k".to_owned() }
    }

    #[test]
    fn a_wish_replaces_what_waits_to_be_kept_of_the_same_account_only() {
        let mut wishes = VecDeque::new();
        for wish in
            [keep("alice", "1"), keep("bob", "1"), keep("alice", "2"), forget("alice"), keep("alice", "3")]
        {
            push(&mut wishes, wish);
        }
        let order: Vec<(&str, bool)> =
            wishes.iter().map(|wish| (whose(wish).1, matches!(wish, Wish::Keep { .. }))).collect();
        assert_eq!(order, [("bob", true), ("alice", false), ("alice", true)]);
    }
}
