//! A file of ours on its way into the store.

use std::fs::File;
use std::sync::Arc;
use std::thread;

use confab_media_model::files::PIECE;
use confab_media_model::{FileFact, FileFault, FileHash, FileId, StoreUpload};

use super::desk::{Desk, Over, Patience, Task};
use super::http::{Failure, Offer, Place};
use super::preview;
use crate::own::{Offered, Own};

/// Why it is not there.
enum Ended {
    Over,
    Failed(FileFault),
}

impl From<Over> for Ended {
    fn from(Over: Over) -> Ended {
        Ended::Over
    }
}

/// Hashes a file and puts it into the store.
pub(super) fn start(
    desk: &Arc<Desk>,
    id: &FileId,
    what: &StoreUpload,
    task: &Arc<Task>,
) -> std::io::Result<()> {
    let (desk, task) = (desk.clone(), task.clone());
    let upload = Upload { id: id.clone(), what: what.clone() };
    let run = move || {
        match upload.run(&desk, &task) {
            Ok(()) => desk.tell(&task, FileFact::Sent(upload.id.clone())),
            Err(Ended::Failed(fault)) => desk.tell(&task, FileFact::Failed { id: upload.id.clone(), fault }),
            Err(Ended::Over) => {}
        }
        desk.done(&task);
    };
    thread::Builder::new().name("confab-upload".to_owned()).spawn(run).map(drop)
}

/// Gives a file up: the store is told, so that nobody waits for the rest.
pub(super) fn cancel(desk: &Arc<Desk>, id: &FileId, task: &Arc<Task>) {
    task.end();
    desk.wake();
    let Some(place) = desk.place_now() else { return };
    let id = id.clone();
    let told = thread::Builder::new().name("confab-cancel".to_owned()).spawn(move || {
        if let Err(error) = place.delete(&id) {
            tracing::info!(%error, "the store does not know that a file is cancelled");
        }
    });
    if let Err(error) = told {
        tracing::warn!(%error, "a file cannot be cancelled at the store: no thread");
    }
}

struct Upload {
    id: FileId,
    what: StoreUpload,
}

/// What hashing has found out.
struct Hashed {
    offered: Offered,
    hash: FileHash,
    modified: Option<u64>,
}

impl Upload {
    fn run(&self, desk: &Desk, task: &Task) -> Result<(), Ended> {
        let hashed = self.hash(desk, task)?;
        if let Some(picture) = preview::of(&self.what.path) {
            desk.tell(task, FileFact::Preview { id: self.id.clone(), picture });
        }
        let mut file = hashed.offered.open().map_err(|error| unreadable(&error))?;
        let mut patience = Patience::new();
        // How much the store has; unknown until it was asked.
        let mut have = None;
        loop {
            let place = desk.place(task)?;
            let step = match have {
                None => place.offer(&self.offer(&hashed)),
                Some(have) if have >= hashed.offered.size() => return Ok(()),
                Some(have) => self.put(&place, &hashed, &mut file, have)?,
            };
            match step {
                Ok(now) | Err(Failure::Elsewhere(now)) => {
                    // Only whole pieces are ever there, and a store that counts backwards is asked again.
                    if have.is_none_or(|have| now > have) {
                        patience.restore();
                    } else if let Some(wait) = patience.after_failure() {
                        desk.pause(task, wait)?;
                    }
                    have = Some(now);
                    desk.tell(task, FileFact::Moving { id: self.id.clone(), done: now });
                }
                Err(Failure::Token) => desk.refused(&place),
                Err(Failure::Gone) => return Err(Ended::Failed(FileFault::Gone)),
                // What was read has the hash that was offered, so it was changed on its way.
                Err(Failure::WrongHash) => {
                    let wait = patience.after_failure().ok_or(Ended::Failed(FileFault::WrongHash))?;
                    desk.pause(task, wait)?;
                    have = None;
                }
                Err(Failure::Refused(why)) => return Err(Ended::Failed(FileFault::Refused(why))),
                Err(Failure::Later(why)) => {
                    tracing::debug!(why, "the store cannot be reached");
                    let wait = patience.after_failure().ok_or(Ended::Failed(FileFault::Gone))?;
                    desk.pause(task, wait)?;
                    // It may have forgotten, or have more than we know.
                    have = None;
                }
            }
        }
    }

    fn hash(&self, desk: &Desk, task: &Task) -> Result<Hashed, Ended> {
        let mut own = Own::open(&self.what.path).map_err(Ended::Failed)?;
        loop {
            if task.is_over() {
                return Err(Ended::Over);
            }
            match own.hash(&self.id) {
                Some(FileFact::Prepared { id, size, hash, modified, .. }) => {
                    let Own::Ready(offered) = own else {
                        return Err(Ended::Failed(FileFault::Unreadable("it was not hashed".to_owned())));
                    };
                    desk.tell(task, FileFact::Prepared { id, size, hash, modified, content: None });
                    return Ok(Hashed { offered, hash, modified });
                }
                Some(FileFact::Failed { fault, .. }) => return Err(Ended::Failed(fault)),
                Some(fact) => desk.tell(task, fact),
                None => return Err(Ended::Failed(FileFault::Unreadable("it was not hashed".to_owned()))),
            }
        }
    }

    fn offer<'a>(&'a self, hashed: &'a Hashed) -> Offer<'a> {
        Offer {
            id: &self.id,
            name: &self.what.name,
            mime: &self.what.mime,
            size: hashed.offered.size(),
            modified: hashed.modified,
            hash: hashed.hash,
            pieces: hashed.offered.hashes(),
        }
    }

    fn put(
        &self,
        place: &Place,
        hashed: &Hashed,
        file: &mut File,
        have: u64,
    ) -> Result<Result<u64, Failure>, Ended> {
        // At most 2048 pieces, because of the limit of a file.
        let number = (have / PIECE as u64) as u32;
        let read = hashed.offered.read(file, number).map_err(|error| unreadable(&error))?;
        let Some((piece, _)) = read else { return Err(Ended::Failed(FileFault::Changed)) };
        Ok(place.put(&self.id, u64::from(number) * PIECE as u64, &piece))
    }
}

fn unreadable(error: &std::io::Error) -> Ended {
    Ended::Failed(FileFault::Unreadable(error.to_string()))
}
