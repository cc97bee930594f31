//! Every file of the conversation: what is known of it, and what is wanted of it now.

mod facts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use confab_contract::{FilePhase, FileView};
use confab_line::Line;
use confab_media_model::files::{MAX_FILE, SMALL_FILE, safe_name};
use confab_media_model::{FileId, FilePlan, FileSource, OwnFile, StoreDownload, StoreUpload, WantedFile};
use confab_rethink::{RequestId, Url};
use confab_types::{LegId, Mono};

pub(crate) use facts::Outcome;

use crate::content;
use crate::offer::{Offer, mime_of};
use crate::side::{Store, StoreAnswer};

/// Most bytes of own small files that are kept to answer reads.
const MAX_KEPT: usize = 16 << 20;
/// Most own files at once.
pub(crate) const MAX_OWN: usize = 128;
/// Most receivers of one file.
const MAX_RECEIVERS: usize = 512;
/// Times that a small file is asked for through message nodes.
const TRIES: u32 = 3;
/// Between them.
const AGAIN: Duration = Duration::from_secs(3);

/// One file.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Under which it is asked for; `None`: only through message nodes, or not at all.
    id: Option<FileId>,
    offer: Offer,
    phase: FilePhase,
    done: u64,
    saved: String,
    /// A small picture of it, as an address that shows it.
    preview: String,
    /// How far its receivers are, by their keys in the room.
    receivers: BTreeMap<String, u64>,
    whose: Whose,
}

/// Ours or theirs.
#[derive(Debug)]
enum Whose {
    Ours { path: PathBuf, content: Option<Arc<[u8]>>, given: bool },
    Theirs { attempt: u32, fetch: Fetch },
}

/// How one of theirs is fetched.
#[derive(Debug)]
enum Fetch {
    Not,
    Channel,
    Store,
    Asking { request: Option<RequestId>, tries: u32, again_at: Option<Mono> },
    Here(Arc<[u8]>),
}

/// What a cancellation means for others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// Nothing.
    Quietly,
    /// The offer is withdrawn.
    Withdrawn,
}

/// All files, by the line they stand in.
#[derive(Debug, Default)]
pub(crate) struct Files {
    entries: BTreeMap<String, Entry>,
    leg: Option<LegId>,
    open: bool,
    /// Whether this leg has had a channel: one that is lost comes back, one that never was does not.
    has_opened: bool,
    /// Whether files go through the store of a room, and the store as it is open to us.
    in_store: bool,
    store: Option<Store>,
    /// Whether the room has said that it has none.
    no_store: bool,
}

impl Files {
    /// Those of a room, which go through its store.
    pub(crate) fn in_store() -> Files {
        Files { in_store: true, ..Files::default() }
    }

    /// The room has said something of its store.
    pub(crate) fn set_store(&mut self, answer: StoreAnswer) {
        match answer {
            StoreAnswer::Open(store) => {
                (self.store, self.no_store) = (Some(store), false);
                self.resume();
            }
            StoreAnswer::No => {
                (self.store, self.no_store) = (None, true);
                let waits = |entry: &&mut Entry| {
                    matches!(entry.phase, FilePhase::Preparing | FilePhase::Moving | FilePhase::Paused)
                        && entry.is_in_store()
                };
                self.entries.values_mut().filter(waits).for_each(|entry| entry.phase = FilePhase::NoStore);
            }
            StoreAnswer::Unknown => {}
        }
    }

    /// How far the receivers of a file of ours are.
    pub(crate) fn progress(&mut self, file: &str, receivers: impl Iterator<Item = (String, u64)>) {
        let mut entries = self.entries.values_mut();
        let entry = entries.find(|entry| entry.id.as_ref().is_some_and(|id| id.as_str() == file));
        if let Some(entry) = entry.filter(|entry| matches!(entry.whose, Whose::Ours { .. })) {
            for (who, bytes) in receivers {
                if entry.receivers.len() < MAX_RECEIVERS || entry.receivers.contains_key(&who) {
                    entry.receivers.insert(who, bytes.min(entry.offer.size));
                }
            }
        }
    }

    /// The leg whose channel carries files.
    pub(crate) fn set_leg(&mut self, leg: Option<LegId>) {
        if self.leg != leg {
            self.has_opened = false;
        }
        self.leg = leg;
    }

    /// The largest file that can be sent now.
    pub(crate) fn limit(&self) -> u64 {
        match (self.in_store, &self.store) {
            (true, Some(store)) => store.limit,
            (true, None) => 0,
            (false, _) if self.open || self.has_opened => MAX_FILE,
            (false, _) => SMALL_FILE,
        }
    }

    /// Whether one more of ours may be offered.
    pub(crate) fn has_room(&self) -> bool {
        self.entries.values().filter(|entry| matches!(entry.whose, Whose::Ours { given: true, .. })).count()
            < MAX_OWN
    }

