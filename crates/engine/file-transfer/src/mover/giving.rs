//! Files of ours: hashing, and the streams in which they are given.

use confab_media_model::{FileFact, FileFault, FileId, FilePlan};

use super::{Mover, STREAMS, TURN};
use crate::own::Own;
use crate::serving::{Next, Serving};
use crate::wire::{Control, Refusal};

impl Mover {
    pub(super) fn plan_own(&mut self, plan: &FilePlan) {
        let gone: Vec<FileId> = self.own.keys().filter(|id| !plan.own.contains_key(id)).cloned().collect();
        for id in gone {
            self.own.remove(&id);
            let streams = self.streams.iter().filter(|(_, serving)| serving.file == id).map(|(&s, _)| s);
            for s in streams.collect::<Vec<_>>() {
                self.refuse(s, Refusal::Gone);
            }
        }
        for (id, file) in &plan.own {
            if self.own.contains_key(id) {
                continue;
            }
            let own = Own::open(&file.path).unwrap_or_else(|fault| {
                self.facts.push_back(FileFact::Failed { id: id.clone(), fault });
                Own::Failed
            });
            self.own.insert(id.clone(), own);
        }
    }

    /// Hashes one piece of one file; false when all are hashed.
    pub(super) fn hash(&mut self) -> bool {
        let fact = self.own.iter_mut().find_map(|(id, own)| own.hash(id));
        let hashed = fact.is_some();
        self.facts.extend(fact);
        hashed
    }

    pub(super) fn asked_for(&mut self, stream: u32, file: FileId, from: u32) {
        if stream == 0 || self.streams.contains_key(&stream) {
            return;
        }
        // Who asks anew has given up what it asked for before.
        self.streams.retain(|_, serving| serving.file != file);
        let Some(Own::Ready(offered)) = self.own.get(&file) else {
            return self.tell(Control::Refuse { s: stream, why: Refusal::Gone });
        };
        let begun = if self.streams.len() < STREAMS {
            Serving::begin(file.clone(), stream, from, offered)
        } else {
            Err(Refusal::Busy)
        };
        match begun {
            Ok(serving) => {
                let done = serving.verified(offered.size());
                self.streams.insert(stream, serving);
                self.facts.push_back(FileFact::Moving { id: file, done });
            }
            Err(why) => self.tell(Control::Refuse { s: stream, why }),
        }
    }

    pub(super) fn acknowledged(&mut self, stream: u32, piece: u32) {
        let Some(serving) = self.streams.get_mut(&stream) else { return };
        let Some(Own::Ready(offered)) = self.own.get(&serving.file) else { return };
        if serving.acknowledge(piece) {
            let done = serving.verified(offered.size());
            self.facts.push_back(FileFact::Moving { id: serving.file.clone(), done });
        }
    }

    pub(super) fn is_done(&mut self, stream: u32) {
        if let Some(serving) = self.streams.remove(&stream) {
            self.facts.push_back(FileFact::Sent(serving.file));
        }
    }

    pub(super) fn is_stopped(&mut self, stream: u32) {
        if let Some(serving) = self.streams.remove(&stream) {
            self.facts.push_back(FileFact::Stopped(serving.file));
        }
    }

    /// Sends one turn's messages, each of the stream after the one that had the last; false when none has anything to send.
    pub(super) fn give(&mut self) -> bool {
        (0..TURN).take_while(|_| self.give_one()).count() > 0
    }

    fn give_one(&mut self) -> bool {
        let after = self.streams.range(self.turn.saturating_add(1)..).map(|(&s, _)| s);
        let order: Vec<u32> = after.chain(self.streams.range(..=self.turn).map(|(&s, _)| s)).collect();
        order.into_iter().any(|stream| self.give_of(stream))
    }

    fn give_of(&mut self, stream: u32) -> bool {
        if self.full || self.channel.is_none() {
            return false;
        }
        let limit = self.limit();
        let Some(serving) = self.streams.get_mut(&stream) else { return false };
        let Some(Own::Ready(offered)) = self.own.get(&serving.file) else { return false };
        match serving.next(offered, limit) {
            Next::Nothing => false,
            Next::Message(message, bytes) => {
                let sent = self.send(&message);
                if let (true, Some(serving)) = (sent, self.streams.get_mut(&stream)) {
                    serving.sent(bytes);
                    self.turn = stream;
                }
                sent
            }
            Next::End(why) => {
                let id = serving.file.clone();
                let fault = match why {
                    Refusal::Changed => FileFault::Changed,
                    _ => FileFault::Unreadable("a piece of it".to_owned()),
                };
                self.refuse(stream, why);
                self.facts.push_back(FileFact::Failed { id, fault });
                true
            }
        }
    }

    fn refuse(&mut self, stream: u32, why: Refusal) {
        self.streams.remove(&stream);
        self.tell(Control::Refuse { s: stream, why });
    }
}
