//! Files of a room: put into its store and fetched from there by HTTP, each by a thread of its own.
//!
//! A transfer that is interrupted goes on where it was: what the store has, and what is verified here, is never sent again. The token
//! goes to the address of the plan only: no redirect is followed and no proxy is asked.
//!
//! | module | holds |
//! |---|---|
//! | [`Stores`] | which transfers there are, and which have their turn |
//! | `desk` | what transfers share: the address, the way to tell, the wish to end |
//! | `http` | the requests of docs/protocol.md, section 12 |
//! | `upload`, `download` | one transfer |
//! | `preview` | a small picture of a file that is one |

mod desk;
mod download;
mod http;
mod preview;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::BTreeMap;
use std::sync::Arc;

use confab_media_model::{FileFact, FileId, StoreDownload, StorePlan, StoreUpload};

use crate::downloads::Downloads;
use desk::{Desk, Task};

/// Files that are put at once, and files that are fetched at once; the others wait.
const AT_ONCE: usize = 3;

/// Every transfer with a store. Dropping it ends all of them as soon as they notice; partial files stay for another time.
pub(crate) struct Stores {
    desk: Arc<Desk>,
    downloads: Downloads,
    own: BTreeMap<FileId, Transfer<StoreUpload>>,
    wanted: BTreeMap<FileId, Transfer<StoreDownload>>,
}

/// One file and the thread that moves it, once it has its turn.
struct Transfer<T> {
    what: T,
    task: Option<Arc<Task>>,
}

impl Stores {
    /// Nothing is wanted. `tell` is called by the threads and must not wait; it is also called with `None` when a thread has ended.
    pub(crate) fn new(
        downloads: Downloads,
        tell: impl Fn(Option<FileFact>) + Send + Sync + 'static,
    ) -> Stores {
        let desk = Arc::new(Desk::new(Box::new(tell)));
        Stores { desk, downloads, own: BTreeMap::new(), wanted: BTreeMap::new() }
    }

    /// The plan from now on.
    pub(crate) fn set_plan(&mut self, plan: &StorePlan) {
        self.desk.set_access(plan.access.clone());
        let gone: Vec<FileId> = self.own.keys().filter(|id| !plan.own.contains_key(id)).cloned().collect();
        for id in gone {
            let task = self.own.remove(&id).and_then(|transfer| transfer.task);
            // Without access the room was left, and others may still fetch it.
            match (task, &plan.access) {
                (Some(task), Some(_)) => upload::cancel(&self.desk, &id, &task),
                (Some(task), None) => task.end(),
                (None, _) => {}
            }
        }
        let unchanged =
            |id: &FileId, transfer: &Transfer<StoreDownload>| plan.wanted.get(id) == Some(&transfer.what);
        self.wanted.retain(|id, transfer| {
            let stays = unchanged(id, transfer);
            if !stays && let Some(task) = &transfer.task {
                task.discard();
            }
            stays
        });
        for (id, what) in &plan.own {
            self.own.entry(id.clone()).or_insert_with(|| Transfer { what: what.clone(), task: None });
        }
        for (id, what) in &plan.wanted {
            self.wanted.entry(id.clone()).or_insert_with(|| Transfer { what: what.clone(), task: None });
        }
        self.desk.wake();
        self.begin();
    }

    /// Lets those begin whose turn has come.
    pub(crate) fn begin(&mut self) {
        let (desk, downloads) = (&self.desk, &self.downloads);
        begin(&mut self.own, |id, what, task| upload::start(desk, id, what, task));
        begin(&mut self.wanted, |id, what, task| download::start(desk, downloads, id, what, task));
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        let own = self.own.values().filter_map(|transfer| transfer.task.as_ref());
        own.chain(self.wanted.values().filter_map(|transfer| transfer.task.as_ref()))
            .for_each(|task| task.end());
        self.desk.wake();
    }
}

fn begin<T>(
    transfers: &mut BTreeMap<FileId, Transfer<T>>,
    start: impl Fn(&FileId, &T, &Arc<Task>) -> std::io::Result<()>,
) {
    let moving = |transfer: &&Transfer<T>| transfer.task.as_ref().is_some_and(|task| !task.is_done());
    let mut free = AT_ONCE.saturating_sub(transfers.values().filter(moving).count());
    for (id, transfer) in transfers.iter_mut().filter(|(_, transfer)| transfer.task.is_none()) {
        if free == 0 {
            return;
        }
        let task = Arc::new(Task::default());
        if let Err(error) = start(id, &transfer.what, &task) {
            // It is tried again when another one has ended.
            tracing::warn!(%error, "a file cannot move: no thread");
            return;
        }
        transfer.task = Some(task);
        free -= 1;
    }
}