    /// The user wants to send a file; it is hashed first.
    pub(crate) fn prepare(&mut self, line: &str, id: FileId, path: &Path, runtime: &Url) {
        let name = safe_name(&path.file_name().unwrap_or_default().to_string_lossy());
        let storage = content::storage_of(runtime).child(&format!("/{}", id.as_str()));
        let storage = (!self.in_store).then_some(storage);
        let mime = mime_of(&name).to_owned();
        let stored = self.in_store.then(|| id.clone());
        let offer = Offer { name, size: 0, mime, modified: None, hash: None, storage, stored };
        let whose = Whose::Ours { path: path.to_owned(), content: None, given: true };
        let phase = if self.no_store { FilePhase::NoStore } else { FilePhase::Preparing };
        self.entries.insert(line.to_owned(), Entry::new(Some(id), offer, phase, whose));
    }

    /// Somebody offers a file.
    pub(crate) fn offered(&mut self, line: &str, offer: Offer) {
        // An id that is taken, by us or by another offer, is not theirs to use.
        let id = offer.id().filter(|id| self.entries.values().all(|entry| entry.id.as_ref() != Some(id)));
        let phase = if offer.size > MAX_FILE { FilePhase::Failed } else { FilePhase::Offered };
        let whose = Whose::Theirs { attempt: 0, fetch: Fetch::Not };
        self.entries.insert(line.to_owned(), Entry::new(id, offer, phase, whose));
    }

    /// The user wants a file; `false` when there is no way to get it.
    pub(crate) fn fetch(&mut self, line: &mut Line<'_>, at: &str) -> bool {
        let (open, opens) = (self.open, self.has_opened);
        let Some(entry) = self.entries.get_mut(at) else { return true };
        let Whose::Theirs { attempt, fetch } = &mut entry.whose else { return true };
        let busy = matches!(entry.phase, FilePhase::Moving | FilePhase::Paused | FilePhase::Done);
        if busy || entry.offer.size > MAX_FILE {
            return true;
        }
        if self.in_store {
            let fits = entry.fetch_from_store(self.store.is_some());
            if fits && self.no_store {
                entry.phase = FilePhase::NoStore;
            }
            return fits;
        }
        let small = entry.offer.size <= SMALL_FILE && entry.offer.storage.is_some();
        let channel = entry.id.is_some() && entry.offer.hash.is_some() && (open || (opens && !small));
        *attempt += 1;
        entry.done = 0;
        if channel {
            *fetch = Fetch::Channel;
            entry.phase = if open { FilePhase::Moving } else { FilePhase::Paused };
        } else if small {
            *fetch = Fetch::Asking { request: None, tries: 0, again_at: Some(line.now) };
            entry.phase = FilePhase::Moving;
            self.wake(line);
        } else {
            entry.phase = FilePhase::Failed;
            return false;
        }
        true
    }

    /// The user wants a file no longer, ours or theirs.
    pub(crate) fn cancel(&mut self, line: &str) -> Cancelled {
        let Some(entry) = self.entries.get_mut(line) else { return Cancelled::Quietly };
        match &mut entry.whose {
            Whose::Ours { content, given, .. } if *given => {
                let offered = entry.phase != FilePhase::Preparing && entry.phase != FilePhase::Failed;
                (*content, *given, entry.phase) = (None, false, FilePhase::Cancelled);
                if offered { Cancelled::Withdrawn } else { Cancelled::Quietly }
            }
            Whose::Theirs { fetch, .. } if entry.phase != FilePhase::Done => {
                (*fetch, entry.phase) = (Fetch::Not, FilePhase::Cancelled);
                Cancelled::Quietly
            }
            _ => Cancelled::Quietly,
        }
    }

    /// Its sender takes an offer back.
    pub(crate) fn withdrawn(&mut self, line: &str) {
        if let Some(Entry { id, offer, phase, whose: Whose::Theirs { fetch, .. }, .. }) =
            self.entries.get_mut(line)
            && *phase != FilePhase::Done
        {
            (*fetch, *phase, *id, offer.storage) = (Fetch::Not, FilePhase::Cancelled, None, None);
        }
    }

    /// Its line is no longer shown.
    pub(crate) fn forget(&mut self, line: &str) {
        // What others may still fetch from the store is not given up with its line.
        let kept = |entry: &Entry| self.in_store && matches!(entry.whose, Whose::Ours { given: true, .. });
        if !self.entries.get(line).is_some_and(kept) {
            self.entries.remove(line);
        }
    }

