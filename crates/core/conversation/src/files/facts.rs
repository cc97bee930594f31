//! What becomes of files: facts of the file transfer, and answers of others' storages.

use confab_contract::{FilePhase, ProblemCode};
use confab_media_model::files::{MAX_FILE, SMALL_FILE};
use confab_media_model::{FileFact, FileFault, FileId};
use confab_rethink::session::Cause;
use confab_rethink::{Message, RequestId};
use confab_types::Mono;

use super::{AGAIN, Entry, Fetch, Files, MAX_KEPT, TRIES, Whose};
use crate::content;
use crate::offer::Offer;

/// The longest address of a small picture, bytes: 64 KiB as base64.
const MAX_PREVIEW: usize = 96 << 10;

/// What the conversation does about it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing besides showing it.
    Shown,
    /// The file in this line is ready to be offered.
    Ready(String, Offer),
    /// The store does not take the key: the room is asked for another one.
    Locked,
    /// The file in this line failed; nobody needs to be told when there is no code.
    Failed(String, Option<ProblemCode>, String),
}

impl Files {
    pub(crate) fn fact(&mut self, fact: FileFact) -> Outcome {
        match fact {
            FileFact::Channel(open) => {
                self.open = open;
                self.has_opened |= open;
                let moving = |entry: &&mut Entry| entry.phase == FilePhase::Moving && entry.is_over_channel();
                if !open {
                    self.entries
                        .values_mut()
                        .filter(moving)
                        .for_each(|entry| entry.phase = FilePhase::Paused);
                }
                Outcome::Shown
            }
            FileFact::Preparing { id, done, size } => self.with(&id, |_, entry| {
                (entry.done, entry.offer.size) = (done, size);
                Outcome::Shown
            }),
            FileFact::Prepared { id, size, hash, modified, content } => {
                let (limit, kept, in_store) = (self.limit(), self.kept(), self.in_store);
                self.with(&id, |line, entry| {
                    entry.offer.size = size;
                    (entry.offer.hash, entry.offer.modified, entry.done) = (Some(hash), modified, 0);
                    let Whose::Ours { content: ours, .. } = &mut entry.whose else { return Outcome::Shown };
                    if entry.phase != FilePhase::Preparing {
                        return Outcome::Shown;
                    }
                    // A store that is not open yet says later what is too much.
                    if size > if in_store && limit == 0 { MAX_FILE } else { limit } {
                        return entry.fail(line, &FileFault::TooLarge(size));
                    }
                    if in_store {
                        // The store tells the room, and the room tells everybody.
                        entry.phase = FilePhase::Moving;
                        return Outcome::Shown;
                    }
                    *ours = content.filter(|content| kept + content.len() <= MAX_KEPT);
                    entry.phase = FilePhase::Offered;
                    Outcome::Ready(line.to_owned(), entry.offer.clone())
                })
            }
            FileFact::Moving { id, done } => self.with(&id, |_, entry| {
                (entry.phase, entry.done) = (FilePhase::Moving, done);
                Outcome::Shown
            }),
            FileFact::Sent(id) => self.with(&id, |_, entry| {
                (entry.phase, entry.done) = (FilePhase::Done, entry.offer.size);
                Outcome::Shown
            }),
            FileFact::Saved { id, place } => self.with(&id, |_, entry| {
                (entry.phase, entry.done, entry.saved) = (FilePhase::Done, entry.offer.size, place);
                if let Whose::Theirs { fetch, .. } = &mut entry.whose {
                    *fetch = Fetch::Not;
                }
                Outcome::Shown
            }),
            FileFact::Stopped(id) => self.with(&id, |_, entry| {
                entry.phase = FilePhase::Cancelled;
                Outcome::Shown
            }),
            FileFact::Store(true) => {
                self.resume();
                Outcome::Shown
            }
            FileFact::Store(false) => {
                let moving = |entry: &&mut Entry| entry.phase == FilePhase::Moving && entry.is_in_store();
                self.entries.values_mut().filter(moving).for_each(|entry| entry.phase = FilePhase::Paused);
                Outcome::Locked
            }
            FileFact::Preview { id, picture } => {
                let shows = picture.starts_with("data:image/") && picture.len() <= MAX_PREVIEW;
                let entry = self.entries.values_mut().find(|entry| entry.id.as_ref() == Some(&id));
                if let Some(entry) = entry.filter(|_| shows) {
                    entry.preview = picture;
                }
                Outcome::Shown
            }
            FileFact::Failed { id, fault } => self.with(&id, |line, entry| entry.fail(line, &fault)),
        }
    }

    /// The answer to a request for a small file; `None` when it is another's.
    pub(crate) fn replied(
        &mut self,
        now: Mono,
        asked: RequestId,
        message: &Message,
        cause: Cause,
    ) -> Option<Outcome> {
        let (line, entry) = self.entries.iter_mut().find(|(_, entry)| entry.is_asked_as(asked))?;
        let Whose::Theirs { fetch, .. } = &mut entry.whose else { return None };
        let Fetch::Asking { request, tries, again_at } = fetch else { return None };
        let code = message.code();
        if code.as_ref().is_some_and(|code| code.is_provisional()) {
            return Some(Outcome::Shown);
        }
        *request = None;
        if cause != Cause::Answered && *tries < TRIES {
            // A lost connection is no answer.
            *tries -= u32::from(cause == Cause::Disconnected);
            *again_at = Some(now + AGAIN);
            return Some(Outcome::Shown);
        }
        match content::bytes(message).filter(|_| code.is_some_and(|code| code.is_ok())) {
            Some(bytes) if entry.id.is_some() => {
                *fetch = Fetch::Here(bytes);
                Some(Outcome::Shown)
            }
            _ => Some(entry.fail(line, &FileFault::Gone)),
        }
    }

    fn with(&mut self, id: &FileId, change: impl FnOnce(&str, &mut Entry) -> Outcome) -> Outcome {
        let entry = self.entries.iter_mut().find(|(_, entry)| entry.id.as_ref() == Some(id));
        match entry {
            // A fact may be older than the wish that ended it.
            Some((line, entry)) if entry.is_wanted() => change(line, entry),
            _ => Outcome::Shown,
        }
    }
}

impl Entry {
    fn is_wanted(&self) -> bool {
        match &self.whose {
            Whose::Ours { given, .. } => *given,
            Whose::Theirs { fetch, .. } => matches!(fetch, Fetch::Channel | Fetch::Store | Fetch::Here(_)),
        }
    }

    fn is_over_channel(&self) -> bool {
        match &self.whose {
            Whose::Ours { .. } => true,
            Whose::Theirs { fetch, .. } => matches!(fetch, Fetch::Channel),
        }
    }

    fn is_asked_as(&self, asked: RequestId) -> bool {
        matches!(&self.whose, Whose::Theirs { fetch: Fetch::Asking { request, .. }, .. } if *request == Some(asked))
    }

    fn fail(&mut self, line: &str, fault: &FileFault) -> Outcome {
        self.phase = if *fault == FileFault::Gone { FilePhase::Cancelled } else { FilePhase::Failed };
        match &mut self.whose {
            Whose::Ours { content, given, .. } => (*content, *given) = (None, false),
            Whose::Theirs { fetch, .. } => *fetch = Fetch::Not,
        }
        let code = match fault {
            FileFault::TooLarge(_) => Some(ProblemCode::FileTooLarge),
            FileFault::Gone if self.offer.size > SMALL_FILE => None,
            _ => Some(ProblemCode::FileFailed),
        };
        Outcome::Failed(line.to_owned(), code, fault.to_string())
    }
}
