//! A file of theirs on its way out of the store.

use std::io::Read;
use std::sync::Arc;
use std::thread;

use confab_media_model::files::PIECE;
use confab_media_model::{FileFact, FileFault, FileHash, FileId, FileSource, StoreDownload, WantedFile};

use super::desk::{Desk, Over, Patience, Task};
use super::http::{Failure, Place};
use super::preview;
use crate::downloads::Downloads;
use crate::fetch::{Progress, Receiving};

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Why it is not saved.
enum Ended {
    Over,
    Failed(FileFault),
}

impl From<Over> for Ended {
    fn from(Over: Over) -> Ended {
        Ended::Over
    }
}

impl From<FileFault> for Ended {
    fn from(fault: FileFault) -> Ended {
        Ended::Failed(fault)
    }
}

/// Fetches a file, verifies it and saves it.
pub(super) fn start(
    desk: &Arc<Desk>,
    downloads: &Downloads,
    id: &FileId,
    what: &StoreDownload,
    task: &Arc<Task>,
) -> std::io::Result<()> {
    let (desk, task) = (desk.clone(), task.clone());
    let download = Download { id: id.clone(), what: what.clone(), downloads: downloads.clone() };
    let run = move || {
        let id = download.id.clone();
        match download.run(&desk, &task) {
            Ok(place) => {
                desk.tell(&task, FileFact::Saved { id, place });
                download.acknowledge(&desk, &task);
            }
            Err(Ended::Failed(fault)) => desk.tell(&task, FileFact::Failed { id, fault }),
            Err(Ended::Over) => {}
        }
        desk.done(&task);
    };
    thread::Builder::new().name("confab-download".to_owned()).spawn(run).map(drop)
}

struct Download {
    id: FileId,
    what: StoreDownload,
    downloads: Downloads,
}

impl Download {
    /// Where it was saved, for people.
    fn run(&self, desk: &Desk, task: &Task) -> Result<String, Ended> {
        let wanted = WantedFile {
            attempt: self.what.attempt,
            name: self.what.name.clone(),
            size: self.what.size,
            hash: Some(self.what.hash),
            source: FileSource::Channel,
        };
        let mut receiving = Receiving::begin(&wanted, &self.downloads)?;
        match self.fill(desk, task, &mut receiving) {
            Ok(()) => {}
            Err(Ended::Over) if !task.is_to_go() => return Err(Ended::Over),
            Err(ended) => {
                receiving.discard();
                return Err(ended);
            }
        }
        let place = receiving.finish(&self.downloads)?;
        if let Some(name) = place.rsplit('/').next()
            && let Some(picture) = preview::of(&self.downloads.folder().join(name))
        {
            desk.tell(task, FileFact::Preview { id: self.id.clone(), picture });
        }
        Ok(place)
    }

    /// Lets the sender know that it has arrived: once in any case, also when nothing more is wanted of it by now, and for a while where it is
    /// not heard.
    fn acknowledge(&self, desk: &Desk, task: &Task) {
        let mut patience = Patience::new();
        let mut place = desk.place_now();
        while let Some(there) = place {
            place = match there.received(&self.id) {
                Err(Failure::Token) => {
                    desk.refused(&there);
                    desk.place(task).ok()
                }
                Err(Failure::Later(why)) => {
                    tracing::debug!(why, "the sender does not learn yet that a file has arrived");
                    let Some(wait) = patience.after_failure() else { return };
                    desk.pause(task, wait).and_then(|()| desk.place(task)).ok()
                }
                Ok(()) | Err(_) => return,
            };
        }
    }

    /// Fetches what is missing.
    fn fill(&self, desk: &Desk, task: &Task, receiving: &mut Receiving) -> Result<(), Ended> {
        let mut patience = Patience::new();
        let mut pieces: Option<Vec<FileHash>> = None;
        self.tell_moving(desk, task, receiving);
        while !receiving.is_whole() {
            let place = desk.place(task)?;
            let before = receiving.verified();
            let step = match &pieces {
                None => place.about(&self.id).and_then(|about| {
                    if about.size != self.what.size || about.sha256 != self.what.hash {
                        return Err(Failure::WrongHash);
                    }
                    pieces = Some(about.pieces);
                    Ok(())
                }),
                Some(pieces) => self.some(desk, task, &place, pieces, receiving)?,
            };
            match step {
                Ok(()) => patience.restore(),
                Err(Failure::Token) => desk.refused(&place),
                Err(Failure::Gone) => return Err(Ended::Failed(FileFault::Gone)),
                Err(Failure::WrongHash) => return Err(Ended::Failed(FileFault::WrongHash)),
                Err(Failure::Refused(why)) => return Err(Ended::Failed(FileFault::Refused(why))),
                Err(failure @ (Failure::Elsewhere(_) | Failure::Later(_))) => {
                    tracing::debug!(%failure, "the store cannot be reached");
                    if receiving.verified() > before {
                        patience.restore();
                    }
                    let wait = patience.after_failure().ok_or(Ended::Failed(FileFault::Gone))?;
                    desk.pause(task, wait)?;
                }
            }
        }
        Ok(())
    }

    /// Takes what one request brings, piece by piece.
    fn some(
        &self,
        desk: &Desk,
        task: &Task,
        place: &Place,
        pieces: &[FileHash],
        receiving: &mut Receiving,
    ) -> Result<Result<(), Failure>, Ended> {
        let mut reader = match place.get(&self.id, receiving.verified()) {
            Ok(Some(reader)) => reader,
            // Nothing has come yet: ask again.
            Ok(None) => return Ok(Ok(())),
            Err(failure) => return Ok(Err(failure)),
        };
        let mut chunk = vec![0; CHUNK];
        while !receiving.is_whole() {
            let start = receiving.verified();
            let number = receiving.next();
            let Some(hash) = pieces.get(number as usize) else { return Ok(Err(Failure::WrongHash)) };
            let length = usize::try_from(self.what.size - start).unwrap_or(PIECE).min(PIECE);
            receiving.announced(number, *hash)?;
            let mut got = 0;
            while got < length {
                if task.is_over() {
                    return Err(Ended::Over);
                }
                let room = chunk.len().min(length - got);
                let read = match reader.read(&mut chunk[..room]) {
                    Ok(0) if got == 0 => {
                        // The end of the window, between two pieces.
                        receiving.drop_stream();
                        return Ok(Ok(()));
                    }
                    Ok(0) => Err("store stopped in the middle of a piece".to_owned()),
                    Ok(read) => Ok(read),
                    Err(error) => Err(error.to_string()),
                };
                let read = match read {
                    Ok(read) => read,
                    Err(why) => {
                        receiving.drop_stream();
                        return Ok(Err(Failure::Later(why)));
                    }
                };
                match receiving.data(start + got as u64, &chunk[..read])? {
                    Progress::More | Progress::Verified(_) => got += read,
                    Progress::Again => {
                        receiving.drop_stream();
                        return Ok(Err(Failure::Later("a piece had a wrong hash".to_owned())));
                    }
                }
            }
            self.tell_moving(desk, task, receiving);
        }
        Ok(Ok(()))
    }

    fn tell_moving(&self, desk: &Desk, task: &Task, receiving: &Receiving) {
        desk.tell(task, FileFact::Moving { id: self.id.clone(), done: receiving.verified() });
    }
}