    /// Everything wanted of files now.
    pub(crate) fn plan(&self) -> FilePlan {
        let mut plan = FilePlan { leg: self.leg, ..FilePlan::default() };
        plan.store.access = self.store.as_ref().map(|store| store.access.clone());
        for entry in self.entries.values() {
            let Some(id) = &entry.id else { continue };
            match &entry.whose {
                Whose::Ours { path, given: true, .. } if self.in_store => {
                    let (name, mime) = (entry.offer.name.clone(), entry.offer.mime.clone());
                    plan.store.own.insert(id.clone(), StoreUpload { path: path.clone(), name, mime });
                }
                Whose::Theirs { attempt, fetch: Fetch::Store } => {
                    plan.store.wanted.extend(entry.download(*attempt).map(|download| (id.clone(), download)));
                }
                Whose::Ours { path, given: true, .. } => {
                    plan.own.insert(id.clone(), OwnFile { path: path.clone() });
                }
                Whose::Theirs { attempt, fetch } => {
                    let source = match fetch {
                        Fetch::Channel => FileSource::Channel,
                        Fetch::Here(bytes) => FileSource::Here(bytes.clone()),
                        Fetch::Not | Fetch::Store | Fetch::Asking { .. } => continue,
                    };
                    let (name, size, hash) = (entry.offer.name.clone(), entry.offer.size, entry.offer.hash);
                    plan.wanted
                        .insert(id.clone(), WantedFile { attempt: *attempt, name, size, hash, source });
                }
                Whose::Ours { .. } => {}
            }
        }
        plan
    }

    /// How the file in a line is shown.
    pub(crate) fn view(&self, line: &str) -> Option<FileView> {
        let entry = self.entries.get(line)?;
        Some(FileView {
            id: line.to_owned(),
            name: entry.offer.name.clone(),
            size: entry.offer.size,
            mime: entry.offer.mime.clone(),
            phase: entry.phase,
            done: entry.done,
            saved: entry.saved.clone(),
            receivers: entry.receivers.iter().map(|(who, bytes)| (who.clone(), *bytes)).collect(),
            preview: entry.preview.clone(),
        })
    }

    /// What a read of our storage is answered with.
    pub(crate) fn content_of(&mut self, guid: &str) -> Option<(&Offer, Arc<[u8]>)> {
        let mut entries = self.entries.values_mut();
        let entry = entries.find(|entry| entry.id.as_ref().is_some_and(|id| id.as_str() == guid))?;
        let Whose::Ours { content: Some(content), given: true, .. } = &entry.whose else { return None };
        (entry.phase, entry.done) = (FilePhase::Done, entry.offer.size);
        Some((&entry.offer, content.clone()))
    }

    /// When a file is asked for again.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        let asking = self.entries.values().filter_map(|entry| match &entry.whose {
            Whose::Theirs { fetch: Fetch::Asking { again_at, .. }, .. } => *again_at,
            _ => None,
        });
        asking.min()
    }

    /// Asks for small files that are due.
    pub(crate) fn wake(&mut self, line: &mut Line<'_>) {
        for entry in self.entries.values_mut() {
            let Whose::Theirs { fetch: Fetch::Asking { request, tries, again_at }, .. } = &mut entry.whose
            else {
                continue;
            };
            if !again_at.is_some_and(|at| at <= line.now) {
                continue;
            }
            let draft = entry.offer.storage.as_ref().and_then(|storage| content::ask(line.hyperty, storage));
            *again_at = None;
            match draft.map(|draft| line.request(draft)) {
                Some(Ok(asked)) => (*request, *tries) = (Some(asked), *tries + 1),
                // Not live: it is tried again while the user waits.
                _ => *again_at = Some(line.now + AGAIN),
            }
        }
    }

    /// What waited for the store goes on.
    fn resume(&mut self) {
        let waits = |entry: &&mut Entry| {
            matches!(entry.phase, FilePhase::Paused | FilePhase::NoStore) && entry.is_in_store()
        };
        self.entries.values_mut().filter(waits).for_each(|entry| entry.phase = FilePhase::Moving);
    }

    fn kept(&self) -> usize {
        let sizes = self.entries.values().map(|entry| match &entry.whose {
            Whose::Ours { content: Some(content), .. } => content.len(),
            Whose::Ours { .. } | Whose::Theirs { .. } => 0,
        });
        sizes.sum()
    }
}

impl Entry {
    fn new(id: Option<FileId>, offer: Offer, phase: FilePhase, whose: Whose) -> Entry {
        let (saved, preview, receivers) = (String::new(), String::new(), BTreeMap::new());
        Entry { id, offer, phase, done: 0, saved, preview, receivers, whose }
    }

    /// Fetches it from the store, as soon as that is `open`; `false` when it cannot be had there.
    fn fetch_from_store(&mut self, open: bool) -> bool {
        let fits = self.id.is_some() && self.offer.hash.is_some();
        let Whose::Theirs { attempt, fetch } = &mut self.whose else { return true };
        *attempt += 1;
        self.done = 0;
        (*fetch, self.phase) = match (fits, open) {
            (false, _) => (Fetch::Not, FilePhase::Failed),
            (true, true) => (Fetch::Store, FilePhase::Moving),
            (true, false) => (Fetch::Store, FilePhase::Paused),
        };
        fits
    }

    fn download(&self, attempt: u32) -> Option<StoreDownload> {
        let Offer { name, mime, size, hash, .. } = &self.offer;
        Some(StoreDownload { attempt, name: name.clone(), mime: mime.clone(), size: *size, hash: (*hash)? })
    }

    fn is_in_store(&self) -> bool {
        matches!(self.whose, Whose::Ours { .. } | Whose::Theirs { fetch: Fetch::Store, .. })
    }
}
