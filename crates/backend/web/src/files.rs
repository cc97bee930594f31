//! The file store of rooms: whoever has a pass for a room puts files there and takes files from there, by HTTP.
//!
//! It decides nothing about who may: passes are given and taken by the conference. It keeps nothing over a restart, and a room's
//! files are gone when the room is. Every byte is hashed before it is stored, against hashes that the offer has named.
//!
//! | module | holds |
//! |---|---|
//! | `room` | the passes and files of one room |
//! | `stored` | one file: what is there of it, and who waits for more |
//! | `offer` | what is said of a file before it comes, checked |
//! | `taking` | offering, putting pieces, cancelling |
//! | `giving` | ranges, pieces, progress |
//! | `refusal` | what a request is refused with |

mod giving;
mod offer;
mod refusal;
mod room;
mod stored;
mod taking;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use confab_driver::Clock;
use confab_media_model::FileId;
use confab_rethink::Url;
use confab_rooms::{StoreCommand, StoreEvent};
use confab_types::{Mono, ParticipantId};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::secret::{self, Fingerprint};
use refusal::Refusal;
use room::Room;
use stored::Stored;

/// Pieces that are in memory at once, over all rooms.
const MOST_PIECES: usize = 32;
/// Requests for bytes that are answered at once, over all rooms.
const MOST_READERS: usize = 512;
/// How often old files and passes are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// What the store holds at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one file, at most [`confab_media_model::files::MAX_FILE`].
    pub file: u64,
    /// Bytes of all files of a room, those that are offered and have not come yet included.
    pub room: u64,
    /// Files of a room.
    pub files: usize,
    /// How long a file is kept.
    pub life: Duration,
    /// How long a file that does not grow is waited for.
    pub patience: Duration,
    /// How long a request waits for bytes that are not there yet.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file: confab_media_model::files::MAX_FILE,
            room: 8 << 30,
            files: 100,
            life: Duration::from_secs(24 * 3_600),
            patience: Duration::from_secs(600),
            wait: Duration::from_secs(20),
        }
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub struct FileCounters {
    /// Bytes that were stored.
    pub stored: AtomicU64,
    /// Bytes that were given.
    pub given: AtomicU64,
    /// Requests that were refused.
    pub refused: AtomicU64,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct FileStore(Arc<Shared>);

pub(crate) struct Shared {
    folder: PathBuf,
    clock: Clock,
    limits: Limits,
    rooms: Mutex<BTreeMap<String, Room>>,
    news: Box<dyn Fn(StoreEvent) + Send + Sync>,
    counters: FileCounters,
    /// Where files are deleted, wherever it is asked from.
    runtime: Handle,
    /// Places for pieces on their way in.
    pieces: Semaphore,
    /// Places for bytes on their way out.
    readers: Arc<Semaphore>,
}

impl FileStore {
    /// An empty store in a folder of its own; what an earlier one has left there is removed. `news` must not block. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// When the folder cannot be made empty.
    pub fn open(
        folder: PathBuf,
        clock: Clock,
        limits: Limits,
        news: impl Fn(StoreEvent) + Send + Sync + 'static,
    ) -> std::io::Result<FileStore> {
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&folder)?,
        }
        let store = FileStore(Arc::new(Shared {
            folder,
            clock,
            limits,
            rooms: Mutex::default(),
            news: Box::new(news),
            counters: FileCounters::default(),
            runtime: Handle::current(),
            pieces: Semaphore::new(MOST_PIECES),
            readers: Arc::new(Semaphore::new(MOST_READERS)),
        }));
        let swept = Arc::downgrade(&store.0);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(SWEEP);
            loop {
                ticks.tick().await;
                let Some(shared) = swept.upgrade() else { return };
                FileStore(shared).sweep();
            }
        });
        Ok(store)
    }

    /// Does what the conference asks. Never waits.
    pub fn submit(&self, command: StoreCommand) {
        let now = self.now();
        match command {
            StoreCommand::Open { room } => self.open_room(room),
            StoreCommand::Allow { room, token, participant, until } => {
                if let Some(room) = self.rooms().get_mut(room.last_segment()) {
                    room.allow(secret::fingerprint(&token), participant, until, now);
                }
            }
            StoreCommand::Revoke { room, participant } => self.revoke(&room, &participant),
            StoreCommand::Close { room } => self.close_room(room.last_segment()),
        }
    }

    fn open_room(&self, url: Url) {
        let name = url.last_segment().to_owned();
        // It becomes the name of a folder.
        if FileId::parse(&name).is_err() {
            tracing::warn!(room = name, "not the name of a room with files");
            return;
        }
        self.rooms().entry(name).or_insert_with(|| Room::new(url));
    }

    /// What they have offered whole stays; what has not come yet never will.
    fn revoke(&self, room: &Url, participant: &ParticipantId) {
        let name = room.last_segment();
        let unfinished = self.rooms().get_mut(name).map(|room| room.revoke(participant));
        unfinished.into_iter().flatten().for_each(|file| self.remove(name, &file));
    }

    fn close_room(&self, room: &str) {
        let Some(gone) = self.rooms().remove(room) else { return };
        gone.into_files().for_each(|file| self.discard(&file));
        let folder = self.0.folder.join(room);
        // Pieces that are just being written go with it.
        self.0.runtime.spawn_blocking(move || drop(std::fs::remove_dir_all(folder)));
    }

    /// What is counted.
    pub fn counters(&self) -> &FileCounters {
        &self.0.counters
    }

    /// Bytes of files that are there or will come.
    pub fn bytes(&self) -> u64 {
        self.rooms().values().map(Room::bytes).sum()
    }

    /// The routes below `/files`.
    pub fn router(self) -> Router {
        let file = get(giving::bytes).head(giving::state).put(taking::piece).delete(taking::cancel);
        Router::new()
            .route("/{room}", post(taking::offer))
            .route("/{room}/{file}", file)
            .route("/{room}/{file}/pieces", get(giving::pieces))
            .route("/{room}/{file}/received", post(giving::received))
            .with_state(self)
    }

    /// Who shows this token, in this room.
    fn enter(&self, room: &str, headers: &HeaderMap) -> Result<Visitor, Refusal> {
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::WrongToken)?;
        let key = secret::fingerprint(token);
        let now = self.now();
        let rooms = self.rooms();
        let known = rooms.get(room).ok_or(Refusal::NoSuchRoom)?;
        let pass = known.pass(&key, now).ok_or(Refusal::WrongToken)?;
        let (participant, places) = (pass.participant.clone(), pass.places.clone());
        Ok(Visitor { room: room.to_owned(), url: known.url().clone(), key, participant, places })
    }

    /// Whether they may still be there.
    fn is_welcome(&self, visitor: &Visitor) -> bool {
        let now = self.now();
        // A token that expires while bytes flow does not cut them off; one that is revoked does.
        self.rooms().get(&visitor.room).is_some_and(|room| room.knows(&visitor.key, now))
    }

    fn file(&self, room: &str, file: &str) -> Result<Arc<Stored>, Refusal> {
        let rooms = self.rooms();
        rooms.get(room).and_then(|room| room.file(file)).ok_or(Refusal::NoSuchFile)
    }

    /// Takes a file out and deletes it, if it is still the same one.
    fn remove(&self, room: &str, file: &Arc<Stored>) {
        let removed =
            self.rooms().get_mut(room).and_then(|room| room.remove(file).then(|| room.url().clone()));
        if let Some(room) = removed {
            self.discard(file);
            self.tell(StoreEvent::Gone { room, file: file.id().as_str().to_owned() });
        }
    }

    fn discard(&self, file: &Arc<Stored>) {
        file.end();
        let path = file.path().to_owned();
        self.0.runtime.spawn_blocking(move || match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a file of a room could not be removed");
            }
            _ => {}
        });
    }

    fn sweep(&self) {
        let (now, limits) = (self.now(), self.0.limits);
        let mut old = Vec::new();
        for (name, room) in self.rooms().iter_mut() {
            room.forget_passes(now);
            old.extend(room.outdated(now, &limits).into_iter().map(|file| (name.clone(), file)));
        }
        old.into_iter().for_each(|(room, file)| self.remove(&room, &file));
    }

    fn tell(&self, event: StoreEvent) {
        (self.0.news)(event);
    }

    fn now(&self) -> Mono {
        (self.0.clock)()
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<String, Room>> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody with a pass.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    room: String,
    url: Url,
    key: Fingerprint,
    participant: ParticipantId,
    places: Arc<Semaphore>,
}
