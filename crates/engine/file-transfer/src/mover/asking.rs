//! Files of theirs: asking, taking pieces, giving up.

use confab_media_model::{FileFact, FileFault, FileHash, FileId, FilePlan, FileSource};

use super::{FETCHES, Mover};
use crate::fetch::{Fetch, Progress, Receiving, State};
use crate::wire::{Control, Refusal};

impl Mover {
    pub(super) fn plan_wanted(&mut self, plan: &FilePlan) {
        let unchanged = |id: &FileId, fetch: &Fetch| plan.wanted.get(id) == Some(&fetch.wanted);
        let gone: Vec<FileId> = self
            .fetches
            .iter()
            .filter(|(id, fetch)| !unchanged(id, fetch))
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            if let Some(Fetch { state: State::Moving(receiving), .. }) = self.fetches.remove(&id) {
                self.stop(*receiving);
            }
        }
        for (id, wanted) in &plan.wanted {
            self.fetches.entry(id.clone()).or_insert_with(|| Fetch::new(wanted.clone()));
        }
    }

    /// The channel is gone.
    pub(super) fn pause_fetches(&mut self) {
        self.fetches.values_mut().filter_map(Fetch::receiving).for_each(Receiving::drop_stream);
    }

    /// Opens the files whose turn it is, and asks for what is missing of them.
    pub(super) fn begin_fetches(&mut self) {
        let ids: Vec<FileId> = self.fetches.keys().cloned().collect();
        let mut moving = self.fetches.values_mut().filter_map(Fetch::receiving).count();
        for id in ids {
            let Some(fetch) = self.fetches.get_mut(&id) else { continue };
            match (&mut fetch.state, &fetch.wanted.source) {
                (State::Waiting, FileSource::Here(bytes)) => {
                    let bytes = bytes.clone();
                    let received = Receiving::begin(&fetch.wanted, &self.downloads);
                    fetch.state = State::Ended;
                    let saved = received.and_then(|mut receiving| match receiving.all(&bytes) {
                        Ok(()) => receiving.finish(&self.downloads),
                        Err(fault) => {
                            receiving.discard();
                            Err(fault)
                        }
                    });
                    self.ended(&id, saved);
                }
                (State::Waiting, FileSource::Channel) if self.channel.is_some() && moving < FETCHES => {
                    match Receiving::begin(&fetch.wanted, &self.downloads) {
                        Ok(receiving) => {
                            fetch.state = State::Moving(Box::new(receiving));
                            moving += 1;
                            self.ask(&id);
                        }
                        Err(fault) => {
                            fetch.state = State::Ended;
                            self.ended(&id, Err(fault));
                        }
                    }
                }
                (State::Moving(receiving), _) if self.channel.is_some() && receiving.stream == 0 => {
                    self.ask(&id)
                }
                _ => {}
            }
        }
    }

    pub(super) fn piece_begins(&mut self, stream: u32, piece: u32, hash: FileHash) {
        let Some(id) = self.fetched_as(stream) else { return };
        let Some(receiving) = self.fetches.get_mut(&id).and_then(Fetch::receiving) else { return };
        if let Err(fault) = receiving.announced(piece, hash) {
            self.give_up(&id, fault);
        }
    }

    pub(super) fn bytes_arrived(&mut self, stream: u32, offset: u64, bytes: &[u8]) {
        let Some(id) = self.fetched_as(stream) else { return };
        let Some(receiving) = self.fetches.get_mut(&id).and_then(Fetch::receiving) else { return };
        match receiving.data(offset, bytes) {
            Ok(Progress::More) => {}
            Ok(Progress::Verified(pieces)) => {
                let (done, whole) = (receiving.verified(), receiving.is_whole());
                self.tell(Control::Ack { s: stream, n: pieces });
                self.facts.push_back(FileFact::Moving { id: id.clone(), done });
                if whole {
                    self.complete(&id);
                }
            }
            Ok(Progress::Again) => {
                tracing::debug!("a piece had a wrong hash and is asked for again");
                receiving.drop_stream();
            }
            Err(fault) => self.give_up(&id, fault),
        }
    }

    pub(super) fn is_refused(&mut self, stream: u32, why: Refusal) {
        let Some(id) = self.fetched_as(stream) else { return };
        let fault = match why {
            Refusal::Changed => FileFault::Changed,
            Refusal::Gone | Refusal::Unreadable | Refusal::Busy => FileFault::Gone,
        };
        self.take(&id).into_iter().for_each(Receiving::discard);
        self.ended(&id, Err(fault));
    }

    fn fetched_as(&mut self, stream: u32) -> Option<FileId> {
        let mut moving = self.fetches.iter_mut();
        let is_it = |fetch: &mut Fetch| fetch.receiving().is_some_and(|receiving| receiving.stream == stream);
        moving.find_map(|(id, fetch)| (stream != 0 && is_it(fetch)).then(|| id.clone()))
    }

    fn ask(&mut self, id: &FileId) {
        let Some(receiving) = self.fetches.get_mut(id).and_then(Fetch::receiving) else { return };
        self.asked = self.asked.wrapping_add(1).max(1);
        receiving.stream = self.asked;
        let (from, done, whole) = (receiving.next(), receiving.verified(), receiving.is_whole());
        self.tell(Control::Get { s: self.asked, file: id.clone(), from });
        self.facts.push_back(FileFact::Moving { id: id.clone(), done });
        if whole {
            self.complete(id);
        }
    }

    fn complete(&mut self, id: &FileId) {
        let Some(receiving) = self.take(id) else { return };
        let s = receiving.stream;
        let saved = receiving.finish(&self.downloads);
        self.tell(if saved.is_ok() { Control::Done { s } } else { Control::Stop { s } });
        self.ended(id, saved);
    }

    fn give_up(&mut self, id: &FileId, fault: FileFault) {
        if let Some(receiving) = self.take(id) {
            self.stop(receiving);
        }
        self.ended(id, Err(fault));
    }

    fn stop(&mut self, receiving: Receiving) {
        if receiving.stream != 0 {
            self.tell(Control::Stop { s: receiving.stream });
        }
        receiving.discard();
    }

    fn take(&mut self, id: &FileId) -> Option<Receiving> {
        let fetch = self.fetches.get_mut(id)?;
        match std::mem::replace(&mut fetch.state, State::Ended) {
            State::Moving(receiving) => Some(*receiving),
            State::Waiting | State::Ended => None,
        }
    }

    fn ended(&mut self, id: &FileId, saved: Result<String, FileFault>) {
        let id = id.clone();
        self.facts.push_back(match saved {
            Ok(place) => FileFact::Saved { id, place },
            Err(fault) => FileFact::Failed { id, fault },
        });
    }
}
