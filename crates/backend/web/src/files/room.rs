//! The passes and files of one room.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use confab_media_model::FileId;
use confab_rethink::Url;
use confab_types::{Mono, ParticipantId};
use tokio::sync::Semaphore;

use super::Limits;
use super::refusal::Refusal;
use super::stored::Stored;
use crate::secret::Fingerprint;

/// The most tokens of one participant; the one that ends first gives way.
const MOST_PASSES: usize = 8;
/// Requests of one participant for bytes that are answered at once. A client of ours makes three.
pub(super) const MOST_OF_ONE: usize = 8;
/// How long an expired pass is remembered, so that bytes that flow are not cut off in the middle of a request.
const GRACE: Duration = Duration::from_secs(600);

/// A token's meaning.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) participant: ParticipantId,
    pub(crate) until: Mono,
    /// Places for bytes on their way to this participant, by whichever of their tokens.
    pub(crate) places: Arc<Semaphore>,
}

/// One room.
pub(crate) struct Room {
    url: Url,
    passes: BTreeMap<Fingerprint, Pass>,
    files: BTreeMap<FileId, Arc<Stored>>,
}

impl Room {
    /// Nobody may come yet.
    pub(crate) fn new(url: Url) -> Room {
        Room { url, passes: BTreeMap::new(), files: BTreeMap::new() }
    }

    /// Its object.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn allow(&mut self, key: Fingerprint, participant: ParticipantId, until: Mono, now: Mono) {
        self.forget_passes(now);
        let own = self.passes.iter().filter(|(_, known)| known.participant == participant);
        let own: Vec<(Mono, Fingerprint)> = own.map(|(key, known)| (known.until, *key)).collect();
        let known = own.first().and_then(|(_, key)| self.passes.get(key));
        let places = known.map(|known| known.places.clone());
        if own.len() >= MOST_PASSES
            && let Some((_, first)) = own.iter().min()
        {
            self.passes.remove(first);
        }
        let places = places.unwrap_or_else(|| Arc::new(Semaphore::new(MOST_OF_ONE)));
        self.passes.insert(key, Pass { participant, until, places });
    }

    /// Takes all passes away; what they have begun to send and not finished.
    pub(crate) fn revoke(&mut self, participant: &ParticipantId) -> Vec<Arc<Stored>> {
        self.passes.retain(|_, pass| pass.participant != *participant);
        let theirs = self.files.values().filter(|file| file.owner() == participant);
        theirs.filter(|file| !file.is_complete()).cloned().collect()
    }

    pub(crate) fn forget_passes(&mut self, now: Mono) {
        self.passes.retain(|_, pass| pass.until + GRACE > now);
    }

    /// The pass, while it is good.
    pub(crate) fn pass(&self, key: &Fingerprint, now: Mono) -> Option<&Pass> {
        self.passes.get(key).filter(|pass| pass.until > now)
    }

    /// Whether it was not revoked.
    pub(crate) fn knows(&self, key: &Fingerprint, now: Mono) -> bool {
        self.passes.get(key).is_some_and(|pass| pass.until + GRACE > now)
    }

    pub(crate) fn file(&self, id: &str) -> Option<Arc<Stored>> {
        self.files.get(&FileId::parse(id).ok()?).cloned()
    }

    /// Takes an offered file in; the one that is there already when it is the same.
    pub(crate) fn offer(&mut self, file: Stored, limits: &Limits) -> Result<(Arc<Stored>, bool), Refusal> {
        if let Some(known) = self.files.get(file.id()) {
            return if known.is_same(&file) { Ok((known.clone(), false)) } else { Err(Refusal::Taken) };
        }
        if file.size() > limits.file {
            return Err(Refusal::TooLarge);
        }
        if self.files.len() >= limits.files || self.bytes().saturating_add(file.size()) > limits.room {
            return Err(Refusal::RoomFull);
        }
        let file = Arc::new(file);
        self.files.insert(file.id().clone(), file.clone());
        Ok((file, true))
    }

    /// Bytes of its files when all have come.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size()).sum()
    }

    /// Takes out this very file.
    pub(crate) fn remove(&mut self, file: &Arc<Stored>) -> bool {
        let same = self.files.get(file.id()).is_some_and(|known| Arc::ptr_eq(known, file));
        same && self.files.remove(file.id()).is_some()
    }

    /// Files that are kept no longer.
    pub(crate) fn outdated(&self, now: Mono, limits: &Limits) -> Vec<Arc<Stored>> {
        self.files.values().filter(|file| file.is_outdated(now, limits)).cloned().collect()
    }

    pub(crate) fn into_files(self) -> impl Iterator<Item = Arc<Stored>> {
        self.files.into_values()
    }
}
